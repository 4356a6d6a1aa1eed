/**
 * The requests of the protocol, each in three steps: convert, call a feature, convert.
 *
 * 1. A request about a document that is not open, or that was cancelled before it began, is answered empty.
 * 2. Everything between a request and its answer happens at once, so an answer is always about one state of the text:
 *    the one that the client had sent when it asked.
 * 3. Diagnostics are pushed to clients that cannot pull them, and never both.
 */
import {
  type CancellationToken,
  CodeActionKind,
  type Connection,
  DocumentDiagnosticReportKind,
  DocumentHighlightKind,
  FoldingRangeKind,
  LSPErrorCodes,
  MarkupKind,
  ResponseError,
  SymbolKind,
  TextDocumentSyncKind,
  TextDocuments,
  type CodeAction,
  type DocumentSymbol,
  type InitializeParams,
  type InitializeResult,
  type Location,
  type Position,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { lineIndex, offsetAt, type Rules } from '../language/index.ts';
import { type Client, clientOf } from './client.ts';
import { toLspEdit, toLspRange } from './convert.ts';
import { createDocuments, type Documents, type OpenDocument, readText } from './documents.ts';
import { environmentOf } from './environment.ts';
import { fixAll, quickFixes } from './features/actions.ts';
import { complete } from './features/completion/complete.ts';
import { lspCompletion } from './features/completion/lsp.ts';
import { lspDiagnostics } from './features/diagnostics.ts';
import { folds } from './features/folding.ts';
import { hoverAt } from './features/hover.ts';
import { lenses } from './features/lenses.ts';
import { definitionAt, fileLinks, highlightsAt, type Place, referencesAt } from './features/navigation.ts';
import { outline, type OutlineItem, type OutlineKind } from './features/outline.ts';
import { planOf } from './features/plan.ts';
import { rename, renameTarget } from './features/rename.ts';
import { PLAN_REQUEST, type PlanParams, type PlanResult } from './protocol.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import { createSettings, type Settings } from './settings.ts';
import { pathBeside, pathOf, uriOf } from './uri.ts';

const FIX_ALL = `${CodeActionKind.SourceFixAll}.backstep`;

/** Serves one client on `connection`, and begins to listen. */
export function startServer(connection: Connection): void {
  const texts = new TextDocuments(TextDocument);
  const settings = createSettings();
  const documents = createDocuments(texts, (file): Rules => settings.rulesFor(file));
  let client: Client = clientOf(undefined);
  const publisher = createPublisher(connection, documents, () => client);

  connection.onInitialize((params: InitializeParams) => {
    client = clientOf(params.capabilities, params.initializationOptions);
    return initializeResult();
  });
  followChanges(connection, texts, documents, settings, publisher, () => client);
  answerRequests(connection, documents, publisher, () => client);
  texts.listen(connection);
  connection.listen();
}

function initializeResult(): InitializeResult {
  return {
    serverInfo: { name: 'backstep' },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
      completionProvider: {
        triggerCharacters: ['.', '{', '$', ':', ' ', '"', "'", '/', '-', '['],
        resolveProvider: false,
      },
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentSymbolProvider: true,
      foldingRangeProvider: true,
      codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL] },
      codeLensProvider: { resolveProvider: false },
      documentLinkProvider: { resolveProvider: false },
      diagnosticProvider: { identifier: 'backstep', interFileDependencies: true, workspaceDiagnostics: false },
    },
  };
}

/** What changes in the editor, in the client's settings and on the disk. */
function followChanges(
  connection: Connection,
  texts: TextDocuments<TextDocument>,
  documents: Documents,
  settings: Settings,
  publisher: Publisher,
  client: () => Client,
): void {
  const everything = (): void => {
    documents.forget();
    publisher.othersChanged(texts.keys());
  };
  const configure = async (): Promise<void> => {
    if (await settings.fetch(connection)) everything();
  };
  connection.onInitialized(async () => {
    if (client().watchesFiles) await watchFiles(connection);
    if (client().configuration) await configure();
  });
  connection.onDidChangeConfiguration(async ({ settings: changed }: { settings: unknown }) => {
    if (client().configuration) await configure();
    else if (settings.set(changed)) everything();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const paths = changes.flatMap(({ uri }) => pathOf(uri) ?? []);
    if (paths.some((path) => path.endsWith('.backstep.yaml'))) everything();
    else publisher.othersChanged(documents.dependentsOf(paths));
  });
  texts.onDidChangeContent(({ document }) => {
    publisher.changed(document.uri, document.version === 1);
    const path = pathOf(document.uri);
    if (path !== null) publisher.othersChanged(documents.dependentsOf([path]).filter((uri) => uri !== document.uri));
  });
  texts.onDidClose(({ document }) => {
    const path = pathOf(document.uri);
    publisher.closed(document.uri);
    documents.get(document.uri);
    if (path !== null) publisher.othersChanged(documents.dependentsOf([path]));
  });
}

