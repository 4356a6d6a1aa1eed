/**
 * Commits that the runs of one process share: what all of them have decided in one turn of the event loop reaches the disk
 * by one transaction, because a disk writes much at once hardly slower than little.
 *
 * 1. A run is told of its commit when the whole transaction is on the disk, and performs nothing before.
 * 2. A transaction that fails has kept nothing: each run that took part is told the same fault. A run that alone may not
 *    write (its lease was lost) is told so alone, and has kept nothing; the others go on.
 * 3. Each lease is checked inside the transaction.
 * 4. A run hands over one commit at a time, so that its records keep their order. One that stops first takes it back.
 * 5. A run that is driven alone waits for nobody: its commit is made at once.
 */
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
  /** Gives a lease back, together with others where that saves commits. Raises a JournalError or rejects with it. */
  giveBack(lease: Lease): Promise<void> | null;
  /** Makes at once the commit that others could still join. */
  flush(): void;
}

interface Waiting {
  readonly entry: CommitEntry;
  readonly resolve: () => void;
  readonly reject: (fault: unknown) => void;
}

/** Commits to `journal`, shared while `isShared` says that several runs are driven. */
export function createCommits(journal: Journal, isShared: () => boolean): Commits {
  const { appendAll } = journal;
  const waiting = new Set<Waiting>();

  function flush(): void {
    const group = [...waiting];
    waiting.clear();
    if (group.length === 0 || appendAll === undefined) return;
    let refusals: readonly (Error | null)[];
    try {
      refusals = appendAll(group.map(({ entry }) => entry));
    } catch (fault) {
      for (const each of group) fail(each, fault);
      return;
    }
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

  function join(entry: CommitEntry): PendingCommit {
    // Everything that this turn of the event loop still makes ready has its say before the immediates.
    if (waiting.size === 0) setImmediate(flush);
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
