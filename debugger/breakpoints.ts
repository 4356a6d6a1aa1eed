/**
 * Breakpoints: kept as they were asked for, placed anew in every text that a run began with, and tested at each step.
 *
 * 1. What is wrong with a breakpoint is said when it is set; one with a wrong condition never stops.
 * 2. A step that has no breakpoint costs one look into a map, whatever breakpoints there are elsewhere.
 * 3. A hit counts when its condition holds; then the hit count is asked; then the run stops, or the message is logged.
 */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { positionAt } from '../language/index.ts';
import type { Plan, Range, Template } from '../language/index.ts';
import { stepKey } from '../runner/host.ts';
import type { RunView, Step } from '../runner/host.ts';
import { readExpression, readLogMessage } from './expressions.ts';
import { readHitCount, type HitTest } from './hits.ts';
import { readStatePattern, type StatePattern } from './patterns.ts';
import { keyOf, placesAt, placesOf, type Place, type PlaceMap } from './places.ts';

/** A breakpoint that was asked for; `problem` says why it never stops. */
export interface Breakpoint {
  readonly id: number;
  readonly kind: 'line' | 'function' | 'data';
  readonly condition: Template | null;
  readonly hitTest: HitTest | null;
  readonly log: Template | null;
  readonly problem: string | null;
  /** What was asked for, word by word. */
  readonly wanted: string;
  hits: number;
}

interface LineBreakpoint extends Breakpoint {
  readonly kind: 'line';
  /** Counted from 0; a null column means the whole line. */
  readonly line: number;
  readonly character: number | null;
}

interface FunctionBreakpoint extends Breakpoint {
  readonly kind: 'function';
  readonly pattern: StatePattern | null;
}

/** A plan with its text, or why a file has none. */
export type Placed = { readonly plan: Plan; readonly text: string } | { readonly reason: string };

/** Where one breakpoint came to stand. */
export interface Placement {
  readonly breakpoint: Breakpoint;
  readonly places: readonly Place[];
  readonly lines: PlaceMap | null;
  readonly reason: string | null;
}

/** The parts of a breakpoint request that say when it stops. */
interface Wanted {
  readonly condition?: string | undefined;
  readonly hitCondition?: string | undefined;
  readonly logMessage?: string | undefined;
}

export interface Breakpoints {
  /** Replaces the breakpoints of one file. */
  setLines(
    file: string,
    wanted: readonly (DebugProtocol.SourceBreakpoint & {
      readonly line0: number;
      readonly character0: number | null;
    })[],
    placed: Placed,
  ): readonly Placement[];
  /** Replaces the breakpoints on states by name; `placed` are the workflows known so far. */
  setFunctions(
    wanted: readonly DebugProtocol.FunctionBreakpoint[],
    placed: readonly { plan: Plan; text: string }[],
  ): readonly Placement[];
  /** A number that no breakpoint has. */
  nextId(count: number): number;
  /** Function breakpoints that found no state before and have one in this plan. */
  recheck(plan: Plan, text: string): readonly Placement[];
  /** Counts hits from the beginning again, for another run. */
  recount(): void;
  /** The breakpoints of this step, in the order in which they were set. Nothing is tested or counted. */
  at(step: Step, view: RunView): readonly Breakpoint[];
  /** The steps at which any of them may stop, each by `stepKey`. */
  stepsIn(definition: Definition): ReadonlySet<string>;
  /** The same for a place that a run once stood at. */
  of(place: PastPlace, definition: Definition): readonly Breakpoint[];
  /** Whether any may stand on a condition: only those can that name a column. */
  readonly onConditions: boolean;
  /** Those on conditions of a state's transitions, in the order of the text. */
  testsOf(state: string, definition: Definition): readonly TestBreakpoint[];
  /** Where one that stands on a transition is shown: an item of several lines has several; null for any other. */
  rangeOf(id: number, definition: Definition): Range | null;
}

/** A breakpoint that stops when the condition of a transition is tested; `transition` is where that one begins. */
export interface TestBreakpoint {
  readonly breakpoint: Breakpoint;
  readonly range: Range;
  readonly transition: number;
}

/** What a run began with. */
export interface Definition {
  readonly plan: Plan;
  readonly text: string;
  readonly file: string;
}

/** A place by the key of its breakpoints; `succeeded` is, at `return`, whether there is a result. */
export interface PastPlace {
  readonly place: Step['place'];
  readonly key: string;
  readonly succeeded: boolean;
}

/** One name for one file, however it is written: absolute, links followed, the drive's letter small. */
export function fileKey(path: string): string {
  const known = keys.get(path);
  if (known !== undefined) return known;
  const real = realPath(resolve(path));
  const key = /^[A-Z]:/.test(real) ? real.charAt(0).toLowerCase() + real.slice(1) : real;
  keys.set(path, key);
  return key;
}

const keys = new Map<string, string>();

/** A file that is gone is known by its path. */
function realPath(absolute: string): string {
  try {
    return realpathSync(absolute);
  } catch {
    return absolute;
  }
}

