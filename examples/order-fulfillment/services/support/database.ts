import { DatabaseSync } from 'node:sqlite';

/** What every service keeps beside its own tables: the answers it has committed and the attempts it has counted. */
const COMMON_TABLES = `
  CREATE TABLE IF NOT EXISTS answers (
    idempotency_key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    answered_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS attempts (
    idempotency_key TEXT PRIMARY KEY,
    count INTEGER NOT NULL
  ) STRICT;
`;

/** Opens (and on first use creates) a service's database. `schema` is SQL that may run any number of times. */
export function openDatabase(file: string, schema: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  database.exec(COMMON_TABLES);
  database.exec(schema);
  return database;
}

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Counts one more attempt with this key, durably, and gives the number of attempts so far. */
export function countAttempt(database: DatabaseSync, key: string): number {
  const row = database
    .prepare(
      `INSERT INTO attempts (idempotency_key, count) VALUES (?, 1)
       ON CONFLICT (idempotency_key) DO UPDATE SET count = count + 1 RETURNING count`,
    )
    .get(key);
  return Number(row?.count);
}
