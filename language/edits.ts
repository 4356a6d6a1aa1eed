/** What is different between a text and the one that it was before. */
import type { LineIndex } from './text.ts';

/** One stretch of a text that was replaced: from `start` to `oldEnd` before, from `start` to `newEnd` after. */
export interface Replaced {
  readonly start: number;
  readonly oldEnd: number;
  readonly newEnd: number;
}

/** So many characters are compared at once. */
const STRIDE = 4096;

/** The smallest stretch outside of which two texts are alike. Linear in the text, with a small constant. */
export function difference(before: string, after: string): Replaced {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start + STRIDE <= shorter && before.slice(start, start + STRIDE) === after.slice(start, start + STRIDE)) {
    start += STRIDE;
  }
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let [oldEnd, newEnd] = [before.length, after.length];
  const left = (): number => Math.min(oldEnd, newEnd) - start;
  while (left() >= STRIDE && before.slice(oldEnd - STRIDE, oldEnd) === after.slice(newEnd - STRIDE, newEnd)) {
    oldEnd -= STRIDE;
    newEnd -= STRIDE;
  }
  while (left() > 0 && before.charCodeAt(oldEnd - 1) === after.charCodeAt(newEnd - 1)) {
    oldEnd--;
    newEnd--;
  }
  return { start, oldEnd, newEnd };
}

/** The line index of `text` after an edit, from that of the text before. */
export function linesAfter(before: LineIndex, text: string, { start, oldEnd, newEnd }: Replaced): LineIndex {
  const by = newEnd - oldEnd;
  const first = lineAt(before, start);
  const starts = before.starts.slice(0, first + 1);
  for (let at = before.starts[first] ?? 0; at < newEnd; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 10 || (unit === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  const rest = before.starts;
  let next = lineAt(before, oldEnd) + 1;
  for (; next < rest.length; next++) starts.push((rest[next] ?? 0) + by);
  return { length: text.length, starts };
}

function lineAt({ starts }: LineIndex, offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
