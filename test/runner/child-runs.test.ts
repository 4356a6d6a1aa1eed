/** Child runs: begun, waited for, rolled back, cancelled and taken up with their parent. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../language/index.ts';
import { realClock } from '../../runner/clock.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import type { RunRecord } from '../../runner/machine/index.ts';
import { begin, ended, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';
import { ENV, simple, SIMPLE_MOCKS, still, until } from './support/workflows.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.close());

describe('child runs', () => {
  const CHILD = simple(
    '  a: { call: s.a, compensate: { call: s.undo }, next: a2 }\n  a2: { call: s.a, compensate: { call: s.undo }, next: b }\n  b: { call: s.b, next: end }',
    'input: { type: object, required: [n] }\noutput: { got: "${ input.n }" }',
  ).replace('workflow: simple', 'workflow: child\nversion: 1.4.0');

  const parent = (more = '', after = '  after: { call: s.c, next: end }') =>
    simple(
      `  before: { call: s.c, compensate: { call: s.undo, with: { mine: true } }, next: sub }\n  sub: { run: ./sub/child.workflow.yaml, with: { n: 3 }${more}, next: after }\n${after}`,
    );

  function types(journal: Journal, run: string): RunRecord['type'][] {
    return journal.read(run).map(({ type }) => type);
  }

  it('give their output to the parent, and are linked to it', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent(', version: ^1.2')), id: 'p' });
    expect(await ended(run, journal)).toEqual({
      status: 'completed',
      path: ['before', 'sub', 'after'],
      compensated: [],
    });
    const [child] = journal.list({ parent: 'p' });
    expect(child).toMatchObject({ workflow: 'child', status: 'completed', parent: 'p' });
    expect(journal.read('p').find((record) => record.type === 'state.completed' && record.result !== 3)).toMatchObject({
      result: { got: 3 },
    });
    expect(host.runs.get(child?.run ?? '')?.view().state.parent).toMatchObject({ run: 'p', way: 'sub', depth: 1 });
  });

  it('undo themselves when they fail, and raise their error in the parent', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({
      journal,
      mocks: { ...SIMPLE_MOCKS, 's.b': { fail: { error: 'http.409', message: 'no' } } },
    });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent()), id: 'p' });
    expect(await ended(run, journal)).toMatchObject({
      status: 'compensated',
      path: ['before', 'sub'],
      compensated: ['before'],
    });
    expect(run.view().state.error).toMatchObject({ type: 'http.409', message: 'no', state: 'sub' });
    expect(journal.list({ parent: 'p' })).toMatchObject([{ status: 'compensated' }]);
  });

  it('are rolled back with the parent when they had completed', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    const failing = parent('', '  after: { fail: { error: too.late, message: no } }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', failing), id: 'p' });
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated', compensated: ['sub', 'before'] });
    const [child] = journal.list({ parent: 'p' });
    expect(child?.status).toBe('compensated');
    expect(types(journal, child?.run ?? '')).toContain('run.rolling-back');
    expect(host.mocks?.calls.get('s.undo')).toBe(3);
  });

  it('are rolled back with what they did not confirm', async () => {
    const journal = memoryJournal();
    const states = `  a: { call: s.a, compensate: { call: s.undo }, confirm: { call: s.c }, next: b }
  b: { call: s.b, compensate: { call: s.undo }, next: end }`;
    place.write('sub/child.workflow.yaml', simple(states).replace('simple', 'child'));
    const host = place.host({ journal, mocks: SIMPLE_MOCKS });
    const file = simple('  sub: { run: ./sub/child.workflow.yaml, next: f }\n  f: { fail: { error: too.late } }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', file), id: 'p' });
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated', compensated: ['sub'] });
    expect(journal.list({ parent: 'p' })).toMatchObject([{ status: 'compensated' }]);
    expect(host.mocks?.calls.get('s.undo')).toBe(1);
  });

  it('have undone what they did when they take too long, before the error arises in the parent', async () => {
    const journal = memoryJournal();
    const states = `  a: { call: s.a, compensate: { call: s.undo }, next: w }
  w: { wait: 1h, next: end }`;
    place.write('sub/child.workflow.yaml', simple(states).replace('simple', 'child'));
    const mocks = { ...SIMPLE_MOCKS, 's.undo': { return: null, delay: '5s' } };
    const host = place.host({ journal, mocks });
    const file = simple(`  before: { call: s.c, compensate: { call: s.undo }, next: sub }
  sub: { run: ./sub/child.workflow.yaml, timeout: 10s, next: end }`);
    const run = await begin(host, { file: place.write('p.workflow.yaml', file), id: 'p' });
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated', compensated: ['before'] });
    const { startedAt, endedAt, error } = run.view().state;
    expect(error).toMatchObject({ type: 'timeout', state: 'sub' });
    expect((endedAt ?? 0) - startedAt).toBe(20_000);
    expect(journal.list({ parent: 'p' })).toMatchObject([{ status: 'cancelled' }]);
    expect(types(journal, 'p')).toContain('attempt.overdue');
  });

  it('leave the parent suspended while they could not be undone whole, until a person has seen to both', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const undo: Json = [{ fail: { error: 'http.500' } }, { return: null }];
    const host = place.host({ journal, mocks: { ...SIMPLE_MOCKS, 's.undo': undo } });
    const failing = parent('', '  after: { fail: { error: too.late, message: no } }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', failing), id: 'p' });
    expect(await run.settled('ended')).toBe('suspended');
    const [child] = journal.list({ parent: 'p' });
    expect(child?.status).toBe('suspended');
    const by = { name: 'ada' };
    const childRun = host.runs.get(child?.run ?? '');
    expect(await childRun?.send({ type: 'retry', by, state: null })).toBeNull();
    expect(await childRun?.settled('ended')).toBe('compensated');
    expect(await run.send({ type: 'retry', by, state: null })).toBeNull();
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated', compensated: ['before', 'sub'] });
  });

  it('make the parent wait while all of them do, for a person or for time, and run again with them', async () => {
    const journal = memoryJournal();
    place.write(
      'sub/child.workflow.yaml',
      simple('  a: { call: s.a, next: b }\n  b: { wait: 1h, next: end }', 'recovery: suspend').replace(
        'workflow: simple',
        'workflow: child\nversion: 1.4.0',
      ),
    );
    const grandchild = simple('  sub: { run: ./sub/child.workflow.yaml, next: end }').replace(
      'workflow: simple',
      'workflow: middle',
    );
    place.write('middle.workflow.yaml', grandchild);
    const answers: Json = [{ fail: { error: 'http.500' } }, { return: null }];
    const mocks = { ...SIMPLE_MOCKS, 's.a': answers };
    const host = place.host({ journal, mocks });
    const outer = simple('  sub: { run: ./middle.workflow.yaml, next: end }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', outer), id: 'p' });
    expect(await run.settled('waiting')).toBe('waiting');
    const statuses = (): unknown => journal.list().map(({ run: id, status }) => [id, status]);
    expect(statuses()).toEqual([
      ['p', 'waiting'],
      ['p.sub.1', 'waiting'],
      ['p.sub.1.sub.1', 'suspended'],
    ]);
    const child = host.runs.get('p.sub.1.sub.1');
    expect(await child?.send({ type: 'retry', by: { name: 'ada' }, state: null })).toBeNull();
    expect(await run.settled('ended')).toBe('completed');
    expect(statuses()).toEqual([
      ['p', 'completed'],
      ['p.sub.1', 'completed'],
      ['p.sub.1.sub.1', 'completed'],
    ]);
  });

  it('are given no secrets, because their input is recorded', async () => {
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({ mocks: SIMPLE_MOCKS, env: ENV });
    const text = parent().replace('with: { n: 3 }', 'with: { n: "${ secrets.TOKEN }" }');
    const run = await begin(host, { file: place.write('p.workflow.yaml', text) });
    expect(await run.settled('ended')).toBe('compensated');
    expect(run.view().state.error).toMatchObject({
      type: 'validation',
      message: expect.stringContaining('no secret') as string,
    });
  });

  it('go on alone when they are detached', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const host = place.host({ journal, mocks: { ...SIMPLE_MOCKS, 's.b': { delay: '1h', return: 2 } } });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent(', detached: true')), id: 'p' });
    expect(await ended(run, journal)).toMatchObject({ status: 'completed' });
    const [child] = journal.list({ parent: 'p' });
    expect(child?.status).not.toBe('completed');
    expect(await host.runs.get(child?.run ?? '')?.settled('ended')).toBe('completed');
  });

  it('are cancelled with the parent', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD.replace('b: { call: s.b', 'b: { wait: 30d'));
    const clock = still();
    const host = place.host({ journal, mocks: SIMPLE_MOCKS, clock });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent()), id: 'p' });
    const child = await until(() => [...host.runs.values()].find(({ id }) => id !== 'p'));
    await child.settled('waiting');
    expect(await run.send({ type: 'cancel', by: { name: 'ada' }, compensate: true, force: false })).toBeNull();
    expect(await ended(run, journal)).toMatchObject({ status: 'cancelled', compensated: ['before'] });
    expect(journal.summary(child.id)?.status).toBe('cancelled');
    expect(host.mocks?.calls.get('s.undo')).toBe(3);
  });

  it.each([
    ['undoing nothing', { compensate: false, force: false }],
    ['by force', { compensate: true, force: true }],
  ])('are cancelled as the parent is, %s', async (_, how) => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD.replace('b: { call: s.b', 'b: { wait: 30d'));
    const host = place.host({ journal, mocks: SIMPLE_MOCKS, clock: still() });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent()), id: 'p' });
    const child = await until(() => [...host.runs.values()].find(({ id }) => id !== 'p'));
    await child.settled('waiting');
    expect(await run.send({ type: 'cancel', by: { name: 'ada' }, ...how })).toBeNull();
    expect(await ended(run, journal)).toMatchObject({ status: 'cancelled', compensated: [] });
    expect(await child.settled('ended')).toBe('cancelled');
    expect(host.mocks?.calls.get('s.undo')).toBeUndefined();
  });

  it('are taken up with the parent', async () => {
    const journal = memoryJournal();
    place.write('sub/child.workflow.yaml', CHILD);
    const clock = still();
    const first = place.host({ journal, mocks: { ...SIMPLE_MOCKS, 's.b': { delay: '1h', return: 2 } }, clock });
    await begin(first, { file: place.write('p.workflow.yaml', parent()), id: 'p' });
    await until(() => (first.mocks?.calls.get('s.b') === 1 ? true : undefined));
    await first.close();
    const second = place.host({ journal, mocks: SIMPLE_MOCKS });
    expect(await second.resume('p')).toMatchObject({ ok: true });
    const run = second.runs.get('p');
    expect(await run?.settled('ended')).toBe('completed');
    expect([...(second.mocks?.calls.keys() ?? [])].sort()).toEqual(['s.b', 's.c']);
    expect(journal.list({ parent: 'p' })).toMatchObject([{ status: 'completed' }]);
  });

  it('do not let a parent that is taken up wait before they have gone as far as they can', async () => {
    const journal = openJournal(join(place.folder, 'runs.db'));
    const asks = (name: string, more: string) =>
      `workflow: ${name}\nparticipants: { boss: { role: boss } }\nstates:\n${more}`;
    const ask = 'human: { title: x, assignee: boss }';
    place.write('child.workflow.yaml', asks('child', `  ask: { ${ask}, on: { yes: end } }\n`));
    place.write('middle.workflow.yaml', asks('middle', '  sub: { run: ./child.workflow.yaml, next: end }\n'));
    const outer = `  sub: { run: ./middle.workflow.yaml, next: again }\n  again: { ${ask}, on: { yes: end } }\n`;
    const first = place.host({ journal, clock: realClock() });
    await (await begin(first, { file: place.write('p.workflow.yaml', asks('p', outer)), id: 'p' })).settled('waiting');
    await first.close();
    const yes = { type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null } as const;
    journal.post('p.sub.1.sub.1', yes);
    const second = place.host({ journal, clock: realClock() });
    const resumed = await second.resume('p');
    if (!resumed.ok) throw new Error(resumed.error.message);
    expect(await resumed.run.settled('waiting')).toBe('waiting');
    expect([...resumed.run.view().state.activations.values()].map(({ way }) => way)).toEqual(['again']);
    await second.close();
    journal.close();
  });

  it.each([
    ['a file that is not there', (): void => undefined, '', 'validation', /There is no file .*child\.workflow\.yaml/],
    [
      'a version that does not fit',
      () => place.write('sub/child.workflow.yaml', CHILD),
      ', version: ^2.0',
      'validation',
      /has version 1\.4\.0.*asks for \^2\.0/,
    ],
    [
      'a pre-release that the range does not name',
      () => place.write('sub/child.workflow.yaml', CHILD.replace('1.4.0', '1.5.0-rc.1')),
      ', version: ">=1.4"',
      'validation',
      /has version 1\.5\.0-rc\.1.*asks for >=1\.4\. A pre-release is in a range only where/,
    ],
    [
      'an input that does not fit',
      () => place.write('sub/child.workflow.yaml', CHILD.replace('[n]', '[m]')),
      '',
      'validation',
      /\/m is missing/,
    ],
  ])('with %s fail the state', async (_, prepare, more, type, message) => {
    // The file is there while the parent is checked.
    const file = place.write('sub/child.workflow.yaml', CHILD);
    const text = parent(more);
    const host = place.host({ mocks: SIMPLE_MOCKS });
    const path = place.write('p.workflow.yaml', text);
    const { rmSync } = await import('node:fs');
    let prepared = false;
    const observing = place.host({
      mocks: SIMPLE_MOCKS,
      observer: {
        before() {
          if (prepared) return;
          prepared = true;
          rmSync(file);
          prepare();
        },
      },
    });
    void host;
    const run = await begin(observing, { file: path });
    expect(await run.settled('ended')).toBe('compensated');
    expect(run.view().state.error).toMatchObject({
      type,
      state: 'sub',
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    ['1.4.0', '^1.2 || ^3.0', true],
    ['2.0.0-beta.1', '^2.0.0-beta', true],
    ['2.0.0-beta.1', '2.x', false],
    [null, '0.x', true],
    [null, '^1.0', false],
  ])('of version %s begin for the range %s: %s', async (version, range, begins) => {
    const text = CHILD.replace('\nversion: 1.4.0', version === null ? '' : `\nversion: ${version}`);
    place.write('sub/child.workflow.yaml', text);
    const host = place.host({ mocks: SIMPLE_MOCKS });
    const run = await begin(host, { file: place.write('p.workflow.yaml', parent(`, version: "${range}"`)) });
    expect(await run.settled('ended')).toBe(begins ? 'completed' : 'compensated');
  });

  it('keep the text that they began with while the parent waits, and are undone by it', async () => {
    const journal = memoryJournal();
    const file = place.write('sub/child.workflow.yaml', CHILD);
    const clock = still();
    const first = place.host({ journal, mocks: { ...SIMPLE_MOCKS, 's.b': { delay: '1h', return: 2 } }, clock });
    const after = '  after: { fail: { error: late } }';
    await begin(first, { file: place.write('p.workflow.yaml', parent(', version: ^1.4', after)), id: 'p' });
    await until(() => (first.mocks?.calls.get('s.b') === 1 ? true : undefined));
    await first.close();
    place.write('sub/child.workflow.yaml', 'workflow: child\nversion: 9.0.0\nstates: { z: { set: {}, next: end } }\n');
    const second = place.host({ journal, mocks: SIMPLE_MOCKS });
    const resumed = await second.resume('p');
    if (!resumed.ok) throw new Error(resumed.error.message);
    expect(await resumed.run.settled('ended')).toBe('compensated');
    expect(journal.list({ parent: 'p' })).toMatchObject([{ status: 'compensated', version: '1.4.0', file }]);
    expect(second.mocks?.calls.get('s.undo')).toBe(3);
  });

  it('end at the depth that the workflow allows', async () => {
    const journal = memoryJournal();
    const self = simple('  again: { run: ./p.workflow.yaml, next: end }', 'limits: { depth: 3 }');
    const host = place.host({ journal, mocks: {} });
    const started = await host.start({ file: place.write('p.workflow.yaml', self), input: {}, id: 'p' });
    // A workflow that runs itself is already refused when it is compiled, where the language can see it.
    if (!started.ok) {
      expect(started.error.findings?.map(({ code }) => code)).toEqual(['recursive-run']);
      return;
    }
    expect(await started.run.settled('ended')).toBe('failed');
    expect(started.run.view().state.error).toMatchObject({ type: 'limit' });
    expect(journal.list()).toHaveLength(4);
  });
});
