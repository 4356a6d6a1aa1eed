/**
 * The journal: what happened in every run, kept so that nothing is lost.
 *
 * 1. `append` and `appendAll` return only when their records are on the disk (or throw a JournalError, and then none of
 *    them is).
 * 2. Only the holder of a run's lease may append to it; a lease that was lost makes `append` fail with `lease-lost`.
 * 3. A run's records are numbered from 1 without gaps, and never change.
 */
import type { Json } from '../../language/index.ts';
import type { Bus, NewEvent } from './bus.ts';
import type { Locks, OwnedTask, Tasks, Triggers } from './desk.ts';
import type { RunRecord } from '../machine/record.ts';
import type { RunStatus } from '../machine/state.ts';
import type { StimulusBody } from '../machine/stimulus.ts';

export interface RunSummary {
  readonly run: string;
  readonly workflow: string;
  readonly version: string;
  readonly file: string;
  /** SHA-256 of the run's text, in hex. */
  readonly hash: string;
  /** The hash of the texts of the files that the workflow names, as they were then; null when it names none. */
  readonly resources: string | null;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly parent: string | null;
  /** The number of the last record. */
  readonly seq: number;
}

export interface Holder {
  /** Unique for each process that drives runs. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** For a person: `backstep run`, `debugger` … */
  readonly name: string;
  /** When the process began, in the system's own terms, so that another process with the same pid is told apart. */
  readonly start: string | null;
  /** Where a debugger may attach: the path of a socket or the name of a pipe. Absent where none may. */
  readonly attach?: string;
  /** It lets a run that waits go when it is asked to (`let-go`), and takes it up again afterwards. */
  readonly letsGo?: boolean;
}

export interface Lease {
  readonly run: string;
  readonly holder: Holder;
  /** Grows with each acquisition; an append with an older one fails. */
  readonly token: number;
  readonly until: number;
}

/** The longest time for which a lease is given, in milliseconds. */
export const LONGEST_LEASE = 30_000;

/** Something said to a run that waits to be delivered to it. */
export interface Message {
  readonly id: number;
  readonly run: string;
  readonly at: number;
  readonly stimulus: StimulusBody;
}

export interface Append {
  readonly records: readonly RunRecord[];
  /** What a person sees after these records; null leaves it as it is. */
  readonly status: RunStatus | null;
  /** Messages that these records answer; they are removed in the same commit. */
  readonly delivered?: readonly number[];
  /** Events that these records publish; each is kept in the same commit, and once, whatever happens. */
  readonly published?: readonly NewEvent[];
  /** Numbers of the events that these records receive. */
  readonly received?: readonly number[];
  /** All tasks of the run that somebody has, where that changed. */
  readonly owned?: readonly OwnedTask[];
  /** The text that holds for the run from these records on; it is kept with them. */
  readonly bound?: Pick<RunSummary, 'version' | 'file' | 'hash' | 'resources'> & { readonly texts: Texts };
  /** Gives the lease back, in the same commit. */
  readonly release?: boolean;
}

export interface RunFilter {
  readonly status?: RunStatus;
  readonly workflow?: string;
  readonly parent?: string;
}

export type Texts = readonly (readonly [hash: string, text: string])[];

export type NewRun = Omit<RunSummary, 'seq' | 'updatedAt' | 'status'> & {
  /** The key of the run's lock: it stands in the queue for it from its creation on. */
  readonly lock?: string | null;
};

export interface Journal {
  /**
   * Keeps `texts`, pairs of a hash and a text, and creates the run with a lease for `holder` (`ttl` in milliseconds),
   * together with its first records in one commit. `exists` when the id is taken.
   */
  create(run: NewRun, texts: Texts, holder: Holder, ttl: number, begin?: Append): Lease | 'exists';
  append(lease: Lease, append: Append): void;
  /**
   * Makes one commit of what several runs append; missing where a commit costs nothing. Gives for each null, or why that
   * run alone has kept nothing: its lease was lost, or its records do not follow. Raises what kept the commit from being
   * made: then no run has kept anything.
   */
  appendAll?(all: readonly { readonly lease: Lease; readonly append: Append }[]): readonly (JournalError | null)[];
  /**
   * Makes one commit of all that `work` does to the journal, whose own refusals (a JournalError, before anything is
   * written) are its to catch; missing where a commit costs nothing. Raises what `work` raises or what kept the commit from
   * being made: then nothing is kept.
   */
  together?(work: () => void): void;
  /** Records with `from <= seq <= to`, in order. */
  read(run: string, from?: number, to?: number): readonly RunRecord[];
  summary(run: string): RunSummary | null;
  /** Runs in the order in which they were created. */
  list(filter?: RunFilter): readonly RunSummary[];
  text(hash: string): string | null;
  /** Takes the lease if it is free, expired, or its holder is dead on this machine; otherwise says who holds it. */
  acquire(run: string, holder: Holder, ttl: number): Lease | { readonly heldBy: Holder };
  /** Lets the leases hold for `ttl` milliseconds from now, in one commit; gives those that were lost. */
  renew(leases: readonly Lease[], ttl: number): readonly Lease[];
  release(lease: Lease): void;
  holder(run: string): Holder | null;
  /** Leaves a word for a run that another process drives, or nobody. */
  post(run: string, stimulus: StimulusBody): number;
  /** The messages for a run, or for all of them, in the order in which they were left. */
  inbox(run?: string): readonly Message[];
  readonly bus: Bus;
  readonly locks: Locks;
  readonly triggers: Triggers;
  readonly tasks: Tasks;
  /** Changes whenever another connection has committed or a message was posted, so that watching is cheap. */
  version(): number;
  close(): void;
}

export type JournalErrorCode =
  | 'journal-full'
  | 'journal-read-only'
  | 'journal-busy'
  | 'journal-damaged'
  | 'journal-newer'
  | 'journal-unreadable'
  | 'lease-lost';

/** The one kind of fault that a journal throws; `message` is a sentence for a person that names the file. */
export class JournalError extends Error {
  readonly code: JournalErrorCode;
  constructor(code: JournalErrorCode, message: string) {
    super(message);
    this.name = 'JournalError';
    this.code = code;
  }
}

export type { Json };
