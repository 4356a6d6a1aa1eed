/** Watches a run that another process drives, through the journal, and prints what that process commits. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Journal } from '../../runner/journal/journal.ts';
import { ENDED, apply } from '../../runner/machine/index.ts';
import { CommandError, exitOf } from '../exit.ts';
import { outcomeOf } from '../../runner/outcome.ts';
import type { Printer } from './printer.ts';
import { readRun } from './recorded.ts';
import type { Stopping } from './stopping.ts';
import { exitOfSignal } from './stopping.ts';
import type { Telling } from './telling.ts';

/** Milliseconds between two looks at the journal. */
const POLL = 100;

/**
 * Prints what happens in the run until it has ended or is suspended (or waits, without `wait`) and every word left for it
 * is delivered; gives the exit status. Gives null when nobody drives the run any more although it has not ended.
 */
export async function followRun(
  journal: Journal,
  run: string,
  printer: Printer,
  telling: Telling,
  wait: boolean,
  stopping: Stopping,
): Promise<number | null> {
  const summary = journal.summary(run);
  if (summary === null) throw new CommandError(`The journal has no run ${run}.`);
  const { plan, state } = readRun(journal, summary);
  if (plan === null) throw new CommandError(`The text of the run ${run} cannot be compiled any more.`);
  telling.taken({ plan, state });
  for (let version = -1; ;) {
    const signal = stopping.signal();
    if (signal !== null) return exitOfSignal(signal);
    // Asked for before reading, so that whatever the last holder wrote is read too.
    const held = journal.holder(run) !== null;
    const now = journal.version();
    if (now !== version) {
      version = now;
      const fresh = journal.read(run, state.seq + 1);
      for (const record of fresh) {
        apply(state, record);
        telling.committed([record], { plan, state });
      }
      const status = journal.summary(run)?.status ?? 'running';
      const resting = (status === 'suspended' || (!wait && status === 'waiting')) && journal.inbox(run).length === 0;
      if (ENDED.has(status) || resting) {
        printer.outcome(outcomeOf(plan, state, journal.read(run), status));
        return exitOf(status);
      }
    }
    if (!held) return null;
    await pause(POLL);
  }
}
