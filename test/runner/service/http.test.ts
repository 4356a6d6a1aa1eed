// The service as other programs meet it: its document, its problems, and what is no request at all.
import { connect } from 'node:net';
import { Hono } from 'hono';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../language/index.ts';
import { createHost } from '../../../runner/host.ts';
import { realClock } from '../../../runner/clock.ts';
import { memoryJournal } from '../../../runner/journal/memory.ts';
import { createApp } from '../../../runner/service/app.ts';
import { createMetrics } from '../../../runner/service/metrics.ts';
import { openApiDocument } from '../../../runner/service/openapi.ts';
import { Problem } from '../../../runner/service/problems.ts';
import { textOf } from '../../../runner/service/requests.ts';
import { createFollowers } from '../../../runner/service/updates.ts';
import { makeServedPlace, TOKEN } from './support.ts';
import type { Answer, ServedPlace } from './support.ts';

let place: ServedPlace;
beforeEach(() => {
  place = makeServedPlace();
});
afterEach(() => place.close());

const WAITS = `
workflow: waits
input: { type: object, properties: { a: {}, b: {} } }
states:
  go: { wait: 1h, next: end }
`;

/** Sends bytes as they are, and gives all that comes back until the other side closes. */
function raw(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => (text += data));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(text)).on('error', reject);
  });
}

const AUTHORIZED = `Authorization: Bearer ${TOKEN}`;
const HEAD = `HTTP/1.1\r\nHost: localhost\r\n${AUTHORIZED}\r\nConnection: close\r\n`;

/** Everything that there is, in one folder. */
async function everything() {
  const served = await place.serve();
  const { body } = await served.ask('GET', '/v1/openapi.json');
  return { ...served, document: body as ReturnType<typeof openApiDocument> };
}

describe('the OpenAPI document', () => {
  it('is one, by the schema of OpenAPI 3.1', async () => {
    const { document } = await everything();
    const result = await new Validator().validate(JSON.parse(JSON.stringify(document)) as JsonObject);
    expect(result).toEqual({ valid: true });
    expect(document).toMatchObject({ openapi: '3.1.0', info: { version: '1.2.3' } });
  });

  it('names every route that there is, and no other', () => {
    const journal = memoryJournal();
    const host = createHost({ journal, clock: realClock(), holder: 'test' });
    const app = createApp({
      ...{
        folder: place.folder,
        token: TOKEN,
        origins: [],
        journal,
        host,
        metrics: createMetrics(journal),
        version: '1.2.3',
      },
      catalog: { workflows: () => new Map(), close: () => undefined },
      ...{ followers: createFollowers(), signal: new AbortController().signal },
      ...{ received: () => undefined, log: () => undefined },
    });
    const served = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const paths = openApiDocument('1.2.3')['paths'] as Record<string, Record<string, unknown>>;
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.sort()).toEqual(served.sort());
  });
});

