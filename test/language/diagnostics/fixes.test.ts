/** Findings where nothing near offers itself: each code that has quick fixes has one there, too. */
import { describe, expect, it } from 'vitest';
import { analyse, type DiagnosticCode, fixesFor, readRules } from '../../../language/index.ts';
import { fixAll } from '../../../server/features/actions.ts';
import { apply, expectFixes } from './cases.ts';

/** What is wrong, the document, and the findings that a fix may leave because it takes several. */
const SITUATIONS: readonly (readonly [DiagnosticCode, string, string, ...(readonly DiagnosticCode[])])[] = [
  ['unknown-state', 'in a scope', 'a: { scope: { states: { b: { set: {}, next: zzzz } } }, next: end }'],
  [
    'unknown-state',
    'in a branch',
    'a: { parallel: { branches: { x: { states: { b: { set: {}, next: zzzz } } } } }, next: end }',
  ],
  ['unknown-state', 'in an item', 'a: { foreach: { in: [1], states: { b: { set: {}, next: zzzz } } }, next: end }'],
  [
    'unknown-state',
    'in a compensation',
    'a: { set: {}, compensate: { scope: { states: { b: { set: {}, next: zzzz } } } }, next: end }',
  ],
  [
    'unknown-state',
    'as the beginning',
    'a: { scope: { start: zzzz, states: { b: { set: {}, next: end } } }, next: end }',
    'unreachable-state',
  ],
  [
    'unknown-state',
    'as the end at the beginning',
    'a: { scope: { start: end, states: { b: { set: {}, next: end } } }, next: end }',
  ],
  ['unknown-state', 'with a name that none can have', 'a: { set: {}, next: z-z }'],
  [
    'unknown-state',
    'of the scope around',
    'a: { scope: { states: { b: { set: {}, next: c } } }, next: c }\n  c: { set: {}, next: end }',
  ],
  ['unknown-participant', 'with an operation', 'a: { call: zzzz.run, timeout: 5s, compensate: none, next: end }'],
  ['unknown-participant', 'alone', 'a: { call: zzzz, timeout: 5s, compensate: none, next: end }'],
  ['unknown-participant', 'nearly a built-in one', 'a: { call: lgo, next: end }', 'call-without-timeout'],
  ['unknown-operation', 'none of several', 'a: { call: tools, timeout: 5s, compensate: none, next: end }'],
  ['unknown-operation', 'none of no operations', 'a: { call: bare, timeout: 5s, compensate: none, next: end }'],
  ['unknown-operation', 'of a role', 'a: { call: team, next: end }', 'call-without-timeout'],
  ['unknown-operation', 'like none', 'a: { call: tools.zzzz, timeout: 5s, compensate: none, next: end }'],
  ['unknown-role', 'of a participant without one', 'a: { human: { title: t, assignee: tools, due: 1h }, next: end }'],
  ['unknown-root', 'like none', 'a: { set: { x: "${ zzzz }" }, next: end }'],
  ['unknown-root', 'with a path', 'a: { set: { x: "${ zzzz.y.z + 1 }" }, next: end }'],
  ['unknown-root', 'that is none here', 'a: { set: { x: "${ outcome }" }, next: end }'],
  ['unknown-property', 'like none', 'a: { set: { x: "${ input.zzzz }" }, next: end }'],
  ['unknown-property', 'of a text', 'a: { set: { x: "${ input.name.first }" }, next: end }'],
  ['unknown-property', 'of the results', 'a: { set: { x: "${ results.zzzz }" }, next: end }', 'result-not-certain'],
  ['unknown-function', 'with an argument', 'a: { set: { x: "${ $zzzz(input.name) }" }, next: end }'],
  ['unknown-function', 'with two', 'a: { set: { x: "${ $zzzzzzzz(input.name, 2) }" }, next: end }', 'type-mismatch'],
  ['unknown-function', '$eval', 'a: { set: { x: "${ $eval(input.name) }" }, next: end }'],
  ['no-kind', 'of a state without anything', 'a:', 'missing-next'],
  ['no-kind', 'of a compensation', 'a: { set: {}, compensate: { retry: { attempts: 3 } }, next: end }'],
  ['no-kind', 'of a compensation without anything', 'a:\n    set: {}\n    compensate: {}\n    next: end'],
  ['no-kind', 'of a confirmation', 'a: { set: {}, confirm: { retry: { attempts: 3 } }, compensate: none, next: end }'],
  [
    'missing-key',
    'of a step of escalation',
    'a: { human: { title: t, assignee: team, due: 1h, escalate: [{ after: 2h }] }, on: { yes: end } }',
    'escalation-order',
  ],
  [
    'call-without-timeout',
    'where the compensation reads the result',
    'a: { call: tools.reserve, compensate: { call: tools.release, with: { id: "${ result.id }" }, retry: { attempts: 3 } }, next: b }\n  b: { fail: { error: x } }',
  ],
  [
    'unknown-outcome-on-timeout',
    'where the compensation reads the result',
    'a:\n    call: tools.reserve\n    timeout: 5s\n    compensate:\n      call: tools.release\n      with: { id: "${ result.id }" }\n      retry: { attempts: 3 }\n    next: b\n  b: { fail: { error: x } }',
  ],
  ['event-not-a-fact', 'where the past is taken', 'a: { emit: ship, next: b }\n  b: { emit: shipped, next: end }'],
];

