/**
 * What a client of the debugger may say and hear beyond the Debug Adapter Protocol, and the arguments of `launch` and
 * `attach`: declared here once, for the adapter and for every client of it. Types and names only.
 */
import type { Json } from '../language/index.ts';

/** Arguments of `launch`. Paths that are not absolute count from the adapter's working directory. */
export interface LaunchArguments {
  /** The workflow file. */
  readonly program: string;
  /** The run's input: a JSON value, or the path of a JSON file. `{}` by default. */
  readonly input?: Json;
  readonly stopOnEntry?: boolean;
  /** Run without stopping anywhere. */
  readonly noDebug?: boolean;
  /** On the virtual clock time stands still while anything can run. `real` by default. */
  readonly clock?: 'real' | 'virtual';
  readonly env?: { readonly [name: string]: string };
  /** A file of `NAME=value` lines; by default `.env` beside the workflow. */
  readonly envFile?: string;
  /** Answers in place of calls, as in scenario files: by operation, or by `state:NAME`. */
  readonly mocks?: { readonly [operation: string]: Json };
  /**
   * A scenario of a file: the run takes its input, mocks, events and decisions, and a virtual clock. A name alone is one
   * of the `*.workflow.test.yaml` beside the workflow.
   */
  readonly scenario?: string | { readonly file: string; readonly name: string };
  /** The journal's file; by default the nearest `.backstep/runs.db`. */
  readonly journal?: string;
  /** The new run's id. */
  readonly runId?: string;
}

/** Arguments of `attach`. */
export interface AttachArguments {
  /** With `history`, by default the run that was exported. */
  readonly runId?: string;
  /** A file that `backstep history RUN --export` wrote: its runs are looked at, and nothing of them goes on. */
  readonly history?: string;
  /**
   * Another definition, such as the edited workflow: the run is only looked at, and the first record that this definition
   * would have made otherwise is marked. A run of the journal that has ended is held against its file without it.
   */
  readonly program?: string;
  /** The journal's file; by default the nearest `.backstep/runs.db` above `cwd`. */
  readonly journal?: string;
  /** Where the search for the journal begins; the adapter's working directory by default. */
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string };
  readonly envFile?: string;
  readonly mocks?: { readonly [operation: string]: Json };
}

/** Request: let the state where the run stands fail instead of acting. Taken at `enter` and `call`. */
export const FAIL = 'backstep/fail';
export interface FailArguments {
  readonly threadId: number;
  /** Type of the error, such as `network` or `http.503`. */
  readonly error: string;
  readonly message?: string;
  /** A state by its name or its way: it fails when the run comes to it, and nothing happens now. */
  readonly state?: string;
  /** With `state`: also at every later visit and attempt. */
  readonly always?: boolean;
}

/** Request: give the result of the action where the run stands, instead of performing it. Taken at `enter` and `call`. */
export const ANSWER = 'backstep/answer';
export interface AnswerArguments {
  readonly threadId: number;
  readonly result?: Json;
  /** Also at every later visit and attempt of the state. */
  readonly always?: boolean;
  /** A state by its name or its way: it is answered when the run comes to it, and nothing happens now. */
  readonly state?: string;
}

/** Request: a `wait`, the listening for events or the pause before another attempt is over now. */
export const SKIP_WAIT = 'backstep/skipWait';
export interface SkipWaitArguments {
  readonly threadId: number;
  /** A state by its id or its way, whichever thread it waits in. */
  readonly state?: string;
}

/** Request: send an event to the runs of the session, and to whoever else awaits it in the journal. */
export const EMIT = 'backstep/emit';
export interface EmitArguments {
  readonly type: string;
  readonly data?: Json;
  /** An event whose id was seen before is dropped; by default a new one. */
  readonly id?: string;
}

/** Request: complete a task that waits for a person. */
export const COMPLETE_TASK = 'backstep/completeTask';
export interface CompleteTaskArguments {
  /** The way of the human state. */
  readonly state: string;
  readonly outcome: string;
  /** The answer, checked against the task's form. */
  readonly form?: Json;
  /** Who answers; `debugger` by default. */
  readonly actor?: string;
  /** The run that the task belongs to; by default the first one of the session in which the state waits. */
  readonly run?: string;
}

