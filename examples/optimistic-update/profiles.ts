/** A server that keeps profiles, and a screen that shows them: a small file that may be ahead of the server. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Profiles {
  readonly url: string;
  readonly names: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

const SCREEN = process.env['SCREEN_FILE'] ?? join(import.meta.dirname, 'screen.json');

interface Shown {
  readonly name: string | null;
  /** What was shown until the present name was. */
  readonly before: string | null;
}

/** Shows a name before the server has it, and remembers the one that was shown until then. */
export function show({ user, name }: { readonly user: string; readonly name: string }): Shown {
  const shown = screen()[user];
  const next = shown?.name === name ? shown : { name, before: shown?.name ?? null };
  write(user, next);
  return next;
}

/** Shows the name again that was shown before this one; anything else that is shown by now stays. */
export function putBack({ user, name }: { readonly user: string; readonly name: string }): null {
  const shown = screen()[user];
  if (shown?.name === name) write(user, { name: shown.before, before: null });
  return null;
}

function screen(): Readonly<Record<string, Shown>> {
  return existsSync(SCREEN) ? (JSON.parse(readFileSync(SCREEN, 'utf8')) as Record<string, Shown>) : {};
}

function write(user: string, shown: Shown): void {
  writeFileSync(SCREEN, JSON.stringify({ ...screen(), [user]: shown }));
}

/** Starts the server on a free loopback port, or on `port`. It refuses names that somebody else has (409). */
export async function startProfiles(given: Readonly<Record<string, string>>, port = 0): Promise<Profiles> {
  const names = new Map(Object.entries(given));
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const user = decodeURIComponent(request.url?.split('/')[2] ?? '');
      const { name } = JSON.parse(text) as { name: string };
      const taken = [...names].some(([other, theirs]) => other !== user && theirs === name);
      if (!taken) names.set(user, name);
      const body = taken ? { title: `The name ${name} is taken.` } : { user, name };
      response.writeHead(taken ? 409 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url } = await startProfiles({ ada: 'Ada', ben: 'Ben' }, 7431);
  console.log(`PROFILES_URL=${url}\nCtrl-C stops the server.`);
}
