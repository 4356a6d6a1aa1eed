/**
 * Records: what happened in a run, in order. The journal is a list of them and a run's state is their fold.
 *
 * 1. A record holds what was decided, never what is still to be worked out: values that expressions gave, instants that
 *    timers end at, the handler that takes an error. So `apply` evaluates nothing.
 * 2. A record is committed before the effect that it announces is performed.
 * 3. Values of secrets are in no record. Where one would stand the value shows `•••`, and `sealed` says how to make it
 *    again when the action is performed.
 * 4. Fields are only ever added; a reader of an older journal must find every field that it knew.
 *
 * It is long because it is one closed union, which is the format of the journal.
 */
import type { Json, SealedValue } from '../../language/index.ts';

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
  readonly plan: string;
  readonly way: string;
  readonly visit: number;
  /** Arguments of `compensate`; null when nothing is to be called. */
  readonly compensate: Arguments | null;
  /** Arguments of `confirm`; null when the state has none. */
  readonly confirm: Arguments | null;
  /** A completed child run is undone by rolling that run back. */
  readonly child: string | null;
  readonly result: Json;
  /** Why the arguments could not be evaluated: then only a person can resolve the entry. */
  readonly fault: string | null;
  /** Where it is a scope that undoes or confirms: the roots that its states see of what was around, as they were then. */
  readonly seen?: { readonly [root: string]: Json } | null;
}

export type RollbackReach = 'all' | 'scope' | { readonly to: string };

export interface ChosenTransition {
  /** A sibling state, or `end`. */
  readonly to: string;
  /** The place of the transition in the run's text. */
  readonly range: TextRange;
  readonly assign: Assignments;
  readonly rollback: RollbackReach | null;
}

export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** How an activation ends its stay in a state, and what becomes of what was done below it. */
export type Leave =
  /** Goes on to a sibling. `undo`: what the scopes below it had completed is compensated first. */
  | { readonly kind: 'transition'; readonly transition: ChosenTransition; readonly undo: boolean }
  /** The run ends; `undo` compensates everything that it did. */
  | { readonly kind: 'end'; readonly status: 'compensated' | 'cancelled' | 'failed'; readonly undo: boolean }
  /** The next attempt of a state that holds scopes: what they had done is compensated before it. */
  | { readonly kind: 'retry'; readonly attempt: number; readonly at: number }
  /** Its scope is given up: a branch or an item that failed (`error`) or was not needed (null). */
  | { readonly kind: 'give-up'; readonly error: RunError | null };

/** Who takes an error; `handler` is an index into the plan's list of handlers. */
export type Taker =
  | { readonly by: 'retry' }
  | { readonly by: 'state'; readonly handler: number }
  | { readonly by: 'scope'; readonly handler: number }
  | { readonly by: 'warn' }
  | { readonly by: 'collect' }
  | { readonly by: 'recovery'; readonly recovery: 'compensate' | 'suspend' | 'fail' };

export type Role = 'state' | 'compensation' | 'confirmation';

/** Entries to undo: one, several one after the other, or several at once. */
export type Undoing = number | { readonly sequence: readonly Undoing[] } | { readonly parallel: readonly Undoing[] };

