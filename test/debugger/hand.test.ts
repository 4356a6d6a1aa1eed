import { describe, expect, it } from 'vitest';
import type { Body, Client } from './support/client.ts';
import { FILES, LAUNCH } from './support/order.ts';
import { frames, launched, scopeLines, workspace } from './support/workspace.ts';

const NAME = 'order.workflow.yaml';
const THREAD = { threadId: 1 };
const WAITING = `workflow: waiting
version: 1.0.0
events:
  order.paid: { data: { type: object, properties: { sum: { type: number } } } }
participants:
  service: { baseUrl: "http://127.0.0.1:9", operations: { do: { http: POST /do } } }
states:
  pause: { wait: 30d, next: hear }
  hear:
    listen: { on: { order.paid: { next: try } } }
  try:
    call: service.do
    retry: { attempts: 2, delay: 20d }
    next: end
`;

/** The output of the session after its run has ended. */
async function output(client: Client): Promise<Body> {
  const { result } = await client.request('evaluate', { expression: 'results' });
  return JSON.parse(String(result)) as Body;
}

describe('answering a call', () => {
  it('gives the result where the run stands, and from then on at every visit', async () => {
    const space = workspace(FILES);
    const { 'payments.charge': _charge, ...mocks } = LAUNCH.mocks;
    const client = await launched(space, {
      launch: { ...LAUNCH, mocks },
      breakpoints: { [NAME]: [space.line(NAME, '    call: payments.charge'), space.line(NAME, '  ship:')] },
    });
    await client.stopped();
    expect(await client.refused('backstep/answer', { threadId: 7, result: 1 })).toMatch(/no thread 7/);
    await client.request('backstep/answer', { ...THREAD, result: { chargeId: 'by hand' } });
    await client.request('continue', THREAD);
    await client.stopped();
    expect(await output(client)).toMatchObject({ charge: { chargeId: 'by hand' } });
    expect(await scopeLines(client, 'Compensation stack')).toContain('charge → payments.refund = {"orderId": "o-1"}');
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('and a failure are taken ahead of time, by the state’s name', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: { ...LAUNCH, stopOnEntry: true } });
    await client.stopped();
    await client.request('backstep/answer', { ...THREAD, state: 'book', result: { parcelId: 'by hand' } });
    await client.request('backstep/fail', { ...THREAD, state: 'charge', error: 'http.503' });
    await client.request('setExceptionBreakpoints', { filters: ['uncaught'] });
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({
      reason: 'exception',
      text: 'http.503: http.503, injected by a person',
    });
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
  });
});

describe('skipping a wait', () => {
  it('ends a wait, the listening for events and the pause before another attempt, running or not', async () => {
    const space = workspace({ 'waiting.workflow.yaml': WAITING });
    const client = await launched(
      space,
      {
        launch: {
          program: 'waiting.workflow.yaml',
          clock: 'real',
          mocks: { 'service.do': [{ fail: { error: 'network' } }, { return: 1 }] },
        },
      },
      { passing: ['output'] },
    );
    await client.event('backstep/position');
    expect(await client.refused('backstep/skipWait', { threadId: 9 })).toMatch(/no thread 9/);
    expect(await client.refused('backstep/skipWait', { ...THREAD, state: 'try' })).toBe(
      'try does not wait for a time, for an event or for another attempt.',
    );
    await client.request('backstep/skipWait', { ...THREAD, state: 'pause' });
    await client.event('backstep/position');
    await client.request('pause', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'pause' });
    expect(await frames(client)).toEqual(['hear:10']);
    await client.request('backstep/emit', { type: 'order.paid', data: { sum: 3 }, id: 'e1' });
    expect(await client.request('backstep/emit', { type: 'order.paid', id: 'e1' })).toEqual({ received: false });
    await client.request('setExceptionBreakpoints', { filters: ['retry'] });
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'exception' });
    await client.request('backstep/skipWait', THREAD);
    expect(await client.stopped()).toMatchObject({ reason: 'pause' });
    expect(await frames(client)).toEqual(['try:12']);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });
});

it('a call is not passed over as if it were a wait', async () => {
  const space = workspace(FILES);
  const client = await launched(space, { launch: { ...LAUNCH, stopOnEntry: true } });
  await client.stopped();
  expect(await client.refused('backstep/skipWait', THREAD)).toBe(
    'Nothing of this thread waits for a time, for an event or for another attempt.',
  );
});

describe('data breakpoints', () => {
  it('stop when a variable or a part of it changes, under a condition', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: { ...LAUNCH, stopOnEntry: true } });
    await client.stopped();
    const info = await client.request('dataBreakpointInfo', { name: 'vars.note' });
    expect(info).toMatchObject({ description: 'vars.note', accessTypes: ['write'], canPersist: true });
    const part = await client.request('dataBreakpointInfo', { name: 'vars.cart.items[0].price' });
    expect(part['description']).toBe('vars.cart.items[0].price');
    expect((await client.request('dataBreakpointInfo', { name: 'input' }))['dataId']).toBeNull();
    const { breakpoints } = await client.request('setDataBreakpoints', {
      breakpoints: [
        { dataId: info['dataId'], condition: 'input.amount = 40' },
        { dataId: part['dataId'], condition: '(' },
      ],
    });
    expect(breakpoints).toMatchObject([{ verified: true }, { verified: false }]);
    const [{ id } = { id: 0 }] = breakpoints as readonly { id: number }[];
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({
      reason: 'data breakpoint',
      hitBreakpointIds: [id],
      description: 'vars.note changed from "none" to "reserved r-1"',
    });
    expect(await frames(client)).toEqual([`reserve:${space.line(NAME, '  reserve:')}`]);
    await client.request('setDataBreakpoints', { breakpoints: [] });
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });
});

describe('jumping', () => {
  it('goes on in another state of the scope, and into the same one again', async () => {
    const space = workspace(FILES);
    const source = { path: space.path(NAME) };
    const client = await launched(space, { launch: LAUNCH, breakpoints: { [NAME]: [space.line(NAME, '  charge:')] } });
    await client.stopped();
    const targets = async (line: number): Promise<readonly Body[]> =>
      (await client.request('gotoTargets', { source, line }))['targets'] as readonly Body[];
    expect(await targets(1)).toEqual([]);
    const [refuse] = await targets(space.line(NAME, '    fail: { error'));
    expect(refuse).toMatchObject({ label: 'refuse' });
    const [reserve] = await targets(space.line(NAME, '    call: inventory.reserve'));
    expect(await client.refused('goto', { ...THREAD, targetId: 99 })).toMatch(/no target 99/);
    await client.request('goto', { ...THREAD, targetId: reserve?.['id'] });
    expect(await client.stopped()).toMatchObject({ reason: 'goto' });
    expect(await frames(client)).toEqual([`reserve:${space.line(NAME, '  reserve:')}`]);
    // What was done stays done.
    expect(await scopeLines(client, 'Compensation stack')).toHaveLength(1);
    await client.request('stepIn', THREAD);
    await client.stopped();
    await client.request('stepIn', THREAD);
    await client.stopped();
    const { stackFrames } = await client.request('stackTrace', THREAD);
    await client.request('restartFrame', { frameId: (stackFrames as readonly Body[])[0]?.['id'] });
    expect(await client.stopped()).toMatchObject({ reason: 'restart' });
    expect(await scopeLines(client, 'State')).toContain('visit = 3');
    // The call that had returned before the restart is kept for undoing.
    expect(await scopeLines(client, 'Compensation stack')).toHaveLength(2);
    await client.request('setBreakpoints', { source, breakpoints: [] });
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });
});
