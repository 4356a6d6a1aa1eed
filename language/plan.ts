/**
 * The Plan: the executable form of a workflow. It is complete, made only from a Workflow without errors, and plain
 * JSON, so that the runner can execute it, the debugger can map it to lines, the diagram can draw it and the journal
 * can keep it.
 *
 * 1. Every state, transition, handler and compensation carries the range of its source; a range counts in the text that
 *    the plan was lowered from.
 * 2. A plan holds no policy names and no defaults left open: what a name or a default stands for is written out.
 * 3. Keys that come from the author are held in lists of pairs or of named things, never as keys of an object, so that
 *    `__proto__` is a name like any other. The one exception is JSON that is passed through whole (schemas, literals).
 * 4. Every expression names its language, so that other workflow languages can be lowered to the same plan.
 */
import type { Json, JsonObject } from './json.ts';
import type { LineIndex, Range } from './text.ts';

export const PLAN_FORMAT = 1;

export interface Plan {
  readonly format: typeof PLAN_FORMAT;
  readonly workflow: string;
  readonly version: string;
  readonly title: string | null;
  readonly input: JsonObject | boolean | null;
  readonly output: Template | null;
  readonly participants: readonly PlanParticipant[];
  readonly events: readonly PlanEvent[];
  readonly errors: readonly PlanError[];
  readonly triggers: readonly PlanTrigger[];
  /** Bound on the whole run in milliseconds. */
  readonly timeout: number | null;
  readonly recovery: 'compensate' | 'suspend' | 'fail';
  readonly lock: Expression | null;
  readonly limits: { readonly transitions: number; readonly depth: number };
  readonly migrations: readonly PlanMigration[];
  /** The lines of the text that the plan was made from, in which every range counts. */
  readonly lines: LineIndex;
  /** The outermost scope: its states are the workflow's own. */
  readonly root: PlanScope;
}

/** A scope: the run itself, a branch, a foreach item's body or an embedded scope. */
export interface PlanScope {
  /** Stable id: the way of names from the root, `''` for the root, `pack` or `notify/email` further in. */
  readonly id: string;
  readonly range: Range;
  readonly start: string;
  readonly vars: readonly Field[];
  readonly states: readonly PlanState[];
  readonly on: readonly PlanListener[];
  readonly catch: readonly PlanHandler[];
  readonly output: Template | null;
  readonly compensation: 'sequential' | 'parallel';
}

export interface PlanState {
  /** Stable id: the way of the state from the root, without item numbers: `charge`, `notify/email/send`. */
  readonly id: string;
  readonly name: string;
  readonly title: string | null;
  /** The whole entry of the state, and its name alone. */
  readonly range: Range;
  readonly nameRange: Range;
  readonly action: PlanAction;
  readonly assign: readonly Field[];
  readonly output: Template | null;
  readonly retry: RetryPolicy | null;
  readonly timeout: TimeoutPolicy | null;
  /** Longest silence of a call in milliseconds. */
  readonly heartbeat: number | null;
  /** Tried in order; first match wins. */
  readonly catch: readonly PlanHandler[];
  /** `catch: warn`: record the error and go on to `next`. */
  readonly warn: boolean;
  readonly compensate: PlanCompensation | null;
  readonly confirm: PlanConfirmation | null;
  readonly pivot: boolean;
  readonly maxVisits: number | null;
  /** Where the state goes when it ends normally: first transition whose `when` holds. Empty for `fail` only. */
  readonly next: readonly PlanTransition[];
  /** Ranges of the keys that a breakpoint may stand on; absent keys are null. */
  readonly lines: {
    readonly kind: Range;
    readonly with: Range | null;
    readonly assign: Range | null;
    readonly output: Range | null;
    readonly catch: Range | null;
    readonly next: Range | null;
  };
}

/** What a state, a compensation or a confirmation does. The kinds are those of section 6 of the language. */
export type PlanAction =
  | CallAction
  | { readonly kind: 'switch' }
  | { readonly kind: 'set' }
  | ParallelAction
  | ForeachAction
  | { readonly kind: 'scope'; readonly scope: PlanScope; readonly on: readonly PlanListener[] }
  | RunAction
  | ListenAction
  | { readonly kind: 'wait'; readonly for: number | null; readonly until: Expression | null }
  | HumanAction
  | { readonly kind: 'emit'; readonly event: string; readonly data: Template | null }
  | { readonly kind: 'rollback'; readonly to: RollbackTarget }
  | {
      readonly kind: 'fail';
      readonly error: Template;
      readonly message: Template | null;
      readonly data: Template | null;
    };

