/**
 * Family graph: which states can be reached, from where an end can be, and what every list of transitions leaves open.
 * Each scope is looked at for itself; the states of a scope that is never entered are not reported one by one.
 *
 * 1. A name that does not exist and a `next` that is missing are reported elsewhere; here they count as a way out.
 * 2. Nothing is reported of states whose kind is not known: what they lead to is not known either.
 */
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import {
  alwaysHolds,
  type Edge,
  edgesOf,
  edgesOfScope,
  isBounded,
  takeable,
  targetsOf,
  type TransitionList,
  transitionLists,
} from '../edges.ts';
import { END } from '../names.ts';
import type { Located } from '../text.ts';
import { entryOf } from '../tree.ts';
import type { Handler, Scope, State, Workflow } from '../workflow.ts';
import { scopesOf, startOf, stateNamed } from '../workflow.ts';
import { shapeNamed } from '../schema.ts';
import { components } from './components.ts';
import { isMisspelt } from './misspelt.ts';

/** The findings about ways through the scopes: what can't be reached, what is never left. */
export function checkGraph(workflow: Workflow): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const dead = new Set<Scope>();
  for (const scope of workflow.scopes) {
    const reached = reachedIn(scope);
    for (const state of scope.states) {
      if (reached.has(state) && !dead.has(scope)) continue;
      for (const inner of scopesOf(state.action)) dead.add(inner);
      if (!dead.has(scope) && !isDuplicate(scope, state)) found.push(unreachable(state));
    }
    const live = scope.states.filter((state) => reached.has(state));
    found.push(...traps(scope, live), ...loops(scope, live));
  }
  return found;
}

/** The findings about the lists of transitions and handlers of `states` and `scopes`. */
export function checkTransitions(states: readonly State[], scopes: readonly Scope[]): readonly Diagnostic[] {
  const found: Diagnostic[] = states.flatMap(checkState);
  for (const scope of scopes) {
    found.push(...shadowedHandlers(scope.catch));
    for (const { event, transitions } of scope.on) {
      found.push(...shadowed({ kind: 'scope-event', transitions, range: event.range }));
    }
  }
  return found;
}

/** A duplicate of a name is never meant by that name; that it is one is reported already. */
function isDuplicate(scope: Scope, state: State): boolean {
  return stateNamed(scope, state.name) !== state;
}

function reachedIn(scope: Scope): ReadonlySet<State> {
  const reached = new Set<State>();
  const start = startOf(scope);
  // A start that does not exist is reported as such; nothing follows from it.
  if (start === undefined) return new Set(scope.states);
  const open = [start, ...targetsOf(scope, edgesOfScope(scope))];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (reached.has(state)) continue;
    reached.add(state);
    open.push(...targetsOf(scope, edgesOf(state)));
  }
  return reached;
}

function unreachable(state: State): Diagnostic {
  const message = `No path from the start leads to ‘${state.name}’. Lead a transition here, or remove the state.`;
  return finding('unreachable-state', state.nameRange, message);
}

/** States from which every path leads back among themselves: one finding for each such set, at its first state. */
function traps(scope: Scope, states: readonly State[]): readonly Diagnostic[] {
  const outward = edgesOfScope(scope);
  const edges = new Map(states.map((state) => [state, [...edgesOf(state), ...outward]]));
  const ends = (state: State): boolean => isWayOut(scope, state, edges.get(state) ?? []);
  const out = new Set(states.filter(ends));
  const before = new Map<State, State[]>();
  for (const state of states) {
    for (const target of targetsOf(scope, edges.get(state) ?? []))
      before.set(target, [...(before.get(target) ?? []), state]);
  }
  const open = [...out];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const earlier of before.get(state) ?? []) {
      if (out.has(earlier)) continue;
      out.add(earlier);
      open.push(earlier);
    }
  }
  const caught = states.filter((state) => !out.has(state));
  if (caught.length === 0) return [];
  const next = (state: State): readonly State[] => targetsOf(scope, edges.get(state) ?? []);
  return components(caught, next).flatMap((component) => {
    const members = new Set(component);
    const leaves = component.some((state) => next(state).some((target) => !members.has(target)));
    const [first] = component;
    if (leaves || first === undefined) return [];
    const names = component.map((state) => `‘${state.name}’`).join(', ');
    const message = `From ‘${first.name}’ no end can be reached: every path stays in ${names}. Lead one of them to ‘end’ or out of the circle.`;
    return [finding('no-way-out', first.nameRange, message)];
  });
}

