/**
 * Copies of a run's state, for whoever wants to look at it as it was after the run has gone on.
 *
 * What `apply` changes in place is copied; JSON values, arguments and leaves are shared, because it only ever replaces
 * them.
 */
import { dictionary } from './state.ts';
import type { Dictionary, RunState, ScopeInstance, StackItem } from './state.ts';

/** A state that `apply` can change without changing `state`, and the other way round. */
export function copyState(state: Readonly<RunState>): RunState {
  return {
    ...state,
    lock: state.lock === null ? null : { ...state.lock },
    received: new Set(state.received),
    scopes: new Map([...state.scopes].map(([id, scope]) => [id, copyScope(scope)])),
    activations: new Map(
      [...state.activations].map(([id, activation]) => {
        const { scopes, task } = activation;
        return [id, { ...activation, scopes: [...scopes], task: task === null ? null : { ...task } }];
      }),
    ),
    entries: new Map([...state.entries].map(([id, entry]) => [id, { ...entry }])),
    visits: new Map(state.visits),
    unresolved: new Set(state.unresolved),
  };
}

/** How much there is to copy: the number of objects that a copy makes, roughly. */
export function sizeOf(state: Readonly<RunState>): number {
  const { scopes, activations, entries, visits, received } = state;
  return scopes.size + activations.size + entries.size + visits.size + received.size;
}

function copyScope(scope: ScopeInstance): ScopeInstance {
  return {
    ...scope,
    vars: copyDictionary(scope.vars),
    results: copyDictionary(scope.results),
    visits: new Map(scope.visits),
    completions: new Map(scope.completions),
    stack: scope.stack.map(copyItem),
  };
}

function copyDictionary(names: Dictionary): Dictionary {
  return Object.assign(dictionary(), names);
}

function copyItem(item: StackItem): StackItem {
  return item.kind === 'entry' ? { ...item } : { ...item, items: item.items.map(copyItem) };
}
