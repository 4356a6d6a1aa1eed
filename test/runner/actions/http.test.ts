import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../../language/index.ts';
import { performBuiltInHttp, performHttp } from '../../../runner/actions/http.ts';
import type { HttpBinding } from '../../../runner/actions/http.ts';
import { maskerOf } from '../../../runner/actions/mask.ts';
import { contextFor, json, serve } from './support.ts';
import type { TestServer } from './support.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serving(answer: Parameters<typeof serve>[0]): Promise<TestServer> {
  const server = await serve(answer);
  servers.push(server);
  return server;
}

function binding(method: string, path: string, more: Partial<HttpBinding> = {}): HttpBinding {
  return {
    kind: 'http',
    method,
    path,
    parameters: [],
    body: method === 'GET' || method === 'DELETE' ? 'none' : 'json',
    ...more,
  };
}

async function call(
  server: TestServer | string,
  bound: HttpBinding,
  input: Json,
  headers: Record<string, string> = {},
  more: Parameters<typeof contextFor>[0] = {},
) {
  const url = typeof server === 'string' ? server : server.url;
  const { outcome } = await performHttp(bound, url, headers, input, contextFor(more));
  return outcome;
}

describe('an HTTP operation', () => {
  it('fills the path, then the JSON body, and carries its idempotency key and headers', async () => {
    const server = await serving((_, response) => json(response, 201, { id: 7 }));
    const outcome = await call(
      { ...server, url: `${server.url}/api/` },
      binding('POST', '/orders/{orderId}/refund'),
      { orderId: 'o 1/ü', amount: 40 },
      { 'X-Tenant': 'acme' },
    );
    expect(outcome).toEqual({ ok: true, result: { id: 7 } });
    expect(server.heard).toHaveLength(1);
    expect(server.heard[0]).toMatchObject({
      method: 'POST',
      url: '/api/orders/o%201%2F%C3%BC/refund',
      body: '{"amount":40}',
    });
    expect(server.heard[0]?.headers).toMatchObject({
      'idempotency-key': 'run/state/1',
      'x-tenant': 'acme',
      'content-type': 'application/json',
    });
  });

  it.each(['GET', 'DELETE'])('puts the rest into the query of %s', async (method) => {
    const server = await serving((_, response) => json(response, 200, []));
    await call(server, binding(method, '/items/{id}'), { id: 3, tag: ['a', 'b&c'], deep: { x: 1 }, none: null });
    expect(server.heard[0]?.url).toBe('/items/3?tag=a&tag=b%26c&deep=%7B%22x%22%3A1%7D');
    expect(server.heard[0]?.body).toBe('');
  });

  it('puts known parameters where the document says', async () => {
    const server = await serving((_, response) => json(response, 200, null));
    const parameters = [
      { name: 'id', in: 'path', required: true },
      { name: 'dry', in: 'query', required: false },
      { name: 'X-Trace', in: 'header', required: false },
    ] as const;
    await call(server, binding('POST', '/jobs/{id}', { parameters }), { id: 1, dry: true, 'X-Trace': 't', name: 'n' });
    expect(server.heard[0]).toMatchObject({ url: '/jobs/1?dry=true', body: '{"name":"n"}' });
    expect(server.heard[0]?.headers['x-trace']).toBe('t');
  });

  it('writes cookies beside those of the headers, and sends what stands in the body, too', async () => {
    const server = await serving((_, response) => json(response, 200, null));
    const parameters = [
      { name: 'id', in: 'path', required: true, style: { form: 'simple', explode: false }, inBody: true },
      { name: 'session', in: 'cookie', required: true, style: { form: 'form', explode: true } },
      { name: 'tags', in: 'query', required: false, style: { form: 'form', explode: false } },
    ] as const;
    const put = binding('PUT', '/users/{id}', { parameters, contentType: 'application/vnd.api+json' });
    await call(server, put, { id: 7, session: 's 1', tags: ['a', 'b'], name: 'n' }, { Cookie: 'a=b' });
    expect(server.heard[0]).toMatchObject({ url: '/users/7?tags=a,b', body: '{"id":7,"name":"n"}' });
    expect(server.heard[0]?.headers).toMatchObject({
      cookie: 'a=b; session=s%201',
      'content-type': 'application/vnd.api+json',
    });
    expect(await call(server, put, { id: 7 })).toMatchObject({
      error: { type: 'validation', message: 'PUT /users/{id} needs "session" in `with`.' },
    });
  });

  it.each([
    [{}, /needs "id" in `with`/],
    [{ id: '..' }, /needs "id"/],
    [{ id: '' }, /needs "id"/],
    [{ id: { a: 1 } }, /needs "id"/],
    ['text', /must be an object/],
  ])('refuses %j for a path before anything is sent', async (input, message) => {
    const server = await serving((_, response) => json(response, 200, null));
    const outcome = await call(server, binding('GET', '/items/{id}'), input);
    expect(outcome).toMatchObject({
      ok: false,
      error: { type: 'validation', message: expect.stringMatching(message) as string },
    });
    expect(server.heard).toEqual([]);
  });

  it.each([
    [{ detail: 'No stock left.', error_code: 'out_of_stock', code: 'x' }, 'No stock left.', 'out_of_stock'],
    [{ title: 'Declined', code: 17 }, 'Declined', '17'],
    [{ message: 'bad' }, 'bad', null],
  ])('turns a refusal %j into an error with its message and code', async (body, message, code) => {
    const server = await serving((_, response) => json(response, 409, body));
    expect(await call(server, binding('POST', '/x'), {})).toEqual({
      ok: false,
      error: { type: 'http.409', message, code, status: 409, data: body },
    });
  });

  it('names method and place of an answer that says nothing, without the query', async () => {
    const server = await serving((_, response) => response.writeHead(503).end());
    expect(await call(server, binding('GET', '/x'), { token: 'hush' })).toMatchObject({
      error: { type: 'http.503', message: `GET ${server.url}/x answered 503 Service Unavailable.` },
    });
  });

  it('gives text as text, nothing as null, and JSON of any declared kind', async () => {
    const answers: Record<string, [string, string]> = {
      '/text': ['text/plain', 'hello'],
      '/none': ['application/json', ''],
      '/problem': ['application/vnd.api+json; charset=utf-8', '{"a":1}'],
    };
    const server = await serving(({ url }, response) => {
      const [type, body] = answers[url] ?? ['', ''];
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    const results = [];
    for (const path of Object.keys(answers)) results.push(await call(server, binding('GET', path), null));
    expect(results).toEqual([
      { ok: true, result: 'hello' },
      { ok: true, result: null },
      { ok: true, result: { a: 1 } },
    ]);
  });

  it('says that an answer is garbage, and that the service had acted', async () => {
    const server = await serving((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('<<garbage'),
    );
    expect(await call(server, binding('POST', '/x'), {})).toMatchObject({
      ok: false,
      error: {
        type: 'validation',
        acted: true,
        message: `POST ${server.url}/x answered 200 with something that is not JSON: "<<garbage".`,
      },
    });
  });

  it('reports a peer that does not speak HTTP, one that hangs up and one that is not there as `network`', async () => {
    const raw = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('garbage\n\n'),
    );
    await new Promise<void>((done) => raw.listen(0, '127.0.0.1', done));
    const place = `http://127.0.0.1:${(raw.address() as AddressInfo).port}`;
    const garbage = await call(place, binding('GET', '/'), null);
    await new Promise((done) => raw.close(done));
    const absent = await call(place, binding('GET', '/'), null);
    const cut = await serving((_, response) =>
      response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy()),
    );
    expect(garbage).toMatchObject({
      error: { type: 'network', message: expect.stringContaining('not HTTP') as string },
    });
    expect(absent).toMatchObject({
      error: {
        type: 'network',
        code: 'ECONNREFUSED',
        message: `GET ${place}/: nothing answers there (connection refused).`,
      },
    });
    expect(await call(cut, binding('GET', '/'), null)).toMatchObject({ error: { type: 'network' } });
  });

  it('ends a call whose signal is aborted', async () => {
    const server = await serving(() => controller.abort());
    const controller = new AbortController();
    const outcome = await call(server, binding('GET', '/slow'), null, {}, { signal: controller.signal });
    expect(outcome).toMatchObject({ ok: false, error: { type: 'cancelled' } });
  });

  it('stops reading an answer that has no end', async () => {
    const server = await serving((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(await call(server, binding('GET', '/'), null)).toMatchObject({ error: { type: 'limit', acted: true } });
  });

  it('follows a redirect, and sends its headers only to the origin that they are for', async () => {
    const other = await serving((_, response) => json(response, 200, 'there'));
    const first = await serving(({ url }, response) => {
      const location = url === '/near' ? '/here' : other.url;
      if (url === '/here') json(response, 200, 'here');
      else response.writeHead(302, { location }).end();
    });
    const secret = { Authorization: 'Bearer hush', 'X-Api-Key': 'hush' };
    expect(await call(first, binding('GET', '/near'), null, secret)).toEqual({ ok: true, result: 'here' });
    expect(await call(first, binding('GET', '/far'), null, secret)).toEqual({ ok: true, result: 'there' });
    expect(first.heard[1]?.headers).toMatchObject({ authorization: 'Bearer hush', 'x-api-key': 'hush' });
    expect(other.heard[0]?.headers).not.toHaveProperty('authorization');
    expect(other.heard[0]?.headers).not.toHaveProperty('x-api-key');
  });

  it('does not send a body to another origin', async () => {
    const other = await serving((_, response) => json(response, 200, null));
    const first = await serving((_, response) => response.writeHead(307, { location: other.url }).end());
    expect(await call(first, binding('POST', '/'), { token: 'hush' })).toMatchObject({ error: { type: 'http.307' } });
    expect(other.heard).toEqual([]);
  });

  it('gives up on redirects without an end', async () => {
    const server = await serving((_, response) => response.writeHead(302, { location: '/again' }).end());
    expect(await call(server, binding('GET', '/'), null)).toMatchObject({
      error: { type: 'network', message: expect.stringContaining('redirects without an end') as string },
    });
  });

  it.each([
    ['nonsense', /not a URL/],
    ['ftp://x.example', /ftp: is no protocol/],
  ])('refuses the base URL %s', async (baseUrl, message) => {
    expect(await call(baseUrl, binding('GET', '/'), null)).toMatchObject({
      error: { type: 'validation', message: expect.stringMatching(message) as string },
    });
  });

  it('refuses a header that HTTP does not allow', async () => {
    const server = await serving((_, response) => json(response, 200, null));
    expect(await call(server, binding('GET', '/'), null, { 'X-A': 'a\nb' })).toMatchObject({
      error: { type: 'validation' },
    });
  });
});

describe('an answer', () => {
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
  ])('that is compressed with %s although nobody asked for it is read', async (name, compress) => {
    const server = await serving((_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': name })
        .end(compress('{"a":"ü"}')),
    );
    expect(await call(server, binding('GET', '/'), null)).toEqual({ ok: true, result: { a: 'ü' } });
    expect(server.heard[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('is bounded as it is after it was decompressed, and a faulty one is a fault of the network', async () => {
    const server = await serving(({ url }, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(url === '/bomb' ? gzipSync(Buffer.alloc(20_000_000)) : 'plain');
    });
    expect(await call(server, binding('GET', '/bomb'), null)).toMatchObject({ error: { type: 'limit', acted: true } });
    expect(await call(server, binding('GET', '/lie'), null)).toMatchObject({
      error: { type: 'network', message: `GET ${server.url}/lie: the answer is not compressed as it says.` },
    });
  });

  it.each(['HEAD', 'GET'])('without a body is empty, whatever its headers say, to %s', async (method) => {
    const server = await serving((_, response) => response.writeHead(204, { 'content-encoding': 'gzip' }).end());
    expect(await call(server, binding(method, '/', { body: 'none' }), null)).toEqual({ ok: true, result: null });
  });

  it.each([
    ['application/json', Buffer.from('\ufeff{"a":1}'), { a: 1 }],
    ['text/plain; charset=iso-8859-1', Buffer.from([0x67, 0xfc, 0x6e]), 'gün'],
    ['text/plain; charset="utf-16le"', Buffer.from('gün', 'utf16le'), 'gün'],
    ['text/plain; charset=unheard-of', Buffer.from('gün'), 'gün'],
    ['text/plain', Buffer.from([0x61, 0xff, 0x62]), 'a\ufffdb'],
  ])('of type %s is read as it says', async (type, body, result) => {
    const server = await serving((_, response) => response.writeHead(200, { 'content-type': type }).end(body));
    expect(await call(server, binding('GET', '/'), null)).toEqual({ ok: true, result });
  });

  it('that goes on with another protocol is a fault of the network', async () => {
    const raw = createServer((socket) =>
      socket
        .on('error', () => undefined)
        .on('data', () =>
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
        ),
    );
    await new Promise<void>((done) => raw.listen(0, '127.0.0.1', done));
    const place = `http://127.0.0.1:${(raw.address() as AddressInfo).port}`;
    const outcome = await call(place, binding('GET', '/'), null);
    await new Promise((done) => raw.close(done));
    expect(outcome).toMatchObject({
      error: { type: 'network', message: `GET ${place}/: answered 101, to go on with something other than HTTP.` },
    });
  });

  it('shows no half of a secret where it is cut for a message', async () => {
    const { text: mask } = maskerOf(['hunter2-secret']);
    const server = await serving((_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(`${'x'.repeat(72)}hunter2-secret ${'y'.repeat(910)}hunter2-secret`),
    );
    const outcome = await call(server, binding('GET', '/'), null, {}, { mask });
    expect(JSON.stringify(outcome)).toContain('•••');
    expect(JSON.stringify(outcome)).not.toContain('hunt');
    expect(await call('hunter2-secret'.padStart(86, 'x'), binding('GET', '/'), null, {}, { mask })).toMatchObject({
      error: { message: expect.not.stringContaining('hunt') as string },
    });
  });

  it('is a sign of life with each piece that arrives', async () => {
    let beats = 0;
    const server = await serving((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('a', () => setImmediate(() => response.end('b')));
    });
    expect(await call(server, binding('GET', '/'), null, {}, { heartbeat: () => beats++ })).toEqual({
      ok: true,
      result: 'ab',
    });
    expect(beats).toBeGreaterThan(1);
  });
});

describe('the headers of a request', () => {
  it('are those of the author before our own, but for the key and the connection', async () => {
    const server = await serving((_, response) => json(response, 200, null));
    const given = {
      Accept: 'text/csv',
      'Content-Type': 'application/merge-patch+json',
      'User-Agent': 'mine',
      'Idempotency-Key': 'mine',
      'Transfer-Encoding': 'chunked',
      'Content-Length': '1',
      Expect: '100-continue',
    };
    await call(server, binding('PATCH', '/'), { a: 1 }, given);
    await performBuiltInHttp({ method: 'PATCH', url: server.url, headers: given, body: { a: 1 } }, contextFor());
    for (const { headers, body } of server.heard) {
      expect(headers).toMatchObject({
        accept: 'text/csv',
        'content-type': 'application/merge-patch+json',
        'user-agent': 'mine',
        'idempotency-key': 'run/state/1',
        'content-length': '7',
      });
      expect(headers).not.toHaveProperty('transfer-encoding');
      expect(headers).not.toHaveProperty('expect');
      expect(body).toBe('{"a":1}');
    }
    expect(server.heard).toHaveLength(2);
  });

  it('make a form of the body where they say that it is one', async () => {
    const server = await serving((_, response) => json(response, 200, null));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = { grant_type: 'client credentials', scope: ['a', 'b&c'] };
    await call(server, binding('POST', '/'), body, headers);
    await performBuiltInHttp({ url: server.url, headers, body }, contextFor());
    expect(server.heard.map((one) => one.body)).toEqual(
      Array(2).fill('grant_type=client+credentials&scope=a&scope=b%26c'),
    );
  });

  it('say nothing of a body that a redirect has dropped', async () => {
    const server = await serving(({ url }, response) => {
      if (url === '/there') json(response, 200, null);
      else response.writeHead(303, { location: '/there' }).end();
    });
    await call(server, binding('POST', '/'), { a: 1 }, { 'Content-Language': 'en', 'X-A': 'a' });
    expect(server.heard[1]).toMatchObject({ method: 'GET', url: '/there', body: '' });
    expect(server.heard[1]?.headers).toMatchObject({ 'x-a': 'a' });
    expect(Object.keys(server.heard[1]?.headers ?? {}).filter((name) => name.startsWith('content-'))).toEqual([]);
  });
});

describe('the built-in http', () => {
  it('gives status, headers and body', async () => {
    const server = await serving((_, response) =>
      response.writeHead(202, { 'content-type': 'application/json', 'x-a': 'b' }).end('{"q":1}'),
    );
    const outcome = await performBuiltInHttp(
      { method: 'put', url: `${server.url}/p?a=1`, headers: { 'X-H': 'h' }, query: { b: [2, 3] }, body: { c: 4 } },
      contextFor(),
    );
    expect(outcome).toMatchObject({ ok: true, result: { status: 202, headers: { 'x-a': 'b' }, body: { q: 1 } } });
    expect(server.heard[0]).toMatchObject({ method: 'PUT', url: '/p?a=1&b=2&b=3', body: '{"c":4}' });
    expect(server.heard[0]?.headers).toMatchObject({ 'x-h': 'h', 'idempotency-key': 'run/state/1' });
  });

  it('raises a refusal, and says what `with` lacks', async () => {
    const server = await serving((_, response) => json(response, 404, { message: 'gone' }));
    expect(await performBuiltInHttp({ url: server.url }, contextFor())).toMatchObject({
      error: { type: 'http.404', message: 'gone' },
    });
    for (const input of [null, {}, { url: 'x' }, { url: server.url, method: 'A B' }] as Json[]) {
      expect(await performBuiltInHttp(input, contextFor())).toMatchObject({ error: { type: 'validation' } });
    }
  });
});
