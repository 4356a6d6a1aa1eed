/**
 * Each kind of state inside each thing that holds states, with what must come of it worked out beforehand.
 *
 * 1. A fragment is a kind: its states, named `k` and below, and what is known of them, without looking at any machine: the
 *    ways that are entered, in order, the ones that are undone when all of it is undone, in order, and its error.
 * 2. A holder puts a fragment behind a call `pre` and says what the whole run then does.
 *
 * It is long because it is two tables: what is known of each kind, and of each holder.
 */
import type { Hand } from './machine.ts';
import type { RunState, StimulusBody } from '../../runner/machine/index.ts';
import type { Scenario } from './scenarios.ts';
import { workflow } from './workflows.ts';

/** How a fragment ends: it completes, it fails, or it is stopped by a cancel while it lasts. */
export type Ending = 'completes' | 'fails' | 'stopped';

/** `caught`: it fails, and a handler of the state that holds it takes the error. */
export type Case = Ending | 'caught';

interface Course {
  /** States as lines of YAML; `NEXT` stands for where the fragment leads. */
  readonly states: readonly string[];
  /** Ways entered below the holder, in order. */
  readonly path: readonly string[];
  /** Ways undone when everything is undone, in order. */
  readonly undone: readonly string[];
  /** Undone by the fragment itself on its way, of what the holder had done before it. */
  readonly rollsBack?: true;
  readonly error?: string;
  readonly services?: Scenario['services'];
  /** What is done from outside while the state of this way lasts. */
  readonly hand?: { readonly at: string; readonly give: 'event' | 'decision' };
  /** The state that lasts, when the fragment is stopped. */
  readonly lasting?: string;
}

export interface Fragment {
  readonly kind: string;
  readonly courses: { readonly [ending in Ending]?: Course };
}

const X = 'call: s.x, compensate: { call: s.undo_x, after: attempt }';
const LONG = 60_000;

