/** Where a debugger, a printer or a test may wait for a run and look at it. The runner knows none of them. */
import type { Plan } from '../language/index.ts';
import type { RunRecord } from './machine/record.ts';
import type { RunState } from './machine/state.ts';
import type { Step } from './machine/stimulus.ts';

/** A run as an observer sees it: never to be changed through this. */
export interface RunView {
  readonly plan: Plan;
  /** The text that the run began with; every range of the plan counts in it. */
  readonly text: string;
  readonly state: Readonly<RunState>;
}

export interface Observer {
  /**
   * Asked for anew at each step, because it may come and go while a run is driven: a debugger attaches, and leaves. Called
   * before each step of a run, when everything decided so far is committed; the step is taken when the promise
   * resolves. With an observer that has `before`, commits are made at every step instead of only before effects.
   */
  before?(step: Step, view: RunView): Promise<void> | void;
  /**
   * Whether `before` has to be asked for this step. Where it says no, the step is taken as if nobody observed, and what
   * was decided is committed together with what follows. Without it every step is asked for.
   */
  wants?(step: Step, view: RunView): boolean;
  /**
   * Which of the steps that are ready is taken next: null for the usual one; a promise where none of them may be taken until
   * it resolves. With it threads go on singly.
   */
  choose?(view: RunView): Step | Promise<void> | null;
  /** A promise while nothing may be decided for this run: outcomes and timers wait until it resolves. */
  hold?(run: string): Promise<void> | null;
  /** Called after each commit with its records, in order. */
  committed?(records: readonly RunRecord[], view: RunView): void;
  /** A line of output of an action (a program's standard error, a module's log, `log`); secrets are masked. */
  output?(line: { readonly run: string; readonly way: string; readonly level: string; readonly text: string }): void;
}
