import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thisHolder } from '../../../runner/journal/holders.ts';
import { latestRun, pastTexts, stampOf } from '../../../runner/journal/past.ts';
import { openJournal } from '../../../runner/journal/sqlite.ts';
import type { RunStatus } from '../../../runner/machine/state.ts';
import { numbered } from './support.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/journals');

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-past-'));
  file = join(folder, '.backstep', 'runs.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A run of the workflow `w`, with two records. */
function ran(run: string, version: string, hash: string, status: RunStatus = 'completed'): void {
  const journal = openJournal(file);
  const lease = journal.create(
    { run, workflow: 'w', version, file: '/w.yaml', hash, resources: null, startedAt: 1, parent: null },
    [[hash, `text of ${hash}`]],
    thisHolder('test'),
    30_000,
  );
  if (lease === 'exists') throw new Error(`${run} exists`);
  journal.append(lease, { records: numbered(1, 2), status });
  journal.close();
}

describe('the texts of past runs', () => {
  it('are the latest of each version, and those of runs that have not ended', () => {
    ran('r1', '1.0.0', 'abandoned');
    ran('r2', '1.0.0', 'draft', 'waiting');
    ran('r3', '2.0.0', 'second', 'failed');
    ran('r4', '1.0.0', 'first');
    expect(pastTexts(file, 'w')).toEqual([
      { version: '1.0.0', hash: 'draft', text: 'text of draft' },
      { version: '2.0.0', hash: 'second', text: 'text of second' },
      { version: '1.0.0', hash: 'first', text: 'text of first' },
    ]);
    expect(pastTexts(file, 'w', new Set(['draft', 'second']))).toMatchObject([
      { text: null },
      { text: null },
      { text: 'text of first' },
    ]);
    expect(pastTexts(file, 'other')).toEqual([]);
  });

  it('have another stamp once something was committed', () => {
    ran('r1', '1.0.0', 'a');
    const before = stampOf(file);
    expect(stampOf(file)).toBe(before);
    ran('r2', '1.0.0', 'b');
    expect(stampOf(file)).not.toBe(before);
  });
});

describe('the latest run of a text', () => {
  it('comes with its records', () => {
    ran('r1', '1.0.0', 'a');
    ran('r2', '1.0.0', 'a', 'suspended');
    ran('r3', '1.0.0', 'b');
    expect(latestRun(file, 'w', 'a')).toEqual({
      run: 'r2',
      status: 'suspended',
      startedAt: 1,
      records: numbered(1, 2),
    });
    expect(latestRun(file, 'w', 'c')).toBeNull();
    expect(latestRun(file, 'w', 'a', 1)).toBeNull();
  });
});

describe('a journal that cannot be looked into', () => {
  const sees = (): readonly unknown[] => [pastTexts(file, 'w'), latestRun(file, 'w', 'a')];

  it('tells of no runs, and is not made', () => {
    expect(sees()).toEqual([[], null]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['it is no journal', () => writeFileSync(file, 'no journal, but long enough to be read as a file')],
    ['it is empty', () => writeFileSync(file, '')],
    ['it is a folder', () => mkdirSync(file)],
  ])('tells of no runs where %s', (_, make) => {
    mkdirSync(join(folder, '.backstep'));
    make();
    expect(sees()).toEqual([[], null]);
  });

  it('tells of no runs where a newer release wrote it', () => {
    ran('r1', '1.0.0', 'a');
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 1000');
    db.close();
    expect(sees()).toEqual([[], null]);
  });

  it('tells of no runs while another process keeps it to itself, and of all afterwards', () => {
    ran('r1', '1.0.0', 'a');
    const db = new DatabaseSync(file);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM messages');
    expect(sees()).toEqual([[], null]);
    db.exec('ROLLBACK');
    db.close();
    expect(pastTexts(file, 'w')).toHaveLength(1);
  });

  it('is none of those that releases have written, whatever their format', () => {
    for (const release of readdirSync(FIXTURES).filter((name) => /^\d/.test(name))) {
      const journal = join(FIXTURES, release, 'runs.sqlite');
      const db = new DatabaseSync(journal, { readOnly: true });
      const [{ workflow, hash } = { workflow: '', hash: '' }] = db.prepare('SELECT workflow, hash FROM runs').all() as {
        workflow: string;
        hash: string;
      }[];
      db.close();
      expect(pastTexts(journal, workflow).map((one) => one.hash)).toContain(hash);
      expect(latestRun(journal, workflow, hash)?.records.length).toBeGreaterThan(0);
    }
  });
});
