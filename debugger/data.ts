/**
 * Data breakpoints: a variable, or a part of one, that stops the run when it changes.
 *
 * 1. A variable is known by the place of its scope in the plan, so that it holds for every instance of the scope and for
 *    another run of the same workflow.
 * 2. That it changed is seen at the commit of the record that changed it; so each step is committed on its own while
 *    there are data breakpoints.
 */
import type { Json, Template } from '../language/index.ts';
import type { RunRecord, RunState } from '../runner/host.ts';
import { readExpression } from './expressions.ts';
import { readHitCount } from './hits.ts';
import type { Breakpoint } from './breakpoints.ts';
import { renderValue } from './values.ts';

/** What a data breakpoint watches. */
export interface Watched {
  readonly workflow: string;
  /** The stable id of the scope in the plan; empty for the workflow's own. */
  readonly scope: string;
  readonly name: string;
  readonly path: readonly (string | number)[];
}

export interface DataBreakpoint extends Breakpoint {
  readonly watched: Watched | null;
}

export interface Change {
  readonly breakpoint: DataBreakpoint;
  /** The scope instance whose variable it is. */
  readonly scope: number;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
  /** One line for the view of the stop. */
  readonly headline: string;
}

export interface DataBreakpoints {
  readonly active: boolean;
  /** Replaces all; gives them in the order in which they were asked for. */
  set(
    wanted: readonly { readonly dataId: string; readonly condition?: string; readonly hitCondition?: string }[],
    firstId: number,
  ): readonly DataBreakpoint[];
  /** Watches the runs as they go on. */
  readonly live: Watcher;
  /** Watches them somewhere else in time, with a memory of its own. */
  watcher(): Watcher;
}

export interface Watcher {
  /** Takes the values as they are, without telling of changes. */
  look(state: Readonly<RunState>): void;
  /** What changed since the last look by a record; `state` already holds it. */
  changes(record: RunRecord, state: Readonly<RunState>): readonly Change[];
}

/** The name under which a client keeps what is watched. */
export function dataIdOf(watched: Watched): string {
  return JSON.stringify(watched);
}

/** No data breakpoints yet. */
export function createDataBreakpoints(): DataBreakpoints {
  let list: readonly DataBreakpoint[] = [];
  const watcher = (): Watcher & { clear(): void } => {
    /** The last value of each, by run, scope instance and breakpoint. */
    const values = new Map<string, Json | undefined>();
    return {
      look(state) {
        for (const { key, value } of instancesOf(list, state)) values.set(key, value);
      },
      changes(record, state) {
        if (!CHANGING.has(record.type)) return [];
        const changes: Change[] = [];
        for (const { breakpoint, scope, key, value: to } of instancesOf(list, state)) {
          const from = values.get(key);
          const known = values.has(key);
          values.set(key, to);
          // A variable begins with its first value; that is no change.
          if (!known || JSON.stringify(from) === JSON.stringify(to)) continue;
          const { name = '', path = [] } = breakpoint.watched ?? {};
          const headline = `${nameOf(name, path)} changed from ${renderValue(from)} to ${renderValue(to)}`;
          changes.push({ breakpoint, scope, from, to, headline });
        }
        return changes;
      },
      clear: () => values.clear(),
    };
  };
  const live = watcher();
  return {
    get active() {
      return list.some(({ problem }) => problem === null);
    },
    set(wanted, firstId) {
      live.clear();
      list = wanted.map((each, at): DataBreakpoint => {
        const read = readTests(each);
        const watched = readDataId(each.dataId);
        const problem = watched === null ? `\`${each.dataId}\` is nothing that can be watched.` : read.problem;
        return { ...read, id: firstId + at, kind: 'data', watched, problem, wanted: JSON.stringify(each), hits: 0 };
      });
      return list;
    },
    live,
    watcher,
  };
}

interface Instance {
  readonly breakpoint: DataBreakpoint;
  readonly scope: number;
  readonly key: string;
  readonly value: Json | undefined;
}

/** What is watched in a run, for each instance of its scope. */
function* instancesOf(list: readonly DataBreakpoint[], state: Readonly<RunState>): Generator<Instance> {
  for (const breakpoint of list) {
    const { watched } = breakpoint;
    if (watched === null || breakpoint.problem !== null || watched.workflow !== state.workflow) continue;
    for (const scope of state.scopes.values()) {
      if (scope.plan !== watched.scope || !Object.hasOwn(scope.vars, watched.name)) continue;
      const key = `${state.run} ${scope.id} ${breakpoint.id}`;
      yield { breakpoint, scope: scope.id, key, value: partOf(scope.vars[watched.name], watched.path) };
    }
  }
}

/** `vars.cart.items[0]`. */
export function nameOf(name: string, path: readonly (string | number)[]): string {
  return `vars.${name}${path.map((step) => (typeof step === 'number' || /^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join('')}`;
}

/** Records that set variables. */
const CHANGING: ReadonlySet<RunRecord['type']> = new Set([
  'scope.entered',
  'state.completed',
  'transition.taken',
  'value.set',
  'run.migrated',
]);

function readTests(wanted: { readonly condition?: string; readonly hitCondition?: string }): {
  readonly condition: Template | null;
  readonly hitTest: ((count: number) => boolean) | null;
  readonly log: null;
  readonly problem: string | null;
} {
  const condition = wanted.condition?.trim() ? readExpression(wanted.condition) : null;
  const hitTest = wanted.hitCondition?.trim() ? readHitCount(wanted.hitCondition) : null;
  const problem =
    condition !== null && 'error' in condition ? condition.error : typeof hitTest === 'string' ? hitTest : null;
  return {
    condition: condition === null || 'error' in condition ? null : condition,
    hitTest: typeof hitTest === 'string' ? null : hitTest,
    log: null,
    problem,
  };
}

function readDataId(text: string): Watched | null {
  try {
    const { workflow, scope, name, path } = JSON.parse(text) as Partial<Watched>;
    const whole = typeof workflow === 'string' && typeof scope === 'string' && typeof name === 'string';
    return whole && Array.isArray(path) ? { workflow, scope, name, path } : null;
  } catch {
    return null;
  }
}

function partOf(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  let part = value;
  for (const step of path) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, step)) return undefined;
    part = (part as Readonly<Record<string | number, Json>>)[step];
  }
  return part;
}
