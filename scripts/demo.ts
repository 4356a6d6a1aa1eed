/**
 * `npm run demo`: the example's services and three orders in the terminal: one that completes, one that is undone, and
 * one whose runner is killed and which is then resumed. Everything it writes is in a temporary folder. It ends with 0
 * only if every run ended as it should and the databases hold what they should.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import {
  EXAMPLE,
  formatOverview,
  readDatabases,
  startServices,
  type OrderOverview,
} from '../examples/order-fulfillment/services.ts';

/** The last line of `backstep resume RUN --json`, as far as it is looked at here. */
interface Outcome {
  readonly status: string;
  readonly path: readonly string[];
  readonly compensated: readonly string[];
}

interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
}

const ROOT = join(import.meta.dirname, '..');
const CLI = join(ROOT, 'dist/cli.js');
const PATH = ['reserve_stock', 'check_amount', 'charge', 'ship'];
/** Longest wait for the charge that the crash comes after. */
const PATIENCE_MS = 30_000;

const children = new Set<ChildProcess>();
const folder = mkdtempSync(join(tmpdir(), 'backstep-demo-'));
const dataDir = join(folder, 'data');
const envFile = join(folder, '.env');
const journal = join(folder, 'runs.db');
const faults: string[] = [];

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    if (!existsSync(CLI) && (await program([join(ROOT, 'esbuild.mjs')])).exitCode !== 0) return 1;
    const services = await startServices({ dataDir, log: say });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        for (const child of children) child.kill('SIGKILL');
        void services.stop().then(() => {
          rmSync(folder, { recursive: true, force: true });
          process.exit(130);
        });
      });
    }
    try {
      const lines = Object.entries(services.env).map(([name, value]) => `${name}=${value}`);
      writeFileSync(envFile, `${lines.join('\n')}\n`);
      say(Object.values(services.urls).join('  '));
      await completed();
      await compensated();
      await crashed();
    } finally {
      await services.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const fault of faults) process.stderr.write(`✗ ${fault}\n`);
  if (faults.length === 0) say('\nAll three orders ended as they should.');
  return faults.length === 0 ? 0 : 1;
}

async function completed(): Promise<void> {
  heading('1. An order that completes');
  const { exitCode } = await backstep(...run('completed'));
  await check('completed', exitCode, 0, { status: 'completed', path: PATH, compensated: [] }, done);
}

async function compensated(): Promise<void> {
  heading('2. An order that cannot be shipped, and is undone: refund, then release');
  const { exitCode } = await backstep(...run('shipping-fails'));
  const compensated = ['charge', 'reserve_stock'];
  await check('shipping-fails', exitCode, 3, { status: 'compensated', path: PATH, compensated }, undone);
}

async function crashed(): Promise<void> {
  heading('3. An order whose runner is killed after the card was charged, before it knows');
  const running = backstep(...run('slow-payment'));
  const { orderId } = inputOf('slow-payment');
  const deadline = Date.now() + PATIENCE_MS;
  while (!readDatabases(dataDir).some((order) => order.orderId === orderId && order.charged > 0)) {
    if (Date.now() > deadline) break;
    await delay(20);
  }
  for (const child of children) child.kill('SIGKILL');
  await running;
  say('\n  ⚡ SIGKILL. What the databases hold now:\n');
  say(indent(formatOverview(ordersOf('slow-payment'))));
  say('');
  const { exitCode } = await backstep('resume', 'slow-payment', '--journal', journal, '--env-file', envFile);
  await check('slow-payment', exitCode, 0, { status: 'completed', path: PATH, compensated: [] }, done);
}

function run(input: string): readonly string[] {
  const file = join(EXAMPLE, 'inputs', `${input}.json`);
  const workflow = join(EXAMPLE, 'order-fulfillment.workflow.yaml');
  return ['run', workflow, '--input', `@${file}`, '--id', input, '--journal', journal, '--env-file', envFile];
}

/** Runs the command line and shows what it prints, as it prints it. */
function backstep(...args: readonly string[]): Promise<Finished> {
  say(`$ backstep ${args.map((arg) => arg.replace(`${ROOT}/`, '').replace(folder, '$TMP')).join(' ')}`);
  return program([CLI, ...args], (text) => process.stdout.write(text));
}

function program(args: readonly string[], onText: (text: string) => void = () => undefined): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onText(text);
    });
    child.once('error', reject);
    child.once('close', (exitCode) => {
      children.delete(child);
      resolve({ exitCode, stdout });
    });
  });
}

/** Shows the run and its order, and notes whatever is not as expected. */
async function check(
  input: string,
  exitCode: number | null,
  expectedExitCode: number,
  expected: Outcome,
  expectedOrder: (order: OrderOverview) => boolean,
): Promise<void> {
  if (exitCode !== expectedExitCode) faults.push(`${input}: exit status ${exitCode} instead of ${expectedExitCode}`);
  say('');
  await backstep('show', input, '--journal', journal);
  say('');
  say(indent(formatOverview(ordersOf(input))));

  // A run that has ended gives its last line again.
  const { stdout } = await program([CLI, 'resume', input, '--json', '--journal', journal]);
  const { status, path, compensated } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Outcome;
  const outcome = { status, path, compensated };
  if (!isDeepStrictEqual(outcome, expected)) {
    faults.push(`${input}: ${JSON.stringify(outcome)} instead of ${JSON.stringify(expected)}`);
  }
  if (!ordersOf(input).every(expectedOrder) || ordersOf(input).length !== 1) {
    faults.push(`${input}: the databases hold ${JSON.stringify(ordersOf(input))}`);
  }
}

/** Everything is there once. */
function done({ reserved, charged, shipment }: OrderOverview): boolean {
  return reserved.length > 0 && charged === inputOf('completed').amount && shipment === 'booked';
}

/** Nothing is left reserved, charged or booked. */
function undone({ reserved, charged, shipment }: OrderOverview): boolean {
  return reserved.length === 0 && charged === 0 && shipment !== 'booked';
}

function ordersOf(input: string): readonly OrderOverview[] {
  return readDatabases(dataDir).filter(({ orderId }) => orderId === inputOf(input).orderId);
}

function inputOf(input: string): { readonly orderId: string; readonly amount: number } {
  return JSON.parse(readFileSync(join(EXAMPLE, 'inputs', `${input}.json`), 'utf8')) as {
    orderId: string;
    amount: number;
  };
}

function heading(text: string): void {
  say(`\n── ${text}\n`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
