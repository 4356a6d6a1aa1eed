/** Runs that a crash or a stop left, in the order in which they are taken up: what is overdue the longest goes first. */
import { unlessDamaged } from './damage.ts';
import type { Journal, RunSummary } from './journal/journal.ts';
import { loadRecorded } from './load.ts';
import { ENDED, childrenOf, fold, timersOf } from './machine/index.ts';

/**
 * Unfinished runs that nobody drives, and that no run that is taken up takes up with itself; suspended ones wait for a
 * person. Those with timers that were due until `now` (milliseconds) come first, in the order of these. Raises a
 * JournalError.
 */
export function leftRuns(journal: Journal, now: number): readonly RunSummary[] {
  const unfinished = journal.list().filter(({ status }) => !ENDED.has(status) && status !== 'suspended');
  const ids = new Set(unfinished.map(({ run }) => run));
  const left = unfinished.filter(
    ({ run, parent }) => (parent === null || !ids.has(parent)) && journal.holder(run) === null,
  );
  return inOrderOfDue(journal, left, now);
}

/**
 * `runs` in the order in which their timers were due until `now` (milliseconds), those of their child runs among them; then
 * the others as they were. A run whose text or records cannot be read is among the others. Raises a JournalError.
 */
function inOrderOfDue(journal: Journal, runs: readonly RunSummary[], now: number): readonly RunSummary[] {
  const waiting = runs.some(({ status }) => status === 'waiting');
  if (!waiting || runs.length < 2) return runs;
  const dues = new Map(runs.map((summary) => [summary.run, dueOf(journal, summary, now)]));
  return runs.toSorted((one, other) => {
    const [first, second] = [dues.get(one.run) ?? Infinity, dues.get(other.run) ?? Infinity];
    return first === second ? 0 : first - second;
  });
}

/** When the run's first timer was due; infinitely late when none is yet. */
function dueOf(journal: Journal, summary: RunSummary, now: number): number {
  const loaded = loadRecorded(journal, summary);
  const state = 'error' in loaded ? null : unlessDamaged(() => fold(journal.read(summary.run)));
  if ('error' in loaded || state === null) return Infinity;
  const own = timersOf(loaded.plan, state)[0]?.at ?? Infinity;
  const children = childrenOf(state).flatMap((child) => journal.summary(child) ?? []);
  const least = Math.min(own, ...children.map((child) => dueOf(journal, child, now)));
  return least <= now ? least : Infinity;
}
