/**
 * The machine: what a stimulus means for a run.
 *
 * 1. Nothing is performed here: the records say what happened, the commands what to do once they are committed.
 * 2. No clock is read and no random number is drawn; expressions that are not simple are answered by whoever asks for the
 *    decision. So the same plan, state, stimulus and answers give the same decision.
 * 3. The state is only read. The caller applies the records, commits them, and then performs the commands.
 * 4. A stimulus that comes too late or fits nothing gives no records; one of a person says why in `refused`.
 */
import type { Evaluation, Plan } from '../../language/index.ts';
import { validateJson } from '../../language/index.ts';
import { advance, failAttempt } from './advance.ts';
import { abortAll, abortOne } from './abort.ts';
import { isActing } from './activations.ts';
import { bindingsOf, overlaid } from './bindings.ts';
import { Fault, contextOf, decidedOrAsking, evaluate, specOf } from './context.ts';
import type { Context } from './context.ts';
import { enterScope } from './enter.ts';
import { located } from './errors.ts';
import { setClock } from './clock-set.ts';
import { answer, jump, skipWait } from './hand.ts';
import { passTimer } from './overdue.ts';
import { receive } from './receive.ts';
import { attemptLimit } from './retry.ts';
import { ENDED, ROOT, isLockedOut } from './state.ts';
import type { Activation, RunState } from './state.ts';
import { firstWork, workOf } from './steps.ts';
import type { Command, Deciding, Stimulus } from './stimulus.ts';

/**
 * What `stimulus` means for the run in `state`; or a question, when an expression has to be evaluated that is not among
 * `answers`. Asked again with that answer added, it comes further, because it is the same function of the same things.
 */
export function decide(
  plan: Plan,
  state: RunState,
  stimulus: Stimulus,
  answers: readonly Evaluation[] = NO_ANSWERS,
): Deciding {
  return decidedOrAsking(() => {
    const context = contextOf(plan, state, stimulus.now, answers);
    const refused = dispatch(context, stimulus);
    return { records: context.records, commands: context.commands, refused };
  });
}

const NO_ANSWERS: readonly Evaluation[] = [];

type Of<T extends Stimulus['type']> = Extract<Stimulus, { type: T }>;

function dispatch(context: Context, stimulus: Stimulus): string | null {
  switch (stimulus.type) {
    case 'start':
      return start(context, stimulus);
    case 'advance': {
      const { activation } = stimulus;
      const work =
        activation === undefined
          ? firstWork(context.plan, context.state)
          : workOf(context.plan, context.state, activation);
      if (work) advance(context, work);
      return null;
    }
    case 'outcome':
      return outcome(context, stimulus);
    case 'timer':
      return passTimer(context);
    case 'clock':
      return setClock(context, stimulus);
    case 'recover':
      return recover(context, stimulus);
    case 'cancel':
      return cancel(context, stimulus);
    case 'rollback':
      return rollback(context, stimulus);
    case 'retry':
      return retry(context, stimulus);
    case 'skip':
    case 'resolve':
      return settle(context, stimulus);
    case 'task':
      return changeTask(context, stimulus);
    case 'decision':
      return decision(context, stimulus);
    case 'event':
      return receive(context, stimulus);
    case 'lock':
      if (context.state.lifecycle === 'active' && isLockedOut(context.state))
        context.records.push({ type: 'lock.taken' });
      return null;
    case 'assign':
      return assign(context, stimulus);
    case 'let-go':
      return null;
    case 'inject': {
      const activation = context.state.activations.get(stimulus.activation);
      if (!activation || (activation.phase !== 'entering' && activation.phase !== 'calling')) {
        return 'A failure can be injected only where a state is entered or its action is about to run.';
      }
      context.records.push({
        type: 'failure.injected',
        activation: activation.id,
        error: stimulus.error,
        by: stimulus.by ?? null,
      });
      return null;
    }
    case 'answer':
      return answer(context, stimulus);
    case 'skip-wait':
      return skipWait(context, stimulus);
    case 'jump':
      return jump(context, stimulus);
    case 'set':
      context.records.push({
        type: 'value.set',
        target: stimulus.target,
        value: stimulus.value,
        by: stimulus.by ?? null,
      });
      return null;
  }
}

function start(context: Context, stimulus: Of<'start'>): string | null {
  const { run, hash, file, input, seed, parent, now, event = null, heard = 0, by = null, trace } = stimulus;
  if (context.state.lifecycle !== 'new') return `The run ${run} has already begun.`;
  const { plan } = context;
  const { workflow, version } = plan;
  const timeoutAt = plan.timeout === null ? null : now + plan.timeout;
  const begun = { ...context.state, run, workflow, version, input, startedAt: now, seed };
  const seeing: Context = { ...context, state: begun };
  let what = 'variables';
  try {
    enterScope(seeing, { plan: plan.root, way: '', owner: null, branch: null, item: null });
    what = 'lock';
    const lock = lockOf(seeing);
    const about = { run, workflow, version, hash, file, input, seed, parent, timeoutAt };
    const from = { by, ...(trace !== undefined && { trace }) };
    context.records.unshift({ type: 'run.started', ...about, lock, event, heard, ...from, assigns: 'declared' });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.records.length = 0;
    return `The ${what} of the workflow cannot be evaluated: ${error.message}`;
  }
  return null;
}

