/**
 * Section 8 of the language, rule by rule.
 *
 * It is long because it is one table: a scenario for each sentence of the section.
 */
import { scenarios } from '../../support/scenarios.ts';
import { workflow } from '../../support/workflows.ts';

const by = { name: 'someone' };

const TWO_AND_FAIL = `
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, compensate: { call: s.undo_b }, next: c }
  c: { fail: { error: no.good, message: no } }
`;

scenarios({
  '8.1 a compensation undoes what its state did': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a, with: { id: "\${ result.id }" } }, next: b }
  b: { fail: { error: no.good, message: no } }
`),
    services: { 's.a': { return: { id: 7 } } },
    expect: {
      status: 'compensated',
      error: 'no.good',
      path: ['a', 'b'],
      compensated: ['a'],
      effects: ['s.a', 's.undo_a {"id":7}'],
    },
  },
  '8.1 `compensate: none` leaves nothing to undo': {
    workflow: workflow(`
  a: { call: s.a, compensate: none, next: b }
  b: { fail: { error: no.good, message: no } }
`),
    expect: { status: 'failed', compensated: [], effects: ['s.a'] },
  },
  '8.1 a compensation may be a scope with states of its own': {
    workflow: workflow(`
  a:
    call: s.a
    compensate:
      scope:
        states:
          first: { call: s.undo_a, with: { id: "\${ result.id }" }, next: second }
          second: { call: s.undo_b, next: end }
    next: b
  b: { fail: { error: no.good, message: no } }
`),
    services: { 's.a': { return: { id: 7 } } },
    expect: { status: 'compensated', compensated: ['a'], effects: ['s.a', 's.undo_a {"id":7}', 's.undo_b'] },
  },
  '8.2 arguments are those of the completion, and a state visited twice has two entries': {
    workflow: workflow(
      `
  a:
    call: s.a
    compensate: { call: s.undo_a, with: { n: "\${ vars.n }" } }
    assign: { n: "\${ vars.n + 1 }" }
    next: [ { when: "\${ vars.n < 2 }", next: a }, { next: b } ]
  b: { fail: { error: no.good, message: no } }
`,
      'vars: { n: 0 }',
    ),
    expect: {
      status: 'compensated',
      path: ['a', 'a', 'b'],
      compensated: ['a', 'a'],
      effects: ['s.a', 's.a', 's.undo_a {"n":1}', 's.undo_a {"n":0}'],
      keys: ['r1/a/1', 'r1/a/2', 'r1/a/2/compensate', 'r1/a/1/compensate'],
    },
  },
  '8.2 what is pending is what would be called': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a, with: { id: "\${ result.id }" } }, next: h }
  h: { human: { title: ok?, assignee: people }, on: { yes: end } }
`),
    services: { 's.a': { return: { id: 7 } } },
    expect: { status: 'waiting', pending: ['a → s.undo_a {"id":7}'] },
  },
  '8.3 a timeout leaves the effect in doubt, so `after: attempt` undoes it': {
    workflow: workflow(`
  a: { call: s.a, timeout: 1s, compensate: { call: s.undo_a, after: attempt }, next: end }
`),
    services: { 's.a': { delay: 5000 } },
    expect: { status: 'compensated', error: 'timeout', compensated: ['a'] },
  },
  '8.3 an error that says that nothing was done takes the entry away': {
    workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: a }
  a: { call: s.a, compensate: { call: s.undo_a, after: attempt }, next: end }
`),
    services: { 's.a': { fail: 'http.402' } },
    expect: { status: 'compensated', error: 'http.402', compensated: ['z'] },
    withoutCrashes: true,
  },
  '8.3 every other error leaves it in doubt': {
    workflow: workflow('  a: { call: s.a, compensate: { call: s.undo_a, after: attempt }, next: end }'),
    services: { 's.a': { fail: 'limit' } },
    expect: { status: 'compensated', error: 'limit', compensated: ['a'] },
  },
  '8.3 so does an error that the operation declares': {
    workflow: workflow(`
  a: { call: s.declared, compensate: { call: s.undo_a, after: attempt }, next: end }
