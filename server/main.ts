/**
 * The door to the language server. `serve` is the program of its own that an editor starts, `dist/server.js`;
 * `backstep lsp --stdio` comes in through `serveStdio`. Who starts it hands in what the server itself may not reach.
 */
import {
  createConnection,
  Message,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { startServer } from './handlers.ts';
import type { History } from './history.ts';

export type { History, LastRun } from './history.ts';
export { startServer };

/** Milliseconds after the end of input in which answers that are still due must come. */
const GRACE = 10_000;
/** The reader hands on one message a turn of the event loop; after so many turns without one, all have been. */
const QUIET_TURNS = 100;

/**
 * Serves one client on standard input and output. The process ends with the client's `exit`; or when input ends, and
 * then everything that was asked in it is answered first. Its status is 0 after a `shutdown`, else 1.
 */
export function serveStdio(history?: History): void {
  const reader = new StreamMessageReader(process.stdin);
  const writer = new StreamMessageWriter(process.stdout);
  const due = new Set<string | number | null>();
  let status = 1;
  let quiet = 0;

  const listen = reader.listen.bind(reader);
  reader.listen = (callback) =>
    listen((message) => {
      quiet = 0;
      if (Message.isRequest(message)) due.add(message.id);
      if (Message.isRequest(message) && message.method === 'shutdown') status = 0;
      callback(message);
    });
  const write = writer.write.bind(writer);
  writer.write = async (message) => {
    await write(message);
    quiet = 0;
    if (Message.isResponse(message)) due.delete(message.id);
  };
  const endWhenAnswered = (): void => {
    if (due.size === 0 && ++quiet > QUIET_TURNS) process.exit(status);
    setImmediate(endWhenAnswered);
  };
  process.stdin.once('end', () => {
    setTimeout(() => process.exit(status), GRACE);
    endWhenAnswered();
  });

  startServer(createConnection(reader, writer), history);
}

/** Serves one client over Node's IPC, stdio, a pipe or a socket, as the arguments of the process say. */
export function serve(history?: History): void {
  if (process.argv.includes('--stdio')) serveStdio(history);
  else startServer(createConnection(ProposedFeatures.all), history);
}
