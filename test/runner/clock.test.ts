import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { realClock, virtualClock } from '../../runner/clock.ts';

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

describe('the virtual clock', () => {
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
