import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../../runner/journal/migrations.ts';
import type { Journal, Lease } from '../../../runner/journal/journal.ts';
import { thisHolder } from '../../../runner/journal/holders.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import type { OpenOptions } from '../../../runner/journal/sqlite.ts';
import { codeOf, record } from './support.ts';

let folder: string;
let file: string;
const opened: Journal[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-sqlite-'));
  file = join(folder, '.backstep', 'runs.db');
});
afterEach(() => {
  for (const journal of opened.splice(0)) journal.close();
  rmSync(folder, { recursive: true });
});

function open(options?: OpenOptions): Journal {
  const journal = openJournal(file, options);
  opened.push(journal);
  return journal;
}

function begun(journal: Journal, id = 'r1'): Lease {
  const run = {
    run: id,
    workflow: 'w',
    version: '1.0.0',
    file: '/w.yaml',
    hash: 'h',
    resources: null,
    startedAt: 1,
    parent: null,
  };
  const lease = journal.create(run, [['h', 'text']], thisHolder('test'), 30_000);
  if (lease === 'exists') throw new Error(`${id} exists`);
  return lease;
}

/** Changes the file behind the journal's back. */
function tamper(sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

describe('the journal in SQLite', () => {
  it('makes its folder, which keeps itself out of version control', () => {
    open();
    expect(readFileSync(join(folder, '.backstep', '.gitignore'), 'utf8')).toBe('*\n');
  });

  it('is still there when it is opened again', () => {
    const first = open();
    first.append(begun(first), { records: [record(1), record(2)], status: 'waiting' });
    first.close();
    const second = open();
    expect(second.read('r1')).toEqual([record(1), record(2)]);
    expect(second.summary('r1')).toMatchObject({ status: 'waiting', seq: 2 });
  });

  it('lets one connection see what another committed, and stop the other from going on', () => {
    const first = open();
    const second = open();
    const lease = begun(first);
    const before = second.version();
    first.append(lease, { records: [record(1)], status: 'running' });
    expect(second.version()).not.toBe(before);
    first.release(lease);
    const taken = second.acquire('r1', thisHolder('second'), 30_000);
    if ('heldBy' in taken) throw new Error('still held');
    second.append(taken, { records: [record(2)], status: 'running' });
    expect(codeOf(() => first.append(lease, { records: [record(2)], status: 'running' }))).toBe('lease-lost');
    expect(first.read('r1')).toHaveLength(2);
  });

  it('says that the disk is full, keeps what was committed and goes on when there is room', () => {
    const journal = open({ maxPages: 24 });
    const lease = begun(journal);
    journal.append(lease, { records: [record(1)], status: 'running' });
    const large = () => journal.append(lease, { records: [record(2, 100_000)], status: 'failed' });
    expect(codeOf(large)).toBe('journal-full');
    expect(large).toThrow(file);
    expect(journal.read('r1')).toEqual([record(1)]);
    expect(journal.summary('r1')?.status).toBe('running');
    journal.append(lease, { records: [record(2)], status: 'running' });
    expect(journal.read('r1')).toHaveLength(2);
  });

  it.each([
    [
      'a record that was changed',
      "UPDATE commits SET records = replace(records, 'mmm', 'nnn') WHERE last = 2",
      /records 2 to 2 of run r1 are not what was written/,
    ],
    ['a commit that is missing', 'DELETE FROM commits WHERE last = 2', /run r1 lacks its records from 2 on/],
  ])('recognises %s', (_, sql, message) => {
    const journal = open();
    const lease = begun(journal);
    for (const seq of [1, 2, 3]) journal.append(lease, { records: [record(seq)], status: 'running' });
    tamper(sql);
    expect(codeOf(() => journal.read('r1'))).toBe('journal-damaged');
    expect(() => journal.read('r1')).toThrow(message);
  });

  /** Appends to several runs at once: for each null, or the code of why it was left out. */
  function appendAll(journal: Journal, leases: readonly Lease[], seq: number, size?: number): (string | null)[] {
    const all = leases.map((lease) => ({
      lease,
      append: { records: [record(seq, size)], status: 'waiting' as const },
    }));
    return (journal.appendAll?.(all) ?? []).map((refusal) => refusal?.code ?? null);
  }

  it('makes one commit of what several runs append, and reads it among commits of one', () => {
    const journal = open();
    const leases = ['r1', 'r2', 'r3'].map((run) => begun(journal, run));
    const [first] = leases;
    if (first === undefined) throw new Error('no lease');
    const before = journal.version();
    const watcher = open();
    const seen = watcher.version();
    expect(appendAll(journal, leases, 1)).toEqual([null, null, null]);
    journal.append(first, { records: [record(2)], status: 'running' });
    journal.append(first, { records: [record(3), record(4)], status: 'running' });
    expect(appendAll(journal, [first], 5)).toEqual([null]);
    expect(appendAll(journal, [first, ...leases.slice(1)].reverse(), 6).slice(0, 2)).toEqual([
      'journal-damaged',
      'journal-damaged',
    ]);
    expect(appendAll(journal, leases.slice(1), 2)).toEqual([null, null]);
    expect(journal.version()).toBe(before);
    expect(watcher.version()).toBeGreaterThan(seen);
    for (const each of [journal, watcher]) {
      expect(each.read('r1')).toEqual([1, 2, 3, 4, 5, 6].map((seq) => record(seq)));
      for (let from = 1; from <= 7; from++)
        for (let to = from - 1; to <= 7; to++)
          expect(each.read('r1', from, to)).toEqual(
            [1, 2, 3, 4, 5, 6].filter((seq) => seq >= from && seq <= to).map((seq) => record(seq)),
          );
      expect(each.read('r2')).toEqual([record(1), record(2)]);
      expect(each.list().map(({ seq, status }) => [seq, status])).toEqual([
        [6, 'waiting'],
        [2, 'waiting'],
        [2, 'waiting'],
      ]);
    }
  });

  it.each([
    [
      'a record that was changed',
      "UPDATE shared_commits SET records = replace(records, 'mmm', 'nnn') WHERE run = 1 AND last = 2",
      /records 2 to 2 of run r1 are not what was written/,
    ],
    [
      'a row that is missing',
      'DELETE FROM shared_commits WHERE run = 1 AND last = 2',
      /r1 lacks its records from 1 on/,
    ],
  ])('recognises %s in a shared commit, which is no fault of the others', (_, sql, message) => {
    const journal = open();
    const leases = ['r1', 'r2'].map((run) => begun(journal, run));
    for (const seq of [1, 2, 3]) expect(appendAll(journal, leases, seq)).toEqual([null, null]);
    tamper(sql);
    expect(() => journal.read('r1')).toThrow(message);
    expect(journal.read('r2')).toEqual([record(1), record(2), record(3)]);
  });

  it('leaves out of a shared commit whoever lost the lease, and keeps nothing of anybody when it fails', () => {
    const journal = open({ maxPages: 40 });
    const leases = ['r1', 'r2', 'r3'].map((run) => begun(journal, run));
    const other = open();
    const [, second] = leases;
    if (second === undefined) throw new Error('no lease');
    journal.release(second);
    other.acquire('r2', thisHolder('other'), 30_000);
    expect(appendAll(journal, leases, 1)).toEqual([null, 'lease-lost', null]);
    expect(journal.read('r2')).toEqual([]);
    const held = [leases[0], leases[2]].filter((lease) => lease !== undefined);
    expect(codeOf(() => appendAll(journal, held, 2, 60_000))).toBe('journal-full');
    for (const run of ['r1', 'r3']) expect(journal.read(run)).toEqual([record(1)]);
    expect(appendAll(journal, held, 2)).toEqual([null, null]);
    for (const run of ['r1', 'r3']) expect(other.read(run)).toEqual([record(1), record(2)]);
  });

  it('recognises pages that were overwritten', () => {
    const journal = open();
    const lease = begun(journal);
    for (let seq = 1; seq <= 50; seq++) journal.append(lease, { records: [record(seq, 1000)], status: 'running' });
    journal.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096 * 8, bytes.length);
    writeFileSync(file, bytes);
    const again = open();
    expect(codeOf(() => again.read('r1'))).toBe('journal-damaged');
    expect(() => again.read('r1')).toThrow(file);
  });

  it('refuses a file that is no database, and leaves it as it is', () => {
    file = join(folder, 'notes.txt');
    const text = 'This is a letter, not a journal. '.repeat(100);
    writeFileSync(file, text);
    expect(codeOf(() => openJournal(file))).toBe('journal-damaged');
    expect(() => openJournal(file)).toThrow(/notes\.txt is not a journal/);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('brings a journal of the first format up to date, with its runs and its events', () => {
    mkdirSync(join(folder, '.backstep'));
    const db = new DatabaseSync(file);
    db.exec(MIGRATIONS[0] ?? '');
    db.exec(`PRAGMA user_version = 1;
      INSERT INTO texts VALUES ('h', 'text');
      INSERT INTO runs VALUES (1, 'r1', 'w', '1.0.0', '/w.yaml', 'h', NULL, 'completed', 1, NULL);
      INSERT INTO events VALUES (7, 'r1/tell/1', 'order.placed', 'r1', 1767225600123, '{"n":1}');`);
    db.close();
    const journal = open();
    expect(journal.summary('r1')).toMatchObject({ status: 'completed', workflow: 'w' });
    const at = 1767225600123;
    expect(journal.bus.events()).toEqual([
      {
        ...{ number: 7, id: 'r1/tell/1', source: '/workflows/w/runs/r1', type: 'order.placed' },
        ...{ time: '2026-01-01T00:00:00.123Z', data: { n: 1 }, attributes: {}, at, until: at + 86_400_000 },
        ...{ run: 'r1', family: null },
      },
    ]);
  });

  it('refuses a journal of a newer version', () => {
    open().close();
    tamper('PRAGMA user_version = 99');
    expect(codeOf(() => openJournal(file))).toBe('journal-newer');
  });

  it('says that another process does not let go of the journal', () => {
    const journal = open({ busyTimeout: 1 });
    const lease = begun(journal);
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(codeOf(() => journal.append(lease, { records: [record(1)], status: 'running' }))).toBe('journal-busy');
    other.exec('ROLLBACK');
    other.close();
    journal.append(lease, { records: [record(1)], status: 'running' });
    expect(journal.read('r1')).toEqual([record(1)]);
  });

  it('says that a folder cannot be made', () => {
    writeFileSync(join(folder, 'plain'), '');
    const inside = join(folder, 'plain', 'runs.db');
    expect(codeOf(() => openJournal(inside))).toBe('journal-unreadable');
    expect(existsSync(inside)).toBe(false);
  });
});
