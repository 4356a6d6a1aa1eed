import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { JournalError } from '../../../runner/journal/journal.ts';
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
    expect(journal.renew(lease, TTL)).toBe(false);
    journal.append(taken, { records: [record(2)], status: 'running' });
    expect(journal.renew(taken, TTL)).toBe(true);
    expect(journal.read('r1')).toHaveLength(2);
    expect(journal.summary('r1')?.status).toBe('running');
  });

  it('takes a lease that has run out', () => {
    const journal = open();
    journal.create(about('r1'), [['h1', 'text']], me, 0);
    expect(journal.holder('r1')).toBeNull();
    expect(journal.acquire('r1', thisHolder('other'), TTL)).toMatchObject({ token: 2 });
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

  it('keeps each published event once', () => {
    const journal = open();
    const lease = begun(journal);
    const event = { id: 'r1/announce/1', type: 'order.placed', data: { id: 7 } };
    journal.append(lease, { records: [record(1)], status: 'running', published: [event] });
    journal.append(lease, { records: [record(2)], status: 'running', published: [event, { ...event, id: 'e2' }] });
    expect(journal.events()).toEqual([
      { ...event, number: 1, run: 'r1', at: record(1).at },
      { ...event, id: 'e2', number: expect.any(Number) as number, run: 'r1', at: record(2).at },
    ]);
    expect(journal.events(1).map(({ id }) => id)).toEqual(['e2']);
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
