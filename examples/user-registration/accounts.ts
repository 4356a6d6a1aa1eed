/** Accounts in a SQLite database, at `ACCOUNTS` or beside the workflow. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

interface Account {
  readonly email: string;
}

/** Creates an account that is not active yet; the same again gives the same token. Raises `account.exists`. */
export function create({ email }: Account): { token: string } {
  return opened((database) => {
    const token = randomBytes(16).toString('hex');
    database.prepare('INSERT OR IGNORE INTO accounts (email, token, active) VALUES (?, ?, 0)').run(email, token);
    const account = database.prepare('SELECT token, active FROM accounts WHERE email = ?').get(email);
    if (account?.['active'] === 1)
      throw Object.assign(new Error(`${email} has an account.`), { type: 'account.exists' });
    return { token: String(account?.['token']) };
  });
}

/** Removes an account that was never activated. */
export function remove({ email }: Account): null {
  return opened((database) => {
    database.prepare('DELETE FROM accounts WHERE email = ? AND active = 0').run(email);
    return null;
  });
}

/** Activates an account. */
export function activate({ email }: Account): null {
  return opened((database) => {
    database.prepare('UPDATE accounts SET active = 1 WHERE email = ?').run(email);
    return null;
  });
}

/** Whether an account is active; null when there is none. */
export function isActive({ email }: Account): boolean | null {
  return opened((database) => {
    const account = database.prepare('SELECT active FROM accounts WHERE email = ?').get(email);
    return account === undefined ? null : account['active'] === 1;
  });
}

function opened<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(process.env['ACCOUNTS'] ?? join(import.meta.dirname, 'accounts.db'));
  try {
    database.exec('CREATE TABLE IF NOT EXISTS accounts (email TEXT PRIMARY KEY, token TEXT NOT NULL, active INTEGER)');
    return work(database);
  } finally {
    database.close();
  }
}
