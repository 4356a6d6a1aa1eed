import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Body, Client } from './support/client.ts';
import { FAILING, FILES, LAUNCH, MOCKS, ORDER } from './support/order.ts';
import { frames, launched, scopeLines, workspace } from './support/workspace.ts';

const THREAD = { threadId: 1 };
const NAME = 'order.workflow.yaml';

async function at(
  text: string,
  launch: Body = LAUNCH,
  files: Readonly<Record<string, string>> = FILES,
): Promise<Client> {
  const space = workspace(files);
  const client = await launched(space, { launch, breakpoints: { [NAME]: [space.line(NAME, text)] } });
  await client.stopped();
  return client;
}

async function evaluated(client: Client, expression: string, context = 'watch'): Promise<unknown> {
  return (await client.request('evaluate', { expression, context }))['result'];
}

/** The lines below a line of a scope. */
async function below(client: Client, scope: string, name: string): Promise<readonly Body[]> {
  const { stackFrames } = await client.request('stackTrace', THREAD);
  const { scopes } = await client.request('scopes', { frameId: (stackFrames as readonly Body[])[0]?.['id'] });
  const found = (scopes as readonly Body[]).find((each) => each['name'] === scope);
  const { variables } = await client.request('variables', { variablesReference: found?.['variablesReference'] });
  const line = (variables as readonly Body[]).find((each) => each['name'] === name);
  return (await client.request('variables', { variablesReference: line?.['variablesReference'] }))[
    'variables'
  ] as readonly Body[];
}

describe('scopes', () => {
  it('shows a state before its call', async () => {
    const client = await at('    call: payments.charge');
    expect(await scopeLines(client, 'State')).toEqual([
      'visit = 1',
      'attempt = 0',
      'input = {"amount": 40}',
      'result = null',
      'error = null',
    ]);
    expect(await scopeLines(client, 'Data')).toEqual([
      'input = {"orderId": "o-1", "amount": 40}',
      'vars = {"note": "reserved r-1", "cart": {"items": [{"price": 3}]}}',
      'results = {"reserve": {"reservationId": "r-1"}, "check": null}',
    ]);
    expect(await scopeLines(client, 'Compensation stack')).toEqual([
      'reserve → inventory.release = {"orderId": "o-1", "reservation": "r-1"}',
    ]);
    expect(await scopeLines(client, 'History')).toEqual([
      '1 = reserve: completed in 0 ms',
      '2 = check: completed in 0 ms',
      '3 = charge: entered',
    ]);
    expect(await scopeLines(client, 'Next')).toEqual(['ship = always']);
  });

  it('shows the ways out of a switch, and the one that was chosen', async () => {
    const client = await at('  check:');
    expect(await scopeLines(client, 'Next')).toEqual(['refuse = when input.amount > 1000', 'charge = always']);
    await client.request('stepIn', THREAD);
    await client.stopped();
    expect(await scopeLines(client, 'Next')).toEqual(['charge = chosen']);
  });

  it('shows the result and then the error of an action', async () => {
    const client = await at('    assign:');
    expect(await scopeLines(client, 'State')).toContain('result = {"reservationId": "r-1"}');
    const failed = await launched(workspace(FILES), {
      launch: {
        ...LAUNCH,
        mocks: { ...MOCKS, 'payments.charge': { fail: { error: 'http.402', message: 'declined' } } },
      },
      exceptions: ['uncaught'],
    });
    await failed.stopped();
    expect((await scopeLines(failed, 'State')).at(-1)).toContain('"type": "http.402", "message": "declined"');
    expect(await evaluated(failed, 'error.type')).toBe('"http.402"');
  });

  it('opens values level by level', async () => {
    const client = await at('  charge:');
    const cart = (await below(client, 'Data', 'vars')).find((line) => line['name'] === 'cart');
    expect(cart).toMatchObject({ evaluateName: 'vars.cart', namedVariables: 1, type: 'object' });
    const { variables } = await client.request('variables', { variablesReference: cart?.['variablesReference'] });
    const [items] = variables as readonly Body[];
    expect(items).toMatchObject({ name: 'items', indexedVariables: 1, evaluateName: 'vars.cart.items' });
    const page = await client.request('variables', {
      variablesReference: items?.['variablesReference'],
      filter: 'indexed',
      start: 0,
      count: 5,
    });
    expect(page['variables']).toMatchObject([{ name: '0', value: '{"price": 3}', evaluateName: 'vars.cart.items[0]' }]);
  });

  it('shows nothing of an earlier stop, and refuses what never was', async () => {
    const client = await at('  charge:');
    const { stackFrames } = await client.request('stackTrace', THREAD);
    const frameId = (stackFrames as readonly Body[])[0]?.['id'];
    const { scopes } = await client.request('scopes', { frameId });
    await client.request('next', THREAD);
    await client.stopped();
    expect(await client.request('scopes', { frameId })).toEqual({ scopes: [] });
    const [first] = scopes as readonly Body[];
    const variablesReference = first?.['variablesReference'];
    expect(await client.request('variables', { variablesReference })).toEqual({ variables: [] });
    expect(await client.refused('scopes', { frameId: 999 })).toMatch(/no frame/);
    expect(await client.refused('variables', { variablesReference: 999 })).toMatch(/at this stop/);
  });
});

