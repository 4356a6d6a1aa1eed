/**
 * Family data, as far as it needs types: each code on the right place, a near miss without it, and its fixes.
 *
 * It is long because it is one table: a pair of documents for each code.
 */
import { testCases } from './cases.ts';

/** What most of these documents have in common. */
const INPUT = `input:
        type: object
        required: [id, status, items]
        properties:
          id: { type: string }
          status: { enum: [open, paid] }
          amount: { type: number }
          urgent: { type: boolean }
          note: { type: [string, "null"] }
          items: { type: array, items: { type: object, required: [sku], properties: { sku: { type: string }, price: { type: number } } } }
          loose: { type: object, properties: { a: { type: string } }, additionalProperties: true }
          tags: { type: object, additionalProperties: { type: string } }`;

const PAY = `
        pay:
          baseUrl: https://pay.example
          operations:
            charge:
              http: POST /charges
              effect: read
              input:
                type: object
                required: [id, amount]
                properties: { id: { type: string }, amount: { type: number }, currency: { enum: [EUR, USD] }, lines: { type: array, items: { type: object, required: [sku], properties: { sku: { type: string } } } } }
              output: { type: object, required: [chargeId], properties: { chargeId: { type: string }, fee: { type: number } } }`;

/** A workflow with that input and these states; the service only where they call it. */
function workflow(states: string, more = '', others = ''): string {
  const participants = `${states.includes('pay.') ? PAY : ''}${others}`;
  return `
      workflow: w
      ${INPUT}
      ${participants === '' ? '' : `participants:${participants}`}
      ${more}
      states:${states}`;
}

const CHARGE = '{ id: "${ input.id }", amount: 3 }';

const SHOP = `
        shop: { openapi: ./shop.openapi.yaml, baseUrl: https://shop.example }`;
const BOSS = `
        boss: { role: boss }`;
const PAID = 'events: { order.paid: { data: { type: object, properties: { order: { type: string } } } } }';

const OPENAPI = `
      #- shop.openapi.yaml
      openapi: 3.1.0
      info: { title: Shop, version: 1.0.0 }
      paths:
        /things/{id}:
          get:
            operationId: find
            parameters: [ { name: id, in: path, required: true, schema: { type: string } }, { name: Idempotency-Key, in: header, required: true, schema: { type: string } } ]
            responses: { "200": { description: ok, content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } } } }
    `;

