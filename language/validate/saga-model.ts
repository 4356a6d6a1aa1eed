/**
 * What the checks of sagas ask about each scope: what can be reached, what is reached only behind a pivot, and which
 * errors leave a state or the scope.
 *
 * Rule: sections 7 and 8 of the language reference. ‘Certainly behind a pivot’ is what can’t be reached once the
 * completion of every certain pivot is taken out of the graph; a scope is a certain pivot when it can’t complete without
 * completing one.
 * Complexity: linear in the states and edges of the workflow; each scope is walked twice.
 */
import type { Operations } from '../calls.ts';
import { transitionLists } from '../edges.ts';
import { perState } from '../per-state.ts';
import type { Handler, RollbackTarget, Scope, State, Workflow } from '../workflow.ts';
import { scopesOf } from '../workflow.ts';
import { type Failures, NONE, notTaken, raisedBy } from './saga-failures.ts';
import { completed, ended, entered, graphOf, reach, type ScopeGraph } from './saga-graph.ts';

export interface SagaScope {
  readonly scope: Scope;
  readonly graph: ScopeGraph;
  readonly parent: SagaScope | null;
  /** The number of the state that the scope belongs to, in its parent. */
  readonly owner: number;
  /** Whether it belongs to a compensation or a confirmation, whose errors start no compensation (section 8.8). */
  readonly undoing: boolean;
  /** The nodes that can be reached from the start, and those that can be without a pivot before. */
  readonly reached: Uint8Array;
  readonly open: Uint8Array;
  /** For each state whether completing it is certain to have passed a pivot, and whether it may. */
  readonly pivots: readonly boolean[];
  readonly mayPivot: readonly boolean[];
  /** For each state the errors that arise in it, and those of them that leave it. */
  readonly raised: readonly Failures[];
  readonly failures: readonly Failures[];
  /** The errors that leave the scope, as long as no pivot is passed in it. */
  readonly leaving: Failures;
  /** The rollbacks that its states make themselves. */
  readonly rollbacks: readonly Rollback[];
}

export interface Rollback {
  readonly state: State;
  /** The state’s number. */
  readonly at: number;
  /** Where in the graph it happens. */
  readonly node: number;
  readonly target: RollbackTarget;
  /** The handler that makes it; null for a transition and for the kind rollback. */
  readonly handler: Handler | null;
}

export interface Saga {
  readonly workflow: Workflow;
  readonly operations: Operations;
  /** Every scope, the outermost first, each before those inside it. */
  readonly scopes: readonly SagaScope[];
  readonly of: ReadonlyMap<Scope, SagaScope>;
}

/** Works out the model of a workflow. */
export function sagaOf(workflow: Workflow, operations: Operations): Saga {
  const of = new Map<Scope, SagaScope>();
  // From the inside out: a state knows what happens in it only when its scopes are known.
  const bare = [...workflow.scopes].reverse().map((scope) => {
    const made = scopeOf(scope, of);
    of.set(scope, made);
    return made;
  });
  const scopes = bare.reverse().map((made) => {
    const { owner } = made.scope;
    const parent = made.scope.parent === null ? null : (of.get(made.scope.parent) ?? null);
    const undoing = parent?.undoing === true || (owner !== null && !isForward(owner, made.scope));
    const whole: SagaScope = {
      ...made,
      parent,
      owner: owner === null ? -1 : (parent?.graph.indexOf.get(owner) ?? -1),
      undoing,
    };
    of.set(made.scope, whole);
    return whole;
  });
  return { workflow, operations, scopes, of };
}

function isForward(owner: State, scope: Scope): boolean {
  const { action } = owner;
  return action?.kind === 'foreach' ? action.body === scope : scopesOf(action).includes(scope);
}

