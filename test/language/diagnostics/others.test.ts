/** The codes of other families that are judged without types: expressions and secrets, pivots and rollback. */
import { testCases } from './cases.ts';

testCases('expressions', [
  {
    code: 'expression-syntax',
    faulty: `
      workflow: w
      output: "\${ input.x + }"
      #                    ^ expression-syntax
      states: { a: { set: {}, next: end } }
    `,
    nearMiss: `
      workflow: w
      output: "\${ input.x + 1 } and $\${ input.x + }"
      states: { a: { set: {}, next: end } }
    `,
  },
  {
    code: 'unknown-root',
    faulty: `
      workflow: w
      output: "\${ inptu.x }"
      #           ^^^^^ unknown-root Did you mean ‘input’?
      states: { a: { set: {}, next: end } }
    `,
    nearMiss: `
      workflow: w
      output: "\${ input.inptu }"
      states: { a: { set: {}, next: end } }
    `,
  },
  {
    code: 'unknown-root',
    name: 'not visible here',
    faulty: `
      workflow: w
      states:
        a: { call: log, with: { message: "\${ result }" }, next: end }
      #                                      ^^^^^^ unknown-root can’t be read here
    `,
    nearMiss: `
      workflow: w
      vars: { x: null }
      states:
        a:
          call: log
          with: { message: x }
          assign: { x: "\${ result }" }
          output: "\${ result.y }"
          catch: [{ when: "\${ error.type = 'timeout' }", next: b }]
          next: [{ when: "\${ result.z }", next: end }, { next: b }]
        b:
          foreach:
            in: "\${ input.items }"
            as: order
            states: { c: { call: log, with: { message: "\${ order.id & index }" }, next: end } }
          next: d
        d:
          foreach: { in: "\${ input.items }", call: log, with: { message: "\${ item.id & index }" } }
          next: e
        e:
          human: { title: "\${ input.x }", due: 1h }
          on: { yes: [{ when: "\${ form.ok and outcome = 'yes' }", assign: { x: "\${ actor }" }, next: end }, { next: end }] }
    `,
  },
  {
    code: 'unknown-function',
    faulty: `
      workflow: w
      output: "\${ $upercase(input.x) & $eval('1') }"
      #           ^^^^^^^^^ unknown-function Did you mean ‘$uppercase’?
      #                                ^^^^^ unknown-function not available
      states: { a: { set: {}, next: end } }
    `,
    nearMiss: `
      workflow: w
      output: "\${ ($twice := function($x) { $x * 2 }; $twice(input.x) & $uppercase(input.y)) }"
      states: { a: { set: {}, next: end } }
    `,
  },
  {
    code: 'secret-outside-with',
    faulty: `
      workflow: w
      output: "\${ secrets.KEY }"
      #           ^^^^^^^ secret-outside-with
      states: { a: { set: {}, next: end } }
    `,
    nearMiss: `
      workflow: w
      participants:
        pay:
          baseUrl: "\${ secrets.URL }"
          headers: { Authorization: "Bearer \${ secrets.KEY }" }
          operations: { charge: { http: POST /charges, headers: { X-Key: "\${ secrets.KEY & args.x }" } } }
      states:
        a: { call: pay.charge, with: { key: "\${ secrets.KEY }" }, timeout: 5s, compensate: { call: pay.charge, with: { key: "\${ secrets.KEY }" }, after: attempt, retry: { attempts: 2 } }, next: end }
    `,
  },
]);

testCases('saga', [
  {
    code: 'pivot-in-branch',
    faulty: `
      workflow: w
      states:
        a:
          parallel: { branches: { x: { states: { b: { set: {}, pivot: true, next: end } } } } }
      #                                                        ^^^^^ pivot-in-branch Put it behind ‘a’
          next: end
    `,
    nearMiss: `
      workflow: w
      states:
        a:
          parallel: { branches: { x: { states: { b: { set: {}, pivot: false, next: end } } } } }
          pivot: true
          next: end
    `,
  },
  {
    code: 'many-pivots',
    faulty: `
      workflow: w
      states:
        a: { set: {}, pivot: true, next: b }
        b: { set: {}, pivot: true, next: end }
      #               ^^^^^ many-pivots comes after the pivot ‘a’
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
    code: 'rollback-target',
    faulty: `
      workflow: w
      states:
        a: { switch: [{ when: "\${ input.x }", next: b }, { next: c }] }
        b: { set: {}, next: c }
        c: { rollback: { to: b }, next: end }
      #                      ^ rollback-target not certainly done
    `,
    nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { set: {}, next: c }
        c: { rollback: { to: b }, next: end }
    `,
  },
  {
    code: 'rollback-target',
    name: 'the failing state itself',
    faulty: `
      workflow: w
      states:
        a: { call: log, with: { message: x }, catch: [{ rollback: { to: a }, next: b }], next: b }
      #                                                                 ^ rollback-target
        b: { set: {}, next: end }
    `,
    nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { call: log, with: { message: x }, catch: [{ rollback: { to: a }, next: c }], next: c }
        c: { set: {}, next: end }
    `,
  },
]);
