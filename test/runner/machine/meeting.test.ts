/**
 * Where two rules meet: what then happens, as docs/reference/meaning.md says it.
 *
 * It is long because it is one table: a scenario for each two rules that meet.
 */
import type { RunState, StimulusBody } from '../../../runner/machine/index.ts';
import { scenarios } from '../../support/scenarios.ts';
import { workflow } from '../../support/workflows.ts';

const by = { name: 'someone' };
const CANCEL: StimulusBody = { type: 'cancel', by, compensate: true, force: false };
const RETRY: StimulusBody = { type: 'retry', by, state: null };
const EVENTS = 'events: { thing.changed: { data: { type: object } } }';
const CHANGED: StimulusBody = {
  type: 'event',
  event: { id: 'e1', type: 'thing.changed', source: '/x', time: '2026-01-01T00:00:00Z', data: {} },
};

const isActing =
  (state: string, role = 'state') =>
  ({ activations }: RunState): boolean =>
    [...activations.values()].some((each) => each.state === state && each.phase === 'acting' && each.role === role);
const isSuspended = ({ lifecycle }: RunState): boolean => lifecycle === 'suspended';

scenarios({
  'a stopped branch that does not hear it is waited for until it times out, and only then is the scope rolled back': {
    workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p:
    scope:
      states:
        a: { call: s.a, compensate: { call: s.undo_a }, next: q }
        q:
          parallel:
            branches:
              one: { states: { x: { call: s.x, timeout: 10s, compensate: { call: s.undo_x, after: attempt }, next: end } } }
              two: { states: { y: { call: s.y, next: end } } }
          next: end
    catch: [ { next: c } ]
    next: end
  c: { call: s.c, next: end }
`),
    services: { 's.x': { delay: 60_000, deaf: true }, 's.y': { delay: 4000, fail: 'boom' } },
    expect: {
      status: 'completed',
      path: ['z', 'p', 'p/a', 'p/q', 'p/q/one/x', 'p/q/two/y', 'c'],
      compensated: ['p/q/one/x', 'p/a'],
      pending: ['z → s.undo_z'],
      duration: 10_000,
    },
    withoutCrashes: true,
  },
  'the limit of a state with branches passes while it is stopped, inside a scope that is rolled back': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one:
          states:
            q:
              parallel: { branches: { in: { states: { x: { call: s.x, compensate: { call: s.undo_x, after: attempt }, next: end } } } } }
              timeout: 10s
              catch: [ { next: never } ]
              next: end
            never: { call: s.z, next: end }
        two: { states: { y: { call: s.y, next: end } } }
    next: end
`),
    services: { 's.x': { delay: 60_000, deaf: true }, 's.y': { delay: 4000, fail: 'boom' } },
    expect: {
      status: 'compensated',
      error: 'boom',
      path: ['p', 'p/one/q', 'p/two/y', 'p/one/q/in/x'],
      compensated: ['p/one/q/in/x'],
      duration: 60_000,
    },
    withoutCrashes: true,
  },
  'a state with branches that took too long is stopped once, when nobody in its own branch takes the error': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: q }, q: { scope: { states: { x: { call: s.x, next: end } } }, timeout: 10s, next: end } } }
        two: { states: { y: { call: s.y, compensate: { call: s.undo_y, after: attempt }, next: end } } }
    next: end
`),
    services: { 's.x': { delay: 60_000 }, 's.y': { delay: 60_000 } },
    expect: { status: 'compensated', error: 'timeout', compensated: ['p/one/a', 'p/two/y'], duration: 10_000 },
    withoutCrashes: true,
  },
  'a rollback that reached further out than what is left, and failed there, waits for a person': {
    workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p:
    parallel:
      branches:
        one: { states: { a: { scope: { states: { r: { rollback: all, next: end } } }, next: end } } }
        two: { states: { y: { call: s.y, next: end } } }
    catch: [ { next: c } ]
    next: end
  c: { call: s.c, next: end }
`),
    services: { 's.undo_z': { delay: 2000, fail: 'network' }, 's.y': { delay: 1000, fail: 'boom' } },
    expect: {
      status: 'suspended',
      error: 'boom',
      path: ['z', 'p', 'p/one/a', 'p/two/y', 'p/one/a/r'],
      pending: ['z → s.undo_z'],
    },
    withoutCrashes: true,
  },
  'a branch that fails while another one undoes what it did waits for that undoing, and nothing is undone twice': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one:
          states:
            a: { call: s.a, compensate: { call: s.undo_a }, next: b }
            b: { call: s.b, compensate: { call: s.undo_b }, next: c }
            c: { call: s.c, catch: [ { rollback: scope, next: d } ], next: end }
            d: { call: s.d, next: end }
        two: { states: { y: { call: s.y, next: end } } }
    next: end
