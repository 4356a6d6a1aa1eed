import { describe, expect, it } from 'vitest';
import type { Body } from './support/client.ts';
import { FAILING, FILES, INPUT, LAUNCH } from './support/order.ts';
import { frames, initialized, launched, workspace } from './support/workspace.ts';

const THREAD = { threadId: 1 };
const NAME = 'order.workflow.yaml';

/** A loop of five turns. */
const LOOP = `workflow: turns
version: 1.0.0
vars: { n: 0 }
states:
  count:
    set: { n: "\${ vars.n + 1 }" }
    maxVisits: 10
    next: again
  again:
    switch:
      - when: "\${ vars.n < 5 }"
        next: count
      - next: end
`;

async function placed(
  breakpoints: readonly Body[],
  files: Readonly<Record<string, string>> = FILES,
  name = NAME,
): Promise<readonly Body[]> {
  const space = workspace(files);
  const client = await initialized(space);
  const body = await client.request('setBreakpoints', { source: { path: space.path(name) }, breakpoints });
  return body['breakpoints'] as readonly Body[];
}

describe('where breakpoints stand', () => {
  const space = () => workspace(FILES);

  it.each([
    ['a state', '  charge:', '  charge:'],
    ['an action', '    call: payments.charge', '    call: payments.charge'],
    ['assignments', '    assign: { note: "${ \'reserved \' & result.reservationId }" }', '    assign: {'],
    ['a transition', '    next: ship', '    next: ship'],
    ['an item of a switch', '      - next: charge', '      - next: charge'],
    ['the second line of an item', '        next: refuse', '      - when:'],
    ['a switch, whose items count', '    switch:', '      - when:'],
    ['arguments, which move down', '    with: { amount: "${ input.amount }" }', '    with: { amount'],
  ])('%s', async (name, text, _shown) => {
    const line = space().line(NAME, text);
    const [found] = await placed([{ line }]);
    expect(found).toMatchObject({ verified: true });
    const moved: Record<string, number> = {
      'a switch, whose items count': line + 1,
      'arguments, which move down': line + 1,
    };
    expect(found?.['line']).toBe(moved[name] ?? line);
  });

  it('says why a breakpoint can stand nowhere', async () => {
    const outside = space().line(NAME, 'participants:');
    const below = space().line(NAME, 'output: { chargeId: "${ results.charge.chargeId }" }');
    for (const found of await placed([{ line: outside }, { line: below }, { line: 9999 }])) {
      expect(found).toMatchObject({ verified: false });
      expect(found['message']).toMatch(/Nothing can be stopped at here/);
    }
  });

  it('says what is wrong with conditions, hit counts, log messages and files', async () => {
    const line = space().line(NAME, '  charge:');
    const found = await placed([
      { line, condition: 'input.amount >' },
      { line, hitCondition: 'often' },
      { line, logMessage: 'at {input.amount' },
    ]);
    expect(found.map((each) => each['verified'])).toEqual([false, false, false]);
    expect(found.map((each) => String(each['message']))).toEqual([
      expect.stringContaining('`input.amount >`'),
      expect.stringContaining('no hit count'),
      expect.stringContaining('not closed'),
    ]);
    const broken = {
      'broken.workflow.yaml': 'workflow: broken\nversion: 1.0.0\nstates:\n  a: { wait: 1s, next: nowhere }\n',
    };
    const [unplaced] = await placed([{ line: 4 }], broken, 'broken.workflow.yaml');
    expect(unplaced?.['message']).toMatch(/broken\.workflow\.yaml:4:\d+: /);
    const [missing] = await placed([{ line: 4 }], {}, 'missing.workflow.yaml');
    expect(missing?.['message']).toMatch(/There is no file/);
  });

  it('offers every place of a range of lines', async () => {
    const files = space();
    const client = await initialized(files);
    const line = files.line(NAME, '  charge:');
    const { breakpoints } = await client.request('breakpointLocations', {
      source: { path: files.path(NAME) },
      line,
      endLine: line + 6,
    });
    expect((breakpoints as readonly Body[]).map((each) => Number(each['line']) - line)).toEqual([0, 1, 3, 6]);
  });
});

