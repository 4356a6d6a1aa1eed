/** The parcels of the shipping workflow, in a SQLite database of its own: at `DEPOT` or beside the workflow. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

interface Order {
  readonly orderId: string;
}

/** Packs the parcel of an order, once. Raises `parcel.too-large` for orders whose id begins with `large`. */
export function pack({ orderId }: Order): null {
  if (orderId.startsWith('large'))
    throw Object.assign(new Error(`${orderId} fits into no parcel.`), { type: 'parcel.too-large' });
  return opened((database) => {
    database.prepare('INSERT OR IGNORE INTO parcels (order_id) VALUES (?)').run(orderId);
    return null;
  });
}

/** Unpacks the parcel of an order, if there is one. */
export function unpack({ orderId }: Order): null {
  return opened((database) => {
    database.prepare('DELETE FROM parcels WHERE order_id = ?').run(orderId);
    return null;
  });
}

/** The orders whose parcels are packed, for whoever looks. */
export function parcels(): readonly string[] {
  return opened((database) =>
    database
      .prepare('SELECT order_id FROM parcels ORDER BY order_id')
      .all()
      .map(({ order_id }) => String(order_id)),
  );
}

function opened<T>(work: (database: DatabaseSync) => T): T {
  const file = process.env['DEPOT'] ?? join(import.meta.dirname, 'depot.db');
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS parcels (order_id TEXT PRIMARY KEY) STRICT`);
    return work(database);
  } finally {
    database.close();
  }
}

if (import.meta.main) console.table(parcels());
