/**
 * Family saga: each code on the right place, a near miss without it, and its fixes.
 *
 * It is long because it is one table: a pair of documents for each code.
 */
import { describe, expect, it } from 'vitest';
import { analyse } from '../../../language/index.ts';
import { type Case, testCases } from '../diagnostics/cases.ts';

/** A service with operations of every kind; those that a document does not use are no findings. */
const PARTICIPANTS =
  'participants: { pay: { module: ./pay.ts, operations: { status: { effect: read }, print: { idempotent: false } } } }';
const MODULE = `
      #- pay.ts
      export { charge, refund, status, ship, print } from './service.ts';
`;

const CASES: readonly Case[] = [
  {
    code: 'missing-compensation',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, with: { id: 1 }, timeout: 5s, next: b }
      # ^ missing-compensation ‘b’ can fail
        b: { call: pay.ship, timeout: 5s, compensate: none, next: c }
        c: { call: pay.print, timeout: 5s, next: d }
        d: { call: log, with: { message: done }, next: e }
        e: { switch: [{ when: "\${ input.x }", next: end }, { next: f }] }
        f: { set: {}, next: end }
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, with: { id: 1 }, timeout: 5s, compensate: { call: pay.refund, after: attempt, retry: { attempts: 3 } }, next: b }
        b: { call: pay.status, timeout: 5s, next: c }
        c: { call: pay.ship, timeout: 5s, next: d }
        d: { call: log, with: { message: done }, next: e }
        e: { human: { title: Look, due: 1h }, on: { ok: end, odd: end } }
    `,
  },
  {
    code: 'missing-compensation',
    name: 'recovery forwards, errors that are caught, a pivot',
    faulty: `
      workflow: w
      recovery: compensate
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, next: b }
      # ^ missing-compensation
        b: { call: pay.ship, timeout: 5s, catch: [{ errors: [timeout], next: c }], next: end }
        c: { set: {}, next: end }
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, next: b }
        b: { call: pay.print, timeout: 5s, catch: [{ next: c }], next: c }
        c: { call: pay.refund, timeout: 5s, catch: warn, next: d }
        d: { wait: 1s, pivot: true, next: e }
        e: { call: pay.ship, timeout: 5s, retry: { attempts: 2 }, next: end }
    `,
  },
  {
    code: 'missing-compensation',
    name: 'another branch can fail',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        both:
          parallel:
            branches:
              x: { states: { a: { call: pay.charge, timeout: 5s, next: end } } }
      #                      ^ missing-compensation the branch ‘y’ can fail
              y: { states: { b: { call: pay.status, timeout: 5s, next: end } } }
          next: end
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        both:
          parallel:
            onBranchError: collect
            branches:
              x: { states: { a: { call: pay.charge, timeout: 5s, next: end } } }
              y: { states: { b: { call: pay.status, timeout: 5s, next: end } } }
          next: end
    `,
  },
  {
    code: 'missing-compensation',
    name: 'another item can fail',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        each: { foreach: { in: "\${ input.items }", call: pay.charge, timeout: 5s }, next: end }
      # ^^^^ missing-compensation another item can fail
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        each: { foreach: { in: "\${ input.items }", onItemError: collect, call: pay.charge, timeout: 5s }, next: end }
    `,
  },
  {
    code: 'missing-compensation',
    name: 'behind the scope that holds it',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        inner:
          scope: { states: { a: { call: pay.charge, timeout: 5s, next: end } } }
      #                      ^ missing-compensation ‘b’ can fail
          next: b
        b: { fail: { error: order.refused } }
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        inner:
          scope: { states: { a: { call: pay.charge, timeout: 5s, next: end } } }
          compensate: { call: pay.refund, retry: { attempts: 3 } }
          next: b
        b: { fail: { error: order.refused } }
    `,
  },
  {
    code: 'missing-compensation',
    name: 'a rollback, and one that does not reach back so far',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        s: { set: {}, next: a }
        a: { call: pay.charge, timeout: 5s, next: b }
      # ^ missing-compensation ‘b’ can roll it back
        b: { rollback: { to: s }, next: end }
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        s: { set: {}, next: a }
        a: { call: pay.charge, timeout: 5s, next: b }
        b: { rollback: { to: a }, next: end }
    `,
  },
  {
    code: 'compensation-never-used',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { wait: 1s, pivot: true, next: b }
        b: { call: pay.charge, timeout: 5s, retry: { attempts: 2 }, compensate: { call: pay.refund }, next: end }
      #                                                             ^^^^^^^^^^ compensation-never-used comes after a pivot
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        s: { switch: [{ when: "\${ input.x }", next: a }, { next: b }] }
        a: { wait: 1s, pivot: true, next: b }
        b: { call: pay.charge, timeout: 5s, retry: { attempts: 2 }, compensate: { call: pay.refund, after: attempt, retry: { attempts: 2 } }, next: end }
    `,
  },
  {
    code: 'compensation-never-used',
    name: 'of the pivot itself, unless its outcome is in doubt',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, pivot: true, compensate: { call: pay.refund }, next: end }
      #                                                  ^^^^^^^^^^ compensation-never-used is a pivot
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, pivot: true, compensate: { call: pay.refund, after: attempt }, next: end }
    `,
  },
  {
    code: 'compensation-not-idempotent',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, compensate: { call: pay.print, after: attempt, retry: { attempts: 3 } }, next: b }
      #                                                         ^^^^^^^^^ compensation-not-idempotent
        b: { call: pay.status, timeout: 5s, next: end }
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, compensate: { call: pay.refund, after: attempt, retry: { attempts: 3 } }, next: b }
        b: { call: pay.print, timeout: 5s, next: end }
    `,
  },
  {
    code: 'compensation-without-retry',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      policies: { retry: { often: { attempts: 9 } } }
      states:
        a: { call: pay.charge, timeout: 5s, compensate: { call: pay.refund, after: attempt }, next: b }
      #                                     ^^^^^^^^^^ compensation-without-retry
        b: { call: pay.status, timeout: 5s, retry: often, next: end }
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS.replace('print:', 'refund: { retry: { attempts: 2 } }, print:')}
      states:
        a: { call: pay.charge, timeout: 5s, compensate: { call: pay.refund, after: attempt }, next: b }
        b: { call: pay.status, timeout: 5s, compensate: { call: log, with: { message: x } }, next: end }
    `,
  },
  {
    code: 'unknown-outcome-on-timeout',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, compensate: { call: pay.refund, retry: { attempts: 2 } }, next: b }
      #                                     ^^^^^^^^^^ unknown-outcome-on-timeout
        b: { call: pay.status, timeout: 5s, next: end }
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, heartbeat: 5s, compensate: { call: pay.refund, retry: { attempts: 2 } }, next: b }
        b: { call: pay.status, timeout: 5s, compensate: { call: pay.refund, retry: { attempts: 2 } }, next: end }
    `,
  },
  {
    code: 'retry-not-idempotent',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      policies: { retry: { often: { attempts: 9 } } }
      states:
        a: { call: pay.print, timeout: 5s, retry: often, next: end }
      #                                    ^^^^^ retry-not-idempotent
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.print, timeout: 5s, retry: { on: [circuit-open, http.429] }, next: end }
    `,
  },
  {
    code: 'retry-not-idempotent',
    name: 'behind a pivot',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { wait: 1s, pivot: true, next: b }
        b: { call: pay.print, timeout: 5s, retry: { attempts: 2 }, next: end }
      #                                    ^^^^^ retry-not-idempotent
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { wait: 1s, pivot: true, next: b }
        b: { call: pay.ship, timeout: 5s, retry: { attempts: 2 }, next: end }
    `,
  },
  {
    code: 'pivot-not-last-risk',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, pivot: true, next: b }
        b: { call: pay.ship, timeout: 5s, next: end }
      # ^ pivot-not-last-risk comes after the pivot ‘a’
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        s: { call: pay.status, timeout: 5s, next: a }
        a: { call: pay.charge, timeout: 5s, pivot: true, next: b }
        b: { call: pay.ship, timeout: 5s, retry: { attempts: 3 }, next: c }
        c: { call: pay.print, timeout: 5s, catch: [{ next: d }], next: d }
        d: { call: log, with: { message: x }, next: e }
        e: { fail: { error: order.stuck } }
    `,
  },
  {
    code: 'many-pivots',
    faulty: `
      workflow: w
      states:
        a: { set: {}, pivot: true, next: b }
        b: { scope: { states: { c: { set: {}, pivot: true, next: end } } }, next: end }
      #                                       ^^^^^ many-pivots comes after the pivot ‘a’
    `,
    nearMiss: `
      workflow: w
      states:
        a: { switch: [{ when: "\${ input.x }", next: b }, { next: c }] }
        b: { set: {}, pivot: true, next: end }
        c: { set: {}, pivot: true, next: end }
    `,
  },
  {
    code: 'many-pivots',
    name: 'in a circle',
    faulty: `
      workflow: w
      states:
        a: { wait: 1s, pivot: true, next: b }
        b: { wait: 1s, pivot: true, next: c }
      #                ^^^^^ many-pivots
        c: { switch: [{ when: "\${ input.x }", next: a }, { next: end }] }
    `,
    nearMiss: `
      workflow: w
      states:
        a: { wait: 1s, pivot: true, next: c }
        c: { switch: [{ when: "\${ input.x }", next: a }, { next: end }] }
    `,
  },
  {
    code: 'pivot-in-branch',
    faulty: `
      workflow: w
      states:
        a:
          foreach: { in: "\${ input.x }", states: { b: { set: {}, pivot: true, next: end } } }
      #                                                          ^^^^^ pivot-in-branch Put it behind ‘a’
          next: end
    `,
    nearMiss: `
      workflow: w
      states:
        a:
          scope: { states: { b: { set: {}, pivot: true, next: end } } }
          next: end
    `,
  },
  {
    code: 'rollback-past-pivot',
    faulty: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { set: {}, pivot: true, next: c }
        c: { rollback: { to: a }, next: d }
      #                      ^ rollback-past-pivot the pivot ‘b’
        d: { rollback: all, next: end }
      #                ^^^ rollback-past-pivot
    `,
    nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { set: {}, next: c }
        c: { rollback: { to: a }, next: d }
        d: { rollback: all, next: e }
        e: { set: {}, pivot: true, next: f }
        f: { set: {}, next: g }
        g: { rollback: { to: e }, next: end }
    `,
  },
  {
    code: 'rollback-past-pivot',
    name: 'out of a scope behind the pivot',
    faulty: `
      workflow: w
      states:
        a: { set: {}, pivot: true, next: b }
        b: { scope: { states: { c: { rollback: all, next: end } } }, next: end }
      #                                        ^^^ rollback-past-pivot
    `,
    nearMiss: `
      workflow: w
      states:
        a: { set: {}, pivot: true, next: b }
        b: { scope: { states: { c: { rollback: scope, next: end } } }, next: end }
    `,
  },
  {
    code: 'rollback-target',
    faulty: `
      workflow: w
      catch: [{ errors: [order.odd], rollback: { to: b }, next: d }]
      #                                              ^ rollback-target the workflow
      states:
        a: { switch: [{ when: "\${ input.x }", next: b }, { next: c }] }
        b: { set: {}, next: c }
        c: { fail: { error: order.odd } }
        d: { set: {}, next: end }
    `,
    nearMiss: `
      workflow: w
      catch: [{ errors: [order.odd], rollback: { to: b }, next: d }]
      states:
        a: { set: {}, next: b }
        b: { set: {}, next: c }
        c: { fail: { error: order.odd } }
        d: { set: {}, next: end }
    `,
  },
  {
    code: 'confirm-without-compensate',
    faulty: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, confirm: { call: pay.ship, retry: { attempts: 3 } }, next: b }
      #                                     ^^^^^^^ confirm-without-compensate
        b: { call: pay.status, timeout: 5s, next: end }
    `,
    nearMiss: `
      workflow: w
      ${PARTICIPANTS}
      states:
        a: { call: pay.charge, timeout: 5s, confirm: { call: pay.ship }, compensate: { call: pay.refund, after: attempt, retry: { attempts: 2 } }, next: b }
        b: { call: pay.status, timeout: 5s, next: end }
    `,
  },
];

