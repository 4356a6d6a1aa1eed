/** What runs share: locks, and people who get tasks in turn. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock, virtualClock } from '../../runner/clock.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import type { RunHandle } from '../../runner/host.ts';
import type { RunRecord } from '../../runner/machine/index.ts';
import { begin, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

const MINUTE = 60_000;

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.close());

const LOCKED = `
workflow: locked
lock: "\${ input.account }"
timeout: 1h
states:
  hold: { wait: 10m, next: end }
`;

describe('runs with a lock', () => {
  const span = (run: RunHandle, records: readonly RunRecord[]) => [
    records.find(({ type }) => type === 'lock.taken')?.at,
    run.view().state.endedAt,
  ];

  it('wait for the one that has the key, in their order, and others do not', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    const file = place.write('locked.workflow.yaml', LOCKED);
    const start = (id: string, account: string) => begin(host, { file, id, input: { account } });
    const first = await start('first', 'a');
    const second = await start('second', 'a');
    const third = await start('third', 'a');
    const other = await start('other', 'b');
    expect(journal.summary('second')?.status).toBe('waiting');
    for (const run of [first, second, third, other]) expect(await run.settled('ended')).toBe('completed');
    expect([first, second, third, other].map((run) => span(run, journal.read(run.id)))).toEqual([
      [0, 10 * MINUTE],
      [10 * MINUTE, 20 * MINUTE],
      [20 * MINUTE, 30 * MINUTE],
      [0, 10 * MINUTE],
    ]);
  });

  it('can be cancelled while they wait, and count that time towards their timeout', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    const file = place.write('locked.workflow.yaml', LOCKED.replace('timeout: 1h', 'timeout: 5m').replace('10m', '6m'));
    const long = place.write('long.workflow.yaml', LOCKED.replace('workflow: locked', 'workflow: long'));
    const first = await begin(host, { file: long, id: 'first', input: { account: 'a' } });
    const second = await begin(host, { file, id: 'second', input: { account: 'a' } });
    const third = await begin(host, { file, id: 'third', input: { account: 'a' } });
    expect(await second.send({ type: 'cancel', by: { name: 'ada' }, compensate: true, force: false })).toBeNull();
    expect(await second.settled('ended')).toBe('cancelled');
    expect(await third.settled('ended')).toBe('failed');
    expect(third.view().state).toMatchObject({ endedAt: 10 * MINUTE, error: { type: 'timeout' } });
    expect(await first.settled('ended')).toBe('completed');
  });

  it('keep the key until they have ended, also when nobody drives them', async () => {
    const file = join(place.folder, 'runs.db');
    const mine = openJournal(file);
    const theirs = openJournal(file);
    try {
      const path = place.write('locked.workflow.yaml', LOCKED);
      const first = place.host({ journal: mine, clock: realClock() });
      const second = place.host({ journal: theirs, clock: realClock() });
      const keeper = await begin(first, { file: path, id: 'keeper', input: { account: 'a' } });
      expect(await keeper.settled('waiting')).toBe('waiting');
      const waiting = await begin(second, { file: path, id: 'waiting', input: { account: 'a' } });
      expect(await waiting.settled('waiting')).toBe('waiting');
      await first.close();
      expect(waiting.view().state.lock).toEqual({ key: 'a', held: false });
      expect(theirs.locks.holderOf('waiting')).toBe('keeper');
      const again = place.host({ journal: mine, clock: realClock() });
      const resumed = await again.resume('keeper');
      if (!resumed.ok) throw new Error(resumed.error.message);
      await resumed.run.send({ type: 'cancel', by: { name: 'ada' }, compensate: true, force: false });
      // The other process sees it in the journal.
      await new Promise<void>((resolve) => {
        const look = () => (waiting.view().state.lock?.held === true ? resolve() : setImmediate(look));
        look();
      });
      await again.close();
      await second.close();
    } finally {
      mine.close();
      theirs.close();
    }
  });

  it('share it with the runs that they start', async () => {
    const host = place.host();
    place.write('locked.workflow.yaml', LOCKED);
    const text = `workflow: outer\nlock: "\${ 'a' }"\nstates:\n  sub: { run: ./locked.workflow.yaml, with: { account: a }, next: end }\n`;
    const run = await begin(host, { file: place.write('outer.workflow.yaml', text) });
    expect(await run.settled('ended')).toBe('completed');
  });

  it('are not begun when the key cannot be evaluated', async () => {
    const host = place.host();
    const file = place.write('locked.workflow.yaml', LOCKED.replace('input.account', '$number(input.account)'));
    const started = await host.start({ file, input: { account: 'x' } });
    expect(started).toMatchObject({ ok: false, error: { code: 'invalid-workflow' } });
    if (!started.ok) expect(started.error.message).toMatch(/^The lock of the workflow cannot be evaluated: /);
  });
});

describe('a task', () => {
  const asking = (assign: string) => `
workflow: ask
participants: { desk: { role: desk, members: [ada, ben, cyd] }, boss: { role: boss } }
states:
  ask:
    human:
      candidates: [desk]
      assign: ${assign}
      due: 10m
      escalate: [ { after: 20m, notify: boss }, { after: 30m, outcome: no } ]
    on: { yes: end, no: end }
`;
  const ownerOf = (run: RunHandle) => [...run.view().state.activations.values()][0]?.task?.owner;

  it('goes to the members of a role in turn', async () => {
    const journal = memoryJournal();
    // A clock that nobody lets go on.
    const clock = virtualClock(0);
    clock.busy();
    const host = place.host({ journal, clock });
    const file = place.write('ask.workflow.yaml', asking('round-robin'));
    const owners = [];
    for (const id of ['a', 'b', 'c', 'd']) {
      const run = await begin(host, { file, id });
      await run.settled('waiting');
      owners.push(ownerOf(run));
    }
    expect(owners).toEqual(['ada', 'ben', 'cyd', 'ada']);
    expect(journal.read('b').find(({ type }) => type === 'task.changed')).toMatchObject({
      change: { to: 'assigned', actor: 'ben' },
      by: { name: 'round-robin' },
    });
  });

  it('goes to the member who has the fewest', async () => {
    const journal = memoryJournal();
    const clock = virtualClock(0);
    clock.busy();
    const host = place.host({ journal, clock });
    const file = place.write('ask.workflow.yaml', asking('least-loaded'));
    const runs: RunHandle[] = [];
    for (const id of ['a', 'b', 'c', 'd']) {
      const run = await begin(host, { file, id });
      await run.settled('waiting');
      runs.push(run);
    }
    expect(runs.map(ownerOf)).toEqual(['ada', 'ben', 'cyd', 'ada']);
    await runs[1]?.send({ type: 'decision', state: 'ask', by: { name: 'ben' }, outcome: 'yes', form: null });
    await runs[1]?.settled('ended');
    const next = await begin(host, { file, id: 'e' });
    await next.settled('waiting');
    expect(ownerOf(next)).toBe('ben');
    // Given back by its owner it stays with the group.
    await next.send({ type: 'task', state: 'ask', by: { name: 'ben' }, change: { to: 'released' } });
    expect(ownerOf(next)).toBeNull();
  });

  it('goes to the member who has the fewest also where many runs ask at once', async () => {
    const journal = openJournal(join(place.folder, 'runs.db'));
    const host = place.host({ journal, clock: realClock() });
    const file = place.write('ask.workflow.yaml', asking('least-loaded'));
    const ids = Array.from({ length: 30 }, (_, index) => `r${index}`);
    const runs = await Promise.all(ids.map((id) => begin(host, { file, id })));
    await Promise.all(runs.map((run) => run.settled('waiting')));
    const owners = runs.map(ownerOf);
    const shares = ['ada', 'ben', 'cyd'].map((member) => owners.filter((owner) => owner === member).length);
    expect(shares).toEqual([10, 10, 10]);
    await host.close();
    journal.close();
  });

  it('that nobody answers is handed on, told of and decided, and the history says by whom and how late', async () => {
    const journal = memoryJournal();
    const host = place.host({ journal });
    const steps = '[ { after: 5m, to: boss }, { after: 20m, notify: boss }, { after: 30m, outcome: no } ]';
    const text = asking('round-robin').replace(/escalate: .*/, `escalate: ${steps}`);
    const run = await begin(host, { file: place.write('ask.workflow.yaml', text), id: 'r' });
    expect(await run.settled('ended')).toBe('completed');
    const told = journal.read('r').filter(({ type }) => type.startsWith('task.') || type === 'alert.raised');
    const begun = told[0]?.at ?? 0;
    expect(told.map(({ at, ...record }) => ({ minutes: (at - begun) / MINUTE, ...record }))).toMatchObject([
      { minutes: 0, type: 'task.created' },
      { minutes: 0, type: 'task.changed', change: { to: 'assigned', actor: 'ada' } },
      { minutes: 5, type: 'task.escalated', to: 'boss', outcome: null },
      { minutes: 20, type: 'task.escalated', notify: 'boss' },
      { minutes: 20, type: 'alert.raised', state: 'ask' },
      { minutes: 30, type: 'task.escalated', outcome: 'no' },
      {
        minutes: 30,
        type: 'task.completed',
        outcome: 'no',
        by: { name: 'escalation' },
        due: begun + 10 * MINUTE,
        late: true,
      },
    ]);
    expect(run.view().state.output).toEqual({ outcome: 'no', form: null, actor: null });
  });

  it('tells in the history whether it was completed in time, and whom to tell when it was not', async () => {
    const journal = memoryJournal();
    const clock = virtualClock(0);
    const host = place.host({ journal, clock });
    const file = place.write('ask.workflow.yaml', asking('round-robin'));
    const answer = (run: RunHandle) =>
      run.send({ type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null });
    const early = await begin(host, { file, id: 'early' });
    const late = await begin(host, { file, id: 'late' });
    clock.at(5 * MINUTE, () => void answer(early));
    clock.at(25 * MINUTE, () => void answer(late));
    await early.settled('ended');
    await late.settled('ended');
    const completed = (run: string) => journal.read(run).find(({ type }) => type === 'task.completed');
    expect(completed('early')).toMatchObject({ due: 10 * MINUTE, late: false });
    expect(completed('late')).toMatchObject({ due: 10 * MINUTE, late: true });
    expect(journal.read('late').find(({ type }) => type === 'alert.raised')).toMatchObject({
      state: 'ask',
      message: 'For boss: nobody has answered "ask" yet.',
    });
  });

  it('was answered when the person did, also where no process drove the run until it was too late', async () => {
    const journal = memoryJournal();
    const clock = virtualClock(0);
    const file = place.write('ask.workflow.yaml', asking('round-robin').replace(/escalate: .*/, ''));
    const first = place.host({ journal, clock });
    for (const id of ['early', 'late']) await (await begin(first, { file, id })).settled('waiting');
    await first.close();
    const answer = { type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null } as const;
    journal.post('early', { ...answer, at: 5 * MINUTE });
    journal.post('late', { ...answer, at: 15 * MINUTE });
    await new Promise<void>((resolve) => clock.at(60 * MINUTE, resolve));
    const next = place.host({ journal, clock });
    for (const id of ['early', 'late']) {
      const resumed = await next.resume(id);
      if (resumed.ok) await resumed.run.settled('ended');
      expect(journal.read(id).find(({ type }) => type === 'task.completed')).toMatchObject({
        at: 60 * MINUTE,
        due: 10 * MINUTE,
        late: id === 'late',
      });
    }
  });
});
