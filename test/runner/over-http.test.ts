/** A run over real HTTP: its keys, its secrets, and what comes of the answers. */
import { describe, expect, it } from 'vitest';
import { realClock } from '../../runner/clock.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { json } from './actions/support.ts';
import { begin, ended, placeOfEach } from './support/hosting.ts';
import { SHOP, ENV } from './support/workflows.ts';

const own = placeOfEach();

describe('a run over real HTTP', () => {
  it('does its calls with keys and secrets, and keeps the secrets to itself', async () => {
    const { url, heard } = await own.serving(({ body }, response) =>
      json(response, 200, { r: 7, charge: 'c', echo: body }),
    );
    const journal = memoryJournal();
    const host = own.place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: own.place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' }, id: 'r1' });
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
    const { url, heard } = await own.serving(({ url }, response) =>
      url.endsWith('/charge')
        ? json(response, 402, { detail: 'Declined', code: 'no_cover' })
        : json(response, 200, { r: 7 }),
    );
    const journal = memoryJournal();
    const host = own.place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: own.place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' }, id: 'r1' });
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
    const { url } = await own.serving(({ url }, response) =>
      url.endsWith('/charge') ? undefined : json(response, 200, { r: 7 }),
    );
    const journal = memoryJournal();
    const host = own.place.host({ journal, clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: own.place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await ended(run, journal)).toMatchObject({ status: 'compensated' });
    expect(run.view().state.error).toMatchObject({ type: 'timeout', state: 'charge' });
  });

  it.each([
    [{ env: { SHOP_URL: 'http://127.0.0.1:1' } }, 'expression', /The secret TOKEN is not set/],
    [{ env: ENV }, 'validation', /participant stock has no base URL: `env\.SHOP_URL` gives nothing/],
    [{ env: { ...ENV, SHOP_URL: 'http://127.0.0.1:1' } }, 'network', /connection refused/],
  ])('says what stands in the way of a call (%#)', async (options, type, message) => {
    const host = own.place.host({ clock: realClock(), ...options });
    const run = await begin(host, { file: own.place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('failed');
    expect(run.view().state.error).toMatchObject({ type, message: expect.stringMatching(message) as string });
  });

  it('refuses an answer that does not fit its schema, though the service has acted', async () => {
    const { url } = await own.serving((_, response) => json(response, 200, { r: 1 }));
    const host = own.place.host({ clock: realClock(), env: { ...ENV, SHOP_URL: url } });
    const run = await begin(host, { file: own.place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('compensated');
    expect(run.view().state.error).toMatchObject({
      type: 'validation',
      message: expect.stringContaining('/charge') as string,
    });
  });

  it('reads variables from the launch, then .env, then the process', async () => {
    const { url, heard } = await own.serving((_, response) => json(response, 200, { r: 7, charge: 'c' }));
    own.place.write('.env', `SHOP_URL=${url}\nBACKSTEP_SECRET_TOKEN=from-file\nBACKSTEP_SECRET_CARD=card-from-file\n`);
    const host = own.place.host({ clock: realClock(), env: { BACKSTEP_SECRET_TOKEN: 'from-launch' } });
    const run = await begin(host, { file: own.place.write('shop.workflow.yaml', SHOP), input: { id: 'o1' } });
    expect(await run.settled('ended')).toBe('completed');
    expect(heard[1]).toMatchObject({
      headers: { authorization: 'Bearer from-launch' },
      body: '{"card":"card-from-file"}',
    });
  });
});

describe('an operation of an OpenAPI document', () => {
  const API = (url: string) => `openapi: 3.1.0
info: { title: t, version: "1" }
servers: [{ url: "http://127.0.0.1:1" }]
paths:
  /orders/{id}:
    servers: [{ url: "${url}/{base}", variables: { base: { default: v2 } } }]
    put:
      operationId: put
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      requestBody: { required: true, content: { application/json: { schema: { type: array, items: { type: string } } } } }
      responses:
        "200": { description: done, content: { application/json: { schema: { type: object, required: [done] } } } }
        "202": { description: later, content: { application/json: { schema: { type: string } } } }
        "204": { description: nothing }
  /tags:
    servers: [{ url: "${url}" }]
    post:
      operationId: tags
      requestBody: { content: { application/json: { schema: { type: array, items: { type: string } } } } }
      responses: { "204": { description: nothing } }
`;
  const FLOW = (call: string, given: string) => `workflow: w
version: 1.0.0
participants: { s: { openapi: ./api.yaml } }
states: { a: { call: s.${call}, with: ${given}, next: end } }
output: "\${ results.a }"
`;

  it.each<[number, string, string]>([
    [200, '{"done":1}', '{"done":1}'],
    [202, '"soon"', '"soon"'],
    [204, '', 'null'],
    [203, '[]', '[]'],
    [200, '"soon"', 'validation'],
    [202, '{"done":1}', 'validation'],
  ])('is held to what the document says of the answer %i %s: %s', async (status, body, result) => {
    const { url, heard } = await own.serving((_, response) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body),
    );
    own.place.write('api.yaml', API(url).replace(/requestBody.*array.*\n/, '\n'));
    const host = own.place.host({ clock: realClock() });
    const run = await begin(host, { file: own.place.write('w.workflow.yaml', FLOW('put', '{ id: o-1 }')) });
    await run.settled('ended');
    const { error, output } = run.view().state;
    expect(error === null ? JSON.stringify(output) : error.type).toBe(result);
    expect(heard.map((one) => one.url)).toEqual(['/v2/orders/o-1']);
  });

  it('takes a list where the body is one', async () => {
    const { url, heard } = await own.serving((_, response) => response.writeHead(204).end());
    own.place.write('api.yaml', API(url));
    const host = own.place.host({ clock: realClock() });
    const run = await begin(host, { file: own.place.write('w.workflow.yaml', FLOW('tags', '[a, "${ \'b\' }"]')) });
    expect(await run.settled('ended')).toBe('completed');
    expect(heard.map((one) => one.body)).toEqual(['["a","b"]']);
  });
});

it.each([
  [200, 'limit', 'compensated'],
  [500, 'http.500', 'failed'],
])('outlives an answer %i that nests without end', async (status, type, end) => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const { url } = await own.serving(({ url }, response) =>
    response
      .writeHead(url === '/deep' ? status : 200, { 'content-type': 'application/json' })
      .end(url === '/deep' ? deep(100_000) : deep(500)),
  );
  const file = own.place.write(
    'w.workflow.yaml',
    `workflow: w
version: 1.0.0
participants: { s: { baseUrl: ${url}, headers: { X: "\${ secrets.KEY }" }, operations: { deep: { http: POST /deep }, fine: { http: POST /fine } } } }
states:
  fine: { call: s.fine, next: deep }
  deep: { call: s.deep, compensate: { call: s.fine, after: ${status === 200 ? 'attempt' : 'completion'} }, next: end }
`,
  );
  const host = own.place.host({ clock: realClock(), secret: () => 'hunter2' });
  const run = await begin(host, { file });
  expect(await run.settled('ended')).toBe(end);
  expect(run.view().state.error).toMatchObject({ type, data: null, state: 'deep' });
});

it('holds an answer as the journal does, whatever numbers are in it', async () => {
  const { url } = await own.serving((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"big":1e999,"all":[-1e400]}'),
  );
  const file = own.place.write(
    'w.workflow.yaml',
    `workflow: w
version: 1.0.0
participants: { s: { baseUrl: ${url}, operations: { get: { http: GET / } } } }
states: { a: { call: s.get, next: end } }
`,
  );
  const run = await begin(own.place.host({ clock: realClock() }), { file });
  expect(await run.settled('ended')).toBe('completed');
  expect(run.view().state.output).toEqual({ big: null, all: [null] });
});

it('masks a secret that a service says back to a process that did not send it', async () => {
  let kept = '';
  const { url } = await own.serving(({ method, body }, response) => {
    if (method === 'POST') kept = body;
    json(response, method === 'POST' ? 200 : 500, method === 'POST' ? {} : { detail: `have ${kept}` });
  });
  const file = own.place.write(
    'w.workflow.yaml',
    `workflow: w
version: 1.0.0
participants:
  s: { baseUrl: ${url}, operations: { put: { http: POST / }, get: { http: GET / } } }
  boss: { role: boss }
states:
  put: { call: s.put, with: { key: "\${ secrets.KEY }" }, next: ask }
  ask: { human: { title: x, assignee: boss }, on: { yes: get } }
  get: { call: s.get, next: end }
`,
  );
  const journal = memoryJournal();
  const secret = () => 'hunter2-secret';
  const first = own.place.host({ journal, clock: realClock(), secret });
  await (await begin(first, { file, id: 'r' })).settled('waiting');
  await first.close();
  const second = own.place.host({ journal, clock: realClock(), secret });
  const taken = await second.resume('r');
  if (!taken.ok) throw new Error(taken.error.message);
  await taken.run.send({ type: 'decision', state: 'ask', by: { name: 'ada' }, outcome: 'yes', form: null });
  expect(await taken.run.settled('ended')).toBe('failed');
  expect(kept).toContain('hunter2-secret');
  expect(JSON.stringify(journal.read('r'))).toContain('have {\\"key\\":\\"•••');
  expect(JSON.stringify(journal.read('r'))).not.toContain('hunter2');
});

it('counts a call that waits for its turn as alive', async () => {
  const host = own.place.host({ mocks: { 's.get': { delay: '3s', return: null } } });
  const file = own.place.write(
    'w.workflow.yaml',
    `workflow: w
version: 1.0.0
participants: { s: { baseUrl: "http://127.0.0.1:1", maxConcurrent: 1, operations: { get: { http: GET / } } } }
states: { a: { foreach: { in: [1, 2, 3, 4], as: n, concurrency: 4, states: { b: { call: s.get, heartbeat: 4s, next: end } } }, next: end } }
`,
  );
  expect(await (await begin(host, { file })).settled('ended')).toBe('completed');
});
