/** Sections 4, 6 and 7 of the language: how a run goes forward, and where its errors go. */
import { scenarios } from '../../support/scenarios.ts';
import { workflow } from '../../support/workflows.ts';

const by = { name: 'someone' };

scenarios({
  'without an output the last result is the run’s': {
    workflow: workflow('  a: { call: s.a, next: b }\n  b: { call: s.b, next: end }'),
    services: { 's.b': { return: { x: 1 } } },
    expect: { status: 'completed', path: ['a', 'b'], output: { x: 1 } },
  },
  'at completion: arguments of compensate, assign, output, next': {
    workflow: workflow(
      `
  a:
    call: s.a
    compensate: { call: s.undo_a, with: { n: "\${ vars.n }", r: "\${ result.v }" } }
    assign: { n: "\${ result.v }" }
    output: { doubled: "\${ vars.n * 2 }" }
    next:
      - { when: "\${ results.a.doubled = 10 and vars.n = 5 and result.v = 5 }", next: b }
      - { next: c }
  b: { fail: { error: right, message: yes } }
  c: { fail: { error: wrong, message: no } }
`,
      'vars: { n: 0 }',
    ),
    services: { 's.a': { return: { v: 5 } } },
    expect: { status: 'compensated', error: 'right', effects: ['s.a', 's.undo_a {"n":0,"r":5}'] },
  },
  'a transition sets its own variables': {
    workflow: workflow(
      `
  a: { switch: [ { when: "\${ input > 1 }", assign: { n: 9 }, next: b }, { next: end } ] }
  b: { set: { m: "\${ vars.n + 1 }" }, output: { m: "\${ vars.m }" }, next: end }
`,
      'vars: { n: 0, m: 0 }',
    ),
    input: 2,
    expect: { status: 'completed', output: { m: 10 } },
  },
  'a listen that hears nothing in time and has no way on fails with timeout': {
    workflow: workflow(
      `
  a: { listen: { on: { order.paid: end }, timeout: 5m }, catch: [ { errors: [timeout], next: b } ] }
  b: { set: {}, output: "\${ 'late' }", next: end }
`,
      'events: { order.paid: {} }',
    ),
    expect: { status: 'completed', path: ['a', 'b'], output: 'late', duration: 300_000 },
  },
  'a listen that hears nothing in time goes on with next': {
    workflow: workflow(
      '  a: { listen: { on: { order.paid: end }, timeout: 5m }, next: b }\n  b: { set: {}, next: end }',
      'events: { order.paid: {} }',
    ),
    expect: { status: 'completed', path: ['a', 'b'], duration: 300_000 },
  },
  'a scope assigns the variables around it, and shadows those that it declares itself': {
    workflow: workflow(
      `
  s:
    scope:
      vars: { own: 1, shadowed: 2 }
      states:
        t:
          scope:
            states:
              a: { set: { outer: "\${ vars.own + 10 }", own: 5, shadowed: 6 }, next: [ { assign: { chosen: yes }, next: end } ] }
          next: b
        b: { set: {}, output: "\${ vars }", next: end }
    next: c
  c: { set: {}, output: { within: "\${ results.s }", after: "\${ vars }" }, next: end }
`,
      'vars: { outer: 0, shadowed: 0, chosen: no }',
    ),
    expect: {
      status: 'completed',
      output: {
        within: { outer: 11, shadowed: 6, chosen: 'yes', own: 5 },
        after: { outer: 11, shadowed: 0, chosen: 'yes' },
      },
    },
  },
  'a fault of an expression names the expression and its place': {
    workflow: workflow(
      `
  a: { set: { e: "\${ 'x' & $number('q') }" }, catch: [ { assign: { e: "\${ error }" }, next: b } ], next: b }
  b: { set: {}, output: "\${ { 'message': vars.e.message, 'data': vars.e.data } }", next: end }
`,
      'vars: { e: null }',
    ),
    expect: {
      status: 'completed',
      output: {
        message: `Unable to cast value to a number: "q". See \`'x' & $number('q')\` at w.workflow.yaml:27:28.`,
        data: { expression: "'x' & $number('q')", line: 27, column: 28 },
      },
    },
  },
  'a list in which nothing holds raises no-transition, and what was done is undone': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: [ { when: "\${ false }", next: end } ] }
`),
    expect: { status: 'compensated', error: 'no-transition', compensated: ['a'] },
  },
  'an expression that faults after the action leaves the action to be undone': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, output: "\${ $number('x') }", next: end }
`),
    expect: { status: 'compensated', error: 'expression', compensated: ['a'] },
  },
  'retries wait with growing delays and keep their key': {
    workflow: workflow('  a: { call: s.a, retry: { attempts: 4, delay: 1s, factor: 2, maxDelay: 3s }, next: end }'),
    services: { 's.a': [{ fail: 'network' }, { fail: 'network' }, { fail: 'network' }, { return: 1 }] },
    expect: { status: 'completed', duration: 6000, calls: { 's.a': 4 }, keys: ['r1/a/1'] },
    withoutCrashes: true,
  },
  'a retry covers only the errors that it names': {
    workflow: workflow('  a: { call: s.a, retry: { on: [http.5xx], attempts: 4 }, next: end }'),
    services: { 's.a': [{ fail: 'http.503' }, { fail: 'http.404' }] },
    expect: { status: 'failed', error: 'http.404', calls: { 's.a': 2 } },
  },
  'each attempt has its limit, and `total` bounds them all': {
    workflow: workflow(
      '  a: { call: s.a, timeout: { attempt: 1s, total: 2500ms, extend: 2 }, retry: { attempts: 5, delay: 100ms, factor: 1 }, next: end }',
    ),
    services: { 's.a': { delay: 60_000 } },
    expect: { status: 'failed', error: 'timeout', duration: 2500, calls: { 's.a': 2 } },
    withoutCrashes: true,
  },
  'the first handler that matches takes the error, from the inside out': {
    workflow: workflow(
      `
  p:
    scope:
      catch: [ { errors: [http.4xx], next: inner } ]
      states:
        a: { call: s.a, compensate: { call: s.undo_a }, next: b }
        b: { call: s.b, catch: [ { errors: [timeout], next: end } ], next: end }
        inner: { call: s.x, next: end }
    next: end
    catch: [ { errors: [any], assign: { why: "\${ error.type & ' ' & error.state }" }, next: outer } ]
  outer: { call: s.y, output: { why: "\${ vars.why }" }, next: end }
`,
      'vars: { why: "" }',
    ),
    services: { 's.b': { fail: 'http.503' } },
    expect: {
      status: 'completed',
      path: ['p', 'p/a', 'p/b', 'outer'],
      compensated: ['p/a'],
      output: { why: 'http.503 p/b' },
    },
  },
  'a handler inside the scope leaves nothing, so nothing is undone': {
    workflow: workflow(`
  p:
    scope:
      catch: [ { errors: [http.4xx], next: inner } ]
      states:
        a: { call: s.a, compensate: { call: s.undo_a }, next: b }
        b: { call: s.b, next: end }
        inner: { call: s.x, next: end }
    next: end
`),
    services: { 's.b': { fail: 'http.404' } },
    expect: { status: 'completed', path: ['p', 'p/a', 'p/b', 'p/inner'], compensated: [], pending: ['p/a → s.undo_a'] },
    withoutCrashes: true,
  },
  'a handler may roll back before it goes on': {
    workflow: workflow(`
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, catch: [ { rollback: all, next: c } ], next: end }
  c: { call: s.c, next: end }
`),
    services: { 's.b': { fail: 'http.500' } },
    expect: { status: 'completed', path: ['a', 'b', 'c'], effects: ['s.a', 's.undo_a', 's.c'] },
  },
  '`catch: warn` goes on': {
    workflow: workflow('  a: { call: s.a, catch: warn, next: b }\n  b: { call: s.b, next: end }'),
    services: { 's.a': { fail: 'http.500' } },
    expect: { status: 'completed', path: ['a', 'b'] },
  },
  '`recovery: fail` stops as it is': {
    workflow: workflow(
      '  a: { call: s.a, compensate: { call: s.undo_a }, next: b }\n  b: { call: s.b, next: end }',
      'recovery: fail',
    ),
    services: { 's.b': { fail: 'http.500' } },
    expect: { status: 'failed', error: 'http.500', compensated: [] },
  },
  '`recovery: suspend` parks the run, and retry goes on forward': {
    workflow: workflow(
      '  a: { call: s.a, compensate: { call: s.undo_a }, next: b }\n  b: { call: s.b, next: end }',
      'recovery: suspend',
    ),
    services: { 's.b': [{ fail: 'http.500' }, { return: 'late' }] },
    hands: [{ give: { type: 'retry', by, state: 'b' } }],
    expect: { status: 'completed', output: 'late', compensated: [], path: ['a', 'b'] },
  },
  'rollback to a state keeps that state done': {
    workflow: workflow(
      `
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, compensate: { call: s.undo_b }, next: c }
  c: { switch: [ { when: "\${ vars.n = 0 }", assign: { n: 1 }, next: r }, { next: end } ] }
  r: { rollback: { to: a }, next: b }
`,
      'vars: { n: 0 }',
    ),
    expect: { status: 'completed', path: ['a', 'b', 'c', 'r', 'b', 'c'], effects: ['s.a', 's.b', 's.undo_b', 's.b'] },
  },
  'a wait takes its time': {
    workflow: workflow('  a: { wait: 1h30m, next: b }\n  b: { call: s.b, next: end }'),
    expect: { status: 'completed', duration: 5_400_000 },
    withoutCrashes: true,
  },
  'the entry after `maxVisits` is refused': {
    workflow: workflow(
      '  a: { call: s.a, maxVisits: 2, next: [ { when: "${ input = 1 }", next: end }, { next: a } ] }',
    ),
    expect: { status: 'failed', error: 'limit', path: ['a', 'a'] },
  },
  'a runaway loop ends in `limit`': {
    workflow: workflow(
      '  a: { set: { n: "${ vars.n + 1 }" }, catch: [ { next: a } ], next: [ { when: "${ vars.n > 99 }", next: end }, { next: a } ] }',
      'vars: { n: 0 }\nlimits: { transitions: 20 }',
    ),
    expect: { status: 'failed', error: 'limit' },
    withoutCrashes: true,
  },
  'the timeout of the run is raised at the top': {
    workflow: workflow(
      '  a: { call: s.a, compensate: { call: s.undo_a }, next: b }\n  b: { wait: 1h, catch: [ { next: end } ], next: end }',
      'timeout: 5m',
    ),
    expect: { status: 'compensated', error: 'timeout', compensated: ['a'], duration: 300_000 },
    withoutCrashes: true,
  },
  'a person’s answer is checked and chooses the way': {
    workflow: workflow(`
  h:
    human: { title: "Amount \${ input }", assignee: people, form: { type: object, required: [note], properties: { note: { type: string } } } }
    on: { yes: a, no: end }
  a: { call: s.a, with: { note: "\${ results.h.form.note }", by: "\${ results.h.actor }" }, next: end }
`),
    input: 5,
    hands: [
      { give: { type: 'decision', state: 'h', by, outcome: 'perhaps', form: null } },
      { give: { type: 'decision', state: 'h', by, outcome: 'yes', form: {} } },
      { give: { type: 'decision', state: 'h', by, outcome: 'yes', form: { note: 'fine' } } },
    ],
    expect: { status: 'completed', path: ['h', 'a'], effects: ['s.a {"note":"fine","by":"someone"}'] },
  },
  'an event is emitted with the completion': {
    workflow: workflow(
      '  a: { emit: thing.done, data: { x: "${ input }" }, next: end }',
      'events: { thing.done: { data: { type: object } } }',
    ),
    input: 3,
    expect: { status: 'completed', emitted: ['thing.done r1/a/1'] },
  },
  'when a branch fails the others are cancelled and undone': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one:
          states:
            x: { call: s.x, compensate: { call: s.undo_x }, next: z }
            z: { call: s.z, compensate: { call: s.undo_z, after: attempt }, next: end }
        two: { states: { y: { call: s.y, next: end } } }
    next: end
    catch: [ { next: end } ]
