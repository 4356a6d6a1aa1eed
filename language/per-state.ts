/**
 * What is worked out of a state alone, kept for as long as the state is written as it is. An analysis that follows a text
 * keeps its states as objects; whoever gives one of them other contents says so here.
 */
import type { State } from './workflow.ts';

const kept: WeakMap<State, unknown>[] = [];

/** Makes `make` answer only once for each state, until that is forgotten. What it gives must come of the state alone. */
export function perState<T>(make: (state: State) => T): (state: State) => T {
  const known = new WeakMap<State, { readonly value: T }>();
  kept.push(known);
  return (state) => {
    let found = known.get(state);
    if (found === undefined) known.set(state, (found = { value: make(state) }));
    return found.value;
  };
}

/** Forgets what was worked out of a state, because it is written anew. */
export function forgetState(state: State): void {
  for (const one of kept) one.delete(state);
}
