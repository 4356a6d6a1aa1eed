/**
 * The Workflow: what the author typed, as typed values, with the place of each. It is tolerant: whatever is missing or
 * has the wrong type is absent here, and said in the findings. Values in which expressions may stand stay nodes of the
 * tree; what is written in them is read once and kept in `expressions.ts`.
 *
 * 1. States live in a tree of scopes: the workflow itself, branches, items of a foreach, embedded scopes, and embedded
 *    scopes of compensations.
 * 2. Every name stands with its range. A range counts in the text that the workflow was built from.
 * 3. Lists of named things keep the order of the file, duplicates included.
 */
import type { Located, Range } from './text.ts';
import type { Entry, MapNode, Node } from './tree.ts';

export type StateKind =
  | 'call'
  | 'switch'
  | 'parallel'
  | 'foreach'
  | 'scope'
  | 'run'
  | 'listen'
  | 'wait'
  | 'human'
  | 'emit'
  | 'set'
  | 'rollback'
  | 'fail';

export interface Workflow {
  readonly node: MapNode | null;
  readonly id: Located<string> | null;
  readonly version: Located<string> | null;
  readonly title: Located<string> | null;
  readonly description: Located<string> | null;
  /** A JSON Schema. */
  readonly input: Node | null;
  readonly participants: readonly Participant[];
  readonly events: readonly EventType[];
  readonly errors: readonly ErrorType[];
  readonly policies: {
    readonly retry: readonly Policy[];
    readonly timeout: readonly Policy[];
    readonly circuitBreaker: readonly Policy[];
  };
  readonly triggers: readonly Trigger[];
  readonly timeout: Node | null;
  readonly recovery: Located<string> | null;
  readonly lock: Node | null;
  readonly limits: { readonly transitions: Located<number> | null; readonly depth: Located<number> | null };
  readonly migrations: readonly Migration[];
  /** The outermost scope. */
  readonly root: Scope;
  /** Every scope, the outermost first, each before those inside it. */
  readonly scopes: readonly Scope[];
  /** Every state of every scope, in the order of the file. */
  readonly states: readonly State[];
}

/** Something that has a name of its own: the entry's key is the name. */
export interface Named {
  readonly name: string;
  readonly nameRange: Range;
  /** The whole entry. */
  readonly range: Range;
  readonly node: Node;
}

export interface Participant extends Named {
  readonly openapi: Located<string> | null;
  readonly module: Located<string> | null;
  readonly role: Located<string> | null;
  readonly members: readonly Located<string>[];
  readonly baseUrl: Node | null;
  readonly headers: readonly Entry[];
  readonly operations: readonly Operation[];
  /** A policy's name or the settings. */
  readonly circuitBreaker: Node | null;
}

export interface Operation extends Named {
  /** `METHOD /path`, split; null where it has another form. */
  readonly http: (Located<string> & { readonly method: string; readonly path: string }) | null;
  readonly shell: readonly Node[] | null;
  readonly effect: Located<string> | null;
  readonly idempotent: boolean | null;
  readonly retry: Node | null;
  readonly timeout: Node | null;
}

export interface EventType extends Named {
  readonly data: Node | null;
  readonly key: Node | null;
  readonly ttl: Located<string> | null;
}

export interface ErrorType extends Named {
  readonly data: Node | null;
}

export type Policy = Named;

export interface Trigger {
  readonly node: MapNode;
  readonly event: Located<string> | null;
}

export interface Migration {
  readonly node: MapNode;
  readonly from: Located<string> | null;
  readonly states: readonly { readonly from: Located<string>; readonly to: Located<string> | null }[];
  readonly vars: readonly Entry[];
}

export type ScopeKind = 'workflow' | 'branch' | 'item' | 'scope';

export interface Scope {
  readonly kind: ScopeKind;
  /** The way of names from the root: `''` for the root, `pack` or `notify/email` further in. */
  readonly id: string;
  /** A branch's name. */
  readonly name: Located<string> | null;
  readonly range: Range;
  readonly node: MapNode | null;
  readonly parent: Scope | null;
  /** The state that the scope belongs to; null for the workflow itself. */
  readonly owner: State | null;
  readonly vars: readonly Variable[];
  readonly start: Located<string> | null;
  readonly states: readonly State[];
  /** Events that may fire at any time; those of an embedded scope lead to siblings of that scope. */
  readonly on: readonly Listener[];
  readonly catch: readonly Handler[];
  readonly output: Node | null;
  readonly compensation: Located<string> | null;
  /** The name of the current item, inside a foreach. */
  readonly item: { readonly name: string; readonly range: Range | null } | null;
}

export type Variable = Named;

export interface State extends Named {
  /** The way from the root: `charge`, `notify/email/send`. */
  readonly id: string;
  readonly scope: Scope;
  /** Null when the state has no kind or several. */
  readonly action: Action | null;
  readonly next: readonly Transition[];
  /** The entry of `next`, if there is one. */
  readonly nextEntry: Entry | null;
  readonly assign: readonly Entry[];
  readonly catch: readonly Handler[];
  /** `catch: warn` */
  readonly warn: boolean;
  readonly compensate: SideAction | null;
  readonly confirm: SideAction | null;
  readonly pivot: boolean;
  readonly maxVisits: Located<number> | null;
  readonly retry: Node | null;
  readonly timeout: Node | null;
}

/** A `compensate` or a `confirm`. */
export interface SideAction {
  /** The entry in the file. */
  readonly entry: Entry;
  /** `compensate: none` */
  readonly none: boolean;
  readonly action: Action | null;
  readonly retry: Node | null;
  readonly timeout: Node | null;
  readonly after: 'completion' | 'attempt';
  readonly onFailure: 'continue' | 'halt';
}

