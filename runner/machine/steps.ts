/**
 * What a run would do next: the steps that are ready, in the order in which they would be taken.
 *
 * 1. A function of the plan and the state alone, so that a debugger and the machine see the same.
 * 2. Nothing goes forward below an activation that is being left; what was stopped only comes to rest there, while
 *    compensations that run are brought to their end.
 * 3. At most one step of each activation is ready. The order is that of the scopes' creation, compensations first.
 * 4. What is to be done is found without saying how it looks to an observer: the machine does it far more often than
 *    anybody watches.
 */
import type { Plan, PlanState } from '../../language/index.ts';
import { currentOf, isActing, isUnderWay } from './activations.ts';
import {
  confirmable,
  entriesOf,
  scopesBelow,
  undoingFor,
  undoingOfAll,
  undoingOrder,
  undoingTogether,
} from './entries.ts';
import { isJoinDue } from './kinds/scopes.ts';
import { indexOf } from './plan-index.ts';
import type { PlanIndex } from './plan-index.ts';
import type { ChosenTransition, Leave, TextRange, Undoing } from './record.ts';
import { ROOT, isLeft, isLockedOut } from './state.ts';
import type { Activation, RunState, ScopeInstance } from './state.ts';
import type { Step } from './stimulus.ts';

/** What a step does; the machine dispatches on it. */
export type Work =
  | {
      readonly kind: 'prepare' | 'act' | 'return' | 'join' | 'rest' | 'leave';
      readonly scope: ScopeInstance;
      readonly activation: Activation;
    }
  | {
      readonly kind: 'roll-back';
      readonly scope: ScopeInstance;
      readonly activation: Activation | null;
      readonly undo: Undoing;
    }
  | { readonly kind: 'undo' | 'confirm'; readonly scope: ScopeInstance; readonly entry: number }
  | { readonly kind: 'rolled-back' | 'stuck' | 'confirmed'; readonly scope: ScopeInstance };

/** What the default step does, or null when the run waits for something from outside. */
export function firstWork(plan: Plan, state: RunState): Work | null {
  let first: Work | null = null;
  visitWork(indexOf(plan), state, (work) => {
    first = work;
    return true;
  });
  return first;
}

/** What the step does that one activation is ready to take. */
export function workOf(plan: Plan, state: RunState, activation: number): Work | null {
  const index = indexOf(plan);
  let found: Work | null = null;
  visitWork(index, state, (work) => {
    if (stepOf(index, work).activation === activation) found = work;
    return found !== null;
  });
  return found;
}

/** All steps that are ready as observers see them, the default one first. */
export function steps(plan: Plan, state: RunState): Step[] {
  const index = indexOf(plan);
  const ready: Step[] = [];
  visitWork(index, state, (work) => {
    ready.push(stepOf(index, work));
    return false;
  });
  return ready;
}

/** The default step as observers see it, or that of one activation. */
export function nextStep(plan: Plan, state: RunState, activation?: number): Step | null {
  const work = activation === undefined ? firstWork(plan, state) : workOf(plan, state, activation);
  return work === null ? null : stepOf(indexOf(plan), work);
}

/** Whether both are the same step, be it found anew. */
export function isSameStep(one: Step | null, other: Step): boolean {
  return one !== null && one.place === other.place && one.activation === other.activation && one.scope === other.scope;
}

/** How a piece of work looks to an observer. */
function stepOf(index: PlanIndex, work: Work): Step {
  const { scope } = work;
  const activation = 'activation' in work ? work.activation : null;
  const plan = activation === null ? undefined : index.states.get(activation.plan);
  if (activation === null || plan === undefined) return innerStep(scope);
  const at = (place: Step['place'], range: TextRange | null): Step => ({
    place,
    scope: scope.id,
    activation: activation.id,
    plan: plan.id,
    way: activation.way,
    range,
  });
  const isState = activation.role === 'state';
  switch (work.kind) {
    case 'prepare':
      return at('enter', plan.nameRange);
    case 'act':
      return isState ? at('call', plan.lines.kind) : at('undo', undoingLine(plan, activation));
    case 'return':
      return isState ? at('return', returnLine(plan, activation)) : at('undone', undoingLine(plan, activation));
    case 'join':
      return at('inner', isState ? null : undoingLine(plan, activation));
    case 'rest':
      return activation.cancelled ? at('inner', null) : innerStep(scope);
    case 'leave':
    case 'roll-back': {
      const transition = transitionOf(scope, activation);
      return transition === null ? innerStep(scope) : at('transition', transition.range);
    }
    default:
      return innerStep(scope);
  }
}

/** A step of the scope itself, at which no place is shown. */
function innerStep(scope: ScopeInstance): Step {
  return { place: 'inner', scope: scope.id, activation: null, plan: '', way: scope.way, range: null };
}

