/**
 * The graph of one scope, fine enough for what sagas ask: being entered and having completed are two places of a state,
 * because an error leaves a state that was entered and undoes only those that completed.
 *
 * Rule: sections 4, 6 and 7 of the language reference. A transition leads on from a completed state, a handler and an
 * event of a scope from an entered one; what the scope itself catches or listens to leads on from all that are entered.
 * Complexity: linear in the states and edges of the scope, each walk too.
 */
import { edgesOfScope } from '../edges.ts';
import { flowOf, TO_END, TO_NOWHERE } from '../flow.ts';
import { END } from '../names.ts';
import type { Scope, State } from '../workflow.ts';
import { startOf, stateNamed } from '../workflow.ts';

export interface ScopeGraph {
  readonly scope: Scope;
  readonly indexOf: ReadonlyMap<State, number>;
  /** The nodes that each node leads to; see `entered`, `completed`, `anywhere` and `ended`. */
  readonly next: readonly (readonly number[])[];
  /** Where the scope begins; null when it has no start that exists. */
  readonly start: number | null;
}

/** The node for ‘the state with this number is entered’. */
export function entered(state: number): number {
  return 2 * state;
}

/** The node for ‘the state with this number has completed’. */
export function completed(state: number): number {
  return 2 * state + 1;
}

/** The node for ‘some state is active’, from which the scope’s own handlers and listeners lead on. */
export function anywhere(graph: ScopeGraph): number {
  return 2 * graph.scope.states.length;
}

/** The node for ‘the scope has completed’. */
export function ended(graph: ScopeGraph): number {
  return 2 * graph.scope.states.length + 1;
}

/** The state that a node belongs to; null for the two nodes that belong to the scope. */
export function stateAt(graph: ScopeGraph, node: number): State | null {
  return graph.scope.states[node >> 1] ?? null;
}

/** Makes the graph of `scope`. Names that lead nowhere are left out; they are reported elsewhere. */
export function graphOf(scope: Scope): ScopeGraph {
  const { states } = scope;
  const { indexOf, onwards, left } = flowOf(scope);
  const any = 2 * states.length;
  const next: number[][] = [];
  for (const [at, { warn }] of states.entries()) {
    const row = [completed(at), any];
    const on: number[] = [];
    for (const to of left[at] ?? []) addNode(row, to, any);
    for (const to of onwards[at] ?? []) {
      addNode(on, to, any);
      // With `catch: warn` the state goes on without having completed.
      if (warn) addNode(row, to, any);
    }
    next.push(row, on);
  }
  const outward: number[] = [];
  for (const { to } of edgesOfScope(scope)) {
    const target = to === END ? undefined : stateNamed(scope, to);
    addNode(outward, to === END ? TO_END : ((target && indexOf.get(target)) ?? TO_NOWHERE), any);
  }
  next.push(outward, []);
  const first = startOf(scope);
  const start = first === undefined ? undefined : indexOf.get(first);
  return { scope, indexOf, next, start: start === undefined ? null : entered(start) };
}

function addNode(row: number[], to: number, any: number): void {
  if (to === TO_END) row.push(any + 1);
  else if (to !== TO_NOWHERE) row.push(entered(to));
}

/**
 * The nodes that can be reached from `open`, themselves included.
 *
 * @param blocked nodes that are reached but not left
 */
export function reach(
  graph: ScopeGraph,
  open: readonly number[],
  blocked: (node: number) => boolean = () => false,
): Uint8Array {
  const reached = new Uint8Array(graph.next.length);
  const left = [...open];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (reached[node] === 1) continue;
    reached[node] = 1;
    if (!blocked(node)) for (const next of graph.next[node] ?? []) left.push(next);
  }
  return reached;
}

/**
 * For each node the nearest of `targets` that can be reached from it, itself included, or -1.
 *
 * @param blocked nodes that are not left
 */
export function nearestAhead(
  graph: ScopeGraph,
  targets: readonly number[],
  blocked: (node: number) => boolean = () => false,
): Int32Array {
  const before: number[][] = graph.next.map(() => []);
  for (const [node, all] of graph.next.entries()) {
    if (!blocked(node)) for (const target of all) before[target]?.push(node);
  }
  const found = new Int32Array(graph.next.length).fill(-1);
  const queue: number[] = [];
  for (const target of targets) {
    if (found[target] !== -1) continue;
    found[target] = target;
    queue.push(target);
  }
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at] ?? 0;
    for (const earlier of before[node] ?? []) {
      if (found[earlier] !== -1) continue;
      found[earlier] = found[node] ?? -1;
      queue.push(earlier);
    }
  }
  return found;
}
