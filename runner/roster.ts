/**
 * The runs of a host: those that it drives, with their drivers and leases, and those that it still shows.
 *
 * 1. A run that is driven has a lease here; one whose driver has stopped has none, and may be taken up anew.
 * 2. A run that has ended is shown as it ended. One whose driver stopped before keeps saying why.
 * 3. Whoever waits for a run that another process has for a moment waits on when it is driven here again.
 */
import type { Drive } from './drive.ts';
import type { Environment } from './environment.ts';
import type { Lease } from './journal/journal.ts';
import { statusOf } from './machine/index.ts';
import type { RunStatus, StimulusBody } from './machine/index.ts';
import type { RunView } from './observe.ts';

export interface RunHandle {
  readonly id: string;
  /** The run as it is: live while it is driven here. */
  view(): RunView;
  /**
   * Resolves with the run's status when it has ended or is suspended; by `waiting` also when only time, people or events
   * can make it go on. Rejects with the JournalError, or whatever else stopped its driver. Resolves with another status
   * only where the run is not driven here any more: another process has it, or this host was closed.
   */
  settled(until: 'ended' | 'waiting'): Promise<RunStatus>;
  /** Hands `stimulus` to the machine; resolves, once that is committed, with null or the sentence of a refusal. */
  send(stimulus: StimulusBody): Promise<string | null>;
}

export interface Driven {
  /** Null for a run that is only shown. */
  readonly drive: Drive | null;
  readonly view: RunView;
  readonly env: Environment['env'];
}

export interface Roster {
  readonly handles: ReadonlyMap<string, RunHandle>;
  /** The leases of the runs that are driven. */
  readonly leases: ReadonlyMap<string, Lease>;
  get(run: string): Driven | undefined;
  /** The driver of a run that goes on. */
  driveOf(run: string): Drive | null;
  /** All drivers that are known, also those that have stopped. */
  drives(): Iterable<Drive>;
  /** The run is driven from now on. */
  add(run: string, driven: Driven & { readonly drive: Drive }, lease: Lease): void;
  /** Shows a run that nobody drives. */
  show(run: string, view: RunView): void;
  /** `drive` has come to its end, for good or not; false when another has taken its place. */
  stopped(run: string, drive: Drive, forGood: boolean): boolean;
  /** `drive` lets the run go until `back` resolves: with whether it is driven here again. Rejects with why it cannot be. */
  lend(run: string, drive: Drive, back: Promise<boolean>): void;
  /** Forgets a run, if `drive` is still the one that is known of it. */
  forget(run: string, drive: Drive | null): void;
}

/** What is known of a run: how it is driven now, and while it is lent to another process, whether it comes back. */
interface Entry {
  now: Driven;
  lent: Promise<boolean> | null;
}

export function createRoster(): Roster {
  /** What is known of each run; its handle stays good when the run is forgotten. */
  const entries = new Map<string, Entry>();
  const handles = new Map<string, RunHandle>();
  const leases = new Map<string, Lease>();

  function enter(run: string, driven: Driven): void {
    const known = entries.get(run);
    if (known !== undefined) {
      known.now = driven;
      return;
    }
    const entry: Entry = { now: driven, lent: null };
    entries.set(run, entry);
    handles.set(run, {
      id: run,
      view: () => entry.now.view,
      settled: (until) => settled(entry, until),
      send: (stimulus) => {
        const say = () => entry.now.drive?.send(stimulus) ?? Promise.resolve(`The run ${run} has ended.`);
        return entry.lent === null ? say() : entry.lent.then(say);
      },
    });
  }

  return {
    handles,
    leases,
    get: (run) => entries.get(run)?.now,
    driveOf: (run) => (leases.has(run) ? (entries.get(run)?.now.drive ?? null) : null),
    *drives() {
      for (const { now } of entries.values()) if (now.drive !== null) yield now.drive;
    },
    add(run, driven, lease) {
      leases.set(run, lease);
      enter(run, driven);
    },
    show: (run, view) => enter(run, { drive: null, view, env: {} }),
    lend(run, drive, back) {
      const entry = entries.get(run);
      if (entry?.now.drive !== drive) return;
      entry.lent = back;
      const over = () => {
        if (entry.lent === back) entry.lent = null;
      };
      back.then(over, over);
    },
    stopped(run, drive, forGood) {
      const entry = entries.get(run);
      if (entry?.now.drive !== drive) return false;
      leases.delete(run);
      if (forGood) entry.now = { ...entry.now, drive: null };
      return true;
    },
    forget(run, drive) {
      if (entries.get(run)?.now.drive !== drive) return;
      entries.delete(run);
      handles.delete(run);
    },
  };
}

/** See `RunHandle.settled`. */
async function settled(entry: Entry, until: 'ended' | 'waiting'): Promise<RunStatus> {
  for (;;) {
    const { drive, view } = entry.now;
    const status = drive === null ? statusOf(view.plan, view.state) : await drive.settled(until);
    if (entry.lent === null || !(await entry.lent)) return status;
  }
}
