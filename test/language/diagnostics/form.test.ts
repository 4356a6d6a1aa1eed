/**
 * Family form: each code on the right place, a near miss without it, and its fixes.
 *
 * It is long because it is one table: a pair of documents for each code.
 */
import { testCases } from './cases.ts';

testCases(
  'form',
  [
    {
      code: 'yaml-syntax',
      faulty: `
      workflow: w
      states:
        a: { set: {}, next: end
      #    ^ yaml-syntax not closed
    `,
      nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: end }
    `,
    },
    {
      code: 'yaml-syntax',
      name: 'a second document',
      faulty: `
      workflow: w
      states: { a: { set: {}, next: end } }
      ---
      #<- yaml-syntax second YAML document
      workflow: v
    `,
      nearMiss: `
      ---
      workflow: w
      states: { a: { set: {}, next: end } }
      ...
    `,
    },
    {
      code: 'yaml-syntax',
      name: 'an alias without its anchor',
      faulty: `
      workflow: w
      vars: { x: *base }
      #          ^^^^^ yaml-syntax no anchor &base
      states: { a: { set: {}, next: end } }
    `,
      nearMiss: `
      workflow: w
      vars: { b: &base 1, x: *base }
      states: { a: { set: { x: 1, b: 2 }, next: end } }
    `,
    },
    {
      code: 'duplicate-key',
      faulty: `
      workflow: w
      states:
        a:
          title: One
          set: {}
          title: Two
      #   ^^^^^ duplicate-key a second time
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          title: One
          set: {}
          description: Two
          next: end
    `,
    },
    {
      code: 'duplicate-key',
      name: 'of two states',
      faulty: `
      workflow: w
      states:
        a: { set: {}, next: end }
        a: { set: {}, next: end }
      # ^ duplicate-key
    `,
      nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: b }
        b: { set: {}, next: end }
    `,
    },
    {
      code: 'duplicate-key',
      name: 'inside a value',
      faulty: `
      workflow: w
      states:
        a: { call: log, with: { message: x, level: info, message: y }, next: end }
      #                                                  ^^^^^^^ duplicate-key
    `,
      nearMiss: `
      workflow: w
      states:
        a: { call: log, with: { message: x, level: info }, next: end }
    `,
    },
    {
      code: 'unknown-key',
      faulty: `
      workflow: w
      states:
        a:
          set: {}
          nxet: end
      #   ^^^^ unknown-key Did you mean ‘next’?
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          set: {}
          next: end
    `,
    },
    {
      code: 'unknown-key',
      name: 'a merge key has no meaning in YAML 1.2',
      faulty: `
      workflow: w
      states:
        a:
          <<: { set: {} }
      #   ^^ unknown-key
          set: {}
          next: end
    `,
      nearMiss: `
      workflow: w
      vars: { m: null }
      states:
        a: { set: { m: { <<: data } }, next: end }
    `,
    },
    {
      code: 'unknown-key',
      name: 'a key of another kind',
      faulty: `
      workflow: w
      states:
        a:
          set: {}
          with: { x: 1 }
      #   ^^^^ unknown-key belongs beside ‘call’ or ‘run’ or ‘foreach’
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          call: log
          with: { message: x }
          next: end
    `,
    },
    {
      code: 'unknown-key',
      name: '__proto__ is a key like any other',
      faulty: `
      workflow: w
      __proto__: { states: {} }
      #<------- unknown-key no key ‘__proto__’
      states:
        a: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      states:
        __proto__: { set: {}, next: constructor }
        constructor: { set: {}, next: end }
    `,
    },
    {
      code: 'missing-key',
      faulty: `
      version: 1.0.0
      #<----- missing-key needs the key ‘workflow’
      states:
        a: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      version: 1.0.0
      states:
        a: { set: {}, next: end }
    `,
    },
    {
      code: 'missing-key',
      name: 'next in a transition',
      faulty: `
      workflow: w
      states:
        a:
          switch:
            - when: "\${ input.x }"
      #       ^^^^ missing-key needs the key ‘next’
            - next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          switch:
            - when: "\${ input.x }"
              next: end
            - next: end
    `,
    },
    {
      code: 'missing-key',
      name: 'error in fail',
      faulty: `
      workflow: w
      states:
        a:
          fail: { message: Stop }
      #   ^^^^ missing-key needs the key ‘error’
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          fail: { error: order.refused, message: Stop }
    `,
    },
    {
      code: 'missing-key',
      name: 'a base for paths',
      faulty: `
      workflow: w
      participants:
        pay:
      # ^^^ missing-key needs the key ‘baseUrl’
          operations: { charge: { http: POST /charges } }
      states:
        a: { call: pay.charge, next: end }
    `,
      nearMiss: `
      workflow: w
      participants:
        pay:
          baseUrl: http://localhost
          operations: { charge: { http: POST /charges } }
      states:
        a: { call: pay.charge, next: end }
    `,
    },
    {
      code: 'missing-key',
      name: 'what a participant is',
      faulty: `
      workflow: w
      participants:
        pay: { description: Payments, operations: { charge: {} } }
      #                                             ^^^^^^ missing-key needs ‘http’ or ‘shell’
      states:
        a: { call: pay.charge, next: end }
    `,
      nearMiss: `
      workflow: w
      participants:
        pay: { description: Payments, operations: { charge: { shell: [pay] } } }
      states:
        a: { call: pay.charge, next: end }
    `,
    },
    {
      code: 'missing-key',
      name: 'a body for the items',
      faulty: `
      workflow: w
      states:
        a: { foreach: { in: "\${ input.items }" }, next: end }
      #      ^^^^^^^ missing-key needs the key ‘states’
    `,
      fixesLeave: ['wrong-type'],
      nearMiss: `
      workflow: w
      states:
        a: { foreach: { in: "\${ input.items }", call: log, with: { message: "\${ item }" } }, next: end }
    `,
    },
    {
      code: 'wrong-type',
      faulty: `
      workflow: w
      title: 2024
      #      ^^^^ wrong-type must be text, but YAML reads 2024 as a number
      states:
        a: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      title: "2024"
      states:
        a: { set: {}, next: end }
    `,
    },
    {
      code: 'wrong-type',
      name: 'a list where a mapping belongs',
      faulty: `
      workflow: w
      states:
        a: { set: [x], next: end }
      #           ^^^ wrong-type must be a mapping, not a list
    `,
      nearMiss: `
      workflow: w
      vars: { x: 0 }
      states:
        a: { set: { x: 1 }, next: end }
    `,
    },
    {
      code: 'wrong-type',
      name: 'a choice',
      faulty: `
      workflow: w
      recovery: compensat
      #         ^^^^^^^^^ wrong-type must be one of compensate, suspend or fail
      states:
        a: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      recovery: compensate
      states:
        a: { set: {}, next: end }
    `,
    },
    {
      code: 'wrong-type',
      name: 'a condition without its braces',
      faulty: `
      workflow: w
      states:
        a:
          set: {}
          next:
            - when: input.x > 1
      #             ^^^^^^^^^^^ wrong-type a condition such as
              next: end
            - next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          set: {}
          next:
            - when: "\${ input.x > 1 }"
              next: end
            - next: end
    `,
    },
    {
      code: 'wrong-type',
      name: 'no states',
      faulty: `
      workflow: w
      states: {}
      #       ^^ wrong-type at least one state
    `,
      nearMiss: `
      workflow: w
      states: { a: { set: {}, next: end } }
    `,
    },
    {
      code: 'wrong-type',
      name: 'how an operation is called',
      faulty: `
      workflow: w
      participants:
        pay:
          baseUrl: http://localhost
          operations: { charge: { http: /charges } }
      #                                 ^^^^^^^^ wrong-type a method and a path
      states:
        a: { call: pay.charge, next: end }
    `,
      nearMiss: `
      workflow: w
      participants:
        pay:
          baseUrl: http://localhost
          operations: { charge: { http: GET /charges } }
      states:
        a: { call: pay.charge, next: end }
    `,
    },
    {
      code: 'no-kind',
      faulty: `
      workflow: w
      states:
        a:
      # ^ no-kind does not say what it does
          title: A
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          title: A
          set: {}
          next: end
    `,
    },
    {
      code: 'no-kind',
      name: 'of a compensation',
      faulty: `
      workflow: w
      states:
        a:
          call: log
          with: { message: x }
          compensate: { after: attempt }
      #   ^^^^^^^^^^ no-kind A compensation does not say what it does
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          call: log
          with: { message: x }
          compensate: none
          next: end
    `,
    },
    {
      code: 'many-kinds',
      faulty: `
      workflow: w
      states:
        a:
          call: log
          wait: 10s
      #   ^^^^ many-kinds ‘call’ and ‘wait’
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a: { call: log, next: b }
        b: { wait: 10s, next: end }
    `,
    },
    {
      code: 'wrong-type',
      name: 'times that are none',
      faulty: `
      workflow: w
      triggers:
        - { cron: "61 * * * *" }
      #           ^^^^^^^^^^^^ wrong-type ‘61 * * * *’ names no times: a field is out of its range.
        - { cron: "0 24 * * *" }
      #           ^^^^^^^^^^^^ wrong-type names no times
        - { cron: "0 0 32 * *" }
      #           ^^^^^^^^^^^^ wrong-type names no times
        - { cron: "0 0 * 13 *" }
      #           ^^^^^^^^^^^^ wrong-type names no times
        - { cron: "0 0 * * 8" }
      #           ^^^^^^^^^^^ wrong-type names no times
        - { cron: "30-10 * * * *" }
      #           ^^^^^^^^^^^^^^^ wrong-type names no times
        - { cron: "*/0 * * * *" }
      #           ^^^^^^^^^^^^^ wrong-type names no times
        - { cron: "0 0 * * Someday" }
      #           ^^^^^^^^^^^^^^^^^ wrong-type names no times
        - { cron: "* * * * * *" }
      #           ^^^^^^^^^^^^^ wrong-type five fields
        - { cron: "@daily" }
      #           ^^^^^^^^ wrong-type five fields
      states: { a: { wait: 1s, next: end } }
    `,
      nearMiss: `
      workflow: w
      triggers:
        - { cron: "59 23 31 12 7" }
        - { cron: "*/5 8-18 1,15 JAN-DEC MON-FRI" }
        - { cron: "0 0 1-31/2 * 0" }
      states: { a: { wait: 1s, next: end } }
    `,
    },
    {
      code: 'bad-duration',
      name: 'no time at all between two starts',
      faulty: `
      workflow: w
      triggers: [ { every: 0s } ]
      #                    ^^ bad-duration ‘every’ must be longer than no time at all.
      states: { a: { wait: 1s, next: end } }
    `,
      nearMiss: `
      workflow: w
      triggers: [ { every: 1s } ]
      states: { a: { wait: 0s, next: end } }
    `,
    },
    {
      code: 'bad-duration',
      faulty: `
      workflow: w
      states:
        a: { wait: 10 minutes, next: end }
      #            ^^^^^^^^^^ bad-duration is no duration
    `,
      nearMiss: `
      workflow: w
      states:
        a: { wait: 10m, next: b }
        b: { wait: PT10S, next: c }
        c: { wait: 1h30m, next: end }
    `,
    },
    {
      code: 'bad-duration',
      name: 'a number without a unit',
      faulty: `
      workflow: w
      timeout: 30
      #        ^^ bad-duration needs a unit: write 30s
      states:
        a: { call: log, timeout: soon, next: end }
      #                          ^^^^ bad-duration
    `,
      nearMiss: `
      workflow: w
      timeout: 30s
      policies: { timeout: { soon: 10s } }
      states:
        a: { call: log, timeout: soon, next: end }
    `,
    },
    {
      code: 'bad-name',
      faulty: `
      workflow: w
      states:
        pay-now: { set: {}, next: end }
      # ^^^^^^^ bad-name letters, digits and ‘_’
    `,
      nearMiss: `
      workflow: order-fulfillment.eu
      states:
        pay_now: { set: {}, next: end }
    `,
    },
    {
      code: 'bad-name',
      name: 'end is reserved',
      faulty: `
      workflow: w
      states:
        a: { set: {}, next: end }
        end: { set: {}, next: a }
      # ^^^ bad-name No state can be called ‘end’
      # ^^^ unreachable-state
    `,
      nearMiss: `
      workflow: w
      states:
        a: { set: {}, next: ending }
        ending: { set: {}, next: end }
    `,
    },
    {
      code: 'bad-name',
      name: 'of an error',
      faulty: `
      workflow: w
      states:
        a: { fail: { error: order refused } }
      #                     ^^^^^^^^^^^^^ bad-name is no error type
    `,
      nearMiss: `
      workflow: w
      states:
        a: { fail: { error: "\${ input.error }" } }
    `,
    },
    {
      code: 'bad-schema',
      faulty: `
      workflow: w
      input:
        type: object
        properties:
          amount: { type: nmber }
      #                   ^^^^^ bad-schema
      states:
        a: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      input:
        type: object
        properties:
          amount: { type: number }
          self: { $ref: "#/properties/amount" }
      states:
        a: { set: {}, next: end }
    `,
    },
    {
      code: 'bad-version',
      faulty: `
      workflow: w
      version: 1.0
      #        ^^^ bad-version three numbers
      states:
        a: { set: {}, next: end }
    `,
      nearMiss: `
      workflow: w
      version: 1.0.0-rc.1
      states:
        a: { set: {}, next: end }
    `,
    },
    {
      code: 'bad-version',
      name: 'a range',
      faulty: `
      workflow: w
      states:
        a: { run: ./b.workflow.yaml, version: newest, next: end }
      #                                       ^^^^^^ bad-version no range of versions
      #- b.workflow.yaml
      workflow: b
      states: { a: { set: {}, next: end } }
    `,
      nearMiss: `
      workflow: w
      states:
        a: { run: ./b.workflow.yaml, version: ^1.2, next: end }
      #- b.workflow.yaml
      workflow: b
      states: { a: { set: {}, next: end } }
    `,
    },
    {
      code: 'unquoted-expression',
      faulty: `
      workflow: w
      states:
        a:
          call: log
          with: { message: \${ input.text }, level: info }
      #                    ^^^^^^^^^^^^^^^ unquoted-expression double quotes
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          call: log
          with:
            message: \${ input.text }
            level: "\${ input.level }"
          next: end
    `,
    },
    {
      code: 'unquoted-expression',
      name: 'a colon ends the value',
      faulty: `
      workflow: w
      states:
        a:
          call: log
          with:
            message: \${ input.vip ? "a" : "b" }
      #              ^^^^^^^^^^^^^^^^^^^^^^^^^^ unquoted-expression
          next: end
    `,
      nearMiss: `
      workflow: w
      states:
        a:
          call: log
          with:
            message: '\${ input.vip ? "a" : "b" }'
            level: |
              \${ input.vip ? "a" : "b" }
          next: end
    `,
    },
    {
      code: 'unquoted-expression',
      name: 'a comment cuts it off',
      faulty: `
      workflow: w
      vars: { n: 0 }
      states:
        a:
          set:
            n: \${ input.n = "x" or "a #b" } # why
      #        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ unquoted-expression
          next: end
    `,
      nearMiss: `
      workflow: w
      vars: { n: 0 }
      states:
        a:
          set:
            n: \${ input.n } # why
          next: end
    `,
    },
  ],
  'form',
);
