/** Leaving a state: to a sibling, to the end of the scope or of the run, to another attempt, or for good. */
import type { Json } from '../../language/index.ts';
import { abort } from './abort.ts';
import { isUnderWay } from './activations.ts';
import { bindingsOf, overlaid } from './bindings.ts';
import { Fault, evaluate, newId, planOf, scopeOf, stateNamed } from './context.ts';
import type { Context } from './context.ts';
import { enterState, wayOf } from './enter.ts';
import { confirmable, undoingAround, withdrawnBy } from './entries.ts';
import { located, ownError } from './errors.ts';
import { failUndoing, raise, raiseUncaught } from './raise.ts';
import type { ChosenTransition, Leave } from './record.ts';
import { ROOT } from './state.ts';
import type { Activation, ScopeInstance } from './state.ts';

/** The step that leaves `activation`: first everything below is stopped, and when that rests the leave is carried out. */
export function leave(context: Context, activation: Activation): void {
  if (!activation.stopping && (isUnderWay(activation) || activation.scopes.length > 0)) {
    context.records.push({ type: 'leave.started', activation: activation.id });
    abort(context, activation);
    return;
  }
  if (activation.leave) carryOut(context, activation, activation.leave);
}

function carryOut(context: Context, activation: Activation, leave: Leave): void {
  const withdrawn = withdrawnOf(context, activation, leave);
  if (withdrawn.length > 0) context.records.push({ type: 'entries.discarded', entries: withdrawn, why: 'rolled-back' });
  switch (leave.kind) {
    case 'transition':
      return take(context, scopeOf(context, activation.scope), activation, leave.transition);
    case 'end': {
      const undone = context.state.undone > 0;
      const status = leave.status === 'compensated' && !undone ? 'failed' : leave.status;
      context.records.push({ type: 'run.ended', status });
      return;
    }
    case 'retry':
      context.records.push({
        type: 'retry.scheduled',
        activation: activation.id,
        attempt: leave.attempt,
        wakeAt: Math.max(leave.at, context.now),
        error: activation.error ?? located(ownError('error', ''), activation.way, activation.attempt),
      });
      return;
    case 'give-up':
      context.records.push({ type: 'scope.given-up', scope: activation.scope, error: leave.error });
      return;
  }
}

/** What was rolled back with nothing to undo it: it is not confirmed any more either. */
function withdrawnOf(context: Context, activation: Activation, leave: Leave): number[] {
  const { state } = context;
  if (state.entries.size === 0) return [];
  const scope = scopeOf(context, activation.scope);
  switch (leave.kind) {
    case 'transition': {
      const { rollback } = leave.transition;
      return withdrawnBy(state, scope, activation, leave.undo || rollback !== null, rollback);
    }
    case 'retry':
      return withdrawnBy(state, scope, activation, true, null);
    case 'give-up':
      return withdrawnBy(state, scope, activation, true, 'scope');
    case 'end':
      return [];
  }
}

function take(context: Context, scope: ScopeInstance, activation: Activation, transition: ChosenTransition): void {
  const undoing = undoingAround(context.state, scope.id);
  // What undoes may make as many transitions again, so that a run that went round in circles can be undone.
  const limit = context.plan.limits.transitions * (undoing ? 2 : 1);
  if (context.state.transitions >= limit) {
    const message = `The run has made ${String(limit)} transitions, its limit; raise \`limits.transitions\` if that is no runaway loop.`;
    const error = located(ownError('limit', message), activation.way, activation.attempt);
    if (undoing) failUndoing(context, undoing, error);
    else raiseUncaught(context, activation, error);
    return;
  }
  const taken = {
    type: 'transition.taken',
    scope: scope.id,
    activation: activation.id,
    from: activation.state,
    to: transition.to,
    assign: transition.assign,
  } as const;
  if (transition.to !== 'end') {
    const plan = stateNamed(context, scope, transition.to);
    if (plan.maxVisits !== null && (scope.visits.get(transition.to) ?? 0) >= plan.maxVisits) {
      const message = `The state ${transition.to} has been entered ${String(plan.maxVisits)} times, its \`maxVisits\`.`;
      const error = located(ownError('limit', message), wayOf(scope, transition.to), 0);
      return raise(context, activation, error, { retry: false, outside: true });
    }
    context.records.push(taken);
    enterState(context, scope, transition.to);
    return;
  }
  try {
    const plan = context.index.scopes.get(scope.plan);
    const template = scope.id === ROOT ? context.plan.output : (plan?.output ?? null);
    const bindings = overlaid(bindingsOf(context.state, scope.id), 'vars', transition.assign);
    const output = template ? evaluate(context, template, bindings).value : scope.last;
    context.records.push(taken);
    if (confirmable(context.state, scope).length > 0)
      context.records.push({ type: 'scope.confirming', scope: scope.id, output });
    else completeScope(context, scope, output);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    raise(context, activation, located(error.error, activation.way, activation.attempt), {
      retry: false,
      outside: true,
    });
  }
}

/** Records that a scope has completed: the run, when it is the outermost one. */
export function completeScope(context: Context, scope: ScopeInstance, output: Json): void {
  if (scope.id === ROOT) context.records.push({ type: 'run.completed', output });
  else context.records.push({ type: 'scope.completed', scope: scope.id, output });
}

/** Records that an entry begins to be undone or confirmed. */
export function enterUndoing(
  context: Context,
  scope: ScopeInstance,
  entry: number,
  role: 'compensation' | 'confirmation',
): void {
  const found = context.state.entries.get(entry);
  if (!found) return;
  const suffix = role === 'compensation' ? 'compensate' : 'confirm';
  const plan = planOf(context, found);
  const total = (role === 'compensation' ? plan.compensate : plan.confirm)?.timeout?.total ?? null;
  context.records.push({
    type: 'compensation.entered',
    activation: newId(context),
    scope: scope.id,
    entry,
    role,
    key: `${context.state.run}/${found.way}/${String(found.visit)}/${suffix}`,
    total: total === null ? null : context.now + total,
  });
}
