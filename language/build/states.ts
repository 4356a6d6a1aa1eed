/** Scopes with their states and actions. */
import { forgetFlow } from '../flow.ts';
import { SCHEMA, kindsIn } from '../schema.ts';
import { innerRange, type Entry, type MapNode, type Node, valueOf } from '../tree.ts';
import type { Action, CallAction, HumanAction, Scope, ScopeKind, SideAction, State } from '../workflow.ts';
import { forgetNames } from '../workflow.ts';
import { handlersOf, listenersOf, rollbackOf, transitionsOf } from './flow.ts';
import {
  booleanAt,
  entriesAt,
  itemsAt,
  located,
  mapAt,
  named,
  nodeAt,
  numberAt,
  presentEntry,
  stringAt,
  stringsAt,
} from './read.ts';

/**
 * What the building collects: every scope and state in the order of the file, and which node each was made from. With
 * `before`, states and scopes that were there before stay the same objects, with what they are now.
 */
export interface Collected {
  readonly before?: { readonly states: Map<string, State>; readonly scopes: Map<string, Scope> };
  readonly scopes: Scope[];
  readonly states: State[];
  readonly scopeOf: Map<Node, Scope>;
  readonly stateOf: Map<Node, State>;
}

/** Where a scope stands. */
export interface Place {
  readonly kind: ScopeKind;
  readonly id: string;
  readonly name: Scope['name'];
  readonly parent: Scope | null;
  readonly owner: State | null;
}

/** The scope that `node` writes. An absent node gives an empty scope at `fallback`. */
export function buildScope(node: MapNode | null, range: Scope['range'], place: Place, into: Collected): Scope {
  const states: State[] = [];
  const made: Scope = { ...scopeHead(node, range, place), states };
  const scope = again(into.before?.scopes, made.id, made);
  forgetNames(scope);
  into.scopes.push(scope);
  if (node !== null) into.scopeOf.set(node, scope);
  for (const entry of entriesAt(node, 'states')) states.push(buildState(entry, scope, into));
  return scope;
}

/** A scope without its states. */
export function scopeHead(node: MapNode | null, range: Scope['range'], place: Place): Omit<Scope, 'states'> {
  const asName = stringAt(node, 'as');
  return {
    ...place,
    range,
    node,
    vars: entriesAt(node, 'vars').map(named),
    start: stringAt(node, 'start'),
    on: place.kind === 'workflow' || place.kind === 'scope' ? listenersOf(node) : [],
    catch: place.kind === 'workflow' || place.kind === 'scope' ? handlersOf(node) : [],
    output: nodeAt(node, 'output'),
    compensation: stringAt(node, 'compensation'),
    item: place.kind === 'item' ? { name: asName?.value ?? 'item', range: asName?.range ?? null } : null,
  };
}

/** The object that was there under this id, which takes over everything of `made`; else `made` itself. */
function again<T extends object>(before: Map<string, T> | undefined, id: string, made: T): T {
  const known = before?.get(id);
  if (known === undefined) return made;
  before?.delete(id);
  return Object.assign(known, made);
}

/** The state that `entry` writes. */
export function buildState(entry: Entry, scope: Scope, into: Collected): State {
  const node = entry.value;
  const id = scope.id === '' ? entry.key.text : `${scope.id}/${entry.key.text}`;
  const warn = stringAt(node, 'catch')?.value === 'warn';
  const made = {
    ...named(entry),
    id,
    scope,
    action: null as Action | null,
    next: transitionsOf(valueOf(node, 'next')),
    nextEntry: presentEntry(node, 'next') ?? null,
    assign: entriesAt(node, 'assign'),
    catch: handlersOf(node),
    warn,
    compensate: null as SideAction | null,
    confirm: null as SideAction | null,
    pivot: booleanAt(node, 'pivot') === true,
    maxVisits: numberAt(node, 'maxVisits'),
    retry: nodeAt(node, 'retry'),
    timeout: nodeAt(node, 'timeout'),
  } satisfies State;
  const state = again<{ -readonly [K in keyof State]: State[K] }>(into.before?.states, id, made);
  forgetFlow(state);
  into.states.push(state);
  into.stateOf.set(node, state);
  state.action = buildAction('state', node, { state, way: id }, into);
  state.compensate = buildSide('compensate', node, state, into);
  state.confirm = buildSide('confirm', node, state, into);
  return state;
}

/** The `compensate` or `confirm` of `node`. */
function buildSide(key: 'compensate' | 'confirm', node: Node, state: State, into: Collected): SideAction | null {
  const entry = presentEntry(node, key);
  if (entry === undefined) return null;
  const value = entry.value;
  return {
    entry,
    none: located(value)?.value === 'none',
    action: buildAction(key, value, { state, way: `${state.id}/${key}` }, into),
    retry: nodeAt(value, 'retry'),
    timeout: nodeAt(value, 'timeout'),
    after: stringAt(value, 'after')?.value === 'attempt' ? 'attempt' : 'completion',
    onFailure: stringAt(value, 'onFailure')?.value === 'halt' ? 'halt' : 'continue',
  };
}

