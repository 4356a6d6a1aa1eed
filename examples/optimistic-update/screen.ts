/**
 * What a screen shows: a small database of its own, which may be ahead of the server.
 *
 * For each user it holds the name that is shown and, while the server has not yet answered, the one that was shown before.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

interface Shown {
  readonly user: string;
  readonly name: string;
}

/** Shows a name before the server has it, and remembers the one that was shown until then. */
export function show({ user, name }: Shown): null {
  return opened((database) => {
    // Repeated, it remembers what it remembered the first time.
    database
      .prepare(
        `INSERT INTO shown (user, name, before, pending) VALUES (?1, ?2, NULL, 1)
         ON CONFLICT (user) DO UPDATE SET before = name, name = ?2, pending = 1 WHERE name <> ?2`,
      )
      .run(user, name);
    return null;
  });
}

/** Shows again what was shown before this name, if anything was; another name that is shown by now stays. */
export function putBack({ user, name }: Shown): null {
  return opened((database) => {
    const mine = 'user = ?1 AND name = ?2 AND pending = 1';
    database.prepare(`DELETE FROM shown WHERE ${mine} AND before IS NULL`).run(user, name);
    database.prepare(`UPDATE shown SET name = before, before = NULL, pending = 0 WHERE ${mine}`).run(user, name);
    return null;
  });
}

/** Shows what the server has, for good. */
export function settle({ user, name }: Shown): null {
  return opened((database) => {
    database
      .prepare(
        `INSERT INTO shown (user, name, before, pending) VALUES (?1, ?2, NULL, 0)
         ON CONFLICT (user) DO UPDATE SET name = ?2, before = NULL, pending = 0`,
      )
      .run(user, name);
    return null;
  });
}

/** The names that are shown, by their users, and whether the server has confirmed them. */
export function shown(): Readonly<Record<string, { readonly name: string; readonly pending: boolean }>> {
  return opened((database) =>
    Object.fromEntries(
      database
        .prepare('SELECT user, name, pending FROM shown ORDER BY user')
        .all()
        .map(({ user, name, pending }) => [String(user), { name: String(name), pending: pending === 1 }]),
    ),
  );
}

function opened<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(process.env['SCREEN'] ?? join(import.meta.dirname, 'screen.db'), { timeout: 5000 });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS shown (
        user TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        before TEXT,
        pending INTEGER NOT NULL
      ) STRICT`);
    return work(database);
  } finally {
    database.close();
  }
}

if (import.meta.main) console.table(shown());