async function watchFiles(connection: Connection): Promise<void> {
  const { DidChangeWatchedFilesNotification } = await import('vscode-languageserver/node');
  await connection.client.register(DidChangeWatchedFilesNotification.type, {
    watchers: [{ globPattern: '**/*.{yaml,yml,json,ts,mts,cts,js,mjs,cjs}' }, { globPattern: '**/.env' }],
  });
}

/** A request about a place in a document, or about the whole of it. */
interface DocumentParams {
  readonly textDocument: { readonly uri: string };
  readonly position?: Position;
}

function answerRequests(
  connection: Connection,
  documents: Documents,
  publisher: Publisher,
  client: () => Client,
): void {
  /** Answers with `answer`, or with `empty` where there is no such document or nobody waits any more. */
  const about =
    <P extends DocumentParams, R>(empty: R, answer: (document: OpenDocument, params: P, offset: number) => R) =>
    (params: P, token: CancellationToken): R => {
      if (token.isCancellationRequested) return empty;
      const document = documents.get(params.textDocument.uri);
      if (document === undefined) return empty;
      const offset = params.position === undefined ? 0 : offsetAt(document.analysis.lines, params.position);
      return answer(document, params, offset);
    };
  const nameOf = (document: OpenDocument): string | undefined => document.file ?? undefined;

  connection.languages.diagnostics.on((params, token) => {
    const document = token.isCancellationRequested ? undefined : documents.get(params.textDocument.uri);
    if (document === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    const resultId = String(document.revision);
    if (params.previousResultId === resultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items: lspDiagnostics(document) };
  });

  connection.onCompletion(
    about(null, (document, _, offset) => {
      const suggestions = complete(document.analysis, nameOf(document), offset, {
        environment: environmentOf(document.file),
        listFolder: (folder) => documents.list(document.file, folder),
      });
      return lspCompletion(document.analysis, suggestions, client());
    }),
  );

  connection.onHover(
    about(null, (document, _, offset) => {
      const surroundings = { environment: environmentOf(document.file) };
      const hover = hoverAt(document.analysis, nameOf(document), offset, surroundings);
      if (hover === null) return null;
      const contents = { kind: MarkupKind.Markdown, value: hover.text };
      return { contents, range: toLspRange(document.analysis.lines, hover.range) };
    }),
  );

  connection.onDefinition(
    about(null, (document, _, offset) => {
      const found = definitionAt(document.analysis, offset);
      if (found === null) return null;
      const target = locationOf(document, found.target);
      const name = locationOf(document, { ...found.target, range: found.nameRange });
      if (target === null || name === null) return null;
      if (!client().locationLinks) return [name];
      return [
        {
          originSelectionRange: toLspRange(document.analysis.lines, found.origin),
          targetUri: target.uri,
          targetRange: target.range,
          targetSelectionRange: name.range,
        },
      ];
    }),
  );

  connection.onReferences(
    about([], (document, params, offset) =>
      referencesAt(document.analysis, offset, params.context.includeDeclaration).flatMap(
        (place) => locationOf(document, place) ?? [],
      ),
    ),
  );

  connection.onDocumentHighlight(
    about([], (document, _, offset) =>
      highlightsAt(document.analysis, offset).map(({ range, writes }) => ({
        range: toLspRange(document.analysis.lines, range),
        kind: writes ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
      })),
    ),
  );

  connection.onPrepareRename(
    about(null, (document, _, offset) => {
      const target = renameTarget(document.analysis, offset);
      if (target === null) return null;
      return { range: toLspRange(document.analysis.lines, target.range), placeholder: target.name };
    }),
  );

  connection.onRenameRequest((params, token) => {
    const document = token.isCancellationRequested ? undefined : documents.get(params.textDocument.uri);
    if (document === undefined) return null;
    const { lines } = document.analysis;
    const renaming = rename(document.analysis, offsetAt(lines, params.position), params.newName);
    if (!renaming.ok) return new ResponseError(LSPErrorCodes.RequestFailed, renaming.message);
    return { changes: { [document.uri]: renaming.edits.map((edit) => toLspEdit(lines, edit)) } };
  });

  connection.onDocumentSymbol(
    about([], (document) => outline(document.analysis).map((item) => symbolOf(document, item))),
  );

  connection.onFoldingRanges(
    about([], (document) =>
      folds(document.analysis).map(({ startLine, endLine, kind }) => ({
        startLine,
        endLine,
        ...(kind === undefined
          ? {}
          : { kind: kind === 'comment' ? FoldingRangeKind.Comment : FoldingRangeKind.Region }),
      })),
    ),
  );

  connection.onCodeAction(
    about([], (document, params) => codeActions(document, params.range, params.context.only ?? null)),
  );

  connection.onCodeLens(
    about([], (document) =>
      lenses(document.analysis).map(({ range, title, command }) => ({
        range: toLspRange(document.analysis.lines, range),
        command: { title, command, arguments: [document.uri] },
      })),
    ),
  );

  connection.onDocumentLinks(
    about([], (document) =>
      fileLinks(document.analysis).flatMap(({ range, path }) => {
        const target = pathBeside(document.file, path);
        return target === null ? [] : [{ range: toLspRange(document.analysis.lines, range), target: uriOf(target) }];
      }),
    ),
  );

  connection.onRequest(PLAN_REQUEST, ({ uri }: PlanParams): PlanResult => {
    const document = documents.get(uri);
    if (document === undefined) return { version: null, plan: null, complete: false };
    publisher.planGiven(document);
    return { version: document.version, ...planOf(document.analysis) };
  });
}

function locationOf(document: OpenDocument, place: Place): Location | null {
  if (place.file === null) return { uri: document.uri, range: toLspRange(document.analysis.lines, place.range) };
  const path = pathBeside(document.file, place.file);
  const text = path === null ? null : readText(path);
  return path === null || text === null ? null : { uri: uriOf(path), range: toLspRange(lineIndex(text), place.range) };
}

function codeActions(
  document: OpenDocument,
  range: { readonly start: Position; readonly end: Position },
  only: readonly string[] | null,
): CodeAction[] {
  const { analysis, uri } = document;
  const wanted = (kind: string): boolean =>
    only === null || only.some((one) => kind === one || kind.startsWith(`${one}.`));
  const actions: CodeAction[] = [];
  if (wanted(CodeActionKind.QuickFix)) {
    const at = { start: offsetAt(analysis.lines, range.start), end: offsetAt(analysis.lines, range.end) };
    const all = lspDiagnostics(document);
    for (const fix of quickFixes(analysis, at)) {
      const diagnostic = all[analysis.diagnostics.indexOf(fix.diagnostic)];
      actions.push({
        title: fix.title,
        kind: CodeActionKind.QuickFix,
        ...(diagnostic === undefined ? {} : { diagnostics: [diagnostic] }),
        isPreferred: fix.preferred,
        edit: { changes: { [uri]: fix.edits.map((edit) => toLspEdit(analysis.lines, edit)) } },
      });
    }
  }
  // Nobody wants all fixes at once from the light bulb of one place: they are for saving and for their own command.
  if (only !== null && wanted(FIX_ALL)) {
    const edits = fixAll(analysis);
    if (edits.length > 0) {
      const edit = { changes: { [uri]: edits.map((one) => toLspEdit(analysis.lines, one)) } };
      actions.push({ title: 'Fix everything that has one obvious fix', kind: FIX_ALL, edit });
    }
  }
  return actions;
}

const SYMBOL: Record<OutlineKind, SymbolKind> = {
  participant: SymbolKind.Module,
  role: SymbolKind.Interface,
  operation: SymbolKind.Method,
  event: SymbolKind.Event,
  error: SymbolKind.EnumMember,
  policy: SymbolKind.Constant,
  variable: SymbolKind.Variable,
  scope: SymbolKind.Namespace,
  state: SymbolKind.Class,
  undo: SymbolKind.Function,
};

function symbolOf(document: OpenDocument, item: OutlineItem): DocumentSymbol {
  const { lines } = document.analysis;
  return {
    name: item.name === '' ? '?' : item.name,
    detail: item.detail,
    kind: SYMBOL[item.kind],
    range: toLspRange(lines, item.range),
    selectionRange: toLspRange(lines, item.nameRange),
    children: item.children.map((child) => symbolOf(document, child)),
  };
}
