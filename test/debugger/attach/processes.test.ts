// A debugger at a run that a process of its own drives: whole sessions, and what a death on either side leaves.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openJournal } from '../../../runner/host.ts';
import { backstep, CLI, folderWith, PATIENCE_MS, startBackstep, steady } from '../../cli/backstep.ts';
import { clientOn, connect, type Body, type Client, type ClientOptions } from '../support/client.ts';
import { frames } from '../support/workspace.ts';
import { DOOMED, mortal, THREAD, trip, type Trip } from './driving.ts';

const HEARING = {
  '.git/HEAD': '',
  'hear.workflow.yaml': `workflow: hear
version: 1.0.0
events: { order.paid: { data: { type: object } } }
on:
  order.paid: { next: paid }
states:
  rest: { wait: 1d, next: end }
  paid: { set: {}, next: end }
`,
};

/** A client that has attached to the trip, which stands. */
async function attachedTo({ folder }: Trip, options: ClientOptions = {}, made?: Client): Promise<Client> {
  const client = made ?? connect({ hide: [[folder, '<folder>']], passing: ['output'], ...options });
  await client.request('initialize', { adapterID: 'backstep' });
  await client.event('initialized');
  await client.request('attach', { runId: 'live', cwd: folder });
  await client.request('configurationDone');
  await until(client, 'backstep/position');
  return client;
}

/** The records of the run, whose checksums and numbers are read without a fault. */
function recordsOf({ journal: file }: Trip): readonly string[] {
  const journal = openJournal(file);
  try {
    const records = journal.read('live');
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
    return records.map(({ type }) => type);
  } finally {
    journal.close();
  }
}

