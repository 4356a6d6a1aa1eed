/** A copy of the example with services and databases of its own, so that no two tests share anything. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { EXAMPLE, readDatabases, startServices } from '../../examples/order-fulfillment/services.ts';

export const WORKFLOW = 'order-fulfillment.workflow.yaml';

export interface Example {
  readonly folder: string;
  /** What the services hold of the orders. */
  databases(): ReturnType<typeof readDatabases>;
  /** The number (from 1) of the first line that contains `text`, at or after the line that contains `after`. */
  line(text: string, after?: string): number;
  stop(): Promise<void>;
}

const LEFT_OUT = new Set(['data', '.env', '.vscode', '.backstep', 'node_modules']);

/** Copies the example and starts its services; `.env` of the copy names them. */
export async function example(): Promise<Example> {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-example-'));
  cpSync(EXAMPLE, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  const dataDir = join(folder, 'data');
  const services = await startServices({ dataDir, fresh: true, ports: {}, log: () => undefined });
  const lines = Object.entries(services.env).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, '.env'), lines.join(''));
  return {
    folder,
    databases: () => readDatabases(dataDir),
    line: (text, after) => {
      const all = readFileSync(join(folder, WORKFLOW), 'utf8').split('\n');
      const from = after === undefined ? 0 : all.findIndex((line) => line.includes(after));
      const at = all.findIndex((line, index) => index >= from && line.includes(text));
      if (from < 0 || at < 0) throw new Error(`The example has no line with ${text}`);
      return at + 1;
    },
    stop: async () => {
      await services.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