`),
    services: { 's.c': { delay: 10, fail: 'boom' }, 's.y': { delay: 50, fail: 'late' }, 's.undo_b': { delay: 100 } },
    expect: {
      status: 'compensated',
      error: 'late',
      path: ['p', 'p/one/a', 'p/two/y', 'p/one/b', 'p/one/c'],
      compensated: ['p/one/b', 'p/one/a'],
      calls: { 's.a': 1, 's.b': 1, 's.c': 1, 's.y': 1, 's.undo_b': 1, 's.undo_a': 1 },
      duration: 110,
    },
    withoutCrashes: true,
  },
  'two branches that collect undo what they did at the same time, each its own in order': {
    workflow: workflow(`
  p:
    parallel:
      onBranchError: collect
      branches:
        one: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: b }, b: { call: s.b, next: end } } }
        two: { states: { x: { call: s.x, compensate: { call: s.undo_x }, next: y }, y: { call: s.y, next: end } } }
    output: { one: "\${ result.one.error.type }", two: "\${ result.two.error.type }" }
    next: end
`),
    services: { 's.b': { fail: 'boom' }, 's.y': { delay: 50, fail: 'late' }, 's.undo_a': { delay: 100 } },
    expect: {
      status: 'completed',
      output: { one: 'boom', two: 'late' },
      compensated: ['p/two/x', 'p/one/a'],
      pending: [],
      duration: 100,
    },
    withoutCrashes: true,
  },
  'the timeout of the run is not raised while an error is undone: the undoing takes its time': {
    workflow: workflow(
      `
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { fail: { error: no.good, message: no } }
  late: { call: s.x, next: end }
`,
      'timeout: 5s\ncatch: [ { errors: [timeout], next: late } ]',
    ),
    services: { 's.undo_a': { delay: 10_000 } },
    expect: { status: 'compensated', error: 'no.good', path: ['a', 'b'], compensated: ['a'], duration: 10_000 },
    withoutCrashes: true,
  },
  'nor while the run is cancelled, which stays cancelled': {
    workflow: workflow(
      `
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { call: s.b, next: end }
`,
      'timeout: 5s',
    ),
    services: { 's.b': { delay: 60_000 }, 's.undo_a': { delay: 10_000 } },
    hands: [{ when: isActing('b'), give: CANCEL }],
    expect: { status: 'cancelled', error: null, compensated: ['a'], duration: 10_000 },
    withoutCrashes: true,
  },
  'the timeout of the run during a rollback that a handler asked for: that is brought to its end, then the timeout counts':
    {
      workflow: workflow(
        `
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: b }, b: { call: s.b, next: end } } }
    catch: [ { next: c } ]
    next: end
  c: { call: s.c, next: end }
`,
        'timeout: 5s',
      ),
      services: { 's.b': { fail: 'boom' }, 's.undo_a': { delay: 10_000 } },
      expect: {
        status: 'compensated',
        error: 'timeout',
        path: ['z', 'p', 'p/a', 'p/b'],
        compensated: ['p/a', 'z'],
        duration: 10_000,
      },
      withoutCrashes: true,
    },
  'the timeout of the run in a state that holds others, with `recovery: suspend`: retry goes on where they stood': {
    workflow: workflow(
      `
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: w }, w: { wait: 1h, next: end } } }
    next: end
