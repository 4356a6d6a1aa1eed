/**
 * Finds plain values with an expression that YAML does not read as the text that was meant: inside braces and brackets
 * the expression's own braces belong to YAML, and a colon or a number sign with a space ends the value. It walks over
 * the text as YAML would, line by line, and only as far as is needed to tell plain text from everything else.
 */
import type { Range } from './text.ts';

/** The values, whole, in the order of the text. Linear in the text. */
export function unquotedExpressions(text: string): readonly Range[] {
  const found: Range[] = [];
  const scan = { text, at: 0, flow: 0, starts: true, plainStart: -1, indent: 0, blockScalar: false };
  while (scan.at < text.length) {
    if (scan.at === 0 || text[scan.at - 1] === '\n') beginLine(scan);
    if (scan.at >= text.length) break;
    const expression = step(scan);
    if (expression !== null) found.push(expression);
  }
  return found;
}

interface Scan {
  readonly text: string;
  at: number;
  /** How many braces and brackets are open. */
  flow: number;
  /** Whether a new value may begin here. */
  starts: boolean;
  plainStart: number;
  indent: number;
  blockScalar: boolean;
}

function beginLine(scan: Scan): void {
  if (scan.blockScalar) skipBlockScalar(scan);
  let indent = 0;
  while (scan.text[scan.at + indent] === ' ') indent++;
  scan.at += indent;
  scan.indent = indent;
  scan.starts = true;
  scan.plainStart = -1;
}

function skipBlockScalar(scan: Scan): void {
  scan.blockScalar = false;
  while (scan.at < scan.text.length) {
    const end = lineEnd(scan.text, scan.at);
    const line = scan.text.slice(scan.at, end);
    if (line.trim() !== '' && line.length - line.trimStart().length <= scan.indent) return;
    scan.at = end + 1;
  }
}

function step(scan: Scan): Range | null {
  const { text, at } = scan;
  const unit = text[at] ?? '';
  const next = text[at + 1];
  const spaced = next === undefined || /\s/.test(next);
  if (/\s/.test(unit)) scan.at++;
  else if (unit === '#' && (at === 0 || /\s/.test(text[at - 1] ?? ''))) scan.at = lineEnd(text, at);
  else if (scan.starts && (unit === '"' || unit === "'")) {
    scan.at = quoteEnd(text, at, unit);
    scan.starts = false;
  } else if (scan.starts && (unit === '[' || unit === '{')) {
    scan.flow++;
    scan.at++;
  } else if (scan.flow > 0 && (unit === ']' || unit === '}')) {
    scan.flow--;
    scan.starts = false;
    scan.at++;
  } else if ((scan.flow > 0 && unit === ',') || (unit === ':' && spaced)) {
    scan.starts = true;
    scan.plainStart = -1;
    scan.at++;
  } else if (scan.starts && scan.flow === 0 && (unit === '-' || unit === '?') && spaced) scan.at++;
  else if (scan.starts && scan.flow === 0 && (unit === '|' || unit === '>')) {
    scan.blockScalar = true;
    scan.at = lineEnd(text, at);
  } else if (unit === '$' && next === '{') {
    if (scan.plainStart < 0) scan.plainStart = at;
    scan.starts = false;
    return expressionValue(scan);
  } else {
    if (scan.starts) scan.plainStart = at;
    scan.starts = false;
    scan.at++;
  }
  return null;
}

/** Moves past the expression that begins here; gives the whole value if YAML would not read it as it is meant. */
function expressionValue(scan: Scan): Range | null {
  const { text, at } = scan;
  const line = lineEnd(text, at);
  const end = expressionEnd(text, at, line);
  if (end === null) {
    scan.at = at + 2;
    return null;
  }
  scan.at = end;
  if (scan.flow === 0 && !/:\s| #|:$/.test(text.slice(at, end))) return null;
  let last = end;
  while (last < line) {
    const unit = text[last] ?? '';
    if (scan.flow > 0 && /[,\]}]/.test(unit)) break;
    if (unit === '#' && /\s/.test(text[last - 1] ?? '')) break;
    if (unit === '$' && text[last + 1] === '{') last = expressionEnd(text, last, line) ?? last + 2;
    else last++;
  }
  while (last > end && /\s/.test(text[last - 1] ?? '')) last--;
  scan.at = last;
  return { start: scan.plainStart, end: last };
}

/** The offset behind the brace that closes the expression at `at`, or null if none does before `limit`. */
function expressionEnd(text: string, at: number, limit: number): number | null {
  let open = 0;
  for (let index = at + 1; index < limit; index++) {
    const unit = text[index] ?? '';
    if (unit === '{') open++;
    else if (unit === '}' && --open === 0) return index + 1;
    else if (unit === '"' || unit === "'" || unit === '`') {
      const close = text.indexOf(unit, index + 1);
      if (close < 0 || close >= limit) return null;
      index = close;
    }
  }
  return null;
}

function quoteEnd(text: string, at: number, quote: string): number {
  for (let index = at + 1; index < text.length; index++) {
    if (text[index] === '\\' && quote === '"') index++;
    else if (text[index] === quote) {
      if (quote === '"' || text[index + 1] !== "'") return index + 1;
      index++;
    }
  }
  return text.length;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