/** What a state, a compensation or a confirmation does. `entry` is that of the kind's key. */
export type Action =
  | CallAction
  | { readonly kind: 'switch'; readonly entry: Entry; readonly transitions: readonly Transition[] }
  | { readonly kind: 'parallel'; readonly entry: Entry; readonly branches: readonly Scope[] }
  | {
      readonly kind: 'foreach';
      readonly entry: Entry;
      readonly in: Node | null;
      /** The body of an item, where it has states. */
      readonly body: Scope;
      /** The one call of an item, where it has that. */
      readonly call: CallAction | null;
      readonly compensate: SideAction | null;
    }
  | { readonly kind: 'scope'; readonly entry: Entry; readonly scope: Scope; readonly on: readonly Listener[] }
  | { readonly kind: 'run'; readonly entry: Entry; readonly file: Located<string> | null; readonly with: Node | null }
  | {
      readonly kind: 'listen';
      readonly entry: Entry;
      readonly on: readonly Listener[];
      readonly timeout: Located<string> | null;
      readonly onTimeout: readonly Transition[];
    }
  | { readonly kind: 'wait'; readonly entry: Entry }
  | HumanAction
  | { readonly kind: 'emit'; readonly entry: Entry; readonly event: Located<string> | null; readonly data: Node | null }
  | { readonly kind: 'set'; readonly entry: Entry; readonly assign: readonly Entry[] }
  | { readonly kind: 'rollback'; readonly entry: Entry; readonly target: RollbackTarget | null }
  | { readonly kind: 'fail'; readonly entry: Entry; readonly error: Located<string> | null };

export interface CallAction {
  readonly kind: 'call';
  readonly entry: Entry;
  /** The operation as written, `participant.operation` or a built-in one. */
  readonly operation: Located<string> | null;
  readonly with: Node | null;
  readonly idempotencyKey: Node | null;
}

export interface HumanAction {
  readonly kind: 'human';
  readonly entry: Entry;
  readonly assignee: Located<string> | null;
  readonly candidates: readonly Located<string>[];
  /** The list `outcomes`; null where it is absent, and then the keys of `on` count. */
  readonly outcomes: readonly Located<string>[] | null;
  readonly form: Node | null;
  readonly due: Located<string> | null;
  readonly escalate: readonly Escalation[];
  readonly on: readonly OutcomeTransitions[];
}

export interface Escalation {
  readonly node: MapNode;
  readonly to: Located<string> | null;
  readonly notify: Located<string> | null;
  readonly outcome: Located<string> | null;
}

export interface OutcomeTransitions {
  readonly outcome: Located<string>;
  readonly range: Range;
  readonly transitions: readonly Transition[];
}

/** How far back: everything, this scope, or to a state; `to` is null for the first two. */
export interface RollbackTarget {
  readonly how: 'all' | 'scope' | 'to';
  readonly to: Located<string> | null;
  readonly range: Range;
}

export interface Transition {
  readonly node: Node;
  /** The item of a list, or the value of `next`. */
  readonly range: Range;
  readonly when: Node | null;
  readonly assign: readonly Entry[];
  readonly rollback: RollbackTarget | null;
  readonly next: Located<string> | null;
}

export interface Handler {
  readonly node: MapNode;
  readonly range: Range;
  /** Patterns; none means any. */
  readonly errors: readonly Located<string>[];
  readonly when: Node | null;
  readonly assign: readonly Entry[];
  readonly rollback: RollbackTarget | null;
  readonly next: Located<string> | null;
}

export interface Listener {
  readonly event: Located<string>;
  readonly node: Node;
  readonly range: Range;
  readonly match: Node | null;
  readonly assign: readonly Entry[];
  readonly transitions: readonly Transition[];
}

const byName = new WeakMap<Scope, ReadonlyMap<string, State>>();

/** Forgets how the states of `scope` are called, because they are other ones now. */
export function forgetNames(scope: Scope): void {
  byName.delete(scope);
}

/** The state of `scope` that a transition by this name leads to, the first one of that name. */
export function stateNamed(scope: Scope, name: string): State | undefined {
  let names = byName.get(scope);
  if (names === undefined) {
    names = new Map([...scope.states].reverse().map((state) => [state.name, state]));
    byName.set(scope, names);
  }
  return names.get(name);
}

/** The state that the scope begins with: the one that `start` names, else the first. */
export function startOf(scope: Scope): State | undefined {
  return scope.start === null ? scope.states[0] : stateNamed(scope, scope.start.value);
}

/** The scopes directly inside a state's action. */
export function scopesOf(action: Action | null): readonly Scope[] {
  switch (action?.kind) {
    case 'parallel':
      return action.branches;
    case 'foreach':
      return action.call === null ? [action.body] : [];
    case 'scope':
      return [action.scope];
    default:
      return [];
  }
}

const NONE: readonly Scope[] = [];

/** The scopes whose items can be named at a place, the nearest first. */
export function itemScopes({
  scope,
  state,
}: {
  readonly scope: Scope;
  readonly state: State | null;
}): readonly Scope[] {
  if (scope.parent === null && state?.action?.kind !== 'foreach') return NONE;
  const scopes: Scope[] = [];
  // What stands beside a foreach with a call belongs to the call of each item.
  const { action } = state ?? {};
  if (action?.kind === 'foreach' && action.call !== null && action.body !== scope) scopes.push(action.body);
  for (let at: Scope | null = scope; at !== null; at = at.parent) if (at.item !== null) scopes.push(at);
  return scopes;
}
