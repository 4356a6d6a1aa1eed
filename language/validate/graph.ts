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
  edgesOf,
  edgesOfScope,
  isBounded,
  takeable,
  targetsOf,
  type TransitionList,
  transitionLists,
} from '../edges.ts';
import { type Flow, flowOf, TO_NOWHERE } from '../flow.ts';
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
    const flow = flowOf(scope);
    const reached = reachedIn(scope, flow);
    const isDead = dead.has(scope);
    for (const [at, state] of scope.states.entries()) {
      if (reached[at] === 1 && !isDead) continue;
      for (const inner of scopesOf(state.action)) dead.add(inner);
      if (!isDead && !isDuplicate(scope, state)) found.push(unreachable(state));
    }
    found.push(...traps(scope, flow, reached), ...loops(scope, flow, reached));
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

/** For each state whether it can be reached. */
function reachedIn(scope: Scope, { indexOf, onwards, left }: Flow): Uint8Array {
  const reached = new Uint8Array(scope.states.length);
  const start = startOf(scope);
  // A start that does not exist is reported as such; nothing follows from it.
  if (start === undefined) return reached.fill(1);
  const open = [start, ...targetsOf(scope, edgesOfScope(scope))].map((state) => indexOf.get(state) ?? TO_NOWHERE);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at < 0 || reached[at] === 1) continue;
    reached[at] = 1;
    for (const to of onwards[at] ?? []) open.push(to);
    for (const to of left[at] ?? []) open.push(to);
  }
  return reached;
}

function unreachable(state: State): Diagnostic {
  const message = `No path from the start leads to ‘${state.name}’. Lead a transition here, or remove the state.`;
  return finding('unreachable-state', state.nameRange, message);
}

/**
 * States from which every path leads back among themselves: one finding for each such set, at its first state.
 *
 * @param reached for each state whether it can be reached; of others nothing is said
 */
function traps(scope: Scope, flow: Flow, reached: Uint8Array): readonly Diagnostic[] {
  const { states } = scope;
  const outward = edgesOfScope(scope);
  // Where the scope as a whole has a way out, every state in it has.
  if (outward.some(({ to }) => to === END || stateNamed(scope, to) === undefined)) return [];
  const outwards = targetsOf(scope, outward).map((state) => flow.indexOf.get(state) ?? TO_NOWHERE);
  const canLeave = leavesByEvent(scope) && scope.kind === 'scope';
  const out = new Uint8Array(states.length);
  const open: number[] = [];
  const before = backwards(flow, outwards, reached);
  for (const [at, { action }] of states.entries()) {
    if (reached[at] === 0) continue;
    const [on = [], off = []] = [flow.onwards[at], flow.left[at]];
    const isOut = canLeave || action === null || action.kind === 'fail';
    if (isOut || on.some(isOutside) || off.some(isOutside) || on.length + off.length + outward.length === 0) {
      out[at] = 1;
      open.push(at);
    }
  }
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (let link = before.first[at] ?? -1; link >= 0; link = before.next[link] ?? -1) {
      const earlier = before.from[link] ?? 0;
      if (out[earlier] === 1) continue;
      out[earlier] = 1;
      open.push(earlier);
    }
  }
  const caught = states.filter((_, at) => reached[at] === 1 && out[at] === 0);
  if (caught.length === 0) return [];
  const edges = new Map(caught.map((state) => [state, [...edgesOf(state), ...outward]]));
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

/** By `end`, or in a way that is reported as missing. */
function isOutside(to: number): boolean {
  return to < 0;
}

/** The states that lead to each state, as linked lists. */
interface Backwards {
  readonly first: Int32Array;
  readonly next: readonly number[];
  readonly from: readonly number[];
}

function backwards({ onwards, left }: Flow, outwards: readonly number[], reached: Uint8Array): Backwards {
  const first = new Int32Array(reached.length).fill(-1);
  const next: number[] = [];
  const from: number[] = [];
  for (let at = 0; at < reached.length; at++) {
    if (reached[at] === 0) continue;
    for (const targets of [onwards[at] ?? [], left[at] ?? [], outwards]) {
      for (const to of targets) {
        if (to < 0) continue;
        next.push(first[to] ?? -1);
        from.push(at);
        first[to] = from.length - 1;
      }
    }
  }
  return { first, next, from };
}

/** Events that an embedded scope listens to leave it. */
function leavesByEvent(scope: Scope): boolean {
  const action = scope.owner?.action;
  return scope.on.length > 0 || (action?.kind === 'scope' && action.scope === scope && action.on.length > 0);
}

/** The states without bound that are left where those are taken away that no others lead to, again and again. */
function inCircles({ states }: Scope, { onwards, left }: Flow, reached: Uint8Array): readonly State[] {
  const isFree = new Uint8Array(states.length);
  for (const [at, state] of states.entries()) {
    if (reached[at] === 1 && state.action !== null && !isBounded(state)) isFree[at] = 1;
  }
  const leading = new Int32Array(states.length);
  const each = (at: number, visit: (to: number) => void): void => {
    for (const targets of [onwards[at] ?? [], left[at] ?? []]) {
      for (const to of targets) if (to >= 0 && isFree[to] === 1) visit(to);
    }
  };
  for (let at = 0; at < states.length; at++) {
    if (isFree[at] === 1) each(at, (to) => (leading[to] = (leading[to] ?? 0) + 1));
  }
  const open: number[] = [];
  for (let at = 0; at < states.length; at++) if (isFree[at] === 1 && leading[at] === 0) open.push(at);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    each(at, (to) => {
      leading[to] = (leading[to] ?? 0) - 1;
      if (leading[to] === 0) open.push(to);
    });
    isFree[at] = 0;
  }
  return states.filter((_, at) => isFree[at] === 1);
}

/** Cycles that nothing bounds: one finding for each set of states that lead to each other without bound. */
function loops(scope: Scope, flow: Flow, reached: Uint8Array): readonly Diagnostic[] {
  const free = inCircles(scope, flow, reached);
  if (free.length === 0) return [];
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