`),
    services: { 's.declared': { fail: 'stock.empty' } },
    expect: { status: 'failed', compensated: [] },
    withoutCrashes: true,
  },
  '8.3 unless an earlier attempt was in doubt': {
    workflow: workflow(`
  a: { call: s.a, retry: { attempts: 2 }, compensate: { call: s.undo_a, after: attempt }, next: end }
`),
    services: { 's.a': [{ fail: 'http.503' }, { fail: 'http.409' }] },
    expect: { status: 'compensated', error: 'http.409', compensated: ['a'], calls: { 's.a': 2, 's.undo_a': 1 } },
  },
  '8.3 one entry a visit, whatever the retries': {
    workflow: workflow(`
  a: { call: s.a, retry: { attempts: 3 }, compensate: { call: s.undo_a, after: attempt }, next: b }
  b: { fail: { error: no.good, message: no } }
`),
    services: { 's.a': [{ fail: 'http.503' }, { fail: 'http.404' }, { return: {} }] },
    expect: { status: 'compensated', compensated: ['a'], calls: { 's.a': 3, 's.undo_a': 1 } },
  },
  '8.3 the arguments are evaluated before the attempt, where there is no result yet': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a, after: attempt, with: { r: "\${ result }", i: "\${ input }" } }, next: b }
  b: { fail: { error: no.good, message: no } }
`),
    input: 5,
    expect: { effects: ['s.a', 's.undo_a {"r":null,"i":5}'] },
  },
  '8.3 an answer that did not fit leaves the effect in doubt': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a, after: attempt }, next: end }
`),
    services: { 's.a': { fail: 'validation', acted: true } },
    expect: { status: 'compensated', error: 'validation', compensated: ['a'] },
  },
  '8.4 entries are undone in the reverse of the order of completion': {
    workflow: workflow(TWO_AND_FAIL),
    expect: {
      status: 'compensated',
      compensated: ['b', 'a'],
      keys: ['r1/a/1', 'r1/b/1', 'r1/b/1/compensate', 'r1/a/1/compensate'],
    },
  },
  '8.4 across parallel branches too': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one:
          states:
            x: { call: s.x, compensate: { call: s.undo_x }, next: z }
            z: { call: s.z, compensate: { call: s.undo_z }, next: end }
        two:
          states:
            y: { call: s.y, compensate: { call: s.undo_y }, next: end }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    services: { 's.x': { delay: 10 }, 's.y': { delay: 20 }, 's.z': { delay: 30 } },
    expect: { status: 'compensated', compensated: ['p/one/z', 'p/two/y', 'p/one/x'] },
    withoutCrashes: true,
  },
  '8.4 an entry of `after: attempt` counts from the completion': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one: { states: { x: { call: s.x, compensate: { call: s.undo_x, after: attempt }, next: end } } }
        two: { states: { y: { call: s.y, compensate: { call: s.undo_y }, next: end } } }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    services: { 's.x': { delay: 50 }, 's.y': { delay: 20 } },
    expect: { compensated: ['p/one/x', 'p/two/y'] },
    withoutCrashes: true,
  },
  '8.4 `compensation: parallel` lets the entries of a scope run at once': {
    workflow: workflow(`
  p:
    scope:
      compensation: parallel
      states:
        a: { call: s.a, compensate: { call: s.undo_a }, next: b }
        b: { call: s.b, compensate: { call: s.undo_b }, next: end }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    services: { 's.undo_b': { delay: 100 }, 's.undo_a': { delay: 10 } },
    expect: { status: 'compensated', compensated: ['p/a', 'p/b'], duration: 100 },
    withoutCrashes: true,
  },
  '8.5 a completed scope is one group, in order': {
    workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p:
    scope:
      states:
        a: { call: s.a, compensate: { call: s.undo_a }, next: b }
        b: { call: s.b, compensate: { call: s.undo_b }, next: end }
    next: c
  c: { call: s.c, compensate: { call: s.undo_c }, next: d }
  d: { fail: { error: no.good, message: no } }
`),
    expect: { compensated: ['c', 'p/b', 'p/a', 'z'] },
  },
  '8.5 the own compensation of a scope replaces that of its states': {
    workflow: workflow(`
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: end } } }
    compensate: { call: s.undo_x }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    expect: { compensated: ['p'], effects: ['s.a', 's.undo_x'] },
  },
  '8.5 a completed child run is one entry: rolling it back': {
    workflow: workflow(`
  a: { run: ./child.workflow.yaml, next: c }
  c: { fail: { error: no.good, message: no } }
`),
    expect: { status: 'compensated', compensated: ['a'], effects: ['run r1.a.1', 'undo-run r1.a.1'] },
  },
  '8.6 an entry that succeeded is not run again when another is retried': {
    workflow: workflow(TWO_AND_FAIL),
    services: { 's.undo_b': [{ fail: 'network' }, { return: {} }] },
    hands: [{ give: { type: 'retry', by, state: null } }],
    expect: {
      status: 'compensated',
      compensated: ['a', 'b'],
      calls: { 's.a': 1, 's.b': 1, 's.undo_b': 2, 's.undo_a': 1 },
    },
  },
  '8.7 a failing compensation is retried by its policy': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a, retry: { attempts: 3 } }, next: b }
  b: { fail: { error: no.good, message: no } }
