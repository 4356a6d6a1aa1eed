/** A migration of a real SQLite database, in operations that may each be repeated without harm. */
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export interface Database {
  /** Path of the database file. */
  readonly file: string;
}

/** Creates the database of the example: customers with their whole name in one column. */
export function create(file: string, names: readonly string[]): void {
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO customers (name) VALUES (?)');
  for (const name of names) insert.run(name);
  database.close();
}

/** Copies the database beside itself, after everything in its log was written into it. */
export function backup({ file }: Database): { backup: string; customers: number } {
  return opened(file, (database) => {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const partial = `${file}.backup.part`;
    copyFileSync(file, partial);
    // A copy that was cut off is never taken for a backup.
    if (!existsSync(`${file}.backup`)) renameSync(partial, `${file}.backup`);
    rmSync(partial, { force: true });
    return { backup: `${file}.backup`, customers: count(database, 'customers') };
  });
}

/** Puts the backup back in the place of the database, if there is one. */
export function restore({ file }: Database): { restored: boolean } {
  const copy = `${file}.backup`;
  if (!existsSync(copy)) return { restored: false };
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
  renameSync(copy, file);
  return { restored: true };
}

/** Raises `database.corrupt` when SQLite finds anything wrong with the file. */
export function validate({ file }: Database): { ok: true } {
  return opened(file, (database) => {
    const result = database.prepare('PRAGMA integrity_check').get();
    if (result?.['integrity_check'] !== 'ok') throw raised('database.corrupt', `${file} is damaged.`);
    return { ok: true };
  });
}

/** Makes the new table, and the table in which the migration keeps its checkpoint. */
export function prepare({ file }: Database): null {
  return opened(file, (database) => {
    database.exec(`
      CREATE TABLE IF NOT EXISTS people (id INTEGER PRIMARY KEY, first TEXT NOT NULL, last TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS checkpoint (done INTEGER NOT NULL);
      INSERT INTO checkpoint SELECT 0 WHERE NOT EXISTS (SELECT * FROM checkpoint)`);
    return null;
  });
}

/** Migrates the next customers and moves the checkpoint in the same transaction; `left` are those that still wait. */
export function migrate({ file, batch }: Database & { readonly batch: number }): { done: number; left: number } {
  return opened(file, (database) => {
    const from = Number(database.prepare('SELECT done FROM checkpoint').get()?.['done'] ?? 0);
    const rows = database.prepare('SELECT id, name FROM customers WHERE id > ? ORDER BY id LIMIT ?').all(from, batch);
    database.exec('BEGIN IMMEDIATE');
    const insert = database.prepare('INSERT INTO people (id, first, last) VALUES (?, ?, ?)');
    for (const { id, name } of rows) {
      const [first = '', ...last] = String(name).split(' ');
      insert.run(Number(id), first, last.join(' '));
    }
    const done = Number(rows.at(-1)?.['id'] ?? from);
    database.prepare('UPDATE checkpoint SET done = ?').run(done);
    database.exec('COMMIT');
    const left = database.prepare('SELECT count(*) AS n FROM customers WHERE id > ?').get(done)?.['n'];
    return { done, left: Number(left) };
  });
}

/** Raises `migration.incomplete` when a customer is missing or has no last name. */
export function verify({ file }: Database): { people: number } {
  return opened(file, (database) => {
    const people = count(database, 'people');
    const nameless = database.prepare("SELECT id FROM people WHERE last = '' LIMIT 1").get();
    if (people !== count(database, 'customers')) throw raised('migration.incomplete', 'Customers are missing.');
    if (nameless !== undefined)
      throw raised('migration.incomplete', `Customer ${Number(nameless['id'])} has no last name.`);
    return { people };
  });
}

/** Drops what is not needed any more, the backup last. */
export function finish({ file }: Database): null {
  opened(file, (database) => database.exec('DROP TABLE IF EXISTS customers; DROP TABLE IF EXISTS checkpoint'));
  rmSync(`${file}.backup`, { force: true });
  return null;
}

function opened<T>(file: string, work: (database: DatabaseSync) => T): T {
  if (!existsSync(file)) throw raised('database.missing', `There is no database ${file}.`);
  const database = new DatabaseSync(file);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function count(database: DatabaseSync, table: 'customers' | 'people'): number {
  return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}

function raised(type: string, message: string): Error {
  return Object.assign(new Error(message), { type });
}
