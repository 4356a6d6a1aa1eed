/** Every input of the example, through the command line and the real services, against the table in its README. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EXAMPLE,
  readDatabases,
  startServices,
  type RunningServices,
} from '../../examples/order-fulfillment/services.ts';
import { backstep, jsonLines, PATIENCE_MS, type Finished } from '../cli/backstep.ts';

/** Longer than the workflow's timeouts, and no longer than that. */
const SLOW_MS = 6000;

const EXIT = { completed: 0, compensated: 3, failed: 4, suspended: 5, waiting: 7 } as const;
const TO_THE_END = ['reserve_stock', 'check_amount', 'charge', 'ship'];

interface Expected {
  readonly path: readonly string[];
  readonly compensated: readonly string[];
  readonly error: string | null;
}

const RUNS: Readonly<Record<string, Expected>> = {
  completed: { path: TO_THE_END, compensated: [], error: null },
  'needs-approval': { path: ['reserve_stock', 'check_amount', 'approve'], compensated: [], error: null },
  declined: { path: TO_THE_END.slice(0, 3), compensated: ['reserve_stock'], error: 'http.402' },
  'sold-out': { path: ['reserve_stock'], compensated: [], error: 'http.409' },
  'slow-payment': { path: TO_THE_END.slice(0, 3), compensated: ['charge', 'reserve_stock'], error: 'timeout' },
  'slow-inventory': { path: TO_THE_END, compensated: [], error: null },
  'down-payment': { path: TO_THE_END.slice(0, 3), compensated: ['charge', 'reserve_stock'], error: 'http.503' },
  'down-twice-inventory': { path: TO_THE_END, compensated: [], error: null },
  'dies-payment': { path: TO_THE_END.slice(0, 3), compensated: ['charge', 'reserve_stock'], error: 'network' },
  'dies-inventory': { path: TO_THE_END, compensated: [], error: null },
  'shipping-fails': { path: TO_THE_END, compensated: ['charge', 'reserve_stock'], error: 'http.422' },
  'label-fails': { path: TO_THE_END, compensated: ['charge', 'reserve_stock'], error: 'label.too-long' },
  'stuck-refund': { path: TO_THE_END, compensated: ['reserve_stock'], error: 'http.422' },
};

const folder = mkdtempSync(join(tmpdir(), 'backstep-outcomes-'));
const dataDir = join(folder, 'data');
let services: RunningServices;

beforeAll(async () => {
  services = await startServices({ dataDir, slowMs: SLOW_MS });
  const lines = Object.entries(services.env).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), lines.join(''));
});

afterAll(async () => {
  await services.stop();
  rmSync(folder, { recursive: true });
});

/** What the README says of each input: its name, and the first word of how it ends. */
function tableOfReadme(): ReadonlyMap<string, keyof typeof EXIT> {
  const rows = readFileSync(join(EXAMPLE, 'README.md'), 'utf8').matchAll(
    /^\| `([a-z-]+)` \| .* \| (completed|compensated|failed|suspended|waiting)[^|]*\|$/gm,
  );
  return new Map(Array.from(rows, ([, input = '', end = '']) => [input, end as keyof typeof EXIT]));
}

function run(input: string): Promise<Finished> {
  const workflow = join(EXAMPLE, 'order-fulfillment.workflow.yaml');
  const given = ['--input', `@${join(EXAMPLE, 'inputs', `${input}.json`)}`, '--id', input];
  const kept = ['--journal', join(folder, 'runs.db'), '--env-file', join(folder, '.env')];
  return backstep(['run', workflow, ...given, ...kept, '--no-wait', '--json'], { cwd: folder });
}

function orderOf(input: string) {
  const { orderId, amount } = JSON.parse(readFileSync(join(EXAMPLE, 'inputs', `${input}.json`), 'utf8')) as {
    orderId: string;
    amount: number;
  };
  return { amount, order: readDatabases(dataDir).find((order) => order.orderId === orderId) };
}

async function check(input: string): Promise<void> {
  const { status, stdout, stderr } = await run(input);
  const end = tableOfReadme().get(input) ?? 'failed';
  const { path, compensated, error } = RUNS[input] ?? { path: [], compensated: [], error: null };
  const last = jsonLines(stdout).at(-1);
  expect(last, stderr).toMatchObject({ run: input, status: end, path, compensated });
  expect((last?.['error'] as { type: string } | null)?.type ?? null).toBe(error);
  expect(status).toBe(EXIT[end]);
  expect(stdout + stderr).not.toContain(services.env['BACKSTEP_SECRET_PAYMENTS_KEY']);

  const { order, amount } = orderOf(input);
  if (end === 'completed') {
    expect(order).toMatchObject({ charged: amount, refunded: 0, shipment: 'booked' });
    expect(order?.reserved).not.toEqual([]);
  }
  if (end === 'compensated') {
    expect(order).toMatchObject({ reserved: [], charged: 0 });
    expect(order?.shipment).not.toBe('booked');
  }
  if (end === 'failed') expect(order).toBeUndefined();
  if (end === 'suspended') {
    expect(order).toMatchObject({ reserved: [], charged: amount });
    expect(last?.['pending']).toMatchObject([
      { state: 'charge', action: 'payments.refund', with: { orderId: order?.orderId }, error: { type: 'http.409' } },
    ]);
  }
}

const INPUTS = Object.keys(RUNS);
/** A service that dies takes other callers' answers with it, so that these inputs have the services for themselves. */
const DEADLY = INPUTS.filter((input) => input.startsWith('dies-'));
const CALM = INPUTS.filter((input) => !DEADLY.includes(input));

it('has an expectation for each input and each line of the table', () => {
  const files = readdirSync(join(EXAMPLE, 'inputs')).map((file) => file.replace('.json', ''));
  expect([...INPUTS].sort()).toEqual(files.sort());
  expect([...tableOfReadme().keys()].sort()).toEqual(files);
});

describe.concurrent('inputs that leave the services up', () => {
  it.each(CALM)('%s', { timeout: PATIENCE_MS }, (input) => check(input));
});

describe('inputs that kill a service', () => {
  it.each(DEADLY)('%s', { timeout: PATIENCE_MS }, (input) => check(input));
});
