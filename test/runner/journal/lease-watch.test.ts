/** How long one process believes a lease, whatever the clocks of either side say. */
import { hostname } from 'node:os';
import process from 'node:process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LONGEST_LEASE } from '../../../runner/journal/journal.ts';
import { createLeaseWatch, sinceStart } from '../../../runner/journal/lease-watch.ts';

const DAY = 86_400_000;
const RENEWAL = 10_000;

const here = { id: 'a', pid: process.pid, host: hostname(), name: 'here', start: null };
const away = { id: 'b', pid: 1, host: 'another-machine.example', name: 'away', start: null };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A lease of a holder whose clock is `ahead` milliseconds from that of this process. */
function lease(holder: typeof here, ahead = 0, token = 1) {
  return { token, holder, until: Date.now() + ahead + LONGEST_LEASE };
}

it.each([
  ['this machine', here],
  ['another machine', away],
])('a lease of %s holds for as long as it says, and not longer than any', (_, holder) => {
  const watch = createLeaseWatch();
  const given = lease(holder);
  expect(watch.holds(1, given)).toBe(true);
  vi.advanceTimersByTime(LONGEST_LEASE - 1);
  expect(watch.holds(1, given)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(watch.holds(1, given)).toBe(false);
});

it.each([
  ['ahead', 20 * DAY],
  ['a minute ahead', 60_000],
  ['a minute behind', -60_000],
  ['behind', -DAY],
])('a lease that is renewed by a clock that is %s holds, and ends when it is not renewed any more', (_, ahead) => {
  const watch = createLeaseWatch();
  watch.holds(1, { token: 1, holder: null, until: 0 });
  for (let renewal = 0; renewal < 10; renewal++) {
    expect(watch.holds(1, lease(away, ahead))).toBe(true);
    vi.advanceTimersByTime(RENEWAL);
  }
  const last = lease(away, ahead);
  expect(watch.holds(1, last)).toBe(true);
  vi.advanceTimersByTime(LONGEST_LEASE - 1);
  expect(watch.holds(1, last)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(watch.holds(1, last)).toBe(false);
});

it.each([-DAY, -60_000, 60_000, DAY])('a lease holds when the clock of this process is set by %d ms', (ms) => {
  const watch = createLeaseWatch();
  const given = lease(away);
  expect(watch.holds(1, given)).toBe(true);
  vi.setSystemTime(Date.now() + ms);
  expect(watch.holds(1, given)).toBe(true);
  vi.advanceTimersByTime(LONGEST_LEASE);
  expect(watch.holds(1, given)).toBe(false);
});

it('a lease that is new to this process is believed as far as it can be true, and further only of a process that lives here', () => {
  const first = (given: ReturnType<typeof lease>) => createLeaseWatch().holds(1, given);
  expect(first(lease(away, -1))).toBe(true);
  expect(first(lease(away, -LONGEST_LEASE))).toBe(false);
  expect(first(lease(away, 1000))).toBe(false);
  expect(first(lease(here, DAY))).toBe(true);
  expect(first(lease(here, -LONGEST_LEASE))).toBe(false);
});

it('two hosts whose clocks differ by an hour take a run from each other once at most', () => {
  const [early, late] = [createLeaseWatch(), createLeaseWatch()];
  const hour = 3_600_000;
  const ofEarly = lease(away, -hour, 1);
  // The other one has never seen the run: all it has is the instant.
  expect(late.holds(1, ofEarly)).toBe(false);
  expect(early.holds(1, ofEarly)).toBe(false);
  const ofLate = lease({ ...away, id: 'c' }, hour, 2);
  expect(early.holds(1, ofLate)).toBe(true);
});

it.each([-DAY, -60_000, 60_000, DAY])(
  'a process that was just begun, after the clock was set by %d ms, believes a process that lives here for as long as it should',
  (ms) => {
    const given = { ...lease(here), ends: sinceStart(true) + 21_000 };
    vi.setSystemTime(Date.now() + ms);
    const watch = createLeaseWatch();
    expect(watch.holds(1, given)).toBe(true);
    vi.advanceTimersByTime(19_000);
    expect(watch.holds(1, given)).toBe(true);
    vi.advanceTimersByTime(1500);
    expect(watch.holds(1, given)).toBe(false);
    // What is over is over, although the holder lives: it hangs.
    expect(watch.holds(1, { ...given, until: 0 })).toBe(false);
    expect(createLeaseWatch().holds(1, { ...given, ends: sinceStart(true) - 1500 })).toBe(false);
  },
);
