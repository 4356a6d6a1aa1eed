/**
 * Random sagas for the reference, from fast-check, and the same as workflows with scripted services.
 *
 * Each operation belongs to one state, and each of its replies takes a time of its own that no other sum of times is
 * likely to hit: so nothing happens at the same instant, and there is one right answer.
 */
import fc from 'fast-check';
import type { Answer } from './machine.ts';
import type { Action, Body, Confirm, Handler, Operation, Reply, Retry, Saga, Step, Undo } from './reference.ts';

const ERRORS = ['http.402', 'http.503', 'network', 'boom'];

/** A time in milliseconds that depends on `seed` and on nothing else: up to eleven days. */
function timeOf(seed: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return 1 + (((hash ^ (hash >>> 16)) >>> 0) % 1_000_000_000);
}

interface Made {
  /** Whether something goes on beside it: then nothing reaches further out, where two could undo the same. */
  readonly beside: boolean;
  /** Whether the same goes on beside it: then its limits would pass at the same instant. */
  readonly alike: boolean;
  /** Numbers the operations and the times of a saga, in the order in which it is written. */
  readonly numbers: { count: number };
  readonly seed: number;
}

type Maker<T> = (made: Made) => T;

const next = (made: Made): number => (made.numbers.count += 1);
const time = (made: Made): number => timeOf(made.seed * 1000 + next(made));

const chance = (of: number): fc.Arbitrary<boolean> => fc.nat(of - 1).map((drawn) => drawn === of - 1);

const operation = (fails: number, deaf: number): fc.Arbitrary<Maker<Operation>> =>
  fc
    .array(fc.record({ fails: chance(fails), error: fc.constantFrom(...ERRORS), deaf: chance(deaf) }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((drawn) => (made) => {
      const name = `o${String(next(made))}`;
      // Enough of them that no reply is given twice.
      const replies = Array.from({ length: made.alike ? 90 : 8 }, (_, at): Reply => {
        const {
          fails: does,
          error,
          deaf: hears,
        } = drawn[at % drawn.length] ?? { fails: false, error: '', deaf: false };
        return { delay: time(made), fail: does ? error : null, deaf: hears };
      });
      return { name, replies };
    });

const retry: fc.Arbitrary<Maker<Retry | null>> = fc
  .constantFrom(0, 0, 0, 2, 3)
  .map((attempts) => (made) => (attempts === 0 ? null : { attempts, delay: time(made) }));

const undo: fc.Arbitrary<Maker<Undo | 'none' | null>> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Maker<null>>(() => null) },
  {
    weight: 6,
    arbitrary: fc
      .record({ operation: operation(9, 9), after: fc.boolean(), retry, halt: chance(4) })
      .map((drawn): Maker<Undo> => (made) => ({
        ...drawn.operation(made),
        after: drawn.after,
        retry: drawn.retry(made),
        halt: drawn.halt,
      })),
  },
);

const confirm: fc.Arbitrary<Maker<Confirm | null>> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Maker<null>>(() => null) },
  {
    weight: 1,
    arbitrary: fc
      .record({ operation: operation(9, 9), retry })
      .map((drawn): Maker<Confirm> => (made) => ({ ...drawn.operation(made), retry: drawn.retry(made) })),
  },
);

interface DrawnStep {
  readonly action: Maker<Action>;
  readonly undo: Maker<Undo | 'none' | null>;
  readonly confirm: Maker<Confirm | null>;
  readonly retry: Maker<Retry | null>;
  readonly limited: boolean;
  readonly handlers: readonly DrawnHandler[] | 'warn';
}

interface DrawnHandler {
  readonly errors: readonly string[];
  readonly rollback: 'all' | 'scope' | null;
  /** How many states further on it leads. */
  readonly skips: number;
}

const handler: fc.Arbitrary<DrawnHandler> = fc.record({
  errors: fc.constantFrom<readonly string[]>([], ['http', 'timeout'], ['boom', 'network', 'no']),
  rollback: fc.constantFrom(null, null, 'scope', 'all'),
  skips: fc.nat(2),
});

const handlers: fc.Arbitrary<readonly DrawnHandler[] | 'warn'> = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 3, arbitrary: fc.array(handler, { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constant<'warn'>('warn') },
);

/** Only scopes and the workflow itself have handlers of their own. */
const withoutHandlers = (given: Body): Body => ({ ...given, catch: [] });

