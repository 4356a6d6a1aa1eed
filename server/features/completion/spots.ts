/**
 * Places in a long text that is being typed, one after the other, without reading all that stands before each of them.
 *
 * 1. A mark is a line with what is open where it begins. All that led there stands before the end of that line, so it is
 *    right for every text that is the same up to there.
 * 2. Marks of one text are kept: of the one that somebody types in. Any other is read from its beginning.
 */
import type { Frame } from './frames.ts';
import { plainBreaks, scan, type Spot } from './spot.ts';

/** The place of an offset in a text, as `spotAt` tells it. */
export type FindSpot = (text: string, offset: number) => Spot | null;

interface Mark {
  /** Where the line begins, and where its line break stands. */
  readonly at: number;
  readonly end: number;
  readonly frames: readonly Frame[];
}

/** Marks are so many characters apart. */
const APART = 16_384;

/** Finds places as `spotAt` does, and remembers what it read of the last text. */
export function createSpots(): FindSpot {
  let known = '';
  let marks: Mark[] = [];
  return (written, offset) => {
    const text = plainBreaks(written);
    marks = marks.slice(0, countOfRight(marks, known, text));
    known = text;
    const before = text.slice(0, offset);
    const from = marks.findLast(({ end }) => end < before.length);
    return scan(before, from?.at ?? 0, copied(from?.frames ?? []), (at, end, frames) => {
      if (at - (marks.at(-1)?.at ?? 0) >= APART) marks.push({ at, end, frames: copied(frames) });
    });
  };
}

/** How many of the marks of `known` are right for `text`, too: all up to the first difference. */
function countOfRight(marks: readonly Mark[], known: string, text: string): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    const end = (marks[middle - 1]?.end ?? 0) + 1;
    if (known.slice(0, end) === text.slice(0, end)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function copied(frames: readonly Frame[]): Frame[] {
  return frames.map((frame) => ({ ...frame, keys: [...frame.keys] }));
}
