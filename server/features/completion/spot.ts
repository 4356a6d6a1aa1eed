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
import { enter, type Frame, settle, type Spot, spotIn } from './frames.ts';
import {
  endOfDeeper,
  expressionEnd,
  indentOf,
  lineEnd,
  quoteEnd,
  unquoted,
  unquotedText,
  withoutExpressions,
} from './scan.ts';

export type { Spot, SpotPath } from './frames.ts';

const BLOCK_KEY =
  /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#'"{}[\],&*!|>%@`-][^#'"{}[\]]*?|[?:-][^\s#'"{}[\]][^#'"{}[\]]*?))\s*:(?=\s|$)/;

/** YAML allows no longer keys on one line; and nobody nests deeper than this by hand. */
const MAX_KEY = 1_024;
const MAX_DEPTH = 500;

/** The place of `offset` in `text`; null inside a comment, behind a value, and where nothing could be told. */
export function spotAt(text: string, offset: number): Spot | null {
  return scan(plainBreaks(text).slice(0, offset), 0, [], () => undefined);
}

/** The text with one kind of line breaks, each character at the offset where it was. */
export function plainBreaks(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', ' \n').replaceAll('\r', '\n') : text;
}

/**
 * The place at the end of `before`, read from the line that begins at `start`, where `frames` are open. `passing` is told
 * of each whole line that is come to outside of a value; what is open there must be copied to be kept.
 */
export function scan(
  before: string,
  start: number,
  frames: Frame[],
  passing: (at: number, end: number, frames: readonly Frame[]) => void,
): Spot | null {
  let at = start;
  while (at <= before.length) {
    const end = lineEnd(before, at);
    const isLast = end === before.length;
    const line = before.slice(at, end);
    const column = indentOf(line);
    const content = line.slice(column);
    if (!isLast) passing(at, end, frames);
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
