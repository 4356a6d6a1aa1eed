import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realClock, steady, virtualClock } from '../../runner/clock.ts';
import { runClock } from '../../runner/run-clock.ts';

/** Seconds that the machine has been on. */
let machine = 1000;
vi.mock('node:os', async (original) => ({
  ...(await original<object>()),
  uptime: () => machine,
}));

const DAY = 86_400_000;

describe('the real clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('waits for an instant that lies further away than a timer of Node reaches', () => {
    const clock = realClock();
    const fired: number[] = [];
    const due = clock.now() + 40 * DAY;
    clock.at(due, () => fired.push(clock.now()));
    vi.advanceTimersByTime(40 * DAY - 1);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual([due]);
  });

  it('notices soon that the machine slept past an instant', () => {
    const clock = realClock();
    let fired = false;
    clock.at(clock.now() + 3 * DAY, () => {
      fired = true;
    });
    vi.setSystemTime(clock.now() + 4 * DAY);
    vi.advanceTimersByTime(60_000);
    expect(fired).toBe(true);
  });

  it('does not fire a timer that was cancelled, and fires one that is already due', () => {
    const clock = realClock();
    const fired: string[] = [];
    clock.at(clock.now() + 10, () => fired.push('cancelled'))();
    clock.at(clock.now() - 10, () => fired.push('due'));
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual(['due']);
  });
});

describe('the real clock of a machine whose clock is set', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Lets time pass for the process and for the machine. */
  function pass(ms: number): void {
    vi.advanceTimersByTime(ms);
    machine += ms / 1000;
  }

  it('says by how much, forward and back, and goes on with the time of day', () => {
    const clock = realClock();
    const begun = clock.now();
    const since = steady(clock);
    for (const ms of [-DAY, 5000, DAY]) {
      pass(10_000);
      const before = clock.shifted();
      vi.setSystemTime(Date.now() + ms);
      clock.now();
      expect(clock.shifted() - before).toBe(ms);
    }
    expect(clock.now()).toBe(begun + 30_000 + 5000);
    expect(steady(clock) - since).toBe(30_000);
  });

  it('does not take sleep for a setting, and knows a setting that came with it', () => {
    const clock = realClock();
    machine += 8 * 3600;
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    clock.now();
    expect(clock.shifted()).toBe(0);
    machine += 3600;
    vi.setSystemTime(Date.now() + 3_600_000 - 60_000);
    clock.now();
    expect(clock.shifted()).toBe(-60_000);
  });

  it('forgets what two clocks differ by when they run for long, and adds up what one is set by in steps', () => {
    const clock = realClock();
    for (let minute = 0; minute < 100; minute++) {
      pass(61_000);
      vi.setSystemTime(Date.now() + 20);
      clock.now();
    }
    expect(clock.shifted()).toBe(0);
    for (let step = 0; step < 3; step++) {
      vi.setSystemTime(Date.now() - 400);
      clock.now();
    }
    expect(clock.shifted()).toBeLessThanOrEqual(-1000);
  });

  it('lets as much time pass as it was asked to', () => {
    const clock = realClock();
    const fired: number[] = [];
    clock.after(60_000, () => fired.push(1));
    clock.after(60_000, () => fired.push(2))();
    vi.setSystemTime(Date.now() - DAY);
    pass(59_999);
    vi.setSystemTime(Date.now() + 2 * DAY);
    expect(fired).toEqual([]);
    pass(1);
    expect(fired).toEqual([1]);
  });

  it('is, for a run, as if nothing had happened until the run knows', () => {
    const clock = realClock();
    const own = runClock(clock, clock.now());
    const begun = own.now();
    expect(own.isSet()).toBe(false);
    vi.setSystemTime(Date.now() - DAY);
    pass(1000);
    expect(own.now()).toBe(begun + 1000);
    expect(own.isSet()).toBe(true);
    expect(own.taken()).toEqual({ shift: -DAY, seen: true });
    expect(own.isSet()).toBe(false);
    expect(own.now()).toBe(begun + 1000 - DAY);
  });

  it('is behind the last record of a run when it was set back while nobody drove that', () => {
    const clock = realClock();
    const last = clock.now() + DAY;
    const own = runClock(clock, last);
    expect(own.now()).toBe(last);
    pass(10);
    expect(own.now()).toBe(last + 10);
    expect(own.taken()).toEqual({ shift: -DAY, seen: false });
    expect(own.now()).toBe(last + 10 - DAY);
    expect(runClock(clock, clock.now() + 900).isSet()).toBe(false);
    expect(runClock(clock, clock.now() - DAY).isSet()).toBe(false);
  });
});

describe('the virtual clock', () => {
  it('is never behind a run', () => {
    const own = runClock(virtualClock(0), DAY);
    expect(own.isSet()).toBe(false);
    expect(own.now()).toBe(0);
  });

  it('jumps from timer to timer in their order, days in no time', async () => {
    const clock = virtualClock(0);
    const fired: [string, number][] = [];
    const note = (name: string) => () => fired.push([name, clock.now()]);
    clock.at(3 * DAY, note('third'));
    clock.at(DAY, note('first'));
    clock.at(DAY, note('second'));
    await new Promise<void>((done) => void clock.at(4 * DAY, done));
    expect(fired).toEqual([
      ['first', DAY],
      ['second', DAY],
      ['third', 3 * DAY],
    ]);
    expect(clock.now()).toBe(4 * DAY);
  });

  it('stands still while anything is busy', async () => {
    const clock = virtualClock(0);
    const free = clock.busy();
    const alsoFree = clock.busy();
    const seen: string[] = [];
    const fired = new Promise<void>((done) => void clock.at(5, () => (seen.push('fired'), done())));
    free();
    free(); // A second call counts for nothing.
    await new Promise((done) => setImmediate(() => setImmediate(done)));
    expect([seen, clock.now()]).toEqual([[], 0]);
    alsoFree();
    await fired;
    expect(clock.now()).toBe(5);
  });

  it('lets what a timer started come to rest before it jumps again', async () => {
    const clock = virtualClock(0);
    const seen: number[] = [];
    clock.at(10, () => {
      const free = clock.busy();
      setImmediate(() => {
        seen.push(clock.now());
        free();
      });
    });
    await new Promise<void>((done) => void clock.at(20, done));
    expect(seen).toEqual([10]);
  });
});