const HEAD = `workflow: w
input: { type: object, properties: { name: { type: string } } }
vars: { x: null }
participants:
  tools: { operations: { reserve: { shell: [reserve], output: {} }, release: { shell: [release] } } }
  bare: { baseUrl: "https://example.com", operations: {} }
  team: { role: team }
events: { ship: { data: {} }, shipped: { data: {} } }
states:
  `;

describe('a quick fix is there', () => {
  const situations = SITUATIONS.map(([code, what, states, ...leave]) => ({ code, what, states, leave }));
  it.each(situations)('for $code $what', ({ code, states, leave }) => {
    const source = `${HEAD}${states}\n`;
    const rules = { 'unused-declaration': 'off', 'event-never-sent': 'off', 'no-contract': 'off' } as const;
    expect(analyse(source, { rules }).diagnostics.map((one) => one.code)).toContain(code);
    expectFixes(source, leave, { rules });
  });

  it.each([
    ['an empty file', ''],
    ['a participant without anything', 'workflow: w\nparticipants:\n  p:\nstates: { a: { set: {}, next: end } }\n'],
    [
      'a participant with other keys',
      'workflow: w\nparticipants: { p: { description: x } }\nstates: { a: { set: {}, next: end } }\n',
    ],
    [
      'an operation',
      'workflow: w\nparticipants: { p: { operations: { run: {} } } }\nstates: { a: { call: p.run, timeout: 5s, next: end } }\n',
    ],
    [
      'an operation without anything',
      'workflow: w\nparticipants:\n  p:\n    baseUrl: https://example.com\n    operations:\n      run:\nstates: { a: { call: p.run, timeout: 5s, next: end } }\n',
    ],
    ['a trigger', 'workflow: w\ntriggers: [{ when: "${ true }" }]\nstates: { a: { set: {}, next: end } }\n'],
  ])('for missing-key of %s', (_, text) => {
    const found = analyse(text).diagnostics.filter(({ code }) => code === 'missing-key');
    expect(found).not.toEqual([]);
    for (const one of found) {
      const [fix] = fixesFor(analyse(text), one);
      if (fix === undefined) throw new Error(`${one.message} has no fix`);
      const left = analyse(apply(text, fix)).diagnostics.filter(({ code }) => code === 'missing-key');
      expect(
        left.map(({ message }) => message),
        apply(text, fix),
      ).not.toContain(one.message);
      expect(left.length).toBeLessThan(found.length);
    }
  });

  it('for the settings of a workspace', () => {
    const text = 'rulez: {}\nrules:\n  unbounded-lop: off\n  zzzz: off\n';
    const { diagnostics } = readRules(text);
    expect(diagnostics.map(({ code }) => code)).toEqual(['unknown-key', 'unknown-key', 'unknown-key']);
    const fixed = diagnostics.map((one) => {
      const [fix] = fixesFor(analyse(text), one);
      return fix === undefined ? text : apply(text, fix);
    });
    for (const one of fixed) expect(readRules(one).diagnostics).toHaveLength(2);
    expect(fixed[1]).toContain('unbounded-loop: off');
  });
});