`),
    services: { 's.undo_a': [{ fail: 'network' }, { fail: 'network' }, { return: {} }] },
    expect: { status: 'compensated', compensated: ['a'], calls: { 's.a': 1, 's.undo_a': 3 } },
  },
  '8.7 by default the remaining entries run, and the run is suspended with what is left': {
    workflow: workflow(TWO_AND_FAIL),
    services: { 's.undo_b': { fail: 'network' } },
    expect: { status: 'suspended', error: 'no.good', compensated: ['a'], pending: ['b → s.undo_b'] },
  },
  '8.7 what is left is told in the order in which it would be undone': {
    workflow: workflow(TWO_AND_FAIL),
    services: { 's.undo_a': { fail: 'network' }, 's.undo_b': { fail: 'network' } },
    expect: { status: 'suspended', compensated: [], pending: ['b → s.undo_b', 'a → s.undo_a'] },
  },
  '8.7 a run that is suspended while a handler has something undone holds the error that the handler took': {
    workflow: workflow(`
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: b }, b: { call: s.b, next: end } } }
    catch: [ { next: c } ]
    next: end
  c: { call: s.c, next: end }
`),
    services: { 's.b': { fail: 'boom' }, 's.undo_a': { fail: 'network' } },
    expect: { status: 'suspended', error: 'boom', path: ['p', 'p/a', 'p/b'], pending: ['p/a → s.undo_a'] },
  },
  '8.7 and no longer holds it when it goes on': {
    workflow: workflow(`
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: b }, b: { call: s.b, next: end } } }
    catch: [ { next: c } ]
    next: end
  c: { call: s.c, next: end }
`),
    services: { 's.b': { fail: 'boom' }, 's.undo_a': { fail: 'network' } },
    hands: [{ give: { type: 'skip', by, state: 'p/a' } }],
    expect: { status: 'completed', error: null, path: ['p', 'p/a', 'p/b', 'c'] },
  },
  '8.7 `onFailure: halt` keeps the rest': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, compensate: { call: s.undo_b, onFailure: halt }, next: c }
  c: { fail: { error: no.good, message: no } }
`),
    services: { 's.undo_b': { fail: 'network' } },
    expect: { status: 'suspended', compensated: [], pending: ['b → s.undo_b', 'a → s.undo_a'] },
  },
  '8.2 arguments that cannot be evaluated are an error at once, and what they should undo waits for a person': {
    workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: a }
  a: { call: s.a, compensate: { call: s.undo_a, with: { x: "\${ $error('lost') }" } }, next: b }
  b: { call: s.b, next: end }
`),
    expect: {
      status: 'suspended',
      error: 'expression',
      compensated: ['z'],
      calls: { 's.z': 1, 's.a': 1, 's.undo_z': 1 },
      pending: ['a → s.undo_a'],
    },
  },
  '8.3 nothing is attempted when the arguments of its compensation cannot be evaluated before': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a, after: attempt, with: { x: "\${ $error('lost') }" } }, next: end }
`),
    expect: { status: 'failed', error: 'expression', calls: {}, compensated: [] },
  },
  '8.10 a confirmation whose arguments cannot be evaluated is an error at once, and the state is undone': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a, with: { x: "\${ $error('lost') }" } }, next: end }
