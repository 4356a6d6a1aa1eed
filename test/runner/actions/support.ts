import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ActionContext } from '../../../runner/actions/action.ts';

export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TestServer {
  readonly url: string;
  readonly heard: Heard[];
  close(): Promise<void>;
}

/** A real HTTP server on a free port that keeps what it heard. */
export async function serve(answer: (heard: Heard, response: ServerResponse) => void): Promise<TestServer> {
  const heard: Heard[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      heard.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export interface Logged {
  readonly level: string;
  readonly text: string;
}

export function contextFor(more: Partial<ActionContext> = {}): ActionContext & { readonly logged: Logged[] } {
  const logged: Logged[] = [];
  return {
    key: 'run/state/1',
    attempt: 1,
    signal: new AbortController().signal,
    heartbeat: () => undefined,
    log: (level, text) => logged.push({ level, text }),
    mask: (text) => text,
    folder: import.meta.dirname,
    root: import.meta.dirname,
    env: { PATH: process.env['PATH'] ?? '' },
    trace: {},
    logged,
    ...more,
  };
}

/** Whether a process runs: one that has ended may stay in the list until it is fetched. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^\s*[^Z\s]/.test(stdout);
}
