/**
 * What a later error would leave done: `missing-compensation`.
 *
 * Rule: sections 8 and 13 of the language reference. A call that writes needs a compensation when, after it completed,
 * something may run that undoes the scope of the call: an error that leaves this scope or one around it, a handler that
 * rolls back, or a rollback itself. Behind a pivot nothing is undone, and whatever stands around the call with a
 * compensation of its own answers for it.
 * Source: backward reachability from everything that undoes, in the graph without what lies behind pivots.
 * Complexity: linear in the states and edges of each scope, and once more for each state that a rollback goes back to.
 */
import { callOf, effectOfCall } from '../calls.ts';
import { type Diagnostic, finding } from '../diagnostics.ts';
import type { Range } from '../text.ts';
import type { RollbackTarget, State } from '../workflow.ts';
import { stateNamed } from '../workflow.ts';
import { collects, mayTake, NONE, notTaken } from './saga-failures.ts';
import { compensationFixes, type FixSource } from './saga-fixes.ts';
import { anywhere, completed, ended, entered, nearestAhead, reach } from './saga-graph.ts';
import { isBehindPivot, isLive, pivotsAt, type Saga, type SagaScope } from './saga-model.ts';

/** Why what is done would be undone. */
interface Culprit {
  /** As it begins a sentence: ‘ship’ can fail. */
  readonly what: string;
  readonly range: Range;
}

interface Undoing {
  /** What may undo a completed state, from within its scope; null when nothing does. */
  readonly after: (state: number) => Culprit | null;
  /** Whether the scope can complete once the state has, without a pivot in between. */
  readonly mayEnd: (state: number) => boolean;
}

interface Around {
  /** While the scope still runs. */
  readonly beside: Culprit | null;
  /** Once the scope has completed. */
  readonly later: Culprit | null;
}

/** The findings about writes that nothing would undo. */
export function missingCompensations(saga: Saga, source: FixSource): readonly Diagnostic[] {
  const recovery = saga.workflow.recovery?.value;
  if (recovery === 'suspend' || recovery === 'fail') return [];
  const found: Diagnostic[] = [];
  const undoings = new Map<SagaScope, Undoing>();
  const known = new Map<SagaScope, Around>();
  const around = (one: SagaScope): Around => {
    const made = known.get(one) ?? undoneAround(saga, one, undoings, around);
    known.set(one, made);
    return made;
  };
  const rollsAll = new Map<SagaScope, Culprit | null>();
  for (const one of [...saga.scopes].reverse()) rollsAll.set(one, rollbackOfAll(saga, one, rollsAll));
  for (const one of saga.scopes) {
    if (one.undoing || !isLive(one) || isBehindPivot(one)) continue;
    const undoing = lazily(() => undoingIn(saga, one, rollsAll));
    undoings.set(one, undoing);
    for (const [at, state] of one.scope.states.entries()) {
      if (one.open[entered(at)] === 0 || state.pivot || !isUnanswered(saga, state)) continue;
      const outside = around(one);
      const later = undoing.mayEnd(at) ? outside.later : null;
      const culprit = undoing.after(at) ?? outside.beside ?? later ?? otherItems(state);
      if (culprit !== null) found.push(missing(state, culprit, source));
    }
  }
  return found;
}

/** Whether the state is a call that writes and does not say how it is undone. */
function isUnanswered(saga: Saga, state: State): boolean {
  if (state.compensate !== null) return false;
  const called = callOf(saga.operations, state);
  if (called === null || called.compensate !== null) return false;
  // A confirm without its other half is a finding of its own.
  if (state.confirm !== null) return false;
  return effectOfCall(saga.operations, called.call) === 'write';
}

function missing(state: State, { what, range }: Culprit, source: FixSource): Diagnostic {
  const message = `What ‘${state.name}’ does would be left as it is: ${what} afterwards. Give it ‘compensate’, or ‘compensate: none’ if nothing needs undoing.`;
  const related = [{ message: 'This is what comes afterwards.', range }];
  return finding('missing-compensation', state.nameRange, message, {
    related,
    fixes: compensationFixes(source, state),
  });
}

/** The other items of a foreach with a call: one that fails undoes those that are done. */
function otherItems(state: State): Culprit | null {
  if (state.action?.kind !== 'foreach' || collects(state)) return null;
  return { what: 'another item can fail', range: state.action.entry.key.range };
}

/** What is worked out only when something has to be answered for. */
function lazily(make: () => Undoing): Undoing {
  let made: Undoing | null = null;
  return {
    after: (state) => (made ??= make()).after(state),
    mayEnd: (state) => (made ??= make()).mayEnd(state),
  };
}

