/** What becomes of runs when the machine's clock is set, forward or back, while they are driven and while they are not. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../language/index.ts';
import { forkRun } from '../../runner/fork.ts';
import type { Host, RunHandle } from '../../runner/host.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { fold, pathOf } from '../../runner/machine/index.ts';
import type { RecordBody, RunRecord } from '../../runner/machine/index.ts';
import { measure } from '../../runner/metrics.ts';
import { isWanted } from '../../runner/wanted.ts';
import { begin, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';
import { settableClock } from './support/settable-clock.ts';
import type { SettableClock } from './support/settable-clock.ts';
import { simple } from './support/workflows.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NOW = Date.UTC(2026, 5, 1, 12);

let place: Place;
let clock: SettableClock;
let journal: Journal;
beforeEach(() => {
  place = makePlace();
  clock = settableClock(NOW);
  journal = memoryJournal();
});
afterEach(() => place.close());

async function start(text: string, mocks: Json = {}, input: Json = {}): Promise<{ host: Host; run: RunHandle }> {
  const host = place.host({ journal, clock, mocks });
  const run = await begin(host, {
    file: place.write('w.workflow.yaml', text.replace('states:', 'events: { a.happened: {} }\nstates:')),
    id: 'r',
    input,
  });
  await rest();
  return { host, run };
}

async function resume(mocks: Json = {}): Promise<RunHandle> {
  const host = place.host({ journal, clock, mocks });
  const resumed = await host.resume('r');
  if (!resumed.ok) throw new Error(resumed.error.message);
  await rest();
  return resumed.run;
}

type Setting = Extract<RecordBody, { type: 'clock.set' }>;
const settings = (): Setting[] => journal.read('r').filter((record): record is Setting & typeof record => record.type === 'clock.set'); // prettier-ignore

/** Sets the clock, and waits until the run has noticed. */
async function set(ms: number): Promise<void> {
  const before = settings().length;
  clock.set(ms);
  await vi.waitFor(() => expect(settings().length).toBe(before + 1), { timeout: 5000 });
  expect(settings().at(-1)?.shift).toBe(ms);
}

/** Lets everything come to rest that can. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass, and what it brings about come to rest. */
async function pass(ms: number): Promise<void> {
  clock.pass(ms);
  await rest();
}

/** Each waits half an hour for something after which the state `late` is entered. */
const HALF_AN_HOUR: Readonly<Record<string, string>> = {
  'a wait': '  first: { wait: 30m, next: late }',
  'a listening': '  first: { listen: { on: { a.happened: { next: end } }, timeout: 30m, onTimeout: late } }',
  'a pause before another attempt':
    '  first: { call: s.a, retry: { attempts: 2, delay: 30m }, catch: [{ errors: [any], next: late }], next: end }',
  'the limit of a scope':
    '  first: { scope: { states: { in: { wait: 3d, next: end } } }, timeout: 30m, catch: [{ errors: [timeout], next: late }], next: end }',
  'the limit of all attempts of a scope':
    '  first: { scope: { states: { in: { wait: 3d, next: end } } }, timeout: { total: 30m }, catch: [{ errors: [timeout], next: late }], next: end }',
  'the limit of a call': '  first: { call: s.b, timeout: 30m, catch: [{ errors: [timeout], next: late }], next: end }',
  'an escalation of a task':
    '  first: { human: { title: t, assignee: boss, escalate: [{ after: 30m, outcome: no }] }, on: { yes: end, no: late } }',
  'the limit of the run': '  first: { wait: 3d, next: end }',
};
const MOCKS = { 's.a': { fail: { error: 'network' } }, 's.b': { delay: '3d', return: 1 } };

function halfAnHour(name: string): string {
  const top = name === 'the limit of the run' ? 'timeout: 30m\ncatch: [{ errors: [timeout], next: late }]' : '';
  const states = `${HALF_AN_HOUR[name] ?? ''}\n  late: { wait: 30d, next: end }`;
  return simple(states, top).replace('participants:', 'participants:\n  boss: { role: boss }');
}

