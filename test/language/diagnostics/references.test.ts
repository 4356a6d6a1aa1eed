/**
 * Family references: each code on the right place, a near miss without it, and its fixes.
 *
 * It is long because it is one table: a pair of documents for each code.
 */
import { describe, expect, it } from 'vitest';
import { analyse } from '../../../language/index.ts';
import { testCases } from './cases.ts';

testCases(
  'references',
  [
    {
      code: 'unknown-state',
      faulty: `
      workflow: w
      states:
        reserve: { set: {}, next: chagre }
      #                           ^^^^^^ unknown-state Did you mean ‘charge’?
        charge: { set: {}, next: end }
      # ^^^^^^ unreachable-state
    `,
      fixesLeave: ['unreachable-state'],
      nearMiss: `
      workflow: w
      states:
        reserve: { set: {}, next: charge }
        charge: { set: {}, next: end }
    `,
    },
    {
      code: 'unknown-state',
      name: 'a state inside of a branch',
      faulty: `
      workflow: w
      states:
        a:
          parallel:
            branches:
              mail: { states: { send: { set: {}, next: end } } }
          next: send
      #         ^^^^ unknown-state ‘send’ is a state inside of ‘a/mail’
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          parallel:
            branches:
              mail: { states: { send: { set: {}, next: end } } }
          next: send
        send: { set: {}, next: end }
    `,
    },
    {
      code: 'unknown-state',
      name: 'what a scope listens to leads to a sibling',
      faulty: `
      workflow: w
      events: { order.cancelled: {} }
      states:
        a:
          scope:
            on: { order.cancelled: inner }
      #                            ^^^^^ unknown-state inside of ‘a’
            states: { inner: { wait: 1h, next: end } }
          next: end
    `,
      nearMiss: `
      workflow: w
      events: { order.cancelled: {} }
      states:
        a:
          scope:
            on: { order.cancelled: outer }
            catch: [{ next: inner }]
            states: { inner: { wait: 1h, next: end } }
          next: end
        outer: { fail: { error: cancelled } }
    `,
    },
    {
      code: 'unknown-state',
      name: 'start, catch, rollback and switch',
      faulty: `
      workflow: w
      start: end
      #      ^^^ unknown-state
      catch:
        - { errors: [any], next: clean }
      #                          ^^^^^ unknown-state
      states:
        a:
          switch: [{ when: "\${ input.x }", next: bb }, { next: end }]
      #                                          ^^ unknown-state
        b: { rollback: { to: aa }, next: end }
      #                      ^^ unknown-state
    `,
      fixesLeave: ['unreachable-state', 'rollback-target'],
      nearMiss: `
      workflow: w
      start: a
      catch:
        - { errors: [any], next: b }
      states:
        a:
          switch: [{ when: "\${ input.x }", next: b }, { next: end }]
        b: { rollback: all, next: end }
    `,
    },
    {
      code: 'unknown-participant',
      faulty: `
      workflow: w
      participants:
        payments: { baseUrl: http://localhost, operations: { charge: { http: POST /charges } } }
      # ^^^^^^^^ unused-declaration
      states:
        a: { call: payment.charge, next: end }
      #            ^^^^^^^ unknown-participant Did you mean ‘payments’?
    `,
      fixesLeave: ['unused-declaration'],
      nearMiss: `
      workflow: w
      participants:
        payments: { baseUrl: http://localhost, operations: { charge: { http: POST /charges } } }
      states:
        a: { call: payments.charge, next: end }
    `,
    },
    {
      code: 'unknown-participant',
      name: 'a misspelt built-in operation',
      faulty: `
      workflow: w
      states:
        a: { call: htpp, with: { url: http://localhost }, next: end }
      #            ^^^^ unknown-participant Did you mean ‘http’?
    `,
      nearMiss: `
      workflow: w
      states:
        a: { call: http, with: { url: http://localhost }, next: end }
    `,
    },
    {
      code: 'unknown-operation',
      faulty: `
      workflow: w
      participants:
        payments: { baseUrl: http://localhost, operations: { charge: { http: POST /charges } } }
      #                                                      ^^^^^^ unused-declaration
      states:
        a: { call: payments.charg, next: end }
      #                     ^^^^^ unknown-operation Did you mean ‘charge’?
    `,
      fixesLeave: ['unused-declaration'],
      nearMiss: `
      workflow: w
      participants:
        payments: { baseUrl: http://localhost, operations: { charge: { http: POST /charges } } }
      states:
        a: { call: payments.charge, next: end }
    `,
    },
    {
      code: 'unknown-operation',
      name: 'of an OpenAPI document',
      faulty: `
      workflow: w
      participants: { stock: { openapi: ./stock.yaml } }
      states:
        a: { call: stock.reserv, next: end }
      #                  ^^^^^^ unknown-operation Did you mean ‘reserve’?
      #- stock.yaml
      openapi: 3.1.0
      info: { title: Stock, version: "1" }
      paths: { /reservations: { post: { operationId: reserve, responses: {} } } }
    `,
      nearMiss: `
      workflow: w
      participants: { stock: { openapi: ./stock.yaml } }
      states:
        a: { call: stock.reserve, next: end }
      #- stock.yaml
      openapi: 3.1.0
      info: { title: Stock, version: "1" }
      paths: { /reservations: { post: { operationId: reserve, responses: {} } } }
    `,
    },
    {
      code: 'unknown-operation',
      name: 'of a module',
      faulty: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.fromat, next: end }
      #                   ^^^^^^ unknown-operation Did you mean ‘format’?
      #- labels.ts
      export async function format(input: unknown) { return input; }
    `,
      nearMiss: `
      workflow: w
      participants: { labels: { module: ./labels.ts } }
      states:
        a: { call: labels.format, next: b }
        b: { call: labels.print, next: end }
      #- labels.ts
      export async function format(input: unknown) { return input; }
      const write = (input: unknown) => input;
      export { write as print };
    `,
    },
    {
      code: 'unknown-event',
      faulty: `
      workflow: w
      events: { order.placed: {} }
      #         ^^^^^^^^^^^^ unused-declaration
      states:
        a: { emit: order.place, next: end }
      #            ^^^^^^^^^^^ unknown-event Did you mean ‘order.placed’?
    `,
      fixesLeave: ['unused-declaration'],
      nearMiss: `
      workflow: w
      events: { order.placed: {} }
      states:
        a: { emit: order.placed, next: end }
    `,
    },
    {
      code: 'unknown-event',
      name: 'declared where no section is yet',
      faulty: `
      workflow: w
      states:
        a:
          listen:
            on: { payment.received: { next: end } }
      #           ^^^^^^^^^^^^^^^^ unknown-event Declare it under ‘events’
            timeout: 1h
            onTimeout: end
    `,
      nearMiss: `
      workflow: w
      events:
        payment.received:
      states:
        a:
          listen:
            on: { payment.received: { next: end } }
            timeout: 1h
            onTimeout: end
    `,
    },
    {
      code: 'unknown-policy',
      faulty: `
      workflow: w
      policies:
        retry:
          transient: { attempts: 3 }
      #   ^^^^^^^^^ unused-declaration
      states:
        a: { call: log, with: { message: x }, retry: transien, next: end }
      #                                              ^^^^^^^^ unknown-policy Did you mean ‘transient’?
    `,
      fixesLeave: ['unused-declaration'],
      nearMiss: `
      workflow: w
      policies:
        retry:
          transient: { attempts: 3 }
      states:
        a: { call: log, with: { message: x }, retry: transient, next: end }
    `,
    },
    {
      code: 'unknown-policy',
      name: 'of another kind',
      faulty: `
      workflow: w
      policies: { timeout: { quick: 5s } }
      states:
        a: { call: log, with: { message: x }, retry: quick, timeout: quick, next: end }
      #                                              ^^^^^ unknown-policy No retry policy ‘quick’
    `,
      nearMiss: `
      workflow: w
      policies: { timeout: { quick: 5s }, retry: { quick: { attempts: 2 } } }
      states:
        a: { call: log, with: { message: x }, retry: quick, timeout: quick, next: end }
    `,
    },
    {
      code: 'unknown-role',
      faulty: `
      workflow: w
      participants: { finance: { role: finance } }
      #               ^^^^^^^ unused-declaration
      states:
        a:
          human: { title: Approve, assignee: finanse, due: 1h }
      #                                      ^^^^^^^ unknown-role Did you mean ‘finance’?
          on: { approved: end }
    `,
      fixesLeave: ['unused-declaration'],
      nearMiss: `
      workflow: w
      participants: { finance: { role: finance } }
      states:
        a:
          human: { title: Approve, assignee: finance, due: 1h }
          on: { approved: end }
    `,
    },
    {
      code: 'unknown-role',
      name: 'a participant that is no role',
      faulty: `
      workflow: w
      participants: { tools: { operations: { list: { shell: [ls] } } } }
      states:
        a: { call: tools.list, next: b }
        b:
          human: { title: Approve, candidates: [tools], due: 1h }
      #                                         ^^^^^ unknown-role ‘tools’ has no role
          on: { approved: end }
    `,
      nearMiss: `
      workflow: w
      participants: { tools: { operations: { list: { shell: [ls] } } }, people: { role: staff } }
      states:
        a: { call: tools.list, next: b }
        b:
          human: { title: Approve, candidates: [people], due: 1h }
          on: { approved: end }
    `,
    },
    {
      code: 'unknown-variable',
      faulty: `
      workflow: w
      vars: { count: 0 }
      #       ^^^^^ unused-declaration
      states:
        a: { set: { coutn: 1 }, next: end }
      #             ^^^^^ unknown-variable Did you mean ‘count’?
    `,
      fixesLeave: ['unused-declaration'],
      nearMiss: `
      workflow: w
      vars: { count: 0 }
      states:
        a: { set: { count: 1 }, next: end }
    `,
    },
    {
      code: 'unknown-variable',
      name: 'read in an expression',
      faulty: `
      workflow: w
      vars: { total: 0 }
      states:
        a: { set: { total: "\${ vars.totl + 1 }" }, next: end }
      #                             ^^^^ unknown-variable Did you mean ‘total’?
    `,
      nearMiss: `
      workflow: w
      vars: { total: 0 }
      states:
        a: { set: { total: "\${ vars.total + $sum([1, 2]).vars.totl }" }, next: end }
    `,
    },
    {
      code: 'unknown-variable',
      name: 'set by a migration, which may read those of the older version',
      faulty: `
      workflow: w
      version: 2.0.0
      vars: { total: 0 }
      migrations: [ { from: "1.x", vars: { totl: "\${ vars.amount }" } } ]
      #                                    ^^^^ unknown-variable Did you mean ‘total’?
      states:
        a: { set: { total: "\${ vars.total + 1 }" }, next: end }
    `,
      nearMiss: `
      workflow: w
      version: 2.0.0
      vars: { total: 0 }
      migrations: [ { from: "1.x", vars: { total: "\${ vars.amount }" } } ]
      states:
        a: { set: { total: "\${ vars.total + 1 }" }, next: end }
    `,
    },
    {
      code: 'unknown-variable',
      name: 'of another scope',
      faulty: `
      workflow: w
      states:
        a:
          scope:
            vars: { inner: 0 }
            states: { b: { set: { inner: 1 }, next: end } }
          assign: { inner: 2 }
      #             ^^^^^ unknown-variable
          next: end
    `,
      nearMiss: `
      workflow: w
      vars: { outer: 0 }
      states:
        a:
          scope:
            vars: { inner: 0 }
            states: { b: { set: { inner: 1, outer: "\${ vars.inner }" }, next: end } }
          assign: { outer: 2 }
          next: end
    `,
    },
    {
      code: 'unknown-outcome',
      faulty: `
      workflow: w
      states:
        a:
          human:
            title: Approve
            outcomes: [approved, rejected]
            due: 1h
            escalate: [{ after: 1h, outcome: reject }]
      #                                      ^^^^^^ unknown-outcome Did you mean ‘rejected’?
          on: { approved: end, rejected: end }
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          human:
            title: Approve
            due: 1h
            escalate: [{ after: 1h, outcome: rejected }]
          on: { approved: end, rejected: end }
    `,
    },
    {
      code: 'unknown-outcome',
      name: 'in on',
      faulty: `
      workflow: w
      states:
        a:
          human: { title: Approve, outcomes: [yes, no], due: 1h }
          on: { yes: end, no: end, never: end }
      #                            ^^^^^ unknown-outcome It has ‘yes’, ‘no’.
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          human: { title: Approve, outcomes: [yes, no, never], due: 1h }
          on: { yes: end, no: end, never: end }
    `,
    },
    {
      code: 'unknown-outcome',
      name: 'in a task that undoes',
      faulty: `
      workflow: w
      states:
        a:
          human: { title: Approve, due: 1h }
          on: { done: end }
          compensate: { human: { title: Undo, outcomes: [undone], due: 1h, escalate: [{ after: 1h, outcome: done }] } }
      #                                                                                                     ^^^^ unknown-outcome It has ‘undone’.
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          human: { title: Approve, due: 1h }
          on: { done: end }
          compensate: { human: { title: Undo, outcomes: [undone], due: 1h, escalate: [{ after: 1h, outcome: undone }] } }
    `,
    },
    {
      code: 'missing-file',
      faulty: `
      workflow: w
      participants: { stock: { openapi: ./stok.yaml } }
      #                                 ^^^^^^^^^^^ missing-file does not exist
      states:
        a: { call: stock.reserve, timeout: 5s, next: b }
        b: { run: ./child.workflow.yaml, next: end }
      #           ^^^^^^^^^^^^^^^^^^^^^ missing-file
    `,
      nearMiss: `
      workflow: w
      participants: { stock: { openapi: ./stock.yaml } }
      states:
        a: { call: stock.reserve, timeout: 5s, next: b }
        b: { run: ./child.workflow.yaml, next: end }
      #- stock.yaml
      openapi: 3.1.0
      info: { title: Stock, version: "1" }
      paths: { /reservations: { post: { operationId: reserve, responses: {} } } }
      #- child.workflow.yaml
      workflow: child
      states: { a: { set: {}, next: end } }
    `,
    },
    {
      code: 'missing-file',
      name: 'a document that is none',
      faulty: `
      workflow: w
      participants: { stock: { openapi: ./stock.yaml } }
      #                                 ^^^^^^^^^^^^ missing-file can’t be used
      states:
        a: { call: stock.reserve, next: end }
      #- stock.yaml
      swagger: "2.0"
    `,
      nearMiss: `
      workflow: w
      participants: { stock: { openapi: ./stock.yaml } }
      states:
        a: { call: stock.reserve, next: end }
      #- stock.yaml
      openapi: 3.0.3
      info: { title: Stock, version: "1" }
      paths: { /reservations: { post: { operationId: reserve, responses: {} } } }
    `,
    },
    {
      code: 'unused-declaration',
      faulty: `
      workflow: w
      vars:
        used: 0
        forgotten: 0
      # ^^^^^^^^^ unused-declaration the variable ‘forgotten’
      participants:
        people:
      # ^^^^^^ unused-declaration the participant ‘people’
          role: staff
      events:
        order.placed: {}
      # ^^^^^^^^^^^^ unused-declaration the event ‘order.placed’
      errors:
        order.refused: {}
      # ^^^^^^^^^^^^^ unused-declaration the error ‘order.refused’
      policies:
        retry:
          slow: { attempts: 9 }
      #   ^^^^ unused-declaration the retry policy ‘slow’
      states:
        a: { set: { used: 1 }, next: end }
    `,
      nearMiss: `
      workflow: w
      vars: { used: 0, handed: 0 }
      participants: { people: { role: staff } }
      events: { order.placed: {} }
      errors: { order.refused: {}, stock.empty: {} }
      policies: { retry: { slow: { attempts: 9 } } }
      triggers: [{ event: order.placed }]
      catch: [{ errors: [order.refused, stock], next: end }]
      states:
        a: { call: log, with: { message: "\${ $string(vars) }" }, retry: slow, next: b }
        b:
          human: { title: Look, due: 1h, candidates: people }
          on: { done: end }
    `,
    },
    {
      code: 'recursive-run',
      faulty: `
      workflow: w
      states:
        a: { run: ./main.workflow.yaml, next: end }
      #           ^^^^^^^^^^^^^^^^^^^^ recursive-run runs itself
    `,
      nearMiss: `
      workflow: w
      states:
        a: { run: ./child.workflow.yaml, next: end }
      #- child.workflow.yaml
      workflow: child
      states: { a: { set: {}, next: end } }
    `,
    },
    {
      code: 'recursive-run',
      name: 'by way of another',
      faulty: `
      workflow: w
      states:
        a: { run: ./parts/child.workflow.yaml, next: end }
      #           ^^^^^^^^^^^^^^^^^^^^^^^^^^^ recursive-run by way of parts/child.workflow.yaml
      #- parts/child.workflow.yaml
      workflow: child
      states:
        a:
          scope: { states: { b: { run: ../main.workflow.yaml, next: end } } }
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a: { run: ./parts/child.workflow.yaml, next: end }
      #- parts/child.workflow.yaml
      workflow: child
      states: { a: { run: ./main.workflow.yaml, next: end } }
      #- parts/main.workflow.yaml
      workflow: another
      states: { a: { set: {}, next: end } }
    `,
    },
  ],
  'references',
);

describe('files that are not known yet', () => {
  const text = `
workflow: w
participants: { stock: { openapi: ./stock.yaml }, labels: { module: ./labels.ts } }
states:
  a: { call: stock.reserve, timeout: 5s, next: b }
  b: { call: labels.format, timeout: 5s, next: c }
  c: { run: ./child.workflow.yaml, next: end }
`;

  it('are not judged', () => {
    expect(analyse(text).diagnostics).toEqual([]);
    expect(analyse(text, { resource: () => undefined }).diagnostics).toEqual([]);
  });

  it('are not judged by a module that hands on what others export', () => {
    const resource = (path: string): { kind: 'text'; text: string } | undefined =>
      path === './labels.ts' ? { kind: 'text', text: "export * from './more.ts';" } : undefined;
    expect(analyse(text, { resource }).diagnostics).toEqual([]);
  });
});
