/** A copy of the example with services and databases of its own, so that no two tests share anything. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EXAMPLE, readDatabases, startServices } from '../../examples/order-fulfillment/services.ts';

export const WORKFLOW = 'order-fulfillment.workflow.yaml';

export interface Copy {
  readonly folder: string;
  /** The line (from 1) of a state's name. */
  state(name: string): number;
  /** The first line that contains `text`, from the line of a state on. */
  line(text: string, state: string): number;
  remove(): void;
}

export interface Example extends Copy {
  /** What the services hold of the orders. */
  databases(): ReturnType<typeof readDatabases>;
  /** The payment service's key, which the workflow knows as a secret. */
  readonly paymentsKey: string;
  stop(): Promise<void>;
}

const SECRET = 'BACKSTEP_SECRET_PAYMENTS_KEY';

const LEFT_OUT = new Set(['data', '.env', '.vscode', '.backstep', 'node_modules']);

/** Copies the example, without starting anything. */
export function copyExample(): Copy {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-example-'));
  cpSync(EXAMPLE, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  const find = (what: string, from: number, fits: (line: string) => boolean): number => {
    const lines = readFileSync(join(folder, WORKFLOW), 'utf8').split('\n');
    const at = lines.findIndex((line, index) => index >= from && fits(line));
    if (at < 0) throw new Error(`The example has no line with ${what}`);
    return at + 1;
  };
  const state = (name: string): number => find(name, 0, (line) => line === `  ${name}:`);
  return {
    folder,
    state,
    line: (text, name) => find(text, state(name), (line) => line.includes(text)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Copies the example and starts its services; `.env` of the copy names them, and the secret unless it is left out. */
export async function example({ withSecret = true } = {}): Promise<Example> {
  const copy = copyExample();
  const dataDir = join(copy.folder, 'data');
  const services = await startServices({ dataDir, fresh: true });
  const variables = Object.entries(services.env).filter(([name]) => withSecret || name !== SECRET);
  writeFileSync(join(copy.folder, '.env'), variables.map(([name, value]) => `${name}=${value}\n`).join(''));
  return {
    ...copy,
    paymentsKey: services.env[SECRET] ?? '',
    databases: () => readDatabases(dataDir),
    stop: async () => {
      await services.stop();
      copy.remove();
    },
  };
}
