/**
 * Moves a run to a newer version of its workflow (section 11 of the language). A process that drives it is asked to let it
 * go for a moment, which it does where the run waits and nobody debugs it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { decided } from './deciding.ts';
import { RESTING } from './drive.ts';
import { readEnvironment } from './environment.ts';
import type { EnvironmentOptions } from './environment.ts';
import { thisHolder } from './journal/holders.ts';
import type { Append, Holder, Journal } from './journal/journal.ts';
import { load, loadRecorded, textsOf } from './load.ts';
import { ENDED, apply, decideMigration, fold, statusAmong } from './machine/index.ts';
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

/** Milliseconds between two tries to have a run, and for those that hold a run only while they change it themselves. */
const TRY = 50;
const MOMENT = 500;

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
  if ('heldBy' in lease) return failed(refusal(journal, run, lease.heldBy));
  let isOver = false;
  /** The lease goes with the answer, so that whoever let the run go finds it free. */
  const end = (append: Omit<Append, 'delivered' | 'release'>): void => {
    journal.append(lease, { ...append, delivered: asked, release: true });
    isOver = true;
  };
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
    const rests = (child: string): boolean => RESTING.has(journal.summary(child)?.status);
    const moving = { by, from, to, now: at, rests };
    const { records, refused } = await decided(
      (answers) => decideMigration(plan, previous.plan, state, moving, answers),
      environment.env,
    );
    if (refused !== null) return failed({ code: 'refused', message: refused });
    const made = records.map((body, index): RunRecord => ({ ...body, seq: state.seq + 1 + index, at }));
    for (const record of made) apply(state, record);
    end({ records: made, status: statusAmong(plan, state, rests), bound: { ...to, texts } });
    const record = made.find((each) => each.type === 'run.migrated');
    if (record === undefined) return failed({ code: 'refused', message: 'Nothing was changed.' });
    return { ok: true, record, letGo: asked.length > 0 };
  } finally {
    // Nobody is to wait for a migration that was refused.
    if (!isOver) end({ records: [], status: null });
  }
}

/** The lease, for which the run's driver is asked if it is one that lets go, and the words by which it was asked. */
async function leaseOf(journal: Journal, { run, patience = 0 }: MigrateRequest) {
  const holder = thisHolder('backstep migrate');
  const acquire = () => journal.acquire(run, holder, LEASE);
  const began = performance.now();
  const asked: number[] = [];
  for (let lease = acquire(); ; lease = acquire()) {
    if (!('heldBy' in lease)) return { lease, asked };
    const isAsked = lease.heldBy.letsGo === true;
    if (performance.now() - began >= Math.min(patience, isAsked ? patience : MOMENT)) return { lease, asked };
    // A word that comes while the run acts is taken away, and said again when it waits.
    const status = journal.summary(run)?.status;
    const isOpen = journal.inbox(run).some(({ id }) => asked.includes(id));
    if (isAsked && !isOpen && RESTING.has(status)) asked.push(journal.post(run, { type: 'let-go' }));
    await pause(TRY);
  }
}

/** Why a run that another process drives is not moved, and what to do about it. */
function refusal(journal: Journal, run: string, holder: Holder): StartError {
  const { message, ...error } = heldError(run, holder);
  const told = (why: string): StartError => ({ ...error, message: `${message} ${why}` });
  const status = journal.summary(run)?.status ?? 'running';
  if (holder.letsGo !== true)
    return told('It does not let go of it: end that process or debug session, then move the run.');
  if (!RESTING.has(status)) return told(`Only a waiting or suspended run can be moved, and it is ${status}; try again when it waits.`); // prettier-ignore
  return told('It has not let go of it: let it go on where it is being debugged, or end that process, then try again.');
}