function undoingIn(saga: Saga, one: SagaScope, rollsAll: ReadonlyMap<SagaScope, Culprit | null>): Undoing {
  const { scope, graph } = one;
  const blocked = pivotsAt(one.pivots);
  const culprits = new Map<number, Culprit>();
  const back: { readonly node: number; readonly to: number; readonly culprit: Culprit }[] = [];
  const add = (node: number, target: RollbackTarget | null, culprit: Culprit): void => {
    if (target === null) return;
    if (target.how !== 'to') culprits.set(node, culprits.get(node) ?? culprit);
    const named = target.to === null ? undefined : stateNamed(scope, target.to.value);
    const to = named === undefined ? undefined : graph.indexOf.get(named);
    if (to !== undefined) back.push({ node, to, culprit });
  };
  for (const [at, state] of scope.states.entries()) {
    const failures = one.failures[at] ?? NONE;
    const fails: Culprit = { what: `‘${state.name}’ can fail`, range: state.nameRange };
    if (notTaken(failures, scope.catch).size > 0) culprits.set(entered(at), fails);
    for (const handler of scope.catch) if (mayTake(handler, failures)) add(entered(at), handler.rollback, fails);
    const inside = innerScopes(saga, state).flatMap((inner) => rollsAll.get(inner) ?? []);
    if (inside[0] !== undefined) culprits.set(entered(at), culprits.get(entered(at)) ?? inside[0]);
  }
  for (const { state, at, node, target, handler } of one.rollbacks) {
    if (blocked(node)) continue;
    const how = handler === null ? 'can roll it back' : 'can fail';
    if (handler !== null && !mayTake(handler, one.raised[at] ?? NONE)) continue;
    add(node, target, { what: `‘${state.name}’ ${how}`, range: state.nameRange });
  }
  if (scope.kind === 'workflow') {
    for (const { event, transitions } of scope.on) {
      const culprit: Culprit = { what: `the event ‘${event.value}’ can roll it back`, range: event.range };
      for (const { rollback } of transitions) add(anywhere(graph), rollback, culprit);
    }
  }
  const ahead = nearestAhead(graph, [...culprits.keys()], blocked);
  const end = nearestAhead(graph, [ended(graph)], blocked);
  const partial = backTo(one, back);
  return {
    after: (state) => culprits.get(ahead[completed(state)] ?? -1) ?? partial(state),
    mayEnd: (state) => (end[completed(state)] ?? -1) >= 0,
  };
}

/** Rollbacks to a state undo what completed after it. */
function backTo(
  one: SagaScope,
  back: readonly { readonly node: number; readonly to: number; readonly culprit: Culprit }[],
): (state: number) => Culprit | null {
  const blocked = pivotsAt(one.pivots);
  const targets = [...new Set(back.map(({ to }) => to))].map((to) => {
    const from = new Map(back.filter((each) => each.to === to).map(({ node, culprit }) => [node, culprit]));
    return {
      to,
      from,
      after: reach(one.graph, [completed(to)], blocked),
      ahead: nearestAhead(one.graph, [...from.keys()], blocked),
    };
  });
  return (state) => {
    for (const { to, from, after, ahead } of targets) {
      if (state === to || after[completed(state)] === 0) continue;
      const culprit = from.get(ahead[completed(state)] ?? -1);
      if (culprit !== undefined) return culprit;
    }
    return null;
  };
}

/** A rollback of everything, in the scope or in one inside it. */
function rollbackOfAll(saga: Saga, one: SagaScope, inner: ReadonlyMap<SagaScope, Culprit | null>): Culprit | null {
  for (const { state, at, target } of one.rollbacks) {
    if (target.how !== 'all' || one.open[entered(at)] === 0) continue;
    return { what: `‘${state.name}’ can roll it back`, range: state.nameRange };
  }
  for (const [at, state] of one.scope.states.entries()) {
    if (one.open[entered(at)] === 0) continue;
    for (const scope of innerScopes(saga, state)) {
      const found = inner.get(scope) ?? null;
      if (found !== null) return found;
    }
  }
  return null;
}

function innerScopes(saga: Saga, { action }: State): readonly SagaScope[] {
  if (action?.kind === 'parallel') return action.branches.flatMap((branch) => saga.of.get(branch) ?? []);
  if (action?.kind === 'scope') return [saga.of.get(action.scope) ?? []].flat();
  return action?.kind === 'foreach' ? [saga.of.get(action.body) ?? []].flat() : [];
}

/** What outside of a scope undoes what is done in it. */
function undoneAround(
  saga: Saga,
  one: SagaScope,
  undoings: ReadonlyMap<SagaScope, Undoing>,
  around: (one: SagaScope) => Around,
): Around {
  const { parent, owner: at } = one;
  const owner = one.scope.owner;
  const outer = parent === null ? undefined : undoings.get(parent);
  if (parent === null || owner === null || outer === undefined) return { beside: null, later: null };
  const beside = besideScope(saga, one, owner) ?? around(parent).beside;
  if (owner.compensate !== null || parent.pivots[at] === true) return { beside, later: null };
  const later = outer.mayEnd(at) ? around(parent).later : null;
  return { beside, later: outer.after(at) ?? later };
}

function besideScope(saga: Saga, one: SagaScope, owner: State): Culprit | null {
  const { action } = owner;
  if (action?.kind === 'scope') {
    for (const { event, transitions } of [...action.on, ...action.scope.on]) {
      if (!transitions.some(({ rollback }) => rollback?.how === 'all' || rollback?.how === 'scope')) continue;
      return { what: `the event ‘${event.value}’ can roll it back`, range: event.range };
    }
  }
  if (collects(owner)) return null;
  if (action?.kind === 'foreach' && one.leaving.size > 0) {
    return { what: 'another item can fail', range: action.entry.key.range };
  }
  if (action?.kind !== 'parallel') return null;
  const failing = action.branches.find(
    (branch) => branch !== one.scope && (saga.of.get(branch)?.leaving.size ?? 0) > 0,
  );
  if (failing === undefined) return null;
  const name = failing.name ?? { value: '', range: failing.range };
  return { what: `the branch ‘${name.value}’ can fail`, range: name.range };
}
