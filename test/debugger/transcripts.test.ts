/**
 * Whole sessions, message by message, against golden transcripts in `transcripts/`. In them `>` is a request, `<` its
 * answer, `!` a refusal and `*` an event. `npx vitest run -u test/debugger/transcripts.test.ts` writes them anew.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { clientOn, type Client } from './support/client.ts';
import { FAILING, FILES, LAUNCH } from './support/order.ts';
import { client as connected, workspace, type Workspace } from './support/workspace.ts';

const THREAD = { threadId: 1 };
const NAME = 'order.workflow.yaml';
const BUNDLE = fileURLToPath(new URL('../../dist/debugger.js', import.meta.url));

type Play = (client: Client, space: Workspace) => Promise<void>;

/** Stops on entry, at a breakpoint with a condition, looks around, sets a variable, and runs to the end. */
const forward: Play = async (client, space) => {
  await client.request('initialize', { adapterID: 'backstep', linesStartAt1: true, columnsStartAt1: true });
  await client.event('initialized');
  await client.request('launch', {
    ...LAUNCH,
    program: space.path(NAME),
    clock: 'virtual',
    journal: space.path('runs.db'),
    runId: 'run-1',
    stopOnEntry: true,
  });
  await client.request('setBreakpoints', {
    source: { path: space.path(NAME) },
    breakpoints: [{ line: space.line(NAME, '  charge:'), condition: 'input.amount < 100' }],
  });
  await client.request('setExceptionBreakpoints', { filters: ['uncaught'] });
  await client.request('configurationDone');
  await client.stopped();
  await client.request('threads');
  await client.request('next', THREAD);
  await client.stopped();
  await client.request('continue', THREAD);
  await client.stopped();
  const { stackFrames } = await client.request('stackTrace', THREAD);
  const frameId = (stackFrames as readonly { id: number }[])[0]?.id;
  const { scopes } = await client.request('scopes', { frameId });
  for (const { variablesReference } of scopes as readonly { variablesReference: number }[]) {
    await client.request('variables', { variablesReference });
  }
  await client.request('evaluate', { expression: 'results.reserve.reservationId', frameId, context: 'watch' });
  await client.request('setExpression', { expression: 'vars.note', value: '"set by hand"', frameId });
  await client.request('stepIn', THREAD);
  await client.stopped();
  await client.request('stepIn', THREAD);
  await client.stopped();
  await client.request('continue', THREAD);
  await client.terminated();
};

/** Stops at the error that nothing catches and steps through what is undone. */
const undoing: Play = async (client, space) => {
  await client.request('initialize', { adapterID: 'backstep', linesStartAt1: false, columnsStartAt1: false });
  await client.event('initialized');
  await client.request('launch', {
    ...FAILING,
    program: space.path(NAME),
    clock: 'virtual',
    journal: space.path('runs.db'),
    runId: 'run-1',
  });
  await client.request('setExceptionBreakpoints', { filters: ['compensation'] });
  await client.request('configurationDone');
  await client.stopped();
  await client.request('exceptionInfo', THREAD);
  for (let step = 0; step < 2; step++) {
    await client.request('stepIn', THREAD);
    await client.stopped();
    await client.request('stackTrace', THREAD);
    await client.request('next', THREAD);
    if (step === 0) await client.stopped();
  }
  await client.terminated();
};

const SESSIONS: readonly (readonly [string, Play])[] = [
  ['forward', forward],
  ['undoing', undoing],
];

describe('transcripts', () => {
  it.each(SESSIONS)('%s, in this process', async (name, play) => {
    const space = workspace(FILES);
    const client = connected(space, { passing: ['output'] });
    await play(client, space);
    await expect(client.transcript()).toMatchFileSnapshot(`./transcripts/${name}.txt`);
  });

  it.each(SESSIONS)('%s, in the bundled process', async (name, play) => {
    if (!existsSync(BUNDLE)) throw new Error('dist/debugger.js is not built: run `npm run build` first.');
    const space = workspace(FILES);
    const adapter = spawn(process.execPath, [BUNDLE], { stdio: ['pipe', 'pipe', 'pipe'] });
    let complaints = '';
    adapter.stderr.on('data', (text) => (complaints += String(text)));
    const exited = new Promise<number | null>((resolve) => adapter.on('exit', resolve));
    const client = clientOn(
      adapter.stdout,
      adapter.stdin,
      exited.then(() => undefined),
      {
        passing: ['output'],
        hide: [[space.folder, '<folder>']],
      },
    );
    await play(client, space);
    const transcript = client.transcript();
    await client.end();
    expect(await exited).toBe(0);
    expect(complaints).toBe('');
    await expect(transcript).toMatchFileSnapshot(`./transcripts/${name}.txt`);
  });
});
