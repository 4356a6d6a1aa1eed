/** `backstep task …`: what a person does with a task. */
import { fateOf } from '../../runner/fate.ts';
import type { TaskWord } from '../../runner/fate.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { ENDED } from '../../runner/machine/index.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';
import { readJsonOption } from '../json-option.ts';
import { withRun, type JournalOption } from '../runs/journals.ts';
import { openTasks, outcomesOf, type OpenTask } from '../runs/open-tasks.ts';
import { readRun, type RecordedRun } from '../runs/recorded.ts';
import { actorOf, checkStimulus, deliverInbox } from '../runs/words.ts';
import { print, printJson } from '../terminal.ts';

export interface TaskOptions extends JournalOption {
  readonly as?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Milliseconds for the process that drives the run to hear the word; a debugger may hold it for as long as it wants. */
const PATIENCE = 10_000;

/** Takes a task over. */
export function claim(where: string, options: TaskOptions): Promise<number> {
  const by = actorOf(options);
  return say(where, options, `claimed for ${by.name}`, (state) => ({
    type: 'task',
    state,
    by,
    change: { to: 'claimed', actor: by.name },
  }));
}

/** Gives a task to somebody else. */
export function delegate(where: string, options: TaskOptions & { readonly to: string }): Promise<number> {
  const by = actorOf(options);
  if (options.to.trim() === '') throw new CommandError('--to names nobody.', EXIT_USAGE);
  return say(where, options, `delegated to ${options.to}`, (state) => ({
    type: 'task',
    state,
    by,
    change: { to: 'delegated', actor: options.to },
  }));
}

/** Gives a claimed task back. */
export function release(where: string, options: TaskOptions): Promise<number> {
  const by = actorOf(options);
  return say(where, options, 'given back', (state) => ({ type: 'task', state, by, change: { to: 'released' } }));
}

/** Answers a task; the answer is checked against its outcomes and its form. */
export async function complete(
  where: string,
  options: TaskOptions & { readonly outcome?: string | undefined; readonly form?: string | undefined },
): Promise<number> {
  const form = options.form === undefined ? {} : await readJsonOption('--form', options.form);
  const by = actorOf(options);
  return say(where, options, 'completed', (state, recorded, task) => {
    const outcomes = recorded.plan === null ? [] : outcomesOf(recorded.plan, task.activation);
    const outcome = options.outcome ?? (outcomes.length === 1 ? outcomes[0] : undefined);
    if (outcome === undefined) {
      throw new CommandError(`Say which way ${where} goes: --outcome ${outcomes.join('|')}.`, EXIT_USAGE);
    }
    return { type: 'decision', state, by, outcome, form, at: Date.now() };
  });
}

/**
 * Leaves a word for the task at `where` (`RUN/STATE`), and waits until it has reached the run if a process drives that.
 * Raises a CommandError when there is no such task or it cannot take the word.
 */
function say(
  where: string,
  options: TaskOptions,
  what: string,
  wordFor: (state: string, recorded: RecordedRun, task: OpenTask) => TaskWord,
): Promise<number> {
  const slash = where.indexOf('/');
  if (slash <= 0 || slash === where.length - 1) {
    throw new CommandError(`A task is named RUN/STATE, as "backstep tasks" writes it, and not "${where}".`, EXIT_USAGE);
  }
  const run = where.slice(0, slash);
  const state = where.slice(slash + 1);
  return withRun(options, run, async ({ journal }, summary) => {
    if (ENDED.has(summary.status)) throw new CommandError(`The run ${run} has ended: it is ${summary.status}.`);
    const recorded = readRun(journal, summary);
    await deliverInbox(recorded, journal);
    const open = openTasks(recorded.state);
    const task = open.find(({ way }) => way === state);
    if (task === undefined) {
      const others =
        open.length === 0 ? 'It has none.' : `It has ${open.map(({ way }) => `${run}/${way}`).join(', ')}.`;
      throw new CommandError(`The run ${run} has no open task ${state}. ${others}`);
    }
    const stimulus = wordFor(state, recorded, task);
    await checkStimulus(recorded, stimulus);
    const left = { run, activation: task.activation.id, word: stimulus, since: summary.seq };
    const { heard, refused } = await fateOf(journal, { ...left, message: journal.post(run, stimulus) }, PATIENCE);
    if (refused !== null) throw new CommandError(refused);
    const driver = heard ? null : (journal.holder(run)?.name ?? null);
    const next = driver === null ? `; the run goes on with: backstep resume ${outermost(journal, run)}` : `, as soon as ${driver} hears of it`; // prettier-ignore
    if (options.json === true) printJson({ run, state, done: what, delivered: heard });
    else print(`${where}: ${what}${heard ? '' : next}`);
    return 0;
  });
}

/** The run to take up so that this one goes on: the unfinished run that waits for it, if there is one. */
function outermost(journal: Journal, run: string): string {
  const parent = journal.summary(run)?.parent ?? null;
  const status = parent === null ? undefined : journal.summary(parent)?.status;
  return parent === null || status === undefined || ENDED.has(status) ? run : outermost(journal, parent);
}
