/**
 * The state of a run: a tree of scope instances, each with its variables, results, active states and its stack of what
 * would undo what was done. It is the fold of the run's records and nothing else.
 *
 * 1. Only `apply` changes it. Everything else reads it through the readonly types.
 * 2. Ids of scopes, activations and entries come from one counter in the state, so that a replay gives the same ones.
 * 3. Names that come from the author are keys of maps, never of plain objects.
 */
import type { Json } from '../../language/index.ts';
import type {
  Afterwards,
  Arguments,
  Assignments,
  ChosenTransition,
  EntryDraft,
  Role,
  RunError,
  Taker,
  TaskDraft,
} from './record.ts';

export type RunStatus =
  | 'running'
  | 'waiting'
  | 'compensating'
  | 'suspended'
  | 'completed'
  | 'compensated'
  | 'failed'
  | 'cancelled';

/** Statuses after which nothing more happens by itself. */
export const ENDED: ReadonlySet<RunStatus> = new Set(['completed', 'compensated', 'failed', 'cancelled']);

export interface RunState {
  run: string;
  workflow: string;
  version: string;
  hash: string;
  file: string;
  parent: { run: string; way: string; detached: boolean; depth: number } | null;
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
  suspended: 'compensation' | 'recovery' | 'pivot' | 'confirmation' | null;
  cancelling: { compensate: boolean; force: boolean } | null;
  /** The error that began it all. */
  error: RunError | null;
  pivoted: boolean;
  nextId: number;
  transitions: number;
  undone: number;
  scopes: Map<number, ScopeInstance>;
  activations: Map<number, Activation>;
  entries: Map<number, Entry>;
  /** How often each way was entered in the whole run. */
  visits: Map<string, number>;
  /** Ids of entries whose compensation failed and waits for a person. */
  unresolved: Set<number>;
}

export interface ScopeInstance {
  id: number;
  parent: number | null;
  owner: number | null;
  plan: string;
  way: string;
  branch: string | null;
  item: { as: string; index: number; value: Json } | null;
  vars: Map<string, Json>;
  results: Map<string, Json>;
  /** How often each state was entered in this instance. */
  visits: Map<string, number>;
  /** Ids of active activations, in the order in which they were entered. */
  active: Set<number>;
  /** What would undo this scope's completed states, oldest first. */
  stack: StackItem[];
  phase: 'active' | 'unwinding' | 'confirming' | 'completed' | 'left';
  /** The transition that was chosen and waits to be taken. */
  pending: { from: string; transition: ChosenTransition } | null;
  rollback: Rollback | null;
  output: Json;
  error: RunError | null;
}

/** One entry, or the entries that a completed scope handed over as one group. */
export type StackItem =
  | { kind: 'entry'; entry: number; order: number }
  | { kind: 'group'; order: number; parallel: boolean; items: StackItem[]; state: string };

export interface Entry extends EntryDraft {
  /** The scope instance that pushed it. */
  scope: number;
  /** The state's stable id in the plan. */
  plan: string;
  order: number;
  status: 'pending' | 'running' | 'done' | 'failed' | 'skipped' | 'resolved' | 'discarded' | 'confirmed';
  error: RunError | null;
  activation: number | null;
}

export interface Rollback {
  entries: number[];
  parallel: boolean;
  then: Afterwards;
  halted: boolean;
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
   * attempt; returned: the action gave a result or its last error; leaving: completed, its transition waits to be taken.
   */
  phase: 'entering' | 'calling' | 'acting' | 'retrying' | 'returned' | 'leaving' | 'suspended';
  input: Arguments | null;
  key: string | null;
  attempt: number;
  result: Json;
  error: RunError | null;
  taker: Taker | null;
  /** An earlier attempt may have taken effect. */
  doubt: boolean;
  /** The entry that `after: attempt` pushed. */
  pushed: number | null;
  enteredAt: number;
  startedAt: number | null;
  /** Instants in milliseconds: the attempt's end, that of all attempts, and that of a wait or a retry. */
  until: number | null;
  total: number | null;
  wakeAt: number | null;
  scopes: number[];
  task: Task | null;
}

export interface Task extends TaskDraft {
  owner: string | null;
  status: 'open' | 'claimed' | 'completed';
  createdAt: number;
  escalated: number;
}

export type { Assignments };
