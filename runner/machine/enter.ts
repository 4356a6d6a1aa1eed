/** Entering scopes and states: what is counted, refused and recorded when a run comes to them. */
import type { Json, PlanScope } from '../../language/index.ts';
import { bindingsOf } from './bindings.ts';
import { evaluateAll, newId, stateNamed } from './context.ts';
import type { Context } from './context.ts';
import { ITEM } from './plan-index.ts';
import type { ScopeItem } from './record.ts';
import { ROOT } from './state.ts';
import type { Activation, ScopeInstance } from './state.ts';

/** The way of a state of `scope` (section 10): the body of a `foreach` with `call` is the item itself. */
export function wayOf(scope: { readonly way: string; readonly plan: string }, state: string): string {
  if (scope.plan.endsWith(ITEM)) return scope.way;
  return scope.way === '' ? state : `${scope.way}/${state}`;
}

/** Records that the run enters `state` of a scope instance that exists. */
export function enterState(context: Context, scope: ScopeInstance, state: string): void {
  const plan = stateNamed(context, scope, state);
  recordEntry(context, scope.id, plan.id, state, wayOf(scope, state));
}

function recordEntry(context: Context, scope: number, plan: string, state: string, way: string): void {
  const visit = (context.state.visits.get(way) ?? 0) + 1;
  context.records.push({ type: 'state.entered', activation: newId(context), scope, state, plan, way, visit });
}

export interface NewScope {
  readonly plan: PlanScope;
  readonly way: string;
  readonly owner: Activation | null;
  readonly branch: string | null;
  readonly item: ScopeItem | null;
}

/** Records that a scope is entered, with its variables, and its first state. Raises a Fault of type `expression`. */
export function enterScope(context: Context, scope: NewScope): void {
  const parent = scope.owner?.scope ?? null;
  const around =
    parent === null ? { input: context.state.input, vars: {}, results: {} } : bindingsOf(context.state, parent);
  const item: Record<string, Json> = scope.item ? { index: scope.item.index, [scope.item.as]: scope.item.value } : {};
  const vars = evaluateAll(context, scope.plan.vars, { ...around, ...item });
  const id = scope.owner === null ? ROOT : newId(context);
  context.records.push({
    type: 'scope.entered',
    scope: id,
    parent,
    owner: scope.owner?.id ?? null,
    plan: scope.plan.id,
    way: scope.way,
    vars,
    branch: scope.branch,
    item: scope.item,
    parallel: scope.plan.compensation === 'parallel',
  });
  const first = stateNamed(context, { plan: scope.plan.id }, scope.plan.start);
  recordEntry(
    context,
    id,
    first.id,
    scope.plan.start,
    wayOf({ way: scope.way, plan: scope.plan.id }, scope.plan.start),
  );
}
