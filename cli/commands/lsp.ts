/** `backstep lsp --stdio`: the language server. */
import { serveStdio } from '../../server/main.ts';

/** Serves until the client ends it. */
export function lsp(): Promise<number> {
  serveStdio();
  // The connection ends the process, as the protocol asks for.
  return new Promise(() => undefined);
}