describe('stopping at breakpoints', () => {
  it('stops at each place of a state in turn', async () => {
    const space = workspace(FILES);
    const at = (text: string) => space.line(NAME, text);
    const lines = [
      at('  reserve:'),
      at('    call: inventory.reserve'),
      at('    assign:'),
      at('    next: check'),
      at('      - next: charge'),
    ];
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: lines } });
    for (const [index, line] of lines.entries()) {
      expect(await client.stopped()).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [index + 1] });
      expect((await frames(client))[0]).toMatch(new RegExp(`:${line}$`));
      await client.request('continue', THREAD);
    }
    expect(await client.terminated()).toBe(0);
  });

  it('stops before a compensation, in the scope that is undone', async () => {
    const space = workspace(FILES);
    const compensate = space.line(NAME, '      call: inventory.release') - 1;
    const client = await launched(space, { launch: FAILING, breakpoints: { [NAME]: [compensate] } });
    await client.stopped();
    expect(await frames(client)).toEqual([`reserve (compensation):${compensate}`]);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
  });

  it('stops in a child workflow', async () => {
    const space = workspace(FILES);
    const line = space.line('shipping.workflow.yaml', '  label:');
    const client = await launched(space, { launch: LAUNCH, breakpoints: { 'shipping.workflow.yaml': [line] } });
    await client.stopped();
    expect((await frames(client))[0]).toBe(`label:${line}`);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it.each([
    ['a condition', { condition: 'vars.n = 3' }, [3]],
    ['a condition in braces', { condition: '${ vars.n > 3 }' }, [4, 5]],
    ['a hit count', { hitCondition: '2' }, [2]],
    ['every other hit', { hitCondition: '% 2' }, [2, 4]],
    ['a condition and a hit count', { condition: 'vars.n > 1', hitCondition: '>= 3' }, [4, 5]],
  ])('stops by %s', async (_name, options, stops) => {
    const space = workspace({ 'turns.workflow.yaml': LOOP });
    const line = space.line('turns.workflow.yaml', '  again:');
    const client = await launched(space, {
      launch: { program: 'turns.workflow.yaml' },
      breakpoints: { 'turns.workflow.yaml': [{ line, ...options }] },
    });
    for (const turn of stops) {
      await client.stopped();
      expect(await client.request('evaluate', { expression: 'vars.n', context: 'watch' })).toMatchObject({
        result: String(turn),
      });
      await client.request('continue', THREAD);
    }
    expect(await client.terminated()).toBe(0);
  });

  it('goes on counting when breakpoints are set again in the same words', async () => {
    const space = workspace({ 'turns.workflow.yaml': LOOP });
    const name = 'turns.workflow.yaml';
    const counting = { line: space.line(name, '  again:'), hitCondition: '3' };
    const client = await launched(space, {
      launch: { program: name },
      breakpoints: { [name]: [space.line(name, '  count:'), counting] },
    });
    await client.stopped();
    await client.request('continue', THREAD);
    await client.stopped();
    const again = await client.request('setBreakpoints', {
      source: { path: space.path(name) },
      breakpoints: [counting],
    });
    expect(again['breakpoints']).toMatchObject([{ id: 2, verified: true }]);
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ hitBreakpointIds: [2] });
    expect(await client.request('evaluate', { expression: 'vars.n' })).toMatchObject({ result: '3' });
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('logs instead of stopping', async () => {
    const space = workspace({ 'turns.workflow.yaml': LOOP });
    const line = space.line('turns.workflow.yaml', '  again:');
    const client = await launched(
      space,
      {
        launch: { program: 'turns.workflow.yaml' },
        breakpoints: { 'turns.workflow.yaml': [{ line, logMessage: 'turn {vars.n} of {"5"}', hitCondition: '<= 2' }] },
      },
      { passing: [] },
    );
    const told: string[] = [];
    for (let turn = 1; turn <= 5; turn++) {
      for (let each = 0; each < (turn <= 2 ? 3 : 2); each++)
        told.push(String((await client.event('output'))['output']));
    }
    expect(told).toContain('turn 1 of 5\n');
    expect(told).toContain('turn 2 of 5\n');
    expect(told.filter((text) => text.startsWith('turn'))).toHaveLength(2);
    await client.event('output');
    expect(await client.terminated()).toBe(0);
  });

  it('stops and says so when a condition fails', async () => {
    const space = workspace({ 'turns.workflow.yaml': LOOP });
    const line = space.line('turns.workflow.yaml', '  again:');
    const client = await launched(space, {
      launch: { program: 'turns.workflow.yaml' },
      breakpoints: { 'turns.workflow.yaml': [{ line, condition: '$number("x") > 1' }] },
    });
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint' });
    expect(client.transcript()).toMatch(/The condition of a breakpoint failed, so the run stops here/);
  });

  it('stops at states by name, also when they are set before the launch', async () => {
    const space = workspace(FILES);
    const client = await initialized(space, { passing: ['output'] });
    const { breakpoints } = await client.request('setFunctionBreakpoints', {
      breakpoints: [{ name: 'cha*' }, { name: 'compensate:reserve' }, { name: 'no such' }],
    });
    expect((breakpoints as readonly Body[]).map((each) => each['verified'])).toEqual([false, false, false]);
    await client.request('launch', {
      ...FAILING,
      program: space.path(NAME),
      clock: 'virtual',
      journal: space.path('runs.db'),
      input: INPUT,
    });
    expect(await client.event('breakpoint')).toMatchObject({
      reason: 'changed',
      breakpoint: { id: 1, verified: true },
    });
    expect(await client.event('breakpoint')).toMatchObject({ breakpoint: { id: 2, verified: true } });
    await client.request('configurationDone');
    expect(await client.stopped()).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [1] });
    expect((await frames(client))[0]).toMatch(/^charge:/);
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'function breakpoint', hitBreakpointIds: [2] });
    expect((await frames(client))[0]).toMatch(/^reserve \(compensation\):/);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
  });

  it('stops at none without debugging', async () => {
    const space = workspace(FILES);
    const client = await launched(space, {
      launch: { ...FAILING, noDebug: true, stopOnEntry: true },
      breakpoints: { [NAME]: [space.line(NAME, '  charge:')] },
      exceptions: ['uncaught', 'compensation'],
    });
    expect(await client.terminated()).toBe(3);
  });
});

