/**
 * The server that has the last word on names: HTTP over a SQLite database.
 *
 *   GET /profiles/USER     `{ user, name }`
 *   PUT /profiles/USER     `{ name }`; a name that somebody else has is refused (409)
 *
 *   node profiles.ts               runs it until Ctrl-C, at PORT (7431), and writes its address to .env
 *   node profiles.ts --slow 3000   answers three seconds after it has done what it was asked
 *   node profiles.ts --broken      takes the name, and then answers 500
 *   node profiles.ts ada           shows what it has
 */
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

export interface Profiles {
  readonly url: string;
  nameOf(user: string): string | null;
  stop(): Promise<void>;
}

export interface ProfilesOptions {
  readonly file: string;
  /** The names in a new database, by their users. */
  readonly names: Readonly<Record<string, string>>;
  /** A free loopback port by default. */
  readonly port?: number;
  /** What is waited for between a change and its answer; what it throws is answered with 500. */
  readonly beforeAnswer?: () => Promise<void>;
}

/** Serves until it is stopped. */
export async function startProfiles({
  file,
  names,
  port = 0,
  beforeAnswer = async () => undefined,
}: ProfilesOptions): Promise<Profiles> {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS profiles (user TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT`);
  for (const [user, name] of Object.entries(names))
    database.prepare('INSERT OR IGNORE INTO profiles (user, name) VALUES (?, ?)').run(user, name);

  const nameOf = (user: string): string | null => {
    const row = database.prepare('SELECT name FROM profiles WHERE user = ?').get(user);
    return row === undefined ? null : String(row['name']);
  };

  async function answer(request: IncomingMessage): Promise<[number, unknown]> {
    const user = decodeURIComponent(/^\/profiles\/([^/]+)$/.exec(request.url ?? '')?.[1] ?? '');
    if (nameOf(user) === null) return [404, { title: `There is no user ${user}.` }];
    if (request.method === 'PUT') {
      const { name } = JSON.parse(await textOf(request)) as { name?: unknown };
      if (typeof name !== 'string' || name === '') return [422, { title: 'A profile has a name.' }];
      const taken = database.prepare('SELECT user FROM profiles WHERE name = ? AND user <> ?').get(name, user);
      if (taken !== undefined) return [409, { title: `The name ${name} is taken.` }];
      database.prepare('UPDATE profiles SET name = ? WHERE user = ?').run(name, user);
      await beforeAnswer();
    }
    return [200, { user, name: nameOf(user) }];
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
    nameOf,
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

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { slow: { type: 'string', default: '0' }, broken: { type: 'boolean', default: false } },
  });
  const [user] = positionals;
  const env = join(import.meta.dirname, '.env');
  if (user === undefined) {
    const { url } = await startProfiles({
      file: join(import.meta.dirname, 'profiles.db'),
      names: { ada: 'Ada', ben: 'Ben' },
      port: Number(process.env['PORT'] ?? 7431),
      beforeAnswer: async () => {
        await pause(Number(values.slow));
        if (values.broken) throw new Error('something broke after the name was taken');
      },
    });
    writeFileSync(env, `PROFILES_URL=${url}\n`);
    console.log(`${url}, which is also in .env. Ctrl-C stops the server.`);
  } else {
    process.loadEnvFile(env);
    console.log(await (await fetch(`${process.env['PROFILES_URL']}/profiles/${user}`)).json());
  }
}

/** Says why in one sentence, and ends. */
function refuse(error: NodeJS.ErrnoException): void {
  const why =
    error.code === 'EADDRINUSE'
      ? 'its port is taken, perhaps by itself; PORT names another one'
      : `it is not open (${error.message})`;
  console.error(`The server of profiles: ${why}.`);
  process.exit(1);
}

if (import.meta.main) await main().catch(refuse);