`),
    expect: { status: 'compensated', error: 'expression', calls: { 's.a': 1, 's.undo_a': 1 }, compensated: ['a'] },
  },
  '8.7 skipping drives the run on, and what was skipped is not undone': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, compensate: { call: s.undo_b, onFailure: halt }, next: c }
  c: { fail: { error: no.good, message: no } }
`),
    services: { 's.undo_b': { fail: 'network' } },
    hands: [{ give: { type: 'skip', by, state: 'b' } }],
    expect: { status: 'compensated', compensated: ['a'], pending: [] },
  },
  '8.7 a person may have resolved it by hand': {
    workflow: workflow(`
  b: { call: s.b, compensate: { call: s.undo_b }, next: c }
  c: { fail: { error: no.good, message: no } }
`),
    services: { 's.undo_b': { fail: 'network' } },
    hands: [{ give: { type: 'resolve', by, state: 'b' } }],
    expect: { status: 'compensated', compensated: [], pending: [] },
  },
  '8.7 a decision about something that does not wait is refused': {
    workflow: workflow(TWO_AND_FAIL),
    services: { 's.undo_b': { fail: 'network' } },
    hands: [{ give: { type: 'skip', by, state: 'a' } }],
    expect: { status: 'suspended', refusals: ['No failed compensation of a waits for a person. These wait: b.'] },
  },
  '8.8 an error while compensating starts no other compensation': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, catch: [ { next: x } ], next: b }
  b: { fail: { error: no.good, message: no } }
  x: { call: s.x, next: end }
`),
    services: { 's.undo_a': { fail: 'http.500' } },
    expect: { status: 'suspended', error: 'no.good', path: ['a', 'b'] },
  },
  '8.9 after a pivot nothing is undone: the run is suspended and goes on by retry, with the same key': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, pivot: true, next: c }
  c: { call: s.c, next: end }
`),
    services: { 's.c': [{ fail: 'http.500' }, { return: { ok: true } }] },
    hands: [
      { give: { type: 'cancel', by, compensate: true, force: false } },
      { give: { type: 'retry', by, state: null } },
    ],
    expect: {
      status: 'completed',
      compensated: [],
      keys: ['r1/a/1', 'r1/b/1', 'r1/c/1'],
      refusals: ['The run has passed its pivot and can only go forward; `--force` stops it as it is.'],
    },
    withoutCrashes: true,
  },
  '8.9 a pivot in doubt is undone with the rest by its own `after: attempt`': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, pivot: true, timeout: 1s, compensate: { call: s.undo_b, after: attempt }, next: end }
`),
    services: { 's.b': { delay: 5000 } },
    expect: { status: 'compensated', error: 'timeout', compensated: ['b', 'a'] },
  },
  '8.9 a pivot that surely did nothing is not undone': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, pivot: true, compensate: { call: s.undo_b, after: attempt }, next: end }
`),
    services: { 's.b': { fail: 'http.409' } },
    expect: { status: 'compensated', error: 'http.409', compensated: ['a'], effects: ['s.a', 's.undo_a'] },
    withoutCrashes: true,
  },
  '8.9 a pivot that completes discards its own `after: attempt`, too, but not its confirmation': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b:
    call: s.b
    pivot: true
    retry: { attempts: 2 }
    compensate: { call: s.undo_b, after: attempt }
    confirm: { call: s.confirm_b }
    next: c
  c: { call: s.c, catch: [ { errors: [any], next: d } ], next: end }
  d: { call: s.d, next: end }
