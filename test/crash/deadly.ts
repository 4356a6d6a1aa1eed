/** A journal that kills its process at a commit, as a power cut would: no handler runs, nothing is flushed. */
import process from 'node:process';
import type { Journal } from '../../runner/journal/journal.ts';

export interface Deadly {
  readonly journal: Journal;
  /** How many commits were made so far. */
  readonly commits: () => number;
}

/** Kills the process `before` or `after` commit number `at`, counted from 1; 0 is none. */
export function deadly(journal: Journal, when: 'before' | 'after', at: number): Deadly {
  let commits = 0;
  const around = <T>(commit: () => T): T => {
    commits++;
    if (when === 'before' && commits === at) process.kill(process.pid, 'SIGKILL');
    const result = commit();
    if (when === 'after' && commits === at) process.kill(process.pid, 'SIGKILL');
    return result;
  };
  return {
    journal: {
      ...journal,
      create: (about, texts, holder, ttl, begin) => around(() => journal.create(about, texts, holder, ttl, begin)),
      append: (lease, append) => around(() => journal.append(lease, append)),
      appendAll: (all) => around(() => journal.appendAll?.(all) ?? []),
    },
    commits: () => commits,
  };
}
