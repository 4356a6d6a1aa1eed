/** What stands in a plan that the language server gave. Pure. */
import type { PlanResult } from '../server/protocol.ts';

export type Plan = NonNullable<PlanResult['plan']>;
type Scope = Plan['root'];
export type PlanState = Scope['states'][number];
type Action = PlanState['action'];
export type Human = Extract<Action, { kind: 'human' }>;
type Schema = Plan['input'];

/** All states of a plan, each before those inside of it. */
export function statesOf(plan: Plan): readonly PlanState[] {
  const within = (scope: Scope): PlanState[] =>
    scope.states.flatMap((state) => [state, ...scopesOf(state.action).flatMap(within)]);
  return within(plan.root);
}

/** The state with this id, wherever it stands; null if there is none. */
export function findState(plan: Plan, id: string): PlanState | null {
  return statesOf(plan).find((state) => state.id === id) ?? null;
}

/** The human state with this id; null if there is none. */
export function findHuman(plan: Plan, id: string): Human | null {
  const action = findState(plan, id)?.action;
  return action?.kind === 'human' ? action : null;
}

/** The innermost state whose text holds this offset; null outside of all states. */
export function stateAt(plan: Plan, offset: number): PlanState | null {
  return statesOf(plan).findLast(({ range }) => range.start <= offset && offset <= range.end) ?? null;
}

/** The types of errors that the workflow itself speaks of, with what it says of them. */
export function errorsOf(plan: Plan): readonly { readonly word: string; readonly about?: string }[] {
  const declared = plan.errors.map(({ type, description }) => ({
    word: type,
    ...(description === null ? {} : { about: description }),
  }));
  const patterns = [
    ...plan.participants.flatMap(({ operations }) => operations.flatMap(({ errors }) => errors)),
    ...[plan.root.catch, ...statesOf(plan).map((state) => state.catch)].flat().flatMap(({ errors }) => errors),
  ];
  const known = new Set(declared.map(({ word }) => word));
  const others = [...new Set(patterns)].filter((type) => !known.has(type) && !GENERAL.test(type));
  return [...declared, ...others.map((word) => ({ word }))];
}

/** Patterns that stand for many types are none themselves. */
const GENERAL = /^(any|http|exit)$|^http\.\dxx$/;

/** What a state's call promises to answer, as a JSON Schema; null where nothing is known. */
export function answerOf(plan: Plan, { action }: PlanState): Schema {
  if (action.kind !== 'call') return null;
  const participant = plan.participants.find(({ name }) => name === action.participant);
  return participant?.operations.find(({ name }) => name === action.operation)?.output ?? null;
}

function scopesOf(action: Action): Scope[] {
  if (action.kind === 'scope') return [action.scope];
  if (action.kind === 'foreach') return action.scope === null ? [] : [action.scope];
  if (action.kind === 'parallel') return action.branches.map((branch) => branch.scope);
  return [];
}
