/** Completion: what is offered at each kind of place. It is long because it is a table of places. */
import { describe, expect, it } from 'vitest';
import { analyse, type Resource } from '../../language/index.ts';
import { complete, completionAt, type CompletionWorld } from '../../server/features/completion/complete.ts';
import type { Suggestion } from '../../server/features/completion/item.ts';
import { spotAt } from '../../server/features/completion/spot.ts';

const OPENAPI = `openapi: 3.1.0
info: { title: Inventory, version: 1.0.0 }
paths:
  /reservations:
    post:
      operationId: reserve
      summary: Reserves stock.
      requestBody:
        content: { application/json: { schema: { type: object, properties: { sku: { type: string } } } } }
      responses:
        '200':
          description: done
          content:
            application/json:
              schema: { type: object, properties: { reservationId: { type: string, description: Its number. } } }
`;

const WORLD: CompletionWorld = {
  environment: ['PAYMENTS_URL', 'TOKEN'],
  listFolder: (folder) =>
    folder === './services/' ? ['inventory.openapi.yaml', 'run.sh'] : ['other.workflow.yaml', 'services/', 'tools.ts'],
  findSpot: spotAt,
};

/** The suggestions at `$0` of `document`. */
function suggest(document: string, file = 'test.workflow.yaml', child = ''): readonly Suggestion[] {
  const offset = document.indexOf('$0');
  const text = document.slice(0, offset) + document.slice(offset + 2);
  const resource = (path: string) =>
    path.endsWith('inventory.openapi.yaml')
      ? ({ kind: 'text', text: OPENAPI } as const)
      : child !== '' && path.endsWith('child.workflow.yaml')
        ? ({ kind: 'text', text: child } as const)
        : ({ kind: 'missing' } as const);
  return complete(analyse(text, { file, resource }), file, offset, WORLD);
}

const labels = (document: string, file?: string): string[] => suggest(document, file).map(({ label }) => label);

/** The text after the suggestion called `label` was taken, without the marks of snippets. */
function taken(document: string, label: string): string {
  const offset = document.indexOf('$0');
  const text = document.slice(0, offset) + document.slice(offset + 2);
  const found = suggest(document).find((one) => one.label === label);
  if (found === undefined) throw new Error(`There is no suggestion ${label}.`);
  const insert =
    found.snippet === true ? found.insert.replace(/\$\{\d+:([^}]*)\}|\$\d|\\(?=[$}\\])/g, '$1') : found.insert;
  return text.slice(0, found.replace.start) + insert + text.slice(found.replace.end);
}

const HEAD = `workflow: w
input:
  type: object
  required: [orderId]
  properties:
    orderId: { type: string, description: The order. }
    items: { type: array, items: { type: object, properties: { sku: { type: string }, price: { type: number } } } }
vars: { attempts: 0, note: "" }
participants:
  inventory: { openapi: ./services/inventory.openapi.yaml }
  payments:
    baseUrl: http://localhost
    operations:
      charge: { http: POST /charges, output: { type: object, properties: { chargeId: { type: string } } } }
  finance: { role: finance-team }
policies:
  retry:
    transient: { attempts: 4 }
events:
  order.cancelled: { data: { type: object, properties: { reason: { type: string } } } }
errors:
  order.refused: {}
states:
  reserve:
    call: inventory.reserve
    next: charge
  charge:
    call: payments.charge
    next: end
`;

