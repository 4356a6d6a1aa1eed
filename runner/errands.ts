/**
 * What a run that has nothing to do wants of the journal that it shares with others: the key of its lock, somebody for a
 * task, an event. It follows from the run's state, so that a process that takes the run up finds the same.
 */
import type { HumanAction, Plan } from '../language/index.ts';
import { createAwaiting } from './awaiting.ts';
import type { Awaiting } from './awaiting.ts';
import type { KeptEvent } from './journal/bus.ts';
import type { OwnedTask } from './journal/desk.ts';
import type { Journal } from './journal/journal.ts';
import { indexOf, isLockedOut } from './machine/index.ts';
import type { RunState, StimulusBody, Task } from './machine/index.ts';

type Assign = NonNullable<HumanAction['assign']>;

export interface Errand {
  readonly stimulus: StimulusBody;
  /** The event that the stimulus offers. */
  readonly event?: KeptEvent;
}

export interface Errands {
  readonly events: Awaiting;
  /** Takes over events; whether there may be something for the run now, of these or of what runs share. */
  hear(events: readonly KeptEvent[]): boolean;
  /** What the run can be given now; events only if they were received not after `limit` (milliseconds). */
  next(limit: number): Errand | null;
  /** The run's tasks that somebody has, if that changed since it was last asked for. */
  owned(): readonly OwnedTask[] | undefined;
}

export interface ErrandOptions {
  readonly plan: Plan;
  readonly state: RunState;
  readonly journal: Journal;
  /** The outermost run above this one, or itself; `alone` is whether only events among its family reach it. */
  readonly family: string;
  readonly alone: boolean;
  readonly now: () => number;
}

export function createErrands({ plan, state, journal, family, alone, now }: ErrandOptions): Errands {
  const events = createAwaiting(plan, state, journal, family, alone, now);
  const asksPeople = [...indexOf(plan).states.values()].some(
    ({ action, compensate, confirm }) => [action, compensate?.action, confirm?.action].some((each) => each?.kind === 'human'), // prettier-ignore
  );
  // A run that was taken up may have left other tasks than it has now.
  let lastOwned = state.seq > 0 ? '' : '[]';

  function lock(): Errand | null {
    return state.lifecycle === 'active' && isLockedOut(state) && journal.locks.take(state.run)
      ? { stimulus: { type: 'lock' } }
      : null;
  }

  function assignment(): Errand | null {
    if (!asksPeople) return null;
    for (const { id, role, plan: place, phase, task } of state.activations.values()) {
      if (phase !== 'acting' || task === null || task.assigned || task.owner !== null) continue;
      const found = indexOf(plan).states.get(place);
      const action = { state: found?.action, compensation: found?.compensate?.action, confirmation: found?.confirm?.action }[role]; // prettier-ignore
      if (action?.kind !== 'human' || action.assign === null) continue;
      const actor = chosen(journal, state.run, id, task, action.assign);
      if (actor !== null) return { stimulus: { type: 'assign', activation: id, actor, by: { name: action.assign } } };
    }
    return null;
  }

  function event(limit: number): Errand | null {
    const found = events.next(limit);
    return found === null ? null : { stimulus: events.stimulusFor(found), event: found };
  }

  return {
    events,
    hear: (received) => events.add(received) || asksPeople || isLockedOut(state),
    next: (limit) => lock() ?? assignment() ?? event(limit),
    owned() {
      if (!asksPeople) return undefined;
      const owned: OwnedTask[] = [];
      for (const { id, phase, task } of state.activations.values())
        if (phase === 'acting' && task?.owner != null) owned.push({ activation: id, owner: task.owner });
      const now = JSON.stringify(owned);
      if (now === lastOwned) return undefined;
      lastOwned = now;
      return owned;
    },
  };
}

/** Who gets a task: the next one in turn, or who has the fewest; null for nobody. */
function chosen(journal: Journal, run: string, activation: number, task: Task, how: Assign): string | null {
  const { members } = task;
  if (members.length === 0) return null;
  if (how === 'least-loaded') return journal.tasks.give(run, activation, members);
  return members[journal.tasks.turn(JSON.stringify(members)) % members.length] ?? null;
}