const isLate = (): boolean => pathOf(journal.read('r')).includes('late');

describe.each(Object.keys(HALF_AN_HOUR))('%s takes as long as it was to take', (name) => {
  it.each([
    ['a clock that is set back by a day', [-DAY]],
    ['a clock that is set back twice', [-DAY, -3 * DAY]],
    ['a clock that is set back and right again', [-DAY, DAY]],
    ['a clock that is set by two seconds', [-2000]],
  ])('by %s', async (_, all) => {
    await start(halfAnHour(name), MOCKS);
    await pass(10 * MINUTE);
    for (const ms of all) await set(ms);
    await pass(20 * MINUTE - 1);
    expect(isLate()).toBe(false);
    await pass(1);
    expect(isLate()).toBe(true);
  });

  it('by a clock that was ahead when it began', async () => {
    await start(halfAnHour(name).replace('states:\n', 'states:\n  before: { wait: 1h, next: first }\n').replace('timeout: 30m\ncatch', 'timeout: 90m\ncatch'), MOCKS); // prettier-ignore
    await pass(10 * MINUTE);
    await set(30 * MINUTE);
    await pass(20 * MINUTE);
    await vi.waitFor(() => expect(pathOf(journal.read('r'))).toContain('first'));
    await rest();
    await pass(10 * MINUTE);
    await set(-30 * MINUTE);
    const left = name === 'the limit of the run' ? 50 * MINUTE : 20 * MINUTE;
    await pass(left - 1);
    expect(isLate()).toBe(false);
    await pass(1);
    expect(isLate()).toBe(true);
  });

  it('by a clock that was set back while nobody drove the run', async () => {
    const { host } = await start(halfAnHour(name), MOCKS);
    await pass(10 * MINUTE);
    await host.close();
    clock = settableClock(NOW - DAY);
    await resume(MOCKS);
    expect(settings()).toMatchObject([{ shift: -DAY, heard: null }]);
    // How long nobody drove it, nobody can know: the time goes on from the last record.
    await pass(30 * MINUTE - 1);
    expect(isLate()).toBe(false);
    await pass(1);
    expect(isLate()).toBe(true);
  });
});

describe('a clock that is set forward', () => {
  it.each(Object.keys(HALF_AN_HOUR).filter((name) => name !== 'the limit of a call'))(
    'makes due what the time that it skips was to bring: %s',
    async (name) => {
      await start(halfAnHour(name), MOCKS);
      await pass(10 * MINUTE);
      await set(20 * MINUTE);
      await vi.waitFor(() => expect(isLate()).toBe(true));
      const failed = journal.read('r').find((record) => record.type === 'attempt.failed');
      if (failed?.type === 'attempt.failed' && failed.error.type === 'timeout')
        expect(failed.error.message).toContain(`took longer than ${30 * MINUTE} ms`);
    },
  );

  it('makes nothing due a second time, or too early, when it is set back', async () => {
    await start(simple('  first: { wait: 3d, next: late }\n  late: { wait: 30d, next: end }'));
    await pass(DAY);
    await set(DAY);
    await pass(10 * MINUTE);
    await set(-DAY);
    await pass(2 * DAY - 10 * MINUTE - 1);
    expect(isLate()).toBe(false);
    await pass(1);
    expect(isLate()).toBe(true);
  });

  it('leaves a call under way its time', async () => {
    await start(halfAnHour('the limit of a call'), MOCKS);
    await pass(10 * MINUTE);
    await set(DAY);
    await pass(20 * MINUTE - 1);
    expect(isLate()).toBe(false);
    await pass(1);
    expect(isLate()).toBe(true);
  });

  it('by a moment in the far future pins nothing there', async () => {
    await start(simple('  first: { wait: 3d, next: late }\n  late: { wait: 30m, next: last }\n  last: { wait: 1d, next: end }')); // prettier-ignore
    await set(30_000 * DAY);
    await vi.waitFor(() => expect(isLate()).toBe(true));
    await set(-30_000 * DAY);
    expect(journal.read('r').at(-1)?.at).toBe(NOW);
    await pass(30 * MINUTE);
    expect(journal.summary('r')?.updatedAt).toBe(NOW + 30 * MINUTE);
    expect(pathOf(journal.read('r'))).toEqual(['first', 'late', 'last']);
  });
});