`),
    services: { 's.x': { delay: 10 }, 's.y': { delay: 50, fail: 'boom' }, 's.z': { delay: 1000 } },
    expect: { status: 'completed', compensated: ['p/one/z', 'p/one/x'], duration: 50 },
    withoutCrashes: true,
  },
  'an action that ends well after it was cancelled is undone all the same': {
    workflow: workflow(`
  p:
    parallel:
      join: any
      branches:
        one: { states: { x: { call: s.x, compensate: { call: s.undo_x }, next: end } } }
        two: { states: { y: { call: s.y, next: end } } }
    next: end
`),
    services: { 's.x': { delay: 10 }, 's.y': { delay: 10, return: 5 } },
    expect: { status: 'completed', output: { one: {} } },
    withoutCrashes: true,
  },
  'items run in order and give their results in order': {
    workflow: workflow(`
  f:
    foreach: { in: "\${ input }", as: n, concurrency: 2, call: s.x }
    with: { n: "\${ n }", i: "\${ index }" }
    compensate: { call: s.undo_x, with: { n: "\${ n }" } }
    next: c
  c: { fail: { error: no.good, message: no } }
`),
    input: [7, 8, 9],
    expect: {
      status: 'compensated',
      path: ['f', 'f/0', 'f/1', 'f/2', 'c'],
      compensated: ['f/2', 'f/1', 'f/0'],
      keys: ['r1/f/0/1', 'r1/f/1/1', 'r1/f/2/1', 'r1/f/2/1/compensate', 'r1/f/1/1/compensate', 'r1/f/0/1/compensate'],
    },
    withoutCrashes: true,
  },
});

scenarios({
  'a wait ends in an error when its timeout comes first': {
    workflow: workflow(
      '  a: { wait: 1h, timeout: 5m, catch: [ { errors: [timeout], next: b } ], next: end }\n  b: { call: s.b, next: end }',
    ),
    expect: { status: 'completed', path: ['a', 'b'], duration: 300_000 },
    withoutCrashes: true,
  },
});

scenarios({
  'a variable that is put into itself again and again is an error before nothing can write it any more': {
    workflow: `
workflow: nest
limits: { transitions: 100000 }
vars: { x: 0 }
states:
  deeper:
    set: { x: ${'['.repeat(100)}"\${ vars.x }"${']'.repeat(100)} }
    catch: [ { errors: [expression], next: end } ]
    next: deeper
`,
    expect: { status: 'completed' },
    withoutCrashes: true,
  },
  'so is one that holds itself twice': {
    workflow: `
workflow: twice
limits: { transitions: 100000 }
vars: { x: 0 }
states:
  wider:
    set: { x: ["\${ vars.x }", "\${ vars.x }"] }
    catch: [ { errors: [expression], next: end } ]
    next: wider
`,
    expect: { status: 'completed' },
    withoutCrashes: true,
  },
});
