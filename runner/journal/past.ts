/**
 * What a journal tells of runs to those who only look: an editor and `backstep validate`.
 *
 * 1. Nothing is written: no file is created, none is migrated, and no lock is waited for longer than an instant.
 * 2. Where there is no journal, or none that can be read, there are no runs; why is told where runs are driven.
 * 3. Every format that was ever released is read: the tables of runs, texts and commits are in the first, and shared
 *    commits are looked for in those that have them.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { checked } from './checksums.ts';
import { MIGRATIONS, RUN_SPAN } from './migrations.ts';
import { commitsIn } from './sqlite-commits.ts';
import type { RunRecord } from '../machine/record.ts';
import { ENDED } from '../machine/state.ts';
import type { RunStatus } from '../machine/state.ts';

/** A text that runs of a workflow are bound to. */
export interface PastText {
  readonly version: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  /** Null where the caller knows it already. */
  readonly text: string | null;
}

export interface PastRun {
  readonly run: string;
  readonly status: RunStatus;
  readonly startedAt: number;
}

/** Milliseconds that a lock of another process is waited for; with WAL readers need none, so it is an odd journal. */
const PATIENCE = 50;

/**
 * The texts that a migration has to be for: of each version of the workflow the text that its latest run is bound to,
 * and those of runs that have not ended. The latest comes last.
 *
 * @param known the hashes of texts that need not be read again
 */
export function pastTexts(
  file: string,
  workflow: string,
  known: { has(hash: string): boolean } = new Set(),
): readonly PastText[] {
  return reading(file, [], (db) => {
    const ended = [...ENDED].map((status) => `'${status}'`).join(', ');
    const rows = db
      .prepare(
        `SELECT version, hash, max(number) AS latest, max(status NOT IN (${ended})) AS open
         FROM runs WHERE workflow = ? GROUP BY version, hash ORDER BY latest`,
      )
      .all(workflow) as unknown as { version: string; hash: string; open: number }[];
    const latest = new Map(rows.map(({ version, hash }) => [version, hash]));
    const text = db.prepare('SELECT text FROM texts WHERE hash = ?');
    return rows
      .filter(({ version, hash, open }) => open === 1 || latest.get(version) === hash)
      .map(({ version, hash }) => {
        const row = known.has(hash) ? undefined : (text.get(hash) as { text: string } | undefined);
        return { version, hash, text: row?.text ?? null };
      });
  });
}

/**
 * The latest run that is bound to the text with this hash, with its records; null where there is none, or it has more
 * than `most` records.
 */
export function latestRun(
  file: string,
  workflow: string,
  hash: string,
  most = 20_000,
): (PastRun & { readonly records: readonly RunRecord[] }) | null {
  return reading(file, null, (db, format) => {
    const row = db
      .prepare(
        `SELECT number, run, status, started_at AS startedAt FROM runs
         WHERE workflow = ? AND hash = ? ORDER BY number DESC LIMIT 1`,
      )
      .get(workflow, hash) as (PastRun & { number: number }) | undefined;
    if (row === undefined) return null;
    const commits = commitsIn(db, format);
    if ((commits.end(row.number)?.last ?? 0) > most) return null;
    const { rows } = commits.read(row.number, 1, RUN_SPAN - 1);
    const { run, status, startedAt } = row;
    return { run, status, startedAt, records: checked(rows, { seq: 0, sum: '' }, run, file) };
  });
}

/** What the journal's files are at the moment: another string as soon as something may have been committed. */
export function stampOf(file: string): string {
  return [file, `${file}-wal`]
    .map((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found === undefined ? '-' : `${found.mtimeMs} ${found.size}`;
    })
    .join(' ');
}

/** What `read` finds in the journal; `nothing` where it can't be read. */
function reading<T>(file: string, nothing: T, read: (db: DatabaseSync, format: number) => T): T {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return nothing;
  let db: DatabaseSync | undefined;
  try {
    // Loaded when it is first needed: an editor that has no journal to look into does without.
    const sqlite = process.getBuiltinModule('node:sqlite');
    db = new sqlite.DatabaseSync(file, { readOnly: true, timeout: PATIENCE });
    const { user_version: format } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    return format > MIGRATIONS.length ? nothing : read(db, format);
  } catch {
    // Locked, damaged, no journal, or a Node without SQLite: whoever only looks goes without.
    return nothing;
  } finally {
    db?.close();
  }
}
