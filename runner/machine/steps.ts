/**
 * What a run would do next: the steps that are ready, in the order in which they would be taken.
 *
 * 1. A function of the plan and the state alone, so that a debugger and the machine see the same.
 * 2. Nothing goes forward below an activation that is being left; what was stopped only comes to rest there, while
 *    compensations that run are brought to their end.
 * 3. At most one step of each activation is ready. The order is that of the scopes' creation, compensations first.
 */
import type { Plan, PlanState } from '../../language/index.ts';
import { isActing, isUnderWay } from './apply.ts';
import { confirmable, entriesOf, scopesBelow, undoingFor, undoingOfAll } from './entries.ts';
import { isJoinDue } from './kinds/scopes.ts';
import { indexOf } from './plan-index.ts';
import type { PlanIndex } from './plan-index.ts';
import type { Leave, TextRange, Undoing } from './record.ts';
import { ROOT, isLeft, isLockedOut } from './state.ts';
import type { Activation, RunState, ScopeInstance } from './state.ts';
import type { Step } from './stimulus.ts';

/** What a step does; the machine dispatches on it. */
export type Work =
  | { readonly kind: 'prepare' | 'act' | 'return' | 'join' | 'rest' | 'leave'; readonly activation: Activation }
  | {
      readonly kind: 'roll-back';
      readonly scope: ScopeInstance;
      readonly activation: Activation | null;
      readonly undo: Undoing;
    }
  | { readonly kind: 'undo'; readonly scope: ScopeInstance; readonly entry: number }
  | { readonly kind: 'rolled-back'; readonly scope: ScopeInstance }
  | { readonly kind: 'stuck'; readonly scope: ScopeInstance }
  | { readonly kind: 'confirm'; readonly scope: ScopeInstance; readonly entry: number }
  | { readonly kind: 'confirmed'; readonly scope: ScopeInstance };

export interface ReadyStep {
  readonly step: Step;
  readonly work: Work;
}

/** The steps that are ready, the default one first. */
export function readySteps(plan: Plan, state: RunState): ReadyStep[] {
  return [...ready(indexOf(plan), state)];
}

/** The default step, or null when the run waits for something from outside. */
export function firstStep(plan: Plan, state: RunState): ReadyStep | null {
  for (const step of ready(indexOf(plan), state)) return step;
  return null;
}

/** The step that one activation is ready to take. */
export function stepOf(plan: Plan, state: RunState, activation: number): ReadyStep | null {
  for (const each of ready(indexOf(plan), state)) if (each.step.activation === activation) return each;
  return null;
}

/** Steps as observers see them. */
export function steps(plan: Plan, state: RunState): Step[] {
  return readySteps(plan, state).map(({ step }) => step);
}

/** The default step as observers see it, or that of one activation. */
export function nextStep(plan: Plan, state: RunState, activation?: number): Step | null {
  for (const { step } of ready(indexOf(plan), state)) {
    if (activation === undefined || step.activation === activation) return step;
  }
  return null;
}

function* ready(index: PlanIndex, state: RunState): Generator<ReadyStep> {
  if (state.lifecycle !== 'active' || isLockedOut(state)) return;
  for (const scope of state.scopes.values()) {
    if (scope.phase === 'completed' && !(scope.id === ROOT && state.rollingBack)) continue;
    if (scope.phase === 'given-up') continue;
    yield* undoingSteps(index, state, scope);
    yield* scopeSteps(index, state, scope);
  }
}

/** Activations that compensate or confirm in this scope. */
function* undoingSteps(index: PlanIndex, state: RunState, scope: ScopeInstance): Generator<ReadyStep> {
  for (const activation of state.activations.values()) {
    if (activation.scope !== scope.id || activation.role === 'state') continue;
    const plan = index.states.get(activation.plan);
    const line =
      activation.role === 'compensation' ? (plan?.compensate?.lineRange ?? plan?.lines.kind) : plan?.confirm?.lineRange;
    const at = {
      scope: scope.id,
      activation: activation.id,
      plan: activation.plan,
      way: activation.way,
      range: line ?? null,
    };
    if (activation.phase === 'calling') yield { step: { place: 'undo', ...at }, work: { kind: 'act', activation } };
    if (activation.phase === 'returned')
      yield { step: { place: 'undone', ...at }, work: { kind: 'return', activation } };
    const action = activation.role === 'compensation' ? plan?.compensate?.action : plan?.confirm?.action;
    if (activation.phase === 'acting' && action && isJoinDue({ state }, activation, action)) {
      yield { step: { place: 'inner', ...at }, work: { kind: 'join', activation } };
    }
  }
}

