/** A run as a person sees it: section 10 of the language. */
import type { Plan, PlanState } from '../../language/index.ts';
import { childrenOf, indexOf, isActing, pathOf, pendingStack, statusOf } from '../../runner/machine/index.ts';
import type { Activation, RunState, RunStatus } from '../../runner/machine/index.ts';
import { formatData, formatError } from '../narrator.ts';
import { formatTime, oneLine } from '../terminal.ts';
import type { RecordedRun } from './recorded.ts';

const NOTHING = '—';
/** Of a longer history only the end is shown. */
const MAX_PATH = 50;
/** Arguments are shown whole up to this many characters. */
const MAX_ARGUMENTS = 1000;

export interface Shown {
  readonly run: string;
  readonly workflow: string;
  readonly version: string;
  readonly file: string;
  readonly status: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly current: readonly {
    readonly state: string;
    readonly attempt: number;
    readonly attempts: number | null;
    /** Whether what it did is being undone. */
    readonly undoing: boolean;
    /** Such as `until 2026-03-01 12:00:00`; empty when it does not wait. */
    readonly waits: string;
  }[];
  readonly history: readonly string[];
  readonly next: readonly string[];
  readonly stack: readonly {
    readonly state: string;
    readonly action: string;
    readonly with: unknown;
    readonly error: { readonly type: string; readonly message: string } | null;
  }[];
  readonly error: { readonly type: string; readonly message: string; readonly state: string } | null;
  /** Who drives the run. */
  readonly drivenBy: string | null;
}

/** What there is to see of a run; `statusOfRun` gives that of another run of its journal, null when it has none. */
export function showRun(
  { summary, records, state, plan }: RecordedRun,
  drivenBy: string | null,
  statusOfRun: (run: string) => RunStatus | null,
): Shown {
  const active = currentActivations(state);
  // What a completed run did stays done, unless the run that started it is rolled back.
  const stack = plan === null || state.lifecycle === 'completed' ? [] : pendingStack(plan, state);
  const { error } = state;
  return {
    run: state.run,
    workflow: state.workflow,
    version: state.version,
    file: state.file,
    status: plan === null || waitsForRuns(state) ? summary.status : statusOf(plan, state),
    startedAt: new Date(state.startedAt).toISOString(),
    updatedAt: new Date(state.now).toISOString(),
    input: state.input,
    output: state.output,
    current: active.map((activation) => ({
      state: activation.way,
      attempt: activation.attempt,
      attempts: plan === null ? null : attemptsOf(plan, activation),
      undoing: activation.role === 'compensation',
      waits: waitOf(activation, statusOfRun),
    })),
    history: pathOf(records),
    next: plan === null ? [] : nextStates(plan, state, active),
    stack: stack.map((entry) => ({
      state: entry.state,
      action: entry.action,
      with: entry.with,
      error: entry.error === null ? null : { type: entry.error.type, message: entry.error.message },
    })),
    error: error === null ? null : { type: error.type, message: error.message, state: error.state },
    drivenBy,
  };
}

/** The lines of section 10, then what there is to say beyond it. */
export function formatShown(shown: Shown): string[] {
  const { workflow, version, run, status, current, history, next, stack, error, output } = shown;
  const path = history.length > MAX_PATH ? ['…', ...history.slice(-MAX_PATH)] : history;
  const entries = stack.map(({ state, action, with: args, error: fault }) => {
    const reason = fault === null ? '' : `   failed: ${formatError(fault)}`;
    return `${state} → ${action}${args === null ? '' : ` ${formatData(args, MAX_ARGUMENTS)}`}${reason}`;
  });
  const label = 'Compensation stack: ';
  return [
    `Workflow: ${workflow} ${version}   run ${run}   ${status}`,
    `Current state: ${orNothing(current.map(formatCurrent).join(', '))}`,
    `History: ${orNothing(path.join(' → '))}`,
    `Next: ${orNothing(next.join(' | '))}`,
    ...(entries.length === 0
      ? [`${label}${NOTHING}`]
      : entries.map((entry, at) => (at === 0 ? label : ' '.repeat(label.length)) + entry)),
    ...current.filter(({ undoing }) => undoing).map(({ state }) => `Undoing: ${state}`),
    ...current.filter(({ waits }) => waits !== '').map(({ state, waits }) => `Waits: ${state} ${waits}`),
    ...(error === null ? [] : [`Error: ${formatError(error)}${error.state === '' ? '' : ` (${error.state})`}`]),
    ...(status === 'completed' ? [`Output: ${formatData(output, MAX_ARGUMENTS)}`] : []),
    ...(shown.drivenBy === null ? [] : [`Driven by: ${shown.drivenBy}`]),
  ];
}

