/**
 * One session of the server: what it can do, what it follows, and the requests that it answers (`requests/`), each in
 * three steps: convert, call a feature, convert.
 *
 * Diagnostics of open documents are pushed to clients that cannot pull them, and never both.
 */
import {
  CodeActionKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Rules } from '../language/index.ts';
import { type Client, clientOf } from './client.ts';
import { createDocuments } from './documents.ts';
import { TOKEN_MODIFIERS, TOKEN_TYPES } from './features/tokens.ts';
import type { History } from './history.ts';
import { createPublisher } from './publisher.ts';
import { editing, FIX_ALL } from './requests/editing.ts';
import { looking } from './requests/looking.ts';
import { navigating } from './requests/navigating.ts';
import { reporting } from './requests/reporting.ts';
import type { Session } from './requests/session.ts';
import { createSettings } from './settings.ts';
import { createSweep, type Sweep } from './sweep.ts';
import { pathOf } from './uri.ts';
import { createWorkspace } from './workspace.ts';

/** Serves one client on `connection`, and begins to listen; `history` tells of runs. */
export function startServer(connection: Connection, history?: History): void {
  const texts = new TextDocuments(TextDocument);
  const settings = createSettings();
  const documents = createDocuments(texts, (file, textOf): Rules => settings.rulesFor(file, textOf), history);
  let known: Client = clientOf(undefined);
  const client = (): Client => known;
  const workspace = createWorkspace(documents);
  const publisher = createPublisher(connection, documents, client);
  const isWanted = (): boolean => settings.options().workspaceDiagnostics;
  const sweep = createSweep(connection, documents, workspace, isWanted, () => known.pullsDiagnostics);
  const session: Session = { connection, documents, workspace, settings, publisher, client, history: history ?? null };

  connection.onInitialize((params: InitializeParams) => {
    known = clientOf(params.capabilities, params.initializationOptions);
    workspace.setFolders(foldersOf(params));
    return initializeResult();
  });
  connection.onShutdown(() => sweep.stop());
  followChanges(session, texts, sweep);
  navigating(session);
  looking(session);
  editing(session);
  reporting(session);
  texts.listen(connection);
  connection.listen();
}

function initializeResult(): InitializeResult {
  return {
    serverInfo: { name: 'backstep' },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      completionProvider: {
        triggerCharacters: ['.', '{', '$', ':', ' ', '"', "'", '/', '-', '['],
        resolveProvider: false,
      },
      hoverProvider: true,
      signatureHelpProvider: { triggerCharacters: ['(', ','], retriggerCharacters: [')'] },
      definitionProvider: true,
      typeDefinitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      workspaceSymbolProvider: true,
      callHierarchyProvider: true,
      foldingRangeProvider: true,
      selectionRangeProvider: true,
      semanticTokensProvider: {
        legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
        full: { delta: true },
        range: true,
      },
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.Refactor, FIX_ALL] },
      documentFormattingProvider: true,
      documentRangeFormattingProvider: true,
      documentOnTypeFormattingProvider: { firstTriggerCharacter: '\n' },
      inlayHintProvider: true,
      codeLensProvider: { resolveProvider: false },
      documentLinkProvider: { resolveProvider: false },
      diagnosticProvider: { identifier: 'backstep', interFileDependencies: true, workspaceDiagnostics: false },
    },
  };
}

/** The folders of the workspace, as a client of any age tells them. */
function foldersOf(params: InitializeParams): readonly string[] {
  const folders = params.workspaceFolders?.map(({ uri }) => uri) ?? [];
  const old = params as { readonly rootUri?: string | null; readonly rootPath?: string | null };
  if (folders.length > 0) return folders.flatMap((uri) => pathOf(uri) ?? []);
  if (old.rootUri != null) return [pathOf(old.rootUri)].flatMap((path) => path ?? []);
  return old.rootPath == null ? [] : [old.rootPath];
}

/** What changes in the editor, in the client's settings and on the disk. */
function followChanges(
  { connection, documents, workspace, settings, publisher, client }: Session,
  texts: TextDocuments<TextDocument>,
  sweep: Sweep,
): void {
  const everything = (): void => {
    documents.forget();
    publisher.othersChanged(texts.keys());
    publisher.settingsChanged();
    sweep.changed();
  };
  const configure = async (): Promise<void> => {
    if (await settings.fetch(connection)) everything();
  };
  connection.onInitialized(async () => {
    if (client().watchesFiles) {
      await watchFiles(connection);
      workspace.setWatched(true);
    }
    if (client().workspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const paths = (folders: typeof added): readonly string[] => folders.flatMap(({ uri }) => pathOf(uri) ?? []);
        workspace.setFolders(paths(added), paths(removed));
        sweep.changed();
      });
    }
    if (client().configuration) await configure();
  });
  connection.onDidChangeConfiguration(async ({ settings: changed }: { settings: unknown }) => {
    if (client().configuration) await configure();
    else if (settings.set(changed)) everything();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const paths = changes.flatMap(({ uri }) => pathOf(uri) ?? []);
    workspace.changed(paths);
    sweep.changed();
    if (paths.some((path) => path.endsWith('.backstep.yaml'))) everything();
    else publisher.othersChanged(documents.dependentsOf(paths));
  });
  texts.onDidChangeContent(({ document }) => {
    publisher.changed(document.uri, document.version === 1);
    sweep.changed();
    const path = pathOf(document.uri);
    if (path !== null) publisher.othersChanged(documents.dependentsOf([path]).filter((uri) => uri !== document.uri));
  });
  texts.onDidClose(({ document }) => {
    const path = pathOf(document.uri);
    publisher.closed(document.uri);
    documents.get(document.uri);
    sweep.changed();
    if (path !== null) publisher.othersChanged(documents.dependentsOf([path]));
  });
}

async function watchFiles(connection: Connection): Promise<void> {
  const { DidChangeWatchedFilesNotification } = await import('vscode-languageserver/node');
  await connection.client.register(DidChangeWatchedFilesNotification.type, {
    watchers: [{ globPattern: '**/*.{yaml,yml,json,ts,mts,cts,js,mjs,cjs}' }, { globPattern: '**/.env' }],
  });
}
