/**
 * The state of a run: a tree of scope instances, each with its variables, results, the state it is in and the stack of
 * what would undo what was done. It is the fold of the run's records and nothing else.
 *
 * 1. Only `apply` changes it. Everything else only reads it.
 * 2. Ids of scopes, activations and entries come from one counter in the state, so that a replay gives the same ones.
 * 3. Objects whose keys come from the author have no prototype, so that `__proto__` is a name like any other.
 * 4. A scope instance has at most one activation in the role of a state, its `current` one; branches and items are scope
 *    instances of their own. Activations that compensate or confirm stand beside it.
 */
import type { Json } from '../../language/index.ts';
import type {
  Arguments,
  EntryDraft,
  Leave,
  ParentLink,
  Role,
  RunError,
  ScopeItem,
  Suspension,
  TaskDraft,
  Undoing,
} from './record.ts';

export type RunStatus =
  'running' | 'waiting' | 'compensating' | 'suspended' | 'completed' | 'compensated' | 'failed' | 'cancelled';

/** Statuses after which nothing more happens by itself. */
export const ENDED: ReadonlySet<RunStatus> = new Set(['completed', 'compensated', 'failed', 'cancelled']);

/** An object without a prototype whose keys are the author's names. */
export type Dictionary = { [name: string]: Json };

/** The clock was set by `shift` to `at`; `heard` is the latest event on the bus then, null where no process saw it. */
export interface ClockSetting {
  readonly shift: number;
  readonly heard: number | null;
  readonly at: number;
}

export interface RunState {
  run: string;
  workflow: string;
  version: string;
  hash: string;
  file: string;
  parent: ParentLink | null;
  seed: string;
  startedAt: number;
  endedAt: number | null;
  timeoutAt: number | null;
  /** How often a process took the run up again after another had left it. */
  recoveries: number;
  input: Json;
  output: Json;
  /** The last record's number and instant. */
  seq: number;
  now: number;
  /** The lifecycle as recorded; `statusOf` gives what a person sees. */
  lifecycle: 'new' | 'active' | 'suspended' | 'completed' | 'compensated' | 'failed' | 'cancelled';
  suspension: Suspension | null;
  /** The error that began it all: the one that nothing caught. */
  error: RunError | null;
  pivoted: boolean;
  /** Where variables are set: where they are declared, or, in runs of older releases, in the scope itself. */
  assigns: 'declared' | 'own';
  /** A parent rolls this completed run back. */
  rollingBack: boolean;
  /** The workflow's lock; null without one. */
  lock: { key: string; held: boolean } | null;
  /** The events that the run was given, by `eventIdentity`. */
  received: Set<string>;
  /** The number of the latest event on the bus when the run began; null in runs of older releases. */
  heard: number | null;
  /** How far the machine's clock has been set since the run began, in milliseconds, and each time that it was: see `clock.set`. */
  ahead: number;
  settings: readonly ClockSetting[];
  nextId: number;
  transitions: number;
  /** How many entries were undone, by the runner or, as a person said, by hand. */
  undone: number;
  scopes: Map<number, ScopeInstance>;
  activations: Map<number, Activation>;
  /** Entries that are not yet done with. */
  entries: Map<number, Entry>;
  /** How often each way was entered in the whole run. */
  visits: Map<string, number>;
  /** Ids of entries whose compensation or confirmation failed and that wait for a person. */
  unresolved: Set<number>;
}

export interface ScopeInstance {
  id: number;
  parent: number | null;
  owner: number | null;
  plan: string;
  way: string;
  branch: string | null;
  item: ScopeItem | null;
  /** Whether its compensations may run at once. */
  parallel: boolean;
  vars: Dictionary;
  results: Dictionary;
  /** The latest completed state's result. */
  last: Json;
  /** How often each state was entered in this instance, and the number of the record of its latest completion. */
  visits: Map<string, number>;
  completions: Map<string, number>;
  current: number | null;
  /** What would undo this scope's completed states, oldest first. */
  stack: StackItem[];
  phase: 'active' | 'confirming' | 'completed' | 'given-up';
  rollback: Undoing | null;
  output: Json;
  error: RunError | null;
}

/** One entry, or the entries that a completed scope handed over as one group; `order` is the number of a record. */
export type StackItem =
  | { kind: 'entry'; entry: number; order: number }
  | { kind: 'group'; order: number; parallel: boolean; items: StackItem[]; state: string };

export interface Entry extends EntryDraft {
  /** The scope instance that pushed it. */
  scope: number;
  /** The way of that scope, kept for after the scope is gone. */
  scopeWay: string;
  status: 'pending' | 'running' | 'failed';
  error: RunError | null;
  /** Whether it was its confirmation that failed: a scope that is rolled back undoes it all the same. */
  unconfirmed: boolean;
  /** Whether its state completed. What was only attempted may have to be undone, and is never confirmed. */
  completed: boolean;
}

