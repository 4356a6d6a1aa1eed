/**
 * Places: every spot of a plan where a run can be stopped, and what a line of the text means for a breakpoint.
 *
 * 1. `enter`, `call`, `return`, `undo` and `confirm` belong to a state, a `transition` to its own range; `keyOf` names both ways so
 *    that a step of the machine finds its breakpoints by one look into a map.
 * 2. A line means the places that begin on it; else, the innermost transition that spans it; else the next place of the
 *    same state further down; else nothing, with the reason why.
 * 3. That a condition is tested is a place of its own, at its `when`; it is meant only where a column is given. Without one,
 *    each line of an item means that the item is taken.
 */
import { lineIndex, positionAt } from '../language/index.ts';
import type { LineIndex, Plan, PlanAction, PlanScope, PlanState, PlanTransition, Range } from '../language/index.ts';

export type PlaceKind = 'enter' | 'call' | 'return' | 'transition' | 'test' | 'undo' | 'confirm';

export interface Place {
  readonly kind: PlaceKind;
  /** The state's stable id in the plan; empty for a transition of a scope's own handlers. */
  readonly state: string;
  readonly range: Range;
  /** Finds the place from a step of the machine. */
  readonly key: string;
  /** For `test`: where the transition stands that is tested. */
  readonly transition?: number;
  /** At `return`: whether the line is that of results (`assign`, `output`) or of errors (`catch`). */
  readonly after: 'result' | 'error' | null;
}

/** A plan with its places, in the order of the text. */
export interface PlaceMap {
  readonly lines: LineIndex;
  readonly places: readonly Place[];
  /** States, outer ones before those inside them. */
  readonly states: readonly { readonly state: PlanState; readonly scope: PlanScope }[];
}

/** Kinds of state that act as they are entered: nothing lies between their input and their action. */
export const WITHOUT_CALL: ReadonlySet<PlanAction['kind']> = new Set(['switch', 'set', 'rollback', 'fail']);

/** The name under which a place is found: by its state, or, for a transition, by where it stands. Tests are by state, too. */
export function keyOf(kind: string, state: string, start: number): string {
  return kind === 'transition' ? `transition@${start}` : `${kind} ${state}`;
}

const known = new WeakMap<Plan, PlaceMap>();

/** The places of `plan`, whose ranges count in `text`. Worked out once for each plan. */
export function placesOf(plan: Plan, text: string): PlaceMap {
  const before = known.get(plan);
  if (before !== undefined) return before;
  const places: Place[] = [];
  const states: { state: PlanState; scope: PlanScope }[] = [];
  collectScope(plan.root, null, places, states);
  places.sort((a, b) => a.range.start - b.range.start);
  const lines = lineIndex(text);
  const lineOf = ({ range }: Place): number => positionAt(lines, range.start).line;
  // An item that is written on one line is taken at its `next`.
  const items = new Map(places.map((place) => [`${place.key} ${lineOf(place)}`, place]));
  const told = places.filter(
    (place) => place.kind !== 'transition' || items.get(`${place.key} ${lineOf(place)}`) === place,
  );
  const map = { lines, places: told, states };
  known.set(plan, map);
  return map;
}

/** The state with this stable id, and the scope of the plan that it stands in; of an item of a call its `foreach`. */
export function stateOf(map: PlaceMap, id: string): { readonly state: PlanState; readonly scope: PlanScope } | null {
  return indexOf(map).get(id.replace(ITEM_OF_CALL, '')) ?? null;
}

/** Whether this is the id of an item of a `foreach` with a call. */
export function isItemOfCall(id: string): boolean {
  return ITEM_OF_CALL.test(id);
}

/** What the machine adds to the id of a `foreach` with a call, for the one state of each item. */
const ITEM_OF_CALL = /#item\/[^/]+$/;

const indexes = new WeakMap<PlaceMap, Map<string, { state: PlanState; scope: PlanScope }>>();

function indexOf(map: PlaceMap): Map<string, { state: PlanState; scope: PlanScope }> {
  const before = indexes.get(map);
  if (before !== undefined) return before;
  const index = new Map(map.states.map((each) => [each.state.id, each]));
  indexes.set(map, index);
  return index;
}

/** What a breakpoint on `line` (and `character`, both from 0) stands on, or a sentence that says why on nothing. */
export function placesAt(
  map: PlaceMap,
  line: number,
  character: number | null,
): { readonly places: readonly Place[] } | { readonly reason: string } {
  const lineOf = (offset: number): number => positionAt(map.lines, offset).line;
  const starting = map.places.filter(
    (place) => lineOf(place.range.start) === line && (character !== null || place.kind !== 'test'),
  );
  if (starting.length > 0) return { places: choose(map, starting, character) };

  const spanning = map.places
    .filter(
      (place) => place.kind === 'transition' && lineOf(place.range.start) < line && line <= lineOf(lastOf(place.range)),
    )
    .sort((a, b) => a.range.end - a.range.start - (b.range.end - b.range.start));
  if (spanning[0] !== undefined) return { places: [spanning[0]] };

  const inside = map.states.findLast(
    ({ state }) => lineOf(state.range.start) <= line && line <= lineOf(lastOf(state.range)),
  );
  if (inside === undefined) {
    return {
      reason: 'Nothing can be stopped at here: this line belongs to no state. Put the breakpoint on a line of a state.',
    };
  }
  const next = map.places.find(
    (place) => place.kind !== 'test' && place.state === inside.state.id && lineOf(place.range.start) > line,
  );
  if (next === undefined) {
    const reason = `Nothing can be stopped at here: no line of ${inside.state.name} below this one can be stopped at.`;
    return { reason: `${reason} Put the breakpoint on its name, its action, a transition or its compensation.` };
  }
  return {
    places: choose(
      map,
      map.places.filter((place) => place.kind !== 'test' && lineOf(place.range.start) === lineOf(next.range.start)),
      null,
    ),
  };
}