export const FRAGMENTS: readonly Fragment[] = [
  {
    kind: 'call',
    courses: {
      completes: { states: [`k: { ${X}, next: NEXT }`], path: ['k'], undone: ['k'] },
      fails: {
        states: [`k: { ${X}, next: NEXT }`],
        path: ['k'],
        undone: ['k'],
        error: 'boom',
        services: { 's.x': { fail: 'boom' } },
      },
      stopped: {
        states: [`k: { ${X}, next: NEXT }`],
        path: ['k'],
        undone: ['k'],
        services: { 's.x': { delay: LONG } },
        lasting: 'k',
      },
    },
  },
  {
    kind: 'switch',
    courses: {
      completes: {
        states: ['k: { switch: [ { when: "${ 1 = 1 }", next: x }, { next: NEXT } ] }', `x: { ${X}, next: NEXT }`],
        path: ['k', 'x'],
        undone: ['x'],
      },
      fails: {
        states: ['k: { switch: [ { when: "${ $count(results) > 9 }", next: NEXT } ] }'],
        path: ['k'],
        undone: [],
        error: 'no-transition',
      },
    },
  },
  {
    kind: 'parallel',
    courses: {
      completes: {
        states: [
          `k: { parallel: { branches: { l: { states: { x: { ${X}, next: end } } }, r: { states: { w: { wait: 100ms, next: end } } } } }, next: NEXT }`,
        ],
        path: ['k', 'k/l/x', 'k/r/w'],
        undone: ['k/l/x'],
      },
      fails: {
        states: [
          `k: { parallel: { branches: { l: { states: { x: { ${X}, next: end } } }, r: { states: { w: { wait: 100ms, next: f }, f: { fail: { error: no.good } } } } } }, next: NEXT }`,
        ],
        path: ['k', 'k/l/x', 'k/r/w', 'k/r/f'],
        undone: ['k/l/x'],
        error: 'no.good',
      },
      stopped: {
        states: [
          `k: { parallel: { branches: { l: { states: { x: { ${X}, next: end } } }, r: { states: { w: { wait: 1h, next: end } } } } }, next: NEXT }`,
        ],
        path: ['k', 'k/l/x', 'k/r/w'],
        undone: ['k/l/x'],
        lasting: 'k/r/w',
      },
    },
  },
  {
    kind: 'foreach',
    courses: {
      completes: {
        states: [`k: { foreach: { in: "\${ [7, 8] }", as: n, states: { x: { ${X}, next: end } } }, next: NEXT }`],
        path: ['k', 'k/0/x', 'k/1/x'],
        undone: ['k/1/x', 'k/0/x'],
      },
      fails: {
        states: [
          `k: { foreach: { in: "\${ [7, 8] }", as: n, states: { x: { ${X}, next: [ { when: "\${ n = 8 }", next: f }, { next: end } ] }, f: { fail: { error: no.good } } } }, next: NEXT }`,
        ],
        path: ['k', 'k/0/x', 'k/1/x', 'k/1/f'],
        undone: ['k/1/x', 'k/0/x'],
        error: 'no.good',
      },
      stopped: {
        states: [
          `k: { foreach: { in: "\${ [7, 8] }", as: n, states: { x: { ${X}, next: [ { when: "\${ n = 8 }", next: w }, { next: end } ] }, w: { wait: 1h, next: end } } }, next: NEXT }`,
        ],
        path: ['k', 'k/0/x', 'k/1/x', 'k/1/w'],
        undone: ['k/1/x', 'k/0/x'],
        lasting: 'k/1/w',
      },
    },
  },
  {
    kind: 'scope',
    courses: {
      completes: {
        states: [`k: { scope: { states: { x: { ${X}, next: end } } }, next: NEXT }`],
        path: ['k', 'k/x'],
        undone: ['k/x'],
      },
      fails: {
        states: [`k: { scope: { states: { x: { ${X}, next: f }, f: { fail: { error: no.good } } } }, next: NEXT }`],
        path: ['k', 'k/x', 'k/f'],
        undone: ['k/x'],
        error: 'no.good',
      },
      stopped: {
        states: [`k: { scope: { states: { x: { ${X}, next: w }, w: { wait: 1h, next: end } } }, next: NEXT }`],
        path: ['k', 'k/x', 'k/w'],
        undone: ['k/x'],
        lasting: 'k/w',
      },
    },
  },
  {
    kind: 'run',
    courses: {
      completes: { states: ['k: { run: ./child.workflow.yaml, next: NEXT }'], path: ['k'], undone: ['k'] },
      fails: {
        states: ['k: { run: ./child.workflow.yaml, next: NEXT }'],
        path: ['k'],
        undone: [],
        error: 'boom',
        services: { run: { fail: 'boom' } },
      },
      stopped: {
        states: ['k: { run: ./child.workflow.yaml, next: NEXT }'],
        path: ['k'],
        undone: [],
        services: { run: { delay: LONG } },
        lasting: 'k',
      },
    },
  },
  {
    kind: 'listen',
    courses: {
      completes: {
        states: ['k: { listen: { on: { thing.changed: { next: NEXT } } } }'],
        path: ['k'],
        undone: [],
        hand: { at: 'k', give: 'event' },
      },
      fails: {
        states: ['k: { listen: { on: { thing.changed: { next: NEXT } }, timeout: 1s } }'],
        path: ['k'],
        undone: [],
        error: 'timeout',
      },
      stopped: {
        states: ['k: { listen: { on: { thing.changed: { next: NEXT } } } }'],
        path: ['k'],
        undone: [],
        lasting: 'k',
      },
    },
  },
  {
    kind: 'wait',
    courses: {
      completes: { states: ['k: { wait: 100ms, next: NEXT }'], path: ['k'], undone: [] },
      fails: { states: ['k: { wait: 1h, timeout: 1s, next: NEXT }'], path: ['k'], undone: [], error: 'timeout' },
      stopped: { states: ['k: { wait: 1h, next: NEXT }'], path: ['k'], undone: [], lasting: 'k' },
    },
  },
  {
    kind: 'human',
    courses: {
      completes: {
        states: ['k: { human: { title: Sure?, assignee: people }, on: { yes: NEXT } }'],
        path: ['k'],
        undone: [],
        hand: { at: 'k', give: 'decision' },
      },
      fails: {
        states: ['k: { human: { title: Sure?, assignee: people }, timeout: 1s, on: { yes: NEXT } }'],
        path: ['k'],
        undone: [],
        error: 'timeout',
      },
      stopped: {
        states: ['k: { human: { title: Sure?, assignee: people }, on: { yes: NEXT } }'],
        path: ['k'],
        undone: [],
        lasting: 'k',
      },
    },
  },
  {
    kind: 'emit',
    courses: {
      completes: {
        states: ['k: { emit: thing.told, data: {}, compensate: { call: s.undo_x }, next: NEXT }'],
        path: ['k'],
        undone: ['k'],
      },
      fails: {
        states: ['k: { emit: thing.told, data: "${ input }", compensate: { call: s.undo_x }, next: NEXT }'],
        path: ['k'],
        undone: [],
        error: 'validation',
      },
    },
  },
  {
    kind: 'set',
    courses: {
      completes: { states: ['k: { set: { n: 5 }, next: NEXT }'], path: ['k'], undone: [] },
      fails: {
        states: ['k: { set: { n: "${ $error(\'no\') }" }, next: NEXT }'],
        path: ['k'],
        undone: [],
        error: 'expression',
      },
    },
  },
  {
    kind: 'rollback',
    courses: {
      completes: { states: ['k: { rollback: scope, next: NEXT }'], path: ['k'], undone: [], rollsBack: true },
    },
  },
  {
    kind: 'fail',
    courses: {
      fails: { states: ['k: { fail: { error: no.good } }'], path: ['k'], undone: [], error: 'no.good' },
    },
  },
];

