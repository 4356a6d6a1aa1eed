/**
 * The HTTP service of this example: it receives files, and it has its users' notifications.
 *
 *   PUT  /uploads/ID            keeps the body under this id, once; a body that ends too early leaves nothing
 *   POST /notifications         `{ to, text }`; the same Idempotency-Key again changes nothing
 *   GET  /notifications         all of them
 *
 * With `EVENTS_URL` (and `EVENTS_TOKEN`) it tells a running `backstep serve` of each file: the event `file.uploaded`.
 *
 *   node server.ts                 runs it until Ctrl-C, at PORT (7451), and writes its address to .env
 *   node server.ts put FILE ID     uploads a file to it
 *   node server.ts notifications   shows what it has
 */
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { FOLDER, inboxOf, publishedOf } from './uploads.ts';

export interface Notification {
  readonly to: string;
  readonly text: string;
}

export interface UploadServer {
  readonly url: string;
  notifications(): readonly Notification[];
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** A free loopback port by default. */
  readonly port?: number;
  /** Where uploads and notifications are kept. */
  readonly folder?: string;
  /** What is waited for between keeping a notification and answering. */
  readonly beforeAnswer?: () => Promise<void>;
}

const LARGEST_NOTIFICATION = 64 * 1024;

/** Serves until it is stopped. */
export async function startServer({
  port = 0,
  folder = FOLDER,
  beforeAnswer = async () => undefined,
}: ServerOptions): Promise<UploadServer> {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'notifications.db'), { timeout: 5000 });
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS notifications (key TEXT PRIMARY KEY, "to" TEXT NOT NULL, text TEXT NOT NULL) STRICT`);
  const notifications = (): Notification[] =>
    database
      .prepare('SELECT "to", text FROM notifications ORDER BY rowid')
      .all()
      .map(({ to, text }) => ({ to: String(to), text: String(text) }));

  async function answer(request: IncomingMessage): Promise<[number, unknown]> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const [, collection, id = ''] = pathname.split('/').map(decodeURIComponent);
    switch (`${request.method} ${collection}`) {
      case 'PUT uploads':
        if (!/^[\w-]+$/.test(id))
          return [404, { title: 'An upload has an id of letters, digits and -: PUT /uploads/ID.' }];
        // Sent again, because its sender was not sure.
        if (existsSync(publishedOf(id, folder))) return [200, { id }];
        await keep(request, inboxOf(id, folder));
        await announce(id, searchParams);
        return [201, { id }];
      case 'GET notifications':
        return [200, notifications()];
      case 'POST notifications': {
        const { to, text } = JSON.parse(await textOf(request)) as Partial<Notification>;
        const key = request.headers['idempotency-key'];
        if (typeof to !== 'string' || typeof text !== 'string' || typeof key !== 'string')
          return [422, { title: 'A notification has `to` and `text`, and comes with an Idempotency-Key.' }];
        database.prepare('INSERT OR IGNORE INTO notifications (key, "to", text) VALUES (?, ?, ?)').run(key, to, text);
        await beforeAnswer();
        return [200, {}];
      }
      default:
        return [404, { title: `There is no ${request.method} ${pathname}.` }];
    }
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown): [number, unknown] => [500, { title: String(error) }])
      .then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
      }, console.error);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    notifications,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          database.close();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Keeps a body in `file`, which is there only when it is whole. */
async function keep(request: IncomingMessage, file: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const part = `${file}.part`;
  try {
    await pipeline(request, createWriteStream(part));
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/** Says that a file was uploaded. Its id is that of the event, too: who uploads it again begins no second run. */
async function announce(id: string, about: URLSearchParams): Promise<void> {
  const { EVENTS_URL, EVENTS_TOKEN = '' } = process.env;
  if (EVENTS_URL === undefined) return;
  const data = { id, name: about.get('name') ?? id, owner: about.get('owner') ?? 'nobody' };
  const event = { specversion: '1.0', id, source: '/uploads', type: 'file.uploaded', data };
  const response = await fetch(EVENTS_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json', authorization: `Bearer ${EVENTS_TOKEN}` },
    body: JSON.stringify(event),
  });
  if (!response.ok) throw new Error(`${EVENTS_URL} answered ${response.status}: ${await response.text()}`);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_NOTIFICATION) throw new Error('The notification is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function main(): Promise<void> {
  const [command, file = '', id = ''] = process.argv.slice(2);
  const env = join(import.meta.dirname, '.env');
  if (command === undefined) {
    const server = await startServer({ port: Number(process.env['PORT'] ?? 7451) });
    writeFileSync(env, `UPLOADS_URL=${server.url}\n`);
    console.log(`${server.url}, which is also in .env. Ctrl-C ends it.`);
  } else {
    process.loadEnvFile(env);
    const request: RequestInit = command === 'put' ? { method: 'PUT', body: readFileSync(file) } : {};
    const path = command === 'put' ? `uploads/${id}` : 'notifications';
    console.log(await (await fetch(`${process.env['UPLOADS_URL']}/${path}`, request)).json());
  }
}

/** Says why in one sentence, and ends. */
function refuse(error: NodeJS.ErrnoException): void {
  const why =
    error.code === 'EADDRINUSE'
      ? 'its port is taken, perhaps by itself; PORT names another one'
      : `it is not open (${error.message})`;
  console.error(`The server of uploads: ${why}.`);
  process.exit(1);
}

if (import.meta.main) await main().catch(refuse);
