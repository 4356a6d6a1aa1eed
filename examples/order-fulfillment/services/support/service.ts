/**
 * What the three services share: one HTTP server over one SQLite database.
 *
 * 1. A request that changes something carries an `Idempotency-Key`. Its effect and its answer are committed in one
 *    transaction; the same key again gets that answer and has no further effect, also after the process died.
 * 2. Only committed answers are recorded: what was refused may be tried again with the same key.
 * 3. The same key with another request is refused (422), so that a mistaken key never hides a request.
 * 4. Faults that the request asks for (see faults.ts) come before the transaction or after the commit, never inside it.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { object, type Fields } from './body.ts';
import { countAttempt, openDatabase, transaction } from './database.ts';
import { REFUSED_ATTEMPTS, type Fault } from './faults.ts';
import { problem, Refusal, type Answer } from './problems.ts';

export interface Request {
  readonly database: DatabaseSync;
  /** The parts of the path that the route names, e.g. `orderId` of `/orders/{orderId}/release`. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Fields;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Runs inside a transaction unless the method is GET. Throws a Refusal to refuse; nothing is then changed. */
  readonly handle: (request: Request) => Answer;
  /** The fault that the request asks for, if any. */
  readonly fault?: (body: Fields) => Fault | undefined;
}

export interface Service {
  readonly name: string;
  /** SQL for the service's tables and first rows; runs at every start. */
  readonly schema: string;
  readonly routes: readonly Route[];
}

interface Found {
  readonly route: Route;
  readonly path: Readonly<Record<string, string>>;
}

const LARGEST_BODY = 1_000_000;

/**
 * Serves until SIGTERM, or until the process that started this one is gone. Reads from the environment: `DATABASE` (the
 * file), `PORT` (0 for any free one), `SLOW_MS` (how long `test-slow` takes) and `API_KEY` (asked for when set). Tells
 * the parent `{ port }` when it listens.
 */
export function serve(service: Service): void {
  const database = openDatabase(process.env.DATABASE ?? `${service.name}.db`, service.schema);
  const server = createServer((request, response) => {
    answer(service, database, request).then(
      ({ answer: { status, body }, replayed }) => {
        send(response, status, body, replayed);
      },
      (error: unknown) => {
        const refusal = error instanceof Refusal ? error : new Refusal(500, 'internal_error', String(error));
        const { status, body } = problem(refusal);
        send(response, status, body, false);
      },
    );
  });

  const stop = (): void => {
    server.close();
    server.closeAllConnections();
    database.close();
    process.exit(0);
  };
  // Ctrl-C reaches every process of the terminal; the one that started the services decides when they stop.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);

  server.on('error', (error) => {
    process.stderr.write(`${service.name}: ${error.message}\n`);
    process.exit(2);
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined });
  });
}

async function answer(
  service: Service,
  database: DatabaseSync,
  request: IncomingMessage,
): Promise<{ answer: Answer; replayed: boolean }> {
  authorise(request);
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { route, path } = find(service.routes, request.method ?? 'GET', url.pathname);
  const source = await read(request);
  const call: Request = { database, path, query: url.searchParams, body: parse(source) };
  if (route.method === 'GET') return { answer: route.handle(call), replayed: false };

  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '') {
    throw new Refusal(400, 'idempotency_key_missing', 'This operation needs the header Idempotency-Key.');
  }
  const fingerprint = createHash('sha256').update(`${route.method} ${url.pathname}\n${source}`).digest('hex');
  const recorded = recall(database, key, fingerprint);
  if (recorded) return { answer: recorded, replayed: true };

  const fault = route.fault?.(call.body);
  refuseIfDown(database, key, fault);
  const fresh = transaction(database, () => {
    const result = route.handle(call);
    record(database, key, fingerprint, result);
    return result;
  });
  if (fault === 'test-dies') process.exit(1);
  if (fault === 'test-slow') await delay(Number(process.env.SLOW_MS ?? 8000));
  return { answer: fresh, replayed: false };
}

function authorise(request: IncomingMessage): void {
  const key = process.env.API_KEY;
  if (key === undefined || request.headers.authorization === `Bearer ${key}`) return;
  throw new Refusal(401, 'wrong_api_key', 'The header Authorization must hold "Bearer " and the key of this service.');
}

function find(routes: readonly Route[], method: string, pathname: string): Found {
  const here = routes.flatMap((route) => {
    const path = match(route.path, pathname);
    return path ? [{ route, path }] : [];
  });
  const found = here.find(({ route }) => route.method === method);
  if (found) return found;
  if (here.length > 0) throw new Refusal(405, 'method_not_allowed', `${pathname} has no ${method}.`);
  throw new Refusal(404, 'not_found', `There is nothing at ${pathname}.`);
}

function match(pattern: string, pathname: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = pathname.split('/');
  if (wanted.length !== given.length) return undefined;
  const path: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const actual = given[index] ?? '';
    if (part.startsWith('{')) path[part.slice(1, -1)] = decode(actual);
    else if (part !== actual) return undefined;
  }
  return path;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal(400, 'bad_path', `"${part}" is not a valid part of a path.`);
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Refusal(413, 'body_too_large', `A body may have ${LARGEST_BODY} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(source: string): Fields {
  if (source === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw new Refusal(400, 'not_json', 'The body is not JSON.');
  }
  return object(value, 'The body');
}

function recall(database: DatabaseSync, key: string, fingerprint: string): Answer | undefined {
  const row = database.prepare('SELECT fingerprint, status, body FROM answers WHERE idempotency_key = ?').get(key);
  if (!row) return undefined;
  if (row.fingerprint !== fingerprint) {
    throw new Refusal(422, 'idempotency_key_reused', `The key "${key}" was used before for another request.`);
  }
  return { status: Number(row.status), body: JSON.parse(String(row.body)) as unknown };
}

function record(database: DatabaseSync, key: string, fingerprint: string, { status, body }: Answer): void {
  database
    .prepare('INSERT INTO answers (idempotency_key, fingerprint, status, body, answered_at) VALUES (?, ?, ?, ?, ?)')
    .run(key, fingerprint, status, JSON.stringify(body), new Date().toISOString());
}

function refuseIfDown(database: DatabaseSync, key: string, fault: Fault | undefined): void {
  if (fault !== 'test-down' && fault !== 'test-down-twice') return;
  const attempt = countAttempt(database, key);
  if (fault === 'test-down-twice' && attempt > REFUSED_ATTEMPTS) return;
  throw new Refusal(503, 'unavailable', `The service is down (attempt ${attempt} with this key).`);
}

function send(response: ServerResponse, status: number, body: unknown, replayed: boolean): void {
  // A caller that gave up while the service was slow has closed the connection; there is then nobody to answer.
  if (response.destroyed) return;
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...(replayed ? { 'idempotency-replayed': 'true' } : {}) });
  response.end(JSON.stringify(body));
}
