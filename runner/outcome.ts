/** The last line of `run --json` and its like: what came of a run, and what is left of it. */
import type { Json, Plan } from '../language/index.ts';
import { compensatedOf, errorOf, pathOf, pendingStack } from './machine/index.ts';
import { actionName, indexOf } from './machine/index.ts';
import type { RunError, RunRecord, RunState, RunStatus } from './machine/index.ts';

export interface Outcome {
  readonly run: string;
  readonly status: RunStatus;
  /** Null unless the run completed. */
  readonly output: Json;
  /** The error that began it all. */
  readonly error: OutcomeError | null;
  /** Ways of the states that were entered, in order. */
  readonly path: readonly string[];
  /** Ways of the states whose compensation was performed, in order. */
  readonly compensated: readonly string[];
  /** For a suspended run: what is left to do. */
  readonly pending: readonly PendingAction[];
}

export interface OutcomeError {
  readonly type: string;
  readonly message: string;
  /** The way of the state where it arose; empty for the run itself. */
  readonly state: string;
}

export interface PendingAction {
  readonly state: string;
  /** What would be called. */
  readonly action: string;
  readonly with: Json;
  readonly error: OutcomeError | null;
}

/**
 * What came of the run in `state`, which is the fold of `records`. `status` is that of the run; one that waits for a child
 * which waits is waiting, too.
 */
export function outcomeOf(
  plan: Plan,
  state: Readonly<RunState>,
  records: readonly RunRecord[],
  status: RunStatus,
): Outcome {
  return {
    run: state.run,
    status,
    output: status === 'completed' ? state.output : null,
    error: shortError(errorOf(state)),
    path: pathOf(records),
    compensated: compensatedOf(records),
    pending: status === 'suspended' ? pendingOf(plan, state) : [],
  };
}

/** What is left of a suspended run: what a person's `retry` would do, the next first. */
function pendingOf(plan: Plan, state: Readonly<RunState>): PendingAction[] {
  switch (state.suspension) {
    case 'recovery':
    case 'pivot':
      return failedStates(plan, state);
    case 'confirmation':
      return unconfirmed(plan, state);
    case 'compensation':
    case null:
      return pendingStack(plan, state).map((entry) => ({
        state: entry.state,
        action: entry.action,
        with: entry.with,
        error: shortError(entry.error),
      }));
  }
}

/** States that failed for good and wait to be tried again. */
function failedStates(plan: Plan, state: Readonly<RunState>): PendingAction[] {
  return [...state.activations.values()]
    .filter(({ phase }) => phase === 'suspended')
    .map(({ way, plan: id, input, error }) => {
      const action = indexOf(plan).states.get(id)?.action;
      const name = action === undefined ? '' : actionName(action);
      return { state: way, action: name, with: input?.value ?? null, error: shortError(error ?? state.error) };
    });
}

/** Entries that are still to be confirmed, in order of completion. */
function unconfirmed(plan: Plan, state: Readonly<RunState>): PendingAction[] {
  return [...state.entries.values()].flatMap(({ way, plan: id, confirm, error, completed }) => {
    const action = indexOf(plan).states.get(id)?.confirm?.action;
    if (confirm === null || !completed || action === undefined) return [];
    return [{ state: way, action: actionName(action), with: confirm.value, error: shortError(error) }];
  });
}

function shortError(error: RunError | null): OutcomeError | null {
  return error === null ? null : { type: error.type, message: error.message, state: error.state };
}