export type ActionKind = PlanAction['kind'];

export interface CallAction {
  readonly kind: 'call';
  /** Null for the built-in operations `http`, `shell`, `script` and `log`. */
  readonly participant: string | null;
  readonly operation: string;
  readonly with: Template | null;
  readonly idempotencyKey: Template | null;
  readonly effect: 'none' | 'read' | 'write';
  readonly idempotent: boolean | null;
  /** Patterns of errors after which the operation has done nothing. */
  readonly errors: readonly string[];
}

export interface ParallelAction {
  readonly kind: 'parallel';
  readonly join: 'all' | 'any' | { readonly atLeast: number };
  readonly onBranchError: 'cancel' | 'collect';
  readonly branches: readonly { readonly name: string; readonly nameRange: Range; readonly scope: PlanScope }[];
}

export interface ForeachAction {
  readonly kind: 'foreach';
  readonly in: Template;
  readonly as: string;
  readonly concurrency: number;
  readonly onItemError: 'cancel' | 'collect';
  /**
   * An item's body; its `output` shapes each item's. For `foreach` with `call` it is null and `call` is the action of
   * each item; the state's own `retry`, `timeout` and `compensate` then hold for each item, and not for the state.
   */
  readonly scope: PlanScope | null;
  readonly call: CallAction | null;
  /** For `foreach` with `call`: what shapes each item's result. */
  readonly output: Template | null;
}

export interface RunAction {
  readonly kind: 'run';
  /** The path as written, relative to the file that holds it. */
  readonly file: string;
  readonly with: Template | null;
  /** A semantic version range. */
  readonly version: string | null;
  readonly detached: boolean;
}

export interface ListenAction {
  readonly kind: 'listen';
  readonly on: readonly PlanListener[];
  readonly buffer: boolean;
  readonly timeout: number | null;
  readonly onTimeout: readonly PlanTransition[];
}

export interface HumanAction {
  readonly kind: 'human';
  readonly title: Template | null;
  readonly description: Template | null;
  /** Names of participants with a role. */
  readonly assignee: string | null;
  readonly candidates: readonly string[];
  readonly assign: 'round-robin' | 'least-loaded' | null;
  readonly form: JsonObject | boolean | null;
  readonly outcomes: readonly string[];
  /** Milliseconds from the task's beginning. */
  readonly due: number | null;
  readonly escalate: readonly {
    readonly after: number;
    readonly to: string | null;
    readonly notify: string | null;
    readonly outcome: string | null;
    readonly range: Range;
  }[];
  readonly on: readonly {
    readonly outcome: string;
    readonly range: Range;
    readonly transitions: readonly PlanTransition[];
  }[];
}

export type RollbackTarget = 'all' | 'scope' | { readonly to: string };

/** A transition; `next` is a sibling state's name or `end`. */
export interface PlanTransition {
  readonly when: Expression | null;
  readonly assign: readonly Field[];
  readonly rollback: RollbackTarget | null;
  readonly next: string;
  /** The line a breakpoint stands on: the value of `next`, the item of `switch`, the entry of `on`. */
  readonly range: Range;
  /** The keys of a transition that is a mapping; null where it is a name alone, or has no such key. */
  readonly lines: { readonly when: Range | null; readonly next: Range | null };
}

export interface PlanHandler {
  /** Patterns of error types; empty means any. */
  readonly errors: readonly string[];
  readonly when: Expression | null;
  readonly assign: readonly Field[];
  readonly rollback: RollbackTarget | null;
  readonly next: string;
  readonly range: Range;
}

export interface PlanListener {
  readonly event: string;
  readonly match: Expression | null;
  readonly assign: readonly Field[];
  readonly transitions: readonly PlanTransition[];
  readonly range: Range;
}

export interface PlanCompensation {
  readonly action: PlanAction;
  readonly after: 'completion' | 'attempt';
  readonly retry: RetryPolicy | null;
  readonly timeout: TimeoutPolicy | null;
  readonly onFailure: 'continue' | 'halt';
  /** The `compensate` key's line, and its whole entry. */
  readonly lineRange: Range;
  readonly range: Range;
  /** `compensate: none` says that nothing needs undoing. */
  readonly none: boolean;
}

export interface PlanConfirmation {
  readonly action: PlanAction;
  readonly retry: RetryPolicy | null;
  readonly timeout: TimeoutPolicy | null;
  readonly lineRange: Range;
  readonly range: Range;
}

