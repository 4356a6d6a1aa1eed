/**
 * Which states have certainly completed at a moment of a run: the states of a scope, each split into being entered and
 * having completed, with every kind of edge between them.
 *
 * Rule: `results.X` is certain at a place when every path from the scope's start to that place passes the completion of
 * X. A path may leave a state without completing it: by its `catch`, by `catch: warn`, by a handler of the scope, by an
 * event that the scope or the run listens to. A guard that holds only where `results.X` is there counts as well.
 * Source: dominance, see `dominators.ts`; where X does not dominate the place, one search that may not pass X decides.
 * Complexity: linear in states and edges for all questions that dominance answers, and once more for each result that is
 * not certain.
 *
 * 1. A state leads to a handler of its scope only if it may raise what the handler takes. Of errors only those of calls,
 *    child runs and `fail` count, unless the handler names another: nothing is said about faults of expressions.
 * 2. An event that may come at any time comes while something takes time.
 */
import { type Dominators, dominatorsOf } from './dominators.ts';
import { alwaysHolds, takeable, transitionLists } from './edges.ts';
import { END } from './names.ts';
import type { Node } from './tree.ts';
import type { Handler, Scope, State, Transition } from './workflow.ts';
import { scopesOf, startOf, stateNamed } from './workflow.ts';

/** A place in a scope's graph. */
export type Point =
  | { readonly at: 'entered' | 'completed'; readonly state: State }
  | { readonly at: 'handler'; readonly handler: Handler }
  | { readonly at: 'any-time' }
  | { readonly at: 'end' };

export interface Completions {
  /** Whether the point can be reached at all. */
  readonly reached: (point: Point) => boolean;
  /** Whether `state` has completed on every path to the point. */
  readonly certain: (state: State, point: Point) => boolean;
}

/** Which results a guard can only hold with. */
export type Implied = (guard: Node) => ReadonlySet<string>;

interface Graph {
  readonly successors: number[][];
  /** Names of states whose results an edge implies, by its two ends. */
  readonly implied: Map<string, ReadonlySet<string>>;
}

/** The graph of `scope`; `implied` tells what a transition's guard says about results. */
export function completionsIn(scope: Scope, implied: Implied): Completions {
  const numbers = new Map<State, number>(scope.states.map((state, at) => [state, at]));
  const handlers = new Map<Handler, number>();
  const count = scope.states.length * 2;
  const [root, end, anyTime] = [count, count + 1, count + 2];
  for (const [at, handler] of scope.catch.entries()) handlers.set(handler, count + 3 + at);
  const graph: Graph = {
    successors: Array.from({ length: count + 3 + scope.catch.length }, () => []),
    implied: new Map(),
  };
  const entered = (state: State): number => 2 * (numbers.get(state) ?? 0);
  const completed = (state: State): number => entered(state) + 1;

  const lead = (from: number, name: string | undefined, guard: Node | null = null): void => {
    const state = name === undefined ? undefined : stateNamed(scope, name);
    const to = name === END ? end : state === undefined ? null : entered(state);
    if (to === null) return;
    const edge = `${String(from)} ${String(to)}`;
    const isSecond = graph.successors[from]?.includes(to) === true;
    const says = guard === null ? null : implied(guard);
    graph.successors[from]?.push(to);
    // Two transitions between the same states imply only what both do.
    const both = isSecond ? [...(graph.implied.get(edge) ?? [])].filter((one) => says?.has(one)) : [...(says ?? [])];
    if (both.length > 0) graph.implied.set(edge, new Set(both));
    else graph.implied.delete(edge);
  };
  const follow = (from: number, transitions: readonly Transition[]): void => {
    for (const { next, when } of takeable(transitions)) lead(from, next?.value, when);
  };

  const start = startOf(scope);
  if (start !== undefined) graph.successors[root]?.push(entered(start));
  for (const state of scope.states) {
    if (state.action?.kind !== 'fail') graph.successors[entered(state)]?.push(completed(state));
    for (const { kind, transitions } of transitionLists(state)) {
      follow(kind === 'scope-event' ? entered(state) : completed(state), transitions);
    }
    if (state.warn) follow(entered(state), state.next);
    for (const { next, when } of state.catch) lead(entered(state), next?.value, when);
    for (const [handler, node] of handlers) {
      if (mayReach(state, handler)) graph.successors[entered(state)]?.push(node);
    }
    if (takesTime(state)) graph.successors[entered(state)]?.push(anyTime);
  }
  for (const [handler, node] of handlers) lead(node, handler.next?.value, handler.when);
  if (scope.kind === 'workflow') for (const { transitions } of scope.on) follow(anyTime, transitions);

  const numberOf = (point: Point): number => {
    switch (point.at) {
      case 'entered':
        return entered(point.state);
      case 'completed':
        return completed(point.state);
      case 'handler':
        return handlers.get(point.handler) ?? root;
      case 'any-time':
        return anyTime;
      case 'end':
        return end;
    }
  };
  let dominators: Dominators | null = null;
  const known = (): Dominators => (dominators ??= dominatorsOf(graph.successors, root));
  const without = new Map<State, Uint8Array>();
  return {
    reached: (point) => known().reached(numberOf(point)),
    certain: (state, point) => {
      const node = numberOf(point);
      if (known().dominates(completed(state), node)) return true;
      let reached = without.get(state);
      if (reached === undefined)
        without.set(state, (reached = reachedWithout(graph, root, completed(state), state.name)));
      return reached[node] === 0;
    },
  };
}

/** The nodes that a path from the root reaches on which `completed` is not passed and nothing says that it was. */
function reachedWithout(graph: Graph, root: number, completed: number, name: string): Uint8Array {
  const seen = new Uint8Array(graph.successors.length);
  const open = [root];
  seen[root] = 1;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const next of graph.successors[node] ?? []) {
      if (next === completed || seen[next] === 1) continue;
      if (graph.implied.get(`${String(node)} ${String(next)}`)?.has(name) === true) continue;
      seen[next] = 1;
      open.push(next);
    }
  }
  return seen;
}

function takesTime(state: State): boolean {
  const kind = state.action?.kind;
  return kind !== undefined && !['switch', 'set', 'emit', 'fail', 'rollback'].includes(kind);
}

/** Whether an error of the state can come to a handler of its scope. */
function mayReach(state: State, handler: Handler): boolean {
  if (state.warn || state.catch.some(takesAll)) return false;
  const patterns = handler.errors.map((pattern) => pattern.value);
  return patterns.length === 0 ? mayRaise(state, 'any') : patterns.some((pattern) => mayRaise(state, pattern));
}

function takesAll(handler: Handler): boolean {
  if (handler.when !== null && !alwaysHolds(handler)) return false;
  return handler.errors.length === 0 || handler.errors.some((pattern) => pattern.value === 'any');
}

const OF_THE_RUNNER = ['expression', 'no-transition', 'limit', 'cancelled', 'compensation', 'timeout', 'validation'];

function mayRaise(state: State, pattern: string): boolean {
  const { action } = state;
  const [family = ''] = pattern.split('.');
  if (OF_THE_RUNNER.includes(family)) return true;
  switch (action?.kind) {
    case 'call':
    case 'run':
      return true;
    case 'fail': {
      const type = action.error?.value ?? '';
      if (pattern === 'any' || type.includes('${')) return true;
      return type === pattern || type.startsWith(`${pattern}.`);
    }
    case 'foreach':
      if (action.call !== null) return true;
      break;
    default:
  }
  return scopesOf(action).some((scope) => scope.states.some((inner) => !inner.warn && mayRaise(inner, pattern)));
}
