/** What the client at the other end can do, as far as answers depend on it. */
import type { ClientCapabilities } from 'vscode-languageserver/node';

export interface Client {
  /** It takes snippets from completion. */
  readonly snippets: boolean;
  /** It takes links with an origin from definition. */
  readonly locationLinks: boolean;
  /** It asks for diagnostics itself. */
  readonly pullsDiagnostics: boolean;
  /** It can be told to ask for them again. */
  readonly refreshesDiagnostics: boolean;
  /** It answers `workspace/configuration`. */
  readonly configuration: boolean;
  /** It lets the server register for changes of files. */
  readonly watchesFiles: boolean;
}

/** Reads a client's capabilities; one that says nothing can do nothing. */
export function clientOf(capabilities: ClientCapabilities | undefined): Client {
  const document = capabilities?.textDocument;
  const workspace = capabilities?.workspace;
  return {
    snippets: document?.completion?.completionItem?.snippetSupport === true,
    locationLinks: document?.definition?.linkSupport === true,
    pullsDiagnostics: document?.diagnostic !== undefined,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    configuration: workspace?.configuration === true,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
  };
}