`,
      'timeout: 5m\nrecovery: suspend',
    ),
    hands: [{ when: isSuspended, give: RETRY }],
    expect: {
      status: 'completed',
      path: ['p', 'p/a', 'p/w'],
      effects: ['s.a'],
      pending: ['p/a → s.undo_a'],
      duration: 3_600_000,
    },
    withoutCrashes: true,
  },
  'the timeout of the run during a rollback, with `recovery: suspend`: retry goes on with the rollback': {
    workflow: workflow(
      `
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: b }, b: { call: s.b, compensate: { call: s.undo_b }, next: c }, c: { call: s.c, next: end } } }
    catch: [ { next: x } ]
    next: end
  x: { call: s.x, next: end }
`,
      'timeout: 5m\nrecovery: suspend',
    ),
    services: { 's.c': { fail: 'boom' }, 's.undo_b': { delay: 600_000 } },
    hands: [{ when: isSuspended, give: RETRY }],
    expect: {
      status: 'completed',
      error: null,
      path: ['p', 'p/a', 'p/b', 'p/c', 'x'],
      compensated: ['p/b', 'p/a'],
      effects: ['s.a', 's.b', 's.undo_b', 's.undo_a', 's.x'],
    },
    withoutCrashes: true,
  },
  'the timeout of the run in a call, with `recovery: suspend`: it is stopped, and made again with the same key': {
    workflow: workflow('  a: { call: s.a, next: end }', 'timeout: 5m\nrecovery: suspend'),
    services: { 's.a': [{ delay: 3_600_000 }, { return: 7 }] },
    hands: [{ when: isSuspended, give: RETRY }],
    expect: { status: 'completed', output: 7, calls: { 's.a': 2 }, keys: ['r1/a/1'], duration: 300_000 },
    withoutCrashes: true,
  },
  'the timeout of the run while a task is open, with `recovery: suspend`: it is the same task after a retry': {
    workflow: workflow(
      '  h: { human: { title: ok?, assignee: people }, on: { yes: end } }',
      'timeout: 5m\nrecovery: suspend',
    ),
    hands: [
      { when: isSuspended, give: RETRY },
      { give: { type: 'decision', state: 'h', by, outcome: 'yes', form: null } },
    ],
    expect: { status: 'completed', output: { outcome: 'yes', form: null, actor: 'someone' } },
    withoutCrashes: true,
  },
  'an event of the workflow’s `on` during a rollback: that is brought to its end, and the event’s way is taken then': {
    workflow: workflow(
      `
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: b }, b: { call: s.b, next: end } } }
    catch: [ { next: c } ]
    next: end
  c: { call: s.c, next: end }
  x: { call: s.x, next: end }
`,
      `${EVENTS}\non: { thing.changed: { next: x } }`,
    ),
    services: { 's.b': { fail: 'boom' }, 's.undo_a': { delay: 1000 } },
    hands: [{ when: isActing('a', 'compensation'), give: CHANGED }],
    expect: {
      status: 'completed',
      path: ['p', 'p/a', 'p/b', 'x'],
      compensated: ['p/a'],
      effects: ['s.a', 's.undo_a', 's.x'],
    },
    withoutCrashes: true,
  },
  'an event of the workflow’s `on` while the whole run is undone is not for it any more': {
    workflow: workflow(
      `
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { fail: { error: no.good, message: no } }
  x: { call: s.x, next: end }
`,
      `${EVENTS}\non: { thing.changed: { next: x } }`,
    ),
    services: { 's.undo_a': { delay: 1000 } },
    hands: [{ when: isActing('a', 'compensation'), give: CHANGED }],
    expect: { status: 'compensated', path: ['a', 'b'], effects: ['s.a', 's.undo_a'] },
    withoutCrashes: true,
  },
  'an event of a scope around while a branch is stopped: the scope is left, and the branch is waited for and undone': {
    workflow: workflow(
      `
  p:
    scope:
      on: { thing.changed: { rollback: scope, next: x } }
      states:
        q:
          parallel:
            join: any
            branches:
              one: { states: { a: { call: s.a, compensate: { call: s.undo_a, after: attempt }, next: end } } }
              two: { states: { y: { call: s.y, next: end } } }
          next: end
    next: end
  x: { call: s.x, next: end }
