/** Requests that change a document: completion, renaming, formatting, quick fixes. */
import {
  type CodeAction,
  CodeActionKind,
  LSPErrorCodes,
  type Position,
  ResponseError,
} from 'vscode-languageserver/node';
import { type Analysis, offsetAt } from '../../language/index.ts';
import { toLspEdit, toLspRange } from '../convert.ts';
import type { OpenDocument } from '../documents.ts';
import { environmentOf } from '../environment.ts';
import { fixAll, quickFixes } from '../features/actions.ts';
import { completionAt } from '../features/completion/complete.ts';
import { lspCompletion } from '../features/completion/lsp.ts';
import { createSpots } from '../features/completion/spots.ts';
import { lspDiagnostics } from '../features/diagnostics.ts';
import { format } from '../features/format.ts';
import { indentAt } from '../features/indent.ts';
import { refactorings } from '../features/refactor/refactorings.ts';
import { rename, renameTarget } from '../features/rename.ts';
import { pathBeside, uriOf as documentUri } from '../uri.ts';
import { workspaceEdit } from './edits.ts';
import { fileOf, projectAtOnce, projectOf } from './project.ts';
import { about, aboutMany, type Session } from './session.ts';

/** The kind of the action that fixes everything at once. */
export const FIX_ALL = `${CodeActionKind.SourceFixAll}.backstep`;

/** Answers on the session's connection. */
export function editing(session: Session): void {
  const { connection, documents, client } = session;
  const findSpot = createSpots();

  connection.onCompletion(
    about(session, null, (document, _, offset) => {
      const completion = completionAt(document.analysis, document.file ?? undefined, offset, {
        environment: environmentOf(document.file),
        listFolder: (folder) => documents.list(document.file, folder),
        findSpot,
      });
      return lspCompletion(document.analysis, completion, client());
    }),
  );

  connection.onPrepareRename(
    about(session, null, (document, _, offset) => {
      const target = renameTarget(projectAtOnce(session), fileOf(document), offset);
      if (target === null) return null;
      return { range: toLspRange(document.analysis.lines, target.range), placeholder: target.name };
    }),
  );

  connection.onRenameRequest(
    aboutMany(session, null, async (document, { newName }, offset, pause) => {
      const renaming = await rename(projectOf(session, pause), fileOf(document), offset, newName);
      if (!renaming.ok) return new ResponseError<never>(LSPErrorCodes.RequestFailed, renaming.message);
      const changed = renaming.files.map(({ file, ranges }) => ({
        uri: file.path === null ? document.uri : documents.uriOf(file.path),
        lines: file.analysis.lines,
        edits: ranges.map((range) => ({ range, newText: newName })),
      }));
      return workspaceEdit(session, changed);
    }),
  );

  connection.onDocumentFormatting(
    about(session, [], ({ analysis }) => format(analysis.text).map((edit) => toLspEdit(analysis.lines, edit))),
  );
  connection.onDocumentRangeFormatting(
    about(session, [], ({ analysis }, { range }) => {
      const { text, lines } = analysis;
      const within = { start: offsetAt(lines, range.start), end: offsetAt(lines, range.end) };
      return format(text, within).map((edit) => toLspEdit(lines, edit));
    }),
  );
  connection.onDocumentOnTypeFormatting(
    about(session, null, ({ analysis }, _, offset) => {
      const edit = indentAt(analysis, offset);
      return edit === null ? null : [toLspEdit(analysis.lines, edit)];
    }),
  );

  connection.onCodeAction(
    about(session, [], (document, params) => [
      ...codeActions(document, params.range, params.context.only ?? null),
      ...refactoringActions(session, document, params.range, params.context.only ?? null),
    ]),
  );
}

function refactoringActions(
  session: Session,
  document: OpenDocument,
  range: { readonly start: Position; readonly end: Position },
  only: readonly string[] | null,
): CodeAction[] {
  const { analysis, uri } = document;
  if (only !== null && !only.some((one) => one === CodeActionKind.Refactor || one.startsWith('refactor.'))) return [];
  const at = { start: offsetAt(analysis.lines, range.start), end: offsetAt(analysis.lines, range.end) };
  const childAt = (path: string): Analysis | undefined => {
    const own = pathBeside(document.file, path);
    return own === null ? undefined : session.documents.analyseFile(own);
  };
  return refactorings(analysis, at, childAt).flatMap(({ title, kind, edits, created = [] }): CodeAction[] => {
    if (only !== null && !only.some((one) => kind === one || kind.startsWith(`${one}.`))) return [];
    const files = created.flatMap(({ path, text }) => {
      const own = pathBeside(document.file, path);
      return own === null ? [] : [{ uri: documentUri(own), text }];
    });
    if (files.length < created.length || (files.length > 0 && !session.client().createsFiles)) return [];
    return [{ title, kind, edit: workspaceEdit(session, [{ uri, lines: analysis.lines, edits }], files) }];
  });
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