describe('expressions', () => {
  it('evaluates bare JSONata and `${ }` in every context', async () => {
    const client = await at('  charge:');
    expect(await evaluated(client, 'input.amount * 2', 'watch')).toBe('80');
    expect(await evaluated(client, '${ vars.note }', 'hover')).toBe('"reserved r-1"');
    expect(await evaluated(client, 'note is ${ vars.note }', 'repl')).toBe('"note is reserved r-1"');
    expect(await evaluated(client, 'vars.cart', 'clipboard')).toBe(
      '{\n  "items": [\n    {\n      "price": 3\n    }\n  ]\n}',
    );
    expect(await client.refused('evaluate', { expression: 'charge', context: 'hover' })).toMatch(/no value/);
    expect(await evaluated(client, 'charge', 'watch')).toBe('null');
    expect(await client.refused('evaluate', { expression: 'input.amount >' })).toMatch(/`input.amount >`/);
    expect(await client.refused('evaluate', { expression: '$number("x")' })).not.toBe('');
  });

  it('never evaluates secrets for a view', async () => {
    const client = await at('  charge:', { ...LAUNCH, env: { BACKSTEP_SECRET_TOKEN: 'hunter2', PLAIN: 'seen' } });
    expect(await evaluated(client, 'secrets.TOKEN')).toBe('"•••"');
    expect(await evaluated(client, 'env.PLAIN')).toBe('"seen"');
    expect(await evaluated(client, '$string(env)')).not.toContain('hunter2');
    expect(client.transcript().replace(/> launch .*/, '')).not.toContain('hunter2');
  });

  it('completes roots, names inside them and commands', async () => {
    const client = await at('  charge:');
    const labels = async (text: string): Promise<readonly unknown[]> => {
      const { targets } = await client.request('completions', { text, column: text.length + 1 });
      return (targets as readonly Body[]).map((target) => target['label']);
    };
    expect(await labels('inp')).toEqual(['input']);
    expect(await labels('1 + vars.cart.it')).toEqual(['items']);
    expect(await labels('vars.cart.items[0].')).toEqual(['price']);
    expect(await labels(':comp')).toEqual(['complete']);
  });
});

