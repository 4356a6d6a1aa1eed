/** What the client at the other end can do, as far as answers depend on it. */
import type { ClientCapabilities } from 'vscode-languageserver/node';
import type { InitializationOptions } from './protocol.ts';

export interface Client {
  /** It takes snippets from completion. */
  readonly snippets: boolean;
  /** What it takes from completion once for a whole list. */
  readonly completionDefaults: readonly string[];
  /** It takes links with an origin from definition. */
  readonly locationLinks: boolean;
  /** It takes such links from type definition too. */
  readonly typeLinks: boolean;
  /** It takes edits of versions of documents, rather than of documents whatever their version. */
  readonly documentChanges: boolean;
  /** It can make files as part of an edit. */
  readonly createsFiles: boolean;
  /** It tells of folders that come and go. */
  readonly workspaceFolders: boolean;
  /** It asks for diagnostics itself. */
  readonly pullsDiagnostics: boolean;
  /** It can be told to ask for them again. */
  readonly refreshesDiagnostics: boolean;
  /** It can be told to ask for inlay hints, and for lenses, again. */
  readonly refreshesHints: boolean;
  readonly refreshesLenses: boolean;
  /** It answers `workspace/configuration`. */
  readonly configuration: boolean;
  /** It lets the server register for changes of files. */
  readonly watchesFiles: boolean;
  /** Its command that shows completion again, or null. */
  readonly suggestCommand: string | null;
  /** Its command that shows a list of places, or null. */
  readonly showPlacesCommand: string | null;
}

/** Reads what a client says of itself; one that says nothing can do nothing. */
export function clientOf(capabilities: ClientCapabilities | undefined, options?: unknown): Client {
  const document = capabilities?.textDocument;
  const workspace = capabilities?.workspace;
  return {
    snippets: document?.completion?.completionItem?.snippetSupport === true,
    completionDefaults: document?.completion?.completionList?.itemDefaults ?? [],
    locationLinks: document?.definition?.linkSupport === true,
    typeLinks: document?.typeDefinition?.linkSupport === true,
    documentChanges: workspace?.workspaceEdit?.documentChanges === true,
    createsFiles: workspace?.workspaceEdit?.resourceOperations?.includes('create') === true,
    workspaceFolders: workspace?.workspaceFolders === true,
    pullsDiagnostics: document?.diagnostic !== undefined,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    refreshesHints: workspace?.inlayHint?.refreshSupport === true,
    refreshesLenses: workspace?.codeLens?.refreshSupport === true,
    configuration: workspace?.configuration === true,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    suggestCommand: commandOf(options, 'suggestCommand'),
    showPlacesCommand: commandOf(options, 'showPlacesCommand'),
  };
}

function commandOf(options: unknown, name: keyof InitializationOptions): string | null {
  if (typeof options !== 'object' || options === null) return null;
  const command = (options as Record<keyof InitializationOptions, unknown>)[name];
  return typeof command === 'string' ? command : null;
}