describe('a problem', () => {
  it('says with which methods something can be asked for', async () => {
    const { ask } = await place.serve();
    const cases = [
      ['DELETE', '/v1/runs', 'GET, POST, HEAD'],
      ['PATCH', '/v1/runs/r', 'PUT, GET, HEAD'],
      ['POST', '/metrics', 'GET, HEAD'],
      ['PUT', '/healthz', 'GET, HEAD'],
      ['OPTIONS', '/v1/tasks', 'GET, HEAD'],
      ['GET', '/v1/runs/r/tasks/a%2Fb/claim', 'POST'],
    ] as const;
    for (const [method, path, allow] of cases) {
      const answer = await ask(method, path);
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
      expect(answer.body).toMatchObject({ type: 'urn:backstep:problem:method-not-allowed', status: 405 });
    }
  });

  it.each([
    ['a method that nobody knows', 'SING /v1/runs HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['what is no HTTP', 'hello\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['no host', `GET /v1/runs HTTP/1.1\r\n${AUTHORIZED}\r\nConnection: close\r\n\r\n`, 400],
    ['a host that is none', 'GET /v1/runs HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 400],
    ['another expectation', `GET /v1/runs ${HEAD}Expect: more\r\n\r\n`, 417],
    ['a proxy', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n', 405],
    ['a trace', `TRACE /v1/runs ${HEAD}\r\n`, 405],
    ['a body whose length is none', `POST /v1/runs ${HEAD}Content-Length: many\r\n\r\n{}`, 400],
    ['a chunk that is none', `POST /v1/runs ${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
  ])('answers %s, too', async (_, bytes, status) => {
    const { url, ask } = await place.serve();
    const answer = await raw(url, bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/problem+json');
    expect(JSON.parse(body.replace(/^[0-9a-f]+\r\n|\r\n0$/g, ''))).toMatchObject({ status });
    // And the next one is served as ever.
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });

  it('is what a body is answered with that cannot be used', async () => {
    const { url, ask } = await place.serve();
    const send = async (body: string | Uint8Array | ReadableStream, headers: Record<string, string> = {}) => {
      const response = await fetch(`${url}/v1/runs/r`, {
        ...{ method: 'PUT', body, duplex: 'half' },
        headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      });
      return [response.status, ((await response.json()) as { detail: string }).detail];
    };
    const endless = (chunks: number) =>
      new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(65_536).fill(32));
          if (--chunks === 0) controller.close();
        },
      });
    expect(await send('{bad')).toEqual([400, expect.stringContaining('The body is no JSON')]);
    expect(await send(new Uint8Array([123, 0xff, 125]))).toEqual([400, 'The body is not in UTF-8.']);
    expect(await send('[]')).toEqual([400, 'The body must be a JSON object.']);
    const deep = (levels: number) => `{"workflow":"none","input":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(await send(deep(100_000))).toEqual([422, 'The body nests more than 200 levels deep.']);
    expect(await send(deep(199))).toEqual([422, expect.stringContaining('There is no workflow none')]);
    const about = { 'ce-id': '1', 'ce-source': '/s', 'ce-type': 'a.b', 'ce-specversion': '1.0' };
    const event = await fetch(`${url}/v1/events`, {
      ...{ method: 'POST', body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...about },
    });
    expect([event.status, await event.json()]).toMatchObject([422, { detail: 'The body nests more than 200 levels deep.' }]); // prettier-ignore
    expect(await send('{}', { 'content-encoding': 'gzip' })).toEqual([415, expect.stringContaining('gzip')]);
    expect(await send(' '.repeat(3_000_000))).toEqual([413, 'A body may have up to 1048576 bytes.']);
    expect(await send(endless(100))).toEqual([413, 'A body may have up to 1048576 bytes.']);
    // The connection on which that was is of use for the next.
    expect((await ask('GET', '/v1/runs')).body).toEqual({ runs: [], next: null });
  });

  it('is what a token that is none is answered with, and its scheme is written in any case', async () => {
    const { url } = await place.serve();
    const ask = (authorization: string) => fetch(`${url}/v1/tasks`, { headers: { authorization } });
    for (const given of [`bearer ${TOKEN}`, `BEARER  ${TOKEN}`]) expect((await ask(given)).status).toBe(200);
    for (const given of ['', TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${TOKEN.toUpperCase()}`, 'Bearer '])
      expect([given, (await ask(given)).status]).toEqual([given, 401]);
  });

  it('has no body where none is asked for', async () => {
    place.write('waits.workflow.yaml', WAITS);
    const { ask, status } = await place.serve();
    await ask('PUT', '/v1/runs/r', { workflow: 'waits' });
    await status('r', 'waiting');
    const codes = [];
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { url } = await place.serve();
    for (const path of ['/v1/runs/none', '/v1/runs/r', '/v1/runs/r/updates', '/healthz']) {
      const response = await fetch(`${url}${path}`, { method: 'HEAD', headers });
      codes.push([path, response.status, await response.text()]);
    }
    expect(codes).toEqual([
      ['/v1/runs/none', 404, ''],
      ['/v1/runs/r', 200, ''],
      ['/v1/runs/r/updates', 200, ''],
      ['/healthz', 200, ''],
    ]);
  });
});

it('takes a body that breaks off for no fault of its own', async () => {
  const app = new Hono();
  app.onError((error) => new Response(error instanceof Problem ? `${error.code}: ${error.message}` : 'a fault'));
  app.post('/', async (c) => c.text(await textOf(c)));
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array([123])),
    pull: (controller) => controller.error(new Error('aborted')),
  });
  const answer = await app.request('/', { method: 'POST', body, duplex: 'half' });
  expect(await answer.text()).toBe('bad-request: The body broke off.');
});

it('says where a workflow is wrong, to who asks and in the log', async () => {
  place.write(
    'bad.workflow.yaml',
    'workflow: bad\nstates:\n  a: { call: nobody.x, next: b }\n  b: { wait: 1s, next: end }\n',
  );
  const { ask, log } = await place.serve();
  const answer = await ask('PUT', '/v1/runs/r', { workflow: 'bad.workflow.yaml' });
  expect(answer).toMatchObject({
    status: 422,
    body: { errors: [{ code: 'unknown-participant', line: 3, column: 14 }] },
  });
  expect(log.find((line) => line.startsWith('bad.workflow.yaml'))).toMatch(/is passed over: 3:14: .*nobody/);
});

describe('the service', () => {
  it('is there for this machine alone unless it is told otherwise', async () => {
    const { service } = await place.serve();
    expect(service.address).toMatchObject({ address: '127.0.0.1', family: 'IPv4' });
  });

  it('is not up when its journal is not', async () => {
    const { ask, journal } = await place.serve();
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    journal.close();
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 503, body: { journal: 'journal-unreadable' } });
  });
});

describe('a page in a browser', () => {
  const asks = (origin: string) => ({ origin, authorization: `Bearer ${TOKEN}` });
  const asksFirst = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization' };

  it('may not ask unless its origin is allowed', async () => {
    const { url } = await place.serve();
    const answer = await fetch(`${url}/v1/runs`, { headers: asks('http://pages.example') });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, null]);
    const first = await fetch(`${url}/v1/runs`, { method: 'OPTIONS', headers: { origin: 'http://pages.example', ...asksFirst } }); // prettier-ignore
    expect([first.status, first.headers.get('access-control-allow-origin')]).toEqual([401, null]);
  });

  it('asks first without the token, and then with it, where its origin is allowed', async () => {
    const { url } = await place.serve(undefined, { origins: ['http://pages.example', 'http://other.example'] });
    const first = await fetch(`${url}/v1/runs/r`, { method: 'OPTIONS', headers: { origin: 'http://pages.example', ...asksFirst } }); // prettier-ignore
    expect([first.status, first.headers.get('access-control-allow-origin')]).toEqual([204, 'http://pages.example']);
    expect(first.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(first.headers.get('access-control-allow-methods')).toContain('PUT');
    const origins = ['http://pages.example', 'http://other.example', 'http://evil.example'];
    for (const path of ['/v1/runs', '/v1/runs/none', '/v1/nothing']) {
      const answers = await Promise.all(origins.map((origin) => fetch(`${url}${path}`, { headers: asks(origin) })));
      expect(answers.map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual([...origins.slice(0, 2), null]); // prettier-ignore
    }
    const without = await fetch(`${url}/v1/runs`, { headers: { origin: 'http://pages.example' } });
    expect([without.status, without.headers.get('access-control-allow-origin')]).toEqual([401, 'http://pages.example']);
  });
});

describe('starting a run again', () => {
  it('gives the run, however the same input is written and whatever became of the file', async () => {
    place.write('waits.workflow.yaml', WAITS);
    const { ask } = await place.serve();
    const put = (body: Parameters<typeof ask>[2]) => ask('PUT', '/v1/runs/r', body);
    expect(await put({ workflow: 'waits', input: { a: 1, b: [{}] } })).toMatchObject({ status: 201 });
    expect(await put({ workflow: 'waits', input: { b: [{}], a: 1 } })).toMatchObject({ status: 200 });
    expect(await put({ workflow: './waits.workflow.yaml', input: { b: [{}], a: 1 } })).toMatchObject({ status: 200 });
    expect(await put({ workflow: 'waits', input: { a: 1, b: [] } })).toMatchObject({ status: 409 });
    place.write('waits.workflow.yaml', 'workflow: waits\nstates: oops\n');
    expect(await put({ workflow: 'waits', input: { a: 1, b: [{}] } })).toMatchObject({ status: 200 });
  });

  it('at the same moment begins it once, and refuses all that want another', async () => {
    place.write('waits.workflow.yaml', WAITS);
    const [one, other] = [await place.serve(), await place.serve()];
    const inputs = Array.from({ length: 40 }, (_, at) => ({ a: at % 4 }));
    const answers = await Promise.all(
      inputs.map((input, at) => (at % 2 === 0 ? one : other).ask('PUT', '/v1/runs/r', { workflow: 'waits', input })),
    );
    const begun = answers.filter(({ status }) => status === 201);
    expect(begun).toHaveLength(1);
    const first = inputs[answers.findIndex(({ status }) => status === 201)];
    expect(answers.map(({ status }) => status === 409)).toEqual(inputs.map(({ a }) => a !== first?.a));
    expect((await one.ask('GET', '/v1/runs/r')).body['input']).toEqual(first);
  });

  it('goes by the id where there is a key, too, and takes no empty key', async () => {
    place.write('waits.workflow.yaml', WAITS);
    const { ask } = await place.serve();
    const start = (id: string, key: string) =>
      ask('POST', '/v1/runs', { workflow: 'waits', id }, { 'idempotency-key': key });
    expect(await start('mine', 'k')).toMatchObject({ status: 201, body: { run: 'mine' } });
    expect(await start('mine', 'other')).toMatchObject({ status: 200, body: { run: 'mine' } });
    expect(await ask('POST', '/v1/runs', { workflow: 'waits' }, { 'idempotency-key': '' })).toMatchObject({ status: 400 }); // prettier-ignore
  });

  it('is told in the history with who it was', async () => {
    place.write('waits.workflow.yaml', WAITS);
    const { ask, journal } = await place.serve();
    await ask('PUT', '/v1/runs/a', { workflow: 'waits', by: 'ada' });
    await ask('PUT', '/v1/runs/b', { workflow: 'waits' });
    expect(['a', 'b'].map((run) => journal.read(run)[0])).toMatchObject([{ by: { name: 'ada' } }, { by: { name: 'somebody' } }]); // prettier-ignore
  });
});

describe('a list of runs', () => {
  it('is read page by page without missing any, while runs change between', async () => {
    place.write('waits.workflow.yaml', WAITS);
    const { ask, status } = await place.serve();
    const runs = ['a', 'b', 'c', 'd', 'e'];
    for (const run of runs) {
      await ask('PUT', `/v1/runs/${run}`, { workflow: 'waits' });
      await status(run, 'waiting');
    }
    const seen: unknown[] = [];
    let next: string | null = null;
    do {
      const after = next === null ? '' : `&after=${next}`;
      const { body }: Answer = await ask('GET', `/v1/runs?status=waiting&limit=2${after}`);
      seen.push(...(body['runs'] as { run: string }[]).map(({ run }) => run));
      next = body['next'] as string | null;
      // What was listed waits no more.
      for (const run of seen.slice(-2)) await ask('POST', `/v1/runs/${String(run)}/cancel`, {});
    } while (next !== null);
    expect(seen).toEqual(runs);
  });
});
