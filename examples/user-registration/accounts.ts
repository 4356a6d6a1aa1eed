/**
 * Accounts in a SQLite database, at `ACCOUNTS` or beside the workflow.
 *
 * An account belongs to the registration (the run) that made it: repeating a step of that run changes nothing more, and
 * another registration of the same address neither sees its token nor removes it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

interface Registration {
  /** The run. */
  readonly id: string;
}

/** Creates an account that is not active yet. Raises `account.exists`, also for one that waits for its verification. */
export function create({ id, email }: Registration & { readonly email: string }): { token: string } {
  // A token that cannot be guessed, and is the same if this is repeated.
  const token = createHash('sha256').update(`${secret()}/${id}`).digest('hex').slice(0, 32);
  return opened((database) => {
    database
      .prepare('INSERT OR IGNORE INTO accounts (email, registration, active) VALUES (?, ?, 0)')
      .run(email.toLowerCase(), id);
    const account = database.prepare('SELECT registration FROM accounts WHERE email = ?').get(email.toLowerCase());
    if (account?.['registration'] !== id)
      throw Object.assign(new Error(`${email} has an account already.`), { type: 'account.exists' });
    return { token };
  });
}

/** Removes what the registration created, if it created anything, active or not. */
export function remove({ id }: Registration): null {
  return opened((database) => {
    database.prepare('DELETE FROM accounts WHERE registration = ?').run(id);
    return null;
  });
}

/** Activates the account. */
export function activate({ id }: Registration): null {
  return opened((database) => {
    database.prepare('UPDATE accounts SET active = 1 WHERE registration = ?').run(id);
    return null;
  });
}

/** All accounts, for whoever looks. */
export function list(): readonly { readonly email: string; readonly active: boolean }[] {
  return opened((database) =>
    database
      .prepare('SELECT email, active FROM accounts ORDER BY email')
      .all()
      .map(({ email, active }) => ({ email: String(email), active: active === 1 })),
  );
}

/** What tokens are made from: random, and kept with the accounts. */
function secret(): string {
  return opened((database) => {
    const made = randomBytes(32).toString('hex');
    database.prepare('INSERT OR IGNORE INTO secret (only, value) VALUES (1, ?)').run(made);
    return String(database.prepare('SELECT value FROM secret').get()?.['value']);
  });
}

function opened<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(process.env['ACCOUNTS'] ?? join(import.meta.dirname, 'accounts.db'), {
    timeout: 5000,
  });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS accounts (
        email TEXT PRIMARY KEY,
        registration TEXT NOT NULL UNIQUE,
        active INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS secret (only INTEGER PRIMARY KEY CHECK (only = 1), value TEXT NOT NULL) STRICT`);
    return work(database);
  } finally {
    database.close();
  }
}

if (import.meta.main) console.table(list());
