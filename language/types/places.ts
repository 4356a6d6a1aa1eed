/**
 * What a place in the file means for the expressions in it, beyond the scope and the state that it stands in: which event
 * or error it looks at, and at which moment of the run it is evaluated. Found by the nodes of the Workflow, in one walk.
 */
import type { Node } from '../tree.ts';
import { valueOf } from '../tree.ts';
import type { KnownOperation, ParticipantOperations } from '../operations.ts';
import type { Handler, Listener, Scope, State, Transition, Workflow } from '../workflow.ts';

/** When an expression is evaluated; each moment but the last two is one of a state or of a scope. */
export type Moment =
  /** Before the state's action. */
  | { readonly is: 'enter'; readonly state: State }
  /** When the action has given its result, before the state's own result is set. */
  | { readonly is: 'complete'; readonly state: State }
  /** When the result is set and the transition is chosen. */
  | { readonly is: 'leave'; readonly state: State }
  /** When a handler of the state, or of the scope, looks at an error. */
  | { readonly is: 'fail'; readonly state: State }
  | { readonly is: 'scope-fail'; readonly scope: Scope; readonly handler: Handler }
  /** At any time while a state of the scope is active. */
  | { readonly is: 'any-time'; readonly scope: Scope }
  /** When the scope has come to its end. */
  | { readonly is: 'end'; readonly scope: Scope }
  /** When nothing of the run has happened, or nobody knows when. */
  | { readonly is: 'unknown' };

export interface Place {
  readonly moment: Moment | null;
  /** The types of event that `event` may be. */
  readonly events: readonly string[] | null;
  readonly handler: Handler | null;
  /** The operation whose arguments `args` are. */
  readonly operation: KnownOperation | null;
}

const NOWHERE: Place = { moment: null, events: null, handler: null, operation: null };

/** Found by node; what is written no more is forgotten with its nodes. */
export type Places = WeakMap<Node, Place>;

/** The places of all values that expressions may stand in and that are not simply evaluated when their state is entered. */
export function placesOf(workflow: Workflow, operations: ReadonlyMap<string, ParticipantOperations>): Places {
  const places: Places = new WeakMap();
  placeParts(places, workflow);
  placeAround(places, workflow, operations);
  return places;
}

/** Takes up the places around the states. */
export function placeAround(
  places: Places,
  workflow: Workflow,
  operations: ReadonlyMap<string, ParticipantOperations>,
): void {
  const put = putting(places);
  for (const trigger of workflow.triggers) {
    const events = trigger.event === null ? null : [trigger.event.value];
    for (const key of ['when', 'input']) put(valueOf(trigger.node, key), { moment: { is: 'unknown' }, events });
  }
  for (const { key, name } of workflow.events) put(key, { moment: { is: 'unknown' }, events: [name] });
  for (const migration of workflow.migrations) {
    for (const { value } of migration.vars) put(value, { moment: { is: 'unknown' } });
  }
  for (const { operations: known } of operations.values()) {
    for (const operation of known.values()) placeOperation(put, operation);
  }
}

type Put = (node: Node | null | undefined, place: Partial<Place>) => void;

function putting(places: Places): Put {
  return (node, place) => {
    if (node !== null && node !== undefined) places.set(node, { ...NOWHERE, ...place });
  };
}

function placeOperation(put: Put, operation: KnownOperation): void {
  const node = operation.own?.node;
  const headers = valueOf(node, 'headers');
  const values = headers?.kind === 'map' ? headers.entries.map((entry) => entry.value) : [];
  for (const value of [...values, ...(operation.own?.shell ?? [])])
    put(value, { moment: { is: 'unknown' }, operation });
}

/** Takes up the places in some scopes and states. */
export function placeParts(places: Places, { scopes, states }: Pick<Workflow, 'scopes' | 'states'>): void {
  const put = putting(places);
  const transitions = (all: readonly Transition[], place: Partial<Place>): void => {
    for (const { when, assign } of all) {
      put(when, place);
      for (const { value } of assign) put(value, place);
    }
  };
  const handlers = (all: readonly Handler[], place: (handler: Handler) => Partial<Place>): void => {
    for (const handler of all) {
      put(handler.when, place(handler));
      for (const { value } of handler.assign) put(value, place(handler));
    }
  };
  const listeners = (all: readonly Listener[], moment: Moment, after: Moment): void => {
    for (const { event, match, assign, transitions: led } of all) {
      const events = [event.value];
      put(match, { moment, events });
      for (const { value } of assign) put(value, { moment, events });
      transitions(led, { moment: after, events });
    }
  };
  for (const scope of scopes) {
    put(scope.output, { moment: endOf(scope) });
    for (const variable of scope.vars) put(variable.node, { moment: startOf(scope) });
    handlers(scope.catch, (handler) => ({ moment: { is: 'scope-fail', scope, handler }, handler }));
    if (scope.kind === 'workflow') listeners(scope.on, anyTime(scope), anyTime(scope));
  }
  for (const state of states) placeState(state);

  function placeState(state: State): void {
    const { action } = state;
    const enter: Moment = { is: 'enter', state };
    const complete: Moment = { is: 'complete', state };
    const leave: Moment = { is: 'leave', state };
    const heard = action?.kind === 'listen' ? action.on.map((one) => one.event.value) : null;
    for (const { value } of state.assign) put(value, { moment: complete, events: heard });
    put(valueOf(state.node, 'output'), { moment: complete, events: heard });
    transitions(state.next, { moment: leave, events: heard });
    handlers(state.catch, (handler) => ({ moment: { is: 'fail', state }, handler }));
    switch (action?.kind) {
      case 'switch':
        return transitions(action.transitions, { moment: leave });
      case 'human':
        for (const led of action.on) transitions(led.transitions, { moment: leave });
        return;
      case 'listen':
        listeners(action.on, enter, leave);
        return transitions(action.onTimeout, { moment: leave });
      case 'scope':
        listeners([...action.scope.on, ...action.on], enter, enter);
        return;
      case 'set':
        for (const { value } of action.assign) put(value, { moment: complete });
        return;
      case 'foreach':
        return put(action.in, { moment: enter });
      default:
    }
  }
}

/** With one call for each item, its result is shaped when the call has completed. */
function endOf(scope: Scope): Moment {
  const action = scope.owner?.action;
  if (scope.kind !== 'item' || scope.owner === null || action?.kind !== 'foreach' || action.call === null) {
    return { is: 'end', scope };
  }
  return { is: 'complete', state: scope.owner };
}

function startOf(scope: Scope): Moment {
  return scope.owner === null ? { is: 'unknown' } : { is: 'enter', state: scope.owner };
}

function anyTime(scope: Scope): Moment {
  return { is: 'any-time', scope };
}
