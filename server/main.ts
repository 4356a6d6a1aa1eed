/**
 * The entry of the language server: `dist/server.js`, which a client starts over Node's IPC, stdio, a pipe or a socket
 * as its arguments say. `backstep lsp --stdio` comes in through `serveStdio`.
 */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { startServer } from './handlers.ts';

export { startServer };

/** Serves one client on standard input and output. The process ends with the client's `exit`, or when input ends. */
export function serveStdio(): void {
  startServer(createConnection(process.stdin, process.stdout));
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

if (isProgram()) startServer(createConnection(ProposedFeatures.all));
