/** Changes of several files in the protocol's words. */
import type { TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import type { LineIndex, Range } from '../../language/index.ts';
import { toLspEdit } from '../convert.ts';
import type { Session } from './session.ts';

/** The changes of one file. */
export interface FileEdits {
  readonly uri: string;
  /** The lines of the text that the ranges count in. */
  readonly lines: LineIndex;
  readonly edits: readonly { readonly range: Range; readonly newText: string }[];
}

/** A file that is made, with its text. */
export interface NewFile {
  readonly uri: string;
  readonly text: string;
}

/** The edit; with versions for a client that takes them, so that it refuses what no longer fits. */
export function workspaceEdit(
  session: Session,
  changed: readonly FileEdits[],
  created: readonly NewFile[] = [],
): WorkspaceEdit {
  const edits = changed.map(({ uri, lines, edits: own }) => ({
    uri,
    edits: own.map((edit) => toLspEdit(lines, edit)),
  }));
  if (!session.client().documentChanges && created.length === 0) {
    return { changes: Object.fromEntries(edits.map(({ uri, edits: own }) => [uri, own])) };
  }
  const ofFile = ({ uri, edits: own }: (typeof edits)[number]): TextDocumentEdit => ({
    textDocument: { uri, version: session.documents.versionOf(uri) ?? null },
    edits: own,
  });
  const start = { line: 0, character: 0 };
  return {
    documentChanges: [
      ...created.flatMap(({ uri, text }) => [
        { kind: 'create' as const, uri, options: { overwrite: false, ignoreIfExists: false } },
        { textDocument: { uri, version: null }, edits: [{ range: { start, end: start }, newText: text }] },
      ]),
      ...edits.map(ofFile),
    ],
  };
}
