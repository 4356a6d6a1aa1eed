import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JournalError } from '../../../runner/journal/journal.ts';
import type { NewEvent } from '../../../runner/journal/bus.ts';
import type { Holder, Journal, NewRun } from '../../../runner/journal/journal.ts';
import { thisHolder } from '../../../runner/journal/holders.ts';
import { memoryJournal } from '../../../runner/journal/memory.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import { codeOf, numbered, record } from './support.ts';

const TTL = 30_000;

const made: (() => void)[] = [];
afterEach(() => {
  for (const undo of made.splice(0)) undo();
});

const kinds: Record<string, () => Journal> = {
  memory: memoryJournal,
  sqlite: () => {
    const folder = mkdtempSync(join(tmpdir(), 'backstep-journal-'));
    const journal = openJournal(join(folder, '.backstep', 'runs.db'));
    made.push(() => {
      journal.close();
      rmSync(folder, { recursive: true });
    });
    return journal;
  },
};

function about(run: string, more: Partial<NewRun> = {}): NewRun {
  return {
    ...{
      run,
      workflow: 'orders',
      version: '1.0.0',
      file: '/w/orders.workflow.yaml',
      hash: 'h1',
      resources: null,
      startedAt: 1000,
    },
    parent: null,
    ...more,
  };
}

