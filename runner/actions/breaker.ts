/**
 * Circuit breakers and limits of participants.
 *
 * A breaker is closed while calls go through. As many failures as its setting says (in a row, or within its `window`)
 * open it: calls then fail at once with `circuit-open`. After `reset` one call is let through as a probe; if it does well
 * the breaker closes, else it stays open for another `reset`.
 *
 * Both outlive a change of the workflow, so that each call says by which setting it comes.
 */
import type { PlanParticipant } from '../../language/index.ts';
import { steady } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Outcome } from '../machine/stimulus.ts';

export type BreakerSetting = NonNullable<PlanParticipant['circuitBreaker']>;

/** How a call ended; `unknown` for one that was stopped, or never made, and tells nothing. */
export type CallHealth = 'good' | 'bad' | 'unknown';

export interface Breaker {
  /** A way in, with the function to tell how the call ended; or when, in `steady` time, the next one may try. */
  enter(setting: BreakerSetting): { readonly leave: (how: CallHealth) => void } | { readonly openUntil: number };
}

export function createBreaker(clock: Clock): Breaker {
  let failures: number[] = [];
  let openUntil: number | null = null;
  let probing = false;

  function open({ reset }: BreakerSetting): void {
    openUntil = steady(clock) + reset;
    failures = [];
  }

  function leaveProbe(setting: BreakerSetting, how: CallHealth): void {
    probing = false;
    if (how === 'bad') open(setting);
    if (how === 'good') openUntil = null;
  }

  function leave(setting: BreakerSetting, how: CallHealth): void {
    // A call that began before the breaker opened says nothing about the time after.
    if (how === 'unknown' || openUntil !== null) return;
    if (how === 'good') {
      if (setting.window === null) failures = [];
      return;
    }
    const since = setting.window === null ? -Infinity : steady(clock) - setting.window;
    failures = [...failures.filter((at) => at > since), steady(clock)];
    if (failures.length >= setting.failures) open(setting);
  }

  return {
    enter(setting) {
      if (openUntil === null) return { leave: (how) => leave(setting, how) };
      if (steady(clock) < openUntil) return { openUntil };
      if (probing) return { openUntil: steady(clock) + setting.reset };
      probing = true;
      return { leave: (how) => leaveProbe(setting, how) };
    },
  };
}

/** Whether an error speaks of the service's health: a refusal by its rules (`http.4xx`, `validation`) does not. */
export function isUnhealthy(type: string): boolean {
  return type === 'network' || type === 'timeout' || /^http\.5/.test(type) || type === 'error' || /^exit\./.test(type);
}

/** Errors of our own that come up before a call is made, as long as the other side has not acted. */
const NOT_MADE: ReadonlySet<string> = new Set(['validation', 'expression', 'cancelled']);

/** What the end of a call says about the service. */
export function healthOf(outcome: Outcome): CallHealth {
  if (outcome.ok) return 'good';
  const { type, acted } = outcome.error;
  if (NOT_MADE.has(type) && acted !== true) return 'unknown';
  return isUnhealthy(type) ? 'bad' : 'good';
}

export interface Gate {
  /**
   * Resolves, in order of arrival, with a function that lets the next one in, once fewer than `most` are inside; with null
   * when `signal` aborts first.
   */
  enter(most: number, signal: AbortSignal): Promise<(() => void) | null>;
}

/** Lets as many in at once as the latest who came says. */
export function createGate(): Gate {
  let inside = 0;
  let limit = 0;
  const queue: (() => void)[] = [];
  const letIn = () => {
    while (inside < limit && queue.length > 0) queue.shift()?.();
  };
  const leave = () => {
    inside--;
    letIn();
  };
  return {
    enter(most, signal) {
      limit = most;
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
        else {
          queue.push(come);
          signal.addEventListener('abort', give, { once: true });
          letIn();
        }
      });
    },
  };
}
