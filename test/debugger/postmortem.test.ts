/** Recorded runs that are only looked at: from a file or the journal, also against another definition. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportRun } from '../../runner/export.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import type { Body, Client } from './support/client.ts';
import { FAILING, FILES, LAUNCH, ORDER, SHIPPING } from './support/order.ts';
import { frames, initialized, launched, scopeLines, workspace, type Workspace } from './support/workspace.ts';

const NAME = 'order.workflow.yaml';
const THREAD = { threadId: 1 };

/** A workspace in which a run was played, exported, and then lost. */
async function exported(launch: Body, keep = false): Promise<Workspace> {
  const space = workspace(FILES);
  const client = await launched(space, { launch });
  await client.terminated();
  await client.end();
  const journal = openJournal(space.path('runs.db'));
  writeFileSync(space.path('run.json'), `${JSON.stringify(exportRun(journal, 'run-1'), null, 1)}\n`);
  journal.close();
  if (!keep) for (const name of ['runs.db', 'runs.db-wal', 'runs.db-shm']) rmSync(space.path(name), { force: true });
  return space;
}

async function attached(space: Workspace, args: Body): Promise<Client> {
  const client = await initialized(space, { passing: ['output'] });
  await client.request('attach', args);
  await client.request('configurationDone');
  expect(await client.stopped()).toMatchObject({ reason: 'entry' });
  return client;
}

const outputs = (client: Client): readonly string[] =>
  client
    .transcript()
    .split('\n')
    .filter((line) => line.startsWith('* output'))
    .map((line) => (JSON.parse(line.slice('* output '.length)) as { output: string }).output.trim());