export type RecordBody =
  // The run.
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
      readonly parent: ParentLink | null;
      readonly timeoutAt: number | null;
      /** The key of the workflow's lock: nothing is done before `lock.taken`. */
      readonly lock?: string | null;
      /** The event that started the run; it is given that event by this. */
      readonly event?: CloudEventData | null;
      /** The number of the latest event on the bus when the run began. */
      readonly heard?: number;
      /** Who began it. */
      readonly by?: Actor | null;
      /** The trace of whoever asked for it (W3C Trace Context), that it is part of. */
      readonly trace?: { readonly parent: string; readonly state: string } | null;
      /** Variables are set where they are declared. Without it the run is of an older release, which set them in the scope. */
      readonly assigns?: 'declared';
    }
  | { readonly type: 'lock.taken' }
  | { readonly type: 'run.completed'; readonly output: Json }
  | { readonly type: 'run.ended'; readonly status: 'compensated' | 'failed' | 'cancelled' }
  /** The run as a whole took longer than its `timeout`; the error that this raises follows. */
  | { readonly type: 'run.timed-out' }
  | { readonly type: 'run.suspended'; readonly why: Suspension }
  /** A process took the run up. What was under way is in doubt and performed again, until the new instants. */
  | {
      readonly type: 'run.recovered';
      readonly interrupted: readonly { readonly activation: number; readonly until: number | null }[];
      /** Which process that was. */
      readonly by?: Actor | null;
    }
  | { readonly type: 'run.cancelling'; readonly by: Actor; readonly compensate: boolean; readonly force: boolean }
  | { readonly type: 'run.rolling-back'; readonly by: Actor }
  // Scopes.
  | {
      readonly type: 'scope.entered';
      readonly scope: number;
      /** The scope instance that this one stands in, and the activation whose action it is; null for the root. */
      readonly parent: number | null;
      readonly owner: number | null;
      readonly plan: string;
      readonly way: string;
      readonly vars: Assignments;
      /** The branch's name, or the item's index and value. */
      readonly branch: string | null;
      readonly item: ScopeItem | null;
      /** Whether its compensations may run at once. */
      readonly parallel: boolean;
    }
  /** Its last state has ended; what was tried in it is confirmed before it completes with `output`. */
  | { readonly type: 'scope.confirming'; readonly scope: number; readonly output: Json }
  | { readonly type: 'scope.completed'; readonly scope: number; readonly output: Json }
  | { readonly type: 'scope.given-up'; readonly scope: number; readonly error: RunError | null }
  // States.
  | {
      readonly type: 'state.entered';
      readonly activation: number;
      readonly scope: number;
      readonly state: string;
      readonly plan: string;
      readonly way: string;
      readonly visit: number;
    }
  | {
      readonly type: 'state.prepared';
      readonly activation: number;
      readonly input: Arguments;
      readonly key: string | null;
      /** Instant at which all attempts together time out. */
      readonly total: number | null;
    }
  | {
      readonly type: 'attempt.started';
      readonly activation: number;
      readonly attempt: number;
      /** Instant at which this attempt times out. */
      readonly until: number | null;
      /** Pushed before the action, for `after: attempt`. */
      readonly entry: EntryDraft | null;
      /** The child run that this attempt starts or rolls back. */
      readonly child: string | null;
    }
  | { readonly type: 'wait.started'; readonly activation: number; readonly until: number | null }
  | { readonly type: 'attempt.succeeded'; readonly activation: number; readonly attempt: number; readonly result: Json }
  /** The child run of this attempt took too long: it is cancelled, and its end is waited for before the error arises. */
  | {
      readonly type: 'attempt.overdue';
      readonly activation: number;
      readonly attempt: number;
      readonly error: RunError;
    }
  | {
      readonly type: 'attempt.failed';
      readonly activation: number;
      readonly attempt: number;
      readonly error: RunError;
      /** Whether it is certain that this attempt did nothing (section 8.3). */
      readonly nothingDone: boolean;
    }
  | {
      readonly type: 'retry.scheduled';
      readonly activation: number;
      readonly attempt: number;
      /** The instant of that attempt; `at` is that of the record. */ readonly wakeAt: number;
      readonly error: RunError;
    }
  | { readonly type: 'retry.due'; readonly activation: number }
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
  | {
      readonly type: 'transition.taken';
      readonly scope: number;
      readonly activation: number | null;
      readonly from: string;
      readonly to: string;
      readonly assign: Assignments;
    }
  /** A cancelled activation came to rest; what it had done before that is pushed, so that it is undone. */
  | {
      readonly type: 'state.cancelled';
      readonly activation: number;
      readonly entry: EntryDraft | null;
      /** It is a pivot whose action succeeded all the same: there is no way back any more. */
      readonly pivot?: boolean;
    }
  /** The pivot has succeeded before the run could be stopped in it: the run is not ended, but goes on. */
  | { readonly type: 'end.withdrawn'; readonly activation: number }
  | { readonly type: 'state.suspended'; readonly activation: number }
  | { readonly type: 'state.retried'; readonly activation: number; readonly by: Actor }
  // Errors. `arose` is the activation where the error arose, `activation` the one whose handler or scope takes it.
  | {
      readonly type: 'error.raised';
      readonly arose: number | null;
      readonly activation: number;
      readonly error: RunError;
      readonly taker: Taker;
      readonly leave: Leave | null;
      /** What the state had done when the error came up after its action: pushed, so that it is undone. */
      readonly entry: EntryDraft | null;
    }
  /** An activation must be left for no error of its own: its branch is not needed. */
  | { readonly type: 'leave.requested'; readonly activation: number; readonly leave: Leave }
  /** An activation is being left: what is active below it is stopped. */
  | { readonly type: 'leave.started'; readonly activation: number }
  // Compensation and confirmation.
  | { readonly type: 'rollback.started'; readonly scope: number; readonly undo: Undoing }
  | { readonly type: 'rollback.completed'; readonly scope: number }
  | {
      readonly type: 'compensation.entered';
      readonly activation: number;
      /** The scope that is being undone: the one that pushed the entry. */
      readonly scope: number;
      readonly entry: number;
      readonly role: 'compensation' | 'confirmation';
      readonly key: string;
      readonly total: number | null;
    }
  | {
      readonly type: 'compensation.completed';
      readonly activation: number;
      readonly entry: number;
      readonly result: Json;
    }
  | {
      readonly type: 'compensation.failed';
      readonly activation: number;
      readonly entry: number;
      readonly error: RunError;
      readonly halt: boolean;
    }
  | {
      readonly type: 'entries.discarded';
      readonly entries: readonly number[];
      readonly why: 'pivot' | 'replaced' | 'nothing-done' | 'rolled-back';
    }
  /** After a pivot: these are still to be confirmed, but never undone. */
  | { readonly type: 'compensations.dropped'; readonly entries: readonly number[] }
  | {
      readonly type: 'entry.decided';
      readonly entry: number;
      readonly how: 'retry' | 'skip' | 'resolve';
      readonly by: Actor;
    }
  | { readonly type: 'alert.raised'; readonly state: string; readonly message: string }
  // People and events.
  | { readonly type: 'task.created'; readonly activation: number; readonly task: TaskDraft }
  | { readonly type: 'task.changed'; readonly activation: number; readonly change: TaskChange; readonly by: Actor }
  | {
      readonly type: 'task.completed';
      readonly activation: number;
      readonly outcome: string;
      readonly form: Json;
      readonly by: Actor;
      /** The instant at which the task was due, and whether it was completed after that. */
      readonly due?: number | null;
      readonly late?: boolean;
    }
  | {
      readonly type: 'task.escalated';
      readonly activation: number;
      readonly step: number;
      readonly to: string | null;
      readonly members: readonly string[];
      readonly notify: string | null;
      readonly outcome: string | null;
    }
  | {
      readonly type: 'event.received';
      readonly event: CloudEventData;
      readonly activation: number | null;
      readonly leave: Leave | null;
    }
  // A debugger's hand.
  | {
      readonly type: 'failure.injected';
      readonly activation: number;
      readonly error: { readonly type: string; readonly message: string };
      readonly by?: Actor | null;
    }
  | { readonly type: 'answer.given'; readonly activation: number; readonly result: Json; readonly by: Actor }
  /** What follows from it stands in the next record. */
  | { readonly type: 'wait.skipped'; readonly activation: number; readonly by: Actor }
  | { readonly type: 'state.jumped'; readonly activation: number; readonly leave: Leave; readonly by: Actor }
  | { readonly type: 'value.set'; readonly target: ValueTarget; readonly value: Json; readonly by?: Actor | null }
  /** The run is another one from here on: it began as the first `upTo` records of the run `from`. */
  | {
      readonly type: 'run.forked';
      readonly run: string;
      readonly from: string;
      readonly upTo: number;
      readonly by: Actor;
      readonly timeoutAt: number | null;
      /** What was under way, with keys and child runs of its own and its instants moved to now. */
      readonly activations: readonly ForkedActivation[];
    }
  /**
   * The clock of the machine was set by `shift` milliseconds, which is negative where it was set back; everything that the
   * run waits for is moved to where it stands.
   */
  | {
      readonly type: 'clock.set';
      readonly shift: number;
      /** The number of the latest event on the bus then; null where no process saw the clock being set. */
      readonly heard: number | null;
      readonly timeoutAt: number | null;
      readonly activations: readonly MovedActivation[];
    }
  /** From here on another text holds for the run. What was done keeps its name; what is active has its new one. */
  | {
      readonly type: 'run.migrated';
      readonly by: Actor;
      readonly from: TextReference;
      readonly to: TextReference;
      readonly timeoutAt: number | null;
      readonly scopes: readonly MigratedScope[];
      readonly activations: readonly MigratedActivation[];
      readonly entries: readonly { readonly entry: number; readonly plan: string }[];
    };