function* scopeSteps(index: PlanIndex, state: RunState, scope: ScopeInstance): Generator<ReadyStep> {
  const inner = (work: Work): ReadyStep => ({
    step: { place: 'inner', scope: scope.id, activation: null, plan: '', way: scope.way, range: null },
    work,
  });
  const activation = scope.current === null ? undefined : state.activations.get(scope.current);
  if (!activation) {
    if (scope.phase === 'confirming' && isLeft(state, scope)) return;
    if (scope.phase === 'confirming') yield* confirmingSteps(state, scope, inner);
    else if (scope.id === ROOT && state.rollingBack) yield* leavingSteps(state, scope, null, inner);
    return;
  }
  const plan = index.states.get(activation.plan);
  if (!plan) return;
  const at = (place: Step['place'], range: TextRange | null): Step => ({
    place,
    scope: scope.id,
    activation: activation.id,
    plan: plan.id,
    way: activation.way,
    range,
  });
  if (activation.cancelled) {
    if (activation.phase === 'returned') yield { step: at('inner', null), work: { kind: 'rest', activation } };
    return;
  }
  if (activation.leave) {
    if (isLeft(state, scope)) return;
    const transition =
      activation.leave.kind === 'transition' && !activation.stopping && scope.rollback === null
        ? activation.leave.transition
        : null;
    const shown = transition ? (work: Work): ReadyStep => ({ step: at('transition', transition.range), work }) : inner;
    yield* leavingSteps(state, scope, activation, shown);
    return;
  }
  if (isLeft(state, scope)) return;
  switch (activation.phase) {
    case 'entering':
      yield { step: at('enter', plan.nameRange), work: { kind: 'prepare', activation } };
      return;
    case 'calling':
      yield { step: at('call', plan.lines.kind), work: { kind: 'act', activation } };
      return;
    case 'returned':
      yield { step: at('return', returnLine(plan, activation)), work: { kind: 'return', activation } };
      return;
    case 'acting':
      if (isJoinDue({ state }, activation, plan.action))
        yield { step: at('inner', null), work: { kind: 'join', activation } };
      return;
    case 'retrying':
    case 'leaving':
    case 'suspended':
      return;
  }
}

/** The line on which a returned action is shown: that of the first key that deals with it. */
function returnLine(plan: PlanState, activation: Activation): TextRange {
  const { assign, output, catch: handlers, kind } = plan.lines;
  return (activation.succeeded ? (assign ?? output) : handlers) ?? kind;
}

/** Leaving: stop what is active below, wait for it, undo what is to be undone, and go where the leave says. */
function* leavingSteps(
  state: RunState,
  scope: ScopeInstance,
  activation: Activation | null,
  shown: (work: Work) => ReadyStep,
): Generator<ReadyStep> {
  if (scope.rollback !== null) {
    yield* rollbackSteps(state, scope, scope.rollback, shown);
    return;
  }
  if (activation && !activation.stopping && needsStopping(activation)) {
    yield shown({ kind: 'leave', activation });
    return;
  }
  if (activation?.stopping && activation.phase === 'returned') {
    yield shown({ kind: 'rest', activation });
    return;
  }
  if (activation && isBusyBelow(state, activation)) return;
  const undo = activation?.leave ? undoingOfLeave(state, scope, activation, activation.leave) : undoingOfAll(state);
  if (undo !== null) yield shown({ kind: 'roll-back', scope, activation, undo });
  else if (hasFailedBelow(state, scope, activation)) yield unseen(shown, { kind: 'stuck', scope });
  else if (activation) yield shown({ kind: 'leave', activation });
  else yield shown({ kind: 'rolled-back', scope });
}

/** Whether something below waits for a person: a rollback that was cut short by this leave had left it so. */
function hasFailedBelow(state: RunState, scope: ScopeInstance, activation: Activation | null): boolean {
  if (state.unresolved.size === 0) return false;
  if (!activation || activation.leave?.kind === 'end') return true;
  const own = activation.leave?.kind === 'give-up' ? [scope] : [];
  return entriesOf([...scopesBelow(state, activation), ...own]).some((entry) => state.unresolved.has(entry));
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
      return undoingFor(state, scope, activation, true, 'scope');
  }
}

function needsStopping(activation: Activation): boolean {
  return isUnderWay(activation) || activation.scopes.length > 0;
}

/** Whether anything below still acts, has to come to rest, or compensates. */
function isBusyBelow(state: RunState, activation: Activation): boolean {
  if (isActing(activation)) return true;
  const below = new Set(scopesBelow(state, activation).map((scope) => scope.id));
  if (below.size === 0) return false;
  for (const other of state.activations.values()) {
    if (!below.has(other.scope)) continue;
    if (other.role !== 'state' || (isUnderWay(other) && other.scopes.length === 0)) return true;
  }
  return false;
}

function* rollbackSteps(
  state: RunState,
  scope: ScopeInstance,
  undo: Undoing,
  shown: (work: Work) => ReadyStep,
): Generator<ReadyStep> {
  const { startable, running, failed } = progressOf(state, undo);
  for (const entry of startable) yield unseen(shown, { kind: 'undo', scope, entry });
  if (startable.length > 0 || running > 0) return;
  yield unseen(shown, { kind: failed > 0 ? 'stuck' : 'rolled-back', scope });
}

/** A step of the scope itself, at which no place is shown. */
function unseen(shown: (work: Work) => ReadyStep, work: Work): ReadyStep {
  return { step: { ...shown(work).step, place: 'inner', activation: null }, work };
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

function* confirmingSteps(
  state: RunState,
  scope: ScopeInstance,
  shown: (work: Work) => ReadyStep,
): Generator<ReadyStep> {
  const waiting = confirmable(state, scope);
  const busy = waiting.some((entry) => state.entries.get(entry)?.status === 'running');
  if (busy) return;
  const [next] = waiting;
  if (next === undefined) yield shown({ kind: 'confirmed', scope });
  else if (state.entries.get(next)?.status === 'pending') yield shown({ kind: 'confirm', scope, entry: next });
}
