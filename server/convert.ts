/** Between offsets and the positions of the protocol. Both count UTF-16 code units. */
import type { Range as LspRange, TextEdit } from 'vscode-languageserver/node';
import { type LineIndex, positionAt, type Range } from '../language/index.ts';

/** The range of a file in the protocol's form. */
export function toLspRange(lines: LineIndex, range: Range): LspRange {
  return { start: positionAt(lines, range.start), end: positionAt(lines, Math.max(range.start, range.end)) };
}

/** A replacement in the protocol's form. */
export function toLspEdit(lines: LineIndex, edit: { readonly range: Range; readonly newText: string }): TextEdit {
  return { range: toLspRange(lines, edit.range), newText: edit.newText };
}
