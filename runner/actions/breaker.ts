/**
 * Circuit breakers and limits of participants.
 *
 * A breaker is closed while calls go through. As many failures as its setting says (in a row, or within its `window`)
 * open it: calls then fail at once with `circuit-open`. After `reset` one call is let through as a probe; if it does well
 * the breaker closes, else it stays open for another `reset`.
 */
import type { PlanParticipant } from '../../language/index.ts';
import type { Clock } from '../clock.ts';

export type BreakerSetting = NonNullable<PlanParticipant['circuitBreaker']>;

/** How a call ended; `unknown` for one that was stopped and tells nothing. */
export type CallHealth = 'good' | 'bad' | 'unknown';

export interface Breaker {
  /** A way in, with the function to tell how the call ended; or the instant at which the next one may try. */
  enter(): { readonly leave: (how: CallHealth) => void } | { readonly openUntil: number };
}

export function createBreaker(setting: BreakerSetting, clock: Clock): Breaker {
  let failures: number[] = [];
  let openUntil: number | null = null;
  let probing = false;

  function open(): void {
    openUntil = clock.now() + setting.reset;
    failures = [];
  }

  function leaveProbe(how: CallHealth): void {
    probing = false;
    if (how === 'bad') open();
    if (how === 'good') openUntil = null;
  }

  function leave(how: CallHealth): void {
    // A call that began before the breaker opened says nothing about the time after.
    if (how === 'unknown' || openUntil !== null) return;
    if (how === 'good') {
      if (setting.window === null) failures = [];
      return;
    }
    const since = setting.window === null ? -Infinity : clock.now() - setting.window;
    failures = [...failures.filter((at) => at > since), clock.now()];
    if (failures.length >= setting.failures) open();
  }

  return {
    enter() {
      if (openUntil === null) return { leave };
      if (clock.now() < openUntil) return { openUntil };
      if (probing) return { openUntil: clock.now() + setting.reset };
      probing = true;
      return { leave: leaveProbe };
    },
  };
}

/** Whether an error speaks of the service's health: a refusal by its rules (`http.4xx`, `validation`) does not. */
export function isUnhealthy(type: string): boolean {
  return type === 'network' || type === 'timeout' || /^http\.5/.test(type) || type === 'error' || /^exit\./.test(type);
}

export interface Gate {
  /** Resolves, in order of arrival, with a function that lets the next one in; with null when `signal` aborts first. */
  enter(signal: AbortSignal): Promise<(() => void) | null>;
}

/** Lets at most `most` in at once. */
export function createGate(most: number): Gate {
  let inside = 0;
  const queue: (() => void)[] = [];
  const leave = () => {
    inside--;
    queue.shift()?.();
  };
  return {
    enter(signal) {
      return new Promise((resolve) => {
        const come = () => {
          signal.removeEventListener('abort', give);
          inside++;
          resolve(leave);
        };
        const give = () => {
          queue.splice(queue.indexOf(come), 1);
          resolve(null);
        };
        if (signal.aborted) resolve(null);
        else if (inside < most) come();
        else {
          queue.push(come);
          signal.addEventListener('abort', give, { once: true });
        }
      });
    },
  };
}
