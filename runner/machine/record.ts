/**
 * Records: what happened in a run, in order. The journal is a list of them and a run's state is their fold.
 *
 * 1. A record holds what was decided, never what is still to be worked out: values that expressions gave, instants that
 *    timers end at, the handler that takes an error. So `apply` evaluates nothing.
 * 2. A record is committed before the effect that it announces is performed.
 * 3. Values of secrets are in no record. Where one would stand the value shows `•••`, and `sealed` says how to make it
 *    again when the action is performed.
 * 4. Fields are only ever added; a reader of an older journal must find every field that it knew.
 */
import type { Json } from '../../language/index.ts';
import type { SealedValue } from '../../language/index.ts';

/** A record as it is kept: `seq` counts from 1 in each run, `at` is in milliseconds since 1970 by the run's clock. */
export type RunRecord = RecordBody & { readonly seq: number; readonly at: number };

/** An error of a run, as `catch` sees it. */
export interface RunError {
  readonly type: string;
  readonly message: string;
  readonly code: string | null;
  readonly status: number | null;
  readonly data: Json;
  /** The way of the state where it arose; empty for the run itself. */
  readonly state: string;
  readonly attempt: number;
}

/** Arguments that were evaluated, and how to make the secret parts of them again. */
export interface Arguments {
  readonly value: Json;
  readonly sealed: readonly SealedValue[];
}

/** Variables that are set together; a list of pairs, because the names are the author's. */
export type Assignments = readonly (readonly [name: string, value: Json])[];

export interface Actor {
  readonly name: string;
}

/** What undoes a completed state; it is pushed with its arguments already evaluated. */
export interface EntryDraft {
  readonly entry: number;
  readonly state: string;
  readonly way: string;
  readonly visit: number;
  /** Arguments of `compensate`; null when the state has only `confirm`. */
  readonly compensate: Arguments | null;
  readonly confirm: Arguments | null;
  /** A completed child run is undone by rolling that run back. */
  readonly child: string | null;
  readonly result: Json;
}

export interface ChosenTransition {
  /** A sibling state, or `end`. */
  readonly to: string;
  /** The range of the transition in the run's text. */
  readonly range: { readonly start: number; readonly end: number };
  readonly assign: Assignments;
  readonly rollback: 'all' | 'scope' | { readonly to: string } | null;
}

/** Who takes an error: a handler of a state or of a scope, `catch: warn`, or nobody. */
export type Taker =
  | { readonly by: 'state'; readonly scope: number; readonly state: string; readonly handler: number; readonly transition: ChosenTransition }
  | { readonly by: 'scope'; readonly scope: number; readonly handler: number; readonly transition: ChosenTransition }
  | { readonly by: 'warn'; readonly scope: number; readonly transition: ChosenTransition | null }
  | { readonly by: 'collect'; readonly scope: number }
  | { readonly by: 'recovery'; readonly recovery: 'compensate' | 'suspend' | 'fail' };

export type Role = 'state' | 'compensation' | 'confirmation';

