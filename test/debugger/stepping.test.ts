import { describe, expect, it } from 'vitest';
import { FAILING, FILES, LAUNCH } from './support/order.ts';
import { frames, launched, scopeLines, workspace } from './support/workspace.ts';

const THREAD = { threadId: 1 };

describe('stepping', () => {
  it('steps over states to the end', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: { ...LAUNCH, stopOnEntry: true } });
    expect(await client.stopped()).toMatchObject({ reason: 'entry', threadId: 1, allThreadsStopped: true });
    const visited = [];
    for (let state = 0; state < 4; state++) {
      visited.push((await frames(client))[0]);
      await client.request('next', THREAD);
      if (state < 3) expect(await client.stopped()).toMatchObject({ reason: 'step' });
    }
    const line = (text: string) => space.line('order.workflow.yaml', text);
    expect(visited).toEqual([
      `reserve:${line('  reserve:')}`,
      `check:${line('  check:')}`,
      `charge:${line('  charge:')}`,
      `ship:${line('  ship:')}`,
    ]);
    expect(await client.terminated()).toBe(0);
  });

  it('steps in to each place, into the child workflow and out of it', async () => {
    const space = workspace(FILES);
    const client = await launched(space, {
      launch: LAUNCH,
      breakpoints: { 'order.workflow.yaml': [space.line('order.workflow.yaml', '  ship:')] },
    });
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [1] });
    await client.request('stepIn', THREAD);
    await client.stopped();
    const order = (text: string) => space.line('order.workflow.yaml', text);
    const shipping = (text: string) => space.line('shipping.workflow.yaml', text);
    expect(await frames(client)).toEqual([`ship:${order('run: ./shipping')}`]);
    await client.request('stepIn', THREAD);
    await client.stopped();
    expect(await frames(client)).toEqual([`book:${shipping('  book:')}`, `ship:${order('run: ./shipping')}`]);
    await client.request('stepIn', THREAD);
    await client.stopped();
    expect(await frames(client)).toEqual([
      `book:${shipping('call: carrier.book')}`,
      `ship:${order('run: ./shipping')}`,
    ]);
    await client.request('next', THREAD);
    await client.stopped();
    expect((await frames(client))[0]).toBe(`label:${shipping('  label:')}`);
    await client.request('stepOut', THREAD);
    await client.stopped();
    expect(await frames(client)).toEqual([`ship:${order('run: ./shipping')}`]);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('steps through compensation in reverse order', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: FAILING, exceptions: ['uncaught'] });
    // The child has nothing to undo; its error ends the parent as well.
    expect(await client.stopped()).toMatchObject({ reason: 'exception', text: 'http.500: no lorry' });
    expect((await frames(client)).map((frame) => frame.replace(/:.*/, ''))).toEqual(['book', 'ship']);
    expect(await client.request('exceptionInfo', THREAD)).toMatchObject({
      exceptionId: 'http.500',
      breakMode: 'unhandled',
    });
    const compensate = (state: string) => space.line('order.workflow.yaml', `call: ${state}`) - 1;
    await client.request('next', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'step' });
    expect(await frames(client)).toEqual([`charge (compensation):${compensate('payments.refund')}`]);
    expect(await scopeLines(client, 'Compensation stack')).toEqual([
      'charge → payments.refund = {"orderId": "o-1"}',
      'reserve → inventory.release = {"orderId": "o-1", "reservation": "r-1"}',
    ]);
    await client.request('next', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'step' });
    expect(await frames(client)).toEqual([`reserve (compensation):${compensate('inventory.release')}`]);
    expect(await scopeLines(client, 'Compensation stack')).toEqual([
      'reserve → inventory.release = {"orderId": "o-1", "reservation": "r-1"}',
    ]);
    await client.request('next', THREAD);
    expect(await client.terminated()).toBe(3);
  });
});