function orNothing(text: string): string {
  return text === '' ? NOTHING : text;
}

function formatCurrent({ state, attempt, attempts }: Shown['current'][number]): string {
  if (attempt <= 1 && (attempt === 0 || (attempts ?? 1) <= 1)) return state;
  return `${state} (attempt ${attempt}${attempts === null ? '' : ` of ${attempts}`})`;
}

/** Whether its status depends on child runs, so that only the journal knows it. */
function waitsForRuns(state: Readonly<RunState>): boolean {
  return childrenOf(state).length > 0;
}

/** Where the run stands: the innermost states, and what is being undone or confirmed. */
export function currentActivations(state: Readonly<RunState>): Activation[] {
  const outer = new Set([...state.scopes.values()].map(({ owner }) => owner));
  const all = [...state.activations.values()];
  const undoing = all.filter(({ role }) => role !== 'state');
  return undoing.length > 0 ? undoing : all.filter(({ id }) => !outer.has(id));
}

/** What a state waits for, as the end of a sentence; empty when it does not wait. */
function waitOf(activation: Activation, statusOfRun: (run: string) => RunStatus | null): string {
  const { phase, wakeAt, task, child } = activation;
  if (child !== null && isActing(activation)) {
    const status = statusOfRun(child);
    return `for the run ${child}${status === null ? '' : `, which is ${status}`}`;
  }
  if (task !== null) {
    const whom = task.owner ?? task.assignee ?? task.candidates.join(', ');
    return `for ${whom === '' ? 'a person' : whom}: ${oneLine(task.title)}`;
  }
  if (phase === 'suspended') return 'for a person to decide';
  if (wakeAt === null) return '';
  return phase === 'retrying' ? `for its next attempt at ${formatTime(wakeAt)}` : `until ${formatTime(wakeAt)}`;
}

function attemptsOf(plan: Plan, activation: Activation): number | null {
  const state = indexOf(plan).states.get(activation.plan);
  if (state === undefined) return null;
  const { retry } =
    activation.role === 'state'
      ? state
      : ((activation.role === 'compensation' ? state.compensate : state.confirm) ?? state);
  return (retry?.attempts ?? 1) + activation.series - 1;
}

/** The states that may come next, each once. */
function nextStates(plan: Plan, state: Readonly<RunState>, active: readonly Activation[]): readonly string[] {
  const next = active.flatMap((activation) => {
    if (activation.role !== 'state') return [];
    if (activation.leave !== null)
      return activation.leave.kind === 'transition' ? [activation.leave.transition.to] : [];
    const planned = indexOf(plan).states.get(activation.plan);
    return planned === undefined ? [] : targetsOf(planned);
  });
  return state.endedAt === null ? [...new Set(next)] : [];
}

function targetsOf({ action, next }: PlanState): readonly string[] {
  const answers = action.kind === 'human' ? action.on.flatMap(({ transitions }) => transitions) : [];
  const events =
    action.kind === 'listen' ? [...action.on.flatMap(({ transitions }) => transitions), ...action.onTimeout] : [];
  return [...answers, ...events, ...next].map((transition) => transition.next);
}
