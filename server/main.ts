/**
 * The entry of the language server: `dist/server.js`, which a client starts over Node's IPC, stdio, a pipe or a socket
 * as its arguments say. `backstep lsp --stdio` comes in through `serveStdio`.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  createConnection,
  Message,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { startServer } from './handlers.ts';

export { startServer };

/** Milliseconds after the end of input in which answers that are still due must come. */
const GRACE = 10_000;
/** The reader hands on one message a turn of the event loop; after so many turns without one, all have been. */
const QUIET_TURNS = 100;

/**
 * Serves one client on standard input and output. The process ends with the client's `exit`; or when input ends, and
 * then everything that was asked in it is answered first. Its status is 0 after a `shutdown`, else 1.
 */
export function serveStdio(): void {
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

  const connection = createConnection(reader, writer);
  connection.onShutdown(() => {
    status = 0;
  });
  startServer(connection);
}

/** Whether this process was started to be the server. In a bundle this code may stand in a chunk beside `server.js`. */
function isProgram(): boolean {
  const program = process.argv[1];
  if (program === undefined) return false;
  const entry = import.meta.url.endsWith('.ts') ? import.meta.url : new URL('./server.js', import.meta.url).href;
  try {
    return realpathSync(program) === realpathSync(fileURLToPath(entry));
  } catch {
    // A program that is no file, as in an evaluated script, is not this one.
    return false;
  }
}

if (isProgram()) {
  if (process.argv.includes('--stdio')) serveStdio();
  else startServer(createConnection(ProposedFeatures.all));
}
