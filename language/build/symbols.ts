/** Workflow → table of symbols: what a file declares, and where it uses it. */
import type { ParticipantOperations } from '../operations.ts';
import type { Declaration, Reference } from '../symbols.ts';
import type { Scope, State, Workflow } from '../workflow.ts';

import {
  type Collector,
  declareAround,
  declareScope,
  declareState,
  declareStates,
  declaredIn,
  keyOf,
} from './declarations.ts';
import { uses, type UsesPart } from './uses.ts';

export interface Declared {
  /** In the order of the scopes. */
  readonly declarations: () => readonly Declaration[];
  /** The uses in a part of the file. */
  readonly usesIn: (part: UsesPart) => readonly Reference[];
  /** What is declared around the scopes. */
  readonly around: () => readonly Declaration[];
  /** Takes up what is declared around the scopes. What was there before keeps its declaration. */
  readonly aroundAgain: (operations: ReadonlyMap<string, ParticipantOperations>) => void;
  /** Takes up scopes that are written anew, and a state around them. */
  readonly again: (scopes: readonly Scope[], state: State | undefined) => void;
  /** Takes up which states there are in a scope. Those that were there before keep their declarations. */
  readonly statesAgain: (scope: Scope) => void;
}

/** Collects what a file declares. */
export function declareSymbols(workflow: Workflow, operations: ReadonlyMap<string, ParticipantOperations>): Declared {
  const to: Collector = {
    workflow,
    operations,
    declarations: [],
    references: [],
    states: new WeakMap(),
    variables: new WeakMap(),
    before: new Map(),
    known: new WeakMap(),
    participants: new Map(),
    operationNames: new Map(),
    policies: { retry: new Map(), timeout: new Map(), circuitBreaker: new Map() },
    events: new Map(),
    errors: new Map(),
    items: new WeakMap(),
    outcomes: new WeakMap(),
  };
  declareAround(to);
  for (const scope of workflow.scopes) declareScope(to, scope);
  return {
    declarations: () => [...to.declarations, ...workflow.scopes.flatMap((scope) => declaredIn(to, scope))],
    usesIn: (part) => uses(to, part),
    around: () => [...to.declarations],
    aroundAgain: (now) => {
      for (const one of to.declarations) to.before.set(keyOf(one), one);
      to.operations = now;
      to.declarations.length = 0;
      const { participants, operationNames, events, errors, policies } = to;
      for (const names of [participants, operationNames, events, errors, ...Object.values(policies)]) names.clear();
      declareAround(to);
      to.before.clear();
    },
    again: (scopes, state) => {
      if (state !== undefined) declareState(to, to.states.get(state.scope) ?? new Map<string, Declaration>(), state);
      for (const scope of scopes) declareScope(to, scope);
    },
    statesAgain: (scope) => declareStates(to, scope),
  };
}
