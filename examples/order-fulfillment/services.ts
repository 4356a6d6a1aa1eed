/**
 * Starts the services of this example and stops them again; run it with --help for what it can do.
 *
 *   node services.ts
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { formatOverview, readDatabases } from './services/support/overview.ts';
import { SERVICES, startServices, type ServiceName } from './services/support/supervisor.ts';

export { formatOverview, readDatabases, type OrderOverview } from './services/support/overview.ts';
export { SERVICES, startServices, type RunningServices, type ServiceName } from './services/support/supervisor.ts';

/** The folder of the example. */
export const EXAMPLE = fileURLToPath(new URL('.', import.meta.url));
/** Where the services keep their databases unless they are told otherwise. */
export const DATA = join(EXAMPLE, 'data');

const ENV_FILE = join(EXAMPLE, '.env');

const HELP = `node services.ts [start] [--fresh]     starts inventory, payments and shipping; Ctrl-C stops them
                                       --fresh begins with empty databases
                                       PORT_BASE=7410 takes the ports 7410, 7411, 7412 instead of free ones
node services.ts databases [--json]    shows what is reserved, charged and shipped, order by order
node services.ts lift-hold ORDER       ends the hold that the card or the article "test-hold" puts on an order
`;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const [command = 'start', ...rest] = args[0]?.startsWith('--') ? ['start', ...args] : args;
  try {
    if (args.includes('--help')) return print(HELP.trimEnd());
    if (command === 'start' && only(rest, '--fresh')) return await foreground(rest.includes('--fresh'));
    if (command === 'databases' && only(rest, '--json')) {
      const orders = readDatabases(DATA);
      return print(rest.includes('--json') ? JSON.stringify(orders, null, 2) : formatOverview(orders));
    }
    if (command === 'lift-hold' && rest[0] !== undefined && rest.length === 1) return await liftHold(rest[0]);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  process.stderr.write(`"${args.join(' ')}" is not a command of services.ts.\n${HELP}`);
  return 2;
}

async function foreground(fresh: boolean): Promise<number> {
  const ports = portsFrom(process.env.PORT_BASE);
  const earlier = readEnvFile();
  if (earlier.INVENTORY_URL !== undefined && (await answers(earlier.INVENTORY_URL))) {
    throw new Error(`The services are running already, at ${earlier.INVENTORY_URL}; stop them first.`);
  }

  // Asked for before anything starts, so that a signal during the start is not lost.
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => {
        resolve();
      });
  });
  const services = await startServices({ dataDir: DATA, fresh, ports, log: print });
  try {
    const lines = Object.entries(services.env).map(([name, value]) => `${name}=${value}`);
    writeFileSync(ENV_FILE, `# Written by services.ts, and removed when it stops.\n${lines.join('\n')}\n`);
    for (const name of SERVICES) {
      const database = relative(process.cwd(), join(DATA, `${name}.db`));
      print(`${name.padEnd(9)}  ${services.urls[name]}  process ${services.pid(name)}  ${database}`);
    }
    print(`\n${lines.join('\n')}\n\nThe same is in ${relative(process.cwd(), ENV_FILE)}. Ctrl-C stops the services.`);
    await stopped;
  } finally {
    rmSync(ENV_FILE, { force: true });
    await services.stop();
  }
  return print('The services have stopped.');
}

async function liftHold(orderId: string): Promise<number> {
  const env = readEnvFile();
  const { INVENTORY_URL: inventory, PAYMENTS_URL: payments, BACKSTEP_SECRET_PAYMENTS_KEY: key = '' } = env;
  if (inventory === undefined || payments === undefined) {
    throw new Error('The services are not running; start them with "node services.ts".');
  }
  let lifted = 0;
  for (const url of [inventory, payments]) {
    const response = await fetch(`${url}/orders/${encodeURIComponent(orderId)}/hold`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': `lift-hold/${orderId}/${Date.now()}` },
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    lifted += ((await response.json()) as { lifted: number }).lifted;
  }
  return print(
    lifted === 0 ? `Nothing of order ${orderId} is on hold.` : `Nothing of order ${orderId} is on hold now.`,
  );
}

function portsFrom(base: string | undefined): Partial<Record<ServiceName, number>> {
  if (base === undefined || base === '' || base === '0') return {};
  const first = Number(base);
  if (!Number.isInteger(first) || first < 1 || first + SERVICES.length > 65_536) {
    throw new Error(`PORT_BASE is "${base}"; it must be a port number, or 0 for free ports.`);
  }
  return Object.fromEntries(SERVICES.map((name, index) => [name, first + index]));
}

function readEnvFile(): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(ENV_FILE, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/stock`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

function only(args: readonly string[], ...allowed: readonly string[]): boolean {
  return args.every((arg) => allowed.includes(arg));
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
