/**
 * Random workflows and random services for them, from fast-check: kinds of state nested in each other, with retries,
 * timeouts, handlers and compensations. Each one is free of errors, so that it has a plan. Those of `everyKind` also have
 * people, events, child runs, confirmations, pivots and compensations with states, none of which waits for somebody for
 * ever; the others can be played by whoever knows only calls and time.
 */
import fc from 'fast-check';
import type { Answer } from './machine.ts';

export interface RandomCase {
  readonly text: string;
  readonly services: Readonly<Record<string, readonly Answer[]>>;
}

const OPERATIONS = ['a', 'b', 'c', 'undo_a', 'undo_b', 'undo_c', 'confirm_a'];

/** The file of the child runs; its input says whether it fails, and its output is an object with `child`. */
export const CHILD_FILE = './child.workflow.yaml';

interface Body {
  readonly lines: readonly string[];
}

const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ return: fc.constant({}), delay: fc.constantFrom(0, 10, 500) }) },
  // It does not hear that it is to be stopped.
  { weight: 1, arbitrary: fc.record({ return: fc.constant({}), delay: fc.constant(90), deaf: fc.constant(true) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      fail: fc.constantFrom('http.402', 'http.503', 'network', 'boom'),
      delay: fc.constantFrom(0, 20),
    }),
  },
);

const compensation = (operation: string): fc.Arbitrary<string | null> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(null) },
    {
      weight: 4,
      arbitrary: fc
        .record({ after: fc.boolean(), retry: fc.boolean(), halt: fc.boolean() })
        .map(({ after, retry, halt }) => {
          const keys = [
            `call: s.undo_${operation}`,
            ...(after ? ['after: attempt'] : []),
            ...(retry ? ['retry: { attempts: 2, delay: 10ms }'] : []),
          ];
          return `compensate: { ${[...keys, ...(halt ? ['onFailure: halt'] : [])].join(', ')} }`;
        }),
    },
  );

/** What undoes by states of its own: a call that is tried again, then a short wait. */
const byStates = (operation: string): fc.Arbitrary<string | null> =>
  fc.constant(
    `compensate: { scope: { states: { u: { call: s.undo_${operation}, retry: { attempts: 2, delay: 5ms }, next: v }, v: { wait: 10ms, next: end } } } }`,
  );

/** Kinds that need somebody, an event, another run, or a way of their own; `NEXT` is where they lead. */
const others: readonly fc.Arbitrary<readonly string[]>[] = [
  fc.constant(['switch: [ { when: "${ vars.n > 0 }", next: NEXT }, { next: NEXT } ]']),
  fc.constant([
    'human: { title: Sure?, assignee: people, escalate: [ { after: 40ms, outcome: yes } ] }',
    'on: { yes: NEXT }',
  ]),
  fc.constant(['listen: { on: { thing.changed: { next: NEXT } }, timeout: 40ms, onTimeout: NEXT }']),
  fc.constant(['emit: thing.changed', 'data: {}']),
  compensation('a').map((undo) => ['emit: thing.changed', 'data: {}', ...(undo === null ? [] : [undo])]),
  fc.boolean().map((fails) => [`run: ${CHILD_FILE}`, `with: { fails: ${String(fails)} }`]),
  compensation('b').map((undo) => [
    'foreach: { in: "${ [1, 2] }", as: item, concurrency: 2, call: s.b }',
    ...(undo === null ? [] : [undo]),
  ]),
  fc
    .constantFrom('a', 'b', 'c')
    .chain((operation) =>
      byStates(operation).map((undo) => [`call: s.${operation}`, ...(undo === null ? [] : [undo])]),
    ),
  fc.constant([
    'call: s.a',
    'compensate: { call: s.undo_a, retry: { attempts: 2, delay: 5ms } }',
    'confirm: { call: s.confirm_a, retry: { attempts: 2, delay: 5ms } }',
  ]),
];

const call: fc.Arbitrary<readonly string[]> = fc
  .constantFrom('a', 'b', 'c')
  .chain((operation) =>
    fc
      .record({ undo: compensation(operation), retry: fc.boolean(), timeout: fc.boolean() })
      .map(({ undo, retry, timeout }) => [
        `call: s.${operation}`,
        ...(undo === null ? [] : [undo]),
        ...(retry ? ['retry: { attempts: 2, delay: 5ms }'] : []),
        ...(timeout ? ['timeout: 100ms'] : []),
      ]),
  );

