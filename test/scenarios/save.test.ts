/** Recorded runs saved as scenarios: each goes as the run did when it is played, and the file keeps what was in it. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { Json } from '../../language/index.ts';
import { inOrder, type Strand } from '../../debugger/travel/timeline.ts';
import { virtualClock } from '../../runner/clock.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { loadRecorded, textAt } from '../../runner/load.ts';
import { insertScenario, readScenarios, runScenario, saveScenario } from '../../runner/scenarios.ts';
import type { Recording, SavedScenario } from '../../runner/scenarios.ts';
import { begin, makePlace } from '../runner/support/hosting.ts';
import type { RunHandle } from '../../runner/host.ts';

const place = makePlace();
afterAll(() => place.close());

const HEAD = `version: 1.0.0
participants:
  stock:
    baseUrl: http://localhost
    operations: { reserve: { http: POST /r }, release: { http: POST /x }, book: { http: POST /b, input: { type: object, required: [n], properties: { n: { type: number } } } } }
  office: { role: office }
events:
  order.paid: { data: { type: object } }
`;

const CHILD = `workflow: child
${HEAD}states:
  inner: { call: stock.reserve, with: { from: child }, compensate: { call: stock.release, with: { from: child } }, next: end }
output: { inner: "\${ results.inner }" }
`;

interface Case {
  readonly states: string;
  readonly input?: Json;
  readonly mocks?: Json;
  /** A hand in the run once it waits. */
  readonly hand?: (run: RunHandle, clock: ReturnType<typeof virtualClock>) => Promise<unknown>;
  /** Whether it stays waiting. */
  readonly stays?: true;
  /** Lines that the entry must hold. */
  readonly holds: readonly string[];
}

let count = 0;

async function recorded({
  states,
  input = {},
  mocks = {},
  hand,
  stays,
}: Case): Promise<{ saved: SavedScenario; text: string }> {
  const name = `w${String(++count)}`;
  place.write('child.workflow.yaml', CHILD);
  const file = place.write(`${name}.workflow.yaml`, `workflow: ${name}\n${HEAD}${states}`);
  const journal = memoryJournal();
  const clock = virtualClock(1_700_000_000_000);
  const host = place.host({ journal, clock, mocks });
  const run = await begin(host, { file, id: name, input });
  await hand?.(run, clock);
  await run.settled(stays === true ? 'waiting' : 'ended');
  const saved = await saveScenario({ recording: recordingOf(journal, name), workflow: file, name: 'as it was' });
  if ('error' in saved) throw new Error(saved.error);
  return { saved, text: saved.text };
}

function recordingOf(journal: Journal, run: string): Recording {
  const family = (of: string): Strand[] => [
    { run: of, records: journal.read(of) },
    ...journal.list({ parent: of }).flatMap((child) => family(child.run)),
  ];
  return {
    run,
    records: [...inOrder(family(run))],
    planOf(of, seq) {
      const summary = journal.summary(of);
      const loaded = summary === null ? null : loadRecorded(journal, textAt(summary, journal.read(of), seq));
      return loaded === null || 'error' in loaded ? null : loaded.plan;
    },
  };
}

const waits = async (run: RunHandle): Promise<void> => {
  await run.settled('waiting');
};

