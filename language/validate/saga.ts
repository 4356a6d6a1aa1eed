/** Family saga: where there is no way back, and how far a rollback can go. Section 8 of the language reference. */
import { type Diagnostic, finding } from '../diagnostics.ts';
import { edgesOf, edgesOfScope, targetsOf } from '../edges.ts';
import { entryOf } from '../tree.ts';
import type { Range } from '../text.ts';
import type { RollbackTarget, Scope, State, Workflow } from '../workflow.ts';
import { startOf, stateNamed } from '../workflow.ts';

/** The findings of the family. */
export function checkSaga(workflow: Workflow): readonly Diagnostic[] {
  return [
    ...workflow.states.flatMap(pivotInBranch),
    ...workflow.scopes.flatMap(manyPivots),
    ...workflow.states.flatMap(rollbackTargets),
  ];
}

function pivotRange(state: State): Range {
  return entryOf(state.node, 'pivot')?.key.range ?? state.nameRange;
}

function pivotInBranch(state: State): readonly Diagnostic[] {
  if (!state.pivot) return [];
  for (let scope: Scope | null = state.scope; scope !== null; scope = scope.parent) {
    if (scope.kind !== 'branch' && scope.kind !== 'item') continue;
    const where = scope.kind === 'branch' ? 'a branch' : 'an item';
    const message = `A pivot can’t stand in ${where}, because others run beside it. Put it behind ‘${scope.owner?.name ?? ''}’.`;
    return [finding('pivot-in-branch', pivotRange(state), message)];
  }
  return [];
}

/** A pivot that lies behind another one on some path. */
function manyPivots(scope: Scope): readonly Diagnostic[] {
  const pivots = scope.states.filter(holdsPivot);
  if (pivots.length < 2) return [];
  return pivots.flatMap((later, at) => {
    const earlier = pivots.find((one, place) => {
      if (one === later || !behind(scope, one).has(later)) return false;
      // Of two that lead to each other only the second in the file is reported.
      return place < at || !behind(scope, later).has(one);
    });
    if (earlier === undefined) return [];
    const message = `‘${later.name}’ comes after the pivot ‘${earlier.name}’, behind which there is no way back already. Keep one of the two.`;
    const related = [{ message: 'The first pivot stands here.', range: pivotRange(earlier) }];
    return [finding('many-pivots', pivotRange(later), message, { related })];
  });
}

function holdsPivot(state: State): boolean {
  if (state.pivot) return true;
  return state.action?.kind === 'scope' && state.action.scope.states.some(holdsPivot);
}

/** The states that can be entered after `state` has completed. */
function behind(scope: Scope, state: State): ReadonlySet<State> {
  const completed = edgesOf(state).filter((edge) => edge.kind !== 'catch');
  return reachable(scope, targetsOf(scope, completed), null);
}

/** The states that can be entered from `open`; where `undone` is given, without its ever completing. */
function reachable(scope: Scope, open: readonly State[], undone: State | null): ReadonlySet<State> {
  const reached = new Set<State>();
  const left = [...open];
  for (let state = left.pop(); state !== undefined; state = left.pop()) {
    if (reached.has(state)) continue;
    reached.add(state);
    const edges = edgesOf(state);
    left.push(...targetsOf(scope, state === undone ? edges.filter((edge) => edge.kind === 'catch') : edges));
  }
  return reached;
}

/** Rollbacks to a state that some path to them has not completed. */
function rollbackTargets(state: State): readonly Diagnostic[] {
  const targets: (RollbackTarget | null)[] = [];
  if (state.action?.kind === 'rollback') targets.push(state.action.target);
  const failed: (RollbackTarget | null)[] = state.catch.map((handler) => handler.rollback);
  targets.push(...state.next.map((transition) => transition.rollback));
  if (state.action?.kind === 'switch') targets.push(...state.action.transitions.map((one) => one.rollback));
  return [
    ...targets.flatMap((one) => uncertain(state, one, false)),
    ...failed.flatMap((one) => uncertain(state, one, true)),
  ];
}

function uncertain(state: State, target: RollbackTarget | null, failed: boolean): readonly Diagnostic[] {
  const name = target?.to;
  if (name === null || name === undefined) return [];
  const { scope } = state;
  const to = stateNamed(scope, name.value);
  const start = startOf(scope);
  if (to === undefined || start === undefined) return [];
  if (to === state && !failed) return [];
  const open = [start, ...targetsOf(scope, edgesOfScope(scope))];
  if (!reachable(scope, open, to).has(state)) return [];
  const message = `‘${name.value}’ is not certainly done when ‘${state.name}’ rolls back to it. Name a state that every path here has completed.`;
  return [finding('rollback-target', name.range, message)];
}
