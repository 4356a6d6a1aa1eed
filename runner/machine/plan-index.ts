/** Finds states and scopes of a plan by their stable ids. Built once for each plan and kept with it. */
import type { Plan, PlanAction, PlanScope, PlanState } from '../../language/index.ts';

export interface PlanIndex {
  readonly scopes: ReadonlyMap<string, PlanScope>;
  readonly states: ReadonlyMap<string, PlanState>;
}

const indexes = new WeakMap<Plan, PlanIndex>();

/** The index of `plan`; linear in the plan the first time, constant after that. */
export function indexOf(plan: Plan): PlanIndex {
  const known = indexes.get(plan);
  if (known) return known;
  const scopes = new Map<string, PlanScope>();
  const states = new Map<string, PlanState>();
  const visitAction = (action: PlanAction, state: PlanState): void => {
    if (action.kind === 'scope') visitScope(action.scope);
    if (action.kind === 'parallel') for (const branch of action.branches) visitScope(branch.scope);
    if (action.kind === 'foreach') visitScope(action.scope ?? itemScope(state, action));
  };
  const visitScope = (scope: PlanScope): void => {
    scopes.set(scope.id, scope);
    for (const state of scope.states) {
      states.set(state.id, state);
      visitAction(state.action, state);
      if (state.compensate) visitAction(state.compensate.action, state);
      if (state.confirm) visitAction(state.confirm.action, state);
    }
  };
  visitScope(plan.root);
  const index = { scopes, states };
  indexes.set(plan, index);
  return index;
}

/** The state called `name` in the scope of the plan whose id is `scope`. */
export function stateIn(index: PlanIndex, scope: string, name: string): PlanState | undefined {
  const found = index.scopes.get(scope);
  if (!found) return undefined;
  return index.states.get(stateId(found, name)) ?? found.states.find((state) => state.name === name);
}

/** Marks the body that a `foreach` with `call` has: one state that stands for the item itself. */
export const ITEM = '#item';

export function bodyIdOf(state: PlanState, action: Extract<PlanAction, { kind: 'foreach' }>): string {
  return action.scope?.id ?? state.id + ITEM;
}

/** An item of a `foreach` with `call` has the retry, timeout and compensation of the state for itself. */
function itemScope(state: PlanState, action: Extract<PlanAction, { kind: 'foreach' }>): PlanScope {
  const id = bodyIdOf(state, action);
  const call = action.call;
  if (!call) throw new Error(`The plan's foreach ${state.id} has neither states nor a call.`);
  const item: PlanState = {
    ...state,
    id: `${id}/${state.name}`,
    action: call,
    assign: [],
    output: action.output,
    catch: [],
    warn: false,
    pivot: false,
    maxVisits: null,
    next: [
      {
        when: null,
        assign: [],
        rollback: null,
        next: 'end',
        range: state.lines.kind,
        lines: { when: null, next: null },
      },
    ],
  };
  return {
    id,
    range: state.range,
    start: state.name,
    vars: [],
    states: [item],
    on: [],
    catch: [],
    output: null,
    compensation: 'sequential',
  };
}

function stateId(scope: PlanScope, name: string): string {
  return scope.id === '' ? name : `${scope.id}/${name}`;
}
