/**
 * The clock of runs: real, or virtual for scenarios.
 *
 * On the virtual clock time stands still while anything can run, and jumps to the next timer when nothing can. What can
 * run says so: it holds the clock with `busy()` for as long as it has work that does not wait for a timer.
 */

export interface Clock {
  readonly kind: 'real' | 'virtual';
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fire` once when `now()` has reached `instant`; gives a function that cancels it. */
  at(instant: number, fire: () => void): () => void;
  /** Holds a virtual clock still until the function that it gives is called; a real clock does not wait. */
  busy(): () => void;
}

/**
 * Longest single wait of the real clock in milliseconds. Node's timers end at 2^31 ms and stand still while a laptop
 * sleeps, so that a longer wait is taken in parts and measured against the time of day after each.
 */
const LONGEST_WAIT = 30_000;

const DEFAULT_START = Date.UTC(2025, 0, 1);

/** The time of day. Its timers are due at an instant of it, however long away, also when the machine slept meanwhile. */
export function realClock(): Clock {
  return {
    kind: 'real',
    now: () => Date.now(),
    at(instant, fire) {
      let timer: NodeJS.Timeout;
      const wait = () => {
        const left = instant - Date.now();
        timer = setTimeout(
          left > LONGEST_WAIT ? wait : left > 0 ? again : fire,
          Math.min(Math.max(left, 0), LONGEST_WAIT),
        );
      };
      // A timer of Node may come a millisecond early by the time of day.
      const again = () => (Date.now() < instant ? wait() : fire());
      wait();
      return () => clearTimeout(timer);
    },
    busy: () => () => {},
  };
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

  return {
    kind: 'virtual',
    now: () => now,
    at(instant, fire) {
      const timer = { instant, order: order++, fire };
      timers.add(timer);
      look();
      return () => {
        timers.delete(timer);
      };
    },
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
