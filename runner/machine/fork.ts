/**
 * Forks: a run that begins as the first records of another and goes its own way from there.
 *
 * 1. Records that were decided together are never parted: a state is left and the next one entered at one moment.
 * 2. What the first records say was done is done, and is not repeated. What they say was under way is done by the fork
 *    itself, under its own idempotency keys and with child runs of its own.
 * 3. Times that the run was waiting for are as far away as they were; only a `wait` until an instant keeps that instant.
 */
import type { Plan } from '../../language/index.ts';
import { isActing } from './activations.ts';
import { apply, fold } from './apply.ts';
import { specOf } from './context.ts';
import { indexOf } from './plan-index.ts';
import type { Actor, ForkedActivation, RecordBody, Role, RunRecord } from './record.ts';
import type { Activation, RunState } from './state.ts';
import { actionName } from './status.ts';

/** The number of the last record that was decided together with record `seq`: where a fork at `seq` parts from the run. */
export function wholeUntil(plan: Plan, records: readonly RunRecord[], seq: number): number {
  const state = fold(records.slice(0, seq));
  let last = seq;
  for (let next = records[last]; next !== undefined; next = records[last]) {
    const before = records[last - 1];
    if (before === undefined || !belongsTo(plan, state, before, next)) break;
    apply(state, next);
    last += 1;
  }
  return last;
}

/** Whether `next` was decided together with `before`; `state` is the run's after `before`. */
function belongsTo(plan: Plan, state: RunState, before: RunRecord, next: RunRecord): boolean {
  const after = (...types: RunRecord['type'][]): boolean => types.includes(before.type);
  switch (next.type) {
    case 'state.entered':
    case 'task.created':
    case 'compensations.dropped':
    case 'state.suspended':
      return true;
    case 'scope.entered':
      return after('run.started', 'attempt.started', 'state.entered');
    case 'wait.started':
      return after('attempt.started');
    case 'scope.confirming':
    case 'scope.completed':
    case 'run.completed':
      return after('transition.taken');
    case 'run.suspended':
      return after('compensation.failed', 'state.suspended');
    case 'compensation.failed':
      return after('alert.raised');
    case 'entry.decided':
    case 'state.retried':
      // One word may be about several things that wait.
      return after('entry.decided', 'state.retried') && next.at === before.at;
    case 'alert.raised':
    case 'task.completed':
      return after('task.escalated');
    case 'error.raised':
      return after('run.timed-out', 'event.received') || isStopped(before);
    case 'leave.requested':
      return after('state.retried') || (before.type === 'leave.requested' && areSiblings(state, before, next));
    case 'entries.discarded':
      return next.why !== 'rolled-back' && after('state.completed', 'state.cancelled', 'entries.discarded');
    case 'transition.taken':
    case 'retry.scheduled':
    case 'scope.given-up':
      return before.type === 'entries.discarded' && before.why === 'rolled-back';
    case 'run.ended':
      return before.type === 'run.cancelling' && before.force;
    case 'attempt.failed':
      if (after('run.timed-out', 'event.received')) return true;
      return after('attempt.started') && state.activations.get(next.activation)?.injected != null;
    case 'retry.due':
      return after('wait.skipped');
    case 'attempt.succeeded': {
      if (after('task.completed', 'task.escalated', 'event.received', 'entries.discarded')) return true;
      const activation = state.activations.get(next.activation);
      if (after('wait.skipped') || (after('attempt.started') && activation?.answered != null)) return true;
      // What the machine does itself succeeds in the decision that begins it.
      return after('attempt.started') && activation !== undefined && kindOf(plan, activation) !== 'outside';
    }
    default:
      return false;
  }
}

/** Whether two activations stand in branches of the same state, which a satisfied join gives up together. */
function areSiblings(state: RunState, one: { activation: number }, other: { activation: number }): boolean {
  const [first, second] = [one, other].map(
    ({ activation }) => state.scopes.get(state.activations.get(activation)?.scope ?? -1)?.owner,
  );
  return first != null && first === second;
}