describe('keys', () => {
  it('of an empty file begin with those that are required', () => {
    expect(labels('$0').slice(0, 2)).toEqual(['workflow', 'states']);
  });

  it('leave out what stands there already', () => {
    const found = labels(`${HEAD}$0`);
    expect(found).not.toContain('workflow');
    expect(found).not.toContain('states');
    expect(found).toContain('timeout');
  });

  it('of a state begin with its kinds', () => {
    const found = labels('states:\n  a:\n    $0');
    expect(found.slice(0, 3)).toEqual(['call', 'switch', 'parallel']);
    expect(found).toContain('next');
  });

  it('of a state with a kind have no other kind, nor what belongs to others', () => {
    const found = labels('states:\n  a:\n    call: log\n    $0');
    expect(found).toEqual(expect.arrayContaining(['with', 'next', 'retry', 'compensate']));
    expect(found).not.toContain('switch');
    expect(found).not.toContain('detached');
  });

  it.each([
    ['half typed, the rest of the file broken', 'states:\n  a:\n    call: log\n    ne$0\n  b: {\n', 'next'],
    ['in braces', 'policies: { retry: { fast: { att$0 } } }', 'attempts'],
    ['in braces that are not closed', 'states:\n  a: { call: log, n$0', 'next'],
    ['below a compensation', 'states:\n  a:\n    call: log\n    compensate:\n      $0', 'onFailure'],
    ['behind a dash', 'states:\n  a:\n    switch:\n      - $0', 'when'],
    ['at broken indentation', 'states:\n  a:\n    call: log\n   $0', 'next'],
    ['of a scope’s states', 'states:\n  a:\n    scope:\n      states:\n        b:\n          $0', 'human'],
    ['of the arguments of a built-in', 'states:\n  a:\n    call: http\n    with: { $0', 'url'],
    ['of a schema', 'workflow: w\ninput:\n  $0', 'properties'],
    ['of a scenario', 'scenarios:\n  one:\n    $0', 'expect', 'a.workflow.test.yaml'],
    ['of settings', '$0', 'rules', '.backstep.yaml'],
  ])('%s', (_, document, label, file = 'a.workflow.yaml') => {
    expect(labels(document, file)).toContain(label);
  });

  it('are variables where variables are assigned, and events where events are awaited', () => {
    expect(labels(`${HEAD}  b:\n    set: { $0 }`)).toEqual(['attempts', 'note']);
    expect(labels(`${HEAD}  b:\n    listen:\n      on:\n        $0`)).toEqual(['order.cancelled']);
  });

  it.each([
    [
      'with the place for the value',
      'states:\n  a:\n    call: log\n    n$0',
      'next',
      'states:\n  a:\n    call: log\n    next: ',
    ],
    ['with a nested block', 'work$0', 'states', 'states:\n  '],
    [
      'without a second colon',
      'states:\n  a:\n    call: log\n    n$0: end',
      'next',
      'states:\n  a:\n    call: log\n    next: end',
    ],
    ['in place of the whole word', 'states:\n  a:\n    pi$0vott', 'pivot', 'states:\n  a:\n    pivot: '],
    [
      'in braces on one line',
      'states: { a: { call: log, comp$0 } }',
      'compensate',
      'states: { a: { call: log, compensate: {  } } }',
    ],
  ])('are written %s', (_, document, label, result) => {
    expect(taken(document, label)).toBe(result);
  });
});