/** Request: a page of the records of a run, and where among them the view stands. */
export const HISTORY = 'backstep/history';
export interface HistoryArguments {
  /** By default the run that the session is about. */
  readonly run?: string;
  /** The number of the first record, from 1, and how many; at most 1,000 at a time. */
  readonly start?: number;
  readonly count?: number;
}
export interface HistoryAnswer {
  readonly run: string;
  readonly total: number;
  /** The number of the last record that the view holds. */
  readonly seq: number;
  /** The number of the first record that another definition would have made otherwise, if there is such a one. */
  readonly drift?: number;
  readonly records: readonly HistoryLine[];
}
export interface HistoryLine {
  readonly seq: number;
  /** Milliseconds since 1970, by the run's clock. */
  readonly at: number;
  /** As in the journal: `state.entered`, `attempt.failed` … */
  readonly type: string;
  /** The way of the state that it is about; empty for the run itself. */
  readonly state: string;
  readonly text: string;
  /** At the first record that another definition would have made otherwise: what it would have decided. */
  readonly drift?: string;
}

/** Request: move the view to right after a record. Nothing is executed or undone. */
export const GO_TO = 'backstep/goTo';
export interface GoToArguments {
  readonly seq: number;
  /** By default the run that the session is about. */
  readonly run?: string;
}

/** Request: what each state came to, as of the moment of the view; for values inline in an editor. */
export const STATES = 'backstep/states';
export interface StatesArguments {
  /** The file whose states are asked for; by default all workflows of the session. */
  readonly path?: string;
}
export interface StatesAnswer {
  readonly states: readonly StateFacts[];
}
export interface StateFacts {
  readonly run: string;
  /** The state's stable id in the plan. */
  readonly state: string;
  readonly line: number;
  readonly column: number;
  readonly visits: number;
  /** Milliseconds of its last stay; null while it goes on. */
  readonly duration: number | null;
  /** What came of its last stay, for people. */
  readonly outcome: string;
  /** A preview of its last result; null where there is none. */
  readonly result: string | null;
  /** The attempt that is under way; null when none is. */
  readonly attempt: number | null;
}

/**
 * Request: begin a new run with what is recorded up to where the view stands, in the past above all, and go on in it. An
 * `output` event names what the run had already done after that.
 */
export const FORK = 'backstep/fork';
export interface ForkArguments {
  readonly threadId: number;
  /** Variables that are other ones in the fork: `count`, or `pack/2/count` for that of a scope, a branch or an item. */
  readonly vars?: { readonly [name: string]: Json };
  /** The run that is forked; by default the one that the session is about. */
  readonly run?: string;
}
export interface ForkAnswer {
  /** The id of the new run. */
  readonly run: string;
}

/** Request: what a fork from where the view stands would leave behind. Nothing is made. */
export const EFFECTS = 'backstep/effects';
export interface EffectsArguments {
  /** By default the run that the session is about. */
  readonly run?: string;
}
export interface EffectsAnswer {
  readonly run: string;
  /** How many records the fork would share. */
  readonly at: number;
  /** What the run had already done after that, in order: a fork may do it again. */
  readonly effects: readonly ForeseenEffect[];
}
export interface ForeseenEffect {
  /** The way of the state. */
  readonly state: string;
  /** What was called, as `payments.charge`. */
  readonly action: string;
  /** Whether the call undid the state. */
  readonly undoing: boolean;
  /** False where it is in doubt whether it took effect. */
  readonly certain: boolean;
}

/**
 * Request: a run as a scenario, with its input, answers, events, decisions and outcome. The run must have ended, be
 * suspended, or wait. Nothing is written.
 */
export const SCENARIO = 'backstep/scenario';
export interface ScenarioArguments {
  readonly name: string;
  /** By default the run that the session is about. */
  readonly run?: string;
}
export interface ScenarioAnswer {
  readonly workflow: string;
  /** The scenario file beside the workflow; it may not be there yet. */
  readonly file: string;
  readonly name: string;
  /** The entry by itself, as YAML. */
  readonly text: string;
  /** The whole text of the scenario file with the entry in it: what a client has to write. */
  readonly updated: string;
  /** What goes otherwise when the scenario is played, a sentence each; empty when it goes as the run did. */
  readonly differences: readonly string[];
}

/** Event: where a run stands, after each stop, while it waits, and at its end. */
export const POSITION = 'backstep/position';
export interface PositionEvent {
  readonly run: string;
  readonly file: string;
  /** The way of the scope that `state` stands in; empty for the workflow's own. */
  readonly scope: string;
  /** The way of the state; empty when the run stands at none. */
  readonly state: string;
  /** The state's stable id in the plan, without numbers of items; empty when there is none. */
  readonly plan: string;
  /** Whether the state is about to be, or is being, undone. */
  readonly undoing: boolean;
  /** The ways of the states that were entered, in order; the last `PATH_LIMIT` of a long run. */
  readonly path: readonly string[];
  /** The ways of the states that were undone, in order; the last `PATH_LIMIT` of them. */
  readonly undone: readonly string[];
  /** Such as `running`, `waiting`, `compensating`, `completed`. */
  readonly status: string;
}
export const PATH_LIMIT = 500;