`,
      EVENTS,
    ),
    services: { 's.a': { delay: 1000, deaf: true }, 's.y': { delay: 10 } },
    hands: [
      {
        when: ({ activations }) => [...activations.values()].some((each) => each.state === 'a' && each.stopping),
        give: CHANGED,
      },
    ],
    expect: {
      status: 'completed',
      path: ['p', 'p/q', 'p/q/one/a', 'p/q/two/y', 'x'],
      compensated: ['p/q/one/a'],
      duration: 1000,
    },
    withoutCrashes: true,
  },
  'of branches that listen for the same event the one that was entered first is given it': {
    workflow: workflow(
      `
  p:
    parallel:
      branches:
        one: { states: { l: { listen: { on: { thing.changed: { next: end } }, timeout: 1m, onTimeout: end }, output: "\${ $exists(result.id) }" } } }
        two: { states: { l: { listen: { on: { thing.changed: { next: end } }, timeout: 1m, onTimeout: end }, output: "\${ $exists(result.id) }" } } }
    next: end
`,
      EVENTS,
    ),
    hands: [{ when: isActing('l'), give: CHANGED }],
    expect: { status: 'completed', output: { one: true, two: false }, duration: 60_000 },
    withoutCrashes: true,
  },
  'a wait that is over at the very instant at which its time ends is in time': {
    workflow: workflow(
      `
  a: { wait: 10s, timeout: 10s, catch: [ { next: late } ], next: end }
  late: { fail: { error: too.late } }
`,
      'timeout: 10s',
    ),
    expect: { status: 'completed', path: ['a'], duration: 10_000 },
    withoutCrashes: true,
  },
  'a handler with a rollback inside an item that collects undoes in that item alone, and the item goes on': {
    workflow: workflow(`
  f:
    foreach:
      in: "\${ input }"
      as: n
      onItemError: collect
      states:
        a: { call: s.a, with: { n: "\${ n }" }, compensate: { call: s.undo_a, with: { n: "\${ n }" } }, next: b }
        b: { switch: [ { when: "\${ n = 2 }", next: bad }, { when: "\${ n = 3 }", next: worse }, { next: end } ] }
        bad: { fail: { error: no.good, message: no }, catch: [ { rollback: scope, next: d } ] }
        worse: { fail: { error: no.use, message: no } }
        d: { call: s.d, with: { n: "\${ n }" }, output: mended, next: end }
    output: "\${ result.error ? result.error.type : result }"
    next: end
`),
    input: [1, 2, 3],
    expect: {
      status: 'completed',
      effects: ['s.a {"n":1}', 's.a {"n":2}', 's.undo_a {"n":2}', 's.d {"n":2}', 's.a {"n":3}', 's.undo_a {"n":3}'],
      compensated: ['f/1/a', 'f/2/a'],
      pending: ['f/0/a → s.undo_a {"n":1}'],
    },
  },
  'a pivot that succeeds while an event leaves its scope is one: nothing is undone, and the event’s way is taken': {
    workflow: workflow(
      `
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p:
    scope:
      on: { thing.changed: { rollback: all, next: x } }
      states: { a: { call: s.a, pivot: true, next: end } }
    next: end
  x: { call: s.x, next: end }
`,
      EVENTS,
    ),
    services: { 's.a': { delay: 100, deaf: true } },
    hands: [{ when: isActing('a'), give: CHANGED }],
    expect: { status: 'completed', path: ['z', 'p', 'p/a', 'x'], compensated: [], pending: [], duration: 100 },
    withoutCrashes: true,
  },
  'a pivot that could be stopped is none, and what was done before it is undone': {
    workflow: workflow(
      `
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p:
    scope:
      on: { thing.changed: { rollback: all, next: x } }
      states: { a: { call: s.a, pivot: true, next: end } }
    next: end
  x: { call: s.x, next: end }
