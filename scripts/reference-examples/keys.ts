// An example of every shape, for docs/reference/keys.md: a file in which each key of the shape stands. A test checks that
// it has no error and that no key is left out.
import type { ShapeName } from '../../language/index.ts';

const ORDER = `workflow: order
version: 2.0.0
title: An order
description: Takes an order and pays for it.
input: { type: object, properties: { id: { type: string } } }
output: { note: "\${ vars.note }" }
vars: { note: none }
participants:
  pay: { baseUrl: "\${ env.PAY_URL }", operations: { charge: { http: POST /charges } } }
events: { order.cancelled: { data: { type: object } }, order.placed: { data: { type: object } } }
errors: { order.refused: { description: Nobody wants it. } }
policies: { retry: { often: { attempts: 5 } } }
triggers: [{ event: order.placed, input: "\${ event.data }" }]
timeout: 3d
recovery: compensate
lock: "\${ input.id }"
on: { order.cancelled: { rollback: all, next: stop } }
catch: [{ errors: [order], next: stop }]
limits: { transitions: 500, depth: 4 }
migrations: [{ from: 1.x, states: { payment: charge }, vars: { note: "\${ vars.note }" } }]
start: charge
states:
  charge: { call: pay.charge, retry: often, compensate: none, next: end }
  stop: { fail: { error: order.refused } }`;

const EVENTS = `events:
  order.paid:
    description: The money has arrived.
    data: { type: object, properties: { id: { type: string } } }
    key: "\${ event.data.id }"
    ttl: 12h`;

const TEST = `workflow: ./order.workflow.yaml
description: What becomes of an order.
mocks: { pay.charge: { return: {} } }
scenarios:
  it is paid:
    description: The card is declined once.
    input: { id: o-1 }
    env: { PAY_URL: https://pay.example }
    secrets: { KEY: not-a-real-one }
    mocks: { pay.charge: [{ fail: { error: http.402, message: declined, data: {}, code: c1, status: 402 } }, { return: {}, delay: 3s }] }
    events: [{ at: 5m, type: order.cancelled, data: {}, id: e-1, source: shop }]
    decisions: { approve: { after: 1h, outcome: approved, form: { note: fine }, actor: anna } }
    crash: { after: charge }
    expect:
      status: completed
      error: http.402
      path: [charge]
      compensated: []
      calls: { pay.charge: 2 }
      output: { note: none }
      vars: { note: none }
      emitted: []
      suspended: false
      duration: 1h
  it stops before it is paid:
    crash: { before: charge }`;

const CALLS = `participants:
  stock:
    description: What there is in the house.
    openapi: ./stock.openapi.yaml
    consistency: eventual
    circuitBreaker: { failures: 5, window: 1m, reset: 30s }
    maxConcurrent: 4
    headers: { X-Shop: north }
  labels: { module: ./labels.ts }
  finance: { role: finance-team, members: [anna, ben] }
  pay:
    baseUrl: https://pay.example
    operations:
      charge:
        description: Takes the money.
        http: POST /charges
        input: { type: object }
        output: { type: object }
        errors: [http.402]
        effect: write
        idempotent: true
        headers: { X-Order: "\${ args.id }" }
        timeout: 10s
        retry: { on: [network, http.5xx], attempts: 4, delay: 500ms, factor: 2, maxDelay: 10s, jitter: full }
  tools: { operations: { zip: { shell: [zip, a.zip, "\${ args.file }"] } } }`;

const KINDS = `workflow: order
vars: { note: none }
events: { order.paid: { data: { type: object } } }
${CALLS}
states:
  charge:
    title: Take the money
    description: By card.
    call: pay.charge
    with: { id: "\${ input.id }" }
    idempotencyKey: "\${ input.id }"
    assign: { note: "\${ result.note }" }
    output: "\${ result }"
    retry: { attempts: 3 }
    timeout: { attempt: 10s, total: 1m, extend: 2 }
    heartbeat: 5s
    catch: [{ errors: [http.402], when: "\${ error.status = 402 }", assign: { note: declined }, rollback: all, next: choose }]
    compensate: none
    confirm: { call: labels.print, with: { id: "\${ result.id }" }, idempotencyKey: print, retry: { attempts: 3 }, timeout: 10s }
    next: choose
  choose:
    switch:
      - { when: "\${ vars.note = 'none' }", next: both }
      - { when: "\${ vars.note = 'odd' }", assign: { note: undone }, rollback: scope, next: look }
      - { next: each }
    maxVisits: 3
  both:
    parallel:
      join: { atLeast: 1 }
      onBranchError: collect
      branches:
        left: { start: one, vars: { n: 0 }, states: { one: { set: { n: 1 }, next: end } }, output: "\${ vars.n }" }
    next: each
  each: { foreach: { in: [1, 2], call: labels.print, with: { n: "\${ item }" }, idempotencyKey: "\${ item }", retry: { attempts: 2 }, timeout: 5s, compensate: none }, next: pack }
  pack:
    foreach: { in: [1], as: box, concurrency: 2, onItemError: collect, start: one, vars: { n: 0 }, states: { one: { set: { n: 1 }, next: end } }, output: "\${ vars.n }" }
    next: inner
  inner:
    scope:
      start: one
      vars: { n: 0 }
      states: { one: { wait: { until: "2030-01-01T00:00:00Z" }, next: end } }
      on: { order.paid: ship }
      catch: [{ errors: any, next: one }]
      output: "\${ vars.n }"
      compensation: parallel
    on: { order.paid: ship }
    next: ship
  ship: { run: ./ship.workflow.yaml, version: ^1.0, detached: true, next: hear }
  hear:
    listen:
      on: { order.paid: { match: "\${ event.data.id = input.id }", when: "\${ vars.note = 'none' }", assign: { note: paid }, rollback: scope, next: ask } }
      timeout: 15m
      onTimeout: ask
      buffer: true
  ask:
    human:
      title: Look at it
      description: Is it right?
      candidates: [finance]
      assign: round-robin
      form: { type: object }
      outcomes: [fine, odd]
      due: 4h
      escalate: [{ after: 4h, to: finance }, { after: 5h, notify: finance }, { after: 1d, outcome: odd }]
    on: { fine: tell, odd: back }
  look: { human: { title: Look again, assignee: finance, due: 1d }, on: { fine: end } }
  tell: { emit: order.paid, data: { id: o-1 }, pivot: true, next: set }
  set: { set: { note: told }, next: end }
  back: { rollback: { to: choose }, next: stop }
  stop: { fail: { error: order.odd, message: Something is odd., data: { note: "\${ vars.note }" } } }
  wait: { wait: 30m, next: end }`;

