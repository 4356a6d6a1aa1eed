/**
 * Where there is no way back: pivots that follow each other or stand side by side with others, what is done behind one.
 *
 * Rule: sections 8.9 and 13 of the language reference. ‘Behind’ is what some path leads to from the completion of a
 * pivot; only that a compensation can never be used needs every path to have passed one.
 * Source: reachability in the graphs of the scopes; of several pivots the strongly connected components decide which one
 * comes first.
 * Complexity: linear in the states and edges of each scope; `rollback-past-pivot` once more for each state that a
 * rollback goes back to, and for each finding.
 */
import { callOf, isLog } from '../calls.ts';
import { retryOf } from '../lower/values.ts';
import { type Diagnostic, finding } from '../diagnostics.ts';
import { entryOf } from '../tree.ts';
import type { Range } from '../text.ts';
import type { Scope, State } from '../workflow.ts';
import { stateNamed } from '../workflow.ts';
import { components } from './components.ts';
import { collects, NONE } from './saga-failures.ts';
import { completed, entered, reach } from './saga-graph.ts';
import { comesAfterPivot, isLive, type Saga, type SagaScope } from './saga-model.ts';

/** The findings about pivots and what lies behind them. */
export function checkPivots(saga: Saga): readonly Diagnostic[] {
  const behind = new Map<SagaScope, Uint8Array | 'all'>();
  const found: Diagnostic[] = [];
  for (const one of saga.scopes) found.push(...one.scope.states.flatMap(pivotInBranch));
  if (!saga.scopes.some((one) => one.mayPivot.includes(true))) return found;
  for (const one of saga.scopes) {
    if (one.undoing || !isLive(one)) continue;
    behind.set(one, behindPivots(one, behind));
    found.push(...manyPivots(saga, one), ...pastPivot(saga, one, behind), ...risks(saga, one, behind));
  }
  return [...found, ...neverUsed(saga, behind)];
}

/** The nodes that some path leads to from the completion of a pivot; all where the scope itself lies behind one. */
function behindPivots(one: SagaScope, behind: ReadonlyMap<SagaScope, Uint8Array | 'all'>): Uint8Array | 'all' {
  const outer = one.parent === null ? undefined : behind.get(one.parent);
  if (isBehind(outer, entered(one.owner))) return 'all';
  const pivots = one.mayPivot.flatMap((is, at) => (is && one.reached[entered(at)] === 1 ? [at] : []));
  return reach(
    one.graph,
    pivots.flatMap((at) => one.graph.next[completed(at)] ?? []),
  );
}

function isBehind(nodes: Uint8Array | 'all' | undefined, node: number): boolean {
  return nodes === 'all' || nodes?.[node] === 1;
}

function pivotRange(state: State): Range {
  return entryOf(state.node, 'pivot')?.key.range ?? state.nameRange;
}