const NONE: readonly Breakpoint[] = [];
const NO_TESTS: readonly TestBreakpoint[] = [];

/** No breakpoints yet. */
export function createBreakpoints(): Breakpoints {
  const byFile = new Map<string, readonly LineBreakpoint[]>();
  let functions: readonly FunctionBreakpoint[] = [];
  const pending = new Set<FunctionBreakpoint>();
  let lastId = 0;
  let onConditions = false;
  let tables = new WeakMap<Plan, Map<string, Breakpoint[]>>();

  const testTables = new WeakMap<Map<string, Breakpoint[]>, Map<string, TestBreakpoint[]>>();

  const tableOf = ({ plan, text, file }: Definition): Map<string, Breakpoint[]> => {
    const known = tables.get(plan);
    if (known !== undefined) return known;
    const table = new Map<string, Breakpoint[]>();
    const map = placesOf(plan, text);
    const tests = new Map<string, TestBreakpoint[]>();
    const add = (breakpoint: Breakpoint, places: readonly Place[]): void => {
      for (const { key, state, range, transition } of places) {
        if (transition !== undefined) {
          tests.set(state, [...(tests.get(state) ?? []), { breakpoint, range, transition }]);
          continue;
        }
        const list = table.get(key);
        if (list === undefined) table.set(key, [breakpoint]);
        else if (!list.includes(breakpoint)) list.push(breakpoint);
      }
    };
    for (const breakpoint of byFile.get(fileKey(file)) ?? []) add(breakpoint, placesFor(breakpoint, map).places);
    for (const breakpoint of functions) add(breakpoint, statesFor(breakpoint, map));
    for (const list of tests.values()) list.sort((a, b) => a.range.start - b.range.start);
    tables.set(plan, table);
    if (tests.size > 0) testTables.set(table, tests);
    return table;
  };

  return {
    setLines(file, wanted, placed) {
      tables = new WeakMap();
      const before = [...(byFile.get(fileKey(file)) ?? [])];
      const list = wanted.map((each): LineBreakpoint => ({
        ...kept(tests(each, ++lastId), before),
        kind: 'line',
        line: each.line0,
        character: each.character0,
      }));
      if (list.length === 0) byFile.delete(fileKey(file));
      else byFile.set(fileKey(file), list);
      onConditions = [...byFile.values()].flat().some(({ character }) => character !== null);
      const map = 'plan' in placed ? placesOf(placed.plan, placed.text) : null;
      return list.map((breakpoint): Placement => {
        if (breakpoint.problem !== null) return { breakpoint, places: [], lines: map, reason: breakpoint.problem };
        if (map === null)
          return { breakpoint, places: [], lines: null, reason: 'reason' in placed ? placed.reason : null };
        return { breakpoint, lines: map, ...placesFor(breakpoint, map) };
      });
    },
    setFunctions(wanted, placed) {
      tables = new WeakMap();
      pending.clear();
      const before = [...functions];
      functions = wanted.map((each): FunctionBreakpoint => {
        const pattern = readStatePattern(each.name);
        const common = kept(tests(each, ++lastId), before);
        const problem = typeof pattern === 'string' ? pattern : common.problem;
        return { ...common, kind: 'function', problem, pattern: typeof pattern === 'string' ? null : pattern };
      });
      return functions.map((breakpoint, at): Placement => {
        if (breakpoint.problem !== null) return { breakpoint, places: [], lines: null, reason: breakpoint.problem };
        for (const { plan, text } of placed) {
          const lines = placesOf(plan, text);
          const places = statesFor(breakpoint, lines);
          if (places.length > 0) return { breakpoint, places, lines, reason: null };
        }
        pending.add(breakpoint);
        return {
          breakpoint,
          places: [],
          lines: null,
          reason: `No workflow of this session has a state \`${wanted[at]?.name ?? ''}\` yet.`,
        };
      });
    },
    nextId(count) {
      const first = lastId + 1;
      lastId += count;
      return first;
    },
    recheck(plan, text) {
      const lines = placesOf(plan, text);
      return [...pending].flatMap((breakpoint): Placement[] => {
        const places = statesFor(breakpoint, lines);
        if (places.length === 0) return [];
        pending.delete(breakpoint);
        return [{ breakpoint, places, lines, reason: null }];
      });
    },
    recount() {
      for (const breakpoint of [...byFile.values(), functions].flat()) breakpoint.hits = 0;
    },
    at(step, view) {
      if (byFile.size === 0 && functions.length === 0) return NONE;
      const { plan, text, state } = view;
      const key = keyOf(kindOf(step, view), step.plan, step.range?.start ?? -1);
      const found = tableOf({ plan, text, file: state.file }).get(key);
      if (found === undefined) return NONE;
      if (step.place !== 'return') return found;
      const succeeded = step.activation === null || state.activations.get(step.activation)?.succeeded !== false;
      return found.filter((each) => fitsReturn(each, succeeded, plan, text));
    },
    stepsIn({ plan, text, file }) {
      const map = placesOf(plan, text);
      const lines = (byFile.get(fileKey(file)) ?? []).flatMap((each) => placesFor(each, map).places);
      const named = functions.flatMap((each) => statesFor(each, map));
      return new Set([...lines, ...named].flatMap(stepsOf));
    },
    of({ place, key, succeeded }, definition) {
      if (byFile.size === 0 && functions.length === 0) return NONE;
      const found = tableOf(definition).get(key) ?? NONE;
      const { plan, text } = definition;
      return place === 'return' ? found.filter((each) => fitsReturn(each, succeeded, plan, text)) : found;
    },
    get onConditions() {
      return onConditions;
    },
    testsOf(state, definition) {
      if (!onConditions) return NO_TESTS;
      return testTables.get(tableOf(definition))?.get(state) ?? NO_TESTS;
    },
    rangeOf(id, { plan, text, file }) {
      const breakpoint = byFile.get(fileKey(file))?.find((each) => each.id === id);
      if (breakpoint === undefined) return null;
      const [place] = placesFor(breakpoint, placesOf(plan, text)).places;
      return place?.kind === 'transition' ? place.range : null;
    },
  };
}

