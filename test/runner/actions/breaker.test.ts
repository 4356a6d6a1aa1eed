import { describe, expect, it } from 'vitest';
import { createBreaker, createGate, isUnhealthy } from '../../../runner/actions/breaker.ts';
import type { Clock } from '../../../runner/clock.ts';

function clockAt(): Clock & { time: number } {
  const clock = {
    kind: 'virtual' as const,
    time: 1000,
    now: () => clock.time,
    at: () => () => undefined,
    busy: () => () => undefined,
  };
  return clock;
}

function breakerWith(setting: { failures: number; window: number | null; reset: number }) {
  const clock = clockAt();
  const breaker = createBreaker(setting, clock);
  const entered = () => {
    const way = breaker.enter();
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
    expect(breaker.enter()).toEqual({ openUntil: 1500 });
    clock.time = 1500;
    const probe = entered();
    expect(entered()).toBeNull();
    probe?.('bad');
    expect(breaker.enter()).toEqual({ openUntil: 2000 });
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
    const gate = createGate(2);
    const never = new AbortController().signal;
    const impatient = new AbortController();
    const order: string[] = [];
    const first = await gate.enter(never);
    await gate.enter(never);
    const third = gate.enter(impatient.signal).then((leave) => order.push(leave === null ? 'gave up' : 'third'));
    const fourth = gate.enter(never).then(() => order.push('fourth'));
    impatient.abort();
    await third;
    first?.();
    await fourth;
    expect(order).toEqual(['gave up', 'fourth']);
  });
});
