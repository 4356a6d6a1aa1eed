/** What a scenario can say (section 12), and that each expectation that does not hold is found at its place. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createCoverage, readScenarios, runScenario } from '../../runner/scenarios.ts';
import type { Scenario } from '../../runner/scenarios.ts';

const WORKFLOW = `workflow: order
version: 1.0.0
input: { type: object, properties: { amount: { type: number } } }
vars: { tries: 0 }
participants:
  stock:
    baseUrl: http://localhost
    operations: { reserve: { http: POST /r }, release: { http: POST /x } }
  payments:
    baseUrl: http://localhost
    operations: { charge: { http: POST /c }, refund: { http: POST /f } }
  office: { role: office }
events:
  order.paid: { data: { type: object } }
  parcel.sent: { data: { type: object, properties: { id: { type: string } } } }
states:
  reserve:
    call: stock.reserve
    retry: { on: [network], attempts: 3, delay: 1s, factor: 1 }
    timeout: 5s
    assign: { tries: "\${ vars.tries + 1 }" }
    compensate: { call: stock.release }
    next: ask
  ask:
    human:
      title: May it be paid?
      assignee: office
      due: 1h
      escalate: [{ after: 2h, outcome: rejected }]
      form: { type: object, properties: { note: { type: string } }, additionalProperties: false }
    on: { approved: charge, rejected: refuse }
  refuse: { fail: { error: order.refused, message: refused } }
  charge:
    call: payments.charge
    compensate: { call: payments.refund }
    next: tell
  tell: { emit: order.paid, data: { amount: "\${ input.amount }" }, next: sent }
  sent:
    listen:
      on: { parcel.sent: { next: end } }
      timeout: 3h
      onTimeout: late
  late: { fail: { error: parcel.late, message: late } }
output: { tries: "\${ vars.tries }" }
`;

const SHARED = `workflow: ./order.workflow.yaml
mocks:
  stock.reserve: { return: {} }
  stock.release: { return: {} }
  payments.charge: { return: {} }
  payments.refund: { return: {} }
scenarios:
  one:
    input: { amount: 5 }
`;

const folder = mkdtempSync(join(tmpdir(), 'backstep-scenarios-'));
writeFileSync(join(folder, 'order.workflow.yaml'), WORKFLOW);
afterAll(() => rmSync(folder, { recursive: true }));

/** The only scenario of a file that goes on with `body`. */
function scenario(body: string): Scenario {
  const read = readScenarios(join(folder, 'order.workflow.test.yaml'), SHARED + body.replace(/^(?=.)/gm, '    '));
  if ('error' in read) throw new Error(JSON.stringify(read.error));
  const [only] = read.scenarios;
  if (only === undefined) throw new Error('no scenario');
  return only;
}

/** `LINE:COLUMN message: expected, actual` for everything that is not as expected. */
async function failuresOf(body: string): Promise<readonly string[]> {
  const { failures } = await runScenario(scenario(body));
  return failures.map(({ place, message, expected, actual }) => {
    const values = expected === undefined ? '' : `: ${JSON.stringify(expected)}, ${JSON.stringify(actual)}`;
    return `${place.line}:${place.column} ${message}${values}`;
  });
}

const PAID = `decisions: { ask: { after: 30m, outcome: approved, form: { note: fine } } }
events: [{ at: 2h, type: parcel.sent, data: { id: p-1 } }]
`;

describe('a scenario that goes as expected', () => {
  it.each([
    [
      'decisions come after their delay and events at their time',
      `${PAID}expect:
  status: completed
  path: [reserve, ask, charge, tell, sent]
  compensated: []
  calls: { stock.reserve: 1, payments.charge: 1, payments.refund: 0, state:reserve: 1 }
  output: { tries: 1 }
  vars: { tries: 1 }
  emitted: [{ type: order.paid, data: { amount: 5 } }]
  duration: 2h
`,
    ],
    [
      'a list of mocks is used up one a call, and its last serves on',
      `${PAID}mocks: { stock.reserve: [{ fail: { error: network } }, { delay: 2s, return: {} }] }
expect: { status: completed, calls: { stock.reserve: 2 }, emitted: [order.paid] }
`,
    ],
    [
      'a mock of a state goes before that of its operation',
      `${PAID}mocks: { state:charge: { fail: { error: http.402, message: declined } } }
expect:
  status: compensated
  error: { error: http.402, message: declined, status: 402 }
  compensated: [reserve]
`,
    ],
    [
      'a mock that takes longer than the timeout makes the call time out, and the retries take their time',
      `mocks: { stock.reserve: { delay: 1m, return: {} } }
expect: { status: failed, error: timeout, calls: { stock.reserve: 1 }, duration: 5s }
`,
    ],
    ['nobody decides, so that the task is escalated', 'expect: { status: compensated, error: order, duration: 2h }\n'],
    [
      'an event that comes too late',
      `decisions: { ask: { outcome: approved } }
events: [{ at: 4h, type: parcel.sent, data: { id: p-1 } }]
expect: { status: compensated, error: parcel.late, compensated: [charge, reserve], duration: 3h }
`,
    ],
    [
      'a compensation that fails for good',
      `decisions: { ask: { outcome: approved } }
mocks: { payments.refund: { fail: { error: http.409 } } }
expect:
  status: suspended
  compensated: [reserve]
  suspended: [{ state: charge, action: payments.refund, error: http.409 }]
`,
    ],
    [
      'a crash after a state was completed repeats nothing',
      `${PAID}crash: { after: charge }
expect:
  status: completed
  path: [reserve, ask, charge, tell, sent]
  calls: { stock.reserve: 1, payments.charge: 1 }
  emitted: [order.paid]
  duration: 2h
`,
    ],
    [
      'a crash before a completion is recorded repeats the call',
      `${PAID}crash: { before: charge }
expect: { status: completed, calls: { payments.charge: 2 }, duration: 2h }
`,
    ],
    [
      'a crash while a person is asked',
      `${PAID}crash: { before: ask }
expect: { status: completed, path: [reserve, ask, charge, tell, sent], duration: 2h }
`,
    ],
    ['nothing is expected', PAID],
  ])('%s', async (_, body) => {
    expect(await failuresOf(body)).toEqual([]);
  });
});

