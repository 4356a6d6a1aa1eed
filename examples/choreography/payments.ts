/** The payments of the payment workflow, in a SQLite database of its own: at `PAYMENTS` or beside the workflow. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** More than this nobody pays. */
const LIMIT = 1000;

interface Order {
  readonly orderId: string;
}

/** Takes the payment of an order, once. Raises `payment.too-high`, and `payment.returned` for one that was paid back. */
export function take({ orderId, amount }: Order & { readonly amount: number }): null {
  if (amount > LIMIT) throw raised('payment.too-high', `${amount} is more than ${LIMIT}.`);
  return opened((database) => {
    database
      .prepare(`INSERT OR IGNORE INTO payments (order_id, amount, state) VALUES (?, ?, 'taken')`)
      .run(orderId, amount);
    const payment = database.prepare('SELECT state FROM payments WHERE order_id = ?').get(orderId);
    if (payment?.['state'] !== 'taken') throw raised('payment.returned', `Order ${orderId} was paid back.`);
    return null;
  });
}

/** Pays back what was taken. What was not is marked all the same: a payment that is only late is then refused. */
export function payBack({ orderId }: Order): null {
  return opened((database) => {
    database
      .prepare(
        `INSERT INTO payments (order_id, amount, state) VALUES (?, 0, 'returned')
         ON CONFLICT (order_id) DO UPDATE SET state = 'returned'`,
      )
      .run(orderId);
    return null;
  });
}

/** All payments, for whoever looks. */
export function payments(): Readonly<Record<string, string>> {
  return opened((database) =>
    Object.fromEntries(
      database
        .prepare('SELECT order_id, amount, state FROM payments ORDER BY order_id')
        .all()
        .map(({ order_id, amount, state }) => [String(order_id), `${String(amount)} ${String(state)}`]),
    ),
  );
}

function opened<T>(work: (database: DatabaseSync) => T): T {
  const file = process.env['PAYMENTS'] ?? join(import.meta.dirname, 'payments.db');
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS payments (order_id TEXT PRIMARY KEY, amount REAL NOT NULL, state TEXT NOT NULL) STRICT`);
    return work(database);
  } finally {
    database.close();
  }
}

function raised(type: string, message: string): Error {
  return Object.assign(new Error(message), { type });
}

if (import.meta.main) console.table(payments());