/** A breakpoint's place in the protocol's terms; `line` and `column` count as `base` says. */
export function describePlacement(
  { breakpoint, places, lines, reason }: Placement,
  base: { readonly line: number; readonly column: number },
  source: DebugProtocol.Source | undefined,
): DebugProtocol.Breakpoint {
  const [place] = places;
  if (place === undefined || lines === null) {
    return { id: breakpoint.id, verified: false, ...(reason !== null && { message: reason, reason: 'failed' }) };
  }
  const start = positionAt(lines.lines, place.range.start);
  return {
    id: breakpoint.id,
    verified: true,
    line: start.line + base.line,
    column: start.character + base.column,
    ...(source !== undefined && { source }),
  };
}

/** The steps that may stand at a place: a condition is tested on the way in or out, a confirmation is a kind of undoing. */
function stepsOf({ kind, state, range }: Place): readonly string[] {
  const key = (place: Step['place']): string => stepKey({ place, plan: state, range });
  if (kind === 'test') return [key('enter'), key('return')];
  return [key(kind === 'confirm' ? 'undo' : kind)];
}

/** A confirmation is told from a compensation by its activation. */
function kindOf(step: Step, view: RunView): string {
  if (step.place !== 'undo' || step.activation === null) return step.place;
  return view.state.activations.get(step.activation)?.role === 'confirmation' ? 'confirm' : 'undo';
}

/** Whether `return` stops here: lines of results only after a result, the line of `catch` only after an error. */
function fitsReturn(breakpoint: Breakpoint, succeeded: boolean, plan: Plan, text: string): boolean {
  if (breakpoint.kind !== 'line') return true;
  const after = succeeded ? 'result' : 'error';
  return placesFor(breakpoint as LineBreakpoint, placesOf(plan, text)).places.some((place) => place.after === after);
}

function placesFor(
  { line, character, problem }: LineBreakpoint,
  map: PlaceMap,
): { readonly places: readonly Place[]; readonly reason: string | null } {
  if (problem !== null) return { places: [], reason: problem };
  const found = placesAt(map, line, character);
  return 'places' in found ? { places: found.places, reason: null } : { places: [], reason: found.reason };
}

function statesFor({ pattern, problem }: FunctionBreakpoint, map: PlaceMap): readonly Place[] {
  if (pattern === null || problem !== null) return [];
  const matching = new Set(
    map.states.filter(({ state }) => pattern.matches(state.name, state.id)).map(({ state }) => state.id),
  );
  return map.places.filter((place) => place.kind === pattern.place && matching.has(place.state));
}

/** One that is asked for again in the same words keeps its number and its hits; it is taken out of `before`. */
function kept(breakpoint: Omit<Breakpoint, 'kind'>, before: Breakpoint[]): Omit<Breakpoint, 'kind'> {
  const at = before.findIndex(({ wanted }) => wanted === breakpoint.wanted);
  const [same] = at < 0 ? [] : before.splice(at, 1);
  return same === undefined ? breakpoint : { ...breakpoint, id: same.id, hits: same.hits };
}

function tests(wanted: Wanted, id: number): Omit<Breakpoint, 'kind'> {
  const condition = given(wanted.condition) ? readExpression(wanted.condition) : null;
  const hitTest = given(wanted.hitCondition) ? readHitCount(wanted.hitCondition) : null;
  const log = given(wanted.logMessage) ? readLogMessage(wanted.logMessage) : null;
  const problem =
    condition !== null && 'error' in condition
      ? condition.error
      : typeof hitTest === 'string'
        ? hitTest
        : log !== null && 'error' in log
          ? log.error
          : null;
  return {
    id,
    condition: condition === null || 'error' in condition ? null : condition,
    hitTest: typeof hitTest === 'string' ? null : hitTest,
    log: log === null || 'error' in log ? null : log,
    problem,
    wanted: JSON.stringify(wanted),
    hits: 0,
  };
}

function given(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}
