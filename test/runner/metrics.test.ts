// Numbers about runs and states, read from the journal.
import { afterAll, describe, expect, it } from 'vitest';
import { virtualClock } from '../../runner/clock.ts';
import { forkRun } from '../../runner/fork.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { durationsOf, measure } from '../../runner/metrics.ts';
import { workflow } from '../support/workflows.ts';
import { begin, makePlace } from './support/hosting.ts';

const place = makePlace();
afterAll(() => place.close());

const NOW = 100 * 86_400_000;

/** Runs of one workflow, an hour apart: what the services answer to each. */
async function played(text: string, runs: readonly object[]) {
  const journal = memoryJournal();
  const file = place.write('w.workflow.yaml', text);
  for (const [at, mocks] of runs.entries()) {
    const clock = virtualClock(NOW - (runs.length - at) * 3_600_000 + 1000);
    const host = place.host({ journal, clock, mocks: { ...mocks } });
    const run = await begin(host, { file, id: `r${at}` });
    await run.settled('waiting');
    await host.close();
  }
  return journal;
}

describe('metrics', () => {
  it('take a child that was rolled back for as long as it took to complete', async () => {
    place.write('child.workflow.yaml', 'workflow: child\nstates: { go: { wait: 5s, next: end } }\n');
    const text = workflow(`  sub: { run: ./child.workflow.yaml, with: {}, next: later }
  later: { wait: 1h, next: bad }
  bad: { fail: { error: broken } }
`);
    const journal = memoryJournal();
    const host = place.host({ journal, clock: virtualClock(NOW) });
    const run = await begin(host, { file: place.write('w.workflow.yaml', text), id: 'r' });
    await run.settled('ended');
    const { runs } = measure(journal, NOW, 'child');
    expect(runs).toMatchObject({ byStatus: { compensated: 1 }, duration: { count: 1, max: 5000 } });
    expect(measure(journal, NOW, 'test').runs.duration).toMatchObject({ max: 3_605_000 });
  });

  it('count runs and states, their attempts and what was undone, and tell how long they took', async () => {
    const text = workflow(`  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, retry: { attempts: 3, delay: 10s }, next: ask }
  ask: { human: { title: x, assignee: people, due: 1d, escalate: [ { after: 1d, outcome: ok } ] }, on: { ok: end } }
`);
    const after = (delay: string) => ({ return: {}, delay });
    const gone = { fail: { error: 'network' } };
    const journal = await played(text, [
      { 's.a': after('1s'), 's.b': after('2s') },
      { 's.a': after('3s'), 's.b': [gone, after('2s')] },
      { 's.a': after('5s'), 's.b': [gone, gone, { fail: { error: 'http.500' } }], 's.undo_a': after('1s') },
    ]);
    const { runs, states, slowest, mostRetried } = measure(journal, NOW);
    expect(runs).toEqual({
      total: 3,
      active: 2,
      byStatus: { waiting: 2, compensated: 1 },
      startedLastHour: 1,
      startedLastDay: 3,
      perHour: 3 / 24,
      successRate: 0,
      duration: { count: 1, mean: 36_000, p50: 36_000, p90: 36_000, p95: 36_000, p99: 36_000, max: 36_000 },
    });
    const common = { workflow: 'test', active: 0 };
    expect(states).toMatchObject([
      { ...common, state: 'a', entered: 3, completed: 3, attempts: 3, retries: 0, compensated: 1, successRate: 1 },
      { ...common, state: 'b', entered: 3, completed: 2, failed: 1, attempts: 6, retries: 3, successRate: 2 / 3 },
      { ...common, state: 'ask', entered: 2, completed: 0, active: 2, successRate: null, duration: null },
    ]);
    expect(states[0]?.duration).toEqual({
      count: 3,
      mean: 3000,
      p50: 3000,
      p90: 5000,
      p95: 5000,
      p99: 5000,
      max: 5000,
    });
    expect(states[1]?.duration).toMatchObject({ count: 2, p50: 2000, max: 12_000 });
    expect(slowest.map(({ state }) => state)).toEqual(['b', 'a']);
    expect(mostRetried.map(({ state }) => state)).toEqual(['b']);
  });

  it('count items of a list as one state, and runs of one workflow alone', async () => {
    const text = workflow(`  each:
    foreach: { in: "\${ [1, 2, 3] }", as: n, call: s.a, compensate: { call: s.undo_a } }
    next: last
  last: { call: s.b, next: end }
`);
    const journal = await played(text, [
      { 's.a': { return: {} }, 's.b': { fail: { error: 'http.422' } }, 's.undo_a': { return: {} } },
    ]);
    const { runs, states } = measure(journal, NOW, 'test');
    expect(runs).toMatchObject({ total: 1, byStatus: { compensated: 1 } });
    expect(states.map(({ state, entered, compensated }) => [state, entered, compensated])).toEqual([
      ['each', 1, 0],
      ['each/*', 3, 3],
      ['last', 1, 0],
    ]);
    expect(measure(journal, NOW, 'other')).toMatchObject({ runs: { total: 0, successRate: null }, states: [] });
  });

  it('count a fork from its own beginning', async () => {
    const journal = await played(workflow('  a: { wait: 1h, next: b }\n  b: { call: s.a, next: end }\n'), [{ 's.a': { return: {} } }]); // prettier-ignore
    const now = NOW + 1_000_000;
    expect(forkRun(journal, { run: 'r0', at: 3, id: 'f', by: { name: '' }, now })).toMatchObject({ ok: true });
    const host = place.host({ journal, clock: virtualClock(now), mocks: { 's.a': { return: {} } } });
    const resumed = await host.resume('f');
    expect(resumed.ok && (await resumed.run.settled('ended'))).toBe('completed');
    expect(measure(journal, now).runs.duration).toMatchObject({ count: 1, max: 3_600_000 });
  });

  it('give percentiles that were measured', () => {
    const values = Array.from({ length: 200 }, (_, at) => 200 - at);
    expect(durationsOf(values)).toEqual({ count: 200, mean: 100.5, p50: 100, p90: 180, p95: 190, p99: 198, max: 200 });
    expect(durationsOf([])).toBeNull();
  });
});