testCases(
  'saga',
  CASES.map((one) => ({ ...one, faulty: one.faulty + MODULE, nearMiss: one.nearMiss + MODULE })),
  'saga',
);

describe('the compensation that is offered', () => {
  const offered = (operations: string, call: string): readonly string[] => {
    const text = `workflow: w\nparticipants:\n  s:\n    baseUrl: https://s.example\n    operations:\n${operations}\nstates:\n  a: { ${call}, next: b }\n  b: { run: ./b.workflow.yaml, next: end }\n`;
    const found = analyse(text).diagnostics.find(({ code }) => code === 'missing-compensation');
    return (found?.fixes ?? []).flatMap((fix) => (fix.kind === 'insert-key' ? [fix.value] : []));
  };

  it('is the inverse by name, with the arguments of the call', () => {
    const operations = '      reserveStock: { http: POST /r }\n      releaseStock: { http: "DELETE /r/{id}" }';
    expect(offered(operations, 'call: s.reserveStock, timeout: 5s, with: { id: "${ input.id }", n: 1 }')).toEqual([
      '{ call: s.releaseStock, with: { id: "${ input.id }" }, after: attempt, retry: { attempts: 3 } }',
      'none',
    ]);
  });

  it('is the inverse by path, with what the call gave', () => {
    const operations =
      '      book: { http: POST /b, output: { type: object, properties: { id: { type: string } } } }\n      drop: { http: "DELETE /b/{id}" }';
    expect(offered(operations, 'call: s.book')).toEqual([
      '{ call: s.drop, with: { id: "${ result.id }" }, retry: { attempts: 3 } }',
      'none',
    ]);
  });

  it('is nothing where the arguments of the inverse can’t be told', () => {
    const operations = '      book: { http: POST /b }\n      cancel: { http: "DELETE /b/{id}" }';
    expect(offered(operations, 'call: s.book')).toEqual(['none']);
  });
});
