/**
 * The shipping service: shipments booked with the carrier, and cancelled.
 *
 * Besides the faults of support/faults.ts, given as the address's postal code, it knows `test-undeliverable` (422,
 * nothing is booked).
 */
import { randomInt, randomUUID } from 'node:crypto';
import { object, text, type Fields } from './support/body.ts';
import { faultIn } from './support/faults.ts';
import { Refusal, type Answer } from './support/problems.ts';
import { serve, type Request, type Route } from './support/service.ts';

const UNDELIVERABLE = 'test-undeliverable';
const CARRIER = 'Kestrel Parcels';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS shipments (
    shipment_id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    tracking_number TEXT NOT NULL,
    address TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled')),
    booked_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS shipments_by_order ON shipments (order_id);
`;

const routes: readonly Route[] = [
  { method: 'POST', path: '/shipments', handle: book, fault: (body) => faultIn([text(address(body), 'postalCode')]) },
  { method: 'POST', path: '/orders/{orderId}/cancel-shipment', handle: cancel },
  { method: 'GET', path: '/shipments', handle: listShipments },
];

serve({ name: 'shipping', schema: SCHEMA, routes });

function book({ database, body }: Request): Answer {
  const orderId = text(body, 'orderId');
  const to = address(body);
  for (const field of ['name', 'street', 'city', 'country']) text(to, field);
  if (text(to, 'postalCode') === UNDELIVERABLE) {
    throw new Refusal(422, 'undeliverable', `${CARRIER} does not deliver to ${text(to, 'city')}.`);
  }
  const shipmentId = `s-${randomUUID()}`;
  const trackingNumber = `KP${randomInt(10 ** 9, 10 ** 10)}`;
  database
    .prepare(
      `INSERT INTO shipments (shipment_id, order_id, tracking_number, address, status, booked_at)
       VALUES (?, ?, ?, ?, 'booked', ?)`,
    )
    .run(shipmentId, orderId, trackingNumber, JSON.stringify(to), new Date().toISOString());
  return { status: 201, body: { shipmentId, orderId, carrier: CARRIER, trackingNumber } };
}

function cancel({ database, path }: Request): Answer {
  const orderId = path.orderId ?? '';
  const { changes } = database
    .prepare(`UPDATE shipments SET status = 'cancelled' WHERE order_id = ? AND status = 'booked'`)
    .run(orderId);
  return { status: 200, body: { orderId, cancelled: Number(changes) } };
}

function listShipments({ database, query }: Request): Answer {
  const orderId = query.get('orderId');
  const rows = database
    .prepare(
      `SELECT shipment_id AS shipmentId, order_id AS orderId, tracking_number AS trackingNumber, status
       FROM shipments WHERE ?1 IS NULL OR order_id = ?1 ORDER BY rowid`,
    )
    .all(orderId);
  return { status: 200, body: rows };
}

function address(body: Fields): Fields {
  return object(body.address, 'address');
}
