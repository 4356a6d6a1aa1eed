/** What the three databases hold, order by order: read from the files, whether the services run or not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ServiceName } from './supervisor.ts';

export interface OrderOverview {
  readonly orderId: string;
  /** What is reserved now. */
  readonly reserved: readonly { readonly sku: string; readonly quantity: number }[];
  /** Units that were reserved and then released. */
  readonly released: number;
  /** What is charged now: without what was refunded. */
  readonly charged: number;
  readonly refunded: number;
  readonly shipment: 'none' | 'booked' | 'cancelled';
}

type Row = Readonly<Record<string, unknown>>;

/** Every order that any of the databases in the folder knows, in the order of their ids. */
export function readDatabases(dataDir: string): readonly OrderOverview[] {
  const reservations = rows(
    dataDir,
    'inventory',
    `SELECT order_id, sku, sum(quantity) AS quantity, status FROM reservations GROUP BY order_id, sku, status`,
  );
  const charges = rows(
    dataDir,
    'payments',
    `SELECT order_id, sum(amount_cents) FILTER (WHERE refund_id IS NULL) AS charged,
       sum(amount_cents) FILTER (WHERE refund_id IS NOT NULL) AS refunded
     FROM charges LEFT JOIN refunds USING (charge_id) GROUP BY order_id`,
  );
  const shipments = rows(
    dataDir,
    'shipping',
    `SELECT order_id, min(status) AS status FROM shipments GROUP BY order_id`, // 'booked' sorts before 'cancelled'
  );

  const ids = new Set([...reservations, ...charges, ...shipments].map((row) => String(row.order_id)));
  return [...ids].sort().map((orderId) => {
    const own = (row: Row): boolean => row.order_id === orderId;
    const reserved = reservations.filter((row) => own(row) && row.status === 'reserved');
    const released = reservations.filter((row) => own(row) && row.status === 'released');
    const charge = charges.find(own);
    const shipment = shipments.find(own);
    return {
      orderId,
      reserved: reserved.map((row) => ({ sku: String(row.sku), quantity: Number(row.quantity) })),
      released: released.reduce((sum, row) => sum + Number(row.quantity), 0),
      charged: Number(charge?.charged ?? 0) / 100,
      refunded: Number(charge?.refunded ?? 0) / 100,
      shipment: shipment ? (shipment.status as 'booked' | 'cancelled') : 'none',
    };
  });
}

/** The overview as a table for a terminal, a line each. */
export function formatOverview(orders: readonly OrderOverview[]): string {
  if (orders.length === 0) return 'The databases hold no order yet.';
  const table = [
    ['order', 'reserved', 'released', 'charged', 'refunded', 'shipment'],
    ...orders.map((order) => [
      order.orderId,
      order.reserved.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ') || '–',
      order.released === 0 ? '–' : String(order.released),
      money(order.charged),
      money(order.refunded),
      order.shipment === 'none' ? '–' : order.shipment,
    ]),
  ];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function money(amount: number): string {
  return amount === 0 ? '–' : amount.toFixed(2);
}

function rows(dataDir: string, service: ServiceName, sql: string): readonly Row[] {
  const file = join(dataDir, `${service}.db`);
  if (!existsSync(file)) return [];
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}
