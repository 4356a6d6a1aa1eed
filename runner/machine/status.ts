/** What a person sees of a run: its status, where it stands and what would be undone (sections 8 and 10). */
import type { Json, Plan, PlanAction } from '../../language/index.ts';
import { isActing } from './activations.ts';
import { undoingOfAll, undoingOrder } from './entries.ts';
import { indexOf } from './plan-index.ts';
import type { RunError, RunRecord } from './record.ts';
import type { Entry, RunState, RunStatus } from './state.ts';
import { firstWork } from './steps.ts';

/** The status of section 8 as the run alone shows it. What its child runs do it does not know: see `statusAmong`. */
export function statusOf(plan: Plan, state: RunState): RunStatus {
  if (state.lifecycle === 'new') return 'running';
  if (state.lifecycle !== 'active') return state.lifecycle;
  if (isUndoing(state)) return 'compensating';
  return isWaiting(plan, state) ? 'waiting' : 'running';
}

/**
 * The status of section 8. A run that has nothing to do but to wait for child runs waits itself when all of them do, also
 * for a person who has to see to one that is suspended; `rests` says whether a child only waits.
 */
export function statusAmong(plan: Plan, state: RunState, rests: (child: string) => boolean): RunStatus {
  const status = statusOf(plan, state);
  if (status !== 'running' || !hasChildren(state)) return status;
  return isIdle(plan, state) && childrenOf(state).every(rests) ? 'waiting' : status;
}

function hasChildren(state: RunState): boolean {
  for (const activation of state.activations.values())
    if (activation.child !== null && isActing(activation)) return true;
  return false;
}

/** Child runs whose end this run waits for. */
export function childrenOf(state: RunState): string[] {
  return [...state.activations.values()].flatMap((activation) =>
    isActing(activation) && activation.child !== null ? [activation.child] : [],
  );
}

/** Whether nothing is left to do for the run but to wait for timers, people, events or child runs. */
export function isIdle(plan: Plan, state: RunState): boolean {
  if (firstWork(plan, state)) return false;
  for (const activation of state.activations.values()) {
    if (activation.phase === 'retrying') return false;
    if (isActing(activation) && activation.child === null) return false;
  }
  return true;
}

export interface PendingEntry {
  readonly entry: number;
  readonly state: string;
  /** What would be called, as `inventory.release` or `run ./shipping.workflow.yaml`. */
  readonly action: string;
  readonly with: Json;
  readonly status: Entry['status'];
  readonly error: RunError | null;
  /** Child run that would be rolled back. */
  readonly child: string | null;
}

/** What would be undone if everything were rolled back now, the next one first; failed entries included. */
export function pendingStack(plan: Plan, state: RunState): PendingEntry[] {
  const undo = undoingOfAll(state, true);
  const undone = undo === null ? [] : undoingOrder(undo);
  const others = [...state.entries.values()].filter(
    ({ entry, status }) => status === 'failed' && !undone.includes(entry),
  );
  return [...others.map(({ entry }) => entry), ...undone].flatMap((id) => {
    const entry = state.entries.get(id);
    return entry ? [describe(plan, entry)] : [];
  });
}

/**
 * The error that began it all: the one that nothing took, or, of a run that is suspended in the rollback that the error's
 * handler asked for, the one that was taken (section 8.7).
 */
export function errorOf(state: Readonly<RunState>): RunError | null {
  if (state.error !== null || state.suspension !== 'compensation') return state.error;
  for (const { taken } of state.activations.values()) if (taken !== null) return taken;
  return null;
}

/** The ways of the states that were entered, in order. */
export function pathOf(records: Iterable<RunRecord>): string[] {
  const path: string[] = [];
  for (const record of records) if (record.type === 'state.entered') path.push(record.way);
  return path;
}

/** The ways of the states whose compensation was performed, in order. */
export function compensatedOf(records: Iterable<RunRecord>): string[] {
  const entries = new Map<number, string>();
  const undoing = new Set<number>();
  const done: string[] = [];
  for (const record of records) {
    if ('entry' in record && record.entry !== null && typeof record.entry === 'object')
      entries.set(record.entry.entry, record.entry.way);
    if (record.type === 'compensation.entered' && record.role === 'compensation') undoing.add(record.activation);
    if (record.type === 'compensation.completed' && undoing.has(record.activation))
      done.push(entries.get(record.entry) ?? '');
  }
  return done;
}

/** What an action is called where a person reads it. */
export function actionName(action: PlanAction): string {
  switch (action.kind) {
    case 'call':
      return action.participant === null ? action.operation : `${action.participant}.${action.operation}`;
    case 'run':
      return `run ${action.file}`;
    case 'emit':
      return `emit ${action.event}`;
    default:
      return action.kind;
  }
}

function describe(plan: Plan, entry: Entry): PendingEntry {
  const state = indexOf(plan).states.get(entry.plan);
  const undo = state?.compensate && !state.compensate.none ? actionName(state.compensate.action) : null;
  const action = undo ?? (entry.child === null ? (state ? actionName(state.action) : '') : `roll back ${entry.child}`);
  return {
    entry: entry.entry,
    state: entry.way,
    action,
    with: entry.compensate?.value ?? null,
    status: entry.status,
    error: entry.error,
    child: entry.child,
  };
}

function isUndoing(state: RunState): boolean {
  if (state.rollingBack) return true;
  for (const scope of state.scopes.values()) if (scope.rollback !== null) return true;
  for (const activation of state.activations.values()) {
    if (activation.role === 'compensation') return true;
    if (activation.leave?.kind === 'end' && activation.leave.undo) return true;
  }
  return false;
}

function isWaiting(plan: Plan, state: RunState): boolean {
  return !hasChildren(state) && isIdle(plan, state);
}
