/** The place of a cursor, and the mappings and lists that are open there. */
import { hasExpression, type Range, scanTemplate } from '../../../language/index.ts';

/** The way to a place: keys of mappings and numbers of items. */
export type SpotPath = readonly (string | number)[];

export interface Spot {
  /** The way to the mapping or list item that a key would belong to; null where no key can stand. */
  readonly keyOf: SpotPath | null;
  /** The way to the value that is being typed; null where no scalar can stand. */
  readonly valueOf: SpotPath | null;
  /** The text from where the key or the value begins (behind a quote) to the cursor. */
  readonly typed: Range;
  readonly quote: "'" | '"' | null;
  /** Inside braces or brackets. */
  readonly flow: boolean;
  /** Keys that stand before the cursor in the mapping of `keyOf`. */
  readonly keysBefore: readonly string[];
  /** The column in which the keys of the mapping of `keyOf` stand; further lines of a value are indented from it. */
  readonly column: number;
  /** Whether the cursor follows a colon or a dash without the space that YAML wants. */
  readonly needsSpace: boolean;
  /** Whether what is typed would be a further item of a list, which begins with a dash. */
  readonly needsDash: boolean;
  /** The text of the expression that is being typed, from behind its `${` to the cursor. */
  readonly expression: Range | null;
}

/** A mapping or a list that is open at some point of the scan. */
export interface Frame {
  readonly kind: 'map' | 'sequence';
  readonly flow: boolean;
  /** The column of its keys or dashes; of a flow collection, that of the block line that it began on. */
  readonly column: number;
  readonly keys: string[];
  /** The key whose value comes next or was just read; in a flow mapping null until its colon. */
  key: string | null;
  index: number;
  /** Whether nothing stands yet behind the current key, dash or comma. */
  empty: boolean;
  /** Where that value begins, if it is plain text that further lines may go on with; otherwise -1. */
  valueStart: number;
}

/**
 * Leaves what a new line in `column` cannot belong to. A line between two depths belongs to the deeper mapping, which is
 * what its author is about to go on with.
 */
export function settle(frames: Frame[], column: number): void {
  for (let top = frames.at(-1); top !== undefined; top = frames.at(-1)) {
    const below = frames.at(-2);
    const between = below !== undefined && below.column < column;
    // A list may stand in the column of its key: what follows in that column is then the next key.
    const besideKey = top.kind === 'sequence' && below?.column === column;
    if (!top.flow && !besideKey && (top.column <= column || between)) return;
    frames.pop();
  }
}

/** The frame of this kind in this column: the one that is open, or a new one inside of what is. */
export function enter(frames: Frame[], kind: Frame['kind'], column: number): Frame {
  for (let top = frames.at(-1); top !== undefined; top = frames.at(-1)) {
    // A list may stand in the same column as the key that it belongs to.
    if (!top.flow && top.column < column) break;
    if (!top.flow && top.column === column && top.kind === kind) return top;
    if (!top.flow && top.column === column && top.kind === 'map' && kind === 'sequence') break;
    frames.pop();
  }
  const outer = frames.at(-1);
  if (outer !== undefined) outer.empty = false;
  const frame: Frame = { kind, flow: false, column, keys: [], key: null, index: -1, empty: true, valueStart: -1 };
  frames.push(frame);
  return frame;
}

export interface Here {
  /**
   * What the cursor follows: the colon of a key, a dash, nothing on a line of its own, or the beginning of something that
   * can only be a value.
   */
  readonly behind: 'colon' | 'dash' | 'line' | 'value';
  readonly typed: Range;
  readonly column: number;
  readonly quote?: Spot['quote'];
  readonly needsSpace?: boolean;
}

/** The place of a cursor in the innermost of `frames`. `text` ends at the cursor. */
export function spotIn(text: string, frames: readonly Frame[], here: Here): Spot {
  const top = frames.at(-1);
  const quote = here.quote ?? null;
  const base = {
    typed: here.typed,
    quote,
    flow: top?.flow ?? false,
    needsSpace: here.needsSpace ?? false,
    needsDash: false,
    expression: expressionIn(text, here.typed.start, quote),
  };
  if (top === undefined) return { ...base, keyOf: [], valueOf: null, keysBefore: [], column: here.column };
  const way = frames.slice(0, -1).map(stepOf);
  const inner = [...way, stepOf(top)];
  const onlyValue = { ...base, keyOf: null, valueOf: inner, keysBefore: [], column: top.column };
  if (top.flow) {
    if (top.kind === 'sequence' || top.key !== null) return onlyValue;
    return { ...base, keyOf: way, valueOf: null, keysBefore: top.keys, column: top.column };
  }
  if (here.behind === 'value' || here.behind === 'colon') return onlyValue;
  if (here.behind === 'line' && here.column <= top.column) {
    if (top.kind === 'map') return { ...base, keyOf: way, valueOf: null, keysBefore: top.keys, column: top.column };
    const next = [...way, top.index + 1];
    return { ...base, keyOf: next, valueOf: next, keysBefore: [], column: here.column + 2, needsDash: true };
  }
  const continued = top.valueStart < 0 ? null : expressionIn(text, top.valueStart, null);
  if (continued !== null)
    return { ...onlyValue, typed: { start: top.valueStart, end: text.length }, expression: continued };
  // Below a key with nothing behind it, and behind a dash, both may come: a text, or the first key of a mapping.
  if (top.empty || top.kind === 'sequence') {
    return { ...base, keyOf: inner, valueOf: inner, keysBefore: [], column: here.column };
  }
  return { ...base, keyOf: way, valueOf: null, keysBefore: top.keys, column: top.column };
}

function stepOf(frame: Frame): string | number {
  return frame.kind === 'map' ? (frame.key ?? '') : Math.max(0, frame.index);
}

/** The expression that is open at the end of `text`, in the value that begins at `start`. */
function expressionIn(text: string, start: number, quote: Spot['quote']): Range | null {
  const written = text.slice(start);
  if (!hasExpression(written)) return null;
  // Escaped quotes become plain ones of the same length, so that strings inside the expression are seen.
  const read =
    quote === '"' ? written.replaceAll('\\"', ' "') : quote === "'" ? written.replaceAll("''", " '") : written;
  const { parts, problem } = scanTemplate(read);
  const last = parts.at(-1);
  if (problem === null || last?.kind !== 'expression') return null;
  return { start: start + last.range.start, end: text.length };
}
