/**
 * The clock of runs: real, or virtual for scenarios.
 *
 * On the virtual clock time stands still while anything can run, and jumps to the next timer when nothing can. What can
 * run says so: it holds the clock with `busy()` for as long as it has work that does not wait for a timer.
 */
import { uptime } from 'node:os';

export interface Clock {
  readonly kind: 'real' | 'virtual';
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fire` once when `now()` has reached `instant`; gives a function that cancels it. */
  at(instant: number, fire: () => void): () => void;
  /** Calls `fire` once when `ms` milliseconds have passed, however the clock is set meanwhile; gives a function that cancels it. */
  after(ms: number, fire: () => void): () => void;
  /**
   * By how many milliseconds altogether the clock was seen to be set since there is this one, forward or back. It is looked
   * for whenever `now()` is called. That the machine slept is no setting.
   */
  shifted(): number;
  /** Holds a virtual clock still until the function that it gives is called; a real clock does not wait. */
  busy(): () => void;
}

/**
 * Longest single wait of the real clock in milliseconds. Node's timers end at 2^31 ms and stand still while a laptop
 * sleeps, so that a longer wait is taken in parts and measured against the time of day after each.
 */
const LONGEST_WAIT = 30_000;

const DEFAULT_START = Date.UTC(2025, 0, 1);

/** A smaller difference between the time of day and the time that has passed is no setting of the clock; in milliseconds. */
export const LEAST_SETTING = 1000;

/** Milliseconds after which what the two differ by is taken for the running of two clocks, and forgotten. */
const FORGETTING = 60_000;

/**
 * Longest time in milliseconds that may lie between two readings of clocks for them to be compared: where the process was
 * stopped in between they say nothing of each other.
 */
const AT_ONCE = 50;

/** The time of day. Its timers are due at an instant of it, however long away, also when the machine slept meanwhile. */
export function realClock(): Clock {
  const settings = settingsOfClock();

  let latest = 0;

  function now(): number {
    const wall = Date.now();
    // It is asked several times in each millisecond, and compared once.
    if (wall !== latest) settings.compare(wall);
    latest = wall;
    return wall;
  }

  /** Calls `fire` when nothing is `left` any more, looked at as often as timers of Node make necessary. */
  function when(left: () => number, fire: () => void): () => void {
    let timer: NodeJS.Timeout;
    const wait = (ms: number) => {
      // A timer of Node may come a millisecond early by the time of day.
      timer = setTimeout(() => look(left()), Math.min(Math.max(ms, 0), LONGEST_WAIT));
    };
    const look = (ms: number) => (ms > 0 ? wait(ms) : fire());
    wait(left());
    return () => clearTimeout(timer);
  }

  return {
    kind: 'real',
    now,
    at: (instant, fire) => when(() => instant - now(), fire),
    after(ms, fire) {
      const end = performance.now() + ms;
      return when(() => end - performance.now(), fire);
    },
    shifted: () => settings.total(),
    busy: () => () => {},
  };
}

/**
 * Compares the time of day with the time that has passed. Where they part the clock was set, unless the machine slept: the
 * process's own count of time stands still then, and the machine's does not.
 */
function settingsOfClock() {
  const asleepSince = (): number => uptime() * 1000 - performance.now();
  let offset = Date.now() - performance.now();
  let asleep = asleepSince();
  let remembered = performance.now();
  let total = 0;

  /** How far the time of day is from where it was to be; null when it could not be read at one time with the other. */
  function difference(): number | null {
    const before = performance.now();
    const wall = Date.now();
    return performance.now() - before > AT_ONCE ? null : wall - before - offset;
  }

  function part(): void {
    const apart = difference();
    if (apart === null || Math.abs(apart) < LEAST_SETTING) return;
    const slept = asleepSince() - asleep;
    const set = slept < LEAST_SETTING ? apart : apart - slept;
    asleep += slept;
    offset += apart;
    if (Math.abs(set) >= LEAST_SETTING) total += Math.round(set);
  }

  return {
    total: () => total,
    compare(wall: number): void {
      const passed = performance.now();
      const apart = wall - passed - offset;
      if (apart >= LEAST_SETTING || apart <= -LEAST_SETTING) part();
      else if (passed - remembered > FORGETTING) {
        remembered = passed;
        offset += apart;
      }
    },
  };
}

/** Milliseconds since some moment, for durations in this process: however the clock is set they stay what they are. */
export function steady(clock: Clock): number {
  const now = clock.now();
  return now - clock.shifted();
}

interface VirtualTimer {
  readonly instant: number;
  /** Orders timers of one instant: the one that was set first fires first. */
  readonly order: number;
  readonly fire: () => void;
}

/**
 * A clock that begins at `start` (milliseconds since 1970) and moves only by jumping to its earliest timer, one timer a
 * jump, each time nothing holds it.
 */
export function virtualClock(start = DEFAULT_START): Clock {
  let now = start;
  let order = 0;
  let holds = 0;
  let looking = false;
  const timers = new Set<VirtualTimer>();

  /** Looks once everything that is already under way in this process has come to rest. */
  function look(): void {
    if (looking || holds > 0 || timers.size === 0) return;
    looking = true;
    setImmediate(() => {
      looking = false;
      if (holds > 0) return;
      const next = earliest();
      if (next === undefined) return;
      timers.delete(next);
      now = Math.max(now, next.instant);
      next.fire();
      look();
    });
  }

  function earliest(): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of timers) {
      const sooner = first === undefined || timer.instant < first.instant;
      if (sooner || (timer.instant === first?.instant && timer.order < first.order)) first = timer;
    }
    return first;
  }

  function at(instant: number, fire: () => void): () => void {
    const timer = { instant, order: order++, fire };
    timers.add(timer);
    look();
    return () => {
      timers.delete(timer);
    };
  }

  return {
    kind: 'virtual',
    now: () => now,
    at,
    after: (ms, fire) => at(now + ms, fire),
    shifted: () => 0,
    busy() {
      let held = true;
      holds++;
      return () => {
        if (!held) return;
        held = false;
        holds--;
        look();
      };
    },
  };
}