/** What a run does, as far as a fragment and its holder say. */
interface Expected {
  readonly status: string;
  readonly error: string | null;
  readonly path: readonly string[];
  readonly compensated: readonly string[];
  readonly refusals?: readonly string[];
  readonly pending?: readonly string[];
}

interface Holder {
  readonly name: string;
  /** The states of the workflow around those of the fragment. */
  readonly around: (states: readonly string[]) => string;
  /** Where the fragment's states stand: once for each time that they are gone through. */
  readonly places: readonly string[];
  readonly expected: (course: Course, ending: Ending) => Expected;
}

export const PRE = 'pre: { call: s.a, compensate: { call: s.undo_a }, next: k }';
const Z = '  z: { call: s.z, compensate: { call: s.undo_z }, next: p }';
const AFTER = '  after: { fail: { error: too.bad } }';

/** How it ends when the fragment failed, was stopped, or was followed by a failure. */
function end(course: Course, ending: Ending): Pick<Expected, 'status' | 'error'> {
  if (ending === 'stopped') return { status: 'cancelled', error: null };
  return { status: 'compensated', error: ending === 'fails' ? (course.error ?? null) : 'too.bad' };
}

function at(place: string, ways: readonly string[]): string[] {
  return ways.map((way) => `${place}${way}`);
}

const UNDOING = 'a compensation';

