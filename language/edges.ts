/**
 * Where each state of a scope can lead, by every kind of edge. The findings about the graph, the diagram and whoever
 * else asks ‘what comes next’ look here, so that none of them forgets a kind.
 */
import { END } from './names.ts';
import { perState } from './per-state.ts';
import type { Range } from './text.ts';
import type { Handler, Listener, Scope, State, Transition } from './workflow.ts';
import { scopesOf, stateNamed } from './workflow.ts';

export type EdgeKind = 'next' | 'switch' | 'outcome' | 'event' | 'timeout' | 'catch' | 'scope-catch' | 'scope-event';

export interface Edge {
  readonly kind: EdgeKind;
  /** The state's name, `end`, or whatever else is written. */
  readonly to: string;
  readonly range: Range;
}

/** A list of transitions in which the first that holds is taken. */
export interface TransitionList {
  readonly kind: EdgeKind;
  readonly transitions: readonly Transition[];
  /** Where a finding about the list as a whole stands. */
  readonly range: Range;
}

/** The lists of transitions of a state, whatever they belong to. Handlers of errors are not among them. */
export const transitionLists = perState((state): readonly TransitionList[] => {
  const lists: TransitionList[] = [];
  const { action } = state;
  if (action?.kind === 'switch') {
    const transitions = [...action.transitions, ...state.next];
    lists.push({ kind: 'switch', transitions, range: action.entry.key.range });
  } else if (action?.kind !== 'fail' && state.nextEntry !== null) {
    lists.push({ kind: 'next', transitions: state.next, range: state.nextEntry.key.range });
  }
  if (action?.kind === 'human') {
    for (const { outcome, transitions } of action.on) {
      lists.push({ kind: 'outcome', transitions, range: outcome.range });
    }
  }
  if (action?.kind === 'listen') {
    lists.push(...listenerLists(action.on, 'event'));
    if (action.onTimeout.length > 0) {
      lists.push({
        kind: 'timeout',
        transitions: action.onTimeout,
        range: action.onTimeout[0]?.range ?? state.nameRange,
      });
    }
  }
  if (action?.kind === 'scope') {
    lists.push(...listenerLists(action.on, 'scope-event'), ...listenerLists(action.scope.on, 'scope-event'));
  }
  return lists;
});

function listenerLists(listeners: readonly Listener[], kind: EdgeKind): readonly TransitionList[] {
  return listeners.map(({ event, transitions }) => ({ kind, transitions, range: event.range }));
}

/** The transitions of a list that can be taken at all: those up to the first that always holds. */
export function takeable(transitions: readonly Transition[]): readonly Transition[] {
  const always = transitions.findIndex(alwaysHolds);
  return always < 0 ? transitions : transitions.slice(0, always + 1);
}

/** Whether the transition has no condition, or one that is written as `true`. */
export function alwaysHolds(transition: { readonly when: Transition['when'] }): boolean {
  return transition.when === null || (transition.when.kind === 'scalar' && transition.when.value === true);
}

/** The edges that leave `state` itself: its transitions and its own handlers. */
export const edgesOf = perState((state): readonly Edge[] => {
  const edges: Edge[] = [];
  for (const { kind, transitions } of transitionLists(state)) {
    for (const { next } of takeable(transitions))
      if (next !== null) edges.push({ kind, to: next.value, range: next.range });
  }
  edges.push(...handlerEdges(state.catch, 'catch'));
  return edges;
});

/** The edges that lead from every state of a scope: handlers of its errors, and events that may come at any time. */
export function edgesOfScope(scope: Scope): readonly Edge[] {
  const edges = [...handlerEdges(scope.catch, 'scope-catch')];
  // What an embedded scope listens to leads out of it, to a sibling of the scope.
  if (scope.kind !== 'workflow') return edges;
  for (const { transitions } of listenerLists(scope.on, 'scope-event')) {
    for (const { next } of takeable(transitions)) {
      if (next !== null) edges.push({ kind: 'scope-event', to: next.value, range: next.range });
    }
  }
  return edges;
}

function handlerEdges(handlers: readonly Handler[], kind: EdgeKind): readonly Edge[] {
  return handlers.flatMap(({ next }) => (next === null ? [] : [{ kind, to: next.value, range: next.range }]));
}

/** The states of `scope` that its edges lead to; `end` and unknown names are left out. */
export function targetsOf(scope: Scope, edges: readonly Edge[]): readonly State[] {
  return edges.flatMap(({ to }) => (to === END ? [] : (stateNamed(scope, to) ?? [])));
}

/** Whether a state or anything inside it waits for a time, an event or a person, or bounds its visits. */
export function isBounded(state: State): boolean {
  const kind = state.action?.kind;
  if (kind === 'wait' || kind === 'human' || kind === 'listen' || state.maxVisits !== null) return true;
  return scopesOf(state.action).some((scope) => scope.states.some(isBounded));
}