const CASES: Readonly<Record<string, Case>> = {
  'a run that completes': {
    states: `states:\n  one: { call: stock.reserve, with: { n: "\${ input.n }" }, next: end }\n`,
    input: { n: 1 },
    mocks: { 'stock.reserve': { return: { id: 'r-1' } } },
    holds: ['stock.reserve: { return: { id: r-1 } }', 'status: completed', 'output: { id: r-1 }', 'input: { n: 1 }'],
  },
  'a run that is compensated after retries': {
    states: `states:
  one: { call: stock.reserve, compensate: { call: stock.release, retry: { on: network } }, next: two }
  two: { call: stock.book, with: { n: 3 }, retry: { on: [http.5xx], attempts: 3 }, next: end }
`,
    mocks: {
      'stock.reserve': { return: {} },
      'stock.release': [{ fail: { error: 'network' } }, { return: {} }],
      'stock.book': [
        { fail: { error: 'http.503', message: 'busy' } },
        { fail: { error: 'http.409', data: { why: 'no' } } },
      ],
    },
    holds: [
      'status: compensated',
      'error: http.409',
      'compensated: [ one ]',
      'stock.book: 2',
      '- { fail: { error: http.503, message: busy } }',
    ],
  },
  'a run with a person': {
    states: `states:
  ask: { human: { title: May it?, assignee: office, form: { type: object } }, on: { yes: done, no: refuse } }
  refuse: { fail: { error: order.refused } }
  done: { set: {}, next: end }
`,
    async hand(run, clock) {
      await waits(run);
      clock.at(clock.now() + 3_600_000, () => {
        void run.send({
          type: 'decision',
          state: 'ask',
          by: { name: 'erin' },
          outcome: 'no',
          form: { note: 'too much' },
        });
      });
    },
    holds: ['ask: { after: 1h, outcome: no, form: { note: too much }, actor: erin }', 'error: order.refused'],
  },
  'a run that is given an event': {
    states: `states:
  sleep: { wait: 10m, next: paid }
  paid: { listen: { on: { order.paid: { next: end } }, timeout: 1h, onTimeout: late } }
  late: { fail: { error: order.late } }
output: { sum: "\${ results.paid.data.sum }" }
`,
    async hand(run, clock) {
      await waits(run);
      clock.at(clock.now() + 1_500_000, () => {
        const event = {
          id: 'e-1',
          type: 'order.paid',
          source: '/bank',
          time: '2026-01-01T00:00:00Z',
          data: { sum: 5 },
        };
        void run.send({ type: 'event', event });
      });
    },
    holds: ['events:', '{ at: 25m, type: order.paid, data: { sum: 5 } }', 'output: { sum: 5 }'],
  },
  'a run with a child that fails': {
    states: `states:
  one: { call: stock.reserve, compensate: { call: stock.release }, next: two }
  two: { run: ./child.workflow.yaml, next: end }
`,
    mocks: { 'stock.reserve': [{ return: {} }, { fail: { error: 'http.500' } }], 'stock.release': { return: {} } },
    holds: ['status: compensated', 'path: [ one, two ]', 'stock.reserve: 2'],
  },
  'a run whose child is rolled back': {
    states: `states:
  one: { run: ./child.workflow.yaml, next: two }
  two: { call: stock.book, with: { n: 1 }, next: end }
`,
    mocks: {
      'stock.reserve': { return: { id: 1 } },
      'stock.release': { return: {} },
      'stock.book': { fail: { error: 'http.500' } },
    },
    holds: ['compensated: [ one ]'],
  },
  'branches of which the first to come wins': {
    states: `states:
  race:
    parallel:
      join: any
      branches:
        slow: { states: { a: { call: stock.reserve, with: { b: slow }, next: end } } }
        fast: { states: { b: { call: stock.release, with: { b: fast }, next: end } } }
    next: end
`,
    mocks: { 'stock.reserve': { return: 1, delay: '5s' }, 'stock.release': { return: 2, delay: '1s' } },
    holds: ['stock.release: { return: 2, delay: 1s }'],
  },
  'items that call at once and come back in another order': {
    states: `states:
  each:
    foreach: { in: "\${ [1, 2, 3] }", as: n, concurrency: 3, call: stock.reserve }
    with: { n: "\${ n }" }
    next: end
output: { all: "\${ results.each }" }
`,
    mocks: {
      'stock.reserve': [
        { return: 'a', delay: '3s' },
        { return: 'b', delay: '1s' },
        { return: 'c', delay: '2s' },
      ],
    },
    holds: ['{ return: b, delay: 1s }', 'all: [ a, b, c ]'],
  },
  'an attempt that takes too long': {
    states: `states:
  one: { call: stock.reserve, timeout: 2s, retry: { on: timeout, attempts: 2 }, next: end }
`,
    mocks: { 'stock.reserve': [{ return: 1, delay: '1h' }, { return: 2 }] },
    holds: ['fail: { error: timeout'],
  },
  'arguments that never leave': {
    states: `states:
  one: { call: stock.book, with: { n: "\${ input.n }" }, catch: [{ errors: [validation], next: two }], next: end }
  two: { call: stock.book, with: { n: 2 }, next: end }
`,
    input: { n: 'x' },
    mocks: { 'stock.book': { return: 'fine' } },
    holds: ['stock.book: { return: fine }'],
  },
  'a compensation that waits for a person': {
    states: `states:
  one: { call: stock.reserve, compensate: { call: stock.release }, next: two }
  two: { fail: { error: order.bad } }
`,
    mocks: { 'stock.reserve': { return: 1 }, 'stock.release': { fail: { error: 'http.500' } } },
    holds: ['status: suspended', 'suspended: [ one ]'],
  },
  'a run that waits for an event': {
    states: `states:
  one: { call: stock.reserve, next: paid }
  paid: { listen: { on: { order.paid: { next: end } } } }
`,
    mocks: { 'stock.reserve': { return: 1 } },
    stays: true,
    holds: ['status: waiting', 'path: [ one, paid ]'],
  },
  'what differs from day to day': {
    states: `states:
  one: { call: stock.reserve, next: end }
output: { at: "\${ $now() }", id: "\${ run.id }" }
`,
    mocks: { 'stock.reserve': { return: { odd: 'a: b # c', multi: 'x\ny', no: 'no' } } },
    holds: ['status: completed'],
  },
};

