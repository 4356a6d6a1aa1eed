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

const LONG = `workflow: wide
version: 1.0.0
participants:
  service: { baseUrl: http://127.0.0.1:9, operations: { do: { http: POST /do } } }
states:
  both:
    parallel:
      branches:
        left: { states: { l1: { call: service.do, next: l2 }, l2: { set: {}, next: l3 }, l3: { set: {}, next: end } } }
        right: { states: { r1: { call: service.do, next: r2 }, r2: { set: {}, next: r3 }, r3: { set: {}, next: end } } }
    next: items
  items:
    foreach: { in: "\${ ['a', 'b', 'c'] }", as: letter, concurrency: 2, states: { i1: { set: {}, next: i2 }, i2: { set: {}, next: end } } }
    next: child
  child: { run: ./child.workflow.yaml, next: boxed }
  boxed: { scope: { states: { inner: { set: {}, next: end } } }, next: end }
`;
const SMALL = 'workflow: child\nversion: 1.0.0\nstates:\n  only: { set: {}, next: end }\n';

async function standsAt(client: Client, threadId: number): Promise<string> {
  return (await stack(client, threadId))[0] ?? '';
}

describe('threads one at a time', () => {
  const begin = async (): Promise<Client> => {
    const space = workspace({ [NAME]: LONG, 'child.workflow.yaml': SMALL });
    const client = await launched(space, {
      launch: { program: NAME, stopOnEntry: true, mocks: { 'service.do': { return: {}, delay: '2s' } } },
    });
    await client.stopped();
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'l1' }] });
    await client.request('continue', { threadId: 1 });
    expect(await client.stopped()).toMatchObject({ threadId: 2 });
    await client.request('setFunctionBreakpoints', { breakpoints: [] });
    return client;
  };

  it('others stand while one is stepped, and go on with it otherwise', async () => {
    const client = await begin();
    expect(await standsAt(client, 3)).toBe('both/right/r1');
    for (const at of ['l2', 'l3']) {
      await client.request('next', { threadId: 2, singleThread: true });
      expect(await client.stopped()).toMatchObject({ reason: 'step', threadId: 2 });
      expect(await standsAt(client, 2)).toBe(`both/left/${at}`);
      expect(await standsAt(client, 3)).toBe('both/right/r1');
    }
    await client.request('next', { threadId: 3 });
    await client.stopped();
    expect(await standsAt(client, 3)).toBe('both/right/r2');
    await client.request('continue', { threadId: 3 });
    expect(await client.terminated()).toBe(0);
  });

  it('others go on when the one has come to its end', async () => {
    const client = await begin();
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'r3' }] });
    expect(await client.request('continue', { threadId: 2, singleThread: true })).toEqual({
      allThreadsContinued: false,
    });
    expect(await client.stopped()).toMatchObject({ reason: 'function breakpoint', threadId: 3 });
    expect(Object.keys(await threadNames(client))).toEqual(['wide run-1', 'both/right']);
    await client.request('continue', { threadId: 3 });
    expect(await client.terminated()).toBe(0);
  });

  it('is paused, and others with it', async () => {
    const space = workspace({ [NAME]: LONG, 'child.workflow.yaml': SMALL });
    const client = await launched(space, {
      launch: {
        program: NAME,
        clock: 'real',
        stopOnEntry: true,
        mocks: { 'service.do': [{ return: {}, delay: '1h' }, { return: {} }] },
      },
    });
    await client.stopped();
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'l1' }] });
    await client.request('continue', { threadId: 1 });
    await client.stopped();
    await client.request('next', { threadId: 2, singleThread: true });
    await client.request('pause', { threadId: 2 });
    expect(await client.stopped()).toMatchObject({ reason: 'pause' });
    expect(await standsAt(client, 3)).toBe('both/right/r1');
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'r3' }] });
    await client.request('continue', { threadId: 1 });
    expect(await client.stopped()).toMatchObject({ reason: 'function breakpoint', threadId: 3 });
  });
});

describe('step-in targets', () => {
  const labels = async (client: Client): Promise<readonly Body[]> => {
    const { stackFrames } = await client.request('stackTrace', { threadId: 1 });
    const { targets } = await client.request('stepInTargets', {
      frameId: (stackFrames as readonly Body[])[0]?.['id'],
    });
    return targets as readonly Body[];
  };
  const stop = async (name: string): Promise<Client> => {
    const space = workspace({ [NAME]: LONG, 'child.workflow.yaml': SMALL });
    const client = await launched(space, {
      launch: { program: NAME, stopOnEntry: true, mocks: { 'service.do': { return: {} } } },
    });
    await client.stopped();
    if (name === 'both') return client;
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name }] });
    await client.request('continue', { threadId: 1 });
    await client.stopped();
    return client;
  };

  it.each<[string, readonly string[], number, readonly string[]]>([
    ['both', ['left', 'right'], 1, ['both/right/r1', 'both']],
    ['items', ['0: "a"', '1: "b"', '2: "c"'], 2, ['items/2/i1', 'items']],
    ['child', ['./child.workflow.yaml'], 0, ['child']],
    ['boxed', ['inner'], 0, ['boxed/inner', 'boxed']],
  ])('of %s', async (name, offered, chosen, frames_) => {
    const client = await stop(name);
    const targets = await labels(client);
    expect(targets.map(({ label }) => label)).toEqual(offered);
    await client.request('stepIn', { threadId: 1, targetId: targets[chosen]?.['id'] });
    const { threadId } = await client.stopped();
    expect(await stack(client, Number(threadId))).toEqual(frames_);
  });

  it('are none where nothing is ahead, and a target of an earlier stop is refused', async () => {
    const client = await stop('both');
    const [first] = await labels(client);
    await client.request('stepIn', { threadId: 1, targetId: first?.['id'] });
    const { threadId } = await client.stopped();
    const { stackFrames } = await client.request('stackTrace', { threadId });
    expect(await client.request('stepInTargets', { frameId: (stackFrames as readonly Body[])[0]?.['id'] })).toEqual({
      targets: [],
    });
    expect(await client.refused('stepIn', { threadId, targetId: first?.['id'] })).toMatch(/no target/);
  });
});