function action(depth: number): fc.Arbitrary<Maker<Action>> {
  const simple: fc.WeightedArbitrary<Maker<Action>>[] = [
    {
      weight: 8,
      arbitrary: operation(4, 5).map((drawn): Maker<Action> => (made) => ({ kind: 'call', ...drawn(made) })),
    },
    {
      weight: 1,
      // Of two that are alike both would be over at the same instant.
      arbitrary: fc.constant<Maker<Action>>((made) =>
        made.alike ? { kind: 'rollback', to: 'scope' } : { kind: 'wait', time: time(made) },
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('all', 'scope')
        .map((to): Maker<Action> => ({ beside }) => ({ kind: 'rollback', to: beside ? 'scope' : to })),
    },
  ];
  if (depth === 0) return fc.oneof(...simple);
  const inner = body(depth - 1);
  return fc.oneof(
    ...simple,
    {
      weight: 3,
      arbitrary: fc
        .record({ inner, parallel: chance(3) })
        .map(({ inner: drawn, parallel }): Maker<Action> => (made) => ({ kind: 'scope', body: drawn(made), parallel })),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({
          join: fc.constantFrom<'all' | 'any' | 2>('all', 'all', 'any', 2),
          collect: fc.boolean(),
          bodies: fc.array(inner, { minLength: 2, maxLength: 3 }),
        })
        .map(({ join, collect, bodies }): Maker<Action> => (made) => ({
          kind: 'parallel',
          join,
          collect,
          branches: bodies.map(
            (drawn, at) => [['l', 'm', 'r'][at] ?? '', withoutHandlers(drawn({ ...made, beside: true }))] as const,
          ),
        })),
    },
    {
      weight: 2,
      arbitrary: fc
        .record({ items: fc.nat(3), concurrency: fc.integer({ min: 1, max: 3 }), collect: fc.boolean(), inner })
        .map(({ inner: drawn, ...rest }): Maker<Action> => (made) => ({
          kind: 'foreach',
          ...rest,
          body: withoutHandlers(drawn({ ...made, beside: true, alike: made.alike || rest.concurrency > 1 })),
        })),
    },
  );
}

function body(depth: number): fc.Arbitrary<Maker<Body>> {
  const step: fc.Arbitrary<DrawnStep> = fc.record({
    action: action(depth),
    undo,
    confirm,
    retry,
    limited: chance(4),
    handlers,
  });
  return fc
    .record({
      steps: fc.array(step, { minLength: 1, maxLength: 3 }),
      fails: chance(3),
      handlers: fc.oneof(
        { weight: 3, arbitrary: fc.constant<readonly DrawnHandler[]>([]) },
        { weight: 1, arbitrary: handler.map((drawn): readonly DrawnHandler[] => [drawn]) },
      ),
    })
    .map(({ steps, fails, handlers: around }): Maker<Body> => (made) => {
      const names = steps.map((_, at) => `s${String(at)}`);
      const last = fails ? 'f' : 'end';
      const after = (at: number, skips: number): string => names[at + 1 + skips] ?? last;
      const within = (rollback: 'all' | 'scope' | null) => (made.beside && rollback === 'all' ? 'scope' : rollback);
      const handlersOf = (drawn: readonly DrawnHandler[], at: number): Handler[] =>
        drawn.map(({ skips, rollback, errors }) => ({ errors, rollback: within(rollback), next: after(at, skips) }));
      const plain = { undo: null, confirm: null, retry: null, timeout: null, pivot: false, catch: [] } as const;
      const made_ = steps.map((drawn, at): Step => {
        const does = drawn.action(made);
        const name = names[at] ?? '';
        if (does.kind === 'wait' || does.kind === 'rollback')
          return { ...plain, name, action: does, next: after(at, 0) };
        const undoing = drawn.undo(made);
        const isCall = does.kind === 'call';
        return {
          name,
          action: does,
          next: after(at, 0),
          // A state that holds others has its entry when it completes.
          undo: isCall || undoing === null || undoing === 'none' ? undoing : { ...undoing, after: false },
          confirm: isCall ? drawn.confirm(made) : null,
          retry: drawn.retry(made),
          timeout: drawn.limited && !made.alike ? time(made) : null,
          pivot: false,
          catch: drawn.handlers === 'warn' ? 'warn' : handlersOf(drawn.handlers, at),
        };
      });
      const failing: Step = { ...plain, name: 'f', action: { kind: 'fail', error: 'no.good' }, next: 'end' };
      return {
        steps: fails ? [...made_, failing] : made_,
        // It leads to the end: a handler that led back could go round for ever.
        catch: around.map(({ errors, rollback }) => ({ errors, rollback: within(rollback), next: 'end' })),
      };
    });
}

/** Sagas with states nested up to `depth`. */
export function randomSaga(depth = 2): fc.Arbitrary<Saga> {
  return fc
    .record({
      body: body(depth),
      recovery: fc.constantFrom<Saga['recovery']>('compensate', 'compensate', 'compensate', 'suspend', 'fail'),
      pivot: fc.option(fc.nat(2), { freq: 6 }),
      interruption: fc.constantFrom<('timeout' | 'cancel' | null)[]>(null, null, 'timeout', 'cancel'),
      seed: fc.nat(1_000_000),
    })
    .map(({ body: drawn, recovery, pivot, seed, interruption: kind }) => {
      const numbers = { count: 0 };
      const made: Made = { numbers, seed, beside: false, alike: false };
      const outermost = withPivot(drawn(made), pivot);
      // Up to a few times as long as a call takes.
      const at = time(made) + time(made);
      return { body: outermost, recovery, interruption: kind === null ? null : { at, kind } };
    });
}

/** A call of the outermost scope is a pivot, unless something rolls back, which may not reach past it. */
function withPivot(outermost: Body, at: number | null): Body {
  const step = at === null ? undefined : outermost.steps[at];
  if (step?.action.kind !== 'call' || JSON.stringify(outermost).match(/"rollback":"|"kind":"rollback"/))
    return outermost;
  const replies = step.action.replies.map((reply) => ({ ...reply, deaf: false }));
  const pivot: Step = { ...step, action: { ...step.action, replies }, undo: null, pivot: true };
  return { ...outermost, steps: outermost.steps.map((each) => (each === step ? pivot : each)) };
}

/** The saga as a workflow, and what its services answer. */
export function asWorkflow(saga: Saga): {
  readonly text: string;
  readonly services: Record<string, readonly Answer[]>;
} {
  const services: Record<string, readonly Answer[]> = {};
  const used = (operation_: Operation): string => {
    services[`s.${operation_.name}`] = operation_.replies.map(({ delay, fail, deaf }) => ({
      delay,
      ...(fail === null ? { return: {} } : { fail }),
      ...(deaf && { deaf: true }),
    }));
    return `s.${operation_.name}`;
  };
  const ms = (value: number): string => `${String(value)}ms`;
  const retried = (policy: Retry | null): object =>
    policy === null ? {} : { retry: { attempts: policy.attempts, delay: ms(policy.delay), factor: 1 } };
  const caught = (list: readonly Handler[]): object =>
    list.length === 0
      ? {}
      : {
          catch: list.map(({ errors, rollback, next: to }) => ({
            ...(errors.length > 0 && { errors }),
            ...(rollback !== null && { rollback }),
            next: to,
          })),
        };
  const actionOf = (given: Action): object => {
    switch (given.kind) {
      case 'call':
        return { call: used(given) };
      case 'wait':
        return { wait: ms(given.time) };
      case 'fail':
        return { fail: { error: given.error } };
      case 'rollback':
        return { rollback: given.to };
      case 'scope':
        return {
          scope: {
            ...(given.parallel && { compensation: 'parallel' }),
            ...caught(given.body.catch),
            states: statesOf(given.body),
          },
        };
      case 'parallel':
        return {
          parallel: {
            join: given.join === 2 ? { atLeast: 2 } : given.join,
            onBranchError: given.collect ? 'collect' : 'cancel',
            branches: Object.fromEntries(given.branches.map(([name, inner]) => [name, { states: wrapped(inner) }])),
          },
        };
      case 'foreach':
        return {
          foreach: {
            in: `\${ [${Array.from({ length: given.items }, (_, at) => String(at)).join(', ')}] }`,
            as: 'item',
            concurrency: given.concurrency,
            onItemError: given.collect ? 'collect' : 'cancel',
            states: wrapped(given.body),
          },
        };
    }
  };
  const wrapped = (inner: Body): object => statesOf(inner);
  const statesOf = ({ steps }: Body): object =>
    Object.fromEntries(
      steps.map((step) => [
        step.name,
        {
          ...actionOf(step.action),
          ...retried(step.retry),
          ...(step.timeout !== null && { timeout: ms(step.timeout) }),
          ...(step.undo === 'none' && { compensate: 'none' }),
          ...(step.undo !== null &&
            step.undo !== 'none' && {
              compensate: {
                call: used(step.undo),
                ...(step.undo.after && { after: 'attempt' }),
                ...(step.undo.halt && { onFailure: 'halt' }),
                ...retried(step.undo.retry),
              },
            }),
          ...(step.confirm !== null && { confirm: { call: used(step.confirm), ...retried(step.confirm.retry) } }),
          ...(step.pivot && { pivot: true }),
          ...(step.catch === 'warn' ? { catch: 'warn' } : caught(step.catch)),
          ...(step.action.kind !== 'fail' && { next: step.next }),
        },
      ]),
    );
  const states = statesOf(saga.body);
  const workflow = {
    workflow: 'random',
    version: '1.0.0',
    participants: {
      s: {
        baseUrl: 'http://localhost',
        operations: Object.fromEntries(
          Object.keys(services).map((name) => [name.slice(2), { http: `POST /${name.slice(2)}` }]),
        ),
      },
    },
    recovery: saga.recovery,
    ...(saga.interruption?.kind === 'timeout' && { timeout: ms(saga.interruption.at) }),
    ...caught(saga.body.catch),
    states,
  };
  return { text: JSON.stringify(workflow, null, 1), services };
}
