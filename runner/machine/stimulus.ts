/** What reaches the machine from outside, what it asks to be evaluated, and what it wants performed. */
import type { CallAction, Expression, Json, Template } from '../../language/index.ts';
import type { Actor, Arguments, CloudEventData, RecordBody, RunError, TaskChange, ValueTarget } from './record.ts';

/** Everything that can make a run go on. `now` is the run's clock in milliseconds since 1970. */
export type Stimulus = { readonly now: number } & StimulusBody;

export type StimulusBody =
  | {
      readonly type: 'start';
      readonly run: string;
      readonly hash: string;
      readonly file: string;
      readonly input: Json;
      readonly seed: string;
      readonly parent: {
        readonly run: string;
        readonly way: string;
        readonly detached: boolean;
        readonly depth: number;
      } | null;
      /** The event that starts the run. */
      readonly event?: CloudEventData;
      /** The number of the latest event on the bus; 0 by default. */
      readonly heard?: number;
      /** Who begins it. */
      readonly by?: Actor;
      /** The trace that it shall be part of. */
      readonly trace?: { readonly parent: string; readonly state: string };
    }
  /** Take the next step, or that of one activation. Gives no records when nothing is ready. */
  | { readonly type: 'advance'; readonly activation?: number }
  /** An action ended. `attempt` tells a late outcome of an abandoned attempt from the present one. */
  | { readonly type: 'outcome'; readonly activation: number; readonly attempt: number; readonly outcome: Outcome }
  /** The clock reached the earliest timer of `timersOf`. */
  | { readonly type: 'timer' }
  /** The machine's clock was set by `shift` milliseconds; `heard` is the latest event on the bus, null where nobody knows. */
  | { readonly type: 'clock'; readonly shift: number; readonly heard: number | null }
  /** A process takes the run up after another left it: actions under way are in doubt and are performed again. */
  | { readonly type: 'recover'; readonly by?: Actor }
  | { readonly type: 'cancel'; readonly by: Actor; readonly compensate: boolean; readonly force: boolean }
  /** A parent rolls back this completed run. */
  | { readonly type: 'rollback'; readonly by: Actor }
  /** A person's word on a suspended run: `state` is a way, or null for everything that waits. */
  | { readonly type: 'retry'; readonly by: Actor; readonly state: string | null }
  | { readonly type: 'skip' | 'resolve'; readonly by: Actor; readonly state: string }
  /** `state` is the task's way. */
  | { readonly type: 'task'; readonly state: string; readonly by: Actor; readonly change: TaskChange }
  | {
      readonly type: 'decision';
      readonly state: string;
      readonly by: Actor;
      readonly outcome: string;
      readonly form: Json;
      /** When the person answered, where that was before a process could hear it; `now` by default. */
      readonly at?: number;
    }
  /** Whoever keeps the keys of locks has given the run its own. */
  | { readonly type: 'lock' }
  /** Somebody was chosen for a task with `assign`; `by` names the way of choosing. */
  | { readonly type: 'assign'; readonly activation: number; readonly actor: string; readonly by: Actor }
  | {
      readonly type: 'event';
      readonly event: CloudEventData;
      /** When it was received; `now` by default. What was entered later takes it only from the buffer. */
      readonly at?: number;
      /** The instant until which it is kept: nothing that was entered later takes it. */
      readonly until?: number;
      /** Whether nothing took it before, so that only a buffering `listen` may. */
      readonly kept?: boolean;
    }
  /** A debugger's hand: fail here instead of acting, or set a value. */
  | {
      readonly type: 'inject';
      readonly activation: number;
      readonly error: { readonly type: string; readonly message: string };
      readonly by?: Actor;
    }
  /** The action gave this result, without being performed. */
  | { readonly type: 'answer'; readonly activation: number; readonly result: Json; readonly by: Actor }
  /** A wait is over now. */
  | { readonly type: 'skip-wait'; readonly activation: number; readonly by: Actor }
  /** Go on in another state of the same scope. */
  | { readonly type: 'jump'; readonly activation: number; readonly to: string; readonly by: Actor }
  | { readonly type: 'set'; readonly target: ValueTarget; readonly value: Json; readonly by?: Actor }
  /** Another process wants the waiting run to itself for a moment: a matter of its driver, which changes nothing of the run. */
  | { readonly type: 'let-go' };

export type Outcome =
  { readonly ok: true; readonly result: Json } | { readonly ok: false; readonly error: OutcomeError };

/** What an action reports of its failure; the machine adds the state and the attempt. */
export type OutcomeError = Omit<RunError, 'state' | 'attempt'> & {
  /** The other side had acted before this error came up, whatever its type says: an answer that does not fit its schema. */
  readonly acted?: boolean;
};

/** A question of the machine to the evaluator of the plan's expression language. */
export interface Ask {
  readonly template: Template;
  /** The roots but `env`, which the driver adds, and `secrets`, which is sealed. */
  readonly bindings: { readonly [root: string]: Json | undefined };
  readonly moment: { readonly now: number; readonly seed: string };
}

/** What a decision comes to: itself, or the question whose answer it needs to be made anew from the beginning. */
export type Deciding = Decision | Ask;

export interface Decision {
  readonly records: readonly RecordBody[];
  /** To be performed after the records are committed. */
  readonly commands: readonly Command[];
  /** Why a person's or a debugger's stimulus was not taken: one sentence. Then there are no records. */
  readonly refused: string | null;
}

export type Command =
  | {
      readonly type: 'call';
      readonly activation: number;
      readonly attempt: number;
      readonly action: CallAction;
      readonly way: string;
      readonly input: Arguments;
      readonly key: string;
      /** Instant at which the attempt times out. */
      readonly until: number | null;
      readonly heartbeat: number | null;
    }
  /** Stop the action of this activation through its abort signal. */
  | { readonly type: 'abort'; readonly activation: number }
  | {
      readonly type: 'start-child';
      readonly activation: number;
      readonly attempt: number;
      readonly way: string;
      readonly child: string;
      readonly file: string;
      readonly version: string | null;
      readonly input: Arguments;
      readonly detached: boolean;
      readonly depth: number;
    }
  | { readonly type: 'rollback-child'; readonly activation: number; readonly attempt: number; readonly child: string }
  | {
      readonly type: 'cancel-child';
      readonly activation: number;
      readonly child: string;
      readonly compensate: boolean;
      readonly force: boolean;
    }
  | { readonly type: 'publish'; readonly event: { readonly id: string; readonly type: string; readonly data: Json } };

/** Where a run can be stopped; `design` of the debugger, and what `advance` would do next. */
export interface Step {
  readonly place: 'enter' | 'call' | 'return' | 'transition' | 'undo' | 'undone' | 'inner';
  readonly scope: number;
  readonly activation: number | null;
  /** The state's stable id in the plan; empty for steps of a scope alone. */
  readonly plan: string;
  readonly way: string;
  /** The place in the run's text that the step stands for. */
  readonly range: { readonly start: number; readonly end: number } | null;
}

/** A timer that the run waits for; `at` is in milliseconds since 1970. */
export interface Timer {
  readonly at: number;
  readonly kind: 'attempt' | 'total' | 'retry' | 'wait' | 'escalation' | 'listen' | 'run';
  readonly activation: number | null;
}

export type { Expression };
