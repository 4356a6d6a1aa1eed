/** The event bus in memory. */
import { unawaited } from './bus.ts';
import type { Bus, DeadLetter, KeptEvent, NewEvent } from './bus.ts';

export interface MemoryBus {
  readonly bus: Bus;
  publish(events: readonly NewEvent[]): void;
  deliver(events: readonly number[], run: string): void;
}

/** An empty bus; `changed` is called with each change from outside a run's own commits. */
export function memoryBus(changed: () => void): MemoryBus {
  const events = new Map<number, KeptEvent>();
  const seen = new Set<string>();
  const takers = new Map<number, Set<string>>();
  let letters: DeadLetter[] = [];
  let lastEvent = 0;
  let lastLetter = 0;

  const identity = ({ source, id, family }: NewEvent): string => JSON.stringify([source, id, family]);
  const takersOf = (event: number): Set<string> => takers.get(event) ?? new Set();

  function insert(event: NewEvent): KeptEvent | null {
    if (seen.has(identity(event))) return null;
    seen.add(identity(event));
    const kept = { ...event, number: ++lastEvent };
    events.set(kept.number, kept);
    return kept;
  }

  function bury(event: KeptEvent, workflow: string | null, reason: string, at: number): void {
    if (letters.some((letter) => letter.event.number === event.number && letter.workflow === workflow)) return;
    letters.push({ number: ++lastLetter, event, workflow, reason, at });
  }

  const bus: Bus = {
    receive(given) {
      changed();
      return given.map(insert);
    },
    events: (after = 0) => (after >= lastEvent ? [] : [...events.values()].filter(({ number }) => number > after)),
    eventsFor({ run, types, begun, oldest, heard }) {
      return [...events.values()].filter(({ number, type, at }) => {
        if (!types.includes(type)) return false;
        if (heard === null ? at >= begun : number > heard) return true;
        return at >= begun - oldest && [...takersOf(number)].every((taker) => taker === run);
      });
    },
    head: () => lastEvent,
    takers: (event) => [...takersOf(event)].sort(),
    claim(event, run) {
      const had = takersOf(event);
      if (had.size > 0) return had.has(run);
      takers.set(event, new Set([run]));
      return true;
    },
    bury(number, workflow, reason, at) {
      const event = events.get(number);
      if (event !== undefined) bury(event, workflow, reason, at);
    },
    deadLetters: () => [...letters],
    expire(now, after = 0, last = Infinity) {
      const before = letters.length;
      for (const event of events.values()) {
        if (event.number <= after || event.number > last) continue;
        if (event.until >= now || event.family !== null || takersOf(event.number).size > 0) continue;
        if (!letters.some((letter) => letter.event.number === event.number)) bury(event, null, unawaited(event), now);
      }
      return letters.length - before;
    },
    resend(letter, at) {
      const event = letters.find(({ number }) => number === letter)?.event;
      if (event === undefined) return null;
      changed();
      letters = letters.filter((each) => each.event.number !== event.number);
      takers.delete(event.number);
      events.delete(event.number);
      seen.delete(identity(event));
      return insert({ ...event, at, until: at + (event.until - event.at) });
    },
  };

  return {
    bus,
    publish(given) {
      if (given.length > 0) changed();
      for (const event of given) insert(event);
    },
    deliver(numbers, run) {
      for (const number of numbers) {
        takers.set(number, takersOf(number).add(run));
        letters = letters.filter((letter) => letter.event.number !== number || letter.workflow !== null);
      }
    },
  };
}