describe('a run of a file', () => {
  it('stands at its last record, is stepped back and forward, and ends when it goes on', async () => {
    const space = await exported(FAILING);
    rmSync(space.path(NAME));
    rmSync(space.path('shipping.workflow.yaml'));
    const client = await attached(space, { history: space.path('run.json') });
    expect(await frames(client)).toEqual([
      `reserve (compensation):${space.line(NAME, '      call: inventory.release') - 1}`,
    ]);
    const { stackFrames } = await client.request('stackTrace', THREAD);
    expect(stackFrames).toMatchObject([{ source: { sourceReference: 1 } }]);
    await client.request('stepBack', THREAD);
    await client.stopped();
    expect(await frames(client)).toEqual([
      `reserve (compensation):${space.line(NAME, '      call: inventory.release') - 1}`,
    ]);
    for (let step = 0; step < 3; step++) {
      await client.request('stepBack', THREAD);
      await client.stopped();
    }
    expect(await frames(client)).toEqual([`charge:${space.line(NAME, '  charge:')}`]);
    expect(await client.refused('backstep/fork', { ...THREAD })).toMatch(/only looked at/);
    expect(await client.refused('setExpression', { expression: 'vars.note', value: '"x"' })).toMatch(/only looked at/);
    expect(await client.refused('backstep/emit', { type: 'order.paid' })).toMatch(/only looked at/);
    await client.request('next', THREAD);
    await client.stopped();
    await client.request('stepIn', THREAD);
    await client.stopped();
    await client.request('stepIn', THREAD);
    await client.stopped();
    expect(await frames(client)).toEqual([
      `book:${FILES['shipping.workflow.yaml'].split('\n').indexOf('  book:') + 1}`,
      `ship:${space.line(NAME, '    run: ./shipping.workflow.yaml')}`,
    ]);
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ description: 'The last record' });
    expect(await client.refused('backstep/fail', { ...THREAD, error: 'network' })).toMatch(/injected/);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
    expect(existsSync(space.path('runs.db'))).toBe(false);
  });

  it('is terminated, and the child alone can be looked at', async () => {
    const space = await exported(LAUNCH);
    const file = JSON.parse(readFileSync(space.path('run.json'), 'utf8')) as { runs: { run: string }[] };
    const child = file.runs[1]?.run ?? '';
    const client = await attached(space, { history: space.path('run.json'), runId: child });
    expect(await scopeLines(client, 'History')).toEqual([
      '1 = book: completed in 0 ms',
      '2 = label: completed in 0 ms',
    ]);
    await client.request('terminate');
    expect(await client.terminated()).toBe(0);
  });

  it('that is damaged or something else is refused with its line', async () => {
    const space = await exported(FAILING);
    const whole = readFileSync(space.path('run.json'), 'utf8');
    const file = space.path('bad.json');
    const line = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
    const refusal = async (text: string): Promise<string> => {
      writeFileSync(file, text);
      const client = await initialized(space);
      return (await client.refused('attach', { history: file })).replace(file, 'FILE');
    };
    expect(await refusal(whole.slice(0, 500))).toMatch(/^FILE:\d+:\d+: The history is not whole, or no JSON: /);
    expect(await refusal('{}')).toMatch(/^FILE:1:1: This is no history of a run\. /);
    expect(await refusal('[1]')).toMatch(/^FILE:1:1: This is no history of a run\. /);
    expect(await refusal(whole.replace('"version": 1', '"version": 2'))).toMatch(
      /^FILE:3:13: This history is of the form 2/,
    );
    const cut = whole.replace('"seq": 5', '"seq": 6');
    expect(await refusal(cut)).toMatch(/^FILE:\d+:\d+: Record 5 of the run run-1 should stand here\.$/);
    expect(await refusal(cut)).toContain(`FILE:${line(cut, '"type": "attempt.started"') - 1}:`);
    expect(await refusal(whole.replace('order.refused', 'order.accepted'))).toMatch(
      /^FILE:\d+:\d+: This text is not the one that it was/,
    );
    expect(await refusal(whole.replace('"transition": {', '"transit": {'))).toMatch(
      /^FILE:\d+:\d+: This record is damaged/,
    );
    expect(await refusal(whole.replace('"records": [', '"records": [7,'))).toMatch(/^FILE:\d+:\d+: This is no record/);
    expect(await refusal(whole.replace('"file":', '"fil":'))).toMatch(/^FILE:\d+:\d+: The run has no `file`\.$/);
    const client = await initialized(space);
    expect(await client.refused('attach', { history: space.path('none.json') })).toMatch(/cannot be read/);
    expect(await client.refused('attach', { history: space.path('run.json'), runId: 'nobody' })).toMatch(
      /holds no run nobody\. It holds run-1, run-1/,
    );
  });
});

