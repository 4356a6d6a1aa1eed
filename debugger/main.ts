/** The debug adapter, for whoever hosts it: a pair of streams, or a port. */
import { createServer, type Server } from 'node:net';
import type { Readable, Writable } from 'node:stream';
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