describe('a compensation that reads the result', () => {
  const source = (states: string): string => `workflow: w
input: { type: object, properties: { order: { type: string } } }
participants:
  bank:
    baseUrl: https://example.com
    operations:
      charge: { http: POST /charges, output: { type: object, properties: { id: { type: string } } } }
      refund: { http: "POST /orders/{order}/refund" }
states:
  pay:
${states}
    next: ship
  ship: { fail: { error: x } }
`;
  const TITLE = 'Let the compensation count from the attempt, with what the call was given';

  it.each([
    [
      'in one line',
      '    call: bank.charge\n    with: { order: "${ input.order }" }\n    timeout: 5s\n    compensate: { call: bank.refund, with: { order: "${ result.id }" }, retry: { attempts: 3 } }',
      'compensate: { call: bank.refund, with: { order: "${ input.order }" }, retry: { attempts: 3 }, after: attempt }',
    ],
    [
      'over several, at the end',
      '    call: bank.charge\n    with: { order: "${ input.order }" }\n    timeout: 5s\n    compensate:\n      call: bank.refund\n      retry: { attempts: 3 }\n      with:\n        order: "${ result.id }"',
      '      with:\n        { order: "${ input.order }" }\n      after: attempt\n',
    ],
  ])('is given what the call was given, %s', (_, states, expected) => {
    const analysis = analyse(source(states));
    const found = analysis.diagnostics.filter(({ code }) => code === 'unknown-outcome-on-timeout');
    expect(found).toHaveLength(1);
    const fixes = found.flatMap((one) => fixesFor(analysis, one));
    expect(fixes.map(({ title }) => title)).toEqual([TITLE]);
    const fixed = fixes.map((fix) => apply(analysis.text, fix)).join();
    expect(fixed).toContain(expected);
    expect(analyse(fixed).diagnostics.map(({ code }) => code)).toEqual(
      analysis.diagnostics.map(({ code }) => code).filter((code) => code !== 'unknown-outcome-on-timeout'),
    );
  });

  it('is so, too, where the call is given a timeout', () => {
    const text = source(
      '    call: bank.charge\n    with: { order: "${ input.order }" }\n    compensate: { call: bank.refund, with: { order: "${ result.id }" }, retry: { attempts: 3 } }',
    );
    expectFixes(text, [], {});
    const analysis = analyse(text);
    const found = analysis.diagnostics.filter(({ code }) => code === 'call-without-timeout');
    expect(found.flatMap((one) => fixesFor(analysis, one)).map(({ silences }) => silences)).toEqual([undefined]);
  });
});

describe('a comment', () => {
  it('silences what no fix puts right, but never by itself', () => {
    const text = `${HEAD}a:\n    call: tools.reserve\n    timeout: 5s\n    compensate: { call: tools.release, with: { id: "\${ result.id }" }, retry: { attempts: 3 } }\n    next: b\n  b: { fail: { error: x } }\n`;
    const analysis = analyse(text);
    const found = analysis.diagnostics.find(({ code }) => code === 'unknown-outcome-on-timeout');
    const fixes = found === undefined ? [] : fixesFor(analysis, found);
    expect(fixes.map(({ title }) => title)).toEqual(['Silence ‘unknown-outcome-on-timeout’ here']);
    expect(fixes.map((fix) => apply(text, fix)).join()).toContain(
      '    # backstep-disable-next-line unknown-outcome-on-timeout\n    compensate:',
    );
    expect(fixAll(analysis).some(({ newText }) => newText.includes('disable'))).toBe(false);
  });
});