/** All places that begin on the lines `from` to `to`, counted from 0. */
export function placesBetween(map: PlaceMap, from: number, to: number): readonly Place[] {
  return map.places.filter((place) => {
    const { line } = positionAt(map.lines, place.range.start);
    return from <= line && line <= to;
  });
}

/** Of several places on one line: the one at the column, else the first; places at the same spot stay together. */
function choose(map: PlaceMap, places: readonly Place[], character: number | null): readonly Place[] {
  const at = (place: Place): number => positionAt(map.lines, place.range.start).character;
  const sorted = [...places].sort((a, b) => at(a) - at(b));
  const reached = character === null ? sorted[0] : (sorted.findLast((place) => at(place) <= character) ?? sorted[0]);
  const here = sorted.filter((place) => place.range.start === reached?.range.start);
  // An item begins with its condition: whoever names the column means that one.
  const tests = here.filter(({ kind }) => kind === 'test');
  return character !== null && tests.length > 0 ? tests : here;
}

/** The last offset inside a range: an end at the beginning of a line does not reach that line. */
function lastOf(range: Range): number {
  return Math.max(range.start, range.end - 1);
}

type Found = { state: PlanState; scope: PlanScope }[];

function collectScope(scope: PlanScope, owner: string | null, places: Place[], states: Found): void {
  for (const handler of scope.catch) places.push(transition(owner ?? '', handler.range));
  for (const listener of scope.on) collectTransitions(owner ?? '', listener.transitions, places);
  for (const state of scope.states) collectState(state, scope, places, states);
}

function collectState(state: PlanState, scope: PlanScope, places: Place[], states: Found): void {
  states.push({ state, scope });
  const { id, lines } = state;
  places.push(statePlace('enter', id, state.nameRange));
  // Their own line means `enter`, but for `switch`, whose items stand for themselves.
  if (!WITHOUT_CALL.has(state.action.kind)) places.push(statePlace('call', id, lines.kind));
  else if (state.action.kind !== 'switch') places.push(statePlace('enter', id, lines.kind));
  for (const range of [lines.assign, lines.output])
    if (range !== null) places.push(statePlace('return', id, range, 'result'));
  if (lines.catch !== null) places.push(statePlace('return', id, lines.catch, 'error'));
  collectTransitions(id, state.next, places);
  collectTests(id, state.next, places);
  for (const handler of state.catch) places.push(transition(id, handler.range));
  if (state.compensate !== null && !state.compensate.none) {
    places.push(statePlace('undo', id, state.compensate.lineRange));
    collectAction(state.compensate.action, id, places, states);
  }
  if (state.confirm !== null) {
    places.push(statePlace('confirm', id, state.confirm.lineRange));
    collectAction(state.confirm.action, id, places, states);
  }
  collectAction(state.action, id, places, states);
}

function collectAction(action: PlanAction, id: string, places: Place[], states: Found): void {
  switch (action.kind) {
    case 'scope':
      for (const listener of action.on) collectTransitions(id, listener.transitions, places);
      collectScope(action.scope, id, places, states);
      return;
    case 'parallel':
      for (const branch of action.branches) collectScope(branch.scope, id, places, states);
      return;
    case 'foreach':
      if (action.scope !== null) collectScope(action.scope, id, places, states);
      return;
    case 'listen':
    case 'human':
      for (const list of afterAction(action)) {
        collectTransitions(id, list, places);
        collectTests(id, list, places);
      }
      return;
    default:
      return;
  }
}

function collectTransitions(id: string, transitions: readonly PlanTransition[], places: Place[]): void {
  for (const { range, lines } of transitions) {
    const taken = transition(id, range);
    const { when, next } = lines;
    places.push(taken);
    // Its first line means the item, and so does that of `next`, which is told from the condition by its place.
    if (when !== null && next !== null && next.start !== range.start) places.push({ ...taken, range: next });
  }
}

function collectTests(id: string, transitions: readonly PlanTransition[], places: Place[]): void {
  for (const { range, lines } of transitions) {
    if (lines.when === null) continue;
    const key = keyOf('test', id, range.start);
    places.push({ kind: 'test', state: id, range: lines.when, key, transition: range.start, after: null });
  }
}

/** The lists of transitions of which a state takes one when it completes. */
export function listsOf({ next, action }: PlanState): readonly (readonly PlanTransition[])[] {
  return action.kind === 'human' || action.kind === 'listen' ? [next, ...afterAction(action)] : [next];
}

function afterAction(
  action: Extract<PlanAction, { kind: 'human' | 'listen' }>,
): readonly (readonly PlanTransition[])[] {
  const lists = action.on.map(({ transitions }) => transitions);
  return action.kind === 'listen' ? [...lists, action.onTimeout] : lists;
}

function transition(state: string, range: Range): Place {
  return { kind: 'transition', state, range, key: keyOf('transition', state, range.start), after: null };
}

function statePlace(
  kind: Exclude<PlaceKind, 'transition' | 'test'>,
  state: string,
  range: Range,
  after: Place['after'] = null,
): Place {
  return { kind, state, range, key: keyOf(kind, state, range.start), after };
}