`,
      EVENTS,
    ),
    services: { 's.a': { delay: 100 } },
    hands: [{ when: isActing('a'), give: CHANGED }],
    expect: { status: 'completed', path: ['z', 'p', 'p/a', 'x'], compensated: ['z'], duration: 0 },
    withoutCrashes: true,
  },
  'a cancel that comes while a pivot acts, which succeeds all the same, comes too late: the run goes on': {
    workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p: { scope: { states: { a: { call: s.a, pivot: true, next: end } } }, next: c }
  c: { call: s.c, next: end }
`),
    services: { 's.a': { delay: 100, deaf: true } },
    hands: [{ when: isActing('a'), give: CANCEL }],
    expect: {
      status: 'completed',
      error: null,
      path: ['z', 'p', 'p/a', 'c'],
      compensated: [],
      effects: ['s.z', 's.a', 's.c'],
    },
    withoutCrashes: true,
  },
  'so does the timeout of the run': {
    workflow: workflow(
      `
  z: { call: s.z, compensate: { call: s.undo_z }, next: a }
  a: { call: s.a, pivot: true, next: c }
  c: { call: s.c, next: end }
`,
      'timeout: 1s',
    ),
    services: { 's.a': { delay: 5000, deaf: true } },
    expect: { status: 'completed', error: null, compensated: [], effects: ['s.z', 's.a', 's.c'], duration: 5000 },
    withoutCrashes: true,
  },
  'a cancel of a run that `recovery` suspended undoes it': {
    workflow: workflow(
      '  a: { call: s.a, compensate: { call: s.undo_a }, next: b }\n  b: { call: s.b, next: end }',
      'recovery: suspend',
    ),
    services: { 's.b': { fail: 'boom' } },
    hands: [{ when: isSuspended, give: CANCEL }],
    expect: { status: 'cancelled', error: 'boom', compensated: ['a'] },
  },
  'a cancel of a run whose compensation failed is refused: what is left waits for a person': {
    workflow: workflow(
      '  a: { call: s.a, compensate: { call: s.undo_a }, next: b }\n  b: { fail: { error: no.good } }',
    ),
    services: { 's.undo_a': { fail: 'boom' } },
    hands: [{ when: isSuspended, give: CANCEL }],
    expect: {
      status: 'suspended',
      error: 'no.good',
      pending: ['a → s.undo_a'],
      refusals: [
        'The run is already being undone and waits for a person: retry, skip or resolve what is left; `--force` stops it as it is.',
      ],
    },
  },
  'a cancel of a run that is being undone is refused': {
    workflow: workflow(
      '  a: { call: s.a, compensate: { call: s.undo_a }, next: b }\n  b: { fail: { error: no.good } }',
    ),
    services: { 's.undo_a': { delay: 100 } },
    hands: [{ when: isActing('a', 'compensation'), give: CANCEL }],
    expect: {
      status: 'compensated',
      compensated: ['a'],
      refusals: ['The run is already being undone; `--force` stops it as it is.'],
    },
    withoutCrashes: true,
  },
  'a cancel during a rollback that a handler asked for: the rollback is brought to its end, and then the rest is undone':
    {
      workflow: workflow(`
  z: { call: s.z, compensate: { call: s.undo_z }, next: p }
  p:
    scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, next: b }, b: { call: s.b, next: end } } }
    catch: [ { next: c } ]
    next: end
  c: { call: s.c, next: end }
`),
      services: { 's.b': { fail: 'boom' }, 's.undo_a': { delay: 100 } },
      hands: [{ when: isActing('a', 'compensation'), give: CANCEL }],
      expect: { status: 'cancelled', error: null, path: ['z', 'p', 'p/a', 'p/b'], compensated: ['p/a', 'z'] },
      withoutCrashes: true,
    },
  'a retry is no visit: `maxVisits` counts entries, and the entry after the last is refused': {
    workflow: workflow(
      `
  a:
    call: s.a
    maxVisits: 2
    retry: { attempts: 3, delay: 1s, factor: 1 }
    compensate: { call: s.undo_a, after: attempt }
    next: [ { when: "\${ false }", next: end }, { next: a } ]
`,
    ),
    services: {
      's.a': [{ fail: 'network' }, { fail: 'network' }, { return: 1 }, { fail: 'network' }, { return: 2 }],
    },
    expect: {
      status: 'compensated',
      error: 'limit',
      path: ['a', 'a'],
      compensated: ['a', 'a'],
      calls: { 's.a': 5, 's.undo_a': 2 },
    },
    withoutCrashes: true,
  },
  'a retry of a state that holds others enters them anew: their visits are counted from the beginning': {
    workflow: workflow(`
  p:
    scope:
      states:
        a: { call: s.a, maxVisits: 1, compensate: { call: s.undo_a }, next: b }
        b: { call: s.b, next: end }
    retry: { attempts: 2, delay: 1s }
    next: end
`),
    services: { 's.b': [{ fail: 'boom' }, { return: 'well' }] },
    expect: {
      status: 'completed',
      output: 'well',
      path: ['p', 'p/a', 'p/b', 'p/a', 'p/b'],
      compensated: ['p/a'],
      keys: ['r1/p/a/1', 'r1/p/a/1/compensate', 'r1/p/a/2', 'r1/p/b/2'],
    },
    withoutCrashes: true,
  },
  'a refused entry that suspends the run is tried again by a retry, and nothing that was completed is completed twice':
    {
      workflow: workflow(
        `
  a: { call: s.a, compensate: { call: s.undo_a }, next: b }
  b: { set: { n: "\${ vars.n + 1 }" }, maxVisits: 1, next: [ { when: "\${ false }", next: end }, { next: a } ] }
`,
        'vars: { n: 0 }\nrecovery: suspend',
      ),
      hands: [{ give: RETRY }, { give: CANCEL }],
      expect: {
        status: 'cancelled',
        error: 'limit',
        path: ['a', 'b', 'a'],
        compensated: ['a', 'a'],
        keys: ['r1/a/1', 'r1/a/2', 'r1/a/2/compensate', 'r1/a/1/compensate'],
      },
      withoutCrashes: true,
    },
  'a confirmation that runs when its scope is left is brought to its end; what is not confirmed by then is undone': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one:
          states:
            q:
              scope:
                states:
                  a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a }, next: b }
                  b: { call: s.b, compensate: { call: s.undo_b }, confirm: { call: s.confirm_b }, next: c }
                  c: { call: s.c, compensate: { call: s.undo_c }, next: end }
              next: end
        two: { states: { y: { call: s.y, next: end } } }
    next: end
