/**
 * Diagnostics of files that are not open, for clients whose settings ask for them.
 *
 * 1. An open file is left to the publisher: what was told of it before is taken back when it is opened.
 * 2. A file is looked at again only when it, or a file that it read, has changed.
 * 3. Between one file and the next, and while one takes long, other messages are handled. A new sweep ends the one before it.
 */
import type { Connection } from 'vscode-languageserver/node';
import type { Documents } from './documents.ts';
import { lspDiagnostics } from './features/diagnostics.ts';
import { turn } from './slices.ts';
import { pathOf } from './uri.ts';
import type { Workspace } from './workspace.ts';

/** Milliseconds after which changes that follow each other have settled. */
const PAUSE = 300;

export interface Sweep {
  /** Something has changed: files, settings, folders, or which documents are open. */
  changed(): void;
  /** Nobody needs to be told anything any more. */
  stop(): void;
}

/** Makes what tells of closed files on `connection`, as long as `isWanted`; `pulls` says whether it asks for those of open files itself. */
export function createSweep(
  connection: Connection,
  documents: Documents,
  workspace: Workspace,
  isWanted: () => boolean,
  pulls: () => boolean,
): Sweep {
  /** What each file that the client was told of was at that time, by its URI. */
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let sweeps = 0;

  const tell = async (
    uri: string,
    diagnostics: Parameters<Connection['sendDiagnostics']>[0]['diagnostics'],
  ): Promise<void> => {
    try {
      await connection.sendDiagnostics({ uri, diagnostics });
    } catch {
      // A client that has gone needs no news.
    }
  };
  const takeBack = async (uri: string): Promise<void> => {
    told.delete(uri);
    await tell(uri, []);
  };
  const sweep = async (): Promise<void> => {
    const own = ++sweeps;
    const files = isWanted() ? await workspace.files() : [];
    const closed = new Map(files.map((path) => [documents.uriOf(path), path]));
    for (const uri of closed.keys()) if (documents.versionOf(uri) !== undefined) closed.delete(uri);
    for (const uri of told.keys()) {
      if (closed.has(uri)) continue;
      // What the publisher has told of a document that is open now is newer; it tells a client that pulls nothing.
      if (documents.versionOf(uri) === undefined || pulls()) await takeBack(uri);
      else told.delete(uri);
    }
    for (const [uri, path] of closed) {
      if (own !== sweeps) return;
      if (told.has(uri) && told.get(uri) === documents.signatureOf(path)) continue;
      const analysis = await documents.analyseFileSoon(path, () => own === sweeps);
      if (analysis == null || own !== sweeps || documents.versionOf(uri) !== undefined) continue;
      await tell(uri, lspDiagnostics({ uri, file: pathOf(uri), analysis }));
      told.set(uri, documents.signatureOf(path) ?? '');
      await turn();
    }
  };

  return {
    changed: () => {
      if (!isWanted() && told.size === 0) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        sweep().catch((error: unknown) => connection.console.error(String(error)));
      }, PAUSE);
    },
    stop: () => {
      clearTimeout(timer);
      sweeps++;
    },
  };
}
