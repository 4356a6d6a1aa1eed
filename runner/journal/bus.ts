/**
 * The local event bus as the journal keeps it: every event once, in the order received, with who was given it and what
 * became dead letters.
 *
 * 1. An event whose `source` and `id` were already seen (in its family) is dropped, whatever became of the first one.
 * 2. `number` grows with each event received; every run is given its events in that order.
 * 3. That a run was given an event is kept in the commit of the records that say so (`Append.received`), so that no crash
 *    can part the two. `claim` comes before that only where several runs could take what only one may have.
 */
import type { Json, JsonObject } from '../../language/index.ts';

/** An event with the attributes of CloudEvents 1.0 that every event has; the others are in `attributes`. */
export interface BusEvent {
  readonly id: string;
  /** A URI reference; of an event that a run published `/workflows/WORKFLOW/runs/RUN`. */
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  readonly data: Json;
  /** `subject`, `datacontenttype`, `dataschema` and extensions. */
  readonly attributes: JsonObject;
}

export interface NewEvent extends BusEvent {
  /** The instant at which it was received, and the one until which it is kept for something to await it; milliseconds. */
  readonly at: number;
  readonly until: number;
  /** The run that published it; null for an event from outside. */
  readonly run: string | null;
  /** The outermost run of those that alone may see it: events of a virtual clock stay among a run and its children. */
  readonly family: string | null;
}

export interface KeptEvent extends NewEvent {
  readonly number: number;
}

/** What a run may still be given: see `eventsFor`. */
export interface EventsFor {
  readonly run: string;
  readonly types: readonly string[];
  /** When the run began, and how long before that an event may have been received; milliseconds. */
  readonly begun: number;
  readonly oldest: number;
  /** The number of the latest event when the run began; null where only the instant of that is known. */
  readonly heard: number | null;
}

/** What could not be delivered, and why. */
export interface DeadLetter {
  readonly number: number;
  readonly event: KeptEvent;
  /** The workflow that the data does not fit; null when nothing awaited the event. */
  readonly workflow: string | null;
  readonly reason: string;
  readonly at: number;
}

export interface Bus {
  /** Keeps events in one commit; null in the place of one that was already seen. */
  receive(events: readonly NewEvent[]): readonly (KeptEvent | null)[];
  /** Events with a number above `after`, in the order received. */
  events(after?: number): readonly KeptEvent[];
  /** Events of these types since the run began, and those before that no other run took, in the order received. */
  eventsFor(wanted: EventsFor): readonly KeptEvent[];
  /** The number of the latest event, 0 when there is none. */
  head(): number;
  /** The runs that an event was given to. */
  takers(event: number): readonly string[];
  /** Reserves an event for `run`; false when another run has it. */
  claim(event: number, run: string): boolean;
  /** Makes an event a dead letter, once for each workflow. */
  bury(event: number, workflow: string | null, reason: string, at: number): void;
  /** Dead letters, the oldest first. */
  deadLetters(): readonly DeadLetter[];
  /**
   * Makes dead letters of all events that nobody took until `now`, or of those with a number above `after` and up to `last`;
   * gives how many there were. Families are left alone.
   */
  expire(now: number, after?: number, last?: number): number;
  /** Puts a dead letter's event onto the bus again, as if received at `at`; null when there is no such letter. */
  resend(letter: number, at: number): KeptEvent | null;
}

/** Why an event is a dead letter that nobody took in time. */
export function unawaited({ at, until }: NewEvent): string {
  const seconds = Math.round((until - at) / 1000);
  const units = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]] as const; // prettier-ignore
  const [unit, size] = units.find(([, size]) => seconds >= size && seconds % size === 0) ?? ['second', 1];
  const count = seconds / size;
  return `Nothing awaited it within ${count} ${unit}${count === 1 ? '' : 's'}.`;
}
