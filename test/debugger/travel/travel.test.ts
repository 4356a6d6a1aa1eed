import { describe, expect, it } from 'vitest';
import type { Body, Client } from '../support/client.ts';
import { FAILING, FILES, LAUNCH } from '../support/order.ts';
import { frames, initialized, launched, scopeLines, workspace } from '../support/workspace.ts';

const NAME = 'order.workflow.yaml';
const THREAD = { threadId: 1 };

/** Where the session stands after a request that moves it: `state place-in-the-stack`. */
async function after(client: Client, command: string): Promise<readonly string[]> {
  await client.request(command, THREAD);
  await client.event('stopped');
  await client.event('backstep/position');
  return frames(client);
}

describe('stepping back', () => {
  it('undoes one step over, in the past and across child workflows, and goes forward again without effects', async () => {
    const space = workspace(FILES);
    const line = (text: string) => space.line(NAME, text);
    const client = await launched(space, {
      launch: LAUNCH,
      breakpoints: { 'shipping.workflow.yaml': [space.line('shipping.workflow.yaml', '  label:')] },
    });
    await client.stopped();
    const shipping = (text: string) => space.line('shipping.workflow.yaml', text);
    expect(await frames(client)).toEqual([`label:${shipping('  label:')}`, `ship:${line('    run: ')}`]);
    expect(await after(client, 'stepBack')).toEqual([`book:${shipping('  book:')}`, `ship:${line('    run: ')}`]);
    expect(await scopeLines(client, 'History')).toEqual(['1 = book: entered']);
    expect(await after(client, 'stepBack')).toEqual([`ship:${line('  ship:')}`]);
    expect(await after(client, 'stepBack')).toEqual([`charge:${line('  charge:')}`]);
    expect(await scopeLines(client, 'Compensation stack')).toEqual([
      'reserve → inventory.release = {"orderId": "o-1", "reservation": "r-1"}',
    ]);
    expect(await after(client, 'stepBack')).toEqual([`check:${line('  check:')}`]);
    expect(await after(client, 'stepBack')).toEqual([`reserve:${line('  reserve:')}`]);
    expect(await scopeLines(client, 'Compensation stack')).toEqual([]);
    expect((await client.request('evaluate', { expression: 'vars.note' }))['result']).toBe('"none"');
    // There is nothing before the beginning.
    expect(await after(client, 'stepBack')).toEqual([`reserve:${line('  reserve:')}`]);
    expect(await after(client, 'next')).toEqual([`check:${line('  check:')}`]);
    expect((await client.request('evaluate', { expression: 'vars.note' }))['result']).toBe('"reserved r-1"');
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'pause', description: 'The live end' });
    expect(await frames(client)).toEqual([`label:${shipping('  label:')}`, `ship:${line('    run: ')}`]);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('steps across the live end', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    await after(client, 'stepBack');
    expect(await after(client, 'next')).toEqual([`charge:${space.line(NAME, '  charge:')}`]);
    await after(client, 'stepBack');
    await client.request('stepIn', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'step' });
    expect(await frames(client)).toEqual([`check:${space.line(NAME, '      - next: charge')}`]);
    await after(client, 'next');
    expect(await frames(client)).toEqual([`charge:${space.line(NAME, '  charge:')}`]);
    await after(client, 'stepBack');
    // Out of the workflow itself: what is recorded is gone through, and the run goes on to its end.
    await client.request('setBreakpoints', { source: { path: space.path(NAME) }, breakpoints: [] });
    await client.request('stepOut', THREAD);
    expect(await client.terminated()).toBe(0);
  });
});

describe('going back to a breakpoint', () => {
  it('goes to the previous one, then to the beginning', async () => {
    const space = workspace(FILES);
    const line = (text: string) => space.line(NAME, text);
    const client = await launched(space, {
      launch: FAILING,
      breakpoints: { [NAME]: [line('  check:'), { line: line('  charge:'), condition: 'input.amount > 50' }] },
      exceptions: ['uncaught'],
    });
    await client.stopped();
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'exception' });
    await client.request('reverseContinue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [1] });
    expect(await frames(client)).toEqual([`check:${line('  check:')}`]);
    await client.request('reverseContinue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'entry' });
    expect(await frames(client)).toEqual([`reserve:${line('  reserve:')}`]);
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint', hitBreakpointIds: [1] });
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'pause' });
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
  });
});

describe('a run that has ended', () => {
  it('is stepped through backwards, undoing first', async () => {
    const space = workspace(FILES);
    const first = await launched(space, { launch: FAILING });
    expect(await first.terminated()).toBe(3);
    await first.end();
    const client = await initialized(space, { passing: ['output'] });
    await client.request('attach', { runId: 'run-1', journal: space.path('runs.db') });
    await client.request('configurationDone');
    await client.stopped();
    const places: string[] = [];
    for (let step = 0; step < 7; step++) {
      await client.request('stepBack', THREAD);
      await client.event('stopped');
      const { state, undoing, path, undone } = await client.event('backstep/position');
      places.push(
        `${undoing === true ? 'undo ' : ''}${String(state)} ${(path as Body[]).length}/${(undone as Body[]).length}`,
      );
    }
    expect(places).toEqual([
      'undo reserve 4/1',
      'undo charge 4/0',
      'ship 4/0',
      'charge 3/0',
      'check 2/0',
      'reserve 1/0',
      'reserve 1/0',
    ]);
    // What the child did is seen on the way forward.
    for (let step = 0; step < 3; step++) await after(client, 'next');
    await after(client, 'stepIn');
    expect(await after(client, 'stepIn')).toEqual(['book:13', `ship:${space.line(NAME, '    run: ')}`]);
    await client.request('continue', THREAD);
    await client.stopped();
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
  });
});
