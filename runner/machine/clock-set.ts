/**
 * The clock of the machine was set: what a run waits for moves along, so that a time that was to pass still passes.
 *
 * 1. Instants of a run are those of the wall clock. When that is set, the record `clock.set` says by how much, and every
 *    instant that counts from a moment of the run moves with it. A `wait` until an instant keeps that instant.
 * 2. The limit of a call under way is as long as it was, whichever way the clock was set.
 * 3. Of everything else, time that the clock skips has passed: it stood still with a machine that was paused, or was wrong
 *    before. What became due is due. But it is never given twice: set back, an instant comes no later than it would have
 *    come, and what began while the clock was ahead comes no earlier, for each of them knows how far the clock has been
 *    set since it began.
 */
import { specOf } from './context.ts';
import type { Context } from './context.ts';
import type { MovedActivation, RecordBody, RunRecord } from './record.ts';
import type { Activation, RunState } from './state.ts';
import type { Stimulus } from './stimulus.ts';

/** Records that the clock was set, with all instants of the run as they are from then on. */
export function setClock(context: Context, { shift, heard }: Extract<Stimulus, { type: 'clock' }>): null {
  const { state, records } = context;
  const { ahead, timeoutAt } = state;
  records.push({
    type: 'clock.set',
    shift,
    heard,
    timeoutAt: later(timeoutAt, movedBy(ahead, shift)),
    activations: [...state.activations.values()].map((activation) => movedActivation(context, activation, shift)),
  });
  return null;
}

function movedActivation(context: Context, activation: Activation, shift: number): MovedActivation {
  const { id, ahead, totalAhead, phase, until, total, wakeAt, task } = activation;
  const { action } = specOf(context, activation);
  const isCall = action?.kind === 'call';
  const waiting = movedBy(ahead, shift);
  const isFixed = phase === 'acting' && action?.kind === 'wait' && action.until !== null;
  return {
    activation: id,
    until: later(until, isCall ? shift : waiting),
    total: later(total, isCall ? shift : movedBy(totalAhead, shift)),
    wakeAt: isFixed ? wakeAt : later(wakeAt, waiting),
    due: later(task?.due ?? null, waiting),
    escalations: (task?.escalations ?? []).map((instant) => instant + waiting),
  };
}

/** How far an instant moves by `shift`, when the clock has been set by `ahead` since it was made. */
function movedBy(ahead: number, shift: number): number {
  return Math.min(0, ahead + shift) - Math.min(0, ahead);
}

function later(instant: number | null, ms: number): number | null {
  return instant === null ? null : instant + ms;
}

/** Applies `clock.set`: moments at which something began move by all of it, so that they compare with those of now. */
export function applyClockSet(
  state: RunState,
  { shift, heard, timeoutAt, activations }: Extract<RecordBody, { type: 'clock.set' }>,
  at: number,
): void {
  state.ahead += shift;
  state.timeoutAt = timeoutAt;
  state.settings = [...state.settings, { shift, heard, at }];
  for (const { activation: id, until, total, wakeAt, due, escalations } of activations) {
    const activation = state.activations.get(id);
    if (activation === undefined) continue;
    const { task } = activation;
    if (task) Object.assign(task, { due, escalations, createdAt: task.createdAt + movedBy(activation.ahead, shift) });
    Object.assign(activation, { until, total, wakeAt });
    activation.ahead += shift;
    activation.totalAhead += shift;
    activation.enteredAt += shift;
    if (activation.startedAt !== null) activation.startedAt += shift;
  }
}

/**
 * When the event of the bus with this number was received, in the run's time of now: `at` is what the clock said then.
 * Where nobody saw the clock being set, only an event that came later than that says that it came before.
 */
export function receptionOf(state: Readonly<RunState>, { number, at }: { number: number; at: number }): number {
  return state.settings.reduce((moment, setting) => {
    if (setting.heard !== null) return number <= setting.heard ? moment + setting.shift : moment;
    return moment > setting.at ? Math.min(moment + setting.shift, setting.at) : Math.max(moment, setting.at);
  }, at);
}

/**
 * Gives the records of one run, one after the other, with instants as if the clock had never been set, for whoever measures
 * how long something took.
 */
export function unsetting(): (record: RunRecord) => RunRecord {
  let ahead = 0;
  return (record) => {
    if (record.type === 'clock.set') ahead += record.shift;
    return ahead === 0 ? record : { ...record, at: record.at - ahead };
  };
}