`),
    services: { 's.b': [{ fail: 'http.503' }, { return: {} }], 's.c': { fail: 'http.500' } },
    expect: {
      status: 'completed',
      compensated: [],
      calls: { 's.a': 1, 's.b': 2, 's.c': 1, 's.d': 1, 's.confirm_b': 1 },
    },
  },
  '8.10 what was tried is confirmed when the scope completes, in order of completion': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a, with: { id: "\${ result.id }" } }, next: b }
  b: { call: s.b, compensate: { call: s.undo_b }, confirm: { call: s.confirm_b }, next: end }
`),
    services: { 's.a': { return: { id: 1 } } },
    expect: {
      status: 'completed',
      effects: ['s.a', 's.b', 's.confirm_a {"id":1}', 's.confirm_b'],
      keys: ['r1/a/1', 'r1/b/1', 'r1/a/1/confirm', 'r1/b/1/confirm'],
      pending: [],
    },
  },
  '8.10 what did not complete is not confirmed, though it may have to be undone': {
    workflow: workflow(`
  p:
    scope:
      states:
        a: { call: s.a, compensate: { call: s.undo_a, after: attempt }, confirm: { call: s.confirm_a }, catch: [ { errors: [network], next: b } ], next: b }
        b: { call: s.b, compensate: { call: s.undo_b }, confirm: { call: s.confirm_b }, next: end }
    next: c
  c: { fail: { error: no.good } }
`),
    services: { 's.a': { fail: 'network' } },
    expect: { status: 'compensated', effects: ['s.b', 's.confirm_b', 's.undo_a'], compensated: ['p/a'] },
  },
  '8.10 what is rolled back is not confirmed, also where nothing undoes it': {
    workflow: workflow(`
  p:
    parallel:
      onBranchError: collect
      branches:
        one:
          states:
            a: { call: s.a, confirm: { call: s.confirm_a }, next: b }
            b: { fail: { error: no.good } }
        two:
          states:
            x: { call: s.x, confirm: { call: s.confirm_b }, next: r }
            r: { rollback: scope, next: end }
    next: q
  q:
    scope: { states: { a: { call: s.a, confirm: { call: s.confirm_a }, next: b }, b: { fail: { error: no.good } } } }
    catch: [ { next: c } ]
    next: c
  c: { call: s.c, next: end }
`),
    expect: { status: 'completed', effects: ['s.a', 's.x', 's.a', 's.c'] },
  },
  '8.10 a scope that is rolled back runs `compensate` instead': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a }, next: b }
  b: { fail: { error: no.good, message: no } }
`),
    expect: { status: 'compensated', effects: ['s.a', 's.undo_a'] },
  },
  '8.10 a confirmation that cannot be made suspends the run, and retry goes on there': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a, retry: { attempts: 2 } }, next: end }
`),
    services: { 's.confirm_a': [{ fail: 'network' }, { fail: 'network' }, { return: {} }] },
    hands: [{ give: { type: 'retry', by, state: null } }],
    expect: { status: 'completed', calls: { 's.a': 1, 's.confirm_a': 3 } },
    withoutCrashes: true,
  },
  '8.1 a compensation may be a workflow of its own': {
    workflow: workflow(`
  a: { call: s.a, compensate: { run: ./undo.workflow.yaml, with: { id: "\${ result.id }" } }, next: b }
  b: { fail: { error: no.good, message: no } }
`),
    services: { 's.a': { return: { id: 7 } } },
    expect: { status: 'compensated', compensated: ['a'], effects: ['s.a', 'run r1.a.1.compensation'] },
  },
  '8.1 a compensation may be an event': {
    workflow: workflow(
      `
  a: { call: s.a, compensate: { emit: thing.undone, data: { id: "\${ result.id }" } }, next: b }
  b: { fail: { error: no.good, message: no } }
`,
      'events: { thing.undone: { data: { type: object } } }',
    ),
    services: { 's.a': { return: { id: 7 } } },
    expect: { status: 'compensated', compensated: ['a'], emitted: ['thing.undone r1/a/1/compensate'] },
  },
  '8.1 a compensation may be a person’s task, which the rollback waits for': {
    workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: a }
  a: { call: s.a, compensate: { human: { title: "Undo \${ result.id }", assignee: people, outcomes: [done] } }, next: b }
  b: { fail: { error: no.good, message: no } }
