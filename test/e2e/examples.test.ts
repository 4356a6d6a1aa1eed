/** Each example is debugged in a workbench: forwards to its error, into its undoing, back, and on to its end. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { service, workspace, type Workspace } from '../examples/workspace.ts';
import { ROOT } from '../support/workbench/index.ts';
import type { Debug } from '../support/workbench/pages/debug.ts';
import { until } from '../support/workbench/wait.ts';
import { stage } from './harness.ts';

const { open } = stage();

interface Case {
  readonly example: string;
  readonly file: string;
  readonly input: string;
  /** The state with the breakpoint, and the states whose compensations come, in their order. */
  readonly first: string;
  readonly undone: readonly string[];
  /** What is started before. */
  readonly serve?: string;
  readonly before?: (place: Workspace) => Promise<void> | void;
  /** What is typed into the console when the run waits in a state. */
  readonly wait?: { readonly state: string; readonly say: string };
  /** How it ends, when not compensated. */
  readonly end?: string;
}

const CASES: readonly Case[] = [
  {
    example: 'money-transfer',
    file: 'transfer.workflow.yaml',
    input: 'inputs/no-account.json',
    first: 'withdraw',
    undone: ['withdraw'],
    serve: 'node banks.ts',
  },
  {
    example: 'money-transfer',
    file: 'transfer-tcc.workflow.yaml',
    input: 'inputs/held-no-account.json',
    first: 'hold_north',
    undone: ['hold_north'],
    serve: 'node banks.ts',
  },
  {
    example: 'database-migration',
    file: 'migration.workflow.yaml',
    input: 'inputs/plato.json',
    first: 'verify',
    undone: ['backup', 'freeze'],
    before: ({ folder, env }) =>
      void execFileSync('node', ['shop.ts', 'create', 'plato.db', '60', 'Plato'], { cwd: folder, env }),
  },
  {
    example: 'user-registration',
    file: 'registration.workflow.yaml',
    input: 'inputs/no-mailbox.json',
    first: 'create',
    undone: ['create'],
    serve: 'node mailbox.ts',
  },
  {
    example: 'file-upload',
    file: 'upload.workflow.yaml',
    input: 'inputs/picture.json',
    first: 'process',
    undone: ['receive'],
    serve: 'node server.ts',
    before: async ({ folder }) => {
      const url = readFileSync(join(folder, '.env'), 'utf8').replace('UPLOADS_URL=', '').trim();
      await fetch(`${url}/uploads/u-2`, { method: 'PUT', body: 'no\0text' });
    },
    end: 'completed',
  },
  {
    example: 'approval',
    file: 'purchase.workflow.yaml',
    input: 'inputs/small.json',
    first: 'reserve',
    undone: ['reserve'],
    wait: { state: 'lead', say: ':complete lead rejected' },
  },
  {
    example: 'optimistic-update',
    file: 'rename.workflow.yaml',
    input: 'inputs/taken.json',
    first: 'show',
    undone: ['show'],
    serve: 'node profiles.ts',
  },
  {
    example: 'choreography',
    file: 'payment.workflow.yaml',
    input: 'inputs/order.json',
    first: 'take',
    undone: ['take'],
    wait: { state: 'follow', say: ':emit parcel.refused {"orderId": "o-1"}' },
    end: 'completed',
  },
];

test.each(CASES)('$example: $file', { timeout: 240_000 }, async (each) => {
  const { first, undone, wait } = each;
  const place = workspace(each.example);
  if (each.serve !== undefined) await service(place, each.serve);
  await each.before?.(place);
  const workbench = await open({ folder: place.folder, extension: ROOT });
  const { breakpoints, debug, quick } = workbench;
  await quick.openFile(each.file);
  await quick.run('Backstep: Open Diagram to the Side');
  const diagram = workbench.webviews.document();
  await diagram.locator('[role=button]').first().waitFor();
  const lines = readFileSync(join(place.folder, each.file), 'utf8').split('\n');
  const line = lines.indexOf(`  ${first}:`) + 1;
  await quick.goTo(line);
  await breakpoints.setInGutter(line);
  await debug.start();
  await quick.pick(each.input);
  await debug.waitForStop({ line, frame: first });

  let at = await stop(debug, '');
  while (!isUndoing(at)) {
    await debug.stepOver();
    if (wait !== undefined && at.includes(`Frame ${wait.state},`)) await debug.evaluate(wait.say);
    at = await stop(debug, at);
  }
  await workbench.screenshot(`${each.example}-${each.file}`);
  await diagram.locator('.run-current').first().waitFor();
  // The view goes back before the undoing, and comes again without anything being done by it.
  await debug.stepBack();
  const before = await stop(debug, at);
  expect(isUndoing(before)).toBe(false);
  await debug.stepOver();
  at = await stop(debug, before);
  const undoing: string[] = [];
  while (isUndoing(at)) {
    undoing.push(/Frame (\S+) /.exec(at)?.[1] ?? at);
    await debug.stepOver();
    at = await stop(debug, at, true);
  }
  expect(undoing).toEqual(undone);
  if (at !== '') await debug.continue();
  await debug.waitForEnd();
  await quick.run('Debug Console: Focus on Debug Console View');
  await debug.waitForOutput(each.end ?? 'compensated');
  expect(existsSync(join(place.folder, '.backstep/runs.db'))).toBe(true);
});

function isUndoing(stop: string): boolean {
  return stop.includes('(compensation)');
}

/** The top frame of a stop that is another one than `from`; empty when the session has ended, if it may. */
function stop(debug: Debug, from: string, mayEnd = false): Promise<string> {
  return until(`a stop after ${from}`, async () => {
    const top = (await debug.callStack()).find((row) => /, line \d+,/.test(row));
    if (top !== undefined) return top !== from && top;
    return mayEnd && (await debug.isOver()) ? '' : undefined;
  });
}
