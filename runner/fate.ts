/**
 * What becomes of a word for a task that was left in the journal, because another process drives the run or none does.
 *
 * 1. Words are taken in the order in which they were left. Of two people who claim a task at the same instant, from two
 *    processes, exactly one gets it, and the other one is told.
 * 2. What a run has taken stands in its records, and nothing else is asked: a word that was taken and one of the same person
 *    that says the same are one.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Plan } from '../language/index.ts';
import { decided } from './deciding.ts';
import type { Journal } from './journal/journal.ts';
import { loadRecorded } from './load.ts';
import { ENDED, apply, decide, fold } from './machine/index.ts';
import type { RunRecord, RunState, RunStatus, StimulusBody } from './machine/index.ts';

/** What a person says to a task. */
export type TaskWord = Extract<StimulusBody, { type: 'task' | 'decision' }>;

/** A run as it stands in the journal; the plan is null when its text cannot be compiled any more. */
export interface Recorded {
  readonly plan: Plan | null;
  readonly state: RunState;
}

export interface LeftWord {
  readonly run: string;
  /** The activation of the task. */
  readonly activation: number;
  readonly word: TaskWord;
  /** The run's last record before the word was left, and the number of the message. */
  readonly since: number;
  readonly message: number;
}

export interface Fate {
  /** Whether a process that drives the run has heard the word. */
  readonly heard: boolean;
  /** Why the run has not taken the word, or will not. */
  readonly refused: string | null;
}

/** Milliseconds between two looks. */
const POLL = 50;

/**
 * Waits until the run has heard the word, or nobody drives it, for at most `patience` milliseconds: a debugger may hold the
 * run for as long as it wants. Raises a JournalError.
 */
export async function fateOf(journal: Journal, left: LeftWord, patience: number): Promise<Fate> {
  const until = performance.now() + patience;
  for (;;) {
    if (!journal.inbox(left.run).some(({ id }) => id === left.message)) {
      const isTaken = journal.read(left.run, left.since + 1).some((record) => saysWord(record, left));
      return { heard: true, refused: isTaken ? null : await whyNot(journal, left) };
    }
    if (journal.holder(left.run) === null) {
      const refused = await refusedInLine(recordedOf(journal, left.run), journal, left.message);
      if (refused !== undefined) return { heard: false, refused };
    }
    if (performance.now() > until) return { heard: false, refused: null };
    await pause(POLL);
  }
}

/** Why the run, as it stands, cannot take `stimulus`; null when it can. */
export async function refusalNow({ plan, state }: Recorded, stimulus: StimulusBody): Promise<string | null> {
  if (plan === null) return `The text of the run ${state.run} can't be compiled any more; "backstep show" says more.`;
  const now = Date.now();
  return (await decided((answers) => decide(plan, state, { ...stimulus, now }, answers), {})).refused;
}

/**
 * Delivers the words that wait for a run to its recorded state, up to the one called `message` where there is one. Gives why
 * that one will be refused, null when it will not, and undefined when it does not wait there (any more).
 */
export async function refusedInLine(
  { plan, state }: Recorded,
  journal: Journal,
  message: number | null,
): Promise<string | null | undefined> {
  if (plan === null) return undefined;
  for (const { id, stimulus } of journal.inbox(state.run)) {
    const now = Date.now();
    const { records, refused } = await decided((answers) => decide(plan, state, { ...stimulus, now }, answers), {});
    if (id === message) return refused;
    for (const body of records) apply(state, { ...body, seq: state.seq + 1, at: now });
  }
  return undefined;
}

function recordedOf(journal: Journal, run: string): Recorded {
  const summary = journal.summary(run);
  const loaded = summary === null ? null : loadRecorded(journal, summary);
  return { plan: loaded !== null && 'plan' in loaded ? loaded.plan : null, state: fold(journal.read(run)) };
}

function saysWord(record: RunRecord, { activation, word }: LeftWord): boolean {
  if (record.type === 'task.changed' && word.type === 'task')
    return (
      record.activation === activation &&
      record.by.name === word.by.name &&
      isDeepStrictEqual(record.change, word.change)
    );
  return (
    record.type === 'task.completed' &&
    word.type === 'decision' &&
    record.activation === activation &&
    record.by.name === word.by.name &&
    record.outcome === word.outcome &&
    isDeepStrictEqual(record.form, word.form)
  );
}

/** Why a word was not taken by the run as it is now. */
async function whyNot(journal: Journal, { run, activation, word }: LeftWord): Promise<string> {
  for (const record of journal.read(run))
    if (record.type === 'task.completed' && record.activation === activation)
      return `The task ${word.state} was already completed by ${record.by.name}: ${record.outcome}.`;
  const now = recordedOf(journal, run);
  const ended = ENDED.has(now.state.lifecycle as RunStatus);
  const refused = ended ? `The run ${run} has ended.` : await refusalNow(now, word);
  return refused ?? `The task ${word.state} was changed by somebody else at the same instant; look at it again.`;
}
