/** Changes of watched variables are stops in the past, too. */
import { describe, expect, it } from 'vitest';
import type { Body, Client } from '../support/client.ts';
import { frames, launched, workspace } from '../support/workspace.ts';

const NAME = 'turns.workflow.yaml';
const THREAD = { threadId: 1 };
const TURNS = `workflow: turns
version: 1.0.0
vars: { n: 0, cart: { sum: 0, last: none } }
states:
  count:
    set: { n: "\${ vars.n + 1 }" }
    maxVisits: 10
    next: half
  half:
    switch:
      - { when: "\${ vars.n % 2 = 0 }", assign: { cart: "\${ { 'sum': vars.n, 'last': vars.cart.last } }" }, next: again }
      - { assign: { cart: "\${ { 'sum': vars.cart.sum, 'last': $string(vars.n) } }" }, next: again }
  again:
    switch:
      - { when: "\${ vars.n < 5 }", next: count }
      - next: stay
  stay: { set: {}, next: end }
`;

async function watching(path: string, options: Body = {}): Promise<Client> {
  const space = workspace({ [NAME]: TURNS });
  const client = await launched(space, {
    launch: { program: NAME },
    breakpoints: { [NAME]: [space.line(NAME, '  stay: { set: {}, next: end }')] },
  });
  await client.stopped();
  const { dataId } = await client.request('dataBreakpointInfo', { name: path });
  const { breakpoints } = await client.request('setDataBreakpoints', { breakpoints: [{ dataId, ...options }] });
  expect(breakpoints).toMatchObject([{ verified: true }]);
  return client;
}

async function move(client: Client, command: 'continue' | 'reverseContinue'): Promise<string> {
  await client.request(command, THREAD);
  const { reason, description } = await client.stopped();
  return `${String(reason)}: ${String(description)} at ${(await frames(client)).join()}`;
}

describe('reverse continue', () => {
  it('stops at each change of a part of a variable, and so does continue from there', async () => {
    const client = await watching('vars.cart.sum');
    const back = [await move(client, 'reverseContinue'), await move(client, 'reverseContinue')];
    expect(back).toEqual([
      'data breakpoint: vars.cart.sum changed from 2 to 4 at half:9',
      'data breakpoint: vars.cart.sum changed from 0 to 2 at half:9',
    ]);
    expect((await client.request('evaluate', { expression: 'vars.n' }))['result']).toBe('2');
    expect(await move(client, 'reverseContinue')).toBe('entry: The beginning of the run at count:5');
    expect(await move(client, 'continue')).toBe(back[1]);
    expect(await move(client, 'continue')).toBe(back[0]);
    expect(await move(client, 'continue')).toBe('pause: The live end at stay:17');
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('takes conditions and hit counts as they would have counted', async () => {
    const conditional = await watching('vars.n', { condition: 'vars.n = 3' });
    expect(await move(conditional, 'reverseContinue')).toBe('data breakpoint: vars.n changed from 2 to 3 at count:5');
    expect(await move(conditional, 'reverseContinue')).toMatch(/^entry: /);
    const counting = await watching('vars.n', { condition: 'vars.n > 1', hitCondition: '2' });
    expect(await move(counting, 'reverseContinue')).toBe('data breakpoint: vars.n changed from 2 to 3 at count:5');
    expect(await move(counting, 'reverseContinue')).toMatch(/^entry: /);
  });

  it('meets changes and other breakpoints in their order', async () => {
    const client = await watching('vars.n', { condition: 'vars.n = 4' });
    const source = (await client.request('stackTrace', THREAD))['stackFrames'] as readonly Body[];
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'again' }] });
    expect(source[0]).toHaveProperty('source');
    expect(await move(client, 'reverseContinue')).toMatch(/again:13/);
    expect(await move(client, 'reverseContinue')).toMatch(/again:13/);
    expect(await move(client, 'reverseContinue')).toBe('data breakpoint: vars.n changed from 3 to 4 at count:5');
    expect(await move(client, 'reverseContinue')).toMatch(/again:13/);
    expect(await move(client, 'continue')).toMatch(/^data breakpoint/);
  });
});