/** The line on which a returned action is shown: that of the first key that deals with it. */
function returnLine(plan: PlanState, activation: Activation): TextRange {
  const { assign, output, catch: handlers, kind } = plan.lines;
  return (activation.succeeded ? (assign ?? output) : handlers) ?? kind;
}

function undoingLine(plan: PlanState, { role }: Activation): TextRange | null {
  return role === 'compensation' ? (plan.compensate?.lineRange ?? plan.lines.kind) : (plan.confirm?.lineRange ?? null);
}

/** The transition that an activation is about to take; null once it has begun to stop or undo what is below. */
function transitionOf(scope: ScopeInstance, { leave, stopping }: Activation): ChosenTransition | null {
  return leave?.kind === 'transition' && !stopping && scope.rollback === null ? leave.transition : null;
}

/** Is given each piece of work in its turn; true when it wants no more. */
type Visitor = (work: Work) => boolean;

/** Shows `visit` what is ready; true when it wanted no more. The same holds for all functions below that take one. */
function visitWork(index: PlanIndex, state: RunState, visit: Visitor): boolean {
  if (state.lifecycle !== 'active' || isLockedOut(state)) return false;
  const undoing = undoingActivations(state);
  for (const scope of state.scopes.values()) {
    if (scope.phase === 'completed' && !(scope.id === ROOT && state.rollingBack)) continue;
    if (scope.phase === 'given-up') continue;
    for (const activation of undoing)
      if (activation.scope === scope.id && visitUndoing(index, state, scope, activation, visit)) return true;
    if (visitScope(index, state, scope, visit)) return true;
  }
  return false;
}

const NONE: readonly Activation[] = [];

/** Activations that compensate or confirm. */
function undoingActivations(state: RunState): readonly Activation[] {
  let found: Activation[] | null = null;
  for (const activation of state.activations.values()) if (activation.role !== 'state') (found ??= []).push(activation);
  return found ?? NONE;
}

function visitUndoing(
  index: PlanIndex,
  state: RunState,
  scope: ScopeInstance,
  activation: Activation,
  visit: Visitor,
): boolean {
  if (activation.phase === 'calling') return visit({ kind: 'act', scope, activation });
  if (activation.phase === 'returned') return visit({ kind: 'return', scope, activation });
  if (activation.phase !== 'acting') return false;
  const plan = index.states.get(activation.plan);
  const action = (activation.role === 'compensation' ? plan?.compensate : plan?.confirm)?.action;
  return action !== undefined && isJoinDue({ state }, activation, action) && visit({ kind: 'join', scope, activation });
}

function visitScope(index: PlanIndex, state: RunState, scope: ScopeInstance, visit: Visitor): boolean {
  const activation = scope.current === null ? undefined : state.activations.get(scope.current);
  if (!activation) {
    if (scope.phase === 'confirming') return !isLeft(state, scope) && visitConfirming(state, scope, visit);
    return scope.id === ROOT && state.rollingBack && visitLeaving(state, scope, null, visit);
  }
  const plan = index.states.get(activation.plan);
  if (!plan) return false;
  if (activation.cancelled) {
    // One that holds scopes did nothing itself, whatever it came to: what stands in them comes to rest.
    const rests = activation.phase === 'returned' && activation.scopes.length === 0;
    return rests && visit({ kind: 'rest', scope, activation });
  }
  if (isLeft(state, scope)) return false;
  if (activation.leave) return visitLeaving(state, scope, activation, visit);
  switch (activation.phase) {
    case 'entering':
      return visit({ kind: 'prepare', scope, activation });
    case 'calling':
      return visit({ kind: 'act', scope, activation });
    case 'returned':
      return visit({ kind: 'return', scope, activation });
    case 'acting':
      return isJoinDue({ state }, activation, plan.action) && visit({ kind: 'join', scope, activation });
    case 'retrying':
    case 'leaving':
    case 'suspended':
      return false;
  }
}

/** Leaving: stop what is active below, wait for it, undo what is to be undone, and go where the leave says. */
function visitLeaving(state: RunState, scope: ScopeInstance, activation: Activation | null, visit: Visitor): boolean {
  if (scope.rollback !== null) return visitRollback(state, scope, scope.rollback, visit);
  if (activation && !activation.stopping && needsStopping(activation))
    return visit({ kind: 'leave', scope, activation });
  if (activation && !isAtRest(activation)) return visit({ kind: 'rest', scope, activation });
  if (activation && isBusyBelow(state, activation)) return false;
  if (activation && isBusyBeside(state, scope, activation)) return false;
  const undo = activation?.leave ? undoingOfLeave(state, scope, activation, activation.leave) : undoingOfAll(state);
  if (undo !== null) return visit({ kind: 'roll-back', scope, activation, undo });
  if (hasFailedBelow(state, scope, activation)) return visit({ kind: 'stuck', scope });
  return visit(activation ? { kind: 'leave', scope, activation } : { kind: 'rolled-back', scope });
}