/** Whether the scope can be left here: by `end`, by an error, or in a way that is reported as missing. */
function isWayOut(scope: Scope, state: State, edges: readonly Edge[]): boolean {
  const { action } = state;
  if (action === null || action.kind === 'fail') return true;
  if (edges.some(({ to }) => to === END || stateNamed(scope, to) === undefined)) return true;
  // Events that an embedded scope listens to leave it.
  if (scope.kind === 'scope' && leavesByEvent(scope)) return true;
  return edges.length === 0;
}

function leavesByEvent(scope: Scope): boolean {
  const action = scope.owner?.action;
  return scope.on.length > 0 || (action?.kind === 'scope' && action.scope === scope && action.on.length > 0);
}

/** Cycles that nothing bounds: one finding for each set of states that lead to each other without bound. */
function loops(scope: Scope, states: readonly State[]): readonly Diagnostic[] {
  const free = states.filter((state) => state.action !== null && !isBounded(state));
  const isFree = new Set(free);
  const next = (state: State): readonly State[] =>
    targetsOf(scope, edgesOf(state)).filter((target) => isFree.has(target));
  return components(free, next).flatMap((component) => {
    const [first] = component;
    if (first === undefined || (component.length === 1 && !next(first).includes(first))) return [];
    const way =
      component.length === 1
        ? 'itself'
        : component
            .slice(1)
            .map((state) => `‘${state.name}’`)
            .join(', ');
    const message = `‘${first.name}’ loops through ${way} with nothing that bounds it: no wait, no person, no ‘maxVisits’. Give it ‘maxVisits’.`;
    const fixes: FixData[] = [{ kind: 'insert-key', into: first.node.range, key: 'maxVisits', value: '100' }];
    return [finding('unbounded-loop', first.nameRange, message, { fixes })];
  });
}

function checkState(state: State): readonly Diagnostic[] {
  if (state.action === null) return [];
  const found: Diagnostic[] = [...missingNext(state), ...shadowedHandlers(state.catch)];
  for (const list of transitionLists(state)) {
    found.push(...shadowed(list));
    if (!catchesNoTransition(state)) found.push(...missingDefault(list));
  }
  return found;
}

/** Kinds that say themselves where they lead, so that `next` may be absent. */
function missingNext(state: State): readonly Diagnostic[] {
  const { action } = state;
  if (action === null || action.kind === 'fail' || action.kind === 'switch') return [];
  // A `next` that is there but empty is a matter of form.
  if (entryOf(state.node, 'next') !== undefined) return [];
  if (state.node.kind !== 'map' || isMisspelt(shapeNamed('state'), state.node, 'next')) return [];
  const fixes: FixData[] = [{ kind: 'insert-key', into: state.node.range, key: 'next', value: followingState(state) }];
  if (action.kind === 'human') {
    if (action.on.length > 0) {
      const led = new Set(action.on.filter((one) => one.transitions.length > 0).map((one) => one.outcome.value));
      const open = [...(action.outcomes ?? []), ...action.on.map((one) => one.outcome)].filter(
        (one) => !led.has(one.value),
      );
      const [first] = open;
      if (first === undefined) return [];
      const message = `The outcome ‘${first.value}’ of ‘${state.name}’ leads nowhere. Name it in ‘on’, or give the state a ‘next’.`;
      return [finding('missing-next', state.nameRange, message, { fixes })];
    }
  }
  if (action.kind === 'listen') {
    const open = action.on.find((one) => one.transitions.length === 0);
    if (open === undefined && action.on.length > 0) return [];
    if (open !== undefined) {
      const message = `The event ‘${open.event.value}’ leads nowhere from ‘${state.name}’. Give it or the state a ‘next’.`;
      return [finding('missing-next', state.nameRange, message, { fixes })];
    }
  }
  const message = `‘${state.name}’ does not say where to go when it has ended. Give it a ‘next’; ‘end’ completes the scope.`;
  return [finding('missing-next', state.nameRange, message, { fixes })];
}

