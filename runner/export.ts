/**
 * Runs outside of a journal: one JSON value that holds everything there is to know of a run and of those that it started,
 * to be looked at elsewhere. Secrets are in no record, so they are in no export either.
 */
import type { Journal, RunSummary } from './journal/journal.ts';
import type { RunRecord } from './machine/index.ts';

export const EXPORT_FORMAT = 'backstep-runs';
export const EXPORT_VERSION = 1;

export interface ExportedRuns {
  readonly format: typeof EXPORT_FORMAT;
  readonly version: typeof EXPORT_VERSION;
  /** The run itself first, then the runs that it started, each before those that it started in turn. */
  readonly runs: readonly ExportedRun[];
  /** By their hashes: the texts that the runs are and were bound to, and the files that these name. */
  readonly texts: Readonly<Record<string, string>>;
}

export type ExportedRun = RunSummary & { readonly records: readonly RunRecord[] };

/** Everything about `run`, which must exist, and the runs below it. Raises a JournalError. */
export function exportRun(journal: Journal, run: string): ExportedRuns {
  const runs: ExportedRun[] = [];
  const hashes = new Set<string>();
  const waiting = [run];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const summary = journal.summary(next);
    if (summary === null) continue;
    const records = journal.read(next);
    runs.push({ ...summary, records });
    for (const { hash, resources } of [summary, ...records.flatMap(textsBefore)]) {
      hashes.add(hash);
      if (resources !== null) hashes.add(resources);
    }
    waiting.push(...journal.list({ parent: next }).map((child) => child.run));
  }
  const texts = Object.fromEntries([...hashes].flatMap((hash) => entryOf(journal, hash)));
  return { format: EXPORT_FORMAT, version: EXPORT_VERSION, runs, texts };
}

function textsBefore(record: RunRecord): { hash: string; resources: string | null }[] {
  return record.type === 'run.migrated' ? [record.from] : [];
}

function entryOf(journal: Journal, hash: string): [string, string][] {
  const text = journal.text(hash);
  return text === null ? [] : [[hash, text]];
}
