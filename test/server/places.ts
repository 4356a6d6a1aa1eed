/** Places in texts for tests of the server: cursors written as `$0`, words, and what edits make of a text. */
import type { Position, Range, TextEdit } from 'vscode-languageserver/node';

export interface Marked {
  readonly text: string;
  readonly position: Position;
}

/** Takes the `$0` out of a text and tells where it stood. */
export function marked(source: string): Marked {
  const at = source.indexOf('$0');
  if (at < 0) throw new Error('There is no $0 in the text.');
  const text = source.slice(0, at) + source.slice(at + 2);
  return { text, position: positionOf(text, at) };
}

/** The position of an offset. */
export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** The offset of a position. */
export function offsetOf(text: string, { line, character }: Position): number {
  return (
    text
      .split('\n')
      .slice(0, line)
      .reduce((sum, one) => sum + one.length + 1, 0) + character
  );
}

/** The position of the `nth` occurrence of `needle`, moved right by `by`. */
export function find(text: string, needle: string, nth = 1, by = 0): Position {
  let at = -1;
  for (let found = 0; found < nth; found++) at = text.indexOf(needle, at + 1);
  if (at < 0) throw new Error(`There is no ${needle}.`);
  return positionOf(text, at + by);
}

/** The text of a range. */
export function textIn(text: string, range: Range): string {
  return text.slice(offsetOf(text, range.start), offsetOf(text, range.end));
}

/** The text after the edits; they must not touch each other. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  const ordered = [...edits].sort((a, b) => offsetOf(text, b.range.start) - offsetOf(text, a.range.start));
  return ordered.reduce(
    (result, { range, newText }) =>
      result.slice(0, offsetOf(text, range.start)) + newText + result.slice(offsetOf(text, range.end)),
    text,
  );
}
