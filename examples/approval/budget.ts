/** The department's budget, kept in a file beside the workflow or at `BUDGET_FILE`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = process.env['BUDGET_FILE'] ?? join(import.meta.dirname, 'budget.json');
const LIMIT = 10_000;

type Reservations = Readonly<Record<string, number>>;

/** Reserves an amount for a purchase, once. Raises `budget.exceeded` when not enough is left. */
export function reserve({ purchaseId, amount }: { purchaseId: string; amount: number }): { left: number } {
  const reserved = { ...read(), [purchaseId]: amount };
  const left = LIMIT - Object.values(reserved).reduce((sum, each) => sum + each, 0);
  if (left < 0) {
    const error = new Error(`The budget of ${LIMIT} does not reach for ${purchaseId}.`);
    throw Object.assign(error, { type: 'budget.exceeded' });
  }
  write(reserved);
  return { left };
}

/** Gives back what is reserved for a purchase, if anything is. */
export function release({ purchaseId }: { purchaseId: string }): null {
  write(Object.fromEntries(Object.entries(read()).filter(([id]) => id !== purchaseId)));
  return null;
}

function read(): Reservations {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Reservations) : {};
}

function write(reservations: Reservations): void {
  writeFileSync(FILE, JSON.stringify(reservations));
}
