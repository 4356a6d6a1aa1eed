/** Brings events of the bus to the runs that are driven here, and receives those from outside. */
import { DEFAULT_TTL } from './awaiting.ts';
import type { Clock } from './clock.ts';
import type { Drive } from './drive.ts';
import type { BusEvent, KeptEvent } from './journal/bus.ts';
import type { Journal } from './journal/journal.ts';

export interface Publication {
  /** How long the event is kept for something to await it, in milliseconds; a day by default. */
  readonly ttl?: number;
  /** The outermost run of those that alone may see it. */
  readonly family?: string;
}

export interface Distribution {
  /** Tells the runs what was received since the last time, and that something that they wait for may have changed. */
  spread(): void;
  /** Receives an event; null when it was already seen. */
  publish(event: BusEvent, publication?: Publication): KeptEvent | null;
  /** Receives events in one commit, all or none, each kept for `ttl` milliseconds; null for those that were already seen. */
  publishAll(events: readonly { readonly event: BusEvent; readonly ttl: number }[]): readonly (KeptEvent | null)[];
  /** Makes dead letters of what nothing awaited in time. */
  expire(): void;
  /** The clock was set by `ms` milliseconds: what was received before has been there for as long as it was. */
  shifted(ms: number): void;
}

/** `drives` gives the drivers of the runs that are driven here. */
export function createDistribution(journal: Journal, clock: Clock, drives: () => Iterable<Drive>): Distribution {
  const { bus } = journal;
  let latest = bus.head();
  /** How the clock was set, and the latest event then. */
  const settings: { readonly ms: number; readonly head: number }[] = [];

  function spread(): void {
    const events = bus.head() > latest ? bus.events(latest) : [];
    latest = events[events.length - 1]?.number ?? latest;
    for (const drive of drives()) drive.hear(events);
  }

  function receive(
    events: readonly { readonly event: BusEvent; readonly ttl: number }[],
    family: string | null,
  ): readonly (KeptEvent | null)[] {
    const at = clock.now();
    const kept = bus.receive(events.map(({ event, ttl }) => ({ ...event, at, until: at + ttl, run: null, family })));
    if (kept.some((event) => event !== null)) spread();
    return kept;
  }

  return {
    spread,
    publish: (event, { ttl = DEFAULT_TTL, family = null } = {}) => receive([{ event, ttl }], family)[0] ?? null,
    publishAll: (events) => receive(events, null),
    expire() {
      // Events of a virtual clock end with the runs that may see them.
      if (clock.kind !== 'real') return;
      const now = clock.now();
      bus.expire(now);
      let since = 0;
      for (const [at, { ms, head }] of [...settings.entries()].reverse()) {
        since += ms;
        if (since < 0) bus.expire(now - since, settings[at - 1]?.head ?? 0, head);
      }
    },
    shifted(ms) {
      settings.push({ ms, head: bus.head() });
    },
  };
}