`),
    services: { 's.confirm_a': { delay: 100 }, 's.undo_c': { delay: 50 }, 's.y': { delay: 50, fail: 'boom' } },
    expect: {
      status: 'compensated',
      error: 'boom',
      compensated: ['p/one/q/c', 'p/one/q/b'],
      effects: ['s.a', 's.b', 's.c', 's.confirm_a', 's.undo_c', 's.undo_b'],
      duration: 150,
    },
    withoutCrashes: true,
  },
  'a confirmation that fails while its scope is left is undone with the rest, and nobody has to decide': {
    workflow: workflow(`
  p:
    parallel:
      branches:
        one: { states: { q: { scope: { states: { a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a }, next: end } } }, next: end } } }
        two: { states: { y: { call: s.y, next: end } } }
    next: end
`),
    services: { 's.confirm_a': { delay: 100, fail: 'late' }, 's.y': { delay: 50, fail: 'boom' } },
    expect: { status: 'compensated', error: 'boom', compensated: ['p/one/q/a'], effects: ['s.a', 's.undo_a'] },
    withoutCrashes: true,
  },
  'a confirmation that failed in a nested scope suspends the run; a cancel then undoes what was not confirmed': {
    workflow: workflow(`
  q:
    scope:
      states:
        a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a }, next: b }
        b: { call: s.b, compensate: { call: s.undo_b }, confirm: { call: s.confirm_b }, next: end }
    next: c
  c: { call: s.c, next: end }