export interface Activation {
  id: number;
  scope: number;
  role: Role;
  /** The state's name, and its stable id in the plan. */
  state: string;
  plan: string;
  way: string;
  visit: number;
  /** For a compensation or a confirmation: its entry. */
  entry: number | null;
  /**
   * entering: nothing was done; calling: the input is evaluated; acting: the action runs; retrying: waits for the next
   * attempt; returned: the action gave a result or its last error; leaving: it goes where `leave` says.
   */
  phase: 'entering' | 'calling' | 'acting' | 'retrying' | 'returned' | 'leaving' | 'suspended';
  /** The phase in which it was suspended, and from which it goes on when it is retried. */
  suspendedIn: Activation['phase'] | null;
  input: Arguments | null;
  key: string | null;
  attempt: number;
  /** The attempt at which the present series of attempts began; a person's `retry` begins another one. */
  series: number;
  succeeded: boolean;
  result: Json;
  error: RunError | null;
  leave: Leave | null;
  /** The error that was taken by going there. */
  taken: RunError | null;
  /** Whether leaving has begun: what is active below is being stopped. */
  stopping: boolean;
  /** Stopped from above: it only comes to rest. */
  cancelled: boolean;
  /** An attempt may have taken effect although it did not say so. */
  doubt: boolean;
  /** The entry that `after: attempt` pushed. */
  pushed: number | null;
  child: string | null;
  /** Its child run took too long and is waited for while it undoes what it did: the error that then arises here. */
  overdue: RunError | null;
  injected: { type: string; message: string } | null;
  /** The result that was given in the place of the action. */
  answered: { result: Json } | null;
  enteredAt: number;
  startedAt: number | null;
  /** Instants in milliseconds: the attempt's end, that of all attempts, and that of a wait or a retry. */
  until: number | null;
  total: number | null;
  wakeAt: number | null;
  /** How far the machine's clock has been set, in milliseconds, since `total` was, and since what else it waits for was. */
  totalAhead: number;
  ahead: number;
  /** Scope instances that are this activation's action, in the order in which they were entered. */
  scopes: number[];
  /** How many of them have not ended. */
  running: number;
  task: Task | null;
}

export interface Task extends Omit<TaskDraft, 'assignee' | 'members'> {
  assignee: string | null;
  members: readonly string[];
  owner: string | null;
  status: 'open' | 'claimed';
  createdAt: number;
  escalated: number;
  /** Whether `assign` has chosen somebody. */
  assigned: boolean;
}

/** The state before any record. */
export function newState(): RunState {
  return {
    run: '',
    workflow: '',
    version: '',
    hash: '',
    file: '',
    parent: null,
    seed: '',
    startedAt: 0,
    endedAt: null,
    timeoutAt: null,
    recoveries: 0,
    input: null,
    output: null,
    seq: 0,
    now: 0,
    lifecycle: 'new',
    suspension: null,
    error: null,
    pivoted: false,
    assigns: 'own',
    rollingBack: false,
    lock: null,
    received: new Set(),
    heard: null,
    ahead: 0,
    settings: [],
    nextId: 1,
    transitions: 0,
    undone: 0,
    scopes: new Map(),
    activations: new Map(),
    entries: new Map(),
    visits: new Map(),
    unresolved: new Set(),
  };
}

/** What tells an event from all others: its source and its id (CloudEvents 1.0). */
export function eventIdentity({ source, id }: { readonly source: string; readonly id: string }): string {
  return JSON.stringify([source, id]);
}

/** Whether the run waits for the key of its lock, so that nothing of it may go forward. */
export function isLockedOut(state: RunState): boolean {
  if (state.lock === null || state.lock.held) return false;
  const current = state.scopes.get(ROOT)?.current;
  return current == null || state.activations.get(current)?.leave?.kind !== 'end';
}

/** Whether something further out is being left, so that nothing goes forward in this scope. */
export function isLeft(state: RunState, scope: ScopeInstance): boolean {
  for (let owner = scope.owner; owner !== null;) {
    const activation = state.activations.get(owner);
    if (!activation) return false;
    if (activation.role !== 'state') return false;
    if (activation.cancelled || activation.leave !== null || activation.phase !== 'acting') return true;
    owner = state.scopes.get(activation.scope)?.owner ?? null;
  }
  return false;
}

/** The root scope's instance always has this id. */
export const ROOT = 0;

export function dictionary(): Dictionary {
  return Object.create(null) as Dictionary;
}
