/** `backstep lsp --stdio`: the language server. */
import { serveStdio } from '../../server/main.ts';
import { createHistory } from '../history.ts';

/** Serves until the client ends it. */
export function lsp(): Promise<number> {
  serveStdio(createHistory());
  // The connection ends the process, as the protocol asks for.
  return new Promise(() => undefined);
}