describe('output', () => {
  it('tells what actions print, with its place and without secrets', async () => {
    const talking = `workflow: talking
version: 1.0.0
participants:
  tool: { operations: { say: { shell: [node, -e, "console.error('said ' + process.env.TOKEN)"] } } }
states:
  note: { call: log, with: { level: warn, message: "token \${ secrets.TOKEN }" }, next: say }
  say: { call: tool.say, next: end }
`;
    const space = workspace({ 'talking.workflow.yaml': talking });
    const env = { BACKSTEP_SECRET_TOKEN: 'hunter2', TOKEN: 'public' };
    const client = await launched(
      space,
      { launch: { program: 'talking.workflow.yaml', env, clock: 'real' } },
      { passing: [] },
    );
    const place = (text: string) => ({
      line: space.line('talking.workflow.yaml', text),
      source: { path: space.path('talking.workflow.yaml') },
    });
    expect(await client.event('output')).toMatchObject({
      output: 'token •••\n',
      category: 'stderr',
      ...place('  note:'),
    });
    expect(await client.event('output')).toMatchObject({ output: 'note → say\n', category: 'console' });
    expect(await client.event('output')).toMatchObject({ output: 'said public\n', ...place('  say: { call') });
    expect(await client.event('output')).toMatchObject({ output: 'say → end\n' });
    expect((await client.event('output'))['output']).toMatch(/^talking run-1 completed/);
    expect(await client.terminated()).toBe(0);
  });

  it('tells of each item of a call by its number, at the line of its state', async () => {
    const text = `workflow: pack
states:
  box: { foreach: { in: "\${ [7, 8] }", as: n, call: tool.put }, next: end }
participants:
  tool: { baseUrl: http://127.0.0.1:9, operations: { put: { http: POST /put } } }
`;
    const space = workspace({ 'pack.workflow.yaml': text });
    const launch = { program: 'pack.workflow.yaml', mocks: { 'tool.put': { return: {} } } };
    const client = await launched(space, { launch }, { passing: [] });
    for (const output of ['box/0 → end\n', 'box/1 → end\n', 'box → end\n'])
      expect(await client.event('output')).toMatchObject({ output, line: 3 });
    expect((await client.event('output'))['output']).toMatch(/^pack run-1 completed/);
    expect(await client.terminated()).toBe(0);
  });
});

describe('setting values', () => {
  it('sets variables and parts of them, from the view and by expression', async () => {
    const client = await at('  charge:');
    const { stackFrames } = await client.request('stackTrace', THREAD);
    const frameId = (stackFrames as readonly Body[])[0]?.['id'];
    const { scopes } = await client.request('scopes', { frameId });
    const data = (scopes as readonly Body[]).find((scope) => scope['name'] === 'Data');
    const { variables } = await client.request('variables', { variablesReference: data?.['variablesReference'] });
    const vars = (variables as readonly Body[]).find((line) => line['name'] === 'vars');
    const set = { variablesReference: vars?.['variablesReference'], name: 'note', value: '"by hand"' };
    expect(await client.request('setVariable', set)).toMatchObject({ value: '"by hand"', type: 'string' });
    expect(await evaluated(client, 'vars.note')).toBe('"by hand"');
    const part = { expression: 'vars.cart.items[0].price', value: 'input.amount + 1', frameId };
    expect(await client.request('setExpression', part)).toMatchObject({ value: '41' });
    expect(await evaluated(client, 'vars.cart')).toBe('{"items": [{"price": 41}]}');
    expect(await evaluated(client, ':set vars.note = "typed"', 'repl')).toBe('"typed"');
    expect(await client.refused('setExpression', { expression: 'input.amount', value: '1', frameId })).toMatch(
      /cannot be set/,
    );
    const input = { variablesReference: data?.['variablesReference'], name: 'input', value: '1' };
    expect(await client.refused('setVariable', input)).toMatch(/cannot be set/);
    await client.request('next', THREAD);
    await client.stopped();
    expect(await evaluated(client, 'vars.note')).toBe('"typed"');
  });

  it('sets the input of a call before it is made', async () => {
    const client = await at('    call: payments.charge');
    const { stackFrames } = await client.request('stackTrace', THREAD);
    const { scopes } = await client.request('scopes', { frameId: (stackFrames as readonly Body[])[0]?.['id'] });
    const [state] = scopes as readonly Body[];
    await client.request('setVariable', {
      variablesReference: state?.['variablesReference'],
      name: 'input',
      value: '{"amount": 1}',
    });
    expect(await scopeLines(client, 'State')).toContain('input = {"amount": 1}');
  });
});

describe('sources', () => {
  it('gives the recorded text when the file has changed', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    const sourceOf = async (): Promise<Body> => {
      const { stackFrames } = await client.request('stackTrace', THREAD);
      return (stackFrames as readonly { source: Body }[])[0]?.source ?? {};
    };
    expect(await sourceOf()).toEqual({ name: NAME, path: space.path(NAME) });
    writeFileSync(space.path(NAME), `# another line\n${ORDER}`);
    const source = await sourceOf();
    expect(source).toMatchObject({ path: space.path(NAME), sourceReference: 1 });
    expect(await client.request('source', { source, sourceReference: 1 })).toMatchObject({ content: ORDER });
    expect(await client.refused('source', { sourceReference: 7 })).toMatch(/no recorded text/);
    const { sources } = await client.request('loadedSources');
    expect(sources).toEqual([source]);
  });
});

