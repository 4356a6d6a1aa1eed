/**
 * The states of one scope by their numbers, and where each of them leads. What is known of a scope stays known while its
 * states are the same; after an edit only the states that were edited are looked at again.
 *
 * Complexity: linear in the states and edges when a scope is first asked for, then in what was edited.
 */
import { edgesOf } from './edges.ts';
import { END } from './names.ts';
import { forgetState } from './per-state.ts';
import type { Scope, State } from './workflow.ts';
import { stateNamed } from './workflow.ts';

/** In the place of the number of a state: the end of the scope, and a name that leads nowhere. */
export const TO_END = -1;
export const TO_NOWHERE = -2;

export interface Flow {
  readonly indexOf: ReadonlyMap<State, number>;
  /** Where each state leads once it has completed. */
  readonly onwards: readonly (readonly number[])[];
  /** Where it leads without having completed: by its handlers, and by events that its scope listens to. */
  readonly left: readonly (readonly number[])[];
}

interface Known extends Flow {
  readonly states: readonly State[];
  readonly onwards: (readonly number[])[];
  readonly left: (readonly number[])[];
  readonly stale: Set<State>;
}

const flows = new WeakMap<Scope, Known>();

/** Where the states of a scope lead. */
export function flowOf(scope: Scope): Flow {
  const before = flows.get(scope);
  const isKnown = before?.states === scope.states;
  const { states } = scope;
  const flow: Known = isKnown
    ? before
    : {
        states,
        indexOf: new Map(states.map((state, at) => [state, at])),
        onwards: [],
        left: [],
        stale: new Set(),
      };
  for (const state of isKnown ? flow.stale : states) follow(flow, scope, state);
  flow.stale.clear();
  if (!isKnown) flows.set(scope, flow);
  return flow;
}

/** Forgets where a state leads and what else was worked out of it, because it is written anew. */
export function forgetFlow(state: State): void {
  forgetState(state);
  flows.get(state.scope)?.stale.add(state);
}

function follow({ indexOf, onwards, left }: Known, scope: Scope, state: State): void {
  const at = indexOf.get(state);
  if (at === undefined) return;
  const ways: { readonly on: number[]; readonly off: number[] } = { on: [], off: [] };
  for (const { kind, to } of edgesOf(state)) {
    const target = to === END ? undefined : stateNamed(scope, to);
    const number = to === END ? TO_END : ((target === undefined ? undefined : indexOf.get(target)) ?? TO_NOWHERE);
    (kind === 'catch' || kind === 'scope-event' ? ways.off : ways.on).push(number);
  }
  onwards[at] = ways.on;
  left[at] = ways.off.length === 0 ? NONE : ways.off;
}

const NONE: readonly number[] = [];