/** The pivot that a state is, or the first one inside of it. */
function pivotIn(saga: Saga, state: State): State {
  const { action } = state;
  if (state.pivot || action?.kind !== 'scope') return state;
  const inner = saga.of.get(action.scope);
  const at = inner?.mayPivot.indexOf(true) ?? -1;
  const found = action.scope.states[at];
  return found === undefined ? state : pivotIn(saga, found);
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

/** A pivot that lies behind another one on some path; of two that lead to each other the second in the file. */
function manyPivots(saga: Saga, one: SagaScope): readonly Diagnostic[] {
  const { states } = one.scope;
  const pivots = states.flatMap((_, at) => (one.mayPivot[at] === true && one.reached[entered(at)] === 1 ? [at] : []));
  if (pivots.length < 2) return [];
  const before = pivotsBefore(one, pivots);
  return pivots.flatMap((at) => {
    const earlier = states[before(at)];
    const later = states[at];
    if (earlier === undefined || later === undefined) return [];
    const [first, second] = [pivotIn(saga, earlier), pivotIn(saga, later)];
    const message = `‘${second.name}’ comes after the pivot ‘${first.name}’, behind which there is no way back already. Keep one of the two.`;
    const related = [{ message: 'The first pivot stands here.', range: pivotRange(first) }];
    return [finding('many-pivots', pivotRange(second), message, { related })];
  });
}

/** For each pivot another one that it comes after, or -1. */
function pivotsBefore({ graph }: SagaScope, pivots: readonly number[]): (pivot: number) => number {
  const nodes = graph.next.map((_, node) => node);
  const groups = components(nodes, (node) => graph.next[node] ?? []);
  const groupOf = new Int32Array(nodes.length);
  for (const [group, members] of groups.entries()) for (const node of members) groupOf[node] = group;
  const within = new Map<number, number[]>();
  for (const at of pivots) {
    const group = groupOf[completed(at)] ?? 0;
    within.set(group, [...(within.get(group) ?? []), at]);
  }
  // A group comes behind all that it leads to, so that pivots are handed down from the last group to the first.
  const above = new Int32Array(groups.length).fill(-1);
  for (let group = groups.length - 1; group >= 0; group--) {
    const passed = within.get(group)?.[0] ?? above[group] ?? -1;
    if (passed < 0) continue;
    for (const node of groups[group] ?? []) {
      for (const next of graph.next[node] ?? []) {
        const target = groupOf[next] ?? 0;
        if (target !== group && above[target] === -1) above[target] = passed;
      }
    }
  }
  return (at) => {
    const group = groupOf[entered(at)] ?? 0;
    const up = above[group] ?? -1;
    if (up >= 0) return up;
    const isMutual = groupOf[completed(at)] === group;
    return (within.get(group) ?? []).find((other) => other !== at && (other < at || !isMutual)) ?? -1;
  };
}

/** Rollbacks that would have to go back past a pivot. */
function pastPivot(
  saga: Saga,
  one: SagaScope,
  behind: ReadonlyMap<SagaScope, Uint8Array | 'all'>,
): readonly Diagnostic[] {
  const here = behind.get(one);
  if (here === undefined || (here !== 'all' && !here.includes(1))) return [];
  const between = pivotsSince(one);
  const own = here === 'all' ? behindPivots(one, new Map()) : here;
  const pivot = firstPivot(saga, one);
  return one.rollbacks.flatMap(({ state, node, target }) => {
    if (one.reached[node] === 0 || !isBehind(here, node)) return [];
    const named = target.to === null ? undefined : stateNamed(one.scope, target.to.value);
    const to = named === undefined ? undefined : one.graph.indexOf.get(named);
    if (target.how === 'to' && (to === undefined || !between(to, node))) return [];
    if (target.how === 'scope' && !isBehind(own, node)) return [];
    const range = target.to?.range ?? target.range;
    const how = target.how === 'to' ? `back to ‘${target.to?.value ?? ''}’` : 'all the way back';
    const by = pivot === null ? 'a pivot' : `the pivot ‘${pivot.name}’`;
    const message = `‘${state.name}’ can’t roll ${how}: what was done up to ${by} is no longer undone. Roll back only to a state behind it.`;
    const related = pivot === null ? [] : [{ message: 'The pivot stands here.', range: pivotRange(pivot) }];
    return [finding('rollback-past-pivot', range, message, { related })];
  });
}

/** Whether a pivot was passed at a node since a state last completed. */
function pivotsSince(one: SagaScope): (to: number, node: number) => boolean {
  const known = new Map<number, Uint8Array>();
  return (to, node) => {
    let behind = known.get(to);
    if (behind === undefined) {
      const stop = (other: number): boolean => other === completed(to);
      const after = reach(one.graph, one.graph.next[completed(to)] ?? [], stop);
      const pivots = one.mayPivot.flatMap((is, at) => (is && at !== to && after[completed(at)] === 1 ? [at] : []));
      behind = reach(
        one.graph,
        pivots.flatMap((at) => one.graph.next[completed(at)] ?? []),
        stop,
      );
      known.set(to, behind);
    }
    return behind[node] === 1;
  };
}

function firstPivot(saga: Saga, one: SagaScope): State | null {
  for (let at: SagaScope | null = one; at !== null; at = at.parent) {
    const state = at.scope.states[at.mayPivot.indexOf(true)];
    if (state !== undefined) return pivotIn(saga, state);
  }
  return null;
}

/** Steps behind a pivot that can fail, and nothing then tries again or goes another way. */
function risks(saga: Saga, one: SagaScope, behind: ReadonlyMap<SagaScope, Uint8Array | 'all'>): readonly Diagnostic[] {
  const here = behind.get(one);
  if (isCaught(one)) return [];
  const pivot = firstPivot(saga, one);
  return one.scope.states.flatMap((state, at) => {
    if (!isBehind(here, entered(at)) || one.reached[entered(at)] === 0) return [];
    if (state.warn || state.catch.length > 0 || !isRisk(saga, one, at)) return [];
    const by = pivot === null ? 'the pivot' : `the pivot ‘${pivot.name}’`;
    const message = `‘${state.name}’ comes after ${by} and can fail, which would suspend the run: there is no way back any more. Give it ‘retry’ or ‘catch’.`;
    const related = pivot === null ? [] : [{ message: 'The pivot stands here.', range: pivotRange(pivot) }];
    return [finding('pivot-not-last-risk', state.nameRange, message, { related })];
  });
}

/** Whether the state itself, and not something inside it, can fail and is tried only once. */
function isRisk(saga: Saga, one: SagaScope, at: number): boolean {
  const state = one.scope.states[at];
  if (state === undefined || collects(state)) return false;
  const called = callOf(saga.operations, state);
  if (called !== null) {
    return !isLog(called.call) && (retryOf({ workflow: saga.workflow }, called.retry)?.attempts ?? 1) < 2;
  }
  const kind = state.action?.kind;
  if (kind !== 'run' && kind !== 'human' && kind !== 'listen' && kind !== 'wait') return false;
  const tries = retryOf({ workflow: saga.workflow }, state.retry)?.attempts ?? 1;
  return tries < 2 && (one.raised[at] ?? NONE).size > 0;
}

/** Whether a handler of the scope, or around it, may take an error. */
function isCaught(one: SagaScope): boolean {
  for (let at: SagaScope | null = one; at !== null; at = at.parent) {
    const { owner } = at.scope;
    if (at.scope.catch.length > 0) return true;
    if (owner !== null && (owner.catch.length > 0 || owner.warn || collects(owner))) return true;
  }
  return false;
}

/**
 * Compensations that are discarded by the pivot itself, or stand where a pivot was certainly passed. Inside a branch, an
 * item or a scope whose errors are caught they may still run, and where something rolls back.
 */
function neverUsed(saga: Saga, behind: ReadonlyMap<SagaScope, Uint8Array | 'all'>): readonly Diagnostic[] {
  const rollsBack = saga.scopes.some((one) => {
    const here = behind.get(one);
    const { catch: handlers, on } = one.scope;
    const led = on.flatMap(({ transitions }) => transitions);
    if (here !== undefined && [...handlers, ...led].some(({ rollback }) => rollback !== null)) return true;
    return one.rollbacks.some(({ node }) => isBehind(here, node));
  });
  return saga.scopes.flatMap((one) => {
    if (one.undoing || !isLive(one)) return [];
    return one.scope.states.flatMap((state, at) => {
      const action = state.action?.kind === 'foreach' ? state.action : null;
      const compensate = action?.compensate ?? state.compensate;
      if (compensate === null || compensate.none || one.reached[entered(at)] === 0) return [];
      const after = comesAfterPivot(one, at);
      // With `after: attempt` the entry counts while the pivot itself is in doubt.
      const isAt = one.pivots[at] === true && (!state.pivot || compensate.after === 'completion');
      if (!isAt && !after) return [];
      if (after && (rollsBack || mayBeUndone(one))) return [];
      const where = after ? 'comes after a pivot' : 'is a pivot';
      const message = `This compensation is never used, because ‘${state.name}’ ${where}: there is no way back any more. Remove it.`;
      return [finding('compensation-never-used', compensate.entry.key.range, message)];
    });
  });
}

/** Whether something around the scope, behind the pivot, may undo it by itself. */
function mayBeUndone(one: SagaScope): boolean {
  for (let at = one; at.parent !== null && comesAfterPivot(at.parent, at.owner); at = at.parent) {
    const { owner, kind } = at.scope;
    if (kind !== 'scope' || owner === null || owner.catch.length > 0 || owner.warn) return true;
  }
  return false;
}