/** Whether something below waits for a person: a rollback that was cut short by this leave had left it so. */
function hasFailedBelow(state: RunState, scope: ScopeInstance, activation: Activation | null): boolean {
  if (state.unresolved.size === 0) return false;
  if (!activation || activation.leave?.kind === 'end') return true;
  const own = activation.leave?.kind === 'give-up' ? [scope] : [];
  const below = scopesBelow(state, activation);
  // A rollback in there may have reached further out than what is left.
  const reached = below.flatMap(({ rollback }) => (rollback === null ? [] : undoingOrder(rollback)));
  return [...entriesOf([...below, ...own]), ...reached].some((entry) => state.unresolved.has(entry));
}

function undoingOfLeave(state: RunState, scope: ScopeInstance, activation: Activation, leave: Leave): Undoing | null {
  switch (leave.kind) {
    case 'transition':
      return undoingFor(
        state,
        scope,
        activation,
        leave.undo || leave.transition.rollback !== null,
        leave.transition.rollback,
      );
    case 'end':
      return leave.undo ? undoingOfAll(state) : null;
    case 'retry':
      return undoingFor(state, scope, activation, true, null);
    case 'give-up':
      return leave.error === null
        ? undoingTogether(state, losersBeside(state, scope))
        : undoingFor(state, scope, activation, true, 'scope');
  }
}

/** The branches that a satisfied join does without, `scope` among them: they are undone together (section 8.4). */
function losersBeside(state: RunState, { owner }: ScopeInstance): ScopeInstance[] {
  const beside = owner === null ? [] : (state.activations.get(owner)?.scopes ?? []);
  return beside.flatMap((id) => {
    const scope = state.scopes.get(id);
    const leave = currentOf(state, id)?.leave;
    return scope !== undefined && leave?.kind === 'give-up' && leave.error === null ? [scope] : [];
  });
}

/** Whether another branch that a satisfied join does without has not yet come to rest, or undoes what they all did. */
function isBusyBeside(state: RunState, scope: ScopeInstance, { leave }: Activation): boolean {
  if (leave?.kind !== 'give-up' || leave.error !== null) return false;
  return losersBeside(state, scope).some((other) => {
    if (other.id === scope.id) return false;
    const activation = currentOf(state, other.id);
    if (other.rollback !== null || activation === undefined) return other.rollback !== null;
    return (
      (!activation.stopping && needsStopping(activation)) || !isAtRest(activation) || isBusyBelow(state, activation)
    );
  });
}

/** Whether what a stopped state did itself is on the stack. */
function isAtRest({ stopping, phase }: Activation): boolean {
  return !stopping || phase !== 'returned';
}

function needsStopping(activation: Activation): boolean {
  return isUnderWay(activation) || activation.scopes.length > 0;
}

/** Whether anything below still acts, has to come to rest, or compensates. */
function isBusyBelow(state: RunState, activation: Activation): boolean {
  if (isActing(activation)) return true;
  if (activation.scopes.length === 0) return false;
  const below = new Set(scopesBelow(state, activation).map((scope) => scope.id));
  if (below.size === 0) return false;
  for (const other of state.activations.values()) {
    if (!below.has(other.scope)) continue;
    if (other.role !== 'state' || (isUnderWay(other) && other.scopes.length === 0)) return true;
  }
  return false;
}

function visitRollback(state: RunState, scope: ScopeInstance, undo: Undoing, visit: Visitor): boolean {
  const { startable, running, failed } = progressOf(state, undo);
  for (const entry of startable) if (visit({ kind: 'undo', scope, entry })) return true;
  if (startable.length > 0 || running > 0) return false;
  return visit({ kind: failed > 0 ? 'stuck' : 'rolled-back', scope });
}

/** Which entries of a rollback may begin now, how many run, and how many wait for a person. */
function progressOf(state: RunState, undo: Undoing): { startable: number[]; running: number; failed: number } {
  if (typeof undo === 'number') {
    const status = state.entries.get(undo)?.status;
    return {
      startable: status === 'pending' ? [undo] : [],
      running: status === 'running' ? 1 : 0,
      failed: status === 'failed' ? 1 : 0,
    };
  }
  const total = { startable: [] as number[], running: 0, failed: 0 };
  for (const part of 'sequence' in undo ? undo.sequence : undo.parallel) {
    const { startable, running, failed } = progressOf(state, part);
    total.startable.push(...startable);
    total.running += running;
    total.failed += failed;
    if ('sequence' in undo && (startable.length > 0 || running > 0)) break;
  }
  return total;
}

function visitConfirming(state: RunState, scope: ScopeInstance, visit: Visitor): boolean {
  const waiting = confirmable(state, scope);
  if (waiting.some((entry) => state.entries.get(entry)?.status === 'running')) return false;
  const [next] = waiting;
  if (next === undefined) return visit({ kind: 'confirmed', scope });
  return state.entries.get(next)?.status === 'pending' && visit({ kind: 'confirm', scope, entry: next });
}