export const HOLDERS: readonly Holder[] = [
  {
    name: 'the workflow itself',
    around: (states) =>
      [Z.replace('next: p', 'next: pre'), `  ${PRE}`, ...states.map((line) => `  ${line}`), AFTER].join('\n'),
    places: [''],
    expected: (course, ending) => ({
      ...end(course, ending),
      path: ['z', 'pre', ...course.path, ...(ending === 'completes' ? ['after'] : [])],
      compensated: [...course.undone, 'pre', 'z'],
    }),
  },
  {
    name: 'what follows a handler that rolled back',
    around: (states) =>
      [
        Z,
        '  p: { fail: { error: first.bad }, catch: [ { rollback: all, next: pre } ] }',
        `  ${PRE}`,
        ...states.map((line) => `  ${line}`),
        AFTER,
      ].join('\n'),
    places: [''],
    expected: (course, ending) => ({
      ...end(course, ending),
      path: ['z', 'p', 'pre', ...course.path, ...(ending === 'completes' ? ['after'] : [])],
      compensated: ['z', ...course.undone, 'pre'],
    }),
  },
  {
    name: 'a scope',
    around: (states) => [Z, '  p:', '    scope:', ...inStates(states, 6), '    next: after', AFTER].join('\n'),
    places: ['p/'],
    expected: (course, ending) => ({
      ...end(course, ending),
      path: ['z', 'p', 'p/pre', ...at('p/', course.path), ...(ending === 'completes' ? ['after'] : [])],
      compensated: [...at('p/', course.undone), 'p/pre', 'z'],
    }),
  },
  {
    name: 'a branch',
    around: (states) =>
      [
        Z,
        '  p:',
        '    parallel:',
        '      branches:',
        '        one:',
        '          vars: { n: 0 }',
        ...inStates(states, 10),
        '        two: { states: { y: { call: s.y, compensate: { call: s.undo_y }, next: end } } }',
        '    next: after',
        AFTER,
      ].join('\n'),
    places: ['p/one/'],
    expected(course, ending) {
      const inner = at('p/one/', course.path);
      const undone = [...at('p/one/', course.undone), 'p/one/pre'];
      const completes = ending === 'completes';
      // The other branch takes longest: it completes last, or is stopped, which leaves nothing of it.
      const compensated = course.rollsBack
        ? [...undone, 'p/two/y', 'z']
        : [...(completes ? ['p/two/y'] : []), ...undone, 'z'];
      return {
        ...end(course, ending),
        path: ['z', 'p', 'p/one/pre', 'p/two/y', ...inner, ...(completes ? ['after'] : [])],
        compensated,
      };
    },
  },
  {
    name: 'an item',
    around: (states) =>
      [
        Z,
        '  p:',
        '    foreach:',
        '      in: "${ [1, 2] }"',
        '      as: item',
        '      vars: { n: 0 }',
        ...inStates(states, 6),
        '    next: after',
        AFTER,
      ].join('\n'),
    places: ['p/0/', 'p/1/'],
    expected(course, ending) {
      const gone = (place: string): string[] => [`${place}pre`, ...at(place, course.path)];
      const undone = (place: string): string[] => [...at(place, course.undone), `${place}pre`];
      if (ending !== 'completes')
        return { ...end(course, ending), path: ['z', 'p', ...gone('p/0/')], compensated: [...undone('p/0/'), 'z'] };
      const [first, second] = [undone('p/0/'), undone('p/1/')];
      return {
        ...end(course, ending),
        path: ['z', 'p', ...gone('p/0/'), ...gone('p/1/'), 'after'],
        compensated: course.rollsBack ? [...first, ...second, 'z'] : [...second, ...first, 'z'],
      };
    },
  },
  {
    name: UNDOING,
    around: (states) =>
      [
        Z,
        '  p:',
        '    call: s.b',
        '    compensate:',
        '      scope:',
        '        vars: { n: 0 }',
        ...inStates(states, 8),
        '    next: after',
        AFTER,
      ].join('\n'),
    places: ['p/'],
    expected(course, ending) {
      const path = ['z', 'p', 'after', 'p/pre', ...at('p/', course.path)];
      if (ending === 'fails')
        // What undoes is not undone: the rest of the run is, and a person has to see to what failed.
        return { status: 'suspended', error: 'too.bad', path, compensated: ['z'], pending: ['p → scope'] };
      const refusals = ['The run is already being undone; `--force` stops it as it is.'];
      const done = { status: 'compensated', error: 'too.bad', path, compensated: ['p', 'z'] };
      return ending === 'stopped' ? { ...done, refusals } : done;
    },
  },
];

function inStates(states: readonly string[], by: number): string[] {
  const space = ' '.repeat(by);
  return [`${space}states:`, ...[PRE, ...states].map((line) => `${space}  ${line}`)];
}

