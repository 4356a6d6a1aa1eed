/** Finds a state in a plan that the language server gave. Pure. */
import type { PlanResult } from '../server/protocol.ts';

type Plan = NonNullable<PlanResult['plan']>;
type Scope = Plan['root'];
type Action = Scope['states'][number]['action'];
type Human = Extract<Action, { kind: 'human' }>;

/** The human state with this id, wherever it stands; null if there is none. */
export function findHuman(plan: Plan, id: string): Human | null {
  const search = (scope: Scope): Human | null => {
    for (const state of scope.states) {
      if (state.id === id) return state.action.kind === 'human' ? state.action : null;
      for (const inner of scopesOf(state.action)) {
        const found = search(inner);
        if (found) return found;
      }
    }
    return null;
  };
  return search(plan.root);
}

function scopesOf(action: Action): Scope[] {
  if (action.kind === 'scope') return [action.scope];
  if (action.kind === 'foreach') return action.scope === null ? [] : [action.scope];
  if (action.kind === 'parallel') return action.branches.map((branch) => branch.scope);
  return [];
}
