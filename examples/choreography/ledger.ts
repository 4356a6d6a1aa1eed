/** What is paid and what is packed, in a file at `LEDGER` or beside the workflows. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = process.env['LEDGER'] ?? join(import.meta.dirname, 'ledger.json');

/** More than this nobody pays. */
const LIMIT = 1000;

interface Order {
  readonly orderId: string;
}

type Ledger = Readonly<Record<string, 'paid' | 'paid back' | 'packed'>>;

/** Takes a payment. Raises `payment.too-high`. */
export function take({ orderId, amount }: Order & { readonly amount: number }): null {
  if (amount > LIMIT) throw raised('payment.too-high', `${amount} is more than ${LIMIT}.`);
  return write(orderId, 'paid');
}

/** Pays back what was taken, if anything was. */
export function payBack({ orderId }: Order): null {
  return read()[orderId] === 'paid' ? write(orderId, 'paid back') : null;
}

/** Packs a parcel. Raises `parcel.too-large` for orders whose id says that they are large. */
export function pack({ orderId }: Order): null {
  if (orderId.startsWith('large')) throw raised('parcel.too-large', `${orderId} fits into no parcel.`);
  return write(orderId, 'packed');
}

function read(): Ledger {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Ledger) : {};
}

function write(orderId: string, what: Ledger[string]): null {
  writeFileSync(FILE, JSON.stringify({ ...read(), [orderId]: what }));
  return null;
}

function raised(type: string, message: string): Error {
  return Object.assign(new Error(message), { type });
}