describe('a scenario that does not', () => {
  it('finds each expectation that does not hold at its place', async () => {
    const failures = await failuresOf(`${PAID}expect:
  status: compensated
  error: http
  path: [reserve]
  compensated: [reserve]
  calls: { stock.reserve: 2 }
  output: { tries: 2 }
  vars: { tries: 2 }
  emitted: []
  suspended: true
  duration: 1h
`);
    expect(failures).toEqual([
      '13:7 Another status: "compensated", "completed"',
      '14:7 Another error: "http", null',
      '15:7 Another path: ["reserve"], ["reserve","ask","charge","tell","sent"]',
      '16:7 Another compensated: ["reserve"], []',
      '17:16 Another number of calls of stock.reserve: 2, 1',
      '18:7 Another output: {"tries":2}, {"tries":1}',
      '19:15 Another vars.tries: 2, 1',
      '20:7 Another emitted: [], ["order.paid"]',
      '21:7 Another suspended: true, false',
      '22:7 Another duration: "1h", "2h"',
    ]);
  });

  it('fails for a call without a mock, whatever came of it', async () => {
    const text = SHARED.replace(/^ {2}payments.charge.*\n/m, '').concat(
      '    decisions: { ask: { outcome: approved } }\n',
    );
    const read = readScenarios(join(folder, 'order.workflow.test.yaml'), text);
    if ('error' in read) throw new Error(read.error.message);
    const [first] = read.scenarios;
    const failures = first === undefined ? [] : (await runScenario(first)).failures;
    expect(failures.map(({ message }) => message)).toEqual(['There is no mock for payments.charge, which was called']);
  });

  it('fails for a decision that the open task refuses', async () => {
    const given = scenario('decisions: { ask: { after: 5m, outcome: approved } }\n');
    const decision = { after: 5, outcome: 'approved', form: { nte: 1 }, actor: 'ann', way: ['decisions', 'ask'] };
    const { failures } = await runScenario({ ...given, decisions: new Map([['ask', [decision]]]) });
    expect(failures).toMatchObject([
      { message: expect.stringContaining('nte') as string, place: { line: 10, column: 18 } },
    ]);
  });

  it('answers the task of a compensation by the name of its state', async () => {
    const workflow = `workflow: asks
participants: { s: { baseUrl: http://localhost, operations: { a: { http: POST /a } } }, office: { role: office } }
states:
  a: { call: s.a, compensate: { human: { title: Undo it, assignee: office, outcomes: [undone] } }, next: b }
  b: { fail: { error: no.good } }
`;
    writeFileSync(join(folder, 'asks.workflow.yaml'), workflow);
    const text = `workflow: ./asks.workflow.yaml
scenarios:
  one:
    mocks: { s.a: { return: {} } }
    decisions: { a: { after: 2h, outcome: undone } }
    expect: { status: compensated, compensated: [a], duration: 2h }
`;
    const read = readScenarios(join(folder, 'asks.workflow.test.yaml'), text);
    if ('error' in read) throw new Error(read.error.message);
    const [first] = read.scenarios;
    expect(first === undefined ? null : (await runScenario(first)).failures).toEqual([]);
  });

  it('fails when the crash did not come, and when no run can be begun', async () => {
    expect(await failuresOf('crash: { after: refuse }\ndecisions: { ask: { outcome: approved } }\n')).toEqual([
      '10:14 The crash after refuse did not come: the run never came that far',
    ]);
    const { failures } = await runScenario({ ...scenario(''), input: { amount: 'five' } });
    expect(failures).toMatchObject([
      { message: expect.stringContaining('amount') as string, place: { line: 9, column: 5 } },
    ]);
  });
});

it('says what is wrong with a file that cannot be played, and where', () => {
  const file = join(folder, 'order.workflow.test.yaml');
  const wrong = readScenarios(file, `${SHARED}    expekt: {}\n`);
  expect(wrong).toMatchObject({ error: { findings: [{ code: 'unknown-key' }] } });
});

it('counts what the scenarios entered', async () => {
  const coverage = createCoverage();
  for (const body of [PAID, 'decisions: { ask: { outcome: approved } }\n']) {
    const { played } = await runScenario(scenario(body));
    coverage.add(played?.runs ?? []);
  }
  const missed = coverage.report().flatMap(({ parts }) => parts.filter(({ hits }) => hits === 0));
  expect(missed.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['transition ask → refuse', 'state refuse']);
  const hits = coverage.report()[0]?.parts.map(({ name, kind, hits }) => [kind, name, hits]);
  expect(hits).toContainEqual(['compensation', 'charge', 1]);
  expect(hits).toContainEqual(['transition', 'sent → late', 1]);
});
