/**
 * Lowering: the first file of the language reference gives exactly the plan that is kept beside this file, and every
 * kind of state comes out with what the file leaves unsaid written out. It is long because it is one table of kinds.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compile, type Plan, type PlanState, type Resource } from '../../language/index.ts';
import { readMarkers } from '../support/markers.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/order-fulfillment/', import.meta.url));

function onDisk(path: string): Resource {
  try {
    return { kind: 'text', text: readFileSync(join(EXAMPLES, path), 'utf8') };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
}

function planOf(source: string): Plan {
  const { main, others } = readMarkers(source);
  const compiled = compile(main.text, {
    file: main.path,
    resource: (path) => {
      const found = others.find((file) => `./${file.path}` === path);
      return found === undefined ? undefined : { kind: 'text', text: found.text };
    },
  });
  if (!compiled.ok) throw new Error(compiled.analysis.diagnostics.map((one) => one.message).join('\n'));
  return compiled.plan;
}

function stateOf(source: string, id: string): PlanState {
  const found = find(planOf(source).root.states, id);
  if (found === undefined) throw new Error(`There is no state ${id}.`);
  return found;
}

function find(states: readonly PlanState[], id: string): PlanState | undefined {
  for (const state of states) {
    if (state.id === id) return state;
    const { action } = state;
    const scopes =
      action.kind === 'parallel'
        ? action.branches.map((branch) => branch.scope)
        : action.kind === 'scope' || (action.kind === 'foreach' && action.scope !== null)
          ? [action.scope]
          : [];
    for (const scope of scopes) {
      const inner = scope === null ? undefined : find(scope.states, id);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

const INVENTORY = `openapi: 3.1.0
info: { title: Inventory, version: 1.0.0 }
paths:
  /reservations:
    post:
      operationId: reserve
      requestBody:
        content: { application/json: { schema: { type: object, properties: { orderId: { type: string }, items: { type: array } } } } }
      responses:
        "201": { content: { application/json: { schema: { type: object } } } }
  /reservations/{orderId}:
    delete:
      operationId: release
      parameters: [{ name: orderId, in: path, required: true, schema: { type: string } }]
      responses: { "204": { description: Released. } }
`;

describe('the first file of the language reference', () => {
  const text = readFileSync(new URL('first.workflow.yaml', import.meta.url), 'utf8');
  const compiled = compile(text, {
    file: 'first.workflow.yaml',
    resource: (path) => ({ kind: 'text', text: path.includes('inventory') ? INVENTORY : 'workflow: shipping' }),
  });

  it('has no finding', () => {
    expect(compiled.analysis.diagnostics).toEqual([]);
  });

  it('gives the plan that is kept', async () => {
    const plan = compiled.ok ? compiled.plan : null;
    await expect(`${JSON.stringify(plan, null, 2)}\n`).toMatchFileSnapshot('first.plan.json');
  });
});

describe('the example', () => {
  it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.workflow.yaml')))(
    '%s has no finding and a plan',
    (name) => {
      const compiled = compile(readFileSync(join(EXAMPLES, name), 'utf8'), { file: name, resource: onDisk });
      expect(compiled.analysis.diagnostics).toEqual([]);
      expect(compiled.ok).toBe(true);
    },
  );
});

describe('ranges', () => {
  it('of a plan stand on what they name', () => {
    const source =
      'workflow: w\nstates:\n  a:\n    set: {}\n    next: [{ when: "${ input.x }", next: b }, { next: end }]\n  b: { set: {}, next: end }\n';
    const plan = planOf(source);
    const [a] = plan.root.states;
    const at = (range: { start: number; end: number } | null | undefined): string =>
      range ? source.slice(range.start, range.end) : '';
    expect(at(a?.nameRange)).toBe('a');
    expect(at(a?.lines.kind)).toBe('set');
    expect(at(a?.lines.next)).toBe('next');
    expect(a?.next.map((one) => at(one.range))).toEqual(['{ when: "${ input.x }", next: b }', '{ next: end }']);
    expect(at(a?.next[0]?.when?.range)).toBe(' input.x ');
  });
});

describe('defaults and policies', () => {
  it('are written out', () => {
    const plan = planOf(`
      workflow: w
      policies: { retry: { often: {} }, timeout: { quick: 5s, slow: { attempt: 1m, total: 1h, extend: 2 } } }
      participants:
        s:
          baseUrl: http://localhost
          operations:
            a: { http: 'GET /a/{id}', retry: often, timeout: quick }
            b: { http: POST /b, errors: [stock.empty], idempotent: false }
      states:
        one: { call: s.a, with: { id: 1 }, next: two }
        two: { call: s.b, timeout: slow, retry: { attempts: 9, delay: 250ms, jitter: full }, next: end }
    `);
    expect(plan).toMatchObject({
      version: '0.0.0',
      recovery: 'compensate',
      timeout: null,
      limits: { transitions: 10000, depth: 32 },
    });
    const [one, two] = plan.root.states;
    expect(one).toMatchObject({
      retry: { on: ['any'], attempts: 3, delay: 1000, factor: 2, maxDelay: null, jitter: 'none' },
      timeout: { attempt: 5000, total: null, extend: 1 },
      action: { kind: 'call', participant: 's', operation: 'a', effect: 'none', idempotent: null, errors: [] },
    });
    expect(two).toMatchObject({
      retry: { on: ['any'], attempts: 9, delay: 250, jitter: 'full' },
      timeout: { attempt: 60_000, total: 3_600_000, extend: 2 },
      action: { effect: 'write', idempotent: false, errors: ['stock.empty'] },
    });
    expect(plan.participants[0]?.operations.map((one) => one.binding)).toEqual([
      {
        kind: 'http',
        method: 'GET',
        path: '/a/{id}',
        parameters: [{ name: 'id', in: 'path', required: true }],
        body: 'none',
      },
      { kind: 'http', method: 'POST', path: '/b', parameters: [], body: 'json' },
    ]);
  });

  it('of a state come before those of its operation, also in a compensation', () => {
    const source = `
      workflow: w
      participants:
        s:
          baseUrl: http://localhost
          operations: { a: { http: POST /a, timeout: 5s, retry: { attempts: 2 } } }
      states:
        one:
          call: s.a
          timeout: 7s
          compensate: { call: s.a, retry: { attempts: 4 }, after: attempt, onFailure: halt }
          confirm: { call: s.a }
          next: end
    `;
    const one = stateOf(source, 'one');
    expect([one.timeout?.attempt, one.retry?.attempts]).toEqual([7000, 2]);
    expect(one.compensate).toMatchObject({
      after: 'attempt',
      onFailure: 'halt',
      none: false,
      retry: { attempts: 4 },
      timeout: { attempt: 5000 },
      action: { kind: 'call', operation: 'a' },
    });
    expect(one.confirm).toMatchObject({ retry: { attempts: 2 }, timeout: { attempt: 5000 } });
  });
});

describe('participants', () => {
  it('take the operations of OpenAPI documents and modules', () => {
    const plan = planOf(`
      workflow: w
      participants:
        stock: { openapi: ./stock.yaml, operations: { look: { timeout: 3s } } }
        labels: { module: ./labels.ts, operations: { format: { effect: none } } }
        tools: { operations: { list: { shell: [ls, "\${ args.folder }"] } } }
        people: { role: staff, members: [ann] }
      states:
        a: { call: stock.look, with: { id: 1 }, next: b }
        b: { call: labels.format, next: c }
        c: { call: tools.list, with: { folder: / }, next: d }
        d:
          human: { candidates: people, assign: round-robin, due: 1h }
          on: { done: end }
      #- stock.yaml
      openapi: 3.1.0
      info: { title: Stock, version: "1" }
      servers: [{ url: http://stock.local }]
      paths:
        /items/{id}:
          get:
            operationId: look
            parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
            responses: { "200": { content: { application/json: { schema: { type: object } } } } }
      #- labels.ts
      export const format = (input: unknown) => input;
    `);
    expect(plan.participants.map((one) => one.provider)).toEqual([
      { kind: 'http', baseUrl: { kind: 'literal', value: 'http://stock.local' }, openapi: './stock.yaml' },
      { kind: 'module', module: './labels.ts' },
      { kind: 'commands' },
      { kind: 'role', role: 'staff', members: ['ann'] },
    ]);
    const [look, format, list] = plan.participants.flatMap((one) => one.operations);
    expect(look).toMatchObject({
      name: 'look',
      effect: 'none',
      timeout: { attempt: 3000 },
      binding: { kind: 'http', method: 'GET', path: '/items/{id}', body: 'none' },
      output: { type: 'object' },
    });
    expect(format).toMatchObject({ effect: 'none', binding: { kind: 'module', function: 'format' } });
    expect(list?.binding).toMatchObject({
      kind: 'shell',
      command: [{ kind: 'literal', value: 'ls' }, { kind: 'expression' }],
    });
  });
});

const KINDS = `
  workflow: w
  version: 2.1.0
  vars: { n: 0 }
  events: { order.paid: { key: "\${ event.data.id }", ttl: 2h }, order.cancelled: {} }
  errors: { order.late: { description: Too late } }
  triggers: [{ event: order.paid, when: "\${ event.data.ok }", input: { id: "\${ event.data.id }" } }, { every: 1h }, { cron: "0 6 * * *" }]
  lock: "order-\${ input.id }"
  limits: { transitions: 50 }
  migrations: [{ from: 1.x, states: { old: a }, vars: { n: 1 } }]
  on: { order.cancelled: { match: "\${ event.data.id = input.id }", rollback: all, next: stop } }
  states:
    a:
      parallel:
        join: { atLeast: 1 }
        onBranchError: collect
        branches:
          mail: { states: { send: { wait: 1s, next: end } }, output: "\${ results.send }" }
      next: each
    each:
      foreach:
        in: "\${ input.items }"
        as: line
        concurrency: 3
        states: { wrap: { call: log, with: { message: "\${ line }" }, next: end } }
        output: "\${ index }"
      next: single
    single:
      foreach: { in: "\${ input.items }", call: log, with: { message: "\${ item }" }, retry: { attempts: 2 }, compensate: none }
      next: inner
    inner:
      scope:
        compensation: parallel
        vars: { m: 1 }
        on: { order.cancelled: stop }
        catch: [{ errors: [timeout], next: late }]
        states: { early: { set: { m: 2 }, assign: { n: 3 }, next: end }, late: { fail: { error: order.late } } }
      catch: warn
      next: child
    child: { run: ./child.workflow.yaml, with: { x: 1 }, version: ^1.2, detached: true, next: hear }
    hear:
      listen:
        on: { order.paid: { match: "\${ event.data.ok }", assign: { n: "\${ event.data.n }" } } }
        timeout: 15m
        onTimeout: later
      next: later
    later: { wait: { until: "\${ input.at }" }, next: back }
    back: { rollback: { to: a }, next: ask }
    ask:
      human: { title: "Order \${ input.id }", outcomes: [yes, no], due: 1d, escalate: [{ after: 2h, outcome: no }] }
      on: { yes: tell }
      next: stop
    tell: { emit: order.paid, data: { id: "\${ input.id }" }, pivot: true, maxVisits: 2, next: end }
    stop: { rollback: all, next: { when: "\${ vars.n > 1 }", rollback: scope, assign: { n: 0 }, next: end } }
`;

describe('every kind', () => {
  const source = `${KINDS}\n`;

  it('of the top level', () => {
    const plan = planOf(source);
    expect(plan.events.map(({ type, ttl }) => [type, ttl])).toEqual([
      ['order.paid', 7_200_000],
      ['order.cancelled', 86_400_000],
    ]);
    expect(plan.triggers.map((one) => one.kind)).toEqual(['event', 'every', 'cron']);
    expect(plan.lock).toMatchObject({ source: '"order-" & $string( input.id )', roots: ['input'] });
    expect(plan.limits).toEqual({ transitions: 50, depth: 32 });
    expect(plan.migrations).toMatchObject([{ from: '1.x', states: [{ from: 'old', to: 'a' }] }]);
    expect(plan.root.on).toMatchObject([
      { event: 'order.cancelled', transitions: [{ rollback: 'all', next: 'stop' }] },
    ]);
  });

  it.each([
    [
      'a',
      {
        kind: 'parallel',
        join: { atLeast: 1 },
        onBranchError: 'collect',
        branches: [{ name: 'mail', scope: { id: 'a/mail', start: 'send' } }],
      },
    ],
    ['a/mail/send', { kind: 'wait', for: 1000, until: null }],
    [
      'each',
      {
        kind: 'foreach',
        as: 'line',
        concurrency: 3,
        onItemError: 'cancel',
        call: null,
        scope: { id: 'each', output: { kind: 'expression' } },
      },
    ],
    ['each/wrap', { kind: 'call', participant: null, operation: 'log', effect: 'none' }],
    ['single', { kind: 'foreach', as: 'item', scope: null, call: { operation: 'log' } }],
    [
      'inner',
      {
        kind: 'scope',
        scope: { id: 'inner', compensation: 'parallel', on: [], catch: [{ errors: ['timeout'], next: 'late' }] },
        on: [{ event: 'order.cancelled', transitions: [{ next: 'stop' }] }],
      },
    ],
    ['inner/late', { kind: 'fail', error: { kind: 'literal', value: 'order.late' }, message: null }],
    ['child', { kind: 'run', file: './child.workflow.yaml', version: '^1.2', detached: true }],
    [
      'hear',
      {
        kind: 'listen',
        buffer: true,
        timeout: 900_000,
        onTimeout: [{ next: 'later' }],
        on: [{ event: 'order.paid', transitions: [{ next: 'later' }] }],
      },
    ],
    ['later', { kind: 'wait', for: null, until: { source: ' input.at ' } }],
    [
      'ask',
      {
        kind: 'human',
        outcomes: ['yes', 'no'],
        due: 86_400_000,
        escalate: [{ after: 7_200_000, outcome: 'no', to: null }],
        on: [{ outcome: 'yes', transitions: [{ next: 'tell' }] }],
      },
    ],
    ['tell', { kind: 'emit', event: 'order.paid', data: { kind: 'object' } }],
    ['back', { kind: 'rollback', to: { to: 'a' } }],
    ['stop', { kind: 'rollback', to: 'all' }],
  ])('%s', (id, action) => expect(stateOf(source, id).action).toMatchObject(action));

  it('of what stands beside the kind', () => {
    expect(stateOf(source, 'single')).toMatchObject({ retry: { attempts: 2 }, compensate: { none: true } });
    expect(stateOf(source, 'inner')).toMatchObject({ warn: true, catch: [] });
    expect(stateOf(source, 'inner/early').assign.map((one) => one.name)).toEqual(['m', 'n']);
    expect(stateOf(source, 'tell')).toMatchObject({ pivot: true, maxVisits: 2 });
    expect(stateOf(source, 'stop').next).toMatchObject([{ rollback: 'scope', next: 'end', assign: [{ name: 'n' }] }]);
  });

  it('of what an action in a compensation takes from beside it', () => {
    const one = stateOf(
      `
        workflow: w
        states:
          a:
            set: {}
            compensate: { run: ./undo.workflow.yaml, with: { x: 1 }, version: 2.x, detached: true }
            next: end
      `,
      'a',
    );
    expect(one.compensate?.action).toMatchObject({
      kind: 'run',
      file: './undo.workflow.yaml',
      version: '2.x',
      detached: true,
    });
  });
});