describe('a recorded run saved as a scenario', () => {
  it.each(Object.entries(CASES))('%s', async (_what, each) => {
    const { saved, text } = await recorded(each);
    expect(saved.differences, text).toEqual([]);
    for (const line of each.holds) expect(text).toContain(line);
    const read = readScenarios(saved.file, saved.updated);
    if ('error' in read) throw new Error(JSON.stringify(read.error));
    const [only] = read.scenarios;
    if (only === undefined) throw new Error('no scenario');
    expect((await runScenario(only)).failures).toEqual([]);
  });

  it('says what a scenario cannot do', async () => {
    const { saved } = await recorded({
      states: `vars: { x: 1 }
states:
  nap: { wait: 1h, next: choose }
  choose: { switch: [{ when: "\${ vars.x > 1 }", next: big }, { next: small }] }
  big: { set: {}, next: end }
  small: { set: {}, next: end }
`,
      async hand(run) {
        await waits(run);
        await run.send({ type: 'set', target: { kind: 'variable', scope: 0, name: 'x' }, value: 5 });
      },
      holds: [],
    });
    expect(saved.differences).toEqual([
      'Another path: the run gave ["nap","choose","big"], the scenario ["nap","choose","small"]',
    ]);
  });

  it('keeps what stands in the file', async () => {
    const before = `# by hand
workflow: ./w99.workflow.yaml   # the one
mocks: { stock.reserve: { return:   1 } }
scenarios:
    first one:    # odd space
        expect: { status: completed }   # here

        # more to come
`;
    place.write('w99.workflow.yaml', `workflow: w99\n${HEAD}states: { one: { call: stock.reserve, next: end } }\n`);
    const entry = 'second one:\n  expect:\n    status: completed\n';
    const after = insertScenario(before, 'second one', entry);
    expect(after).toEqual({
      text: before.replace('# here\n', '# here\n    second one:\n      expect:\n        status: completed\n'),
    });
    expect(readScenarios(`${place.folder}/w99.workflow.test.yaml`, 'text' in after ? after.text : '')).toMatchObject({
      scenarios: [{ name: 'first one' }, { name: 'second one' }],
    });
    expect(insertScenario(before, 'first one', entry)).toHaveProperty('error');
    expect(insertScenario('workflow: ./a.workflow.yaml\nscenarios: {}\n', 'second one', entry)).toEqual({
      text: 'workflow: ./a.workflow.yaml\nscenarios:\n  second one:\n    expect:\n      status: completed\n',
    });
    expect(insertScenario('workflow: ./a.workflow.yaml', 'second one', entry)).toEqual({
      text: 'workflow: ./a.workflow.yaml\nscenarios:\n  second one:\n    expect:\n      status: completed\n',
    });
    expect(insertScenario('workflow: [\n', 'x', entry)).toHaveProperty('error');
  });

  it('stands in the file of the examples', () => {
    const file = 'examples/order-fulfillment/order-fulfillment.workflow.test.yaml';
    const text = readFileSync(file, 'utf8');
    const after = insertScenario(text, 'a new one', 'a new one:\n  expect: { status: completed }\n');
    if ('error' in after) throw new Error(after.error);
    const lines = new Set(text.split('\n'));
    expect(after.text.split('\n').filter((line) => !lines.has(line))).toEqual([
      '  a new one:',
      '    expect: { status: completed }',
    ]);
    expect(readScenarios(file, after.text)).toHaveProperty('scenarios');
  });
});
