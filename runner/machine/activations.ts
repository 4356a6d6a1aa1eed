/** What is under way in a state: activations, and the scope instances that are their action. Only `apply` changes them. */
import type { Assignments, RecordBody, Role } from './record.ts';
import { dictionary } from './state.ts';
import type { Activation, RunState, ScopeInstance } from './state.ts';

/** Whether the activation's action is performed outside of the machine right now. */
export function isActing(activation: Activation): boolean {
  return (
    activation.phase === 'acting' &&
    activation.key !== null &&
    activation.task === null &&
    activation.scopes.length === 0
  );
}

/** Whether a stopped activation must still be waited for: it acts, or what it did is not yet on the stack. */
export function isUnderWay(activation: Activation): boolean {
  return isActing(activation) || (activation.phase === 'returned' && activation.succeeded && activation.key !== null);
}

/** Whether a scope instance has come to its end, be it a good one. */
export function hasEnded({ phase }: ScopeInstance): boolean {
  return phase === 'completed' || phase === 'given-up';
}

/** The activation in which a scope stands. */
export function currentOf(state: RunState, scope: number): Activation | undefined {
  const current = state.scopes.get(scope)?.current;
  return current === null || current === undefined ? undefined : state.activations.get(current);
}

interface NewActivation {
  id: number;
  scope: number;
  role: Role;
  state: string;
  plan: string;
  way: string;
  visit: number;
  entry: number | null;
  at: number;
}

export function addActivation(
  state: RunState,
  { at, id, scope, role, state: name, plan, way, visit, entry }: NewActivation,
): Activation {
  const activation: Activation = {
    id,
    scope,
    role,
    state: name,
    plan,
    way,
    visit,
    entry,
    phase: 'entering',
    suspendedIn: null,
    input: null,
    key: null,
    attempt: 0,
    series: 1,
    succeeded: false,
    result: null,
    error: null,
    leave: null,
    taken: null,
    stopping: false,
    cancelled: false,
    doubt: false,
    pushed: null,
    overdue: null,
    child: null,
    injected: null,
    answered: null,
    enteredAt: at,
    startedAt: null,
    until: null,
    total: null,
    wakeAt: null,
    totalAhead: 0,
    ahead: 0,
    scopes: [],
    running: 0,
    task: null,
  };
  state.activations.set(id, activation);
  state.nextId = Math.max(state.nextId, id + 1);
  return activation;
}

export function removeActivation(state: RunState, id: number): void {
  const activation = state.activations.get(id);
  if (!activation) return;
  dropScopes(state, activation);
  state.activations.delete(id);
  const scope = state.scopes.get(activation.scope);
  if (scope?.current === id) scope.current = null;
}

export function dropScopes(state: RunState, activation: Activation): void {
  for (const id of activation.scopes) {
    for (const below of [...state.activations.values()]) if (below.scope === id) removeActivation(state, below.id);
    state.scopes.delete(id);
  }
  activation.scopes = [];
  activation.running = 0;
}

export function enterScope(state: RunState, body: Extract<RecordBody, { type: 'scope.entered' }>): void {
  const scope: ScopeInstance = {
    id: body.scope,
    parent: body.parent,
    owner: body.owner,
    plan: body.plan,
    way: body.way,
    branch: body.branch,
    item: body.item,
    parallel: body.parallel,
    vars: dictionary(),
    results: dictionary(),
    last: null,
    visits: new Map(),
    completions: new Map(),
    current: null,
    stack: [],
    phase: 'active',
    rollback: null,
    output: null,
    error: null,
  };
  declare(scope, body.vars);
  state.scopes.set(scope.id, scope);
  state.nextId = Math.max(state.nextId, scope.id + 1);
  const owner = body.owner === null ? undefined : state.activations.get(body.owner);
  if (!owner) return;
  owner.phase = 'acting';
  owner.scopes.push(scope.id);
  owner.running += 1;
}

export function end(state: RunState, scope: ScopeInstance, phase: 'completed' | 'given-up'): void {
  const owner = scope.owner === null ? undefined : state.activations.get(scope.owner);
  if (owner && !hasEnded(scope)) owner.running -= 1;
  scope.phase = phase;
}

/** Stops everything in a scope: what only waits is dropped, what acts outside is marked and waited for. */
export function stop(state: RunState, id: number): void {
  const scope = state.scopes.get(id);
  if (!scope) return;
  for (const activation of [...state.activations.values()]) {
    if (activation.scope !== id || activation.role !== 'state') continue;
    activation.cancelled = true;
    for (const child of activation.scopes) stop(state, child);
    if (activation.scopes.length > 0) continue;
    if (!isUnderWay(activation)) retire(state, activation);
  }
}

export function retire(state: RunState, activation: Activation): void {
  if (activation.scopes.length > 0) return;
  state.activations.delete(activation.id);
  const scope = state.scopes.get(activation.scope);
  if (scope?.current === activation.id) scope.current = null;
}

export function declare(scope: ScopeInstance, values: Assignments): void {
  for (const [name, value] of values) scope.vars[name] = value;
}
