/** The script in docs/debugging.md, as a reader would copy it, against the command that it starts or connects to. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { workspace, type Workspace } from './support/workspace.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/debugging.md'), 'utf8');
const SAGA = `workflow: saga
version: 1.0.0
vars: { amount: 40 }
states:
  reserve:
    call: log
    with: { message: reserved }
    compensate: { call: log, with: { message: released } }
    next: refuse
  refuse:
    fail: { error: order.refused, message: no }
`;
const STEPS = [
  'entry: reserve, line 5, vars {"amount": 40}',
  'step: refuse, line 10, vars {"amount": 40}',
  'exception: refuse, line 11, vars {"amount": 40}',
  'step: reserve (compensation), line 8, vars {"amount": 40}',
];

it('steps from stop to stop over standard input and output', async () => {
  const space = prepared();
  expect(await lines(space, ['saga.workflow.yaml'])).toEqual(STEPS);
});

it('does the same over a port', async () => {
  const space = prepared();
  const server = spawn(join(space.folder, 'backstep'), ['debug', '--port', '0'], {
    cwd: space.folder,
    env: environment(space),
  });
  onTestFinished(() => ended(server));
  const port = await new Promise<string>((found) => {
    createInterface({ input: server.stdout }).on('line', (line) => {
      const [, number] = /^Listening on 127\.0\.0\.1:(\d+)$/.exec(line) ?? [];
      if (number !== undefined) found(number);
    });
  });
  expect(await lines(space, ['saga.workflow.yaml', port])).toEqual(STEPS);
});

/** A folder with the script, a workflow, and `backstep` from the sources. */
function prepared(): Workspace {
  const script = [...PAGE.matchAll(/^```js\n([\s\S]*?)^```$/gm)];
  expect(script).toHaveLength(1);
  const space = workspace({ 'steps.mjs': script[0]?.[1] ?? '', 'saga.workflow.yaml': SAGA, '.backstep.yaml': '' });
  const command = join(space.folder, 'backstep');
  writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'cli/bin.ts')}" "$@"\n`);
  chmodSync(command, 0o755);
  return space;
}

function environment({ folder }: Workspace): NodeJS.ProcessEnv {
  return { ...process.env, PATH: [folder, process.env['PATH'] ?? ''].join(delimiter) };
}

async function lines(space: Workspace, args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, ['steps.mjs', ...args], { cwd: space.folder, env: environment(space) });
  onTestFinished(() => ended(child));
  const told: string[] = [];
  let faults = '';
  createInterface({ input: child.stdout }).on('line', (line) => told.push(line));
  child.stderr.on('data', (chunk: Buffer) => (faults += chunk.toString()));
  const code = await new Promise((done) => child.once('close', done));
  expect(faults).toBe('');
  expect(code).toBe(0);
  return told;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill();
  await gone;
}
