/**
 * Family graph: each code on the right place, a near miss without it, and its fixes.
 *
 * It is long because it is one table: a pair of documents for each code.
 */
import { describe, expect, it } from 'vitest';
import { analyse } from '../../../language/index.ts';
import { testCases } from './cases.ts';

testCases(
  'graph',
  [
    {
      code: 'unreachable-state',
      faulty: `
      workflow: w
      states:
        a: { set: {}, next: end }
        b: { set: {}, next: end }
      # ^ unreachable-state No path from the start leads to ‘b’
    `,
      nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { set: {}, next: end }
    `,
    },
    {
      code: 'unreachable-state',
      name: 'a cycle that nothing enters',
      faulty: `
      workflow: w
      states:
        a: { set: {}, next: end }
        b: { wait: 1s, next: c }
      # ^ unreachable-state
        c: { switch: [{ when: "\${ input.x }", next: b }, { next: end }] }
      # ^ unreachable-state
    `,
      nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { wait: 1s, next: c }
        c: { switch: [{ when: "\${ input.x }", next: b }, { next: end }] }
    `,
    },
    {
      code: 'unreachable-state',
      name: 'start is elsewhere',
      faulty: `
      workflow: w
      start: b
      states:
        a: { set: {}, next: end }
      # ^ unreachable-state
        b: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      start: b
      states:
        a: { set: {}, next: end }
        b: { set: {}, next: a }
    `,
    },
    {
      code: 'unreachable-state',
      name: 'every kind of edge counts',
      faulty: `
      workflow: w
      events: { order.paid: {}, order.cancelled: {} }
      on: { order.cancelled: { next: by_event } }
      catch: [{ next: by_catch }]
      states:
        a: { call: log, with: { message: x }, catch: [{ errors: [timeout], next: by_handler }], next: b }
        b:
          human: { title: Look, due: 1h, escalate: [{ after: 1h, outcome: late }] }
          on: { done: c, late: by_outcome }
        c:
          listen:
            on: { order.paid: [{ match: "\${ event.data.x }", next: by_listener }, { next: end }] }
            timeout: 1h
            onTimeout: by_timeout
        by_event: { rollback: all, next: by_rollback }
        by_catch: { scope: { on: { order.paid: by_scope }, states: { x: { wait: 1s, next: end } } }, next: end }
        by_handler: { set: {}, next: end }
        by_outcome: { set: {}, next: end }
        by_listener: { set: {}, next: end }
        by_timeout: { set: {}, next: end }
        by_rollback: { set: {}, next: end }
        by_scope: { set: {}, next: end }
        by_nothing: { set: {}, next: end }
      # ^^^^^^^^^^ unreachable-state
    `,
      nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: end }
    `,
    },
    {
      code: 'unreachable-state',
      name: 'inside of a branch, and only once outside',
      faulty: `
      workflow: w
      states:
        a:
          parallel:
            branches:
              x: { states: { p: { set: {}, next: end }, q: { set: {}, next: end } } }
      #                                                 ^ unreachable-state
          next: end
        b:
      # ^ unreachable-state
          scope: { states: { r: { set: {}, next: end }, s: { set: {}, next: end } } }
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          parallel:
            branches:
              x: { states: { p: { set: {}, next: q }, q: { set: {}, next: end } } }
          next: end
    `,
    },
    {
      code: 'no-way-out',
      faulty: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { wait: 1s, next: c }
      # ^ no-way-out every path stays in ‘b’, ‘c’
        c: { set: {}, next: b }
    `,
      nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { wait: 1s, next: c }
        c: { switch: [{ when: "\${ input.x }", next: b }, { next: end }] }
    `,
    },
    {
      code: 'no-way-out',
      name: 'fail is an end, and so is a handler that leads to one',
      faulty: `
      workflow: w
      states:
        a: { call: log, with: { message: x }, maxVisits: 3, catch: [{ next: a }], next: a }
      # ^ no-way-out
    `,
      nearMiss: `
      workflow: w
      states:
        a: { call: log, with: { message: x }, maxVisits: 3, catch: [{ next: b }], next: a }
        b: { fail: { error: done } }
    `,
    },
    {
      code: 'missing-next',
      faulty: `
      workflow: w
      states:
        a: { set: {} }
      # ^ missing-next ‘a’ does not say where to go
    `,
      nearMiss: `
      workflow: w
      states:
        a: { fail: { error: done } }
    `,
    },
    {
      code: 'missing-next',
      name: 'of an outcome and of an event',
      faulty: `
      workflow: w
      events: { order.paid: {} }
      states:
        a:
      # ^ missing-next The outcome ‘no’ of ‘a’ leads nowhere
          human: { title: Look, outcomes: [yes, no], due: 1h }
          on: { yes: b }
        b:
      # ^ missing-next The event ‘order.paid’ leads nowhere
          listen:
            on: { order.paid: { match: "\${ event.data.x }" } }
            timeout: 1h
            onTimeout: end
    `,
      nearMiss: `
      workflow: w
      events: { order.paid: {} }
      states:
        a:
          human: { title: Look, outcomes: [yes, no], due: 1h }
          on: { yes: b }
          next: end
        b:
          listen:
            on: { order.paid: { match: "\${ event.data.x }" } }
            timeout: 1h
            onTimeout: end
          next: end
    `,
    },
    {
      code: 'missing-default',
      faulty: `
      workflow: w
      states:
        a:
          switch:
      #   ^^^^^^ missing-default The switch has no transition that always holds
            - when: "\${ input.x > 1 }"
              next: b
        b: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          switch:
            - when: "\${ input.x > 1 }"
              next: b
            - next: end
        b: { set: {}, next: end }
    `,
    },
    {
      code: 'missing-default',
      name: 'of next, and of one that stands alone',
      faulty: `
      workflow: w
      states:
        a:
          set: {}
          next: [{ when: "\${ input.x > 1 }", next: b }]
      #   ^^^^ missing-default
        b: { set: {}, next: { when: "\${ input.x > 2 }", next: c } }
      #               ^^^^ missing-default
        c:
          set: {}
          next:
      #   ^^^^ missing-default
            when: "\${ input.x > 3 }"
            next: end
    `,
      nearMiss: `
      workflow: w
      catch: [{ errors: [no-transition], next: end }]
      states:
        a:
          set: {}
          next: [{ when: "\${ input.x > 1 }", next: b }]
        b: { set: {}, next: { when: true, next: end } }
    `,
    },
    {
      code: 'shadowed-transition',
      faulty: `
      workflow: w
      states:
        a:
          switch:
            - next: end
            - when: "\${ input.x > 1 }"
              next: b
      #             ^ shadowed-transition the one before it always holds
        b: { set: {}, next: end }
      # ^ unreachable-state
    `,
      fixesLeave: ['unreachable-state'],
      nearMiss: `
      workflow: w
      states:
        a:
          switch:
            - when: "\${ input.x > 1 }"
              next: b
            - next: end
        b: { set: {}, next: end }
    `,
    },
    {
      code: 'shadowed-transition',
      name: 'the same condition again',
      faulty: `
      workflow: w
      states:
        a:
          set: {}
          next: [{ when: "\${ input.x }", next: b }, { when: "\${ input.x }", next: end }, { next: end }]
      #                                                                           ^^^ shadowed-transition the same condition
        b: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          set: {}
          next: [{ when: "\${ input.x }", next: b }, { when: "\${ input.y }", next: end }, { next: end }]
        b: { set: {}, next: end }
    `,
    },
    {
      code: 'shadowed-transition',
      name: 'a handler behind one that takes all',
      faulty: `
      workflow: w
      states:
        a:
          call: log
          with: { message: x }
          catch:
            - { errors: [http.4xx], next: end }
            - { errors: [http.404], next: b }
      #                                   ^ shadowed-transition This handler never takes an error
          next: b
        b: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          call: log
          with: { message: x }
          catch:
            - { errors: [http.404], next: b }
            - { errors: [http.4xx], when: "\${ error.status = 409 }", next: b }
            - { errors: [http.4xx, timeout], next: end }
            - { next: end }
          next: b
        b: { set: {}, next: end }
    `,
    },
    {
      code: 'unbounded-loop',
      faulty: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { call: log, with: { message: x }, next: c }
      # ^ unbounded-loop ‘b’ loops through ‘c’
        c: { switch: [{ when: "\${ input.x }", next: b }, { next: end }] }
    `,
      nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { call: log, with: { message: x }, next: c }
        c: { switch: [{ when: "\${ input.x }", next: d }, { next: end }] }
        d: { wait: 1s, next: b }
    `,
    },
    {
      code: 'unbounded-loop',
      name: 'to itself, by a handler',
      faulty: `
      workflow: w
      states:
        a: { call: log, with: { message: x }, catch: [{ next: a }], next: end }
      # ^ unbounded-loop
    `,
      nearMiss: `
      workflow: w
      states:
        a: { call: log, with: { message: x }, catch: [{ next: a }], maxVisits: 3, next: end }
    `,
    },
    {
      code: 'unbounded-loop',
      name: 'a handler of the whole scope makes no loop of its handler',
      faulty: `
      workflow: w
      catch: [{ next: clean }]
      states:
        a: { set: {}, next: { when: "\${ input.x }", next: a } }
      # ^ unbounded-loop
      #               ^^^^ missing-default
        clean: { call: log, with: { message: x }, next: end }
    `,
      fixesLeave: ['unbounded-loop', 'missing-default'],
      nearMiss: `
      workflow: w
      catch: [{ next: clean }]
      states:
        a: { set: {}, next: end }
        clean: { call: log, with: { message: x }, next: end }
    `,
    },
  ],
  'graph',
);

describe('large graphs', () => {
  it('of thousands of states in a row take no recursion', () => {
    const states = Array.from({ length: 3000 }, (_, at) => `  s${at}: { set: {}, next: s${at + 1} }`).join('\n');
    const analysis = analyse(`workflow: w\nstates:\n${states}\n  s3000: { set: {}, next: s0 }\n`);
    expect(analysis.diagnostics.map((one) => one.code)).toEqual(['no-way-out', 'unbounded-loop']);
  });
});
