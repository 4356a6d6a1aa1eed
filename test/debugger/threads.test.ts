import { describe, expect, it } from 'vitest';
import type { Body, Client } from './support/client.ts';
import { frames, launched, workspace } from './support/workspace.ts';

const NAME = 'wide.workflow.yaml';
const WIDE = `workflow: wide
version: 1.0.0
participants:
  service:
    baseUrl: http://127.0.0.1:9
    operations:
      do: { http: POST /do }
      undo: { http: POST /undo }
states:
  both:
    parallel:
      branches:
        left:
          states:
            first_left:
              call: service.do
              compensate: { call: service.undo, with: { what: left } }
              next: second_left
            second_left: { set: {}, next: end }
        right:
          states:
            first_right:
              call: service.do
              compensate: { call: service.undo, with: { what: right } }
              next: end
    next: boxed
  boxed:
    scope:
      states:
        inner: { call: service.do, compensate: { call: service.undo, with: { what: inner } }, next: end }
    next: last
  last:
    fail: { error: order.refused }
`;
const LAUNCH = { program: NAME, mocks: { 'service.do': { return: {} }, 'service.undo': { return: {} } } };

async function threadNames(client: Client): Promise<Record<string, number>> {
  const { threads } = await client.request('threads');
  return Object.fromEntries((threads as readonly Body[]).map(({ id, name }) => [String(name), Number(id)]));
}

async function stack(client: Client, threadId: number): Promise<readonly string[]> {
  const { stackFrames } = await client.request('stackTrace', { threadId });
  return (stackFrames as readonly Body[]).map(({ name }) => String(name));
}

describe('threads', () => {
  it('shows branches as threads, each with its frames', async () => {
    const space = workspace({ [NAME]: WIDE });
    const client = await launched(space, {
      launch: LAUNCH,
      breakpoints: { [NAME]: [space.line(NAME, '            first_left:')] },
    });
    expect(await client.stopped()).toMatchObject({ reason: 'breakpoint', threadId: 2 });
    const threads = await threadNames(client);
    expect(threads).toEqual({ 'wide run-1': 1, 'both/left': 2, 'both/right': 3 });
    expect(await stack(client, 2)).toEqual(['both/left/first_left', 'both']);
    expect(await stack(client, 3)).toEqual(['both/right/first_right', 'both']);
    expect(await stack(client, 1)).toEqual(['both']);
    await client.request('next', { threadId: 2 });
    expect(await client.stopped()).toMatchObject({ threadId: 2 });
    expect(await stack(client, 2)).toEqual(['both/left/second_left', 'both']);
    await client.request('stepOut', { threadId: 2 });
    expect(await client.stopped()).toMatchObject({ threadId: 1 });
    expect(await stack(client, 1)).toEqual(['both']);
    await client.request('continue', { threadId: 1 });
    expect(await client.terminated()).toBe(3);
  });

  it('steps in to a branch and into a scope, and out of it', async () => {
    const space = workspace({ [NAME]: WIDE });
    const client = await launched(space, { launch: { ...LAUNCH, stopOnEntry: true } });
    await client.stopped();
    await client.request('stepIn', { threadId: 1 });
    await client.stopped();
    await client.request('stepIn', { threadId: 1 });
    expect(await client.stopped()).toMatchObject({ threadId: 2 });
    expect(await stack(client, 2)).toEqual(['both/left/first_left', 'both']);
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'inner' }] });
    await client.request('continue', { threadId: 1 });
    expect(await client.stopped()).toMatchObject({ threadId: 1 });
    expect((await frames(client)).map((frame) => frame.replace(/:.*/, ''))).toEqual(['boxed/inner', 'boxed']);
    await client.request('stepOut', { threadId: 1 });
    await client.stopped();
    expect((await frames(client)).map((frame) => frame.replace(/:.*/, ''))).toEqual(['boxed']);
    await client.request('continue', { threadId: 1 });
    expect(await client.terminated()).toBe(3);
  });

  it('steps in to each compensation of scopes and branches', async () => {
    const space = workspace({ [NAME]: WIDE });
    const client = await launched(space, { launch: LAUNCH, exceptions: ['uncaught'] });
    await client.stopped();
    const undone: string[] = [];
    for (let step = 0; step < 6; step++) {
      await client.request('stepIn', { threadId: 1 });
      expect(await client.stopped()).toMatchObject({ threadId: 1 });
      undone.push((await frames(client))[0] ?? '');
    }
    expect(undone.map((frame) => frame.replace(/ .*/, ''))).toEqual([
      'boxed/inner',
      'boxed/inner',
      'both/right/first_right',
      'both/right/first_right',
      'both/left/first_left',
      'both/left/first_left',
    ]);
    await client.request('continue', { threadId: 1 });
    expect(await client.terminated()).toBe(3);
  });
});
