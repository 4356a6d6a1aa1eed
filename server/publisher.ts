/**
 * Tells the client what it did not ask for: diagnostics where it cannot pull them, and that a plan may have changed.
 * What follows from typing is sent when the typing pauses; what follows from opening a file is sent at once.
 */
import { CodeLensRefreshRequest, type Connection } from 'vscode-languageserver/node';
import type { Client } from './client.ts';
import type { Documents, OpenDocument } from './documents.ts';
import { lspDiagnostics } from './features/diagnostics.ts';
import { PLAN_CHANGED, type PlanChangedParams } from './protocol.ts';

/** Milliseconds without a change after which typing counts as paused. */
const PAUSE = 120;

export interface Publisher {
  /** The text of a document changed; `opened` when it has just been opened. */
  changed(uri: string, opened: boolean): void;
  /** Something that these documents depend on changed. */
  othersChanged(uris: readonly string[]): void;
  closed(uri: string): void;
  /** Settings that hints and lenses depend on changed. */
  settingsChanged(): void;
  /** The client was given the plan of this state of a document; it is told as soon as there is another state. */
  planGiven(document: OpenDocument): void;
}

/** Makes a publisher that sends on `connection`. */
export function createPublisher(connection: Connection, documents: Documents, client: () => Client): Publisher {
  const timers = new Map<string, NodeJS.Timeout>();
  /** The revision of each document whose plan the client has. */
  const given = new Map<string, number>();

  const publish = async (uri: string): Promise<void> => {
    timers.delete(uri);
    const document = await documents.soon(uri);
    // One that was changed meanwhile has its turn when that has settled.
    if (document == null) return;
    if (!client().pullsDiagnostics) {
      const { version } = document;
      const diagnostics = lspDiagnostics(document);
      send(() => connection.sendDiagnostics({ uri, version, diagnostics }));
    }
    const known = given.get(uri);
    if (known !== undefined && known !== document.revision) {
      const params: PlanChangedParams = { uri, version: document.version };
      send(() => connection.sendNotification(PLAN_CHANGED, params));
    }
  };

  const schedule = (uri: string, pause: number): void => {
    clearTimeout(timers.get(uri));
    timers.set(
      uri,
      setTimeout(() => {
        publish(uri).catch((error: unknown) => connection.console.error(String(error)));
      }, pause),
    );
  };

  return {
    changed: (uri, opened) => schedule(uri, opened ? 0 : PAUSE),
    othersChanged: (uris) => {
      if (uris.length === 0) return;
      for (const uri of uris) schedule(uri, PAUSE);
      if (client().pullsDiagnostics && client().refreshesDiagnostics)
        send(() => connection.languages.diagnostics.refresh());
    },
    closed: (uri) => {
      clearTimeout(timers.get(uri));
      timers.delete(uri);
      given.delete(uri);
      if (!client().pullsDiagnostics) send(() => connection.sendDiagnostics({ uri, diagnostics: [] }));
    },
    settingsChanged: () => {
      if (client().refreshesHints) send(() => connection.languages.inlayHint.refresh());
      if (client().refreshesLenses) send(() => connection.sendRequest(CodeLensRefreshRequest.type));
    },
    planGiven: ({ uri, revision }) => given.set(uri, revision),
  };
}

/** Nothing depends on whether a client took the news: one that has gone needs them no more. */
function send(news: () => Promise<unknown> | void): void {
  // On a closed connection sending throws at once, on one that closes meanwhile it fails later.
  new Promise((resolve) => resolve(news())).catch(() => undefined);
}
