/** A clock as that of a machine: time passes when a test says so, and it can be set. */
import type { Clock } from '../../../runner/clock.ts';

export interface SettableClock extends Clock {
  /** Lets `ms` milliseconds pass; what is due on the way fires when it is. */
  pass(ms: number): void;
  /** Sets the clock by `ms` milliseconds, forward or back; no time passes. */
  set(ms: number): void;
}

/** The clock of a process that began when this was the time. */
export function settableClock(start: number): SettableClock {
  let passed = 0;
  let shift = 0;
  const timers = new Set<{ left: () => number; fire: () => void }>();
  const now = (): number => start + passed + shift;
  const when = (left: () => number, fire: () => void): (() => void) => {
    const timer = { left, fire };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const fireDue = (): void => {
    for (const timer of [...timers].filter(({ left }) => left() <= 0)) {
      timers.delete(timer);
      timer.fire();
    }
  };
  return {
    kind: 'real',
    now,
    at: (instant, fire) => when(() => instant - now(), fire),
    after(ms, fire) {
      const end = passed + ms;
      return when(() => end - passed, fire);
    },
    shifted: () => shift,
    busy: () => () => undefined,
    pass(ms) {
      const end = passed + ms;
      while (passed < end) {
        const next = Math.min(...[...timers].map(({ left }) => passed + Math.max(left(), 1)), end);
        passed = next;
        fireDue();
      }
    },
    set(ms) {
      shift += ms;
      fireDue();
    },
  };
}
