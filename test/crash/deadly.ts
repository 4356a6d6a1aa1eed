/** A journal that kills its process at a commit or inside of one, as a power cut would: no handler runs, nothing is flushed. */
import process from 'node:process';
import { StatementSync } from 'node:sqlite';
import type { Journal } from '../../runner/journal/journal.ts';

export interface Deadly {
  readonly journal: Journal;
  /** How many commits were made so far; with `within` how many statements inside of transactions. */
  readonly count: () => number;
}

export type When = 'before' | 'after' | 'within';

/**
 * Kills the process `before` or `after` commit number `at`, or `within` one, after statement number `at` of all that were
 * made inside of transactions; counted from 1, 0 is none.
 */
export function deadly(journal: Journal, when: When, at: number): Deadly {
  if (when === 'within') return { journal, count: deadlyStatements(at) };
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
    count: () => commits,
  };
}

function deadlyStatements(at: number): () => number {
  let statements = 0;
  let isOpen = false;
  type Run = (this: StatementSync, ...given: unknown[]) => unknown;
  const run = Reflect.get(StatementSync.prototype, 'run') as Run;
  const counted: Run = function (this: StatementSync, ...given) {
    const result = run.apply(this, given);
    if (this.sourceSQL === 'BEGIN IMMEDIATE') isOpen = true;
    else if (this.sourceSQL === 'COMMIT' || this.sourceSQL === 'ROLLBACK') isOpen = false;
    else if (isOpen && ++statements === at) process.kill(process.pid, 'SIGKILL');
    return result;
  };
  Reflect.set(StatementSync.prototype, 'run', counted);
  return () => statements;
}
