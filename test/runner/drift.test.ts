/** Where another definition would have decided otherwise than a recorded run. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDrift } from '../../runner/drift.ts';
import { play, planOf } from '../support/machine.ts';
import type { Script } from '../support/machine.ts';
import { randomCase } from '../support/random-workflow.ts';

const HEAD = `workflow: w
version: 1.0.0
input: true
vars: { tries: 0 }
participants:
  s: { baseUrl: http://localhost, operations: { one: { http: POST /1 }, two: { http: POST /2 }, undo: { http: POST /u } } }
  office: { role: office }
events: { go: { data: { type: object } } }
`;

/** The same saga in many versions; a replacement is `[from, to]`. */
const STATES = `states:
  first:
    call: s.one
    with: { amount: "\${ input.amount }" }
    timeout: 10s
    retry: { on: [http.5xx], attempts: 3, delay: 1s }
    compensate: { call: s.undo, with: { what: first } }
    assign: { tries: "\${ vars.tries + 1 }" }
    next: check
  check:
    switch:
      - when: "\${ input.amount > 100 }"
        next: ask
      - next: nap
  ask: { human: { title: May it?, assignee: office, due: 1h }, on: { yes: nap, no: refuse } }
  refuse: { fail: { error: order.refused, message: no } }
  nap: { wait: 5m, next: both }
  both:
    parallel:
      branches:
        left: { states: { a: { call: s.two, next: end } } }
        right: { states: { b: { wait: 1s, next: c }, c: { listen: { on: { go: { next: end } }, timeout: 1h, onTimeout: end } } } }
    next: each
  each: { foreach: { in: "\${ [1, 2] }", as: n, concurrency: 2, call: s.one }, with: { n: "\${ n }" }, next: last }
  last: { call: s.two, with: { last: true }, next: end }
`;

const SCRIPT: Script = {
  input: { amount: 50 },
  services: {
    's.one': [{ fail: 'http.503' }, { return: { id: 1 }, delay: 3_000 }, { return: {} }],
    's.two': { return: {}, delay: 500 },
  },
};

async function drift(changes: readonly (readonly [string, string])[], script: Script = SCRIPT, env = {}) {
  const played = await play(HEAD + STATES, script);
  let text = STATES;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`There is no ${from}.`);
    text = text.replace(from, to);
  }
  const found = await findDrift({
    records: played.records,
    recorded: () => played.plan,
    plan: planOf(HEAD + text),
    env,
  });
  if (found === null) return null;
  const { seq, record, why, way } = found;
  const instead = why.kind === 'other' ? (why.instead?.type ?? 'nothing') : '';
  expect(played.records[seq - 1]).toEqual(record);
  return `${record.type} of ${way}: ${why.kind} ${instead}`.trim();
}

const UNDONE: Script = {
  ...SCRIPT,
  services: { ...SCRIPT.services, 's.two': [{ return: {}, delay: 500 }, { fail: 'http.400' }] },
};
const ASKED: Script = {
  ...SCRIPT,
  input: { amount: 500 },
  hands: [{ give: { type: 'decision', state: 'ask', by: { name: 'erin' }, outcome: 'no', form: {} } }],
};

describe('no drift', () => {
  it.each<[string, Script, readonly (readonly [string, string])[]]>([
    ['the same text', SCRIPT, []],
    ['the same text, undone', UNDONE, []],
    ['the same text, refused by a person', ASKED, []],
    ['comments and order', SCRIPT, [['  refuse:', '  # more\n  unused: { set: {}, next: end }\n  refuse:']]],
    ['a limit that was not reached', SCRIPT, [['timeout: 10s', 'timeout: 4s']]],
    ['a branch that was not taken', SCRIPT, [['message: no', 'message: other']]],
    [
      'what would undo another way, and did not have to',
      SCRIPT,
      [['call: s.two, with: { last: true }', 'call: s.two, pivot: false, with: { last: true }']],
    ],
    ['another guard with the same answer', SCRIPT, [['input.amount > 100', 'input.amount > 99']]],
    ['another handler', UNDONE, [['last: {', 'last: { catch: [{ errors: [network], next: end }],']]],
  ])('%s', async (_what, script, changes) => {
    expect(await drift(changes, script)).toBeNull();
  });
});

