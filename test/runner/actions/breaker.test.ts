import { describe, expect, it } from 'vitest';
import { failed, succeeded } from '../../../runner/actions/action.ts';
import { createBreaker, createGate, healthOf, isUnhealthy } from '../../../runner/actions/breaker.ts';
import type { CallHealth } from '../../../runner/actions/breaker.ts';
import type { Clock } from '../../../runner/clock.ts';
import type { Outcome } from '../../../runner/machine/stimulus.ts';

function clockAt(): Clock & { time: number } {
  const clock = {
    kind: 'virtual' as const,
    time: 1000,
    now: () => clock.time,
    at: () => () => undefined,
    after: () => () => undefined,
    shifted: () => 0,
    busy: () => () => undefined,
  };
  return clock;
}

function breakerWith(setting: { failures: number; window: number | null; reset: number }) {
  const clock = clockAt();
  const breaker = createBreaker(clock);
  const entered = () => {
    const way = breaker.enter(setting);
    return 'leave' in way ? way.leave : null;
  };
  return { clock, breaker, entered };
}

describe('a circuit breaker', () => {
  it('opens after failures in a row, and lets one probe through after its reset', () => {
    const { clock, breaker, entered } = breakerWith({ failures: 2, window: null, reset: 500 });
    entered()?.('bad');
    entered()?.('good');
    entered()?.('bad');
    expect(entered()).not.toBeNull();
    entered()?.('bad');
    expect(breaker.enter({ failures: 2, window: null, reset: 500 })).toEqual({ openUntil: 1500 });
    clock.time = 1500;
    const probe = entered();
    expect(entered()).toBeNull();
    probe?.('bad');
    expect(breaker.enter({ failures: 2, window: null, reset: 500 })).toEqual({ openUntil: 2000 });
    clock.time = 2000;
    entered()?.('good');
    expect(entered()).not.toBeNull();
    expect(entered()).not.toBeNull();
  });

  it('counts the failures of its window only', () => {
    const { clock, entered } = breakerWith({ failures: 2, window: 100, reset: 500 });
    entered()?.('bad');
    clock.time += 101;
    entered()?.('bad');
    entered()?.('good');
    expect(entered()).not.toBeNull();
    clock.time += 50;
    entered()?.('bad');
    expect(entered()).toBeNull();
  });

  it('learns nothing from a call that was stopped, and lets another probe in its place', () => {
    const { clock, entered } = breakerWith({ failures: 1, window: null, reset: 10 });
    entered()?.('unknown');
    entered()?.('bad');
    clock.time += 10;
    entered()?.('unknown');
    expect(entered()).not.toBeNull();
  });

  it('goes by the setting of the latest call, as a new version of the workflow may have another', () => {
    const { clock, breaker, entered } = breakerWith({ failures: 3, window: null, reset: 500 });
    entered()?.('bad');
    const way = breaker.enter({ failures: 2, window: null, reset: 50 });
    if ('leave' in way) way.leave('bad');
    expect(entered()).toBeNull();
    clock.time += 50;
    expect(entered()).not.toBeNull();
  });

  it.each<[string, Outcome, CallHealth]>([
    ['an answer', succeeded(null), 'good'],
    ['a refusal', failed('http.404', ''), 'good'],
    ['a fault', failed('http.500', ''), 'bad'],
    ['an answer that does not fit', failed('validation', '', { acted: true }), 'good'],
    ['arguments that do not fit, which nobody was sent', failed('validation', ''), 'unknown'],
    ['an expression that failed', failed('expression', ''), 'unknown'],
    ['a call that was stopped', failed('cancelled', ''), 'unknown'],
  ])('learns from %s', (_, outcome, health) => {
    expect(healthOf(outcome)).toBe(health);
  });

  it.each([
    ['network', true],
    ['timeout', true],
    ['http.503', true],
    ['http.409', false],
    ['validation', false],
    ['card.declined', false],
  ])('takes %s for a sign of bad health: %s', (type, unhealthy) => {
    expect(isUnhealthy(type)).toBe(unhealthy);
  });
});

describe('a gate', () => {
  it('lets as many in at once as it may, in order, and forgets those who give up', async () => {
    const gate = createGate();
    const never = new AbortController().signal;
    const impatient = new AbortController();
    const order: string[] = [];
    const first = await gate.enter(2, never);
    await gate.enter(2, never);
    const third = gate.enter(2, impatient.signal).then((leave) => order.push(leave === null ? 'gave up' : 'third'));
    const fourth = gate.enter(2, never).then(() => order.push('fourth'));
    impatient.abort();
    await third;
    first?.();
    await fourth;
    expect(order).toEqual(['gave up', 'fourth']);
  });

  it('holds to the latest setting, as a new version of the workflow may have another', async () => {
    const gate = createGate();
    const never = new AbortController().signal;
    const order: string[] = [];
    await gate.enter(1, never);
    const second = gate.enter(1, never).then((leave) => (order.push('second'), leave));
    const third = gate.enter(3, never).then((leave) => (order.push('third'), leave));
    (await second)?.();
    (await third)?.();
    expect(order).toEqual(['second', 'third']);
    const fourth = gate.enter(1, never).then(() => order.push('fourth'));
    await Promise.resolve();
    expect(order).toHaveLength(2);
    void fourth;
  });
});
