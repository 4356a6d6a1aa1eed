/**
 * The clock of one run, which never goes back without a word: while the machine's clock was set and the run has not
 * recorded that, its time goes on as if nothing had happened.
 */
import { LEAST_SETTING } from './clock.ts';
import type { Clock } from './clock.ts';

export interface RunClock extends Clock {
  /** Whether the clock was set and the run does not know. */
  isSet(): boolean;
  /** By how many milliseconds, and whether that was seen when it happened; the run knows from then on. */
  taken(): { readonly shift: number; readonly seen: boolean };
}

/**
 * The clock of a run whose last record was made at `last` (milliseconds since 1970, 0 for none). A clock that is behind that
 * was set back while nobody drove the run; how much time passed meanwhile nobody can know, and none is counted.
 */
export function runClock(clock: Clock, last: number): RunClock {
  const behind = clock.kind === 'real' ? clock.now() - last : 0;
  let unseen = behind <= -LEAST_SETTING ? behind : 0;
  let known = clock.shifted();
  const unknown = (): number => unseen + clock.shifted() - known;
  return {
    ...clock,
    now() {
      const now = clock.now();
      return now - unknown();
    },
    isSet: () => unknown() !== 0,
    taken() {
      const [shift, seen] = [unknown(), unseen === 0];
      unseen = 0;
      known = clock.shifted();
      return { shift, seen };
    },
  };
}
