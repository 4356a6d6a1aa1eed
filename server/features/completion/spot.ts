/**
 * Where the cursor stands in a text that is being typed, told from the text before it alone: which mapping or list it is
 * in, whether a key or a value is expected, and what of it stands there already.
 *
 * 1. Only what is left of the cursor decides. So nothing that is unfinished further down, and no error of the YAML
 *    parser, changes the answer.
 * 2. What is unfinished further up ends where its indentation ends: neither an open brace nor an open quote swallows the
 *    lines of an outer mapping.
 * 3. One pass over the text, whatever it holds.
 */
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
interface Frame {
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

const BLOCK_KEY =
  /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#'"{}[\],&*!|>%@`-][^#'"{}[\]]*?|[?:-][^\s#'"{}[\]][^#'"{}[\]]*?))\s*:(?=\s|$)/;

/** YAML allows no longer keys on one line; and nobody nests deeper than this by hand. */
const MAX_KEY = 1_024;
const MAX_DEPTH = 500;

/** The place of `offset` in `text`; null inside a comment, behind a value, and where nothing could be told. */
export function spotAt(text: string, offset: number): Spot | null {
  const before = text.slice(0, offset).replace(/\r\n?/g, (end) => (end.length === 2 ? ' \n' : '\n'));
  const frames: Frame[] = [];
  let at = 0;
  while (at <= before.length) {
    const end = lineEnd(before, at);
    const isLast = end === before.length;
    const line = before.slice(at, end);
    const column = indentOf(line);
    const content = line.slice(column);
    if (content === '' || content.startsWith('#')) {
      if (isLast) return content === '' ? blankLine(before, frames, column) : null;
      at = end + 1;
      continue;
    }
    const done = blockLine(before, at + column, column, frames);
    if (done.spot !== undefined) return done.spot;
    at = done.next;
  }
  return blankLine(before, frames, 0);
}

/** Either the scan goes on at `next`, or the cursor was reached. */
type Progress =
  { readonly next: number; readonly spot?: undefined } | { readonly next?: undefined; readonly spot: Spot | null };

function blockLine(text: string, start: number, indent: number, frames: Frame[]): Progress {
  let at = start;
  let column = indent;
  for (;;) {
    const end = lineEnd(text, at);
    const rest = text.slice(at, end);
    if (rest === '-' && end === text.length) {
      enter(frames, 'sequence', column).index++;
      const typed = { start: text.length, end: text.length };
      return { spot: spotIn(text, frames, { behind: 'dash', typed, needsSpace: true, column: column + 2 }) };
    }
    const dash = /^-[ \t]+|^-$/.exec(rest);
    if (dash !== null) {
      const frame = enter(frames, 'sequence', column);
      frame.index++;
      frame.empty = true;
      frame.valueStart = -1;
      at += dash[0].length;
      column += dash[0].length;
      if (at >= end) {
        if (end === text.length) {
          return { spot: spotIn(text, frames, { behind: 'dash', typed: { start: at, end: at }, column }) };
        }
        return { next: end + 1 };
      }
      continue;
    }
    const key = BLOCK_KEY.exec(rest.slice(0, MAX_KEY));
    if (key === null) return value(text, at, column, frames, 'line');
    const frame = enter(frames, 'map', column);
    frame.key = unquoted(key);
    frame.keys.push(frame.key);
    frame.empty = true;
    frame.valueStart = -1;
    at += key[0].length;
    const gap = /^[ \t]*/.exec(text.slice(at, end))?.[0].length ?? 0;
    if (at + gap >= end && end === text.length) {
      return {
        spot: spotIn(text, frames, { behind: 'colon', typed: { start: end, end }, needsSpace: gap === 0, column }),
      };
    }
    return value(text, at + gap, column, frames, 'key');
  }
}

/** Reads what stands behind a key or a dash, or on a line without either. `column` is that of the key or the dash. */
function value(text: string, from: number, column: number, frames: Frame[], behind: 'key' | 'line'): Progress {
  let at = from;
  const end = lineEnd(text, at);
  for (let prefix; (prefix = /^[&!][^\s]*[ \t]+/.exec(text.slice(at, end))) !== null;) at += prefix[0].length;
  const first = text[at];
  if (at >= end || first === undefined) return { next: end + 1 };
  if (first === '#') return end === text.length ? { spot: null } : { next: end + 1 };
  const frame = frames.at(-1);
  if (behind === 'line' && end === text.length) return { spot: unfinishedLine(text, at, column, frames) };
  if (frame !== undefined) frame.empty = false;
  const limit = blockLimit(frames, column, behind);
  if (first === '|' || first === '>') return blockScalar(text, end, limit, frames);
  if (first === '"' || first === "'") return quoted(text, at, first, limit, column, frames);
  if (first === '{' || first === '[') return flow(text, at, limit, frames);
  if (end < text.length) {
    if (frame !== undefined && frame.valueStart < 0) frame.valueStart = at;
    return { next: end + 1 };
  }
  if (/[ \t]#/.test(withoutExpressions(text.slice(at, end)))) return { spot: null };
  return { spot: spotIn(text, frames, { behind: 'value', typed: { start: at, end }, column }) };
}

/** Lines that belong to a value are indented deeper than this. */
function blockLimit(frames: readonly Frame[], column: number, behind: 'key' | 'line'): number {
  if (behind === 'key') return column;
  return frames.findLast((frame) => !frame.flow && frame.column < column)?.column ?? -1;
}

/** The last line, with neither a key nor a dash complete: a key that is being typed, or the text of a value. */
function unfinishedLine(text: string, at: number, column: number, frames: Frame[]): Spot | null {
  const quote = text[at] === '"' || text[at] === "'" ? (text[at] as Spot['quote']) : null;
  if (text[at] === '{' || text[at] === '[') {
    settle(frames, column);
    const progress = flow(text, at, blockLimit(frames, column, 'line'), frames);
    return progress.spot ?? null;
  }
  const typed = { start: quote === null ? at : at + 1, end: text.length };
  if (quote !== null && text.indexOf(quote, at + 1) >= 0) return null;
  if (quote === null && /[ \t]#/.test(withoutExpressions(text.slice(at)))) return null;
  settle(frames, column);
  return spotIn(text, frames, { behind: 'line', typed, quote, column });
}

function blockScalar(text: string, headerEnd: number, limit: number, frames: readonly Frame[]): Progress {
  if (headerEnd === text.length) return { spot: null };
  const end = endOfDeeper(text, headerEnd + 1, limit);
  if (end < text.length) return { next: end };
  const lastLine = text.slice(text.lastIndexOf('\n') + 1);
  if (lastLine.trim() === '' && lastLine.length <= limit) return { next: text.length - lastLine.length };
  const start = headerEnd + 1 + indentOf(text.slice(headerEnd + 1));
  return { spot: spotIn(text, frames, { behind: 'value', typed: { start, end: text.length }, column: limit }) };
}

function quoted(
  text: string,
  at: number,
  quote: "'" | '"',
  limit: number,
  column: number,
  frames: readonly Frame[],
): Progress {
  const end = endOfDeeper(text, lineEnd(text, at) + 1, limit);
  const close = quoteEnd(text, at, quote, end);
  if (close !== null) {
    const lastLine = lineEnd(text, close) === text.length;
    return lastLine ? { spot: null } : { next: lineEnd(text, close) + 1 };
  }
  if (end < text.length) return { next: end };
  const typed = { start: at + 1, end: text.length };
  return { spot: spotIn(text, frames, { behind: 'value', typed, quote, column }) };
}

/** Reads braces and brackets up to the one that closes the first, to the cursor, or to where the indentation ends. */
function flow(text: string, from: number, limit: number, frames: Frame[]): Progress {
  const end = endOfDeeper(text, lineEnd(text, from) + 1, limit);
  const depth = frames.length;
  let at = from;
  let start = -1;
  while (at < end) {
    const unit = text[at] ?? '';
    const frame = frames.at(-1);
    if (unit === '#' && /\s/.test(text[at - 1] ?? '')) {
      const line = lineEnd(text, at);
      if (line === text.length) return { spot: null };
      at = line + 1;
    } else if ((unit === '"' || unit === "'") && start < 0) {
      const close = quoteEnd(text, at, unit, end);
      if (close === null) {
        if (end < text.length) break;
        const typed = { start: at + 1, end: text.length };
        return { spot: spotIn(text, frames, { behind: 'value', typed, quote: unit, column: limit }) };
      }
      start = at;
      at = close;
    } else if (text.startsWith('${', at)) {
      if (start < 0) start = at;
      at = expressionEnd(text, at + 2, end) ?? end;
    } else if ((unit === '{' || unit === '[') && start < 0) {
      if (frames.length > MAX_DEPTH) return { spot: null };
      if (frame !== undefined) frame.empty = false;
      frames.push({
        kind: unit === '{' ? 'map' : 'sequence',
        flow: true,
        column: limit,
        keys: [],
        key: null,
        index: unit === '[' ? 0 : -1,
        empty: true,
        valueStart: -1,
      });
      at++;
    } else if (unit === '}' || unit === ']') {
      frames.pop();
      start = -1;
      at++;
      if (frames.length <= depth) {
        const line = lineEnd(text, at);
        return line === text.length ? { spot: null } : { next: line + 1 };
      }
      const outer = frames.at(-1);
      if (outer !== undefined) outer.empty = false;
    } else if (unit === ',') {
      if (frame !== undefined) nextInFlow(frame, start < 0 ? '' : text.slice(start, at));
      start = -1;
      at++;
    } else if (unit === ':' && frame?.kind === 'map' && frame.key === null && endsKey(text, at, start)) {
      frame.key = unquotedText(text.slice(start < 0 ? at : start, at).trim());
      frame.keys.push(frame.key);
      frame.empty = true;
      start = -1;
      at++;
    } else {
      if (start < 0 && !/\s/.test(unit)) start = at;
      at++;
    }
  }
  if (end < text.length) {
    frames.length = depth;
    return { next: end };
  }
  const typedStart = start < 0 ? text.length : start;
  if (/["']/.test(text[typedStart] ?? '')) return { spot: null };
  const needsSpace = start < 0 && text[text.length - 1] === ':';
  const typed = { start: typedStart, end: text.length };
  return { spot: spotIn(text, frames, { behind: 'value', typed, column: limit, needsSpace }) };
}

function nextInFlow(frame: Frame, item: string): void {
  if (frame.kind === 'sequence') frame.index++;
  else if (frame.key === null && item.trim() !== '') frame.keys.push(unquotedText(item.trim()));
  frame.key = null;
  frame.empty = true;
}

function endsKey(text: string, at: number, start: number): boolean {
  const next = text[at + 1];
  return next === undefined || /[\s,}\]]/.test(next) || /["']/.test(text[start] ?? '');
}

/** The cursor on a line of its own, behind `column` spaces. */
function blankLine(text: string, frames: Frame[], column: number): Spot {
  settle(frames, column);
  return spotIn(text, frames, { behind: 'line', typed: { start: text.length, end: text.length }, column });
}

/**
 * Leaves what a new line in `column` cannot belong to. A line between two depths belongs to the deeper mapping, which is
 * what its author is about to go on with.
 */
function settle(frames: Frame[], column: number): void {
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
function enter(frames: Frame[], kind: Frame['kind'], column: number): Frame {
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

interface Here {
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

function spotIn(text: string, frames: readonly Frame[], here: Here): Spot {
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

/** Where the lines end, from the one at `start`, that are blank or indented deeper than `limit`. */
function endOfDeeper(text: string, start: number, limit: number): number {
  let at = start;
  while (at < text.length) {
    const end = lineEnd(text, at);
    const line = text.slice(at, end);
    if (line.trim() !== '' && indentOf(line) <= limit) return at;
    at = end + 1;
  }
  return text.length;
}

function quoteEnd(text: string, at: number, quote: string, limit: number): number | null {
  for (let index = at + 1; index < limit; index++) {
    if (text[index] === '\\' && quote === '"') index++;
    else if (text[index] === quote) {
      if (quote === '"' || text[index + 1] !== "'") return index + 1;
      index++;
    }
  }
  return null;
}

function expressionEnd(text: string, at: number, limit: number): number | null {
  let depth = 0;
  for (let index = at; index < limit; index++) {
    const unit = text[index];
    if (unit === '{') depth++;
    else if (unit === '}' && depth-- === 0) return index + 1;
  }
  return null;
}

function withoutExpressions(line: string): string {
  return line.replace(/\$\{[^}]*\}?/g, (expression) => 'x'.repeat(expression.length));
}

function unquoted(match: RegExpExecArray): string {
  return match[1] ?? match[2]?.replaceAll("''", "'") ?? match[3] ?? '';
}

function unquotedText(text: string): string {
  const quote = text[0];
  return (quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