function followingState(state: State): string {
  const at = state.scope.states.indexOf(state);
  return state.scope.states[at + 1]?.name ?? END;
}

function catchesNoTransition(state: State): boolean {
  const names = (handlers: readonly Handler[]): boolean =>
    handlers.some(({ errors }) => errors.some((pattern) => pattern.value === 'no-transition'));
  if (names(state.catch)) return true;
  for (let scope: Scope | null = state.scope; scope !== null; scope = scope.parent) if (names(scope.catch)) return true;
  return false;
}

function missingDefault(list: TransitionList): readonly Diagnostic[] {
  const { transitions, range } = list;
  // What a scope listens to may leave an event alone; everything else must go somewhere.
  if (transitions.length === 0 || list.kind === 'scope-event' || transitions.some(alwaysHolds)) return [];
  const subject = list.kind === 'switch' ? 'The switch' : 'This';
  const message = `${subject} has no transition that always holds: when no condition does, the error no-transition is raised. End it with one without ‘when’.`;
  const last = transitions.at(-1);
  const fixes: FixData[] =
    last === undefined ? [] : [{ kind: 'add-item', list: last.node.range, item: '{ next: end }' }];
  return [finding('missing-default', range, message, { fixes })];
}

function shadowed(list: TransitionList): readonly Diagnostic[] {
  const taken = takeable(list.transitions);
  const last = taken.at(-1);
  const found: Diagnostic[] = [];
  const seen = new Map<string, (typeof taken)[number]>();
  for (const [at, transition] of list.transitions.entries()) {
    const condition = transition.when?.kind === 'scalar' ? transition.when.text.trim() : null;
    const same = condition === null ? undefined : seen.get(condition);
    if (condition !== null && same === undefined) seen.set(condition, transition);
    const blocker = at >= taken.length ? last : same;
    if (blocker === undefined) continue;
    const why = at >= taken.length ? 'the one before it always holds' : 'an earlier one has the same condition';
    const message = `This transition is never taken, because ${why}. Move it up, or remove it.`;
    const related = [{ message: 'This one is taken instead.', range: blocker.range }];
    const fixes: FixData[] = [{ kind: 'remove-entry', entry: transition.node.range }];
    found.push(finding('shadowed-transition', headOf(transition.next, transition.range), message, { related, fixes }));
  }
  return found;
}

/** The name that a transition leads to is the smallest place that shows which one it is. */
function headOf(next: Located<string> | null, whole: Located<string>['range']): Located<string>['range'] {
  return next?.range ?? whole;
}

/** Handlers behind one that takes all that they would. */
function shadowedHandlers(handlers: readonly Handler[]): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const [at, handler] of handlers.entries()) {
    const blocker = handlers.slice(0, at).find((earlier) => alwaysHolds(earlier) && coversAll(earlier, handler));
    if (blocker === undefined) continue;
    const message =
      'This handler never takes an error, because an earlier one takes them all. Move it up, or remove it.';
    const related = [{ message: 'This one takes them.', range: blocker.next?.range ?? blocker.range }];
    const fixes: FixData[] = [{ kind: 'remove-entry', entry: handler.range }];
    found.push(finding('shadowed-transition', headOf(handler.next, handler.range), message, { related, fixes }));
  }
  return found;
}

function coversAll(earlier: Handler, later: Handler): boolean {
  const patterns = earlier.errors.map((pattern) => pattern.value);
  if (patterns.length === 0 || patterns.includes('any')) return true;
  if (later.errors.length === 0) return false;
  return later.errors.every(({ value }) => patterns.some((pattern) => covers(pattern, value)));
}

/** Whether everything that `narrow` matches is matched by `wide` (section 7). */
export function covers(wide: string, narrow: string): boolean {
  if (wide === narrow || narrow.startsWith(`${wide}.`)) return true;
  const family = /^http\.([45])xx$/.exec(wide)?.[1];
  return family !== undefined && new RegExp(`^http\\.${family}\\d\\d$`).test(narrow);
}