`),
    services: { 's.a': { return: { id: 7 } } },
    hands: [{ give: { type: 'decision', state: 'a', by, outcome: 'done', form: null } }],
    expect: { status: 'compensated', compensated: ['a', 'z'], effects: ['s.z', 's.a', 's.undo_z'] },
  },
  '8.4 across items that run at once, by when each completed': {
    workflow: workflow(`
  f:
    foreach: { in: "\${ [1, 2, 3] }", as: n, concurrency: 3, call: s.x }
    with: { n: "\${ n }" }
    compensate: { call: s.undo_x, with: { n: "\${ n }" } }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    services: { 's.x': [{ delay: 30 }, { delay: 10 }, { delay: 20 }] },
    expect: {
      status: 'compensated',
      compensated: ['f/0', 'f/2', 'f/1'],
      effects: [
        's.x {"n":1}',
        's.x {"n":2}',
        's.x {"n":3}',
        's.undo_x {"n":1}',
        's.undo_x {"n":3}',
        's.undo_x {"n":2}',
      ],
    },
    withoutCrashes: true,
  },
  '8.4 branches that a satisfied join does without are undone together': {
    workflow: workflow(`
  p:
    parallel:
      join: any
      branches:
        one: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: b }, b: { call: s.b, compensate: { call: s.undo_b }, next: w }, w: { wait: 1h, next: end } } }
        two: { states: { c: { call: s.c, compensate: { call: s.undo_c }, next: d }, d: { call: s.d, timeout: 30s, compensate: { call: s.undo_z, after: attempt }, next: end } } }
        three: { states: { x: { call: s.x, next: end } } }
    next: end
`),
    services: {
      's.a': { delay: 1000 },
      's.b': { delay: 2000 },
      's.c': { delay: 2000 },
      's.d': { delay: 60_000, deaf: true },
      's.x': { delay: 5000, return: 7 },
      's.undo_a': { delay: 1000 },
      's.undo_b': { delay: 1000 },
      's.undo_c': { delay: 1000 },
      's.undo_z': { delay: 1000 },
    },
    expect: {
      status: 'completed',
      output: { three: 7 },
      compensated: ['p/one/b', 'p/two/d', 'p/two/c', 'p/one/a'],
      pending: [],
      duration: 36_000,
    },
    withoutCrashes: true,
  },
  '8.4 what may be undone at once begins with what completed last': {
    workflow: workflow(`
  p:
    scope:
      compensation: parallel
      states:
        f:
          foreach: { in: "\${ [1, 2] }", as: i, concurrency: 2, call: s.a }
          with: { i: "\${ i }" }
          compensate: { call: s.undo_a, with: { i: "\${ i }" } }
          next: b
        b: { fail: { error: no.good } }
    next: end
`),
    services: { 's.a': [{ delay: 20 }, { delay: 10 }] },
    expect: { status: 'compensated', effects: ['s.a {"i":1}', 's.a {"i":2}', 's.undo_a {"i":1}', 's.undo_a {"i":2}'] },
    withoutCrashes: true,
  },
  '8.4 one compensation at a time': {
    workflow: workflow(TWO_AND_FAIL),
    services: { 's.undo_a': { delay: 30 }, 's.undo_b': { delay: 20 } },
    expect: { status: 'compensated', compensated: ['b', 'a'], duration: 50 },
    withoutCrashes: true,
  },
  '8.5 a scope in a branch counts from when the scope completed, its states in order': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one:
          states:
            q:
              scope:
                states:
                  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
                  b: { call: s.b, compensate: { call: s.undo_b }, next: end }
              next: end
        two: { states: { y: { call: s.y, compensate: { call: s.undo_y }, next: end } } }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    services: { 's.a': { delay: 10 }, 's.b': { delay: 40 }, 's.y': { delay: 20 } },
    expect: { compensated: ['p/one/q/b', 'p/one/q/a', 'p/two/y'] },
    withoutCrashes: true,
  },
  '8.5 the own compensation of a `parallel` replaces that of its branches': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: end } } }
        two: { states: { b: { call: s.b, compensate: { call: s.undo_b }, next: end } } }
    compensate: { call: s.undo_x, with: { keys: "\${ $keys(result) }" } }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    expect: { compensated: ['p'], effects: ['s.a', 's.b', 's.undo_x {"keys":["one","two"]}'] },
  },
  '8.5 but when it fails itself, its branches are undone as they are': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: end } } }
        two: { states: { b: { wait: 10ms, next: c }, c: { fail: { error: no.good } } } }
    compensate: { call: s.undo_x }
    next: end