describe('values', () => {
  it.each([
    ['states', `${HEAD}  b:\n    call: log\n    next: $0`, ['reserve', 'charge', 'b', 'end']],
    ['states, half typed', `${HEAD}  b:\n    call: log\n    next: ch$0`, ['reserve', 'charge', 'b', 'end']],
    ['the first state', `${HEAD}start: $0`, ['reserve', 'charge']],
    ['states to roll back to', `${HEAD}  b:\n    rollback: { to: $0 }`, ['reserve', 'charge', 'b']],
    ['policies', `${HEAD}  b:\n    call: log\n    retry: $0`, ['transient']],
    ['roles', `${HEAD}  b:\n    human: { assignee: $0 }`, ['finance']],
    ['events', `${HEAD}  b:\n    emit: $0`, ['order.cancelled']],
    ['choices', `${HEAD}recovery: $0`, ['compensate', 'suspend', 'fail']],
    ['true and false', `${HEAD}  b:\n    pivot: $0`, ['true', 'false']],
    [
      'outcomes',
      `${HEAD}  b:\n    human:\n      outcomes: [yes_, no_]\n      escalate: [{ after: 1h, outcome: $0 }]`,
      ['yes_', 'no_'],
    ],
    ['files', 'participants: { a: { openapi: $0 } }', ['./other.workflow.yaml', './services/']],
    ['files in a folder', 'participants: { a: { openapi: ./services/$0 } }', ['./services/inventory.openapi.yaml']],
    ['modules', 'participants: { a: { module: "$0" } }', ['./services/', './tools.ts']],
    ['types of a schema', 'input: { type: $0 }', ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']],
  ])('%s', (_, document, expected) => {
    expect(labels(document).filter((label) => label !== '${ … }')).toEqual(expected);
  });

  it('are the operations of all participants, those of OpenAPI documents too', () => {
    expect(labels(`${HEAD}  b:\n    call: $0`)).toEqual([
      'inventory.reserve',
      'payments.charge',
      'http',
      'shell',
      'script',
      'log',
    ]);
    const reserve = suggest(`${HEAD}  b:\n    call: inv$0`).find(({ label }) => label === 'inventory.reserve');
    expect(reserve).toMatchObject({ detail: 'POST /reservations', documentation: 'Reserves stock.' });
  });

  it('are the states of the scope that the cursor is in', () => {
    const text = `${HEAD}  b:\n    scope:\n      states:\n        inner: { call: log, next: $0 }\n    next: end\n`;
    expect(labels(text)).toEqual(['inner', 'end']);
    const outside = `${HEAD}  b:\n    scope:\n      states:\n        inner: { call: log, next: end }\n    next: $0`;
    expect(labels(outside)).toEqual(['reserve', 'charge', 'b', 'end']);
    const branch = `${HEAD}  b:\n    parallel:\n      branches:\n        one:\n          states:\n            x: { call: log, next: $0 }`;
    expect(labels(branch)).toEqual(['x', 'end']);
    const compensation = `${HEAD}  b:\n    call: log\n    compensate:\n      scope:\n        states:\n          y: { call: log, next: $0 }`;
    expect(labels(compensation)).toEqual(['y', 'end']);
  });

  it('are patterns of errors, those of the workflow first', () => {
    const found = labels(`${HEAD}  b:\n    call: log\n    catch:\n      - errors: [$0]`);
    expect(found.slice(0, 2)).toEqual(['order.refused', 'any']);
    expect(found).toContain('http.5xx');
  });

  it('begin an expression inside a text only where a dollar was typed', () => {
    expect(labels('states:\n  a:\n    call: log\n    with: { message: "so $0 many" }')).toEqual([]);
    expect(taken('states:\n  a:\n    fail: { error: e, message: "so $$0 many" }', '${ … }')).toBe(
      'states:\n  a:\n    fail: { error: e, message: "so ${  } many" }',
    );
  });

  it.each([
    ['with the space that is missing', 'states:\n  a:\n    next:$0', 'end', 'states:\n  a:\n    next: end'],
    ['inside quotes', 'states:\n  a:\n    next: "$0"', 'end', 'states:\n  a:\n    next: "end"'],
    [
      'in place of the whole value',
      'states:\n  a: { next: o$0ther, call: log }',
      'end',
      'states:\n  a: { next: end, call: log }',
    ],
    ['before a comment', 'states:\n  a:\n    next: $0 # go on', 'end', 'states:\n  a:\n    next: end # go on'],
    [
      'as an expression with its quotes',
      'states:\n  a:\n    switch:\n      - when: $0',
      '${ … }',
      'states:\n  a:\n    switch:\n      - when: "${  }"',
    ],
    [
      'as an expression in quotes',
      'states:\n  a:\n    switch:\n      - when: "$0"',
      '${ … }',
      'states:\n  a:\n    switch:\n      - when: "${  }"',
    ],
  ])('are written %s', (_, document, label, result) => {
    expect(taken(document, label)).toBe(result);
  });
});

describe('expressions', () => {
  /** Labels that are not functions. */
  const names = (document: string): string[] => labels(document).filter((label) => !label.startsWith('$'));
  const at = (source: string): string =>
    `${HEAD}  b:\n    call: log\n    with: { message: "\${ ${source}" }\n    next: end\n`;

  it('begin with the roots that are visible there', () => {
    expect(names(at('$0'))).toEqual(['input', 'vars', 'results', 'run', 'env', 'secrets']);
    expect(names(`${HEAD}  b:\n    call: log\n    assign: { note: "\${ $0 }" }`)).toEqual([
      'input',
      'vars',
      'results',
      'run',
      'env',
      'result',
    ]);
    expect(names(`${HEAD}  b:\n    call: log\n    catch:\n      - { when: "\${ er$0" }`)).toContain('error');
  });

  it('know every function, with its signature', () => {
    const sum = suggest(at('$s$0')).find(({ label }) => label === '$sum');
    expect(sum).toMatchObject({ kind: 'function', insert: '\\$sum($0)' });
    expect(labels(at('$0'))).toContain('$uppercase');
    expect(labels(at('$0'))).not.toContain('$eval');
  });

  it.each([
    ['the input', 'input.$0', ['orderId', 'items']],
    ['the input, half typed', 'input.or$0', ['orderId', 'items']],
    ['items of lists', 'input.items.$0', ['sku', 'price']],
    ['behind a filter', 'input.items[price > 1].$0', ['sku', 'price']],
    ['variables', 'vars.$0', ['attempts', 'note']],
    ['results', 'results.$0', ['reserve', 'charge', 'b']],
    ['the result of an operation', 'results.charge.$0', ['chargeId']],
    ['the result of an operation of a document', 'results.reserve.$0', ['reservationId']],
    ['the run', 'run.$0', ['id', 'workflow', 'version', 'startedAt', 'attempt']],
    ['the environment', 'env.$0', ['PAYMENTS_URL', 'TOKEN']],
    ['inside a call', '$sum(input.items.$0', ['sku', 'price']],
    ['behind the top', '$$.input.$0', ['orderId', 'items']],
    ['nothing behind a number', '1 + 2.$0', []],
    ['nothing in a text', "'input.$0", []],
  ])('know the properties of %s', (_, source, expected) => {
    expect(names(at(source))).toEqual(expected);
  });

  it('know the fields of the items that are filtered', () => {
    expect(names(at('input.items[$0')).slice(0, 2)).toEqual(['sku', 'price']);
    expect(names(at("input.items.{ 'a': $0")).slice(0, 2)).toEqual(['sku', 'price']);
  });

  it('know the variables that the expression defines', () => {
    expect(labels(at('($total := 1; $t$0'))).toContain('$total');
    expect(labels(at('function($one) { $o$0'))).toContain('$one');
  });

  it('know the item of a loop', () => {
    const loop = (source: string): string =>
      `${HEAD}  b:\n    foreach:\n      in: "\${ input.items }"\n      as: line\n      states:\n        x:\n          call: log\n          with: { message: "\${ ${source}" }\n`;
    expect(names(loop('$0')).slice(0, 2)).toEqual(['line', 'index']);
    expect(names(loop('line.$0'))).toEqual(['sku', 'price']);
  });

  it('know the data of the event that is awaited', () => {
    const text = `${HEAD}  b:\n    listen:\n      on:\n        order.cancelled: { match: "\${ event.data.$0" }`;
    expect(names(text)).toEqual(['reason']);
  });

  it('know what a person filled in', () => {
    const text = `${HEAD}  b:\n    human: { form: { type: object, properties: { note: { type: string } } } }\n    assign: { note: "\${ form.$0" }`;
    expect(names(text)).toEqual(['note']);
  });

  it('replace the half-typed word only', () => {
    expect(taken(at('input.or$0 & "x"'), 'orderId')).toBe(at('input.orderId & "x"'));
    expect(taken(at('$su$0'), '$sum')).toBe(at('$sum()'));
  });
});

describe('very many names', () => {
  const states = Array.from({ length: 2_000 }, (_, at) => `  step_${at}: { set: {}, next: end }\n`).join('');
  const offered = (typed: string): ReturnType<typeof completionAt> => {
    const before = `workflow: w\nstates:\n${states.slice(0, states.indexOf('step_1000'))}step_1000: { set: {}, next: ${typed}`;
    const text = `${before} }\n${states.slice(states.indexOf('  step_1001'))}`;
    return completionAt(analyse(text), 'a.workflow.yaml', before.length, WORLD);
  };

  it('begin with those nearby, and are not all told', () => {
    const { suggestions, complete: whole } = offered('');
    expect(whole).toBe(false);
    expect(suggestions.length).toBeLessThanOrEqual(200);
    expect(suggestions.slice(0, 3).map(({ label }) => label)).toEqual(['step_1001', 'step_1000', 'step_1002']);
  });

  it('are found by what is typed', () => {
    const { suggestions, complete: whole } = offered('step_17');
    expect(whole).toBe(false);
    expect(suggestions.every(({ label }) => /1.*7/.test(label))).toBe(true);
    expect(suggestions.slice(0, 111).every(({ label }) => label.startsWith('step_17'))).toBe(true);
    expect(suggestions.map(({ label }) => label)).toContain('step_1789');
  });
});

describe('fields', () => {
  const CHILD = `workflow: ship
input: { type: object, required: [address], properties: { address: { type: string }, fast: { type: boolean } } }
events: { order.cancelled: { data: { type: object, properties: { reason: { enum: [lost, late] } } } } }
participants:
  payments:
    baseUrl: http://localhost
    operations:
      charge: { http: POST /charges, output: { type: object, properties: { chargeId: { type: string } } } }
  finance: { role: finance-team }
vars: { note: "" }
states:
  pay: { call: payments.charge, compensate: none, next: each }
  each:
    foreach: { in: "\${ [1] }", states: { work: { call: payments.charge, next: end } } }
    next: ask
  ask:
    human: { assignee: finance, form: { type: object, properties: { remark: { type: string } } } }
    on: { yes: end, no: end }
`;
  const START = `workflow: w
input: { type: object, properties: { orderId: { type: string }, amount: { type: string } } }
vars: { note: "" }
events: { order.cancelled: { data: { type: object, properties: { reason: { enum: [lost, late, 'no'] } } } } }
errors: { order.refused: { data: { type: object, properties: { by: { type: string } } } } }
participants:
  payments:
    baseUrl: http://localhost
    operations:
      charge:
        http: POST /charges/{orderId}
        input: { type: object, required: [amount, orderId], properties: { amount: { type: number, description: How much. }, orderId: { type: string }, fast: { type: boolean } } }
        output: { type: object, properties: { amount: { type: number } } }
states:
  a:
    call: payments.charge
    next: b
  b:
`;
  const found = (document: string, file?: string): readonly Suggestion[] => suggest(document, file, CHILD);
  const names = (document: string, file?: string): string[] => found(document, file).map(({ label }) => label);

  it.each([
    [
      'a call, all that are required first',
      `${START}    call: payments.charge\n    with: { $0`,
      ['amount, orderId', 'amount', 'orderId', 'fast'],
    ],
    [
      'a call, without those that are there',
      `${START}    call: payments.charge\n    with: { amount: 1, $0 }`,
      ['orderId', 'fast'],
    ],
    [
      'a compensation',
      `${START}    set: {}\n    compensate:\n      call: payments.charge\n      with:\n        amount: 1\n        $0`,
      ['orderId', 'fast'],
    ],
    ['a child workflow', `${START}    run: ./child.workflow.yaml\n    with: { $0`, ['address', 'fast']],
    ['an event', `${START}    emit: order.cancelled\n    data: { $0 }`, ['reason']],
    ['an error', `${START}    fail: { error: order.refused, data: { $0 } }`, ['by']],
    [
      'a call for each item',
      `${START}    foreach: { in: "\${ [] }", call: payments.charge, with: { orderId: x, $0 } }`,
      ['amount', 'fast'],
    ],
    ['nothing that is known', `${START}    emit: order.unknown\n    data: { $0 }`, []],
  ])('are those of %s', (_, document, expected) => {
    expect(names(document)).toEqual(expected);
  });

  it('say what they are', () => {
    const amount = found(`${START}    call: payments.charge\n    with: { $0 }`).find(({ label }) => label === 'amount');
    expect(amount).toMatchObject({ detail: 'number, required', documentation: 'How much.' });
  });

  it('are filled from where a field of the same name and a fitting type is known', () => {
    expect(taken(`${START}    call: payments.charge\n    with: { $0 }`, 'orderId')).toMatch(
      /with: \{ orderId: "\$\{ input\.orderId \}" \}$/,
    );
    // The input's amount is a text, so it is the result's that fits.
    expect(names(`${START}    call: payments.charge\n    with: { amount: $0 }`)).toEqual([
      '${ results.a.amount }',
      '${ … }',
    ]);
    expect(taken(`${START}    call: payments.charge\n    with:\n      $0`, 'amount, orderId')).toMatch(
      /with:\n {6}amount: "\$\{ results\.a\.amount \}"\norderId: "\$\{ input\.orderId \}"$/,
    );
  });

  it('have the values that are allowed', () => {
    expect(names(`${START}    call: payments.charge\n    with: { fast: $0 }`).slice(0, 2)).toEqual(['true', 'false']);
    const reason = `${START}    emit: order.cancelled\n    data: { reason: $0 }`;
    expect(names(reason).slice(0, 3)).toEqual(['lost', 'late', 'no']);
    expect(taken(reason, 'lost')).toMatch(/reason: lost \}$/);
  });

  const SCENARIO = 'workflow: ./child.workflow.yaml\nscenarios:\n  one:\n';
  it.each([
    ['the input', '    input: { $0 }', ['address', 'fast']],
    [
      'mocks',
      '    mocks:\n      $0',
      ['payments.charge', 'http', 'shell', 'script', 'log', 'state:pay', 'state:each/0/work'],
    ],
    ['the answer of a mock', '    mocks: { payments.charge: { return: { $0 } } }', ['chargeId']],
    ['the answer of a state', '    mocks: { "state:pay": [{ return: { $0 } }] }', ['chargeId']],
    ['decisions', '    decisions:\n      $0', ['ask']],
    ['the form of a decision', '    decisions: { ask: { form: { $0 } } }', ['remark']],
    ['outcomes', '    decisions: { ask: { outcome: $0 } }', ['yes', 'no']],
    ['events', '    events: [{ type: $0 }]', ['order.cancelled']],
    ['the data of an event', '    events: [{ type: order.cancelled, data: { $0 } }]', ['reason']],
    ['the path', '    expect: { path: [$0] }', ['pay', 'each', 'each/0/work', 'ask']],
    ['calls', '    expect: { calls: { $0 } }', ['payments.charge', 'http', 'shell', 'script', 'log']],
    ['variables', '    expect: { vars: { $0 } }', ['note']],
    ['crashes', '    crash: { after: $0 }', ['pay', 'each', 'each/0/work', 'ask']],
  ])('in a scenario know %s', (_, lines, expected) => {
    const given = names(SCENARIO + lines, 'a.workflow.test.yaml');
    expect(given).toEqual(expect.arrayContaining(expected));
    expect(given).toHaveLength(expected.length);
  });

  it.each([
    ['mocks', '    mocks:\n      $0', ['parcels.book', 'parcels.return', 'state:book']],
    ['calls', '    expect: { calls: { $0 } }', ['parcels.book', 'parcels.return']],
    ['decisions', '    decisions:\n      $0', ['ask', 'check/0/sign']],
    ['outcomes', '    decisions: { "check/0/sign": { outcome: $0 } }', ['signed']],
    ['events', '    events: [{ type: $0 }]', ['parcel.lost']],
    ['events that are emitted', '    expect: { emitted: [$0] }', ['parcel.lost']],
    ['errors', '    expect: { error: $0 }', ['parcel.refused', 'parcel.torn', 'timeout']],
    ['errors of mocks', '    mocks: { parcels.book: { fail: { error: $0 } } }', ['parcel.refused', 'parcel.torn']],
    ['what is compensated', '    expect: { compensated: [$0] }', ['give']],
    ['what is suspended', '    expect: { suspended: [$0] }', ['give']],
  ])('in a scenario know %s of the workflows that are run', (_, lines, expected) => {
    const files: Readonly<Record<string, string>> = {
      './parent.workflow.yaml': `workflow: parent
participants: { finance: { role: finance } }
states:
  give: { run: ./sub/child.workflow.yaml, compensate: { call: log, with: { message: x } }, next: ask }
  ask: { human: { title: t, assignee: finance, due: 1h }, on: { yes: end } }
`,
      'sub/child.workflow.yaml': `workflow: child
participants:
  parcels: { operations: { book: { shell: [book] }, return: { shell: [return] } } }
  desk: { role: desk }
events: { parcel.lost: { data: {} } }
errors: { parcel.refused: {} }
states:
  book: { call: parcels.book, compensate: { call: parcels.return }, next: check }
  check: { foreach: { in: [1], states: { sign: { human: { title: t, assignee: desk, due: 1h }, on: { signed: end } } } }, next: torn }
  torn: { fail: { error: parcel.torn } }
`,
    };
    const document = `workflow: ./parent.workflow.yaml\nscenarios:\n  one:\n${lines}`;
    const offset = document.indexOf('$0');
    const resource = (path: string): Resource => {
      const text = files[path];
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
    };
    const file = 'a.workflow.test.yaml';
    const analysis = analyse(document.replace('$0', ''), { file, resource });
    const found = complete(analysis, file, offset, WORLD).map(({ label }) => label);
    expect(found).toEqual(expect.arrayContaining([...expected]));
    expect(new Set(found).size).toBe(found.length);
  });
});