function scopeOf(scope: Scope, inner: ReadonlyMap<Scope, SagaScope>): SagaScope {
  const graph = graphOf(scope);
  const { states } = scope;
  const pivots = states.map((state) => state.pivot || isPassed(state, inner));
  const mayPivot = states.map((state) => state.pivot || holds(state, inner));
  const start = graph.start === null ? [] : [graph.start];
  const reached = reach(graph, start);
  const blocked = pivotsAt(pivots);
  const open = pivots.includes(true) ? reach(graph, start, blocked) : reached;
  const failing = states.map((state) =>
    scopesOf(state.action).length === 0
      ? failingAlone(state)
      : failingIn(state, (one) => inner.get(one)?.leaving ?? NONE),
  );
  const raised = failing.map((one) => one.raised);
  const failures = failing.map((one) => one.left);
  const all = new Set<string>();
  for (const [at, types] of failures.entries()) {
    if (open[entered(at)] === 1) for (const type of types) all.add(type);
  }
  const leaving = notTaken(all, scope.catch);
  const rollbacks = states.flatMap((state, at) =>
    rollbacksOf(state).map((one) => ({ ...one, at, node: entered(at) + one.node })),
  );
  const outside = { parent: null, owner: -1, undoing: false };
  return { scope, graph, ...outside, reached, open, pivots, mayPivot, raised, failures, leaving, rollbacks };
}

interface Failing {
  readonly raised: Failures;
  /** What nothing takes before it leaves the state. */
  readonly left: Failures;
}

function failingIn(state: State, leaving: (scope: Scope) => Failures): Failing {
  const raised = raisedBy(state, leaving);
  return { raised, left: notTaken(raised, state.catch, state.warn) };
}

const failingAlone = perState((state) => failingIn(state, () => NONE));

/** Every rollback that a state makes itself, with the node counted from that of being entered. */
const rollbacksOf = perState((state): readonly Omit<Rollback, 'at'>[] => {
  const found: Omit<Rollback, 'at'>[] = [];
  const add = (node: number, target: RollbackTarget | null, handler: Handler | null = null): void => {
    if (target !== null) found.push({ state, node, target, handler });
  };
  if (state.action?.kind === 'rollback') add(entered(0), state.action.target);
  for (const { kind, transitions } of transitionLists(state)) {
    const node = kind === 'scope-event' ? entered(0) : completed(0);
    for (const { rollback } of transitions) add(node, rollback);
  }
  for (const handler of state.catch) add(entered(0), handler.rollback, handler);
  return found;
});

/** Which nodes are not left where everything behind a pivot is put aside. */
export function pivotsAt(pivots: readonly boolean[]): (node: number) => boolean {
  return (node) => node % 2 === 1 && pivots[node >> 1] === true;
}

function isPassed({ action }: State, inner: ReadonlyMap<Scope, SagaScope>): boolean {
  const saga = action?.kind === 'scope' ? inner.get(action.scope) : undefined;
  if (saga === undefined) return false;
  const end = ended(saga.graph);
  return saga.reached[end] === 1 && saga.open[end] === 0;
}

function holds({ action }: State, inner: ReadonlyMap<Scope, SagaScope>): boolean {
  return action?.kind === 'scope' && inner.get(action.scope)?.mayPivot.includes(true) === true;
}

/** Whether the scope, or one around it, is entered only behind a pivot. */
export function isBehindPivot(one: SagaScope): boolean {
  for (let at = one; at.parent !== null; at = at.parent) {
    if (at.parent.reached[entered(at.owner)] === 1 && at.parent.open[entered(at.owner)] === 0) return true;
  }
  return false;
}

/** Whether a state is entered only behind a pivot. */
export function comesAfterPivot(one: SagaScope, state: number): boolean {
  return (one.reached[entered(state)] === 1 && one.open[entered(state)] === 0) || isBehindPivot(one);
}

/** Whether the run can come to a scope at all, as far as the scopes around it tell. */
export function isLive(one: SagaScope): boolean {
  for (let at = one; at.parent !== null; at = at.parent) {
    if (at.parent.reached[entered(at.owner)] === 0) return false;
  }
  return true;
}
