/**
 * The database of this example: customers with their whole name in one column.
 *
 *   node shop.ts create shop.db 5000            makes it, with so many customers
 *   node shop.ts create plato.db 100 Plato      the same, and one who has only one name
 *   node shop.ts show shop.db                   says what it holds
 */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const FIRST = ['Ada', 'Alan', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Frances', 'Tony'];
const LAST = ['Lovelace', 'Turing', 'Hopper', 'Dijkstra', 'Liskov', 'Knuth', 'Allen', 'van Hoare'];

/** Makes a new database at `file`, of version 1, with `customers` customers and then those with the given names. */
export function createShop(file: string, customers: number, names: readonly string[] = []): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const database = new DatabaseSync(file);
  database.exec(
    'CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT; PRAGMA user_version = 1; BEGIN',
  );
  const insert = database.prepare('INSERT INTO customers (name) VALUES (?)');
  for (let n = 0; n < customers; n += 1)
    insert.run(`${FIRST[n % FIRST.length]} ${LAST[Math.floor(n / FIRST.length) % LAST.length]}`);
  for (const name of names) insert.run(name);
  database.exec('COMMIT');
  database.close();
}

/** The version, the tables, and the customers as they are in the database. */
export function readShop(file: string): { version: number; tables: string[]; customers: Record<string, unknown>[] } {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger')`).all();
    return {
      version: Number(database.prepare('PRAGMA user_version').get()?.['user_version']),
      tables: tables.map(({ name }) => String(name)),
      customers: database
        .prepare('SELECT * FROM customers ORDER BY id')
        .all()
        .map((row) => ({ ...row })),
    };
  } finally {
    database.close();
  }
}

if (import.meta.main) {
  const [command, file = 'shop.db', customers = '0', ...names] = process.argv.slice(2);
  if (command === 'create') createShop(resolve(file), Number(customers), names);
  const shop = readShop(resolve(file));
  console.log(
    `version ${shop.version}, ${shop.customers.length} customers; tables and triggers: ${shop.tables.join(', ')}`,
  );
  console.table(shop.customers.slice(-3));
}