`),
    expect: { status: 'compensated', compensated: ['p/one/a'], effects: ['s.a', 's.undo_a'] },
  },
  '8.5 the own compensation of a `foreach` with states replaces that of its items': {
    workflow: workflow(`
  f:
    foreach:
      in: "\${ [1, 2] }"
      as: n
      states: { a: { call: s.a, compensate: { call: s.undo_a }, next: end } }
    compensate: { call: s.undo_x }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    expect: { compensated: ['f'], effects: ['s.a', 's.a', 's.undo_x'] },
  },
  '8.7 an alert is raised at once, before the remaining entries run': {
    workflow: workflow(TWO_AND_FAIL),
    services: { 's.undo_b': { fail: 'network' }, 's.undo_a': { delay: 1000 } },
    hands: [
      {
        when: ({ activations, unresolved }) =>
          unresolved.size === 1 &&
          [...activations.values()].some((each) => each.state === 'a' && each.phase === 'acting'),
        give: { type: 'skip', by, state: 'b' },
      },
    ],
    expect: { status: 'compensated', compensated: ['a'], pending: [] },
    withoutCrashes: true,
  },
  '8.9 an error after a pivot that a handler takes goes on as any other, and undoes nothing': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, pivot: true, next: c }
  c: { call: s.c, compensate: { call: s.undo_c }, next: d }
  d: { fail: { error: no.good }, catch: [ { next: x } ] }
  x: { call: s.x, next: end }
`),
    expect: { status: 'completed', path: ['a', 'b', 'c', 'd', 'x'], compensated: [], pending: [] },
  },
  '8.9 after a pivot `--force` stops the run as it is': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, pivot: true, next: c }
  c: { call: s.c, next: end }
`),
    services: { 's.c': { fail: 'boom' } },
    hands: [{ give: { type: 'cancel', by, compensate: true, force: true } }],
    expect: { status: 'cancelled', error: 'boom', compensated: [], path: ['a', 'b', 'c'] },
  },
  '8.10 a pivot discards compensations, not confirmations': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a }, next: b }
  b: { call: s.b, pivot: true, next: c }
  c: { call: s.c, next: end }
`),
    expect: { status: 'completed', effects: ['s.a', 's.b', 's.c', 's.confirm_a'], compensated: [] },
  },
  '8.10 what was confirmed in a scope is not undone when the run is': {
    workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a }, next: end } } }
    next: c
  c: { fail: { error: no.good } }
`),
    expect: {
      status: 'compensated',
      compensated: ['z'],
      keys: ['r1/z/1', 'r1/p/a/1', 'r1/p/a/1/confirm', 'r1/z/1/compensate'],
    },
  },
  '8 a run with nothing to undo fails, and one whose entries were all undone by an earlier rollback is compensated': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { rollback: all, next: c }
  c: { fail: { error: no.good } }
`),
    expect: { status: 'compensated', error: 'no.good', compensated: ['a'], path: ['a', 'b', 'c'] },
  },
  '8.11 a cancelled run stops its action, then compensates': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, compensate: { call: s.undo_b, after: attempt }, next: end }
`),
    services: { 's.b': { delay: 1_000_000 } },
    hands: [{ when: (state) => isActing(state, 'b'), give: { type: 'cancel', by, compensate: true, force: false } }],
    expect: { status: 'cancelled', error: null, compensated: ['b', 'a'], duration: 0 },
    withoutCrashes: true,
  },
  '8.11 unless told not to': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, next: end }
`),
    services: { 's.b': { delay: 1_000_000 } },
    hands: [{ when: (state) => isActing(state, 'b'), give: { type: 'cancel', by, compensate: false, force: false } }],
    expect: { status: 'cancelled', compensated: [], effects: ['s.a', 's.b'] },
    withoutCrashes: true,
  },
});

function isActing(state: { activations: Map<number, { state: string; phase: string }> }, name: string): boolean {
  return [...state.activations.values()].some(
    (activation) => activation.state === name && activation.phase === 'acting',
  );
}