/** A text that a run is bound to; the journal keeps it, and those of the files that it names, by these hashes. */
export interface TextReference {
  readonly version: string;
  readonly hash: string;
  readonly file: string;
  readonly resources: string | null;
}

/** The instants of an activation as they are from a record on. */
export interface MovedActivation {
  readonly activation: number;
  readonly until: number | null;
  readonly total: number | null;
  readonly wakeAt: number | null;
  readonly due: number | null;
  readonly escalations: readonly number[];
}

export interface ForkedActivation extends MovedActivation {
  readonly key: string | null;
  readonly child: string | null;
}

export interface MigratedScope {
  readonly scope: number;
  readonly plan: string;
  readonly way: string;
  /** What the item is called; null where there is none. */
  readonly as: string | null;
  readonly parallel: boolean;
  /** Names of states that have changed, as they were and as they are. */
  readonly states: readonly (readonly [from: string, to: string])[];
  readonly assign: Assignments;
  /** Variables that there are no more. */
  readonly drop: readonly string[];
}

export interface MigratedActivation {
  readonly activation: number;
  readonly state: string;
  readonly plan: string;
  readonly way: string;
  readonly visit: number;
  /** Whether its input is evaluated anew, because its attempts surely did nothing. */
  readonly anew: boolean;
  /** Where it goes; null leaves that as it was. */
  readonly leave: Leave | null;
  /** What follows from the new text for an open task. */
  readonly due: number | null;
  readonly escalations: readonly number[];
}

