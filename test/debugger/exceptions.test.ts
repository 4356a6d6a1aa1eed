/** Which errors stop a run, and how often. */
import { describe, expect, it } from 'vitest';
import type { Body } from './support/client.ts';
import { FAILING, FILES, ORDER } from './support/order.ts';
import { frames, initialized, launched, workspace } from './support/workspace.ts';

const NAME = 'order.workflow.yaml';
const THREAD = { threadId: 1 };

describe('an error that nothing catches', () => {
  it('stops once, in the child where it arose', async () => {
    const space = workspace(FILES);
    const client = await launched(space, { launch: FAILING, exceptions: ['uncaught'] });
    expect(await client.stopped()).toMatchObject({
      reason: 'exception',
      description: 'Nothing catches http.500 of book: what was done is undone',
    });
    expect((await frames(client)).map((frame) => frame.replace(/:.*/, ''))).toEqual(['book', 'ship']);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(3);
  });

  it('stops in the parent as well when a handler there takes it and caught errors stop', async () => {
    const text = ORDER.replace('  refuse:', '  fallback: { set: {}, next: end }\n  refuse:').replace(
      '    run: ./shipping.workflow.yaml\n',
      '    run: ./shipping.workflow.yaml\n    catch: [{ errors: [http], next: fallback }]\n',
    );
    const space = workspace({ ...FILES, [NAME]: text });
    const client = await launched(space, { launch: FAILING, exceptions: ['uncaught', 'caught'] });
    expect(await client.stopped()).toMatchObject({ description: expect.stringMatching(/^Nothing catches/) as string });
    await client.request('continue', THREAD);
    expect(await client.stopped()).toMatchObject({ description: 'http.500 of ship is caught' });
    expect((await frames(client)).map((frame) => frame.replace(/:.*/, ''))).toEqual(['ship']);
    await client.request('continue', THREAD);
    expect(await client.terminated()).toBe(0);
  });

  it('stops again for each attempt of the child, since each is another error', async () => {
    const text = ORDER.replace(
      '    run: ./shipping.workflow.yaml\n',
      '    run: ./shipping.workflow.yaml\n    retry: { on: [http.5xx], attempts: 2, delay: 1s }\n',
    );
    const space = workspace({ ...FILES, [NAME]: text });
    const client = await launched(space, { launch: FAILING, exceptions: ['uncaught'] });
    for (let attempt = 1; attempt <= 2; attempt++) {
      await client.stopped();
      expect((await frames(client))[0]).toMatch(/^book:/);
      await client.request('continue', THREAD);
    }
    expect(await client.terminated()).toBe(3);
  });
});

describe('exception filters with conditions', () => {
  const text = ORDER.replace('  refuse:', '  fallback: { set: {}, next: end }\n  refuse:').replace(
    '    call: payments.charge\n',
    '    call: payments.charge\n    retry: { on: [http.5xx], attempts: 2 }\n    catch: [{ errors: [http.4xx], next: fallback }]\n',
  );

  it.each<[string, Body, readonly Body[], readonly (string | null)[]]>([
    ['retry', {}, [{ filterId: 'retry', condition: 'http.503' }], ['http.503 of charge: attempt 2 follows']],
    ['retry of others', {}, [{ filterId: 'retry', condition: 'network' }], []],
    ['caught', {}, [{ filterId: 'caught', condition: 'http.4xx, timeout' }], ['http.402 of charge is caught']],
    ['caught of others', {}, [{ filterId: 'caught', condition: 'http.5xx' }], []],
    [
      'uncaught',
      { 'payments.charge': { fail: { error: 'network' } } },
      [{ filterId: 'uncaught', condition: 'network' }],
      ['Nothing catches network of charge: what was done is undone'],
    ],
    [
      'uncaught of others',
      { 'payments.charge': { fail: { error: 'network' } } },
      [{ filterId: 'uncaught', condition: 'timeout' }],
      [],
    ],
    [
      'compensation',
      { 'payments.charge': { fail: { error: 'network' } } },
      [{ filterId: 'compensation', condition: 'any' }],
      ['Compensation begins'],
    ],
    [
      'compensation of others',
      { 'payments.charge': { fail: { error: 'network' } } },
      [{ filterId: 'compensation', condition: 'http' }],
      [],
    ],
    [
      'failed compensation',
      { 'payments.charge': { fail: { error: 'network' } }, 'inventory.release': { fail: { error: 'http.410' } } },
      [{ filterId: 'compensationFailed', condition: 'http.410' }],
      ['The compensation failed with http.410 of reserve'],
    ],
    [
      'failed compensation of others',
      { 'payments.charge': { fail: { error: 'network' } }, 'inventory.release': { fail: { error: 'http.410' } } },
      [{ filterId: 'compensationFailed', condition: 'http.5xx' }],
      [],
    ],
  ])('%s', async (_name, mocks, filterOptions, stops) => {
    const space = workspace({ ...FILES, [NAME]: text });
    const client = await initialized(space, { passing: ['output', 'backstep/position'] });
    await client.request('launch', {
      ...FAILING,
      program: space.path(NAME),
      clock: 'virtual',
      journal: space.path('runs.db'),
      mocks: {
        ...FAILING.mocks,
        'payments.charge': [{ fail: { error: 'http.503' } }, { fail: { error: 'http.402' } }],
        ...mocks,
      },
    });
    expect(await client.request('setExceptionBreakpoints', { filters: [], filterOptions })).toEqual({
      breakpoints: [{ verified: true }],
    });
    await client.request('configurationDone');
    for (const description of stops) {
      expect(await client.stopped()).toMatchObject({ reason: 'exception', description });
      await client.request('continue', THREAD);
    }
    await client.terminated();
  });

  it('are refused with a sentence when they are wrong', async () => {
    const client = await initialized(workspace(FILES));
    expect(
      await client.request('setExceptionBreakpoints', {
        filters: [],
        filterOptions: [{ filterId: 'caught', condition: 'http.!' }],
      }),
    ).toMatchObject({ breakpoints: [{ verified: false, message: expect.stringContaining('`http.!`') as string }] });
    expect(await client.refused('setExceptionBreakpoints', { filters: ['sometimes'] })).toMatch(/`sometimes`/);
  });
});
