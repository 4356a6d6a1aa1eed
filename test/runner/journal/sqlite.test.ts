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

function begun(journal: Journal): Lease {
  const run = {
    run: 'r1',
    workflow: 'w',
    version: '1.0.0',
    file: '/w.yaml',
    hash: 'h',
    resources: null,
    startedAt: 1,
    parent: null,
  };
  const lease = journal.create(run, [['h', 'text']], thisHolder('test'), 30_000);
  if (lease === 'exists') throw new Error('r1 exists');
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
