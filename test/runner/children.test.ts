/** Each kind of state inside a child run: it completes and is rolled back with its parent, fails, or is cancelled with it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../language/index.ts';
import { realClock, virtualClock } from '../../runner/clock.ts';
import type { RunHandle } from '../../runner/host.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { FRAGMENTS, PRE } from '../support/pairs.ts';
import type { Ending } from '../support/pairs.ts';
import { workflow } from '../support/workflows.ts';
import { begin, makePlace, seen } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.close());

const PARENT = workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p: { run: ./middle.workflow.yaml, next: after }
  after: { fail: { error: too.bad } }
`).replace('workflow: test', 'workflow: parent');

const TOP = 'vars: { n: 0 }\nevents: { thing.changed: { data: {} }, thing.told: { data: { type: object } } }';

/** What the run inside the child does, where the fragment is a run. */
const INNER: Readonly<Record<Ending, string>> = {
  completes: '  a: { set: { n: 1 }, next: end }',
  fails: '  a: { fail: { error: boom } }',
  stopped: '  a: { human: { title: Sure?, assignee: people }, on: { yes: end } }',
};

const OPERATIONS = ['a', 'b', 'x', 'y', 'z'].flatMap((name) => [`s.${name}`, `s.undo_${name}`]);

const cases = FRAGMENTS.flatMap(({ kind, courses }) =>
  (Object.keys(courses) as Ending[]).map((ending) => ({ kind, ending, course: courses[ending] })),
);

describe('in a child run', () => {
  it.each(cases)('$kind $ending', async ({ ending, course }) => {
    if (course === undefined) throw new Error('no such course');
    const states = [PRE, ...course.states].map((line) => `  ${line.replaceAll('NEXT', 'end')}`).join('\n');
    place.write('middle.workflow.yaml', workflow(states, TOP).replace('workflow: test', 'workflow: middle'));
    place.write('child.workflow.yaml', workflow(INNER[ending], 'vars: { n: 0 }'));
    const journal = memoryJournal();
    const mocks: Record<string, Json> = Object.fromEntries(OPERATIONS.map((name) => [name, { return: {} }]));
    for (const [name, answer] of Object.entries(course.services ?? {}))
      if ('fail' in answer && answer.fail !== undefined) mocks[name] = { fail: { error: answer.fail } };
      else if (name !== 'run') mocks[name] = { return: {}, delay: '1h' };
    // By a virtual clock what lasts would be over at once.
    const clock = ending === 'stopped' ? realClock() : virtualClock(0);
    const host = place.host({ journal, mocks, clock });
    const run = await begin(host, { file: place.write('parent.workflow.yaml', PARENT), id: 'r', input: null });

    const isLasting = (way: string | undefined) => (handle: RunHandle | undefined) =>
      [...(handle?.view().state.activations.values() ?? [])].some(
        (each) => each.way === way && each.phase === 'acting',
      );
    const until = async (way: string | undefined): Promise<void> => {
      while (!isLasting(way)(host.runs.get('r.p.1'))) await new Promise((resolve) => setImmediate(resolve));
    };
    const by = { name: 'ann' };
    if (ending === 'completes' && course.hand !== undefined) {
      await until(course.hand.at);
      const event = {
        id: 'e',
        source: '/x',
        type: 'thing.changed',
        time: '2026-01-01T00:00:00Z',
        data: {},
        attributes: {},
      };
      if (course.hand.give === 'event') host.publish(event, { family: 'r' });
      else await host.runs.get('r.p.1')?.send({ type: 'decision', state: 'k', by, outcome: 'yes', form: null });
    }
    if (ending === 'stopped') {
      await until(course.lasting);
      await run.send({ type: 'cancel', by, compensate: true, force: false });
    }

    const status = await run.settled('ended');
    const stopped = ending === 'stopped';
    expect({ status, error: run.view().state.error?.type ?? null, ...seen(journal.read('r')) }).toEqual({
      status: stopped ? 'cancelled' : 'compensated',
      error: stopped ? null : ending === 'fails' ? course.error : 'too.bad',
      path: ending === 'completes' ? ['z', 'p', 'after'] : ['z', 'p'],
      compensated: ending === 'completes' ? ['p', 'z'] : ['z'],
    });
    expect({ status: journal.summary('r.p.1')?.status, ...seen(journal.read('r.p.1')) }).toEqual({
      status: stopped ? 'cancelled' : 'compensated',
      path: ['pre', ...course.path],
      compensated: [...course.undone, 'pre'],
    });
    expect(journal.list().filter(({ status: each }) => ['running', 'waiting', 'suspended'].includes(each))).toEqual([]);
  });
});
