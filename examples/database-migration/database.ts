/**
 * The operations of the migration, on an SQLite database.
 *
 * 1. Each may be repeated without harm, also while an earlier attempt of it is still at work: what it looks at, it looks at
 *    inside the transaction in which it writes.
 * 2. A batch and the checkpoint behind it are committed together, so that no customer is migrated twice or left out.
 * 3. While the migration runs, triggers keep everybody else from writing, so that restoring the backup loses nothing.
 * 4. A backup carries the name of its run, and gets it only when it is whole.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { backup as copyInto, DatabaseSync } from 'node:sqlite';

export interface Database {
  /** Path of the database; one that is not absolute begins in the folder of this module. */
  readonly file: string;
}

export interface Backup extends Database {
  /** Path of its backup. */
  readonly backup: string;
}

interface Context {
  /** The same for every attempt of a step, and never that of another step. */
  readonly idempotencyKey: string;
  log(...values: readonly unknown[]): void;
}

/** The `user_version` of a database before and after the migration. */
const OLD = 1;
const NEW = 2;

/** Raises `database.missing`, `database.corrupt`, or `database.version` when there is nothing to migrate. */
export function check({ file }: Database): { customers: number } {
  return opened(file, (database) => {
    if (!isSound(database)) throw raised('database.corrupt', `${file} is damaged.`);
    const version = versionOf(database);
    if (version !== OLD) throw raised('database.version', `${file} has version ${version}, not ${OLD}.`);
    return { customers: count(database, 'customers') };
  });
}

/** Keeps everybody else from changing customers until `thaw`, or until the new table is in its place. */
export function freeze({ file }: Database): null {
  return opened(file, (database) => {
    for (const change of ['INSERT', 'UPDATE', 'DELETE'])
      database.exec(`
        CREATE TRIGGER IF NOT EXISTS frozen_${change.toLowerCase()} BEFORE ${change} ON customers
        BEGIN SELECT RAISE(ABORT, 'customers are being migrated; try again later'); END`);
    return null;
  });
}

/** Lets customers be changed again. */
export function thaw({ file }: Database): null {
  return opened(file, (database) => {
    for (const change of ['insert', 'update', 'delete']) database.exec(`DROP TRIGGER IF EXISTS frozen_${change}`);
    return null;
  });
}

/** Copies the database and checks the copy. Raises `backup.incomplete`. */
export async function backup({ file, backup }: Backup, { idempotencyKey }: Context): Promise<{ customers: number }> {
  const part = `${at(backup)}.${idempotencyKey.replaceAll(/\W/g, '-')}.part`;
  rmSync(part, { force: true });
  const source = open(file);
  try {
    await copyInto(source, part);
  } finally {
    source.close();
  }
  const customers = opened(part, (copy) => {
    if (!isSound(copy)) throw raised('backup.incomplete', `The backup of ${file} is damaged.`);
    return count(copy, 'customers');
  });
  flush(part);
  renameSync(part, at(backup));
  return { customers };
}

/** Puts the backup back in the place of what is there, in one transaction of SQLite. Without a backup nothing was changed. */
export async function restore({ file, backup }: Backup): Promise<{ restored: boolean }> {
  if (!existsSync(at(backup))) return { restored: false };
  const source = open(backup);
  try {
    await copyInto(source, at(file));
  } finally {
    source.close();
  }
  return { restored: true };
}

/** Makes the new table, and the checkpoint. */
export function prepare({ file }: Database): null {
  return opened(file, (database) => {
    database.exec(`
      CREATE TABLE IF NOT EXISTS customers_new (
        id INTEGER PRIMARY KEY,
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS checkpoint (only INTEGER PRIMARY KEY CHECK (only = 1), last_id INTEGER NOT NULL) STRICT;
      INSERT OR IGNORE INTO checkpoint (only, last_id) VALUES (1, 0)`);
    return null;
  });
}

/** Migrates the next customers after the checkpoint; `left` are those that still wait. */
export function migrate({ file, batch }: Database & { batch: number }): { done: number; left: number } {
  return opened(file, (database) =>
    transaction(database, () => {
      const from = Number(database.prepare('SELECT last_id FROM checkpoint').get()?.['last_id']);
      const rows = database.prepare('SELECT id, name FROM customers WHERE id > ? ORDER BY id LIMIT ?').all(from, batch);
      const insert = database.prepare('INSERT INTO customers_new (id, first_name, last_name) VALUES (?, ?, ?)');
      for (const { id, name } of rows) {
        const [first = '', ...last] = String(name).trim().split(/\s+/);
        insert.run(Number(id), first, last.join(' '));
      }
      const done = Number(rows.at(-1)?.['id'] ?? from);
      database.prepare('UPDATE checkpoint SET last_id = ?').run(done);
      const left = database.prepare('SELECT count(*) AS n FROM customers WHERE id > ?').get(done)?.['n'];
      return { done: count(database, 'customers_new'), left: Number(left) };
    }),
  );
}

/** Raises `migration.incomplete` when a customer is missing, differs, or has no last name. */
export function verify({ file }: Database): { customers: number } {
  return opened(file, (database) => {
    const wrong = database
      .prepare(
        `SELECT old.id, old.name FROM customers AS old LEFT JOIN customers_new AS new USING (id)
         WHERE new.id IS NULL OR new.last_name = '' LIMIT 1`,
      )
      .get();
    if (wrong !== undefined)
      throw raised(
        'migration.incomplete',
        `Customer ${Number(wrong['id'])}, “${String(wrong['name'])}”, has no last name.`,
      );
    const customers = count(database, 'customers_new');
    if (customers !== count(database, 'customers'))
      throw raised('migration.incomplete', 'There are customers too many.');
    return { customers };
  });
}

/** Puts the new table in the place of the old one, whose triggers go with it, in one transaction. */
export function switchOver({ file }: Database): null {
  return opened(file, (database) =>
    transaction(database, () => {
      if (versionOf(database) === NEW) return null;
      database.exec(`
        DROP TABLE customers;
        ALTER TABLE customers_new RENAME TO customers;
        DROP TABLE checkpoint;
        PRAGMA user_version = ${NEW}`);
      return null;
    }),
  );
}

/** Removes a backup that is not needed any more. */
export function removeBackup({ backup }: Pick<Backup, 'backup'>): null {
  rmSync(at(backup), { force: true });
  return null;
}

function at(file: string): string {
  return resolve(import.meta.dirname, file);
}

function open(file: string): DatabaseSync {
  if (!existsSync(at(file))) throw raised('database.missing', `There is no database ${file}.`);
  return new DatabaseSync(at(file), { timeout: 10_000 });
}

function opened<T>(file: string, work: (database: DatabaseSync) => T): T {
  const database = open(file);
  try {
    return work(database);
  } catch (error) {
    // SQLite says so of a file that is no database, whatever it was asked.
    const { errcode } = error as { errcode?: number };
    if (errcode === 11 || errcode === 26) throw raised('database.corrupt', `${file} is damaged.`);
    throw error;
  } finally {
    database.close();
  }
}

function transaction<T>(database: DatabaseSync, work: () => T): T {
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

function isSound(database: DatabaseSync): boolean {
  return database.prepare('PRAGMA integrity_check').get()?.['integrity_check'] === 'ok';
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

function count(database: DatabaseSync, table: 'customers' | 'customers_new'): number {
  return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}

/** Waits until the disk has the file: a backup that a power cut takes away is none. */
function flush(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function raised(type: string, message: string): Error {
  return Object.assign(new Error(message), { type });
}
