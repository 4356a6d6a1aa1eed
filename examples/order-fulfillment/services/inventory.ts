/**
 * The inventory service: what is in stock and what of it is reserved for which order.
 *
 * Besides the faults of support/faults.ts, given as an item's SKU, it knows `test-sold-out` (409, nothing is reserved)
 * and `test-hold`: the reservation succeeds, but counts as picked already, so that it cannot be released (409) until
 * the hold is lifted.
 */
import { randomUUID } from 'node:crypto';
import { invalid, list, object, positive, text, type Fields } from './support/body.ts';
import { FAULTS, faultIn } from './support/faults.ts';
import { Refusal, type Answer } from './support/problems.ts';
import { serve, type Request, type Route } from './support/service.ts';

interface Item {
  readonly sku: string;
  readonly quantity: number;
}

const HOLD = 'test-hold';
const STOCK: Readonly<Record<string, number>> = {
  tea: 500,
  mug: 200,
  teapot: 60,
  lamp: 25,
  'test-sold-out': 0,
  ...Object.fromEntries([...FAULTS, HOLD].map((sku) => [sku, 1000])),
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stock (sku TEXT PRIMARY KEY, on_hand INTEGER NOT NULL CHECK (on_hand >= 0)) STRICT;
  CREATE TABLE IF NOT EXISTS reservations (
    reservation_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    sku TEXT NOT NULL REFERENCES stock,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    status TEXT NOT NULL CHECK (status IN ('reserved', 'released')),
    on_hold INTEGER NOT NULL,
    reserved_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS reservations_by_order ON reservations (order_id);
  INSERT OR IGNORE INTO stock (sku, on_hand) VALUES
    ${Object.entries(STOCK)
      .map(([sku, onHand]) => `('${sku}', ${onHand})`)
      .join(', ')};
`;

const routes: readonly Route[] = [
  { method: 'POST', path: '/reservations', handle: reserve, fault: (body) => faultIn(skus(body)) },
  { method: 'POST', path: '/orders/{orderId}/release', handle: release },
  { method: 'DELETE', path: '/orders/{orderId}/hold', handle: liftHold },
  { method: 'GET', path: '/reservations', handle: listReservations },
  { method: 'GET', path: '/stock', handle: listStock },
];

serve({ name: 'inventory', schema: SCHEMA, routes });

function reserve({ database, body }: Request): Answer {
  const orderId = text(body, 'orderId');
  const items = itemsOf(body);
  const reservationId = `r-${randomUUID()}`;
  const insert = database.prepare(
    `INSERT INTO reservations (reservation_id, order_id, sku, quantity, status, on_hold, reserved_at)
     VALUES (?, ?, ?, ?, 'reserved', ?, ?)`,
  );
  // Each item is checked against what the items before it have left; a refusal rolls all of them back.
  for (const { sku, quantity } of items) {
    const left = available(database, sku);
    if (left === undefined) throw new Refusal(422, 'unknown_sku', `There is no article "${sku}".`);
    if (left < quantity) {
      throw new Refusal(409, 'out_of_stock', `Of "${sku}" ${left} are left, ${quantity} were asked for.`);
    }
    insert.run(reservationId, orderId, sku, quantity, sku === HOLD ? 1 : 0, new Date().toISOString());
  }
  return { status: 201, body: { reservationId, orderId, items } };
}

function release({ database, path }: Request): Answer {
  const orderId = path.orderId ?? '';
  const held = database
    .prepare(`SELECT 1 FROM reservations WHERE order_id = ? AND status = 'reserved' AND on_hold = 1`)
    .get(orderId);
  if (held) throw new Refusal(409, 'already_picked', `Order ${orderId} is picked already; lift its hold first.`);
  const units = database
    .prepare(`SELECT coalesce(sum(quantity), 0) AS units FROM reservations WHERE order_id = ? AND status = 'reserved'`)
    .get(orderId);
  database
    .prepare(`UPDATE reservations SET status = 'released' WHERE order_id = ? AND status = 'reserved'`)
    .run(orderId);
  // An order that was never reserved is released just as well: the caller may not know whether it was.
  return { status: 200, body: { orderId, released: Number(units?.units) } };
}

function liftHold({ database, path }: Request): Answer {
  const orderId = path.orderId ?? '';
  const { changes } = database
    .prepare('UPDATE reservations SET on_hold = 0 WHERE order_id = ? AND on_hold = 1')
    .run(orderId);
  return { status: 200, body: { orderId, lifted: Number(changes) } };
}

function listReservations({ database, query }: Request): Answer {
  const orderId = query.get('orderId');
  const rows = database
    .prepare(
      `SELECT reservation_id AS reservationId, order_id AS orderId, sku, quantity, status
       FROM reservations WHERE ?1 IS NULL OR order_id = ?1 ORDER BY rowid`,
    )
    .all(orderId);
  return { status: 200, body: rows };
}

function listStock({ database }: Request): Answer {
  const rows = database
    .prepare(
      `SELECT sku, on_hand AS onHand, on_hand - coalesce((
         SELECT sum(quantity) FROM reservations r WHERE r.sku = stock.sku AND status = 'reserved'), 0) AS available
       FROM stock ORDER BY sku`,
    )
    .all();
  return { status: 200, body: rows };
}

function available(database: Request['database'], sku: string): number | undefined {
  const row = database
    .prepare(
      `SELECT on_hand - coalesce((
         SELECT sum(quantity) FROM reservations r WHERE r.sku = stock.sku AND status = 'reserved'), 0) AS available
       FROM stock WHERE sku = ?`,
    )
    .get(sku);
  return row ? Number(row.available) : undefined;
}

function itemsOf(body: Fields): readonly Item[] {
  return list(body, 'items').map((entry) => {
    const item = object(entry, 'An item');
    const quantity = item.quantity === undefined ? 1 : positive(item, 'quantity');
    if (!Number.isInteger(quantity)) throw invalid('quantity must be a whole number');
    return { sku: text(item, 'sku'), quantity };
  });
}

function skus(body: Fields): readonly string[] {
  return itemsOf(body).map(({ sku }) => sku);
}
