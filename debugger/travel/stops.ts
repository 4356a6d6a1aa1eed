/**
 * The stops of a run, read off its records: at which places it stood, and after how many records.
 *
 * 1. A record tells which step was taken to make it, so that each costs one look and no state: `attempt.started` is the
 *    step from `call`, `transition.taken` that from `transition`, and so on.
 * 2. The same stops come out of a run while it goes on, and of its journal afterwards.
 * 3. What is decided for other reasons than a step (outcomes, timers, people, events) makes no stop.
 */
import type { RunRecord } from '../../runner/host.ts';
import { keyOf } from '../places.ts';

type Place = 'enter' | 'call' | 'return' | 'transition' | 'undo' | 'undone';

/** A place at which a run stood. */
export interface Stop {
  readonly run: string;
  /** How many records the run had, and all runs together. */
  readonly seq: number;
  readonly at: number;
  readonly place: Place;
  readonly activation: number;
  readonly scope: number;
  /** The state's stable id in the plan, and the name under which the place's breakpoints are found. */
  readonly plan: string;
  readonly key: string;
  /** At `return`: whether the action gave a result. */
  readonly succeeded: boolean;
}

export interface StopReader {
  /**
   * The stop at which the run stood before `record`, or null. Records are given in order; `moment` is how many there were
   * before, of all runs.
   */
  read(record: RunRecord, moment: number): Stop | null;
  /** The scope instance around this one, of all that ever were; null for the outermost. */
  parentOf(scope: number): number | null;
  /** The scope instance of the state that started this child run last; null when none did. */
  callerOf(child: string): number | null;
}

interface Stay {
  readonly id: number;
  readonly scope: number;
  plan: string;
  readonly role: 'state' | 'compensation' | 'confirmation';
  phase: 'entering' | 'calling' | 'acting' | 'returned' | 'leaving';
  prepared: boolean;
  succeeded: boolean;
  cancelled: boolean;
  /** The place in the text of the transition that it is left by; null for any other way. */
  leaving: number | null;
  stopping: boolean;
}

