/** Places in a text. Offsets count UTF-16 code units from 0, as JavaScript strings and the editor protocols do. */

/** A half-open stretch of a text: `start` is the first code unit inside it, `end` the first one after it. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A line and a column, both counted from 0; the column counts UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A text of which parts are read: a whole one, or a unit of it, both by offsets in the whole. */
export interface Source {
  slice(start: number, end: number): string;
}

/** A value together with the place where it is written. */
export interface Located<T> {
  readonly value: T;
  readonly range: Range;
}

/** The offset of the first code unit of each line of one text, in ascending order. */
export interface LineIndex {
  readonly length: number;
  readonly starts: readonly number[];
}

/** Builds the line index of `text`. Lines end in LF, CRLF or CR, as in the editor. Linear in the text. */
export function lineIndex(text: string): LineIndex {
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 10) starts.push(at + 1);
    else if (unit === 13 && text.charCodeAt(at + 1) !== 10) starts.push(at + 1);
  }
  return { length: text.length, starts };
}

/** The position of `offset`; an offset outside of the text is moved to its nearer end. Logarithmic in the lines. */
export function positionAt(index: LineIndex, offset: number): Position {
  const at = Math.max(0, Math.min(offset, index.length));
  let low = 0;
  let high = index.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((index.starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return { line: low, character: at - (index.starts[low] ?? 0) };
}

/** The offset of `position`; a position outside of the text is moved to the nearest place in it. */
export function offsetAt(index: LineIndex, position: Position): number {
  if (position.line < 0) return 0;
  const start = index.starts[position.line];
  if (start === undefined) return index.length;
  const next = index.starts[position.line + 1] ?? index.length + 1;
  return Math.min(start + Math.max(0, position.character), Math.max(start, next - 1), index.length);
}

/** Whether `offset` lies in `range`; its end counts as inside, because a cursor stands between two characters. */
export function touches(range: Range, offset: number): boolean {
  return range.start <= offset && offset <= range.end;
}
