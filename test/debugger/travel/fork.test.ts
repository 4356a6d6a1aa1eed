import { describe, expect, it } from 'vitest';
import type { Body, Client } from '../support/client.ts';
import { FILES, LAUNCH, MOCKS } from '../support/order.ts';
import { frames, launched, scopeLines, workspace } from '../support/workspace.ts';

const NAME = 'order.workflow.yaml';
const THREAD = { threadId: 1 };

async function back(client: Client, times: number): Promise<void> {
  for (let step = 0; step < times; step++) {
    await client.request('stepBack', THREAD);
    await client.event('stopped');
    await client.event('backstep/position');
  }
}

/** The lines that are printed up to the next stop. */
async function told(client: Client): Promise<readonly string[]> {
  const lines: string[] = [];
  for (;;) {
    const event = await client.any();
    if (event['event'] === 'stopped') break;
    lines.push(String((event['body'] as Body)['output']).trimEnd());
  }
  await client.event('backstep/position');
  return lines;
}

describe('a fork from the past', () => {
  it('begins by setting a variable there, names what had been done since, and repeats nothing before', async () => {
    const space = workspace(FILES);
    const client = await launched(
      space,
      {
        launch: {
          ...LAUNCH,
          mocks: { ...MOCKS, 'inventory.reserve': [{ return: { reservationId: 'r-1' } }, { fail: { error: 'boom' } }] },
        },
        breakpoints: { 'shipping.workflow.yaml': [space.line('shipping.workflow.yaml', '  label:')] },
      },
      { passing: [] },
    );
    await told(client);
    await back(client, 4);
    expect(await frames(client)).toEqual([`check:${space.line(NAME, '  check:')}`]);
    // What would be left behind can be known before, and nothing is made by asking.
    expect(await client.request('backstep/effects')).toEqual({
      run: 'run-1',
      at: 9,
      effects: [
        { state: 'charge', action: 'payments.charge', undoing: false, certain: true },
        { state: 'ship', action: 'run ./shipping.workflow.yaml', undoing: false, certain: false },
      ],
    });
    expect(await client.refused('backstep/effects', { run: 'other' })).toBe('The run other had not begun here.');
    const { value } = await client.request('setExpression', { expression: 'vars.note', value: '"another"' });
    expect(value).toBe('"another"');
    expect(await told(client)).toEqual([
      'run-1 is forked after its record 9 as run-1-fork-1. run-1 had already done this after that, and the fork may do it again:',
      '  charge → payments.charge',
      '  ship → run ./shipping.workflow.yaml (in doubt)',
    ]);
    expect(await frames(client)).toEqual([`check:${space.line(NAME, '  check:')}`]);
    expect((await client.request('evaluate', { expression: 'vars.note & run.id' }))['result']).toBe(
      '"anotherrun-1-fork-1"',
    );
    const { threads } = await client.request('threads');
    expect(threads).toEqual([{ id: 1, name: 'order run-1-fork-1' }]);
    expect(await scopeLines(client, 'Compensation stack')).toEqual([
      'reserve → inventory.release = {"orderId": "o-1", "reservation": "r-1"}',
    ]);
    // The past that both runs share can be looked at as before.
    await back(client, 1);
    expect(await frames(client)).toEqual([`reserve:${space.line(NAME, '  reserve:')}`]);
    await client.request('setBreakpoints', { source: { path: space.path('shipping.workflow.yaml') }, breakpoints: [] });
    await client.request('continue', THREAD);
    await told(client);
    await client.request('continue', THREAD);
    const output: string[] = [];
    for (let event = await client.any(); event['event'] === 'output'; event = await client.any())
      output.push(String((event['body'] as Body)['output']).trimEnd());
    expect(output).toEqual([
      'check → charge',
      'charge → ship',
      'book → label',
      'label → end',
      'ship → end',
      'order run-1-fork-1 completed {"chargeId":"c-1"}',
    ]);
    await client.event('exited');
    await client.event('terminated');
  });

  it('is asked for by name, at the live end too, and refused for what is not there', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    await back(client, 1);
    expect(await client.refused('backstep/fork', { ...THREAD, vars: { nothing: 1 } })).toBe(
      'The run has no variable nothing. It has note, cart there.',
    );
    expect(await client.request('backstep/fork', { ...THREAD, vars: { note: 'mine', cart: null } })).toEqual({
      run: 'run-1-fork-1',
    });
    expect(await client.stopped()).toMatchObject({ reason: 'goto', description: 'Forked from run-1' });
    await client.request('next', THREAD);
    await client.stopped();
    expect(await client.request('backstep/fork', { ...THREAD })).toEqual({ run: 'run-1-fork-1-fork-1' });
    await client.stopped();
    expect((await client.request('evaluate', { expression: 'vars' }))['result']).toBe('{"note": "mine", "cart": null}');
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('does not name a call that a person let fail instead of making it', async () => {
    const space = workspace(FILES);
    const client = await launched(space, {
      launch: LAUNCH,
      breakpoints: { [NAME]: [space.line(NAME, '    call: payments.charge')] },
      exceptions: ['uncaught'],
    });
    await client.stopped();
    await client.request('backstep/fail', { ...THREAD, error: 'http.503' });
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'exception' });
    await back(client, 1);
    expect(await client.request('backstep/effects')).toMatchObject({ run: 'run-1', effects: [] });
  });
});