export type Suspension = 'compensation' | 'confirmation' | 'recovery' | 'pivot';

export interface ParentLink {
  readonly run: string;
  readonly way: string;
  readonly detached: boolean;
  /** How many runs stand above this one. */
  readonly depth: number;
}

export interface ScopeItem {
  readonly as: string;
  readonly index: number;
  readonly value: Json;
}

export interface TaskDraft {
  readonly title: string;
  readonly description: string | null;
  /** Names of participants with a role, and the people in them as far as the file says. */
  readonly assignee: string | null;
  readonly candidates: readonly string[];
  readonly members: readonly string[];
  /** Instants in milliseconds. */
  readonly due: number | null;
  readonly escalations: readonly number[];
}

export type TaskChange =
  /** By `assign`: it is somebody's, who has not claimed it yet. */
  | { readonly to: 'assigned'; readonly actor: string }
  | { readonly to: 'claimed'; readonly actor: string }
  | { readonly to: 'delegated'; readonly actor: string }
  | { readonly to: 'released' };

/** An event as expressions see it: its attributes, extensions among them, and its data. */
export interface CloudEventData {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly time: string;
  readonly data: Json;
  readonly [attribute: string]: Json;
}

export type ValueTarget =
  | { readonly kind: 'variable'; readonly scope: number; readonly name: string }
  | { readonly kind: 'input'; readonly activation: number }
  | { readonly kind: 'result'; readonly activation: number };