describe('exceptions', () => {
  it.each([
    [['caught'], [] as string[]],
    [['uncaught'], ['book']],
    [['compensation'], ['ship']],
  ])('filters %s', async (filters, stops) => {
    const client = await launched(workspace(FILES), { launch: FAILING, exceptions: filters });
    for (const way of stops) {
      expect(await client.stopped()).toMatchObject({ reason: 'exception' });
      expect((await frames(client))[0]).toMatch(new RegExp(`^${way}:`));
      await client.request('continue', THREAD);
    }
    expect(await client.terminated()).toBe(3);
  });

  it('takes patterns of error types, and refuses what is none', async () => {
    const client = await launched(workspace(FILES), { launch: { ...FAILING, stopOnEntry: true } });
    await client.stopped();
    const answer = await client.request('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [
        { filterId: 'uncaught', condition: 'timeout, http.4xx' },
        { filterId: 'compensation', condition: 'http.**' },
      ],
    });
    expect(answer['breakpoints']).toMatchObject([{ verified: true }, { verified: false }]);
    expect(await client.refused('setExceptionBreakpoints', { filters: ['all'] })).toMatch(/no exception filter `all`/);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
  });

  it('stops at retries and at failed compensations', async () => {
    const retrying = ORDER.replace(
      '    call: payments.charge\n',
      '    call: payments.charge\n    retry: { attempts: 2, delay: 1m }\n',
    );
    const mocks = {
      ...MOCKS,
      'payments.charge': { fail: { error: 'http.503', message: 'busy' } },
      'inventory.release': { fail: { error: 'network', message: 'gone' } },
    };
    const client = await launched(workspace({ ...FILES, [NAME]: retrying }), {
      launch: { ...LAUNCH, mocks },
      exceptions: ['retry', 'compensationFailed'],
    });
    expect(await client.stopped()).toMatchObject({ reason: 'exception', text: 'http.503: busy' });
    expect((await frames(client))[0]).toMatch(/^charge:/);
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'exception', text: 'network: gone' });
    expect((await frames(client))[0]).toMatch(/^reserve \(compensation\):/);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(5);
  });
});

describe('setting the input before a call and the result after it', () => {
  it('by their names, in whole or in part, and nowhere else', async () => {
    const space = workspace(FILES);
    const client = await launched(space, {
      launch: LAUNCH,
      breakpoints: {
        [NAME]: [
          space.line(NAME, '    call: payments.charge'),
          space.line(NAME, '    assign: { note: "${ \'reserved \' & result.reservationId }" }'),
        ],
      },
    });
    await client.stopped();
    const set = (expression: string, value: string) => client.request('setExpression', { expression, value });
    expect(await client.refused('setExpression', { expression: 'args.orderId', value: '1' })).toMatch(
      /before its call; here it is at `return` of reserve/,
    );
    expect(await set('result.reservationId', '"r-" & 9')).toMatchObject({ value: '"r-9"' });
    await client.request('continue', THREAD);
    await client.stopped();
    expect((await client.request('evaluate', { expression: 'vars.note' }))['result']).toBe('"reserved r-9"');
    expect(await client.refused('setExpression', { expression: 'result', value: '1' })).toMatch(/after its call/);
    expect(await client.refused('setExpression', { expression: 'input.amount', value: '1' })).toMatch(/cannot be set/);
    expect(await client.refused('setExpression', { expression: 'args.no.way', value: '1' })).toMatch(/not there/);
    await set('args.amount', 'args.amount + 2');
    expect(
      (await client.request('evaluate', { expression: ':set args.extra = { "a": [1] }', context: 'repl' }))['result'],
    ).toBe('{"a": [1]}');
    await set('args.extra.a[0]', '7');
    expect((await client.request('evaluate', { expression: 'args' }))['result']).toBe(
      '{"amount": 42, "extra": {"a": [7]}}',
    );
    await client.request('setBreakpoints', { source: { path: space.path(NAME) }, breakpoints: [] });
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });
});
