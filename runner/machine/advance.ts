/** One step of a run: what is ready is decided. A fault of an expression becomes the state's error. */
import type { Json } from '../../language/index.ts';
import { complete, discardAll } from './complete.ts';
import { Fault, declaredErrors, planOf, specOf } from './context.ts';
import type { Context } from './context.ts';
import { entryFor } from './entries.ts';
import { bindingsOf } from './bindings.ts';
import { located, nothingDone, ownError } from './errors.ts';
import { act, prepare } from './kinds/index.ts';
import { recordAttempt } from './kinds/kind.ts';
import { join } from './kinds/scopes.ts';
import { completeScope, enterUndoing, leave } from './leave.ts';
import { failUndoing, outermost, raise } from './raise.ts';
import type { RunError } from './record.ts';
import type { Activation } from './state.ts';
import type { Work } from './steps.ts';

/** Decides one step. */
export function advance(context: Context, work: Work): void {
  switch (work.kind) {
    case 'prepare':
    case 'act':
      return begin(context, work.activation, work.kind);
    case 'join': {
      const action = specOf(context, work.activation).action;
      if (!action) return;
      try {
        join(context, work.activation, action);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        context.records.length = 0;
        failAttempt(context, work.activation, located(error.error, work.activation.way, work.activation.attempt));
      }
      return;
    }
    case 'return':
      return returned(context, work.activation);
    case 'rest':
      return rest(context, work.activation);
    case 'leave':
      return leave(context, work.activation);
    case 'roll-back':
      context.records.push({ type: 'rollback.started', scope: work.scope.id, undo: work.undo });
      return;
    case 'undo':
      enterUndoing(context, work.scope, work.entry, 'compensation');
      return;
    case 'confirm':
      enterUndoing(context, work.scope, work.entry, 'confirmation');
      return;
    case 'rolled-back':
      if (work.scope.rollback !== null) context.records.push({ type: 'rollback.completed', scope: work.scope.id });
      else context.records.push({ type: 'run.ended', status: 'compensated' });
      return;
    case 'stuck':
      context.records.push({ type: 'run.suspended', why: 'compensation' });
      return;
    case 'confirmed':
      completeScope(context, work.scope, work.scope.output);
      return;
  }
}

/** Records that an attempt failed, with what may be concluded about its effect. */
export function failAttempt(context: Context, activation: Activation, error: RunError, acted = false): void {
  const sure = nothingDone({ ...error, acted }, declaredErrors(specOf(context, activation).action));
  context.records.push({
    type: 'attempt.failed',
    activation: activation.id,
    attempt: Math.max(1, activation.attempt),
    error,
    nothingDone: sure,
  });
}

const WITHOUT_CALL = new Set(['switch', 'set', 'rollback', 'fail']);

function begin(context: Context, activation: Activation, part: 'prepare' | 'act'): void {
  const { action } = specOf(context, activation);
  const injected = activation.injected;
  try {
    if (injected && part === 'act') {
      const { attempt } = recordAttempt(context, activation);
      const error = located(ownError(injected.type, injected.message), activation.way, attempt);
      const sure = nothingDone(error, declaredErrors(action));
      context.records.push({ type: 'attempt.failed', activation: activation.id, attempt, error, nothingDone: sure });
      return;
    }
    const { answered } = activation;
    if (answered && part === 'act') {
      const { attempt } = recordAttempt(context, activation);
      const { id } = activation;
      context.records.push({ type: 'attempt.succeeded', activation: id, attempt, result: answered.result });
      return;
    }
    if (answered && action && WITHOUT_CALL.has(action.kind)) {
      const { id, attempt } = activation;
      context.records.push({ type: 'attempt.succeeded', activation: id, attempt, result: answered.result });
      return;
    }
    if (injected && (!action || WITHOUT_CALL.has(action.kind))) {
      const error = located(ownError(injected.type, injected.message), activation.way, 1);
      context.records.push({ type: 'attempt.failed', activation: activation.id, attempt: 1, error, nothingDone: true });
      return;
    }
    if (!action || lacksArguments(context, activation)) return rollBackChild(context, activation);
    if (part === 'prepare') prepare(context, activation, action);
    else act(context, activation, action);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    context.records.length = 0;
    context.commands.length = 0;
    const attempt = Math.max(1, activation.attempt);
    const fault = located(error.error, activation.way, attempt);
    context.records.push({
      type: 'attempt.failed',
      activation: activation.id,
      attempt,
      error: fault,
      nothingDone: true,
    });
  }
}

/** Whether the arguments of a compensation or a confirmation could not be evaluated: nothing may be called without them. */
function lacksArguments(context: Context, activation: Activation): boolean {
  const { role, entry: id } = activation;
  const entry = id === null ? undefined : context.state.entries.get(id);
  if (role === 'state' || !entry || entry.fault === null) return false;
  if (role === 'compensation') return entry.compensate === null;
  const { action } = specOf(context, activation);
  return entry.confirm?.value == null && action?.kind === 'call' && action.with !== null;
}

/** The entry of a completed child run; or one whose arguments could not be evaluated, which only a person can resolve. */
function rollBackChild(context: Context, activation: Activation): void {
  const entry = activation.entry === null ? undefined : context.state.entries.get(activation.entry);
  const { attempt } = recordAttempt(context, activation, entry?.child ?? null);
  if (entry?.child != null) {
    context.commands.push({ type: 'rollback-child', activation: activation.id, attempt, child: entry.child });
    return;
  }
  const error = located(ownError('expression', entry?.fault ?? 'There is nothing to call.'), activation.way, attempt);
  context.records.push({ type: 'attempt.failed', activation: activation.id, attempt, error, nothingDone: true });
}

function returned(context: Context, activation: Activation): void {
  if (!activation.succeeded) {
    const error =
      activation.error ??
      located(ownError('error', 'The action failed without an error.'), activation.way, activation.attempt);
    if (activation.role === 'state') raise(context, activation, error, { retry: true });
    else failUndoing(context, activation, error);
    return;
  }
  const result: Json = activation.result;
  if (activation.role === 'state') return complete(context, activation, result);
  context.records.push({
    type: 'compensation.completed',
    activation: activation.id,
    entry: activation.entry ?? 0,
    result,
  });
}

/** A stopped action has ended: what it did after all is kept for undoing. */
function rest(context: Context, activation: Activation): void {
  const { pivot, action } = planOf(context, activation);
  if (activation.succeeded && pivot) return passPivot(context, activation);
  const bindings = bindingsOf(context.state, activation.scope, { result: activation.result });
  // An event is published when its state completes, and so this one was not.
  const acted = activation.succeeded && action.kind !== 'emit';
  const entry = acted && activation.pushed === null ? entryFor(context, activation, activation.result, bindings) : null;
  context.records.push({ type: 'state.cancelled', activation: activation.id, entry });
  const { pushed } = activation;
  if (pushed !== null && action.kind === 'emit')
    context.records.push({ type: 'entries.discarded', entries: [pushed], why: 'nothing-done' });
}

/**
 * The action of a pivot succeeded although it was to be stopped: there is no way back any more (section 8.9). A run that
 * was to be undone goes on instead; one that only goes another way does so with nothing undone.
 */
function passPivot(context: Context, activation: Activation): void {
  const { leave } = outermost(context, activation);
  if (leave?.kind === 'end' && leave.undo) {
    context.records.push({ type: 'end.withdrawn', activation: activation.id });
    return;
  }
  context.records.push({ type: 'state.cancelled', activation: activation.id, entry: null, pivot: true });
  discardAll(context);
}
