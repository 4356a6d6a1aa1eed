/** The table of symbols: from any place that names something to its declaration and to all of its uses. */
import { describe, expect, it } from 'vitest';
import { type Analysis, declarationAt, referencesTo, visibleFrom } from '../../language/index.ts';
import { analyseMarked } from '../support/markers.ts';

/** Where the name at the cursor is declared and used, as `line:column text`, the declaration first. */
function places(source: string): readonly string[] {
  const { document, analysis } = analyseMarked(source);
  const declaration = declarationAt(analysis.symbols, document.main.cursor ?? -1);
  if (declaration === null) return [];
  const own = declaration.file === null ? place(analysis, declaration.range) : declaration.file;
  return [own, ...referencesTo(analysis.symbols, declaration).map((one) => place(analysis, one.range))];
}

function place({ text }: Analysis, range: { readonly start: number; readonly end: number }): string {
  const before = text.slice(0, range.start).split('\n');
  return `${before.length}:${(before.at(-1) ?? '').length + 1} ${text.slice(range.start, range.end)}`;
}

describe('each kind of name', () => {
  it.each([
    [
      'a state, in transitions and results',
      `
      workflow: w
      start: pay
      states:
        pay: { set: {}, catch: [{ next: "pay" }], maxVisits: 2, next: ship }
        ship: { call: log, with: { message: "\${ results.p$0ay.id }" }, next: end }
      `,
      ['4:3 pay', '2:8 pay', '4:36 pay', '5:51 pay'],
    ],
    [
      'a state of the nearer scope',
      `
      workflow: w
      states:
        a:
          scope: { states: { a: { set: {}, next: b }, b: { set: {}, output: "\${ results.$0a }", next: end } } }
          next: end
      `,
      ['4:24 a', '4:83 a'],
    ],
    [
      'a variable',
      `
      workflow: w
      vars: { n: 0 }
      states:
        a: { set: { n: "\${ vars.n + 1 }" }, next: { when: "\${ vars.$0n > 1 }", assign: { n: 0 }, next: end } }
      `,
      ['2:9 n', '4:62 n', '4:15 n', '4:27 n', '4:82 n'],
    ],
    [
      'a participant',
      `
      workflow: w
      participants: { s: { baseUrl: http://localhost, operations: { a: { http: POST /a }, b: { http: POST /b } } } }
      states:
        x: { call: $0s.a, compensate: { call: s.b }, next: end }
      `,
      ['2:17 s', '4:14 s', '4:39 s'],
    ],
    [
      'an operation',
      `
      workflow: w
      participants: { s: { baseUrl: http://localhost, operations: { a: { http: POST /a }, b: { http: POST /b } } } }
      states:
        x: { call: s.a, compensate: { call: s.$0b }, next: end }
      `,
      ['2:85 b', '4:41 b'],
    ],
    [
      'an operation of a document',
      `
      workflow: w
      participants: { s: { openapi: ./s.yaml } }
      states:
        x: { call: s.$0look, next: end }
      #- s.yaml
      openapi: 3.1.0
      info: { title: S, version: "1" }
      paths: { /a: { get: { operationId: look, responses: {} } } }
      `,
      ['./s.yaml', '4:16 look'],
    ],
    [
      'a policy',
      `
      workflow: w
      policies: { retry: { often: { attempts: 3 } }, timeout: { often: 3s } }
      states:
        x: { call: log, with: { message: m }, retry: of$0ten, timeout: often, compensate: { call: log, with: { message: m }, retry: often }, next: end }
      `,
      ['2:22 often', '4:48 often', '4:125 often'],
    ],
    [
      'an event',
      `
      workflow: w
      events: { order.p$0aid: {} }
      triggers: [{ event: order.paid }]
      states:
        x: { emit: order.paid, next: y }
        y: { listen: { on: { order.paid: end }, timeout: 1h, onTimeout: end } }
      `,
      ['2:11 order.paid', '3:21 order.paid', '5:14 order.paid', '6:24 order.paid'],
    ],
    [
      'an error',
      `
      workflow: w
      errors: { order.late: {} }
      states:
        x: { call: log, with: { message: m }, catch: [{ errors: [order.late], next: y }], next: end }
        y: { fail: { error: order.l$0ate } }
      `,
      ['2:11 order.late', '4:60 order.late', '5:23 order.late'],
    ],
    [
      'a role',
      `
      workflow: w
      participants: { boss: { role: boss } }
      states:
        x:
          human: { assignee: bo$0ss, due: 1h, escalate: [{ after: 1h, to: boss }, { after: 2h, notify: boss }] }
          on: { done: end }
      `,
      ['2:17 boss', '5:24 boss', '5:67 boss', '5:96 boss'],
    ],
    [
      'an outcome',
      `
      workflow: w
      states:
        x:
          human: { outcomes: [yes, no], due: 1h, escalate: [{ after: 1h, outcome: n$0o }] }
          on: { yes: end, no: end }
      `,
      ['4:30 no', '4:77 no', '5:21 no'],
    ],
  ])('%s', (_, source, expected) => expect([...places(source)].sort()).toEqual([...expected].sort()));

  it('nothing where no name stands', () => {
    expect(places('workflow: w\nstates: { a: { set: {$0}, next: end } }')).toEqual([]);
  });
});

describe('what can be named', () => {
  it('is the states of a scope, and the variables outwards, the nearer ones first', () => {
    const { analysis } = analyseMarked(`
      workflow: w
      vars: { x: 0, y: 0 }
      states:
        a:
          scope: { vars: { y: 1, z: 1 }, states: { b: { set: { x: 1, y: 1, z: 1 }, next: end } } }
          next: end
    `);
    const inner = analysis.workflow.scopes.find((scope) => scope.id === 'a');
    if (inner === undefined) throw new Error('There is no scope.');
    expect(visibleFrom(analysis.symbols, 'state', inner).map((one) => one.name)).toEqual(['b']);
    const variables = visibleFrom(analysis.symbols, 'variable', inner);
    expect(variables.map((one) => `${one.scope?.id ?? ''}/${one.name}`)).toEqual(['a/y', 'a/z', '/x']);
  });
});
