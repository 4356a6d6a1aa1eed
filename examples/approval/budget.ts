/**
 * The department's budget, in a SQLite database beside the workflow or at `BUDGET`.
 *
 * Money is first reserved and later spent or given back, by the id of the purchase. A reservation belongs to the run that
 * made it: repeating a step of that run changes nothing more, and another run cannot give it back.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What may be reserved and spent altogether. */
const LIMIT = 10_000;

interface Purchase {
  readonly purchaseId: string;
  readonly run: string;
}

/** Reserves an amount. Raises `budget.exceeded` when not enough is left, `purchase.known` for one that is there already. */
export function reserve({ purchaseId, run, amount }: Purchase & { readonly amount: number }): { left: number } {
  return transaction((database) => {
    const known = database.prepare('SELECT run FROM purchases WHERE id = ?').get(purchaseId);
    if (known !== undefined && known['run'] !== run)
      throw raised('purchase.known', `There is a purchase ${purchaseId} already.`);
    if (known === undefined && amount > leftIn(database))
      throw raised('budget.exceeded', `The budget of ${LIMIT} does not reach for ${purchaseId}.`);
    database
      .prepare(`INSERT OR IGNORE INTO purchases (id, run, amount, state) VALUES (?, ?, ?, 'reserved')`)
      .run(purchaseId, run, amount);
    return { left: leftIn(database) };
  });
}

/** Gives back what the run reserved, if it reserved anything. */
export function release({ purchaseId, run }: Purchase): null {
  return transaction((database) => {
    database.prepare(`DELETE FROM purchases WHERE id = ? AND run = ? AND state = 'reserved'`).run(purchaseId, run);
    return null;
  });
}

/** Spends what the run reserved. */
export function spend({ purchaseId, run }: Purchase): null {
  return transaction((database) => {
    database.prepare(`UPDATE purchases SET state = 'spent' WHERE id = ? AND run = ?`).run(purchaseId, run);
    return null;
  });
}

/** All purchases, for whoever looks. */
export function list(): readonly { readonly id: string; readonly amount: number; readonly state: string }[] {
  return transaction((database) =>
    database
      .prepare('SELECT id, amount, state FROM purchases ORDER BY id')
      .all()
      .map(({ id, amount, state }) => ({ id: String(id), amount: Number(amount), state: String(state) })),
  );
}

function leftIn(database: DatabaseSync): number {
  return LIMIT - Number(database.prepare('SELECT coalesce(sum(amount), 0) AS sum FROM purchases').get()?.['sum']);
}

function transaction<T>(work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(process.env['BUDGET'] ?? join(import.meta.dirname, 'budget.db'), { timeout: 5000 });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS purchases (
        id TEXT PRIMARY KEY,
        run TEXT NOT NULL,
        amount REAL NOT NULL,
        state TEXT NOT NULL
      ) STRICT;
      BEGIN IMMEDIATE`);
    const result = work(database);
    database.exec('COMMIT');
    return result;
  } finally {
    // What was not committed is rolled back.
    database.close();
  }
}

function raised(type: string, message: string): Error {
  return Object.assign(new Error(message), { type });
}

if (import.meta.main) console.table(list());