/** The key of the run's lock, which is evaluated once, over the input and the variables as they are at the beginning. */
function lockOf(context: Context): string | null {
  if (context.plan.lock === null) return null;
  const entered = context.records.find((record) => record.type === 'scope.entered');
  const bindings = overlaid(bindingsOf(context.state, ROOT), 'vars', entered?.vars ?? []);
  const { value } = evaluate(context, { kind: 'expression', expression: context.plan.lock }, bindings);
  return value === null || typeof value === 'string' ? value : JSON.stringify(value);
}

function outcome(context: Context, { activation: id, attempt, outcome: given }: Of<'outcome'>): null {
  const activation = context.state.activations.get(id);
  if (!activation || activation.phase !== 'acting' || activation.attempt !== attempt || !isActing(activation))
    return null;
  if (given.ok) context.records.push({ type: 'attempt.succeeded', activation: id, attempt, result: given.result });
  // A child run that took too long has undone what it did when it reports: now the error arises.
  else if (activation.overdue !== null) failAttempt(context, activation, activation.overdue);
  else failAttempt(context, activation, located(given.error, activation.way, attempt), given.error.acted);
  return null;
}

/** Actions that were under way may have taken effect: they are performed again with the same key. */
function recover(context: Context, { by }: Of<'recover'>): string | null {
  if (ENDED.has(context.state.lifecycle as never)) return 'The run has ended.';
  const interrupted: { activation: number; until: number | null }[] = [];
  for (const activation of context.state.activations.values()) {
    if (!isActing(activation)) continue;
    const spec = specOf(context, activation);
    const limit = attemptLimit(spec.timeout, activation.attempt - activation.series + 1);
    const until = limit === null ? null : context.now + limit;
    interrupted.push({ activation: activation.id, until });
    const command = commandFor(context, activation, until);
    if (command) context.commands.push(command);
    if (activation.cancelled || activation.stopping || activation.overdue !== null) abortOne(context, activation);
  }
  context.records.push({ type: 'run.recovered', interrupted, by: by ?? null });
  return null;
}

function commandFor(context: Context, activation: Activation, until: number | null): Command | null {
  const { action, plan } = specOf(context, activation);
  const { id, attempt, way } = activation;
  const input = activation.input ?? { value: null, sealed: [] };
  if (!action)
    return activation.child === null
      ? null
      : { type: 'rollback-child', activation: id, attempt, child: activation.child };
  if (action.kind === 'call') {
    const heartbeat = activation.role === 'state' ? plan.heartbeat : null;
    const ends = [until, activation.total].filter((instant) => instant !== null);
    return {
      type: 'call',
      activation: id,
      attempt,
      action,
      way,
      input,
      key: activation.key ?? '',
      until: ends.length === 0 ? null : Math.min(...ends),
      heartbeat,
    };
  }
  if (action.kind !== 'run' || activation.child === null) return null;
  const depth = (context.state.parent?.depth ?? 0) + 1;
  return {
    type: 'start-child',
    activation: id,
    attempt,
    way,
    child: activation.child,
    file: action.file,
    version: action.version,
    input,
    detached: action.detached,
    depth,
  };
}

function cancel(context: Context, { by, compensate, force }: Of<'cancel'>): string | null {
  const { state } = context;
  if (ENDED.has(state.lifecycle as never)) return `The run has already ended: ${state.lifecycle}.`;
  if (state.pivoted && !force)
    return 'The run has passed its pivot and can only go forward; `--force` stops it as it is.';
  const root = state.scopes.get(ROOT);
  const current = root?.current == null ? undefined : state.activations.get(root.current);
  if (force) {
    context.records.push(
      { type: 'run.cancelling', by, compensate: false, force },
      { type: 'run.ended', status: 'cancelled' },
    );
    abortAll(context);
    return null;
  }
  if (!current) return 'The run is completing and cannot be cancelled any more; `--force` stops it as it is.';
  if (current.leave?.kind === 'end') {
    return state.lifecycle === 'suspended'
      ? 'The run is already being undone and waits for a person: retry, skip or resolve what is left; `--force` stops it as it is.'
      : 'The run is already being undone; `--force` stops it as it is.';
  }
  context.records.push({ type: 'run.cancelling', by, compensate, force });
  return null;
}

function rollback(context: Context, { by }: Of<'rollback'>): string | null {
  if (context.state.lifecycle !== 'completed')
    return `Only a completed run can be rolled back; this one is ${context.state.lifecycle}.`;
  context.records.push({ type: 'run.rolling-back', by });
  return null;
}