/** Whether the attempt was cut short by an error of the run itself, which is raised in the same decision. */
function isStopped(before: RunRecord): boolean {
  return before.type === 'attempt.failed' && before.error.state === '';
}

function kindOf(plan: Plan, activation: Activation): 'outside' | 'inside' {
  const kind = specOf({ index: indexOf(plan) }, activation).action?.kind;
  return kind === 'call' || kind === 'run' || kind === 'human' || kind === undefined ? 'outside' : 'inside';
}

/** The record by which the run in `state`, whose records were copied, becomes the run `run`, at `now` in milliseconds. */
export function forkedRecord(
  plan: Plan,
  state: RunState,
  { run, by, now }: { readonly run: string; readonly by: Actor; readonly now: number },
): Extract<RecordBody, { type: 'run.forked' }> {
  const later = (instant: number | null): number | null => (instant === null ? null : instant + now - state.now);
  const activations = [...state.activations.values()].map((activation): ForkedActivation => {
    const { key, child, until, total, wakeAt, task } = activation;
    const action = indexOf(plan).states.get(activation.plan)?.action;
    const fixed = activation.phase === 'acting' && action?.kind === 'wait' && action.until !== null;
    return {
      activation: activation.id,
      key: key !== null && key.startsWith(`${state.run}/`) ? run + key.slice(state.run.length) : key,
      child: child !== null && isActing(activation) ? run + child.slice(state.run.length) : child,
      until: later(until),
      total: later(total),
      wakeAt: fixed ? wakeAt : later(wakeAt),
      due: later(task?.due ?? null),
      escalations: (task?.escalations ?? []).map((instant) => instant + now - state.now),
    };
  });
  const { run: from, seq: upTo, timeoutAt } = state;
  return { type: 'run.forked', run, from, upTo, by, timeoutAt: later(timeoutAt), activations };
}

/** Something that a run did to the world outside of it. */
export interface Effect {
  /** The number and the instant of the record that tells of it. */
  readonly seq: number;
  readonly at: number;
  readonly state: string;
  /** What was called, as `payments.charge`, `run ./child.workflow.yaml` or `emit order.paid`. */
  readonly action: string;
  readonly role: Role;
  readonly key: string | null;
  /** False where it is in doubt whether it took effect. */
  readonly certain: boolean;
}

/**
 * What the run did by `records`, which follow `state` and are applied to it; each once, at its last attempt. Calls that
 * only read are no effects.
 */
export function effectsOf(plan: Plan, state: RunState, records: readonly RunRecord[]): Effect[] {
  const effects = new Map<number, Effect>();
  const note = (id: number, { seq, at }: { seq: number; at: number }, certain: boolean): void => {
    const activation = state.activations.get(id);
    const { action = null } = activation === undefined ? {} : specOf({ index: indexOf(plan) }, activation);
    if (activation === undefined || effects.get(id)?.certain === true) return;
    // What a person answered or let fail was not called.
    if (activation.answered != null || activation.injected !== null) return;
    const { way, role, key, child } = activation;
    if (action !== null && !['call', 'run', 'emit'].includes(action.kind)) return;
    if (action?.kind === 'call' && (action.effect !== 'write' || action.operation === 'log')) return;
    const name = action === null ? `roll back ${child ?? ''}` : actionName(action);
    effects.set(id, { seq, at, state: way, action: name, role, key, certain });
  };
  for (const record of records) {
    if (record.type === 'attempt.succeeded') note(record.activation, record, true);
    if (record.type === 'attempt.failed' && !record.nothingDone) note(record.activation, record, false);
    apply(state, record);
  }
  const end = { seq: state.seq, at: state.now };
  for (const activation of state.activations.values()) if (isActing(activation)) note(activation.id, end, false);
  return [...effects.values()].sort((one, other) => one.seq - other.seq);
}
