/**
 * The events that a run may still be given, and which of them it is offered next (section 9 of the language).
 *
 * 1. Events are offered in the order received. One that nothing took is offered again when the run has changed, until it
 *    is too old to be kept.
 * 2. Of an event and a timer the one whose instant came first goes first, also when both had to wait for a process.
 * 3. An event whose data does not fit what this run's workflow declares is not offered; it becomes a dead letter.
 * 4. An event from before the run's beginning is offered as long as no other run has taken it, and claimed before it is
 *    given; later ones go to every run that awaits them.
 */
import { validateJson } from '../language/index.ts';
import type { Plan } from '../language/index.ts';
import type { BusEvent, KeptEvent } from './journal/bus.ts';
import type { Journal } from './journal/journal.ts';
import { eventIdentity, indexOf, isLockedOut, receptionOf } from './machine/index.ts';
import type { CloudEventData, RunState, StimulusBody } from './machine/index.ts';

/** Milliseconds for which an event is kept that no workflow says more about: a day. */
export const DEFAULT_TTL = 24 * 60 * 60 * 1000;

export interface Awaiting {
  /** Whether the workflow listens to anything at all. */
  readonly listens: boolean;
  /** Takes over events; whether the run may be given any. */
  add(events: readonly KeptEvent[]): boolean;
  /** The event to be offered now, received not after `limit` (milliseconds); null when there is none. */
  next(limit: number): KeptEvent | null;
  /** Reserves an event for the run where that must be; false when another run has taken it. */
  claim(event: KeptEvent): boolean;
  /** The event was offered, and taken or not. */
  offered(event: KeptEvent, taken: boolean): void;
  stimulusFor(event: KeptEvent): Extract<StimulusBody, { type: 'event' }>;
}

interface Waiting {
  readonly event: KeptEvent;
  /** The run's last record when the event was last offered; null when it was not yet. */
  seq: number | null;
}

/** What the run in `state` may be given; `family` is its outermost run, `alone` whether it sees only that one's events. */
export function createAwaiting(
  plan: Plan,
  state: RunState,
  journal: Journal,
  family: string,
  alone: boolean,
  now: () => number,
): Awaiting {
  const types = typesOf(plan);
  let waiting: Waiting[] = [];
  let latest = 0;

  const listens = types.size > 0;
  if (listens) {
    const oldest = Math.max(...[...types].map((type) => ttlOf(plan, type)));
    add(
      journal.bus.eventsFor({ run: state.run, types: [...types], begun: state.startedAt, oldest, heard: state.heard }),
    );
  }

  function add(events: readonly KeptEvent[]): boolean {
    const before = waiting.length;
    for (const event of events) {
      if (event.number <= latest) continue;
      latest = event.number;
      const visible = event.family === null ? !alone : event.family === family;
      if (visible && types.has(event.type) && !state.received.has(eventIdentity(event)))
        waiting.push({ event, seq: null });
    }
    return waiting.length > before;
  }

  const isEarlier = ({ at, number }: KeptEvent): boolean =>
    state.heard === null ? at < state.startedAt : number <= state.heard;
  const receivedAt = (event: KeptEvent): number => receptionOf(state, event);
  const untilOf = (event: KeptEvent): number => receivedAt(event) + ttlOf(plan, event.type);
  const forget = (number: number): void => {
    waiting = waiting.filter(({ event }) => event.number !== number);
  };

  /** Whether the event can be given to this run; if not, it is not waited for any more. */
  function isFit(event: KeptEvent): boolean {
    const reason = misfitOf(plan, event);
    if (reason !== null) journal.bus.bury(event.number, plan.workflow, reason, now());
    const gone = isEarlier(event) && journal.bus.takers(event.number).some((run) => run !== state.run);
    if (reason === null && !gone) return true;
    forget(event.number);
    return false;
  }

  return {
    listens,
    add,
    next(limit) {
      if (waiting.length === 0 || !isListening(plan, state)) return null;
      for (const { event, seq } of [...waiting]) {
        if (receivedAt(event) > limit) return null;
        if (seq !== state.seq && (seq !== null || isFit(event))) return event;
      }
      return null;
    },
    claim(event) {
      return !isEarlier(event) || journal.bus.claim(event.number, state.run);
    },
    offered(event, taken) {
      const offer = waiting.find((each) => each.event.number === event.number);
      if (taken || untilOf(event) < now()) forget(event.number);
      else if (offer !== undefined) offer.seq = state.seq;
    },
    stimulusFor(event) {
      const kept = isEarlier(event) || waiting.find((each) => each.event.number === event.number)?.seq != null;
      return { type: 'event', event: eventData(event), at: receivedAt(event), until: untilOf(event), kept };
    },
  };
}

/** An event as expressions see it. */
export function eventData({ id, type, source, time, data, attributes }: BusEvent): CloudEventData {
  return { ...attributes, id, type, source, time, data };
}

/** How long the workflow wants events of this type kept, in milliseconds. */
export function ttlOf(plan: Plan, type: string): number {
  return plan.events.find((event) => event.type === type)?.ttl ?? DEFAULT_TTL;
}

/** Why the data of an event does not fit what the workflow declares, as a sentence; null when it fits. */
export function misfitOf(plan: Plan, { type, data }: Pick<BusEvent, 'type' | 'data'>): string | null {
  const schema = plan.events.find((event) => event.type === type)?.data ?? null;
  const findings = schema === null ? [] : validateJson(schema, data);
  if (findings.length === 0) return null;
  const what = findings.slice(0, 5).map(({ message }) => message);
  return `The data does not fit what the workflow ${plan.workflow} ${plan.version} declares for ${type}: ${what.join('; ')}.`;
}

const typesOfPlans = new WeakMap<Plan, ReadonlySet<string>>();

/** The types of events that a workflow listens to anywhere. */
export function typesOf(plan: Plan): ReadonlySet<string> {
  const known = typesOfPlans.get(plan);
  if (known !== undefined) return known;
  const types = new Set(plan.root.on.map(({ event }) => event));
  for (const { action } of indexOf(plan).states.values())
    if (action.kind === 'listen' || action.kind === 'scope') for (const { event } of action.on) types.add(event);
  typesOfPlans.set(plan, types);
  return types;
}

/** Whether anything of the run could take an event now. */
function isListening(plan: Plan, state: RunState): boolean {
  if (state.lifecycle !== 'active' || isLockedOut(state)) return false;
  if (plan.root.on.length > 0) return true;
  for (const { role, phase, cancelled, leave, plan: id } of state.activations.values()) {
    if (role !== 'state' || phase !== 'acting' || cancelled || leave !== null) continue;
    const action = indexOf(plan).states.get(id)?.action;
    if (action?.kind === 'listen' || (action?.kind === 'scope' && action.on.length > 0)) return true;
  }
  return false;
}
