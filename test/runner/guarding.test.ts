// Limits and circuit breakers of participants: shared by all runs of a host, on a virtual clock.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../language/index.ts';
import { virtualClock } from '../../runner/clock.ts';
import { begin, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.close());

function hosting(participant: string, mocks: Json, states = '{ a: { call: s.x, next: end } }') {
  const clock = virtualClock(0);
  const host = place.host({ clock, mocks });
  const text = (version: string, setting: string) => `workflow: w
version: ${version}
participants:
  s: { baseUrl: "http://127.0.0.1:1", ${setting}, operations: { x: { http: POST /x, input: { type: object, properties: { n: { type: number } } } }, undo: { http: POST /undo } } }
  t: { baseUrl: "http://127.0.0.1:1", operations: { y: { http: POST /y } } }
input: { type: object }
states: ${states}
`;
  const file = place.write('w.workflow.yaml', text('1.0.0', participant));
  const start = (input: Json = {}) => begin(host, { file, input });
  return {
    clock,
    host,
    start,
    /** What becomes of a run: its status, or the type of its error. */
    async end(input: Json = {}) {
      const run = await start(input);
      const status = await run.settled('ended');
      return run.view().state.error?.type ?? status;
    },
    change: (setting: string) => place.write('w.workflow.yaml', text('1.1.0', setting)),
  };
}

async function wait(clock: ReturnType<typeof virtualClock>, ms: number): Promise<void> {
  await new Promise<void>((resolve) => void clock.at(clock.now() + ms, resolve));
}

describe('`maxConcurrent`', () => {
  it('holds for all runs of a host together', async () => {
    const { clock, start } = hosting('maxConcurrent: 2', { 's.x': { delay: '3s', return: null } });
    const runs = [];
    for (let at = 0; at < 5; at++) runs.push(await start());
    for (const run of runs) expect(await run.settled('ended')).toBe('completed');
    expect(clock.now()).toBe(9000);
  });

  it('holds for what undoes, too, and for that participant alone', async () => {
    const states = `{
  all: { parallel: { branches: {
    one: { states: { a: { call: s.x, compensate: { call: s.undo }, next: end } } },
    two: { states: { a: { call: s.x, compensate: { call: s.undo }, next: end } } },
    three: { states: { a: { call: t.y, next: end } } } } }, next: bad },
  bad: { fail: { error: my.error } } }`;
    const mocks = { 's.x': { delay: '3s', return: null }, 's.undo': { delay: '1s', return: null }, 't.y': { delay: '6s', return: null } }; // prettier-ignore
    const { clock, end } = hosting('maxConcurrent: 1', mocks, states);
    expect(await end()).toBe('my.error');
    expect(clock.now()).toBe(8000);
  });

  it('lets the next one in when a call that waited, or one that was under way, is given up', async () => {
    const states = '{ a: { call: s.x, timeout: 5s, next: end } }';
    const { clock, start } = hosting('maxConcurrent: 1', { 's.x': [{ delay: '20s', return: null }, { delay: '1s', return: null }] }, states); // prettier-ignore
    const first = await start();
    const second = await start();
    expect(await first.settled('ended')).toBe('failed');
    expect(await second.settled('ended')).toBe('failed');
    expect(clock.now()).toBe(5000);
    const third = await start();
    expect(await third.settled('ended')).toBe('completed');
    expect(clock.now()).toBe(6000);
  });
});

describe('a circuit breaker', () => {
  const FAULT = { fail: { error: 'http.503' } };
  const states = '{ a: { call: s.x, with: { n: "${ input.n }" }, next: end } }';

  it('is shared by all runs of a host, and tried again by one call after its reset', async () => {
    const { clock, end, host } = hosting('circuitBreaker: { failures: 2, reset: 30s }', { 's.x': [FAULT, FAULT, FAULT, { return: null }] }); // prettier-ignore
    expect([await end(), await end(), await end(), await end()]).toEqual([
      'http.503',
      'http.503',
      'circuit-open',
      'circuit-open',
    ]);
    expect(host.mocks?.calls.get('s.x')).toBe(2);
    await wait(clock, 30_000);
    expect([await end(), await end()]).toEqual(['http.503', 'circuit-open']);
    await wait(clock, 30_000);
    expect([await end(), await end()]).toEqual(['completed', 'completed']);
  });

  it('learns nothing from a call that was never made', async () => {
    const { clock, end } = hosting('circuitBreaker: { failures: 2, reset: 30s }', { 's.x': FAULT }, states);
    expect([await end({ n: 1 }), await end({ n: 'x' }), await end({ n: 1 }), await end({ n: 1 })]).toEqual([
      'http.503',
      'validation',
      'http.503',
      'circuit-open',
    ]);
    await wait(clock, 30_000);
    // Its arguments do not fit, so that the next one is the probe.
    expect([await end({ n: 'x' }), await end({ n: 1 }), await end({ n: 1 })]).toEqual([
      'validation',
      'http.503',
      'circuit-open',
    ]);
  });

  it('follows a workflow whose settings have changed', async () => {
    const { end, change } = hosting('circuitBreaker: { failures: 9, reset: 30s }', { 's.x': FAULT });
    expect(await end()).toBe('http.503');
    change('circuitBreaker: { failures: 2, reset: 30s }');
    expect([await end(), await end()]).toEqual(['http.503', 'circuit-open']);
  });
});
