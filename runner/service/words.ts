/** What a person or a program says to a run, wherever that run is driven. */
import { fateOf } from '../fate.ts';
import type { Host } from '../host.ts';
import type { Journal } from '../journal/journal.ts';
import { ENDED, fold } from '../machine/index.ts';
import type { StimulusBody } from '../machine/index.ts';

/** Milliseconds for another process to take a word before the answer is that it was left for it. */
const PATIENCE = 2000;

export type Said =
  | {
      readonly ok: true;
      /** Whether the run has taken it; else it is left for the process that drives it. */ readonly taken: boolean;
    }
  | { readonly ok: false; readonly code: 'unknown-run' | 'refused' | 'failed'; readonly message: string };

/**
 * Says `stimulus` to the run: here, or through the journal when another process drives it, or soon will. `ending` is
 * aborted when this one lets its runs go. Raises a JournalError.
 */
export async function say(
  journal: Journal,
  host: Host,
  run: string,
  stimulus: StimulusBody,
  ending: AbortSignal,
): Promise<Said> {
  const summary = journal.summary(run);
  if (summary === null) return { ok: false, code: 'unknown-run', message: `There is no run ${run}.` };
  if (ENDED.has(summary.status)) {
    return { ok: false, code: 'refused', message: `The run ${run} has ended: it is ${summary.status}.` };
  }
  const resumed = await host.resume(run);
  if (!resumed.ok && resumed.error.code === 'held') return leave(journal, run, stimulus);
  if (!resumed.ok) return { ok: false, code: 'failed', message: resumed.error.message };
  const refused = await resumed.run.send(stimulus);
  if (refused === null) return { ok: true, taken: true };
  const isLetGo = ending.aborted || journal.holder(run) === null;
  if (!isLetGo || ENDED.has(journal.summary(run)?.status ?? 'failed'))
    return { ok: false, code: 'refused', message: refused };
  // It was let go before it could answer; whoever takes it up is told.
  journal.post(run, stimulus);
  return { ok: true, taken: false };
}

/** Leaves the word for the process that drives the run; of a word for a task it is waited for what becomes of it. */
async function leave(journal: Journal, run: string, stimulus: StimulusBody): Promise<Said> {
  if (stimulus.type !== 'task' && stimulus.type !== 'decision') {
    journal.post(run, stimulus);
    return { ok: true, taken: false };
  }
  const state = fold(journal.read(run));
  const task = [...state.activations.values()].find(({ way, task }) => way === stimulus.state && task !== null);
  const none = `The run has no open task ${stimulus.state}.`;
  if (task === undefined) return { ok: false, code: 'refused', message: none };
  const word = stimulus.type === 'task' ? stimulus : { ...stimulus, at: Date.now() };
  const left = { run, activation: task.id, word, since: state.seq, message: journal.post(run, word) };
  const { heard, refused } = await fateOf(journal, left, PATIENCE);
  return refused === null ? { ok: true, taken: heard } : { ok: false, code: 'refused', message: refused };
}