describe('an instant', () => {
  const UNTIL = simple('  first: { wait: { until: "${ input.at }" }, next: late }\n  late: { wait: 30d, next: end }');

  it.each([-DAY, DAY])('stays where it is on a clock that is set by %d ms', async (ms) => {
    await start(UNTIL, {}, { at: NOW + 3 * DAY });
    await pass(DAY);
    await set(ms);
    await pass(2 * DAY - ms - 1);
    expect(isLate()).toBe(false);
    await pass(1);
    expect(isLate()).toBe(true);
  });
});

describe('a call that beats', () => {
  it('is not silent because the clock was set', async () => {
    const text = simple('  first: { call: s.b, heartbeat: 30m, catch: [{ errors: [timeout], next: late }], next: end }\n  late: { wait: 30d, next: end }'); // prettier-ignore
    await start(text, MOCKS);
    await pass(10 * MINUTE);
    await set(DAY);
    await set(-2 * DAY);
    await pass(20 * MINUTE - 1);
    expect(isLate()).toBe(false);
    await pass(1);
    expect(isLate()).toBe(true);
  });
});

describe('an event', () => {
  const event = (id: string) => ({ id, source: '/x', type: 'a.happened', time: '2026-01-01T00:00:00Z', data: null, attributes: {} }); // prettier-ignore
  const receive = (id: string, at: number): void =>
    void journal.bus.receive([{ ...event(id), at, until: at + DAY, run: null, family: null }]);
  const ON = simple('  first: { wait: 3d, next: end }\n  late: { wait: 30d, next: end }', 'on: { a.happened: { next: late } }'); // prettier-ignore

  it('reaches a run that began before the clock was set back', async () => {
    const { host } = await start(ON);
    await set(-DAY);
    host.publish(event('e'));
    await vi.waitFor(() => expect(isLate()).toBe(true));
  });

  it.each([0, 1])(
    'reaches a run that was left before the clock was set back, with %d events before it',
    async (before) => {
      if (before > 0) receive('before', NOW - 1);
      const { host } = await start(ON);
      await host.close();
      clock = settableClock(NOW - DAY + MINUTE);
      receive('e', NOW - DAY + MINUTE / 2);
      await resume();
      await vi.waitFor(() => expect(isLate()).toBe(true));
    },
  );

  it('that came before a listener that does not buffer stays missed, whatever the clock says', async () => {
    const text = simple('  first: { wait: 1h, next: second }\n  second: { listen: { buffer: false, on: { a.happened: { next: late } } }, next: end }\n  late: { wait: 30d, next: end }'); // prettier-ignore
    const { host } = await start(text);
    receive('early', NOW);
    await pass(30 * MINUTE);
    await set(-DAY);
    await pass(30 * MINUTE);
    await vi.waitFor(() => expect(pathOf(journal.read('r'))).toContain('second'));
    await host.close();
    await resume();
    expect(isLate()).toBe(false);
  });

  it.each([
    ['is kept for its time', 23 * 60 * MINUTE, true],
    ['is kept for no longer', 25 * 60 * MINUTE, false],
  ])('that came before the clock was set back %s', async (_, later, taken) => {
    const text = simple(`  first: { wait: ${later / MINUTE}m, next: second }\n  second: { listen: { on: { a.happened: { next: late } }, timeout: 1m, onTimeout: end } }\n  late: { wait: 30d, next: end }`); // prettier-ignore
    const { host } = await start(text);
    host.publish(event('e'));
    await set(-10 * DAY);
    await pass(later);
    await vi.waitFor(() => expect(pathOf(journal.read('r'))).toContain('second'));
    await pass(MINUTE);
    expect(isLate()).toBe(taken);
  });

  it('that nothing awaits becomes a dead letter when its time is over, and not a jump of the clock later', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { host } = await start(simple('  first: { wait: 30d, next: end }'));
      host.publish(event('old'));
      await pass(23 * 60 * MINUTE);
      clock.set(-10 * DAY);
      vi.advanceTimersByTime(200);
      host.publish(event('new'));
      vi.advanceTimersByTime(10_000);
      expect(journal.bus.deadLetters()).toEqual([]);
      await pass(2 * 60 * MINUTE);
      vi.advanceTimersByTime(10_000);
      expect(journal.bus.deadLetters().map((letter) => letter.event.id)).toEqual(['old']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a child run', () => {
  it('that had ended and is rolled back says that the clock was set meanwhile', async () => {
    const child = simple('  one: { call: s.a, compensate: { call: s.undo }, next: end }');
    const parent = simple('  first: { run: ./child.workflow.yaml, next: late }\n  late: { wait: 10m, next: bad }\n  bad: { fail: { error: no.good, message: no } }'); // prettier-ignore
    place.write('child.workflow.yaml', child);
    const { run } = await start(parent, { 's.a': { return: 1 }, 's.undo': { return: 1 } });
    await vi.waitFor(() => expect(isLate()).toBe(true));
    await rest();
    await set(-DAY);
    await pass(10 * MINUTE);
    expect(await run.settled('ended')).toBe('compensated');
    const records = journal.read(journal.list({ parent: 'r' })[0]?.run ?? '');
    expect(records.map(({ type }) => type)).toContain('clock.set');
    expect(records.findIndex(({ type }) => type === 'clock.set')).toBe(
      records.findIndex(({ type }) => type === 'run.rolling-back') - 1,
    );
  });
});

describe('a fork', () => {
  it('that is made by a clock that was set back waits for what was left', async () => {
    const { host } = await start(simple('  first: { wait: 30m, next: late }\n  late: { wait: 30d, next: end }'));
    await pass(10 * MINUTE);
    await host.close();
    clock = settableClock(NOW - DAY);
    const seq = journal.read('r').length;
    const forked = forkRun(journal, { run: 'r', id: 'f', at: seq, by: { name: 'ada' }, now: clock.now() });
    expect(forked).toMatchObject({ ok: true, run: 'f' });
    const resumed = await place.host({ journal, clock }).resume('f');
    expect(resumed.ok).toBe(true);
    await rest();
    await pass(30 * MINUTE - 1);
    expect(pathOf(journal.read('f'))).toEqual(['first']);
    await pass(1);
    expect(pathOf(journal.read('f'))).toEqual(['first', 'late']);
  });
});

describe('a run that somebody asked for', () => {
  it('is left to them for a moment, and not until the clock is there again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      await start(simple('  first: { wait: 30m, next: end }'));
      journal.post('r', { type: 'let-go' });
      expect(isWanted(journal, 'r')).toBe(true);
      vi.setSystemTime(Date.now() - DAY);
      expect(isWanted(journal, 'r')).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what is measured', () => {
  it('does not count a jump of the clock', async () => {
    const { run } = await start(simple('  first: { wait: 1h, next: end }'));
    await pass(10 * MINUTE);
    await set(-DAY);
    expect(fold(JSON.parse(JSON.stringify(journal.read('r'))) as RunRecord[])).toEqual(run.view().state);
    await pass(50 * MINUTE);
    expect(await run.settled('ended')).toBe('completed');
    const { runs, states } = measure(journal, NOW);
    expect(runs.duration?.max).toBe(60 * MINUTE);
    expect(states.map(({ duration }) => duration?.max)).toEqual([60 * MINUTE]);
  });
});
