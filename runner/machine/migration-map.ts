/**
 * Which state and scope of a newer plan stands in the place of each of an older one: those that a migration maps, and of
 * the others the one of the same name in the same place. What stands inside a state follows it, if it is still a state
 * of that kind.
 */
import type { Plan, PlanAction, PlanMigration, PlanScope, PlanState } from '../../language/index.ts';
import { bodyIdOf, indexOf, stateIn } from './plan-index.ts';

export interface MigrationMap {
  /** By the id that the state has in the older plan. */
  readonly states: ReadonlyMap<string, PlanState>;
  readonly scopes: ReadonlyMap<string, PlanScope>;
}

/** The places in `plan` of what `previous` has. */
export function mapPlans(previous: Plan, plan: Plan, migration: PlanMigration): MigrationMap {
  const given = new Map(migration.states.map(({ from, to }) => [from, to]));
  const states = new Map<string, PlanState>();
  const scopes = new Map<string, PlanScope>();
  const index = indexOf(plan);

  function pairScopes(from: PlanScope | undefined, to: PlanScope | undefined): void {
    if (!from || !to) return;
    scopes.set(from.id, to);
    for (const state of from.states) {
      const target = given.get(state.id);
      const place = target === undefined ? stateIn(index, to.id, state.name) : index.states.get(target);
      // A state moves only among its siblings: another scope has other variables.
      if (!place || !to.states.includes(place)) continue;
      states.set(state.id, place);
      pairActions(state, state.action, place, place.action);
      if (state.compensate && place.compensate)
        pairActions(state, state.compensate.action, place, place.compensate.action);
      if (state.confirm && place.confirm) pairActions(state, state.confirm.action, place, place.confirm.action);
    }
  }

  function pairActions(fromState: PlanState, from: PlanAction, toState: PlanState, to: PlanAction): void {
    if (from.kind === 'scope' && to.kind === 'scope') pairScopes(from.scope, to.scope);
    if (from.kind === 'foreach' && to.kind === 'foreach')
      pairItems(bodyIdOf(fromState, from), from.call !== null, bodyIdOf(toState, to), to.call !== null);
    if (from.kind !== 'parallel' || to.kind !== 'parallel') return;
    for (const branch of from.branches)
      pairScopes(branch.scope, to.branches.find(({ name }) => name === branch.name)?.scope);
  }

  /** The body of a `foreach` with `call` is one state that has the name of the `foreach` itself. */
  function pairItems(from: string, fromCall: boolean, to: string, toCall: boolean): void {
    const [older, newer] = [indexOf(previous).scopes.get(from), index.scopes.get(to)];
    if (fromCall !== toCall) return;
    if (!fromCall) return pairScopes(older, newer);
    const [item, place] = [older?.states[0], newer?.states[0]];
    if (!older || !newer || !item || !place) return;
    scopes.set(older.id, newer);
    states.set(item.id, place);
  }

  pairScopes(previous.root, plan.root);
  return { states, scopes };
}
