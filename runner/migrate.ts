/**
 * Moves a run to a newer version of its workflow (section 11 of the language). A process that drives it is asked to let it
 * go for a moment, which a service does with a run that waits.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { decided } from './deciding.ts';
import { readEnvironment } from './environment.ts';
import type { EnvironmentOptions } from './environment.ts';
import { thisHolder } from './journal/holders.ts';
import type { Journal } from './journal/journal.ts';
import { load, loadRecorded, textsOf } from './load.ts';
import { ENDED, apply, decideMigration, fold, statusOf } from './machine/index.ts';
import type { Actor, RunRecord } from './machine/index.ts';
import { heldError } from './start-error.ts';
import type { StartError } from './start-error.ts';

export interface MigrateRequest extends EnvironmentOptions {
  readonly run: string;
  /** The workflow file of the newer version, and its text where that is not to be read from the file. */
  readonly file: string;
  readonly text?: string;
  readonly by: Actor;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds to wait for whoever drives the run to let it go; by default that is not even asked for. */
  readonly patience?: number;
}

export type MigrateResult =
  | {
      readonly ok: true;
      readonly record: Extract<RunRecord, { type: 'run.migrated' }>;
      /** Whether another process has let the run go for this, and takes it up again by itself. */
      readonly letGo: boolean;
    }
  | { readonly ok: false; readonly error: StartError };

/** Milliseconds for which the run is held while it moves. */
const LEASE = 30_000;

/** Milliseconds between two tries to have a run that was asked for, and for which it is left to whoever asked. */
const TRY = 50;
const WANTED = 10_000;

/** Whether somebody has asked for the run just now, so that nobody else is to take it up. */
export function isWanted(journal: Journal, run: string): boolean {
  return journal.inbox(run).some(({ stimulus, at }) => stimulus.type === 'let-go' && Date.now() - at < WANTED);
}

/**
 * Moves the run in one commit; whoever takes it up next goes on with the new text. `refused` says what has no place in
 * the new version. Raises a JournalError.
 */
export async function migrateRun(journal: Journal, request: MigrateRequest): Promise<MigrateResult> {
  const { run, by, now } = request;
  const failed = (error: StartError): MigrateResult => ({ ok: false, error });
  const loaded = load(request.file, request.text);
  if ('error' in loaded) return failed(loaded.error);
  const environment = readEnvironment(loaded.file, request);
  if ('unreadable' in environment) return failed({ code: 'unreadable-file', message: environment.unreadable });
  if (journal.summary(run) === null) return failed({ code: 'unknown-run', message: `The journal has no run ${run}.` });
  const { lease, asked } = await leaseOf(journal, request);
  let answered = asked;
  if ('heldBy' in lease) return failed(heldError(run, lease.heldBy));
  try {
    const summary = journal.summary(run);
    if (summary === null) return failed({ code: 'unknown-run', message: `The journal has no run ${run}.` });
    if (ENDED.has(summary.status))
      return failed({ code: 'refused', message: `The run ${run} has ended: it is ${summary.status}.` });
    const previous = loadRecorded(journal, summary);
    if ('error' in previous) return failed(previous.error);
    const state = fold(journal.read(run));
    const { plan, file, hash } = loaded;
    const { texts, resources } = textsOf(loaded);
    const { version, file: oldFile, hash: oldHash, resources: oldResources } = summary;
    const from = { version, file: oldFile, hash: oldHash, resources: oldResources };
    const to = { version: plan.version, file, hash, resources };
    const at = Math.max(now, state.now);
    const moving = { by, from, to, now: at };
    const { records, refused } = await decided(
      (answers) => decideMigration(plan, previous.plan, state, moving, answers),
      environment.env,
    );
    if (refused !== null) return failed({ code: 'refused', message: refused });
    const made = records.map((body, index): RunRecord => ({ ...body, seq: state.seq + 1 + index, at }));
    for (const record of made) apply(state, record);
    journal.append(lease, { records: made, status: statusOf(plan, state), delivered: asked, bound: { ...to, texts } });
    answered = [];
    const record = made.find((each) => each.type === 'run.migrated');
    if (record === undefined) return failed({ code: 'refused', message: 'Nothing was changed.' });
    return { ok: true, record, letGo: asked.length > 0 };
  } finally {
    const summary = journal.summary(run);
    // Nobody is to wait for a migration that was refused.
    if (answered.length > 0 && summary !== null)
      journal.append(lease, { records: [], status: summary.status, delivered: answered });
    journal.release(lease);
  }
}

/** The lease, for which the run's driver is asked if there is one, and the words by which it was asked. */
async function leaseOf(journal: Journal, { run, patience = 0 }: MigrateRequest) {
  const acquire = () => journal.acquire(run, thisHolder('backstep migrate'), LEASE);
  const asked: number[] = [];
  let lease = acquire();
  if ('heldBy' in lease && patience > 0) asked.push(journal.post(run, { type: 'let-go' }));
  for (const until = Date.now() + patience; 'heldBy' in lease && Date.now() < until; lease = acquire())
    await pause(TRY);
  return { lease, asked };
}