const ITEMS = `workflow: items
version: 1.0.0
vars: { n: 0 }
states:
  count: { set: { n: "\${ vars.n + 1 }" }, maxVisits: 10, next: choose }
  choose:
    switch:
      - when: "\${ vars.n = 1 }"
        assign: { n: "\${ vars.n + 1 }" }
        next: count
      - { when: "\${ vars.n > 90 }", next: never }
      - when: "\${ vars.n < 4 }"
        next: count
      - next: end
  never: { set: {}, next: end }
`;

describe('conditions and transitions', () => {
  const name = 'items.workflow.yaml';
  const space = () => workspace({ [name]: ITEMS });
  const column = (line: number, part: string): number => (ITEMS.split('\n')[line - 1] ?? '').indexOf(part) + 1;

  it('are told apart by their columns, and each line of an item is one', async () => {
    const files = space();
    const client = await initialized(files);
    const source = { path: files.path(name) };
    const first = files.line(name, '      - when: "${ vars.n = 1 }"');
    const { breakpoints: offered } = await client.request('breakpointLocations', {
      source,
      line: first,
      endLine: first + 6,
    });
    expect((offered as readonly Body[]).map(({ line, column: at }) => [Number(line) - first, at])).toEqual([
      [0, 9],
      [2, 9],
      [3, 11],
      [3, 37],
      [4, 9],
      [5, 9],
      [6, 9],
    ]);
    const { breakpoints: set } = await client.request('setBreakpoints', {
      source,
      breakpoints: [
        { line: first },
        { line: first, column: 9 },
        { line: first + 1 },
        { line: first + 2 },
        { line: first + 3 },
        { line: first + 3, column: 12 },
        { line: first + 3, column: 38 },
      ],
    });
    expect(
      (set as readonly Body[]).map(({ verified, line, column: at }) => [verified, Number(line) - first, at]),
    ).toEqual([
      [true, 0, 9],
      [true, 0, 9],
      [true, 0, 9],
      [true, 2, 9],
      [true, 3, 37],
      [true, 3, 11],
      [true, 3, 37],
    ]);
  });

  it('stop when a condition is tested, and when a transition is taken, where the breakpoint stands', async () => {
    const files = space();
    const first = files.line(name, '      - when: "${ vars.n = 1 }"');
    const third = files.line(name, '      - when: "${ vars.n < 4 }"');
    const client = await launched(files, {
      launch: { program: name },
      breakpoints: {
        [name]: [
          { line: first, column: 9 },
          { line: first + 2 },
          { line: first + 3, column: column(first + 3, 'when') },
          { line: first + 3, column: column(first + 3, 'next') },
          { line: third, column: 9, condition: 'vars.n = 3' },
          { line: third + 1 },
        ],
      },
    });
    const seen: string[] = [];
    for (;;) {
      const event = await client.any();
      if (event['event'] === 'backstep/position') continue;
      if (event['event'] !== 'stopped') break;
      const { hitBreakpointIds } = event['body'] as Body;
      const n = (await client.request('evaluate', { expression: 'vars.n' }))['result'];
      seen.push(`${String(hitBreakpointIds)} ${(await frames(client))[0]?.replace('choose:', '') ?? ''} ${String(n)}`);
      await client.request('continue', THREAD);
    }
    await client.event('terminated');
    const at = (line: number) => String(line);
    expect(seen).toEqual([
      `1 ${at(first)} 1`,
      `2 ${at(first + 2)} 1`,
      `1 ${at(first)} 3`,
      `3 ${at(first + 3)} 3`,
      `5 ${at(third)} 3`,
      `6 ${at(third + 1)} 3`,
      `1 ${at(first)} 4`,
      `3 ${at(first + 3)} 4`,
    ]);
  });

  it('are found in the past as well', async () => {
    const files = space();
    const third = files.line(name, '      - when: "${ vars.n < 4 }"');
    const client = await launched(files, {
      launch: { program: name },
      breakpoints: { [name]: [{ line: third, column: 9 }, third + 2] },
    });
    await client.stopped();
    await client.request('continue', THREAD);
    await client.stopped();
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ hitBreakpointIds: [2] });
    for (const n of ['4', '3']) {
      await client.request('reverseContinue', THREAD);
      expect(await client.stopped()).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [1] });
      expect(await frames(client)).toEqual([`choose:${third}`]);
      expect((await client.request('evaluate', { expression: 'vars.n' }))['result']).toBe(n);
    }
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ hitBreakpointIds: [1] });
  });
});
