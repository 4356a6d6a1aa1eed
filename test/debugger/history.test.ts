import { describe, expect, it } from 'vitest';
import type { Body } from './support/client.ts';
import { FAILING, FILES, LAUNCH } from './support/order.ts';
import { frames, launched, workspace } from './support/workspace.ts';

const NAME = 'order.workflow.yaml';
const THREAD = { threadId: 1 };

describe('the history of a run', () => {
  it('is told page by page, and the view moves to any of its records and back', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    const page = await client.request('backstep/history', { start: 4, count: 4 });
    expect(page).toMatchObject({ run: 'run-1', total: 12, seq: 12 });
    expect(
      (page['records'] as readonly Body[]).map(
        ({ seq, state, text }) => `${String(seq)} ${String(state)}: ${String(text)}`,
      ),
    ).toEqual([
      '4 reserve: input {"orderId": "o-1"}',
      '5 reserve: attempt 1',
      '6 reserve: gave {"reservationId": "r-1"}',
      '7 reserve: completed, goes on to check',
    ]);
    await client.request('backstep/goTo', { seq: 5 });
    expect(await client.stopped()).toMatchObject({ reason: 'goto' });
    expect(await frames(client)).toEqual([`reserve:${space.line(NAME, '    call: inventory.reserve')}`]);
    expect(await client.request('backstep/history', { start: 5, count: 1 })).toMatchObject({ total: 12, seq: 5 });
    await client.request('backstep/goTo', { seq: 6 });
    await client.stopped();
    expect((await client.request('evaluate', { expression: 'result' }))['result']).toBe('{"reservationId": "r-1"}');
    expect(await client.refused('backstep/goTo', { seq: 13 })).toBe('The run run-1 has no record 13: it has 1 to 12.');
    expect(await client.refused('backstep/history', { run: 'nobody' })).toMatch(/no run nobody/);
    await client.request('backstep/goTo', { seq: 12 });
    expect(await client.stopped()).toMatchObject({ description: 'The live end' });
    expect(await frames(client)).toEqual([`charge:${space.line(NAME, '  charge:')}`]);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('says beside each state what came of it, as of the moment of the view', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  ship:')] } });
    await client.stopped();
    const facts = async (): Promise<readonly string[]> => {
      const { states } = await client.request('backstep/states', { path: space.path(NAME) });
      return (states as readonly Body[]).map(
        ({ state, line, visits, result, outcome }) =>
          `${String(state)}:${String(line)} ${String(visits)} ${String(result)} ${String(outcome)}`,
      );
    };
    expect(await facts()).toEqual([
      'reserve:24 1 {"reservationId": "r-1"} completed in 0 ms',
      'check:32 1 null completed in 0 ms',
      'charge:37 1 {"chargeId": "c-1"} completed in 0 ms',
      'ship:44 1 null entered',
    ]);
    await client.request('stepBack', THREAD);
    await client.stopped();
    expect((await facts()).at(-1)).toBe('charge:37 1 null entered');
    await client.request('continue', THREAD);
    await client.stopped();
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });
});

describe('an exception', () => {
  it('is told with the error of the child run that it came from, and with who takes it', async () => {
    const caught = FILES['order.workflow.yaml'].replace(
      '    with: { orderId: "${ input.orderId }" }\n    next: end',
      '    with: { orderId: "${ input.orderId }" }\n    catch: [{ errors: [http], next: refuse }]\n    next: end',
    );
    const space = workspace({ ...FILES, [NAME]: caught });
    const client = await launched(space, { launch: FAILING, exceptions: ['caught'] });
    await client.stopped();
    const { description, details } = await client.request('exceptionInfo', THREAD);
    expect(description).toBe(
      'http.500 of ship is caught.\nno lorry\nThe `catch` of ship takes it (handler 1) and goes on to refuse.',
    );
    expect((details as Body)['innerException']).toMatchObject([
      { typeName: 'http.500', stackTrace: 'state: book\nattempt: 1' },
    ]);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
  });
});

describe('a long loop', () => {
  it('is told up to a thousand transitions, and then by their number', async () => {
    const name = 'loop.workflow.yaml';
    const text = `workflow: loop
version: 1.0.0
vars: { n: 0 }
states:
  turn:
    set: { n: "\${ vars.n + 1 }" }
    next: [{ when: "\${ vars.n < 1200 }", next: turn }, { next: end }]
`;
    const client = await launched(workspace({ [name]: text }), { launch: { program: name } }, { passing: [] });
    const lines: string[] = [];
    for (let event = await client.any(); event['event'] === 'output'; event = await client.any())
      lines.push(String((event['body'] as Body)['output']));
    await client.event('exited');
    await client.event('terminated');
    expect(lines).toHaveLength(1_002);
    expect(lines[1_000]).toBe('… and 200 more transitions\n');
  });
});
