/**
 * The payment service: charges and their refunds, amounts kept in hundredths.
 *
 * Besides the faults of support/faults.ts, given as the card, it knows `test-declined` (402, nothing is charged) and
 * `test-hold`: the charge succeeds, but is then disputed, so that it cannot be refunded (409) until the hold is lifted.
 * Any other card is charged.
 */
import { randomUUID } from 'node:crypto';
import { positive, text } from './support/body.ts';
import { faultIn } from './support/faults.ts';
import { Refusal, type Answer } from './support/problems.ts';
import { serve, type Request, type Route } from './support/service.ts';

const DECLINED = 'test-declined';
const HOLD = 'test-hold';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS charges (
    charge_id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    amount_cents INTEGER NOT NULL CHECK (amount_cents > 0),
    card TEXT NOT NULL,
    on_hold INTEGER NOT NULL,
    charged_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS charges_by_order ON charges (order_id);
  CREATE TABLE IF NOT EXISTS refunds (
    refund_id TEXT PRIMARY KEY,
    charge_id TEXT NOT NULL UNIQUE REFERENCES charges,
    refunded_at TEXT NOT NULL
  ) STRICT;
`;

const routes: readonly Route[] = [
  { method: 'POST', path: '/charges', handle: charge, fault: (body) => faultIn([text(body, 'card')]) },
  { method: 'POST', path: '/orders/{orderId}/refund', handle: refund },
  { method: 'DELETE', path: '/orders/{orderId}/hold', handle: liftHold },
  { method: 'GET', path: '/charges', handle: listCharges },
];

serve({ name: 'payments', schema: SCHEMA, routes });

function charge({ database, body }: Request): Answer {
  const orderId = text(body, 'orderId');
  const amount = positive(body, 'amount');
  const card = text(body, 'card');
  if (card === DECLINED) throw new Refusal(402, 'card_declined', 'The bank declined the card.');
  const chargeId = `ch-${randomUUID()}`;
  database
    .prepare(
      `INSERT INTO charges (charge_id, order_id, amount_cents, card, on_hold, charged_at) VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(chargeId, orderId, Math.round(amount * 100), card, card === HOLD ? 1 : 0, new Date().toISOString());
  return { status: 201, body: { chargeId, orderId, amount } };
}

function refund({ database, path }: Request): Answer {
  const orderId = path.orderId ?? '';
  const open = database
    .prepare(
      `SELECT charge_id AS chargeId, amount_cents AS cents, on_hold AS onHold FROM charges
       WHERE order_id = ? AND charge_id NOT IN (SELECT charge_id FROM refunds)`,
    )
    .all(orderId);
  if (open.some(({ onHold }) => onHold === 1)) {
    throw new Refusal(409, 'charge_on_hold', `The charge of order ${orderId} is disputed; lift its hold first.`);
  }
  const insert = database.prepare('INSERT INTO refunds (refund_id, charge_id, refunded_at) VALUES (?, ?, ?)');
  for (const { chargeId } of open) insert.run(`re-${randomUUID()}`, String(chargeId), new Date().toISOString());
  const cents = open.reduce((sum, row) => sum + Number(row.cents), 0);
  // An order that was never charged is refunded just as well, with nothing: the caller may not know whether it was.
  return { status: 200, body: { orderId, refunded: cents / 100 } };
}

function liftHold({ database, path }: Request): Answer {
  const orderId = path.orderId ?? '';
  const { changes } = database
    .prepare('UPDATE charges SET on_hold = 0 WHERE order_id = ? AND on_hold = 1')
    .run(orderId);
  return { status: 200, body: { orderId, lifted: Number(changes) } };
}

function listCharges({ database, query }: Request): Answer {
  const orderId = query.get('orderId');
  const rows = database
    .prepare(
      `SELECT charge_id AS chargeId, order_id AS orderId, amount_cents / 100.0 AS amount,
         CASE WHEN refund_id IS NULL THEN 'charged' ELSE 'refunded' END AS status
       FROM charges LEFT JOIN refunds USING (charge_id) WHERE ?1 IS NULL OR order_id = ?1 ORDER BY charges.rowid`,
    )
    .all(orderId);
  return { status: 200, body: rows };
}