function callsOf({ folder }: Trip): readonly string[] {
  const lines = readFileSync(join(folder, 'calls.txt'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split(' ')[0] ?? '');
}

describe('a run of `backstep run`', () => {
  it('is held, looked at, stepped, failed and let go, and undoes what it did', { timeout: PATIENCE_MS }, async () => {
    const running = await trip();
    const client = connect({ hide: [[running.folder, '<folder>']] });
    await client.request('initialize', { adapterID: 'backstep' });
    await client.request('attach', { runId: 'live', cwd: running.folder });
    const source = { path: join(running.folder, 'trip.workflow.yaml') };
    await client.request('setBreakpoints', { source, breakpoints: [{ line: 23 }] });
    await client.request('setExceptionBreakpoints', { filters: ['uncaught'] });
    await client.request('configurationDone');
    await until(client, 'backstep/position');
    await client.request('stackTrace', THREAD);
    running.go();
    await client.request('continue', THREAD);
    await until(client, 'backstep/position');
    await client.request('stackTrace', THREAD);
    await client.request('stepBack', THREAD);
    await until(client, 'backstep/position');
    await client.request('next', THREAD);
    await until(client, 'backstep/position');
    await client.request('backstep/fail', { ...THREAD, error: 'card.stolen', message: 'said by a person' });
    await client.request('continue', THREAD);
    await until(client, 'backstep/position');
    await client.request('disconnect', {});
    await client.closed;
    // What the adapter is able to do is asserted elsewhere.
    const lines = client.transcript().split('\n');
    const told = lines.filter((line) => !/^[<>] initialize/.test(line)).join('\n');
    await expect(steady(told, running.folder)).toMatchFileSnapshot('transcripts/trip.txt');

    const ended = await running.finished;
    expect(ended).toMatchObject({ status: 3, stderr: '' });
    expect(ended.stdout).toContain('compensated');
    // The state that was made to fail was never called, and what came before it is undone.
    expect(callsOf(running)).toEqual(['book', 'hold', 'release']);
    expect(recordsOf(running)).toContain('failure.injected');
    expect(recordsOf(running).at(-1)).toBe('run.ended');
  });

  it('ends the session when its process is killed, and is taken up by the next', { timeout: PATIENCE_MS }, async () => {
    const running = await trip();
    const first = await attachedTo(running, { passing: [] });
    const before = recordsOf(running);
    running.process.kill('SIGKILL');
    expect(await gone(first)).toMatch(
      /^backstep run \(process \d+ on .*\) drives live no more.* `backstep resume live`/,
    );
    await first.request('disconnect', {});
    await running.finished;
    // The session itself recorded nothing.
    expect(recordsOf(running)).toEqual(before);

    const second = await attachedTo(running);
    expect(await frames(second)).toEqual(['hold:19']);
    running.go();
    await second.request('continue', THREAD);
    expect(await second.terminated()).toBe(0);
    await second.end();
    // What was under way is done again with its key; what was done is not.
    expect(callsOf(running)).toEqual(['book', 'hold', 'hold', 'pay']);
    expect(recordsOf(running)).toContain('run.recovered');
  });

  it('goes on when the debugger is killed', { timeout: PATIENCE_MS }, async () => {
    const running = await trip();
    const adapter = spawn(process.execPath, [CLI, 'debug'], {
      cwd: running.folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const over = new Promise<void>((resolve) => adapter.once('close', () => resolve()));
    const client = clientOn(adapter.stdout, adapter.stdin, over, { passing: ['output'] });
    await attachedTo(running, {}, client);
    running.go();
    // Stepped, so that the run stands between two records when the debugger dies.
    await client.request('next', THREAD);
    await client.stopped();
    expect(await frames(client)).toEqual(['pay:23']);
    expect(callsOf(running)).toEqual(['book', 'hold']);
    adapter.kill('SIGKILL');
    client.hangUp();
    await over;
    expect((await running.finished).status).toBe(0);
    expect(callsOf(running)).toEqual(['book', 'hold', 'pay']);
    expect(recordsOf(running).at(-1)).toBe('run.completed');
  });

  it(
    'loses nothing when its process dies between a step that was let go and its commit',
    { timeout: PATIENCE_MS },
    async () => {
      const running = await trip([], DOOMED);
      running.go();
      const first = await attachedTo(running, { passing: [] });
      await first.request('next', THREAD);
      await until(first, 'backstep/position');
      expect(await frames(first)).toEqual(['pay:23']);
      const before = recordsOf(running);
      writeFileSync(join(running.folder, 'doomed'), '');
      await first.request('next', THREAD);
      expect(await gone(first)).toMatch(/drives live no more/);
      await first.request('disconnect', {});
      expect((await running.finished).signal).toBe('SIGKILL');
      expect(recordsOf(running)).toEqual(before);

      const second = await attachedTo(running);
      expect(await frames(second)).toEqual(['pay:23']);
      await second.request('continue', THREAD);
      expect(await second.terminated()).toBe(0);
      await second.end();
      expect(callsOf(running)).toEqual(['book', 'hold', 'pay']);
      expect(recordsOf(running).slice(0, before.length)).toEqual(before);
    },
  );

  it('is refused where it was begun with --no-attach', { timeout: PATIENCE_MS }, async () => {
    const running = await trip(['--no-attach']);
    const client = connect();
    await client.request('initialize', { adapterID: 'backstep' });
    await client.event('initialized');
    expect(await client.refused('attach', { runId: 'live', cwd: running.folder })).toMatch(
      /^The run live is driven by backstep run \(process \d+ on .*\), which lets no debugger attach\.$/,
    );
    await client.end();
    running.go();
    expect((await running.finished).status).toBe(0);
  });
});

describe('a run of `backstep serve`', () => {
  it('is paused, hears an event of the session, and is left to the service', { timeout: PATIENCE_MS }, async () => {
    const cwd = folderWith(HEARING);
    await backstep(['run', 'hear.workflow.yaml', '--id', 'live', '--no-wait'], { cwd });
    const served = mortal(startBackstep(['serve', '--port', '0'], { cwd }));
    await served.seen('run live is taken up');
    await served.seen('Serving');
    const client = connect({ passing: ['output'] });
    await client.request('initialize', { adapterID: 'backstep' });
    await client.event('initialized');
    await client.request('attach', { runId: 'live', cwd });
    const source = { path: join(cwd, 'hear.workflow.yaml') };
    // The transition of a handler of the workflow itself, and a state that comes after it.
    await client.request('setBreakpoints', { source, breakpoints: [{ line: 5 }, { line: 8 }] });
    await client.request('configurationDone');
    await until(client, 'backstep/position');
    await client.request('continue', THREAD);
    await client.request('backstep/emit', { type: 'order.paid', data: { n: 7 } });
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint' });
    expect(await frames(client)).toEqual(['rest:5']);
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint' });
    expect(await frames(client)).toEqual(['paid:8']);
    await client.request('disconnect', {});
    await client.closed;
    await served.seen('run live completed');
    served.process.kill('SIGTERM');
    expect((await served.finished).status).toBe(0);
  });
});

/** Takes events until one of this name came. */
async function until(client: Client, name: string): Promise<void> {
  for (let event = await client.any(); event['event'] !== name;) event = await client.any();
}

/** The sentence with which a session ended whose run was let go by the one who drove it. */
async function gone(client: Client): Promise<string> {
  for (;;) {
    const { event, body } = await client.any();
    const { category, output } = (body ?? {}) as Body;
    if (event !== 'output' || category !== 'stderr') continue;
    expect(await client.terminated()).toBe(70);
    return String(output);
  }
}