it('no random run drifts from its own definition', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(randomCase(), async ({ text, services }) => {
      const { records, plan } = await play(text, { services });
      expect(await findDrift({ records, recorded: () => plan, plan: planOf(`# moved\n${text}`), env: {} })).toBeNull();
    }),
    { numRuns: 100 },
  );
});

describe('drift', () => {
  it.each<[string, Script, readonly (readonly [string, string])[], string]>([
    [
      'another guard',
      SCRIPT,
      [['input.amount > 100', 'input.amount > 10']],
      'state.completed of check: other state.completed',
    ],
    [
      'another argument',
      SCRIPT,
      [['"${ input.amount }"', '"${ input.amount * 2 }"']],
      'state.prepared of first: other state.prepared',
    ],
    ['another retry', SCRIPT, [['[http.5xx]', '[http.404]']], 'retry.scheduled of first: other error.raised'],
    ['another delay', SCRIPT, [['delay: 1s', 'delay: 2s']], 'retry.scheduled of first: other retry.scheduled'],
    ['another wait', SCRIPT, [['wait: 5m', 'wait: 6m']], 'wait.started of nap: other wait.started'],
    ['a limit that was reached', SCRIPT, [['timeout: 10s', 'timeout: 2s']], 'attempt.succeeded of first: sooner'],
    ['another undoing', SCRIPT, [['what: first', 'what: other']], 'state.completed of first: other state.completed'],
    [
      'another variable',
      SCRIPT,
      [['vars.tries + 1', 'vars.tries + 2']],
      'state.completed of first: other state.completed',
    ],
    [
      'a state that is gone',
      SCRIPT,
      [
        ['  nap: {', '  doze: {'],
        ['next: nap', 'next: doze'],
        ['yes: nap', 'yes: doze'],
      ],
      'state.completed of check: other state.completed',
    ],
    ['a state that is another kind', SCRIPT, [['wait: 5m', 'set: {}']], 'state.prepared of nap: other state.completed'],
    [
      'an error that is caught',
      UNDONE,
      [['last: {', 'last: { catch: [{ errors: [http], next: end }],']],
      'error.raised of last: other error.raised',
    ],
    [
      'another branch',
      SCRIPT,
      [['b: { wait: 1s', 'b: { wait: 2s']],
      'wait.started of both/right/b: other wait.started',
    ],
    [
      'another item',
      SCRIPT,
      [['{ n: "${ n }" }', '{ n: "${ n + 1 }" }']],
      'state.prepared of each/0: other state.prepared',
    ],
    ['another start', SCRIPT, [['states:', 'start: check\nstates:']], 'state.entered of first: other state.entered'],
    [
      'another way on after a person',
      ASKED,
      [['no: refuse', 'no: nap']],
      'state.completed of ask: other state.completed',
    ],
    ['another task', ASKED, [['title: May it?', 'title: May it not?']], 'state.prepared of ask: other state.prepared'],
  ])('%s', async (_what, script, changes, expected) => {
    expect(await drift(changes, script)).toBe(expected);
  });

  it('is none where what differs is the surroundings alone', async () => {
    expect(await drift([], SCRIPT, { HOME: '/elsewhere' })).toBeNull();
  });

  it('of what timed out and now would not', async () => {
    const slow: Script = { ...SCRIPT, services: { ...SCRIPT.services, 's.one': { return: {}, delay: 60_000 } } };
    expect(await drift([['timeout: 10s', 'timeout: 20s']], slow)).toBe('attempt.failed of first: later');
    expect(await drift([['timeout: 10s', 'timeout: 5s']], slow)).toBe('attempt.failed of first: sooner');
    expect(await drift([], slow)).toBeNull();
  });
});