export type RecordBody =
  // the run
  | {
      readonly type: 'run.started';
      readonly run: string;
      readonly workflow: string;
      readonly version: string;
      /** SHA-256 of the text, in hex; the journal keeps the text by it. */
      readonly hash: string;
      /** Absolute path of the file when the run began. */
      readonly file: string;
      readonly input: Json;
      readonly seed: string;
      readonly parent: { readonly run: string; readonly way: string; readonly detached: boolean; readonly depth: number } | null;
      readonly timeoutAt: number | null;
    }
  | { readonly type: 'run.completed'; readonly output: Json }
  | { readonly type: 'run.ended'; readonly status: 'compensated' | 'failed' | 'cancelled' }
  | { readonly type: 'run.suspended'; readonly why: 'compensation' | 'recovery' | 'pivot' | 'confirmation' }
  | { readonly type: 'run.recovered'; readonly interrupted: readonly number[] }
  | { readonly type: 'run.cancelling'; readonly by: Actor; readonly compensate: boolean; readonly force: boolean }
  | { readonly type: 'run.rolling-back'; readonly by: Actor }
  // scopes
  | {
      readonly type: 'scope.entered';
      readonly scope: number;
      /** The activation whose action this scope is; null for the root. */
      readonly owner: number | null;
      readonly plan: string;
      readonly way: string;
      readonly vars: Assignments;
      /** The branch's name, or the item's index and value. */
      readonly branch: string | null;
      readonly item: { readonly as: string; readonly index: number; readonly value: Json } | null;
    }
  | { readonly type: 'scope.completed'; readonly scope: number; readonly output: Json }
  | { readonly type: 'scope.left'; readonly scope: number }
  // states
  | {
      readonly type: 'state.entered';
      readonly activation: number;
      readonly scope: number;
      readonly state: string;
      readonly way: string;
      readonly visit: number;
    }
  | { readonly type: 'state.prepared'; readonly activation: number; readonly input: Arguments; readonly key: string | null; readonly total: number | null }
  | {
      readonly type: 'attempt.started';
      readonly activation: number;
      readonly attempt: number;
      readonly until: number | null;
      /** Pushed before the action, for `after: attempt`. */
      readonly entry: EntryDraft | null;
    }
  | { readonly type: 'attempt.succeeded'; readonly activation: number; readonly attempt: number; readonly result: Json }
  | {
      readonly type: 'attempt.failed';
      readonly activation: number;
      readonly attempt: number;
      readonly error: RunError;
      /** Whether it is certain that this attempt did nothing (section 8.3). */
      readonly nothingDone: boolean;
    }
  | { readonly type: 'retry.scheduled'; readonly activation: number; readonly attempt: number; readonly at: number }
  | { readonly type: 'wait.started'; readonly activation: number; readonly until: number }
  | {
      readonly type: 'state.completed';
      readonly activation: number;
      readonly result: Json;
      readonly assign: Assignments;
      readonly entry: EntryDraft | null;
      readonly pivot: boolean;
      readonly transition: ChosenTransition;
      /** For `emit`: the event that is published with this completion. */
      readonly emitted: { readonly type: string; readonly id: string; readonly data: Json } | null;
    }
  | { readonly type: 'transition.taken'; readonly scope: number; readonly from: string; readonly to: string; readonly assign: Assignments }
  | { readonly type: 'state.left'; readonly activation: number; readonly how: 'cancelled' | 'failed' | 'event' }
  // errors
  | { readonly type: 'error.raised'; readonly activation: number | null; readonly scope: number; readonly error: RunError; readonly taker: Taker }
  // compensation
  | {
      readonly type: 'rollback.started';
      /** The scope that holds the rollback: what comes after goes on there. */
      readonly scope: number;
      /** Entries to undo, in the order in which they will be undone. */
      readonly entries: readonly number[];
      readonly parallel: boolean;
      readonly then: Afterwards;
    }
  | {
      readonly type: 'compensation.entered';
      readonly activation: number;
      readonly scope: number;
      readonly entry: number;
      readonly role: 'compensation' | 'confirmation';
      readonly state: string;
      readonly way: string;
      readonly visit: number;
      readonly input: Arguments;
      readonly key: string;
    }
  | { readonly type: 'compensation.completed'; readonly activation: number; readonly entry: number; readonly result: Json }
  | { readonly type: 'compensation.failed'; readonly activation: number; readonly entry: number; readonly error: RunError; readonly halt: boolean }
  | { readonly type: 'rollback.completed'; readonly scope: number }
  | { readonly type: 'entries.discarded'; readonly entries: readonly number[]; readonly why: 'pivot' | 'confirmed' | 'replaced' | 'nothing-done' }
  | { readonly type: 'entry.resolved'; readonly entry: number; readonly how: 'retry' | 'skip' | 'resolve'; readonly by: Actor }
  | { readonly type: 'state.retried'; readonly activation: number; readonly by: Actor }
  | { readonly type: 'alert.raised'; readonly state: string; readonly message: string }
  // people and events
  | { readonly type: 'task.created'; readonly activation: number; readonly task: TaskDraft }
  | { readonly type: 'task.changed'; readonly activation: number; readonly change: TaskChange; readonly by: Actor }
  | { readonly type: 'task.escalated'; readonly activation: number; readonly step: number; readonly to: string | null; readonly notify: string | null; readonly outcome: string | null }
  | { readonly type: 'event.received'; readonly event: CloudEventData; readonly activation: number | null; readonly scope: number; readonly listener: number }
  // a debugger's hand
  | { readonly type: 'value.set'; readonly target: ValueTarget; readonly value: Json }
  | { readonly type: 'run.forked'; readonly from: string; readonly at: number };

export interface TaskDraft {
  readonly title: string;
  readonly description: string | null;
  readonly assignee: string | null;
  readonly candidates: readonly string[];
  readonly members: readonly string[];
  readonly due: number | null;
  readonly escalations: readonly number[];
}

export type TaskChange =
  | { readonly to: 'claimed'; readonly actor: string }
  | { readonly to: 'delegated'; readonly actor: string }
  | { readonly to: 'released' };

export interface CloudEventData {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly time: string;
  readonly data: Json;
}

export type ValueTarget =
  | { readonly kind: 'variable'; readonly scope: number; readonly name: string }
  | { readonly kind: 'input'; readonly activation: number }
  | { readonly kind: 'result'; readonly activation: number };

/** What follows when a rollback has undone its entries. */
export type Afterwards =
  | { readonly kind: 'transition'; readonly from: string; readonly transition: ChosenTransition }
  | { readonly kind: 'end'; readonly status: 'compensated' | 'cancelled' }
  /** The scope gives its owner this error to collect, or simply ends because it was cancelled. */
  | { readonly kind: 'leave'; readonly error: RunError | null };
