/**
 * Data breakpoints: a variable, or a part of one, that stops the run when it changes.
 *
 * 1. A variable is known by the place of its scope in the plan, so that it holds for every instance of the scope and for
 *    another run of the same workflow.
 * 2. That it changed is seen at the commit of the record that changed it; so each step is committed on its own while
 *    there are data breakpoints.
 */
import type { Json } from '../language/index.ts';
import type { RunRecord, RunState } from '../runner/host.ts';
import type { Breakpoint } from './breakpoints.ts';
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
    wanted: readonly {
      readonly dataId: string;
      readonly condition?: string;
      readonly hitCondition?: string;
    }[],
    firstId: number,
  ): readonly DataBreakpoint[];
  /** Takes the values as they are, without telling of changes. */
  look(state: Readonly<RunState>): void;
  /** What changed since the last look by a record; `state` already holds it. */
  changes(record: RunRecord, state: Readonly<RunState>): readonly Change[];
}
/** The name under which a client keeps what is watched. */
export declare function dataIdOf(watched: Watched): string;
/** No data breakpoints yet. */
export declare function createDataBreakpoints(): DataBreakpoints;
/** `vars.cart.items[0]`. */
export declare function nameOf(name: string, path: readonly (string | number)[]): string;
