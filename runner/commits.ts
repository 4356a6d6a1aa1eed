/**
 * Commits that the runs of one process share: what all of them have decided in one turn of the event loop, which of them
 * begin and which are taken up in it reaches the disk by one transaction, because a disk writes much at once hardly slower
 * than little.
 *
 * 1. A run is told of its commit when the whole transaction is on the disk, and performs nothing before.
 * 2. A transaction that fails has kept nothing: each run that took part is told the same fault. A run that alone may not
 *    write (its lease was lost) is told so alone, and has kept nothing; the others go on.
 * 3. Each lease is checked inside the transaction.
 * 4. A run hands over one commit at a time, so that its records keep their order. One that stops first takes it back.
 * 5. A run that is driven alone waits for nobody: its commit is made at once. Beginning and taking up wait for the turn's
 *    end, where others may do the same.
 */
import type { Clock } from './clock.ts';
import { JournalError } from './journal/journal.ts';
import type { Append, Journal, Lease } from './journal/journal.ts';

export interface CommitEntry {
  readonly lease: Lease;
  readonly append: Append;
  /** Called right after the commit; what it throws becomes the fault of this run alone. */
  readonly committed: () => void;
  /** Called when the commit that others could join has kept nothing. */
  readonly failed: () => void;
}

/** A commit that others may join. */
export interface PendingCommit {
  /** Resolves after the commit, or when it was taken back; rejects with what kept it from being made. */
  readonly settled: Promise<void>;
  /** Takes it back; false when it is made already, or has failed. */
  withdraw(): boolean;
}

export interface Commits {
  /** Commits `entry`: at once, giving null or raising what kept it from being made; or with those of other runs. */
  submit(entry: CommitEntry): PendingCommit | null;
  /** `Journal.create`, together with whatever is ready at the same time. Rejects with a JournalError. */
  create: Shared<Journal['create']>;
  /** `Journal.acquire`, together with whatever is ready at the same time. Rejects with a JournalError. */
  acquire: Shared<Journal['acquire']>;
  /** Gives a lease back, together with others where that saves commits. Raises a JournalError or rejects with it. */
  giveBack(lease: Lease): Promise<void> | null;
  /** Makes at once the commit that others could still join. */
  flush(): void;
}

type Shared<Work extends (...args: never) => unknown> = (...args: Parameters<Work>) => Promise<ReturnType<Work>>;

interface Waiting {
  readonly entry: CommitEntry;
  readonly resolve: () => void;
  readonly reject: (fault: unknown) => void;
}

/** What is to be done in the shared transaction, and to be told after it. */
interface Job {
  /** What it gives is told when the transaction is on the disk. Raises a JournalError before anything of it is written. */
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (fault: unknown) => void;
}

/** Commits to `journal`, shared while `isShared` says that several runs are driven; `clock` stands while a run begins. */
export function createCommits(journal: Journal, clock: Clock, isShared: () => boolean): Commits {
  const { appendAll, together } = journal;
  const waiting = new Set<Waiting>();
  let jobs: Job[] = [];

  function flush(): void {
    const group = [...waiting];
    const others = jobs;
    waiting.clear();
    jobs = [];
    if (group.length === 0 && others.length === 0) return;
    let done: readonly unknown[] = [];
    let refusals: readonly (Error | null)[] = [];
    const append = () => (refusals = appendAll?.(group.map(({ entry }) => entry)) ?? []);
    try {
      if (others.length === 0) append();
      else
        together?.(() => {
          done = others.map(attempt);
          if (group.length > 0) append();
        });
    } catch (fault) {
      for (const each of others) each.reject(fault);
      for (const each of group) fail(each, fault);
      return;
    }
    for (const [at, each] of others.entries()) tell(each, done[at]);
    for (const [at, each] of group.entries()) settle(each, refusals[at] ?? null);
  }

  function fail({ entry, reject }: Waiting, fault: unknown): void {
    entry.failed();
    reject(fault);
  }

  function settle(each: Waiting, refusal: Error | null): void {
    const { entry, resolve, reject } = each;
    if (refusal !== null) {
      fail(each, refusal);
      return;
    }
    try {
      entry.committed();
      resolve();
    } catch (fault) {
      reject(fault);
    }
  }

  /** Everything that this turn of the event loop still makes ready has its say before the immediates. */
  function gather(): void {
    if (waiting.size === 0 && jobs.length === 0) setImmediate(flush);
  }

  /** Does `work` at once, or with what else is ready where that saves a commit. */
  function shared<T>(work: () => T): Promise<T> {
    if (together === undefined) return new Promise((resolve) => resolve(work()));
    gather();
    const free = clock.busy();
    const done = new Promise<T>((resolve, reject) => {
      jobs.push({ work, resolve: resolve as (result: unknown) => void, reject });
    });
    return done.finally(free);
  }

  function join(entry: CommitEntry): PendingCommit {
    gather();
    let withdraw = () => false;
    const settled = new Promise<void>((resolve, reject) => {
      const mine: Waiting = { entry, resolve, reject };
      waiting.add(mine);
      withdraw = () => {
        if (!waiting.delete(mine)) return false;
        resolve();
        return true;
      };
    });
    return { settled, withdraw: () => withdraw() };
  }

  return {
    flush,
    submit(entry) {
      if (appendAll !== undefined && isShared()) return join(entry);
      journal.append(entry.lease, entry.append);
      entry.committed();
      return null;
    },
    create: (...about) => shared(() => journal.create(...about)),
    acquire: (...about) => shared(() => journal.acquire(...about)),
    giveBack(lease) {
      if (appendAll === undefined) {
        journal.release(lease);
        return null;
      }
      const append: Append = { records: [], status: null, release: true };
      return join({ lease, append, committed: () => undefined, failed: () => undefined }).settled;
    },
  };
}

/** What the work gives, or why it alone is refused; a fault of the disk or the database is raised. */
function attempt({ work }: Job): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
}

function tell({ resolve, reject }: Job, result: unknown): void {
  if (result instanceof JournalError) reject(result);
  else resolve(result);
}