interface Owner {
  readonly state: State;
  /** The way that scopes inside are named by. */
  readonly way: string;
}

function buildAction(
  shape: 'state' | 'compensate' | 'confirm',
  node: Node,
  owner: Owner,
  into: Collected,
): Action | null {
  const definition = SCHEMA.get(shape);
  if (definition === undefined || node.kind !== 'map') return null;
  const [kind, ...others] = kindsIn(definition, node);
  const entry = node.entries.find(({ key }) => key.text === kind);
  if (entry === undefined || others.length > 0) return null;
  return actionOf(kind ?? '', entry, node, owner, into);
}

function actionOf(kind: string, entry: Entry, node: MapNode, owner: Owner, into: Collected): Action | null {
  const value = entry.value;
  switch (kind) {
    case 'call':
      return callOf(entry, node);
    case 'switch':
      return { kind, entry, transitions: value.kind === 'sequence' ? transitionsOf(value) : [] };
    case 'parallel':
      return { kind, entry, branches: branchesOf(value, owner, into) };
    case 'foreach':
      return foreachOf(entry, node, owner, into);
    case 'scope': {
      const scope = innerScope('scope', entry, owner, into);
      return { kind, entry, scope, on: listenersOf(node) };
    }
    case 'run':
      return { kind, entry, file: located(value), with: nodeAt(node, 'with') };
    case 'listen': {
      const onTimeout = transitionsOf(valueOf(value, 'onTimeout'));
      return { kind, entry, on: listenersOf(value), timeout: stringAt(value, 'timeout'), onTimeout };
    }
    case 'wait':
      return { kind, entry };
    case 'human':
      return humanOf(entry, node);
    case 'emit':
      return { kind, entry, event: located(value), data: nodeAt(node, 'data') };
    case 'set':
      return { kind, entry, assign: value.kind === 'map' ? value.entries : [] };
    case 'rollback':
      return { kind, entry, target: rollbackOf(value) };
    case 'fail':
      return { kind, entry, error: stringAt(value, 'error') };
    default:
      return null;
  }
}

function callOf(entry: Entry, beside: Node): CallAction {
  return {
    kind: 'call',
    entry,
    operation: located(entry.value),
    with: nodeAt(beside, 'with'),
    idempotencyKey: nodeAt(beside, 'idempotencyKey'),
  };
}

function branchesOf(node: Node, owner: Owner, into: Collected): readonly Scope[] {
  return entriesAt(node, 'branches').map((entry) =>
    buildScope(
      entry.value.kind === 'map' ? entry.value : null,
      entry.range,
      {
        kind: 'branch',
        id: `${owner.way}/${entry.key.text}`,
        name: { value: entry.key.text, range: innerRange(entry.key) },
        parent: owner.state.scope,
        owner: owner.state,
      },
      into,
    ),
  );
}

/** With `call`, what belongs to the call stands beside it; outside of `foreach` it is understood as well. */
function foreachOf(entry: Entry, node: MapNode, owner: Owner, into: Collected): Action {
  const value = entry.value;
  const callEntry = presentEntry(value, 'call');
  const own = callEntry === undefined ? null : callOf(callEntry, value);
  const call =
    own === null
      ? null
      : {
          ...own,
          with: own.with ?? nodeAt(node, 'with'),
          idempotencyKey: own.idempotencyKey ?? nodeAt(node, 'idempotencyKey'),
        };
  return {
    kind: 'foreach',
    entry,
    in: nodeAt(value, 'in'),
    body: innerScope('item', entry, owner, into),
    call,
    compensate: buildSide('compensate', value, owner.state, into),
  };
}

function innerScope(kind: ScopeKind, entry: Entry, owner: Owner, into: Collected): Scope {
  const node = entry.value.kind === 'map' ? entry.value : null;
  const place = { kind, id: owner.way, name: null, parent: owner.state.scope, owner: owner.state };
  return buildScope(node, entry.range, place, into);
}

function humanOf(entry: Entry, node: MapNode): HumanAction {
  const value = entry.value;
  const outcomes = nodeAt(value, 'outcomes');
  return {
    kind: 'human',
    entry,
    assignee: stringAt(value, 'assignee'),
    candidates: stringsAt(value, 'candidates'),
    outcomes: outcomes === null ? null : stringsAt(value, 'outcomes'),
    form: nodeAt(value, 'form'),
    due: stringAt(value, 'due'),
    escalate: itemsAt(value, 'escalate').flatMap((item) => {
      if (item.kind !== 'map') return [];
      return [
        { node: item, to: stringAt(item, 'to'), notify: stringAt(item, 'notify'), outcome: stringAt(item, 'outcome') },
      ];
    }),
    on: (mapAt(node, 'on')?.entries ?? []).map((one) => ({
      outcome: { value: one.key.text, range: innerRange(one.key) },
      range: one.range,
      transitions: transitionsOf(one.value),
    })),
  };
}