export interface RetryPolicy {
  /** Patterns of error types; `['any']` by default. */
  readonly on: readonly string[];
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Milliseconds. */
  readonly delay: number;
  readonly factor: number;
  readonly maxDelay: number | null;
  readonly jitter: 'none' | 'full';
}

export interface TimeoutPolicy {
  /** Milliseconds for each attempt, and for all of them with their delays. */
  readonly attempt: number | null;
  readonly total: number | null;
  /** Multiplies the attempt's limit at each retry. */
  readonly extend: number;
}

/** An expression between `${` and `}`; `source` is the text between them. */
export interface Expression {
  readonly language: 'jsonata';
  readonly source: string;
  readonly range: Range;
  /** The roots that it reads (`input`, `vars`, `secrets` …), found when it was parsed. */
  readonly roots: readonly string[];
}

/** A value of the file in which expressions may stand. */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'text'; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly fields: readonly Field[] };

export interface Field {
  readonly name: string;
  readonly value: Template;
  readonly range: Range;
}

export interface PlanParticipant {
  readonly name: string;
  readonly description: string | null;
  readonly range: Range;
  /** Where its operations are done; a role has people instead. */
  readonly provider:
    | { readonly kind: 'http'; readonly baseUrl: Template | null; readonly openapi: string | null }
    | { readonly kind: 'module'; readonly module: string }
    | { readonly kind: 'commands' }
    | { readonly kind: 'role'; readonly role: string; readonly members: readonly string[] };
  readonly headers: readonly Field[];
  readonly operations: readonly PlanOperation[];
  readonly consistency: 'strong' | 'eventual' | null;
  readonly circuitBreaker: { readonly failures: number; readonly window: number | null; readonly reset: number } | null;
  readonly maxConcurrent: number | null;
}

/** An operation; those of an `openapi` document that the file does not mention are filled in when it is lowered. */
export interface PlanOperation {
  readonly name: string;
  readonly range: Range | null;
  readonly binding:
    | {
        readonly kind: 'http';
        readonly method: string;
        /** Path with `{param}` places, appended to the base URL. */
        readonly path: string;
        /** Where each known parameter goes; fields of `with` not listed here fill the path, then query or body. */
        readonly parameters: readonly PlanParameter[];
        readonly body: 'json' | 'none';
        /** The media type of the body where it is not `application/json`. */
        readonly contentType?: string;
        /** The base URL of this operation, where the document gives it another than its other ones. */
        readonly server?: string;
        /** What an answer must fit by its status, where the document tells; null for one without JSON. */
        readonly answers?: readonly PlanAnswer[];
      }
    | { readonly kind: 'module'; readonly function: string }
    | { readonly kind: 'shell'; readonly command: readonly Template[] };
  readonly input: JsonObject | boolean | null;
  readonly output: JsonObject | boolean | null;
  readonly errors: readonly string[];
  readonly effect: 'none' | 'read' | 'write';
  readonly idempotent: boolean | null;
  readonly headers: readonly Field[];
  readonly timeout: TimeoutPolicy | null;
  readonly retry: RetryPolicy | null;
}

export interface PlanParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required: boolean;
  /** How an OpenAPI document says that it is written; absent for a plain operation. */
  readonly style?: ParameterStyle;
  /** Whether the body has a field of this name, too. */
  readonly inBody?: true;
}

/** The `style` of an OpenAPI parameter; `json` for one whose `content` is JSON. */
export interface ParameterStyle {
  readonly form: 'simple' | 'label' | 'matrix' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject' | 'json';
  readonly explode: boolean;
}

export interface PlanAnswer {
  /** Such as `200`, or `2XX` for any that is not listed. */
  readonly status: string;
  readonly schema: JsonObject | null;
}

export interface PlanEvent {
  readonly type: string;
  readonly data: JsonObject | boolean | null;
  readonly key: Expression | null;
  /** Milliseconds. */
  readonly ttl: number;
}

export interface PlanError {
  readonly type: string;
  readonly description: string | null;
  readonly data: JsonObject | boolean | null;
}

export type PlanTrigger =
  | {
      readonly kind: 'event';
      readonly event: string;
      readonly when: Expression | null;
      readonly input: Template | null;
    }
  | { readonly kind: 'every'; readonly every: number; readonly input: Template | null }
  | { readonly kind: 'cron'; readonly cron: string; readonly input: Template | null };

export interface PlanMigration {
  readonly from: string;
  readonly states: readonly { readonly from: string; readonly to: string }[];
  readonly vars: readonly Field[];
}
