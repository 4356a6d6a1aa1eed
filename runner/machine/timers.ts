/** The instants that a run waits for. They follow from its state, so that a process that takes the run up finds them again. */
import type { Plan } from '../../language/index.ts';
import { isActing } from './activations.ts';
import { indexOf } from './plan-index.ts';
import { isLockedOut } from './state.ts';
import type { RunState } from './state.ts';
import type { Timer } from './stimulus.ts';

/**
 * The timers of a run, the earliest first. Of those at the same instant, what ends well goes before what is too late, and
 * then the one that was entered first.
 */
export function timersOf(plan: Plan, state: RunState): Timer[] {
  // The time that a run waits for its lock counts, but a timeout is raised only when it has it.
  if (state.lifecycle !== 'active' || isLockedOut(state)) return [];
  const timers: Timer[] = [];
  if (state.timeoutAt !== null) timers.push({ at: state.timeoutAt, kind: 'run', activation: null });
  for (const activation of state.activations.values()) {
    const { id, phase } = activation;
    if (activation.overdue !== null) continue;
    const stopped = activation.cancelled || activation.leave !== null;
    // What is stopped keeps the limit of what it performs itself, which it is waited for until then; nothing else.
    if (phase === 'acting' && activation.until !== null && (!stopped || isActing(activation)))
      timers.push({ at: activation.until, kind: 'attempt', activation: id });
    if (stopped) continue;
    if ((phase === 'acting' || phase === 'retrying') && activation.total !== null)
      timers.push({ at: activation.total, kind: 'total', activation: id });
    if (phase === 'retrying' && activation.wakeAt !== null)
      timers.push({ at: activation.wakeAt, kind: 'retry', activation: id });
    if (phase === 'acting' && activation.wakeAt !== null) {
      const listens = indexOf(plan).states.get(activation.plan)?.action.kind === 'listen';
      timers.push({ at: activation.wakeAt, kind: listens ? 'listen' : 'wait', activation: id });
    }
    const escalation = activation.task?.escalations[activation.task.escalated];
    if (phase === 'acting' && escalation !== undefined)
      timers.push({ at: escalation, kind: 'escalation', activation: id });
  }
  return timers.sort((one, other) => one.at - other.at || rankOf(one) - rankOf(other));
}

/** What is over at the very instant at which its time ends is in time. */
function rankOf({ kind }: Timer): number {
  return kind === 'wait' || kind === 'listen' || kind === 'escalation' ? 0 : 1;
}