testCases('data: properties', [
  {
    code: 'unknown-property',
    name: 'of the input',
    faulty: workflow(`
        a: { fail: { error: e, message: "\${ input.amuont }" } }
      #                                           ^^^^^^ unknown-property Did you mean ‘amount’?
    `),
    nearMiss: workflow(`
        a: { fail: { error: e, message: "\${ input.amount }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'of the items of a list, filtered or not',
    faulty: workflow(`
        a: { fail: { error: e, message: "\${ input.items[prise > 1].skuu }" } }
      #                                                 ^^^^^ unknown-property ‘price’
      #                                                            ^^^^ unknown-property ‘sku’
    `),
    nearMiss: workflow(`
        a: { fail: { error: e, message: "\${ input.items[price > 1].sku }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'unless the schema allows others',
    faulty: workflow(`
        a: { fail: { error: e, message: "\${ run.idd }" } }
      #                                         ^^^ unknown-property ‘id’
    `),
    nearMiss: workflow(`
        a: { fail: { error: e, message: "\${ input.loose.b & input.tags.any & env.ANY & run.id }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'of a text',
    faulty: workflow(`
        a: { fail: { error: e, message: "\${ input.id.value }" } }
      #                                              ^^^^^ unknown-property ‘id’ is a string
    `),
    nearMiss: workflow(`
        a: { fail: { error: e, message: "\${ input.id & input.note }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'of a function’s parameter',
    faulty: workflow(`
        a: { fail: { error: e, message: "\${ $sum($map(input.items, function($i) { $i.prize * 2 })) }" } }
      #                                                                              ^^^^^ unknown-property ‘price’
    `),
    nearMiss: workflow(`
        a: { fail: { error: e, message: "\${ $sum($map(input.items, function($i) { $i.price * 2 })) }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'of a result',
    faulty: workflow(`
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: b }
        b: { fail: { error: e, message: "\${ results.a.chargId }" } }
      #                                               ^^^^^^^ unknown-property ‘chargeId’
    `),
    nearMiss: workflow(`
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: b }
        b: { fail: { error: e, message: "\${ results.a.chargeId }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'of a result that is reshaped',
    faulty: workflow(`
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, output: { charge: "\${ result.chargeId }" }, next: b }
        b: { fail: { error: e, message: "\${ results.a.chargeId }" } }
      #                                               ^^^^^^^^ unknown-property ‘charge’
    `),
    nearMiss: workflow(`
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, output: { charge: "\${ result.chargeId }" }, next: b }
        b: { fail: { error: e, message: "\${ results.a.charge }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'a result of no state that is visible',
    faulty: workflow(`
        pay: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: b }
        b: { fail: { error: e, message: "\${ results.pya.chargeId }" } }
      #                                             ^^^ unknown-property Did you mean ‘pay’?
    `),
    nearMiss: workflow(`
        pay: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: b }
        b: { fail: { error: e, message: "\${ results.pay.chargeId }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'of an item',
    faulty: workflow(`
        a:
          foreach:
            in: "\${ input.items }"
            as: line
            call: pay.charge
            with: { id: "\${ line.skuu }", amount: "\${ index }" }
      #                          ^^^^ unknown-property ‘sku’
          timeout: 5s
          next: end
    `),
    nearMiss: workflow(`
        a:
          foreach:
            in: "\${ input.items }"
            as: line
            call: pay.charge
            with: { id: "\${ line.sku }", amount: "\${ index }" }
          timeout: 5s
          next: end
    `),
  },
  {
    code: 'unknown-property',
    name: 'of what branches, items and scopes give',
    faulty: workflow(`
        all:
          parallel:
            branches:
              one: { states: { s: { set: {}, next: end } }, output: { x: 1 } }
              two: { states: { s: { set: {}, next: end } }, output: { y: 1 } }
          next: each
        each:
          foreach: { in: [1, 2], states: { s: { set: {}, next: end } }, output: { z: 1 } }
          next: inner
        inner:
          scope: { states: { s: { set: {}, next: end } }, output: { v: 1 } }
          next: last
        last: { fail: { error: e, message: "\${ results.all.one.y & results.each.zz & results.inner.w }" } }
      #                                                        ^ unknown-property ‘x’
      #                                                                         ^^ unknown-property ‘z’
      #                                                                                            ^ unknown-property ‘v’
    `),
    nearMiss: workflow(`
        all:
          parallel:
            branches:
              one: { states: { s: { set: {}, next: end } }, output: { x: 1 } }
              two: { states: { s: { set: {}, next: end } }, output: { y: 1 } }
          next: each
        each:
          foreach: { in: [1, 2], states: { s: { set: {}, next: end } }, output: { z: 1 } }
          next: inner
        inner:
          scope: { states: { s: { set: {}, next: end } }, output: { v: 1 } }
          next: last
        last: { fail: { error: e, message: "\${ results.all.one.x & results.each.z & results.inner.v }" } }
    `),
  },
  {
    code: 'unknown-property',
    name: 'of what a child workflow gives',
    faulty: `
      workflow: w
      states:
        a: { run: ./child.workflow.yaml, with: { id: a }, next: b }
        b: { fail: { error: e, message: "\${ results.a.numbr }" } }
      #                                               ^^^^^ unknown-property ‘number’
      #- child.workflow.yaml
      workflow: child
      input: { type: object, properties: { id: { type: string } } }
      states: { s: { set: {}, next: end } }
      output: { number: "\${ input.id }" }
    `,
    nearMiss: `
      workflow: w
      states:
        a: { run: ./child.workflow.yaml, with: { id: a }, next: b }
        b: { fail: { error: e, message: "\${ results.a.number }" } }
      #- child.workflow.yaml
      workflow: child
      input: { type: object, properties: { id: { type: string } } }
      states: { s: { set: {}, next: end } }
      output: { number: "\${ input.id }" }
    `,
  },
  {
    code: 'unknown-property',
    name: 'of an event, a form and an answer of an OpenAPI document',
    faulty: workflow(
      `
        ask:
          call: shop.find
          with: { id: a }
          timeout: 5s
          next: wait
        wait:
          listen:
            on: { order.paid: { match: "\${ event.data.ordr = results.ask.nam }", next: person } }
      #                                               ^^^^ unknown-property ‘order’
      #                                                                  ^^^ unknown-property ‘name’
            timeout: 1h
            onTimeout: end
        person:
          human: { title: T, assignee: boss, due: 1h, form: { type: object, properties: { note: { type: string } } } }
          on: { done: [ { when: "\${ form.notes = 'x' }", next: end }, { next: end } ] }
      #                                  ^^^^^ unknown-property ‘note’
    `,
      PAID,
      `${SHOP}${BOSS}`,
    ).concat(OPENAPI),
    nearMiss: workflow(
      `
        ask:
          call: shop.find
          with: { id: a }
          timeout: 5s
          next: wait
        wait:
          listen:
            on: { order.paid: { match: "\${ event.data.order = results.ask.name }", next: person } }
            timeout: 1h
            onTimeout: end
        person:
          human: { title: T, assignee: boss, due: 1h, form: { type: object, properties: { note: { type: string } } } }
          on: { done: [ { when: "\${ form.note = 'x' }", next: end }, { next: end } ] }
    `,
      PAID,
      `${SHOP}${BOSS}`,
    ).concat(OPENAPI),
  },
]);

testCases('data: arguments', [
  {
    code: 'missing-argument',
    faulty: workflow(`
        a: { call: pay.charge, with: { id: a }, timeout: 5s, next: end }
      #                        ^^^^ missing-argument pay.charge needs ‘amount’
    `),
    nearMiss: workflow(`
        a: { call: pay.charge, with: { id: a, amount: 1 }, timeout: 5s, next: end }
    `),
  },
  {
    code: 'missing-argument',
    name: 'without any',
    faulty: workflow(`
        a: { call: pay.charge, timeout: 5s, next: end }
      #            ^^^^^^^^^^ missing-argument pay.charge needs ‘id’ and ‘amount’
    `),
    nearMiss: workflow(`
        a: { call: pay.charge, with: "\${ input }", timeout: 5s, next: end }
    `),
  },
  {
    code: 'missing-argument',
    name: 'inside of another, and of the path',
    faulty: workflow(`
        a:
          call: pay.charge
          with:
            id: a
            amount: 1
            lines:
      #     ^^^^^ missing-argument needs ‘sku’ in ‘lines.1’
              - sku: x
              - {}
          timeout: 5s
          next: end
    `),
    nearMiss: workflow(`
        a:
          call: pay.charge
          with:
            id: a
            amount: 1
            lines:
              - sku: x
              - sku: y
          timeout: 5s
          next: end
    `),
  },
  {
    code: 'missing-argument',
    name: 'of a child workflow',
    faulty: `
      workflow: w
      states:
        a: { run: ./child.workflow.yaml, with: {}, next: end }
      #                                  ^^^^ missing-argument ./child.workflow.yaml needs ‘id’
      #- child.workflow.yaml
      workflow: child
      input: { type: object, required: [id], properties: { id: { type: string } } }
      states: { s: { fail: { error: e, message: "\${ input.id }" } } }
    `,
    nearMiss: `
      workflow: w
      states:
        a: { run: ./child.workflow.yaml, with: { id: a }, next: end }
      #- child.workflow.yaml
      workflow: child
      input: { type: object, required: [id], properties: { id: { type: string } } }
      states: { s: { fail: { error: e, message: "\${ input.id }" } } }
    `,
  },
  {
    code: 'missing-argument',
    name: 'of a compensation',
    faulty: workflow(`
        a:
          call: pay.charge
          with: ${CHARGE}
          timeout: 5s
          compensate: { call: pay.charge, retry: { attempts: 3 }, timeout: 5s }
      #                       ^^^^^^^^^^ missing-argument pay.charge needs ‘id’ and ‘amount’
          next: end
    `),
    nearMiss: workflow(`
        a:
          call: pay.charge
          with: ${CHARGE}
          timeout: 5s
          compensate: { call: pay.charge, with: ${CHARGE}, retry: { attempts: 3 }, timeout: 5s }
          next: end
    `),
  },
  {
    code: 'unknown-argument',
    faulty: workflow(`
        a: { call: pay.charge, with: { id: a, amount: 1, comment: c }, timeout: 5s, next: end }
      #                                                  ^^^^^^^ unknown-argument pay.charge takes no ‘comment’
    `),
    nearMiss: workflow(`
        a: { call: pay.charge, with: { id: a, amount: 1, currency: EUR }, timeout: 5s, next: end }
    `),
  },
  {
    code: 'unknown-argument',
    name: 'a slip is one finding',
    faulty: workflow(`
        a: { call: pay.charge, with: { id: a, amuont: 1 }, timeout: 5s, next: end }
      #                                       ^^^^^^ unknown-argument Did you mean ‘amount’?
    `),
    nearMiss: workflow(`
        a: { call: log, with: hello, timeout: 5s, next: b }
        b: { call: log, timeout: 5s, next: end }
    `),
  },
  {
    code: 'unknown-argument',
    name: 'a header that the runner fills is no argument',
    faulty: workflow(
      `
        a: { call: shop.find, with: { id: a, other: b }, timeout: 5s, next: end }
      #                                      ^^^^^ unknown-argument
    `,
      '',
      SHOP,
    ).concat(OPENAPI),
    nearMiss: workflow(
      `
        a: { call: shop.find, with: { id: a }, timeout: 5s, next: end }
    `,
      '',
      SHOP,
    ).concat(OPENAPI),
  },
  {
    code: 'type-mismatch',
    name: 'of an argument',
    faulty: workflow(`
        a: { call: pay.charge, with: { id: "\${ input.amount }", amount: ten, currency: GBP, lines: {} }, timeout: 5s, next: end }
      #                                    ^^^^^^^^^^^^^^^^^^^ type-mismatch ‘id’ of pay.charge must be a string, but this is a number
      #                                                                 ^^^ type-mismatch ‘amount’ of pay.charge must be a number
      #                                                                                ^^^ type-mismatch one of "EUR", "USD"
      #                                                                                     ^^^^^ type-mismatch must be a list
    `),
    nearMiss: workflow(`
        a: { call: pay.charge, with: { id: "\${ input.note }", amount: "\${ input.amount }", currency: "\${ env.CURRENCY }", lines: "\${ input.items }" }, timeout: 5s, next: end }
    `),
  },
  {
    code: 'type-mismatch',
    name: 'of a function’s argument',
    faulty: workflow(`
        a: { fail: { error: e, message: "\${ $length(input.amount) & $uppercase(input.items) & $sum(input.items.sku) & $length(input.id, 2) }" } }
      #                                             ^^^^^^^^^^^^ type-mismatch ‘text’ of $length must be a string
      #                                                                        ^^^^^^^^^^^ type-mismatch ‘text’ of $uppercase
      #                                                                                            ^^^^^^^^^^^^^^^ type-mismatch a list of numbers
      #                                                                                                                                 ^ type-mismatch at most 1 argument
    `),
    nearMiss: workflow(`
        a: { fail: { error: e, message: "\${ $length(input.id) & $uppercase(input.note) & $sum(input.items.price) & input.items.$length(sku) }" } }
    `),
  },
  {
    code: 'type-mismatch',
    name: 'of operands',
    faulty: workflow(`
        a: { fail: { error: e, message: "\${ input.amount + input.id - (input.amount > 'ten' ? 1 : 2) }" } }
      #                                                    ^^^^^^^^ type-mismatch ‘+’ takes numbers, but ‘input.id’ is a string
      #                                                                ^^^^^^^^^^^^^^^^^^^^ type-mismatch
    `),
    nearMiss: workflow(`
        a: { fail: { error: e, message: "\${ input.amount + 1 - (input.amount > 10 ? 1 : 2) & input.id }" } }
    `),
  },
  {
    code: 'type-mismatch',
    name: 'of what a foreach goes through',
    faulty: workflow(`
        a:
          foreach: { in: "\${ input.id }", states: { s: { set: {}, next: end } } }
      #                  ^^^^^^^^^^^^^^^ type-mismatch ‘in’ must give a list
          next: end
    `),
    nearMiss: workflow(`
        a:
          foreach: { in: "\${ input.items }", states: { s: { set: {}, next: end } } }
          next: end
    `),
  },
  {
    code: 'type-mismatch',
    name: 'of what a wait waits for',
    faulty: workflow(`
        a: { wait: { until: "\${ input.urgent }" }, next: end }
      #                     ^^^^^^^^^^^^^^^^^^^ type-mismatch ‘until’ must give a timestamp
    `),
    nearMiss: workflow(`
        a: { wait: { until: "\${ input.note }" }, next: b }
        b: { wait: { until: "\${ $millis() + 1000 }" }, next: end }
    `),
  },
  {
    code: 'no-contract',
    faulty: `
      workflow: w
      participants:
        shop:
          baseUrl: https://shop.example
          operations:
            find: { http: GET /things }
      #     ^^^^ no-contract ‘results.a.name’
      states:
        a: { call: shop.find, timeout: 5s, next: b }
        b: { fail: { error: e, message: "\${ results.a.name }" } }
    `,
    nearMiss: `
      workflow: w
      participants:
        shop:
          baseUrl: https://shop.example
          operations:
            find: { http: GET /things, output: { type: object, properties: { name: { type: string } } } }
            look: { http: GET /things }
      states:
        a: { call: shop.find, timeout: 5s, next: b }
        b: { call: shop.look, timeout: 5s, next: c }
        c: { fail: { error: e, message: "\${ results.a.name }" } }
    `,
  },
]);

testCases('data: conditions', [
  {
    code: 'constant-condition',
    name: 'a word that is not in the enum',
    faulty: workflow(`
        a: { switch: [ { when: "\${ input.status = 'closed' }", next: end }, { next: end } ] }
      #                            ^^^^^^^^^^^^^^^^^^^^^^^ constant-condition never equal
    `),
    nearMiss: workflow(`
        a: { switch: [ { when: "\${ input.status = 'paid' or input.note = null }", next: end }, { next: end } ] }
    `),
  },
  {
    code: 'constant-condition',
    name: 'a comparison of a number with a text',
    faulty: workflow(`
        a: { switch: [ { when: "\${ input.amount = '3' }", next: end }, { next: end } ] }
      #                            ^^^^^^^^^^^^^^^^^^ constant-condition
    `),
    nearMiss: workflow(`
        a: { switch: [ { when: "\${ input.amount = 3 and input.amount != 4 }", next: end }, { next: end } ] }
    `),
  },
  {
    code: 'constant-condition',
    name: 'a guard that is written as a value',
    faulty: workflow(`
        a: { switch: [ { when: "\${ false }", next: end }, { when: false, next: end }, { next: end } ] }
      #                            ^^^^^ constant-condition always false
      #                                                           ^^^^^ constant-condition always false
    `),
    nearMiss: workflow(`
        a: { switch: [ { when: "\${ input.urgent }", next: end }, { when: true, next: end } ] }
    `),
  },
  {
    code: 'constant-condition',
    name: 'an outcome that there is not',
    faulty: `
      workflow: w
      participants: { boss: { role: boss } }
      states:
        a:
          human: { title: T, assignee: boss, due: 1h }
          on: { yes: b, no: b }
          assign: { said: "\${ outcome = 'maybe' }" }
      #                       ^^^^^^^^^^^^^^^^^ constant-condition one of "yes", "no"
        b: { set: {}, next: end }
      vars: { said: false }
    `,
    nearMiss: `
      workflow: w
      participants: { boss: { role: boss } }
      states:
        a:
          human: { title: T, assignee: boss, due: 1h }
          on: { yes: b, no: b }
          assign: { said: "\${ outcome = 'yes' }" }
        b: { set: {}, next: end }
      vars: { said: false }
    `,
  },
  {
    code: 'constant-condition',
    name: 'the first value of a variable does not fix its type',
    faulty: `
      workflow: w
      vars: { n: 0 }
      states:
        a: { set: { n: "\${ vars.n + 1 }" }, next: b }
        b: { switch: [ { when: "\${ vars.n = 'many' }", next: end }, { next: end } ] }
      #                            ^^^^^^^^^^^^^^^ constant-condition
    `,
    nearMiss: `
      workflow: w
      input: { type: object, properties: { n: {} } }
      vars: { n: 0, m: 0, o: null }
      states:
        a: { set: { n: "\${ input.n }", o: { a: 1 } }, next: b }
        b: { switch: [ { when: "\${ vars.n = 'many' or vars.m = 'few' or vars.o.a = 1 }", next: end }, { next: end } ] }
    `,
  },
  {
    code: 'not-boolean',
    faulty: workflow(`
        a: { switch: [ { when: "\${ input.amount }", next: end }, { when: "\${ input.items[price > 1] }", next: end }, { next: end } ] }
      #                            ^^^^^^^^^^^^ not-boolean gives a number
      #                                                                      ^^^^^^^^^^^^^^^^^^^^^^ not-boolean gives an object or a list
    `),
    nearMiss: workflow(`
        a: { switch: [ { when: "\${ input.urgent }", next: end }, { when: "\${ $exists(input.items[price > 1]) }", next: end }, { when: "\${ env.X ? true : input.urgent }", next: end }, { next: end } ] }
    `),
  },
]);

testCases('data: results and variables', [
  {
    code: 'result-not-certain',
    name: 'a path that goes round the state',
    faulty: workflow(`
        a: { switch: [ { when: "\${ input.urgent }", next: c }, { next: b } ] }
        b: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: c }
        c: { fail: { error: e, message: "\${ results.b.chargeId }" } }
      #                                             ^ result-not-certain
    `),
    nearMiss: workflow(`
        a: { switch: [ { when: "\${ input.urgent }", next: b }, { next: b } ] }
        b: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: c }
        c: { fail: { error: e, message: "\${ results.b.chargeId }" } }
    `),
  },
  {
    code: 'result-not-certain',
    name: 'the state’s own handler, and a warning',
    faulty: workflow(`
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, catch: [ { next: c } ], next: b }
        b: { call: pay.charge, with: { id: "\${ results.a.chargeId }", amount: 1 }, timeout: 5s, catch: warn, next: c }
        c: { fail: { error: e, message: "\${ results.a.chargeId & results.b.chargeId }" } }
      #                                             ^ result-not-certain
      #                                                                  ^ result-not-certain
    `),
    nearMiss: workflow(`
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, catch: [ { next: d } ], next: b }
        b: { call: pay.charge, with: { id: "\${ results.a.chargeId }", amount: 1 }, timeout: 5s, next: c }
        c: { fail: { error: e, message: "\${ results.a.chargeId & results.b.chargeId }" } }
        d: { fail: { error: e } }
    `),
  },
  {
    code: 'result-not-certain',
    name: 'a handler of the scope takes errors of those that can raise them',
    faulty: workflow(
      `
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: b }
        b: { fail: { error: order.refused } }
        c: { fail: { error: e, message: "\${ results.a.chargeId }" } }
      #                                             ^ result-not-certain
    `,
      'errors: { order.refused: {} }\n      catch: [ { errors: [timeout, order.refused], next: c } ]',
    ),
    nearMiss: workflow(
      `
        first: { set: {}, next: a }
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, catch: [ { next: d } ], next: b }
        b: { fail: { error: order.refused } }
        c: { fail: { error: e, message: "\${ results.a.chargeId }" } }
        d: { set: {}, next: end }
    `,
      'errors: { order.refused: {} }\n      catch: [ { errors: [order.refused], next: c } ]',
    ),
  },
  {
    code: 'result-not-certain',
    name: 'an event that may come at any time',
    faulty: workflow(
      `
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: end }
        c: { fail: { error: e, message: "\${ results.a.chargeId }" } }
      #                                             ^ result-not-certain
    `,
      'events: { order.cancelled: { data: { type: object } } }\n      on: { order.cancelled: c }',
    ),
    nearMiss: workflow(
      `
        a: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: c }
        c: { fail: { error: e, message: "\${ results.a.chargeId }" } }
        d: { set: {}, next: end }
    `,
      'events: { order.cancelled: { data: { type: object } } }\n      on: { order.cancelled: d }',
    ),
  },
  {
    code: 'result-not-certain',
    name: 'of a state around',
    faulty: workflow(`
        a: { switch: [ { when: "\${ input.urgent }", next: b }, { next: c } ] }
        b: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: c }
        c:
          scope:
            states: { s: { fail: { error: e, message: "\${ results.b.chargeId }" } } }
      #                                                           ^ result-not-certain
          next: end
    `),
    nearMiss: workflow(`
        b: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: c }
        c:
          scope:
            states: { s: { fail: { error: e, message: "\${ results.b.chargeId }" } } }
          next: end
    `),
  },
  {
    code: 'result-not-certain',
    name: 'asked for, it may be read',
    faulty: workflow(`
        a: { switch: [ { when: "\${ input.urgent }", next: b }, { next: c } ] }
        b: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: c }
        c: { switch: [ { when: "\${ results.b.fee > 3 }", next: d }, { next: end } ] }
      #                                    ^ result-not-certain
        d: { fail: { error: e, message: "\${ results.b.chargeId }" } }
    `),
    nearMiss: workflow(`
        a: { switch: [ { when: "\${ input.urgent }", next: b }, { next: c } ] }
        b: { call: pay.charge, with: ${CHARGE}, timeout: 5s, next: c }
        c: { switch: [ { when: "\${ $exists(results.b) }", next: d }, { next: e } ] }
        d: { fail: { error: e, message: "\${ results.b.chargeId }" } }
        e: { fail: { error: e, message: "\${ $exists(results.b) ? results.b.chargeId : 'none' }" } }
    `),
  },
  {
    code: 'result-not-certain',
    name: 'in the output, and of the state itself',
    faulty: workflow(
      `
        a: { switch: [ { when: "\${ input.urgent }", next: b }, { next: end } ] }
        b: { call: pay.charge, with: ${CHARGE}, timeout: 5s, assign: { x: "\${ results.b.chargeId }" }, next: end }
      #                                                                                                        ^ result-not-certain
    `,
      'vars: { x: null }\n      output: { id: "${ results.b.chargeId }" }\n      #                         ^ result-not-certain',
    ),
    nearMiss: workflow(
      `
        b: { call: pay.charge, with: ${CHARGE}, timeout: 5s, assign: { x: "\${ result.chargeId }" }, next: [ { when: "\${ results.b.fee > 1 }", next: c }, { next: end } ] }
        c: { set: {}, next: end }
    `,
      'vars: { x: null }\n      output: { id: "${ results.b.chargeId }" }',
    ),
  },
  {
    code: 'outer-assignment',
    faulty: `
      workflow: w
      vars: { n: 0 }
      states:
        a:
          parallel:
            branches:
              one: { states: { s: { set: { n: 1 }, next: end } } }
      #                                    ^ outer-assignment the branch ‘one’
          next: b
        b:
          foreach: { in: [1], states: { s: { set: {}, assign: { n: 1 }, next: end } } }
      #                                                         ^ outer-assignment an item of ‘b’
          next: end
    `,
    nearMiss: `
      workflow: w
      vars: { n: 0 }
      states:
        a:
          parallel:
            branches:
              one: { vars: { m: 0 }, states: { s: { set: { m: "\${ vars.n }" }, next: end } } }
          next: b
        b:
          scope: { states: { s: { set: { n: 1 }, next: end } } }
          assign: { n: 2 }
          next: end
    `,
  },
]);