const SIDES = `workflow: order
events: { order.undone: { data: { type: object } } }
${CALLS}
states:
  one: { call: pay.charge, compensate: { call: labels.void, with: { id: 1 }, idempotencyKey: k, retry: { attempts: 3 }, timeout: 5s, after: attempt, onFailure: halt }, next: two }
  two: { call: pay.charge, compensate: { run: ./undo.workflow.yaml, version: ^1.0, detached: false, with: {} }, confirm: { run: ./sure.workflow.yaml, version: ^1.0, detached: false, with: {} }, next: three }
  three: { call: pay.charge, compensate: { emit: order.undone, data: {} }, confirm: { emit: order.undone, data: {} }, next: four }
  four: { call: pay.charge, compensate: { human: { title: Undo it, due: 1d } }, confirm: { human: { title: Confirm it, due: 1d } }, next: five }
  five:
    call: pay.charge
    compensate: { scope: { states: { undo: { call: labels.void, next: end } } } }
    confirm: { scope: { states: { sure: { call: labels.print, next: end } } } }
    next: six
  six: { call: pay.charge, confirm: { call: labels.print, with: {}, idempotencyKey: k, retry: { attempts: 2 }, timeout: 5s }, compensate: none, next: end }`;

const BUILT_IN = `workflow: order
states:
  get: { call: http, with: { method: POST, url: https://a.example, headers: { X-A: b }, query: { page: 1 }, body: { id: 1 } }, next: run }
  run: { call: shell, with: { command: [ls, -l], env: { LANG: C }, cwd: ., stdin: text }, next: script }
  script: { call: script, with: { module: ./labels.ts, function: print, input: { n: 1 } }, next: log }
  log: { call: log, with: { level: info, message: done }, next: end }`;

const small = (rest: string): string => `workflow: order\n${rest}\nstates: { first: { wait: 1s, next: end } }`;

/** A file for each shape; several shapes share one where they belong together. */
export const SHAPE_EXAMPLES: Readonly<Record<ShapeName, string>> = {
  workflow: ORDER,
  participant: `workflow: order\n${CALLS}\nstates: { first: { call: pay.charge, next: end } }`,
  operation: `workflow: order\n${CALLS}\nstates: { first: { call: pay.charge, next: end } }`,
  circuitBreaker: `workflow: order\n${CALLS}\nstates: { first: { call: pay.charge, next: end } }`,
  policies: small(
    'policies:\n  retry: { often: { attempts: 5 } }\n  timeout: { short: 5s }\n  circuitBreaker: { careful: { failures: 2 } }',
  ),
  retry: `workflow: order\n${CALLS}\nstates: { first: { call: pay.charge, next: end } }`,
  timeout: small('policies: { timeout: { patient: { attempt: 10s, total: 1m, extend: 2 } } }'),
  event: small(EVENTS),
  error: small('errors: { order.refused: { description: Nobody wants it., data: { type: object } } }'),
  trigger: small(
    'events: { order.placed: { data: { type: object } } }\ntriggers:\n' +
      '  - { event: order.placed, when: "${ event.data.n > 5 }", input: "${ event.data }" }\n' +
      '  - { every: 1h, input: {} }\n  - { cron: "0 6 * * *" }',
  ),
  limits: small('limits: { transitions: 500, depth: 4 }'),
  migration: ORDER,
  state: KINDS,
  transition: KINDS,
  handler: KINDS,
  rollback: KINDS,
  listener: KINDS,
  compensate: SIDES,
  confirm: SIDES,
  parallel: KINDS,
  join: KINDS,
  branch: KINDS,
  foreach: KINDS,
  scope: KINDS,
  listen: KINDS,
  wait: KINDS,
  human: KINDS,
  escalation: KINDS,
  fail: KINDS,
  'http arguments': BUILT_IN,
  'shell arguments': BUILT_IN,
  'script arguments': BUILT_IN,
  'log arguments': BUILT_IN,
  scenarios: TEST,
  scenario: TEST,
  mock: TEST,
  failure: TEST,
  incident: TEST,
  decision: TEST,
  crash: TEST,
  expectation: TEST,
  settings: 'rules: { unreachable-state: error, call-without-timeout: off }',
};
