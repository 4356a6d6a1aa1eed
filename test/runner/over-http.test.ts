/** A run over real HTTP: its keys, its secrets, and what comes of the answers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { json, serve } from './actions/support.ts';
import type { TestServer } from './actions/support.ts';
import { begin, ended, makePlace } from './support/hosting.ts';
import type { Place } from './support/hosting.ts';
import { SHOP, ENV } from './support/workflows.ts';

let place: Place;
let server: TestServer | null = null;
beforeEach(() => {
  place = makePlace();
});
afterEach(async () => {
  await place.close();
  await server?.close();
  server = null;
});

async function serving(answer: Parameters<typeof serve>[0]): Promise<TestServer> {
  server = await serve(answer);
  return server;
}

describe('a run over real HTTP', () => {
  it('does its calls with keys and secrets, and keeps the secrets to itself', async () => {
    const { url, heard } = await serving(({ body }, response) =>
      json(response, 200, { r: 7, charge: 'c', echo: body }),
    );
    const journal = memoryJournal();
    const host = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' }, id: 'r1' });
    expect(await ended(run, journal)).toEqual({ status: 'completed', path: ['reserve', 'charge'], compensated: [] });
    expect(heard.map(({ url, headers }) => [url, headers['idempotency-key'], headers.authorization])).toEqual([
      ['/reserve', 'r1/reserve/1', 'Bearer hush-hush'],
      ['/orders/o1/charge', 'r1/charge/1', 'Bearer hush-hush'],
    ]);
    expect(heard[1]?.body).toBe('{"card":"4111-2222"}');
    const kept = JSON.stringify(journal.read('r1'));
    expect(kept).toContain('•••');
    expect(kept).not.toContain('4111-2222');
    expect(kept).not.toContain('hush-hush');
  });

  it('undoes what was done with the arguments of that time, and says what went wrong', async () => {
    const { url, heard } = await serving(({ url }, response) =>
      url.endsWith('/charge')
        ? json(response, 402, { detail: 'Declined', code: 'no_cover' })
        : json(response, 200, { r: 7 }),
    );
    const journal = memoryJournal();
    const host = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' }, id: 'r1' });
    expect(await ended(run, journal)).toEqual({
      status: 'compensated',
      path: ['reserve', 'charge'],
      compensated: ['reserve'],
    });
    expect(run.view().state.error).toMatchObject({
      type: 'http.402',
      message: 'Declined',
      code: 'no_cover',
      state: 'charge',
    });
    expect(heard[2]).toMatchObject({ url: '/release', body: '{"id":"o1","r":7}' });
    expect(heard[2]?.headers['idempotency-key']).toBe('r1/reserve/1/compensate');
  });

  it('times out an attempt that gets no answer, and does not hear what comes after', async () => {
    const { url } = await serving(({ url }, response) =>
      url.endsWith('/charge') ? undefined : json(response, 200, { r: 7 }),
    );
    const journal = memoryJournal();
    const host = place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated' });
    expect(run.view().state.error).toMatchObject({ type: 'timeout', state: 'charge' });
  });

  it.each([
    [{ env: { SHOP_URL: 'http://127.0.0.1:1' } }, 'expression', /The secret TOKEN is not set/],
    [{ env: ENV }, 'validation', /participant stock has no base URL: `env\.SHOP_URL` gives nothing/],
    [{ env: { ...ENV, SHOP_URL: 'http://127.0.0.1:1' } }, 'network', /connection refused/],
  ])('says what stands in the way of a call (%#)', async (options, type, message) => {
    const host = place.host({ clock: realClock(), ...options });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('failed');
    expect(run.view().state.error).toMatchObject({ type, message: expect.stringMatching(message) as string });
  });

  it('refuses an answer that does not fit its schema, though the service has acted', async () => {
    const { url } = await serving((_, response) => json(response, 200, { r: 1 }));
    const host = place.host({ clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('compensated');
    expect(run.view().state.error).toMatchObject({
      type: 'validation',
      message: expect.stringContaining('/charge') as string,
    });
  });

  it('reads variables from the launch, then .env, then the process', async () => {
    const { url, heard } = await serving((_, response) => json(response, 200, { r: 7, charge: 'c' }));
    place.write('.env', `SHOP_URL=${url}\nBACKSTEP_SECRET_TOKEN=from-file\nBACKSTEP_SECRET_CARD=card-from-file\n`);
    const host = place.host({ clock: realClock(), env: { BACKSTEP_SECRET_TOKEN: 'from-launch' } });
    const run = await begin(host, { file: place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('completed');
    expect(heard[1]).toMatchObject({
      headers: { authorization: 'Bearer from-launch' },
      body: '{"card":"card-from-file"}',
    });
  });
});
