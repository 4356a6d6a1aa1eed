/** The debug adapter: on standard input and output, or on a port. */
import { realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createSession } from './session.ts';
import { openWire } from './wire.ts';

/**
 * Serves one debug session on a pair of streams. Resolves when the client has disconnected or gone; then the run is left
 * as it stands and its lease is given up.
 */
export function startAdapter(input: Readable, output: Writable): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      void session.close().then(resolve, resolve);
    };
    const session = createSession((message) => wire.send(message), finish);
    const wire = openWire(input, output, {
      message: (message) => session.receive(message),
      garbage: (sentence) => session.complain(sentence),
      closed: finish,
    });
  });
}

/**
 * Listens on `port` of this machine alone, a session for each connection; port 0 takes a free one. Resolves with the
 * server once it listens; rejects when the port cannot be had.
 */
export function listenForClients(port: number): Promise<Server> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    void startAdapter(socket, socket).then(() => socket.end());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve(server);
    });
  });
}

/** Whether this process was started to be the adapter. In a bundle this code may stand in a chunk beside `debugger.js`. */
function isProgram(): boolean {
  const program = process.argv[1];
  if (program === undefined) return false;
  const entry = import.meta.url.endsWith('.ts') ? import.meta.url : new URL('./debugger.js', import.meta.url).href;
  try {
    return realpathSync(program) === realpathSync(fileURLToPath(entry));
  } catch {
    // A program that is no file, as in an evaluated script, is not this one.
    return false;
  }
}

if (isProgram()) {
  await startAdapter(process.stdin, process.stdout);
  process.exit(0);
}
