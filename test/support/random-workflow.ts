/**
 * Random workflows and random services for them, from fast-check: every kind of state that a machine can play alone,
 * nested, with retries, timeouts, handlers and compensations. Each one is free of errors, so that it has a plan.
 */
import fc from 'fast-check';
import type { Answer } from './machine.ts';

export interface RandomCase {
  readonly text: string;
  readonly services: Readonly<Record<string, readonly Answer[]>>;
}

const OPERATIONS = ['a', 'b', 'c', 'undo_a', 'undo_b', 'undo_c'];

interface Body {
  readonly lines: readonly string[];
}

const answer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ return: fc.constant({}), delay: fc.constantFrom(0, 10, 500) }) },
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

function kinds(depth: number): fc.Arbitrary<readonly string[]> {
  const simple = [
    { weight: 6, arbitrary: call },
    { weight: 1, arbitrary: fc.constant(['set: { n: "${ vars.n + 1 }" }']) },
    { weight: 1, arbitrary: fc.constant(['wait: 50ms']) },
    { weight: 1, arbitrary: fc.constantFrom(['rollback: scope'], ['rollback: all']) },
  ];
  if (depth === 0) return fc.oneof(...simple);
  const inner = states(depth - 1);
  const scope = fc
    .record({ inner, parallel: fc.boolean() })
    .map(({ inner: body, parallel }) => [
      'scope:',
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
  return fc.oneof(
    ...simple,
    { weight: 2, arbitrary: scope },
    { weight: 2, arbitrary: branches },
    { weight: 1, arbitrary: items },
  );
}

function states(depth: number): fc.Arbitrary<Body> {
  return fc
    .array(fc.record({ kind: kinds(depth), handled: fc.constantFrom('none', 'none', 'catch', 'rollback', 'warn') }), {
      minLength: 1,
      maxLength: 3,
    })
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
        const catches =
          kind[0]?.startsWith('set') || kind[0]?.startsWith('wait') || kind[0]?.startsWith('rollback') ? [] : handlers;
        return [`s${String(at)}:`, ...indented([...kind, ...catches, `next: ${next}`], 2)];
      });
      return { lines: ending === 'fail' ? [...lines, 'failing:', '  fail: { error: no.good, message: no }'] : lines };
    });
}

function indented(lines: readonly string[], by: number): string[] {
  return lines.map((line) => ' '.repeat(by) + line);
}

/** Workflows with states nested up to `depth`, and what the services answer, in order, to each operation. */
export function randomCase(depth = 2): fc.Arbitrary<RandomCase> {
  const services = fc.record(
    Object.fromEntries(OPERATIONS.map((name) => [`s.${name}`, fc.array(answer, { minLength: 1, maxLength: 4 })])),
  );
  return fc.record({ body: states(depth), services }).map(({ body, services: answers }) => ({
    text: [
      'workflow: random',
      'version: 1.0.0',
      'participants:',
      '  s:',
      '    baseUrl: http://localhost',
      '    operations:',
      ...OPERATIONS.map((name) => `      ${name}: { http: POST /${name} }`),
      'vars: { n: 0 }',
      'states:',
      ...indented(body.lines, 2),
      '',
    ].join('\n'),
    services: answers,
  }));
}