/** A reader at the beginning of the run `run`. */
export function createStopReader(run: string): StopReader {
  const stays = new Map<number, Stay>();
  const current = new Map<number, number>();
  const parents = new Map<number, number | null>();
  const callers = new Map<string, number>();
  const rolling = new Set<number>();
  const entries = new Map<number, string>();
  const keys = new Map<string, Map<string, string>>();
  const transitions = new Map<number, string>();
  let before: RunRecord['type'] | null = null;

  // One text for each, since a long run has very many stops.
  const keyFor = (kind: string, plan: string): string => {
    let known = keys.get(plan);
    if (known === undefined) keys.set(plan, (known = new Map<string, string>()));
    const before = known.get(kind);
    if (before !== undefined) return before;
    const key = keyOf(kind, plan, -1);
    known.set(kind, key);
    return key;
  };
  const transitionKey = (start: number): string => {
    const before = transitions.get(start);
    if (before !== undefined) return before;
    const key = keyOf('transition', '', start);
    transitions.set(start, key);
    return key;
  };
  const stop = (stay: Stay, place: Place, { seq }: RunRecord, moment: number): Stop => {
    const { id: activation, scope, plan, succeeded } = stay;
    const kind = place === 'undo' && stay.role === 'confirmation' ? 'confirm' : place;
    const key = place === 'transition' ? transitionKey(stay.leaving ?? -1) : keyFor(kind, plan);
    // The alert of a failed compensation belongs to the same step.
    const last = place === 'undone' && before === 'alert.raised' ? seq - 2 : seq - 1;
    return { run, seq: last, at: moment - (seq - 1 - last), place, activation, scope, plan, key, succeeded };
  };

  /** The place from which a step with this record was taken. */
  const placeOf = (stay: Stay, record: RunRecord): Place | null => {
    if (stay.cancelled) return null;
    switch (stay.phase) {
      case 'entering':
        return STEPS_FROM_ENTER.has(record.type) ? 'enter' : null;
      case 'calling':
        if (!STEPS_FROM_CALL.has(record.type)) return null;
        // All attempts together took too long before this one began: that is a timer, and no step.
        if (record.type === 'attempt.failed' && record.error.type === 'timeout') return null;
        return stay.role === 'state' ? 'call' : 'undo';
      case 'returned':
        if (!STEPS_FROM_RETURN.has(record.type)) return null;
        return stay.role === 'state' ? 'return' : 'undone';
      case 'leaving': {
        const shown = stay.leaving !== null && !stay.stopping && !rolling.has(stay.scope);
        return shown && STEPS_FROM_TRANSITION.has(record.type) ? 'transition' : null;
      }
      case 'acting':
        return null;
    }
  };
  const subjectOf = (record: RunRecord): Stay | undefined => {
    if (record.type === 'rollback.started') return stays.get(current.get(record.scope) ?? -1);
    // An error of the run's own time or of an event comes from outside.
    if (record.type === 'error.raised')
      return before === 'run.timed-out' || before === 'event.received' ? undefined : stays.get(record.arose ?? -1);
    if ('activation' in record && record.activation !== null) return stays.get(record.activation);
    return undefined;
  };
  const leave = (stay: Stay | undefined, left: unknown): void => {
    if (stay === undefined) return;
    const leaving = left as { kind: string; transition?: { range: { start: number } } } | null;
    leaveBy(stay, leaving?.kind === 'transition' ? (leaving.transition?.range.start ?? null) : null);
  };
  const leaveBy = (stay: Stay | undefined, start: number | null): void => {
    if (stay === undefined) return;
    stay.phase = 'leaving';
    stay.leaving = start;
    stay.stopping = false;
  };
  const change = (record: RunRecord): void => {
    if ('entry' in record && typeof record.entry === 'object' && record.entry !== null)
      entries.set(record.entry.entry, record.entry.plan);
    let of: Stay | undefined;
    switch (record.type) {
      case 'scope.entered':
        parents.set(record.scope, record.parent);
        if (record.owner !== null) set(record.owner, { phase: 'acting' });
        return;
      case 'state.entered': {
        const { activation: id, scope, plan } = record;
        current.set(scope, id);
        stays.set(id, begun(id, scope, plan, 'state', 'entering'));
        return;
      }
      case 'compensation.entered': {
        const { activation: id, scope, role } = record;
        stays.set(id, begun(id, scope, entries.get(record.entry) ?? '', role, 'calling'));
        return;
      }
      case 'state.prepared':
        if ((of = stays.get(record.activation)) === undefined) return;
        of.phase = 'calling';
        of.prepared = true;
        return;
      case 'retry.due':
        set(record.activation, { phase: 'calling' });
        return;
      case 'attempt.started':
        of = stays.get(record.activation);
        if (of !== undefined) Object.assign(of, { phase: 'acting', succeeded: false });
        if (record.child !== null) callers.set(record.child, stays.get(record.activation)?.scope ?? 0);
        return;
      case 'wait.started':
      case 'task.created':
        set(record.activation, { phase: 'acting' });
        return;
      case 'retry.scheduled':
        set(record.activation, { phase: 'acting', leaving: null, stopping: false });
        return;
      case 'attempt.succeeded':
      case 'attempt.failed':
        if ((of = stays.get(record.activation)) === undefined) return;
        of.phase = 'returned';
        of.succeeded = record.type === 'attempt.succeeded';
        return;
      case 'state.completed':
        leaveBy(stays.get(record.activation), record.transition.range.start);
        return;
      case 'error.raised':
        if (record.arose !== null && record.arose !== record.activation) stays.delete(record.arose);
        if (record.leave !== null) leave(stays.get(record.activation), record.leave);
        return;
      case 'event.received':
        if (record.activation !== null && record.leave !== null) leave(stays.get(record.activation), record.leave);
        return;
      case 'leave.requested':
      case 'state.jumped':
        leave(stays.get(record.activation), record.leave);
        return;
      case 'run.cancelling':
        leave(stays.get(current.get(0) ?? -1), { kind: 'end' });
        return;
      case 'leave.started': {
        const left = stays.get(record.activation);
        if (left !== undefined) left.stopping = true;
        // What is below only comes to rest from now on.
        for (const stay of stays.values())
          if (stay.role === 'state' && stay.scope !== left?.scope && isBelow(stay.scope, left)) stay.cancelled = true;
        return;
      }
      case 'run.migrated':
        for (const { activation, plan, anew, leave: left } of record.activations) {
          set(activation, { plan, ...(anew && { prepared: false }) });
          if (left !== null) leave(stays.get(activation), left);
        }
        for (const { entry, plan } of record.entries) entries.set(entry, plan);
        return;
      case 'state.retried':
        again(stays.get(record.activation));
        return;
      case 'rollback.started':
        rolling.add(record.scope);
        return;
      case 'rollback.completed':
      case 'scope.given-up':
        rolling.delete(record.scope);
        return;
      case 'transition.taken':
        rolling.delete(record.scope);
        if (record.activation !== null) stays.delete(record.activation);
        return;
      case 'compensation.completed':
      case 'compensation.failed':
        stays.delete(record.activation);
        return;
      default:
        return;
    }
  };
  const set = (id: number, what: Partial<Stay>): void => {
    const stay = stays.get(id);
    if (stay !== undefined) Object.assign(stay, what);
  };
  const again = (stay: Stay | undefined): void => {
    if (stay === undefined) return;
    const phase = stay.succeeded ? 'returned' : stay.prepared ? 'calling' : 'entering';
    Object.assign(stay, { phase, leaving: null, stopping: false });
  };
  const owners = new Map<number, number>();
  const isBelow = (scope: number, left: Stay | undefined): boolean => {
    for (let at: number | null | undefined = scope; at != null; at = parents.get(at))
      if (owners.get(at) === left?.id) return true;
    return false;
  };

  return {
    read(record, moment) {
      const stay = subjectOf(record);
      const place = stay === undefined ? null : placeOf(stay, record);
      const found = stay === undefined || place === null ? null : stop(stay, place, record, moment);
      if (record.type === 'scope.entered' && record.owner !== null) owners.set(record.scope, record.owner);
      change(record);
      before = record.type;
      return found;
    },
    parentOf: (scope) => parents.get(scope) ?? null,
    callerOf: (child) => callers.get(child) ?? null,
  };
}

const STEPS_FROM_ENTER: ReadonlySet<string> = new Set([
  'state.prepared',
  'wait.started',
  'attempt.failed',
  'attempt.succeeded',
  'state.completed',
  'error.raised',
]);
const STEPS_FROM_CALL: ReadonlySet<string> = new Set(['attempt.started', 'attempt.failed']);
const STEPS_FROM_RETURN: ReadonlySet<string> = new Set([
  'state.completed',
  'error.raised',
  'retry.scheduled',
  'compensation.completed',
  'compensation.failed',
]);
const STEPS_FROM_TRANSITION: ReadonlySet<string> = new Set([
  'transition.taken',
  'leave.started',
  'rollback.started',
  'error.raised',
]);

function begun(id: number, scope: number, plan: string, role: Stay['role'], phase: Stay['phase']): Stay {
  return {
    id,
    scope,
    plan,
    role,
    phase,
    prepared: false,
    succeeded: false,
    cancelled: false,
    leaving: null,
    stopping: false,
  };
}