`),
    services: { 's.confirm_b': { fail: 'boom' } },
    hands: [{ when: isSuspended, give: CANCEL }],
    expect: {
      status: 'cancelled',
      path: ['q', 'q/a', 'q/b'],
      compensated: ['q/b'],
      effects: ['s.a', 's.b', 's.confirm_a', 's.undo_b'],
    },
  },
  'what the workflow confirms at its end cannot be cancelled any more, only tried again or decided about': {
    workflow: workflow('  a: { call: s.a, compensate: { call: s.undo_a }, confirm: { call: s.confirm_a }, next: end }'),
    services: { 's.confirm_a': { fail: 'boom' } },
    hands: [
      { when: isSuspended, give: CANCEL },
      { when: isSuspended, give: { type: 'resolve', by, state: 'a' } },
    ],
    expect: {
      status: 'completed',
      compensated: [],
      effects: ['s.a'],
      refusals: ['The run is completing and cannot be cancelled any more; `--force` stops it as it is.'],
    },
  },
  'an escalation decides, and who completes the task after that is refused': {
    workflow: workflow(`
  h:
    human: { title: ok?, assignee: people, due: 1h, escalate: [ { after: 2h, outcome: no } ] }
    on: { yes: a, no: b }
  a: { call: s.a, next: end }
  b: { wait: 1h, next: end }
`),
    hands: [
      {
        when: ({ activations }) => [...activations.values()].some((each) => each.state === 'b'),
        give: { type: 'decision', state: 'h', by, outcome: 'yes', form: null },
      },
    ],
    expect: { status: 'completed', path: ['h', 'b'], refusals: ['The run has no open task h.'], duration: 10_800_000 },
    withoutCrashes: true,
  },
  'what undoes is not itself undone, whatever its states say': {
    workflow: workflow(
      `
  a:
    call: s.a
    compensate:
      scope:
        catch: [ { rollback: all, next: w } ]
        states:
          q: { scope: { states: { u: { call: s.undo_a, compensate: { call: s.undo_x }, next: v }, v: { call: s.undo_b, next: end } } }, next: end }
          w: { call: s.undo_c, next: end }
    next: b
  z: { call: s.z, compensate: { call: s.undo_z }, next: a }
  b: { fail: { error: no.good, message: no } }
`.replace('  a:\n', '  first: { call: s.b, compensate: { call: s.undo_y }, next: a }\n  a:\n'),
    ),
    services: { 's.undo_b': { fail: 'network' } },
    expect: {
      status: 'compensated',
      compensated: ['a', 'first'],
      effects: ['s.b', 's.a', 's.undo_a', 's.undo_c', 's.undo_y'],
    },
  },
  'the states of a compensation see the data as it was when their state completed': {
    workflow: workflow(
      `
  f:
    foreach:
      in: "\${ [1, 2] }"
      as: item
      vars: { m: 0 }
      states:
        a:
          call: s.a
          compensate:
            scope:
              vars: { own: 5 }
              states:
                u:
                  call: s.undo_a
                  with: { item: "\${ item }", index: "\${ index }", m: "\${ vars.m }", n: "\${ vars.n }", own: "\${ vars.own }", r: "\${ result }", a: "\${ results.a }" }
                  next: end
          assign: { m: "\${ item * 10 }" }
          next: end
    assign: { n: 9 }
    next: b
  b: { fail: { error: no.good, message: no } }
`,
      'vars: { n: 1 }',
    ),
    services: { 's.a': [{ return: 'x' }, { return: 'y' }] },
    expect: {
      compensated: ['f/1/a', 'f/0/a'],
      effects: [
        's.a',
        's.a',
        's.undo_a {"item":2,"index":1,"m":0,"n":1,"own":5,"r":"y","a":null}',
        's.undo_a {"item":1,"index":0,"m":0,"n":1,"own":5,"r":"x","a":null}',
      ],
    },
    withoutCrashes: true,
  },
  'a runaway run can be undone by states: they have as many transitions again': {
    workflow: workflow(
      `
  a: { call: s.a, compensate: { scope: { states: { u: { call: s.undo_a, next: v }, v: { call: s.undo_b, next: end } } } }, next: b }
  b: { set: { n: "\${ vars.n + 1 }" }, next: [ { when: "\${ vars.n > 99 }", next: end }, { next: b } ] }
