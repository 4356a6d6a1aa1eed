/** One timer at a time: the earliest of what a run waits for. */
import type { Clock } from './clock.ts';

export interface Alarm {
  /** Rings at `instant` and forgets any other; Infinity is never. */
  set(instant: number): void;
  clear(): void;
}

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let set: { readonly at: number; cancel: () => void } | null = null;
  const clear = () => {
    set?.cancel();
    set = null;
  };
  return {
    clear,
    set(instant) {
      if (set?.at === instant) return;
      clear();
      if (instant === Infinity) return;
      const mine = { at: instant, cancel: (): void => undefined };
      set = mine;
      mine.cancel = clock.at(instant, () => {
        if (set === mine) set = null;
        ring();
      });
    },
  };
}