function kinds(depth: number, every: boolean): fc.Arbitrary<readonly string[]> {
  const simple = [
    ...(every ? others.map((arbitrary) => ({ weight: 1, arbitrary })) : []),
    { weight: 6, arbitrary: call },
    { weight: 1, arbitrary: fc.constant(['set: { n: "${ vars.n + 1 }" }']) },
    { weight: 1, arbitrary: fc.constant(['wait: 50ms']) },
    { weight: 1, arbitrary: fc.constantFrom(['rollback: scope'], ['rollback: all']) },
  ];
  if (depth === 0) return fc.oneof(...simple);
  const inner = states(depth - 1, every);
  const scope = fc
    .record({
      inner,
      parallel: fc.boolean(),
      on: fc.constantFrom('', '', '{ next: NEXT }', '{ rollback: scope, next: NEXT }'),
    })
    .map(({ inner: body, parallel, on }) => [
      'scope:',
      ...(every && on !== '' ? [`  on: { thing.changed: ${on} }`] : []),
      ...(parallel ? ['  compensation: parallel'] : []),
      '  states:',
      ...indented(body.lines, 4),
    ]);
  const branches = fc
    .record({
      one: inner,
      two: inner,
      join: fc.constantFrom('all', 'any'),
      error: fc.constantFrom('cancel', 'collect'),
    })
    .map(({ one, two, join, error }) => [
      'parallel:',
      `  join: ${join}`,
      `  onBranchError: ${error}`,
      '  branches:',
      '    one:',
      '      vars: { n: 0 }',
      '      states:',
      ...indented(one.lines, 8),
      '    two:',
      '      vars: { n: 0 }',
      '      states:',
      ...indented(two.lines, 8),
    ]);
  const items = fc
    .record({ inner, concurrency: fc.constantFrom(1, 2), error: fc.constantFrom('cancel', 'collect') })
    .map(({ inner: body, concurrency, error }) => [
      'foreach:',
      '  in: "${ [1, 2, 3] }"',
      '  as: item',
      `  concurrency: ${String(concurrency)}`,
      `  onItemError: ${error}`,
      '  vars: { n: 0 }',
      '  states:',
      ...indented(body.lines, 4),
    ]);
  /** Limits and attempts of a state that holds others. */
  const bounded = (held: fc.Arbitrary<readonly string[]>): fc.Arbitrary<readonly string[]> =>
    fc
      .record({
        held,
        limit: fc.constantFrom<readonly string[]>(
          [],
          [],
          ['timeout: 60ms'],
          ['timeout: { attempt: 30ms, total: 550ms }'],
        ),
        retry: fc.constantFrom<readonly string[]>([], [], ['retry: { attempts: 2, delay: 5ms }']),
      })
      .map(({ held: lines, limit, retry }) => (every ? [...lines, ...limit, ...retry] : lines));
  return fc.oneof(
    ...simple,
    { weight: 2, arbitrary: bounded(scope) },
    { weight: 2, arbitrary: bounded(branches) },
    { weight: 1, arbitrary: bounded(items) },
  );
}

function states(depth: number, every: boolean): fc.Arbitrary<Body> {
  return fc
    .array(
      fc.record({ kind: kinds(depth, every), handled: fc.constantFrom('none', 'none', 'catch', 'rollback', 'warn') }),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .chain((list) => fc.constantFrom('end', 'end', 'fail').map((ending) => ({ list, ending })))
    .map(({ list, ending }) => {
      const last = ending === 'fail' ? 'failing' : 'end';
      const lines = list.flatMap(({ kind, handled }, at) => {
        const next = at + 1 < list.length ? `s${String(at + 1)}` : last;
        const handlers =
          handled === 'catch'
            ? [`catch: [ { errors: [http, boom], next: ${next} } ]`]
            : handled === 'rollback'
              ? [`catch: [ { rollback: scope, next: ${next} } ]`]
              : handled === 'warn'
                ? ['catch: warn']
                : [];
        const catches = /^(set|wait|rollback|switch|human|listen|emit)/.test(kind[0] ?? '') ? [] : handlers;
        // Those below have their own `next`, which stands deeper.
        const leads = /^(switch|human|listen)/.test(kind[0] ?? '') ? [] : [`next: ${next}`];
        const own = kind.map((line) => line.replaceAll('NEXT', next));
        return [`s${String(at)}:`, ...indented([...own, ...catches, ...leads], 2)];
      });
      return { lines: ending === 'fail' ? [...lines, 'failing:', '  fail: { error: no.good, message: no }'] : lines };
    });
}

function indented(lines: readonly string[], by: number): string[] {
  return lines.map((line) => ' '.repeat(by) + line);
}

/** Workflows with states nested up to `depth`, and what the services answer, in order, to each operation. */
export function randomCase(depth = 2): fc.Arbitrary<RandomCase> {
  return cases(states(depth, false), fc.constant(false), fc.constant(''));
}

/** As `randomCase`, with every kind of state, and now and then a pivot. */
export function everyKind(depth = 2): fc.Arbitrary<RandomCase> {
  return cases(
    states(depth, true),
    fc.nat(9).map((chance) => chance === 0),
    fc.constantFrom(
      '',
      '',
      '',
      '',
      'timeout: 300ms',
      'recovery: suspend',
      'on: { thing.changed: { rollback: all, next: TOP } }',
    ),
  );
}

function cases(
  body: fc.Arbitrary<Body>,
  pivot: fc.Arbitrary<boolean>,
  top: fc.Arbitrary<string>,
): fc.Arbitrary<RandomCase> {
  const services = fc.record(
    Object.fromEntries(OPERATIONS.map((name) => [`s.${name}`, fc.array(answer, { minLength: 1, maxLength: 4 })])),
  );
  return fc
    .record({ body, services, pivot, top })
    .map(({ body: { lines }, services: answers, pivot: wanted, top: key }) => ({
      text: [
        'workflow: random',
        'version: 1.0.0',
        'participants:',
        '  people: { role: people }',
        '  s:',
        '    baseUrl: http://localhost',
        '    operations:',
        ...OPERATIONS.map((name) => `      ${name}: { http: POST /${name} }`),
        'events: { thing.changed: { data: { type: object } } }',
        'vars: { n: 0 }',
        ...(key === '' ? [] : [key.replace('TOP', 'heard')]),
        'states:',
        ...indented(wanted && !key.includes('rollback') ? withPivot(lines) : lines, 2),
        ...(key.includes('TOP') ? ['  heard: { call: s.a, next: end }'] : []),
        '',
      ].join('\n'),
      services: answers,
    }));
}

/** The first call of the workflow's own states is a pivot, unless something rolls back, which may not reach past it. */
function withPivot(lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line) => line.startsWith('  call: s.'));
  if (at < 0 || lines.some((line) => line.includes('rollback'))) return lines;
  return [...lines.slice(0, at + 1), '  pivot: true', ...lines.slice(at + 1)];
}