`,
      'vars: { n: 0 }\nlimits: { transitions: 20 }',
    ),
    expect: { status: 'compensated', error: 'limit', compensated: ['a'], effects: ['s.a', 's.undo_a', 's.undo_b'] },
    withoutCrashes: true,
  },
  'a compensation that goes round in circles fails with `limit` and waits for a person': {
    workflow: workflow(
      `
  a: { call: s.a, compensate: { scope: { states: { u: { call: s.undo_a, next: v }, v: { call: s.undo_b, next: [ { when: "\${ false }", next: end }, { next: u } ] } } } }, next: b }
  b: { fail: { error: no.good, message: no } }
`,
      'limits: { transitions: 20 }',
    ),
    expect: { status: 'suspended', error: 'no.good', compensated: [], pending: ['a → scope'] },
    withoutCrashes: true,
  },
  'an emit that is stopped before it completes published nothing, and has nothing to undo': {
    workflow: workflow(
      '  a: { emit: thing.changed, data: {}, compensate: { call: s.undo_a, after: attempt }, next: end }',
      EVENTS,
    ),
    hands: [
      {
        early: true,
        when: ({ activations }) => [...activations.values()].some((each) => each.phase === 'returned'),
        give: CANCEL,
      },
    ],
    expect: { status: 'cancelled', compensated: [], effects: [], emitted: [], pending: [] },
  },
});

scenarios({
  'a state whose time was over is retried by a person from its beginning: what stood inside is stopped and undone first':
    {
      workflow: workflow(
        `
  p:
    scope:
      states:
        a: { call: s.a, compensate: { call: s.undo_a }, next: b }
        b: { call: s.b, compensate: { call: s.undo_b }, next: end }
    timeout: 50ms
    next: c
  c: { call: s.c, next: end }
`,
        'recovery: suspend',
      ),
      services: { 's.b': [{ delay: 100 }, { delay: 10 }] },
      hands: [{ when: isSuspended, give: RETRY }],
      expect: {
        status: 'completed',
        path: ['p', 'p/a', 'p/b', 'p/a', 'p/b', 'c'],
        effects: ['s.a', 's.b', 's.undo_a', 's.a', 's.b', 's.c'],
      },
    },
  'what does not hear that it is to stop is waited for, and undone, before the next attempt begins': {
    workflow: workflow(
      `
  p:
    parallel:
      join: any
      branches:
        one: { states: { x: { call: s.x, compensate: { call: s.undo_x }, next: end } } }
        two: { states: { y: { call: s.y, compensate: { call: s.undo_y }, next: end } } }
    timeout: 50ms
    next: end
`,
      'recovery: suspend',
    ),
    services: {
      's.x': [
        { delay: 90, deaf: true },
        { delay: 10, return: 'new' },
      ],
      's.y': [{ delay: 90 }, { delay: 20 }],
    },
    hands: [{ when: isSuspended, give: RETRY }],
    expect: {
      status: 'completed',
      output: { one: 'new' },
      path: ['p', 'p/one/x', 'p/two/y', 'p/one/x', 'p/two/y'],
      compensated: ['p/one/x'],
    },
    withoutCrashes: true,
  },
  'after the pivot nothing is undone by that, and what is inside begins anew': {
    workflow: workflow(
      `
  a: { call: s.a, pivot: true, next: p }
  p: { scope: { states: { b: { call: s.b, compensate: { call: s.undo_b }, next: c }, c: { call: s.c, next: end } } }, timeout: 50ms, next: end }
`,
    ),
    services: { 's.c': [{ delay: 100 }, { delay: 10 }] },
    hands: [{ when: isSuspended, give: RETRY }],
    expect: { status: 'completed', compensated: [], path: ['a', 'p', 'p/b', 'p/c', 'p/b', 'p/c'] },
  },
});