/** The pid of a process that has ended and was reaped. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe.each(Object.keys(kinds))('a journal in %s', (kind) => {
  const open = () => (kinds[kind] ?? memoryJournal)();
  const me = thisHolder('test');

  function begun(journal: Journal, run = 'r1', holder: Holder = me) {
    const lease = journal.create(about(run), [['h1', 'text']], holder, TTL);
    if (lease === 'exists') throw new Error(`${run} exists`);
    return lease;
  }

  it('gives back the records it was given, in order, whole or in part', () => {
    const journal = open();
    const lease = begun(journal);
    journal.append(lease, { records: [record(1), record(2), record(3)], status: 'running' });
    journal.append(lease, { records: [record(4)], status: 'running' });
    journal.append(lease, { records: [record(5), record(6)], status: 'waiting' });
    expect(journal.read('r1')).toEqual(numbered(1, 2, 3, 4, 5, 6));
    expect(journal.read('r1', 2, 4)).toEqual(numbered(2, 3, 4));
    expect(journal.read('r1', 4)).toEqual(numbered(4, 5, 6));
    expect(journal.read('r1', 6, 6)).toEqual([record(6)]);
    expect(journal.read('r1', 7)).toEqual([]);
    expect(journal.read('other')).toEqual([]);
  });

  it('creates a run with its first records at once, and an id only once', () => {
    const journal = open();
    const begin = { records: [record(1)], status: 'waiting' as const };
    expect(journal.create(about('r1'), [['h1', 'text']], me, TTL, begin)).toMatchObject({ run: 'r1', token: 1 });
    expect(journal.create(about('r1'), [['h1', 'other']], me, TTL, begin)).toBe('exists');
    expect(journal.read('r1')).toEqual([record(1)]);
    expect(journal.summary('r1')).toEqual({ ...about('r1'), status: 'waiting', seq: 1, updatedAt: record(1).at });
    expect(journal.text('h1')).toBe('text');
    expect(journal.text('none')).toBeNull();
    expect(journal.summary('none')).toBeNull();
  });

  it('keeps runs apart, and lists them by status, workflow and parent', () => {
    const journal = open();
    const first = begun(journal);
    const second = journal.create(about('r2', { workflow: 'trips', parent: 'r1' }), [['h1', 'text']], me, TTL);
    if (second === 'exists') throw new Error('r2 exists');
    journal.append(first, { records: [record(1)], status: 'completed' });
    journal.append(second, { records: [record(1), record(2)], status: 'waiting' });
    expect(journal.list().map(({ run, seq }) => [run, seq])).toEqual([['r1', 1], ['r2', 2]]); // prettier-ignore
    expect(journal.list({ status: 'waiting' }).map(({ run }) => run)).toEqual(['r2']);
    expect(journal.list({ workflow: 'orders' }).map(({ run }) => run)).toEqual(['r1']);
    expect(journal.list({ parent: 'r1' }).map(({ run }) => run)).toEqual(['r2']);
    expect(journal.read('r1')).toEqual([record(1)]);
  });

  it('gives a lease to one holder at a time, and names who has it', () => {
    const journal = open();
    const other = thisHolder('other');
    const lease = begun(journal);
    expect(journal.acquire('r1', other, TTL)).toEqual({ heldBy: me });
    expect(journal.holder('r1')).toEqual(me);
    journal.release(lease);
    expect(journal.holder('r1')).toBeNull();
    expect(journal.acquire('r1', other, TTL)).toMatchObject({ holder: other, token: 2 });
    expect(journal.holder('r1')).toEqual(other);
  });

  it('refuses the records of a holder whose lease was taken over', () => {
    const journal = open();
    const lease = begun(journal);
    journal.append(lease, { records: [record(1)], status: 'running' });
    journal.release(lease);
    const taken = journal.acquire('r1', thisHolder('other'), TTL);
    if ('heldBy' in taken) throw new Error('still held');
    expect(codeOf(() => journal.append(lease, { records: [record(2)], status: 'running' }))).toBe('lease-lost');
    expect(codeOf(() => journal.append(lease, { records: [record(2)], status: 'failed' }))).toBe('lease-lost');
    expect(journal.renew([lease, taken], TTL)).toEqual([lease]);
    journal.append(taken, { records: [record(2)], status: 'running' });
    expect(journal.renew([taken], TTL)).toEqual([]);
    expect(journal.read('r1')).toHaveLength(2);
    expect(journal.summary('r1')?.status).toBe('running');
  });

  it('takes a lease back with the records that end a run', () => {
    const journal = open();
    const lease = begun(journal);
    journal.append(lease, { records: [record(1)], status: 'completed', release: true });
    expect(journal.holder('r1')).toBeNull();
    expect(journal.acquire('r1', thisHolder('next'), TTL)).toMatchObject({ token: 2 });
  });

  it('takes a lease that has run out', () => {
    const journal = open();
    journal.create(about('r1'), [['h1', 'text']], me, 0);
    expect(journal.holder('r1')).toBeNull();
    expect(journal.acquire('r1', thisHolder('other'), TTL)).toMatchObject({ token: 2 });
  });

  it('does not believe a lease from before the clock was set back, but of a process that lives here', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const journal = open();
      const away = { ...thisHolder('away'), host: 'elsewhere' };
      const here = begun(journal);
      begun(journal, 'r2', away);
      vi.setSystemTime(Date.now() - 86_400_000);
      expect(journal.holder('r1')).toEqual(me);
      expect(journal.acquire('r1', thisHolder('other'), TTL)).toEqual({ heldBy: me });
      expect(journal.renew([here], TTL)).toEqual([]);
      expect(journal.holder('r1')).toEqual(me);
      expect(journal.holder('r2')).toBeNull();
      expect(journal.acquire('r2', thisHolder('other'), TTL)).toMatchObject({ token: 2 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('takes the lease of a dead process at once, also when its pid was given to another', () => {
    const journal = open();
    begun(journal, 'r1', { id: 'x', pid: deadPid(), host: hostname(), name: 'gone', start: null });
    expect(journal.acquire('r1', me, TTL)).toMatchObject({ holder: me });
    begun(journal, 'r2', { id: 'y', pid: process.pid, host: hostname(), name: 'before us', start: 'another/1' });
    expect(journal.acquire('r2', me, TTL)).toMatchObject({ holder: me });
    const elsewhere = { id: 'z', pid: deadPid(), host: 'another-machine.example', name: 'far', start: null };
    begun(journal, 'r3', elsewhere);
    expect(journal.acquire('r3', me, TTL)).toEqual({ heldBy: elsewhere });
  });

  it('keeps messages until the commit that answers them', () => {
    const journal = open();
    const lease = begun(journal);
    const before = journal.version();
    const by = { name: 'ada' };
    const cancel = journal.post('r1', { type: 'cancel', by, compensate: true, force: false });
    const retry = journal.post('r1', { type: 'retry', by, state: null });
    expect(journal.version()).not.toBe(before);
    expect(journal.inbox('r1').map(({ id, stimulus }) => [id, stimulus.type])).toEqual([
      [cancel, 'cancel'],
      [retry, 'retry'],
    ]);
    journal.append(lease, { records: [record(1)], status: 'running', delivered: [cancel] });
    expect(journal.inbox('r1').map(({ id }) => id)).toEqual([retry]);
    // A message that is refused has no records, and is gone all the same.
    journal.append(lease, { records: [], status: 'running', delivered: [retry] });
    expect(journal.inbox('r1')).toEqual([]);
  });

  describe('as a bus', () => {
    const event = (id: string, more: Partial<NewEvent> = {}): NewEvent => ({
      ...{ id, source: '/shop', type: 'order.placed', time: '2026-01-01T00:00:00Z', data: { id }, attributes: {} },
      ...{ at: 1000, until: 2000, run: null, family: null, ...more },
    });
    const wanted = { run: 'r1', types: ['order.placed'], begun: 1000, oldest: 500, heard: null };

    it('keeps each event once, whoever publishes it', () => {
      const journal = open();
      const lease = begun(journal);
      const before = journal.version();
      expect(journal.bus.receive([event('a'), event('a'), event('a', { source: '/other' })])).toMatchObject([
        { id: 'a', number: 1 },
        null,
        { source: '/other' },
      ]);
      expect(journal.version()).not.toBe(before);
      journal.append(lease, { records: [record(1)], status: 'running', published: [event('b', { run: 'r1' })] });
      journal.append(lease, { records: [record(2)], status: 'running', published: [event('b'), event('c')] });
      expect(journal.bus.events().map(({ id }) => id)).toEqual(['a', 'a', 'b', 'c']);
      const [, , third] = journal.bus.events();
      expect(third).toEqual({ ...event('b', { run: 'r1' }), number: third?.number });
      expect(journal.bus.events(third?.number).map(({ id }) => id)).toEqual(['c']);
      expect(journal.bus.head()).toBe(journal.bus.events()[3]?.number);
    });

    it('gives a run the events since it began, and those before that nobody else took', () => {
      const journal = open();
      const lease = begun(journal);
      const other = journal.create(about('r2'), [['h1', 'text']], me, TTL);
      if (other === 'exists') throw new Error('r2 exists');
      const ids = () => journal.bus.eventsFor(wanted).map(({ id }) => id);
      const [old, before, taken, after] = journal.bus.receive([
        ...[event('old', { at: 499 }), event('before', { at: 500 }), event('taken', { at: 999 }), event('after')],
        event('else', { type: 'order.paid' }),
      ]);
      expect(ids()).toEqual(['before', 'taken', 'after']);
      const received = [taken?.number ?? 0, after?.number ?? 0];
      journal.append(other, { records: [record(1)], status: 'running', received });
      expect(ids()).toEqual(['before', 'after']);
      expect(journal.bus.eventsFor({ ...wanted, heard: after?.number ?? 0 }).map(({ id }) => id)).toEqual(['before']);
      expect(journal.bus.claim(before?.number ?? 0, 'r1')).toBe(true);
      expect(journal.bus.claim(before?.number ?? 0, 'r1')).toBe(true);
      expect(journal.bus.claim(before?.number ?? 0, 'r2')).toBe(false);
      expect(journal.bus.takers(before?.number ?? 0)).toEqual(['r1']);
      expect(journal.bus.takers(old?.number ?? 0)).toEqual([]);
      journal.append(lease, { records: [record(1)], status: 'running', received });
      expect(journal.bus.takers(after?.number ?? 0)).toEqual(['r1', 'r2']);
    });

    it('keeps dead letters with their reasons until they are sent again', () => {
      const journal = open();
      const lease = begun(journal);
      const [misfit, late, family, taken] = journal.bus.receive([
        ...[event('misfit'), event('late'), event('family', { family: 'r1' }), event('taken')],
      ]);
      journal.append(lease, { records: [record(1)], status: 'running', received: [taken?.number ?? 0] });
      journal.bus.bury(misfit?.number ?? 0, 'orders', 'No.', 1500);
      journal.bus.bury(misfit?.number ?? 0, 'orders', 'No, again.', 1600);
      journal.bus.bury(misfit?.number ?? 0, 'trips', 'Neither.', 1700);
      expect(journal.bus.expire(2000)).toBe(0);
      expect(journal.bus.expire(2001)).toBe(1);
      const letters = () =>
        journal.bus.deadLetters().map(({ event, workflow, reason }) => [event.id, workflow, reason]);
      expect(letters()).toEqual([
        ['misfit', 'orders', 'No.'],
        ['misfit', 'trips', 'Neither.'],
        ['late', null, 'Nothing awaited it within 1 second.'],
      ]);
      const sent = journal.bus.resend(journal.bus.deadLetters()[0]?.number ?? 0, 5000);
      expect(sent).toEqual({ ...event('misfit', { at: 5000, until: 6000 }), number: sent?.number });
      expect(sent?.number).toBeGreaterThan(family?.number ?? 0);
      expect(journal.bus.events().map(({ id }) => id)).toEqual(['late', 'family', 'taken', 'misfit']);
      // A run that no process drove had awaited it in time after all.
      journal.append(lease, { records: [record(2)], status: 'running', received: [late?.number ?? 0] });
      expect(letters()).toEqual([]);
    });
  });

  describe('as the keeper of locks', () => {
    const queued = (journal: Journal, run: string, more: Partial<NewRun> = {}) => {
      const lease = journal.create(about(run, { lock: 'k', ...more }), [['h1', 'text']], me, TTL);
      if (lease === 'exists') throw new Error(`${run} exists`);
      return lease;
    };

    it('gives a key to one run at a time, in the order in which they were created', () => {
      const journal = open();
      const first = queued(journal, 'r1');
      const second = queued(journal, 'r2');
      queued(journal, 'r3');
      queued(journal, 'other', { lock: 'l' });
      expect(journal.locks.take('r2')).toBe(false);
      expect(journal.locks.holderOf('r2')).toBe('r1');
      expect(['r1', 'r1', 'r2', 'other'].map((run) => journal.locks.take(run))).toEqual([true, true, false, true]);
      journal.append(first, { records: [record(1)], status: 'suspended' });
      expect(journal.locks.take('r2')).toBe(false);
      journal.append(first, { records: [record(2)], status: 'failed' });
      expect(journal.locks.take('r3')).toBe(false);
      // Nobody drives the second one: the third does not wait for somebody to take it up.
      journal.release(second);
      expect(['r3', 'r2'].map((run) => journal.locks.take(run))).toEqual([true, false]);
      expect(journal.locks.holderOf('r2')).toBe('r3');
      expect(journal.summary('r2')).not.toHaveProperty('lock');
    });

    it('lets a child have what its parent has', () => {
      const journal = open();
      queued(journal, 'r1');
      queued(journal, 'r2');
      queued(journal, 'child', { parent: 'r1' });
      queued(journal, 'stranger', { parent: 'r2' });
      expect(['r1', 'child', 'stranger', 'r2'].map((run) => journal.locks.take(run))).toEqual([
        true,
        true,
        false,
        false,
      ]);
    });
  });

  it('counts tasks and turns, and keeps how far triggers came', () => {
    const journal = open();
    const lease = begun(journal);
    const owned = [
      { activation: 1, owner: 'ada' },
      { activation: 2, owner: 'ada' },
      { activation: 3, owner: 'ben' },
    ];
    journal.append(lease, { records: [record(1)], status: 'running', owned });
    expect([...journal.tasks.loads()].sort()).toEqual([['ada', 2], ['ben', 1]]); // prettier-ignore
    journal.append(lease, { records: [record(2)], status: 'running', owned: owned.slice(2) });
    expect([...journal.tasks.loads()]).toEqual([['ben', 1]]);
    journal.append(lease, { records: [record(3)], status: 'completed' });
    expect([...journal.tasks.loads()]).toEqual([]);
    expect(['a', 'a', 'b', 'a'].map((group) => journal.tasks.turn(group))).toEqual([0, 1, 0, 2]);
    expect(journal.triggers.mark('t')).toBeNull();
    journal.triggers.keep('t', { since: 1, tick: null, event: 0 });
    journal.triggers.keep('t', { since: 1, tick: 5, event: 3 });
    expect(journal.triggers.mark('t')).toEqual({ since: 1, tick: 5, event: 3 });
  });

  it('gives a task to who has the fewest, counted before the run that has it commits that', () => {
    const journal = open();
    const [one, two] = [begun(journal, 'one'), begun(journal, 'two')];
    const given = [
      journal.tasks.give('one', 1, ['ada', 'ben']),
      journal.tasks.give('two', 1, ['ada', 'ben']),
      journal.tasks.give('two', 2, ['ben', 'ada']),
    ];
    expect(given).toEqual(['ada', 'ben', 'ben']);
    // What is given anew, after a process died that had not committed it, counts once.
    expect(journal.tasks.give('two', 2, ['ada', 'ben'])).toBe('ada');
    expect([...journal.tasks.loads()].sort()).toEqual([['ada', 2], ['ben', 1]]); // prettier-ignore
    journal.append(one, { records: [record(1)], status: 'running', owned: [{ activation: 1, owner: 'ada' }] });
    journal.append(two, { records: [record(1)], status: 'running', owned: [] });
    expect([...journal.tasks.loads()]).toEqual([['ada', 1]]);
  });

  it('refuses a gap in the numbers of the records', () => {
    const journal = open();
    const lease = begun(journal);
    const gap = () => journal.append(lease, { records: [record(2)], status: 'running' });
    expect(gap).toThrow(JournalError);
    expect(gap).toThrow(/r1 was to go on with record 2 after record 0/);
    expect(journal.read('r1')).toEqual([]);
  });
});