function retry(context: Context, { by, state: way }: Of<'retry'>): string | null {
  const { state } = context;
  if (state.lifecycle !== 'suspended')
    return `Only a suspended run can be retried; this one is ${state.lifecycle === 'active' ? 'running' : state.lifecycle}.`;
  for (const entry of state.entries.values()) {
    if (entry.status === 'failed' && (way === null || way === entry.way))
      context.records.push({ type: 'entry.decided', entry: entry.entry, how: 'retry', by });
  }
  for (const activation of state.activations.values()) {
    if (activation.phase !== 'suspended' || (way !== null && way !== activation.way)) continue;
    context.records.push({ type: 'state.retried', activation: activation.id, by });
    // Its next attempt enters its states anew, so those of this one are stopped and undone first, as by a retry of its own.
    if (activation.scopes.length > 0 && hasFailed(activation)) {
      const leave = { kind: 'retry', attempt: activation.attempt + 1, at: context.now } as const;
      context.records.push({ type: 'leave.requested', activation: activation.id, leave });
    }
  }
  if (context.records.length > 0) return null;
  return way === null
    ? 'Nothing of the run waits for a retry.'
    : `Nothing of ${way} waits for a retry. ${waitingFor(state)}`;
}

/** Whether it was the action of a suspended activation that failed, and not something around it. */
function hasFailed({ suspendedIn, succeeded }: Activation): boolean {
  return !succeeded && (suspendedIn === null || suspendedIn === 'returned');
}

function settle(context: Context, { type, by, state: way }: Of<'skip' | 'resolve'>): string | null {
  const found = [...context.state.entries.values()].filter((entry) => entry.status === 'failed' && entry.way === way);
  if (found.length === 0) return `No failed compensation of ${way} waits for a person. ${waitingFor(context.state)}`;
  for (const entry of found) context.records.push({ type: 'entry.decided', entry: entry.entry, how: type, by });
  return null;
}

/** Somebody was chosen for a task that waits for that; a choice that comes too late changes nothing. */
function assign(context: Context, { activation: id, actor, by }: Of<'assign'>): null {
  const activation = context.state.activations.get(id);
  if (activation?.phase !== 'acting' || !activation.task || activation.task.assigned) return null;
  context.records.push({ type: 'task.changed', activation: id, change: { to: 'assigned', actor }, by });
  return null;
}

function waitingFor(state: RunState): string {
  const ways = [...state.entries.values()].filter((entry) => entry.status === 'failed').map((entry) => entry.way);
  return ways.length === 0 ? 'No compensation has failed.' : `These wait: ${ways.join(', ')}.`;
}

function openTask(context: Context, way: string): Activation | string {
  for (const activation of context.state.activations.values()) {
    if (activation.way === way && activation.task && activation.phase === 'acting') return activation;
  }
  return `The run has no open task ${way}.`;
}

function changeTask(context: Context, { state: way, change, by }: Of<'task'>): string | null {
  const activation = openTask(context, way);
  if (typeof activation === 'string') return activation;
  const { owner = null, status } = activation.task ?? {};
  if (change.to !== 'released' && change.actor.trim() === '') return `Name somebody for the task ${way}.`;
  if (change.to === 'released' && owner === null) return `Nobody has the task ${way}: there is nothing to give back.`;
  if (change.to === 'claimed' && owner !== null && owner !== change.actor)
    return `The task ${way} is ${status === 'claimed' ? 'already claimed by' : 'assigned to'} ${owner}; release it first.`;
  context.records.push({ type: 'task.changed', activation: activation.id, change, by });
  return null;
}

/** What keeps a form from being taken is told of each of its fields, up to five. */
function decision(context: Context, stimulus: Of<'decision'>): string | null {
  const { state: way, by, outcome: answer, form } = stimulus;
  // Where the clock was set back meanwhile it was given at an instant that is still to come.
  const at = Math.min(stimulus.at ?? context.now, context.now);
  const activation = openTask(context, way);
  if (typeof activation === 'string') return activation;
  const action = specOf(context, activation).action;
  if (action?.kind !== 'human') return `The run has no open task ${way}.`;
  if (!action.outcomes.includes(answer))
    return `The task ${way} has no outcome ${answer}; it has ${action.outcomes.join(', ') || 'none'}.`;
  const problems = action.form === null ? [] : validateJson(action.form, form ?? {});
  if (problems.length > 0) {
    // A message about a field begins with its name, one about the form itself has none.
    const told = problems
      .slice(0, 5)
      .map(({ message }) => `${message.startsWith('/') ? '' : 'it '}${message}`.replace(/\.$/, ''));
    return `The form of ${way} does not fit: ${told.join('; ')}.`;
  }
  const due = activation.task?.due ?? null;
  const late = due !== null && Math.min(at, context.now) > due;
  context.records.push({ type: 'task.completed', activation: activation.id, outcome: answer, form, by, due, late });
  const result = { outcome: answer, form, actor: by.name };
  context.records.push({ type: 'attempt.succeeded', activation: activation.id, attempt: activation.attempt, result });
  return null;
}
