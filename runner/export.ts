/**
 * Runs outside of a journal: one JSON value that holds everything there is to know of a run and of those that it started,
 * to be looked at elsewhere, and the way back from such a value. Secrets are in no record, so they are in no export either.
 */
import { createHash } from 'node:crypto';
import type { Journal, RunSummary } from './journal/journal.ts';
import { apply, newState } from './machine/index.ts';
import { RECORD_FIELDS } from './machine/record-fields.ts';
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

/** What is wrong with something that should be an export; `where` is the way to it, names of fields and numbers of items. */
export interface Misfit {
  readonly message: string;
  readonly where: readonly (string | number)[];
}

/**
 * Takes `value`, which was parsed as JSON, for an export. Gives what is wrong with it when it is none, comes from a newer
 * release, or was damaged: a text that does not fit its hash, records that are not in order or cannot be folded.
 */
export function readExport(value: unknown): ExportedRuns | Misfit {
  if (!isObject(value) || value['format'] !== EXPORT_FORMAT) {
    const message = 'This is no history of a run. `backstep history RUN --export FILE` writes one.';
    return { message, where: [] };
  }
  if (value['version'] !== EXPORT_VERSION) {
    const message = `This history is of the form ${JSON.stringify(value['version'])}, and only ${EXPORT_VERSION} is understood. A newer release may have written it.`;
    return { message, where: ['version'] };
  }
  const { runs, texts } = value;
  if (!isObject(texts)) return { message: 'The texts of the runs are missing.', where: [] };
  for (const [hash, text] of Object.entries(texts)) {
    if (typeof text !== 'string' || createHash('sha256').update(text).digest('hex') !== hash)
      return { message: 'This text is not the one that it was: it does not fit its hash.', where: ['texts', hash] };
  }
  if (!Array.isArray(runs) || runs.length === 0) return { message: 'There is no run in this history.', where: [] };
  for (const [at, run] of runs.entries()) {
    const misfit = misfitOfRun(run, texts);
    if (misfit !== null) return { ...misfit, where: ['runs', at, ...misfit.where] };
  }
  return value as unknown as ExportedRuns;
}

function misfitOfRun(run: unknown, texts: Readonly<Record<string, unknown>>): Misfit | null {
  if (!isObject(run)) return { message: 'A run is an object.', where: [] };
  const missing = ['run', 'workflow', 'version', 'file', 'hash'].find((name) => typeof run[name] !== 'string');
  if (missing !== undefined) return { message: `The run has no \`${missing}\`.`, where: [] };
  const { hash, resources, records } = run;
  for (const each of [hash, resources ?? null])
    if (each !== null && (typeof each !== 'string' || !Object.hasOwn(texts, each)))
      return { message: 'The text of the run is missing.', where: ['hash'] };
  if (!Array.isArray(records) || records.length === 0) return { message: 'The run has no records.', where: [] };
  const state = newState();
  for (const [at, record] of records.entries()) {
    const where = ['records', at];
    if (!isObject(record) || typeof record['type'] !== 'string' || typeof record['at'] !== 'number')
      return { message: `This is no record. Record ${at + 1} of the run ${String(run['run'])} stood here.`, where };
    if (record['seq'] !== at + 1)
      return { message: `Record ${at + 1} of the run ${String(run['run'])} should stand here.`, where };
    if ((record['type'] === 'run.started') !== (at === 0))
      return { message: 'The record `run.started` is the first one of a run, and no other.', where };
    const misfit = misfitOfRecord(record);
    if (misfit !== null) return { message: misfit, where };
    try {
      apply(state, record as unknown as RunRecord);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { message: `This record is damaged: ${why}.`, where };
    }
  }
  return null;
}

function misfitOfRecord(record: Readonly<Record<string, unknown>>): string | null {
  const type = String(record['type']);
  const fields = Object.hasOwn(RECORD_FIELDS, type) ? RECORD_FIELDS[type as RunRecord['type']] : null;
  if (fields === null) return `There is no record of the type ${type}. A newer release may have written it.`;
  const missing = fields.find((name) => !Object.hasOwn(record, name));
  return missing === undefined ? null : `This record is damaged: it has no \`${missing}\`.`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