/** The scenario of a fragment in a holder; null where the two do not go together. */
export function pairOf(holder: Holder, fragment: Fragment, which: Case): Scenario | null {
  const ending = which === 'caught' ? 'fails' : which;
  const course = fragment.courses[ending];
  if (course === undefined || (which === 'caught' && !CATCHING.has(holder.name))) return null;
  const answer = fragment.courses.completes?.hand && fragment.courses.completes;
  const next = holder.places.includes('') ? 'after' : 'end';
  const states = course.states.map((line) => line.replaceAll('NEXT', next));
  const failed = holder.expected(course, ending);
  const { pending = [], ...expected } = which === 'caught' ? caught(failed) : failed;
  const top = 'vars: { n: 0 }\nevents: { thing.changed: { data: {} }, thing.told: { data: { type: object } } }';
  return {
    workflow: workflow(which === 'caught' ? catching(holder.around(states)) : holder.around(states), top),
    services: { 's.y': { delay: LONG / 2 }, ...course.services },
    hands: [
      ...(course.hand === undefined ? [] : holder.places.map((place, index) => handOf(course, place, index))),
      ...(ending === 'stopped' ? [cancelAt(`${holder.places[0] ?? ''}${course.lasting ?? ''}`)] : []),
      // What undoes cannot be stopped; it goes on when it is given what it waits for.
      ...(ending === 'stopped' && holder.name === UNDOING && answer !== undefined ? [handOf(answer, 'p/', 0)] : []),
    ],
    expect: { refusals: [], ...expected, pending, calls: callsOf(expected, course) } as Scenario['expect'],
  };
}

/** Holders whose state is left by what fails in them. */
const CATCHING: ReadonlySet<string> = new Set(['a scope', 'a branch', 'an item']);

function catching(states: string): string {
  return states
    .replace('    next: after', '    catch: [ { next: mended } ]\n    next: after')
    .concat('\n  mended: { call: s.d, next: end }');
}

/** What the holder did is undone, and nothing around it; the run goes on where the handler says. */
function caught({ path, compensated }: Expected): Expected {
  const undone = compensated.filter((way) => way !== 'z');
  return {
    status: 'completed',
    error: null,
    path: [...path, 'mended'],
    compensated: undone,
    pending: ['z → s.undo_z'],
  };
}

/** How often each operation is called: once for each state that is entered, and once for each that is undone. */
function callsOf({ path, compensated, status }: Expected, course: Course): Record<string, number> {
  const calls: Record<string, number> = {};
  const count = (operation: string | undefined): void => {
    if (operation !== undefined) calls[operation] = (calls[operation] ?? 0) + 1;
  };
  const states = new Map([['z', 's.z'], ['pre', 's.a'], ['x', 's.x'], ['y', 's.y'], ['mended', 's.d']]); // prettier-ignore
  const nameOf = (way: string): string => way.split('/').at(-1) ?? '';
  const own = course.states[0]?.includes('k: { call') ? 's.x' : course.states[0]?.includes('k: { run') ? 'run' : undefined; // prettier-ignore
  const undoes = own ?? (course.states[0]?.includes('emit') ? 's.x' : undefined);
  // Where a compensation holds it, the state `p` is a call and what undoes it are states.
  const isHeld = path.indexOf('after') === 2 && path[1] === 'p';
  for (const way of path) count(way === 'p' && isHeld ? 's.b' : nameOf(way) === 'k' ? own : states.get(nameOf(way)));
  for (const way of compensated) {
    if (way === 'p') continue;
    const done = nameOf(way) === 'k' ? undoes : states.get(nameOf(way));
    count(done === 'run' ? 'undo-run' : done?.replace('s.', 's.undo_'));
  }
  return status === '' ? {} : calls;
}

function handOf({ hand }: Course, place: string, index: number): Hand {
  const way = `${place}${hand?.at ?? ''}`;
  const event = {
    id: `e${String(index)}`,
    type: 'thing.changed',
    source: '/x',
    time: '2026-01-01T00:00:00Z',
    data: {},
  };
  const give: StimulusBody =
    hand?.give === 'event'
      ? { type: 'event', event }
      : { type: 'decision', state: way, by: { name: 'ann' }, outcome: 'yes', form: null };
  return { when: isLasting(way), give };
}

function cancelAt(way: string): Hand {
  return { when: isLasting(way), give: { type: 'cancel', by: { name: 'ann' }, compensate: true, force: false } };
}

function isLasting(way: string) {
  return ({ activations }: RunState): boolean =>
    [...activations.values()].some(
      (each) => each.way === way && each.phase === 'acting' && each.leave === null && !each.cancelled,
    );
}
