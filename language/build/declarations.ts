/** What a file declares: names of states, variables, participants and the like, each with its place. */
import type { ParticipantOperations } from '../operations.ts';
import type { Declaration, PolicyKind, Reference } from '../symbols.ts';
import type { Range } from '../text.ts';
import type { HumanAction, Scope, State, Workflow } from '../workflow.ts';

/** What is declared, by its names. */
export interface Collector {
  readonly workflow: Workflow;
  operations: ReadonlyMap<string, ParticipantOperations>;
  /** Those that stand around the scopes. */
  readonly declarations: Declaration[];
  readonly references: Reference[];
  readonly states: WeakMap<Scope, Map<string, Declaration>>;
  readonly variables: WeakMap<Scope, Map<string, Declaration>>;
  /** What stood around the scopes before, so that what is still there keeps its declaration. */
  readonly before: Map<string, Declaration>;
  /** Of every state, so that it keeps its declaration. */
  readonly known: WeakMap<State, Declaration>;
  readonly participants: Map<string, Declaration>;
  readonly operationNames: Map<string, Map<string, Declaration>>;
  readonly policies: Record<PolicyKind, Map<string, Declaration>>;
  readonly events: Map<string, Declaration>;
  readonly errors: Map<string, Declaration>;
  readonly outcomes: WeakMap<State, Map<string, Declaration>>;
  /** By the body of the foreach. */
  readonly items: WeakMap<Scope, Declaration>;
}

/** Declares what stands around the scopes: participants with their operations, events, errors and policies. */
export function declareAround(to: Collector): void {
  const { workflow } = to;
  for (const one of workflow.participants) {
    declare(to, to.participants, 'participant', one);
    const names = new Map<string, Declaration>();
    for (const known of to.operations.get(one.name)?.operations.values() ?? []) {
      const entry = (known.file === null ? known.own?.range : known.exported?.entry) ?? known.range;
      const at = { range: known.range, entry };
      const more = { participant: one.name, file: known.file };
      const declaration = kept(to, { ...blank('operation', known.name), ...at, ...more });
      names.set(known.name, declaration);
      to.declarations.push(declaration);
    }
    if (!to.operationNames.has(one.name)) to.operationNames.set(one.name, names);
  }
  for (const one of workflow.events) declare(to, to.events, 'event', one);
  for (const one of workflow.errors) declare(to, to.errors, 'error', one);
  for (const policy of ['retry', 'timeout', 'circuitBreaker'] as const) {
    for (const one of workflow.policies[policy]) declare(to, to.policies[policy], 'policy', one, { policy });
  }
}

/** Declares the variables, states and item of a scope, in the place of what was declared there before. */
export function declareScope(to: Collector, scope: Scope): void {
  const variables = new Map<string, Declaration>();
  for (const one of scope.vars)
    if (!variables.has(one.name)) variables.set(one.name, declared('variable', one, { scope }));
  to.variables.set(scope, variables);
  declareStates(to, scope);
  declareItem(to, scope);
}

/** Declares the states of a scope, with the outcomes of those that ask a person; known ones keep their declaration. */
export function declareStates(to: Collector, scope: Scope): void {
  const states = new Map<string, Declaration>();
  for (const state of scope.states) declareState(to, states, state);
  to.states.set(scope, states);
}

/** Declares one state among `names`, those of its scope. */
export function declareState(to: Collector, names: Map<string, Declaration>, state: State): void {
  const { name, scope, action } = state;
  const before = to.known.get(state);
  const made = declared('state', state, { scope, state });
  const declaration = before === undefined ? made : Object.assign(before, made);
  to.known.set(state, declaration);
  if (!names.has(name)) names.set(name, declaration);
  if (action?.kind === 'human') declareOutcomes(to, state, action);
}

/** What a foreach calls its item, where it says so. */
function declareItem(to: Collector, scope: Scope): void {
  const { item } = scope;
  to.items.delete(scope);
  if (item === null || item.range === null) return;
  const { range } = item;
  to.items.set(scope, { ...blank('item', item.name), range, entry: range, scope, state: scope.owner });
}

function declareOutcomes(to: Collector, state: State, action: HumanAction): void {
  const names = new Map<string, Declaration>();
  const outcomes = action.outcomes ?? action.on.map((one) => one.outcome);
  for (const { value, range } of outcomes) {
    if (names.has(value)) continue;
    const one = { name: value, nameRange: range, range };
    names.set(value, declared('outcome', one, { state, scope: state.scope }));
  }
  to.outcomes.set(state, names);
}

/** What a scope declares; of names that stand twice the first. */
export function declaredIn(to: Collector, scope: Scope): readonly Declaration[] {
  const found = [...(to.variables.get(scope)?.values() ?? [])];
  const states = to.states.get(scope);
  for (const state of scope.states) {
    const declaration = states?.get(state.name);
    if (declaration?.state === state) found.push(declaration);
    if (state.action?.kind === 'human') found.push(...(to.outcomes.get(state)?.values() ?? []));
  }
  const item = to.items.get(scope);
  if (item !== undefined) found.push(item);
  return found;
}

function blank(kind: Declaration['kind'], name: string): Declaration {
  const nowhere = { start: 0, end: 0 };
  return {
    kind,
    name,
    range: nowhere,
    entry: nowhere,
    file: null,
    scope: null,
    state: null,
    participant: null,
    policy: null,
  };
}

interface Declarable {
  readonly name: string;
  readonly nameRange: Range;
  readonly range: Range;
}

function declare(
  to: Collector,
  names: Map<string, Declaration>,
  kind: Declaration['kind'],
  one: Declarable,
  more: Partial<Declaration> = {},
): void {
  if (names.has(one.name)) return;
  const declaration = kept(to, declared(kind, one, more));
  names.set(one.name, declaration);
  to.declarations.push(declaration);
}

/** The declaration that stood there before, as it is now. */
function kept({ before }: Collector, declaration: Declaration): Declaration {
  const known = before.get(keyOf(declaration));
  return known === undefined ? declaration : Object.assign(known, declaration);
}

/** What tells a declaration around the scopes from every other. */
export function keyOf({ kind, name, participant, policy }: Declaration): string {
  return [kind, participant ?? policy ?? '', name].join('\n');
}

function declared(kind: Declaration['kind'], one: Declarable, more: Partial<Declaration>): Declaration {
  return { ...blank(kind, one.name), range: one.nameRange, entry: one.range, ...more };
}