describe('against another definition', () => {
  const edited = ORDER.replace('input.amount > 1000', 'input.amount > 10');
  const sentence =
    'From record 10 on edited.workflow.yaml decides otherwise at check: it was “completed, goes on to charge”, and would be “completed, goes on to refuse”.';

  it('the first record that would be another one is marked', async () => {
    const space = await exported(FAILING);
    writeFileSync(space.path('edited.workflow.yaml'), edited);
    const client = await attached(space, {
      history: space.path('run.json'),
      program: space.path('edited.workflow.yaml'),
    });
    expect(outputs(client)).toEqual([sentence]);
    const history = await client.request('backstep/history', {});
    expect(history['drift']).toBe(10);
    const records = history['records'] as readonly Body[];
    expect(records.filter(({ drift }) => drift !== undefined)).toMatchObject([
      { seq: 10, type: 'state.completed', state: 'check', drift: sentence },
    ]);
    const lines = await scopeLines(client, 'History');
    expect(lines.slice(0, 4)).toEqual([
      '1 = reserve: completed in 0 ms',
      '2 = check: completed in 0 ms',
      `drift = ${sentence}`,
      '3 = charge: completed in 0 ms',
    ]);
    await client.request('backstep/goTo', { seq: 9 });
    await client.stopped();
    expect((await scopeLines(client, 'History')).some((line) => line.startsWith('drift'))).toBe(false);
  });

  it('a run of the journal that has ended is held against its file when that was edited', async () => {
    const space = await exported(LAUNCH, true);
    const client = await attached(space, { runId: 'run-1', journal: space.path('runs.db') });
    expect(outputs(client)).toEqual([]);
    await client.end();
    writeFileSync(space.path('shipping.workflow.yaml'), SHIPPING.replace('set: {}', 'wait: 1h'));
    const again = await attached(space, { runId: 'run-1', journal: space.path('runs.db') });
    expect(outputs(again)).toEqual([
      expect.stringMatching(/^From record \d+ on shipping\.workflow\.yaml decides otherwise at label: /),
    ]);
  });

  it('a run of the journal that waits is only looked at with a program, and one that is broken is refused', async () => {
    const space = workspace({
      'w.workflow.yaml': 'workflow: w\nversion: 1.0.0\nstates:\n  nap: { wait: 1h, next: end }\n',
      'x.workflow.yaml': 'workflow: w\nversion: 1.0.0\nstates:\n  nap: { wait: 1h, next: more }\n',
      'y.workflow.yaml': 'workflow: w\nversion: 1.0.0\nstates:\n  doze: { wait: 1h, next: end }\n',
    });
    const first = await launched(space, { launch: { program: 'w.workflow.yaml', clock: 'real' } });
    await first.event('backstep/position');
    await first.end();
    const journal = space.path('runs.db');
    const size = (): number => {
      const opened = openJournal(journal);
      const { seq = 0 } = opened.summary('run-1') ?? {};
      opened.close();
      return seq;
    };
    const before = size();
    const client = await initialized(space, { passing: ['output'] });
    expect(await client.refused('attach', { runId: 'run-1', journal, program: space.path('x.workflow.yaml') })).toMatch(
      /x\.workflow\.yaml:4:/,
    );
    await client.request('attach', { runId: 'run-1', journal, program: space.path('y.workflow.yaml') });
    await client.request('configurationDone');
    await client.stopped();
    expect(outputs(client)).toEqual([expect.stringMatching(/^From record 3 on y\.workflow\.yaml decides otherwise/)]);
    await client.request('next', THREAD);
    expect(await client.terminated()).toBe(7);
    expect(size()).toBe(before);
  });
});

describe('a session saved as a scenario', () => {
  it('is given with its place and the whole text of its file', async () => {
    const space = await exported(FAILING, true);
    const client = await attached(space, { runId: 'run-1', journal: space.path('runs.db') });
    const saved = await client.request('backstep/scenario', { name: 'no lorry' });
    expect(saved).toMatchObject({
      workflow: space.path(NAME),
      file: space.path('order.workflow.test.yaml'),
      name: 'no lorry',
      differences: [],
    });
    expect(saved['text']).toBe(`no lorry:
  input: { orderId: o-1, amount: 40 }
  mocks:
    inventory.reserve: { return: { reservationId: r-1 } }
    payments.charge: { return: { chargeId: c-1 } }
    carrier.book: { fail: { error: http.500, message: no lorry } }
    payments.refund: { return: {} }
    inventory.release: { return: {} }
  expect:
    status: compensated
    error: http.500
    path: [ reserve, check, charge, ship ]
    compensated: [ charge, reserve ]
    calls:
      inventory.reserve: 1
      payments.charge: 1
      carrier.book: 1
      payments.refund: 1
      inventory.release: 1
`);
    expect(saved['updated']).toBe(
      `workflow: ./order.workflow.yaml\nscenarios:\n${String(saved['text']).replace(/^(?=.)/gm, '  ')}`,
    );
    writeFileSync(space.path('order.workflow.test.yaml'), String(saved['updated']));
    expect(await client.refused('backstep/scenario', { name: 'no lorry' })).toMatch(/already/);
    expect(await client.refused('backstep/scenario', { name: '' })).toMatch(/name/);
    expect(await client.refused('backstep/scenario', { name: 'x', run: 'nobody' })).toMatch(/no run nobody/);
  });

  it('is refused while the run goes on', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    expect(await client.refused('backstep/scenario', { name: 'x' })).toMatch(/run-1 is running/);
  });
});
