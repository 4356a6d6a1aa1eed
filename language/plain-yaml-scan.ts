/** Lines, spaces, comments and plain scalars: what the rules of plain YAML share. See `plain-yaml.ts`. */
import type { Comment, ScalarNode } from './tree.ts';

export interface Scan {
  readonly text: string;
  at: number;
  depth: number;
  readonly comments: Comment[];
}

export interface Block extends Scan {
  /** How far the line that the scan is at is indented; -1 at the end of the text. */
  indent: number;
}

/** Whether the text ends at `at`, or a line of it. */
export function isBreakOrEnd(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit === 10 || unit === 13 || at >= text.length;
}

/** Whether a space, a line break or the end of the text stands at `at`. */
export function isSpaceOrEnd(text: string, at: number): boolean {
  return text.charCodeAt(at) === 32 || isBreakOrEnd(text, at);
}

/** Moves past spaces on the line. */
export function skipSpaces(scan: Scan): void {
  while (scan.text.charCodeAt(scan.at) === 32) scan.at++;
}

/** Moves behind the line if nothing but a comment is left on it; false if something is. */
export function finishLine(scan: Scan): boolean {
  const start = scan.at;
  skipSpaces(scan);
  const { text } = scan;
  if (text[scan.at] === '#' && (scan.at > start || text[scan.at - 1] === ' ')) comment(scan);
  if (!isBreakOrEnd(text, scan.at)) return false;
  lineBreak(scan);
  return true;
}

/** Moves from the start of a line to the first that holds more than a comment. */
export function nextLine(scan: Block): void {
  for (;;) {
    const start = scan.at;
    skipSpaces(scan);
    if (scan.at >= scan.text.length) {
      scan.indent = -1;
      return;
    }
    if (scan.text[scan.at] === '#') comment(scan);
    if (!isBreakOrEnd(scan.text, scan.at)) {
      scan.indent = scan.at - start;
      return;
    }
    lineBreak(scan);
  }
}

/** Takes a comment; the scan moves to the end of its line. */
export function comment(scan: Scan): void {
  const start = scan.at;
  while (!isBreakOrEnd(scan.text, scan.at)) scan.at++;
  scan.comments.push({ range: { start, end: scan.at } });
}

/** Moves behind a line break. */
export function lineBreak(scan: Scan): void {
  if (scan.text[scan.at] === '\r') scan.at++;
  if (scan.at < scan.text.length) scan.at++;
}

/** Whether plain text can begin at `at`, as far as it is read here. */
export function startsPlain(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  // Three dots may end a document.
  if (first === 46 && text[at + 1] === '.') return false;
  if (first === 45) return /[0-9A-Za-z.]/.test(text[at + 1] ?? '');
  return !' \n\r,[]{}#&*!|>\'"%@`?:'.includes(text[at] ?? ' ');
}

/** The plain scalar between two offsets, without spaces at its end; null where its type is an unusual one. */
export function plainScalar(text: string, start: number, limit: number): ScalarNode | null {
  let end = limit;
  while (end > start && text.charCodeAt(end - 1) === 32) end--;
  const written = text.slice(start, end);
  const value = valueOf(written);
  if (value === undefined || written.length === 0) return null;
  // An expression that is not closed on its line was cut off by something.
  if (written.includes('${') && written.lastIndexOf('${') > written.lastIndexOf('}')) return null;
  return { kind: 'scalar', style: 'plain', range: { start, end }, value, text: written };
}

/** The value of plain text by the core schema of YAML 1.2; undefined for forms that are left to the full parser. */
function valueOf(written: string): ScalarNode['value'] | undefined {
  const first = written.charCodeAt(0);
  const isDigit = first >= 48 && first <= 57;
  if (isDigit || first === 45 || first === 43 || first === 46) return numberOf(written);
  if (written.length > 5) return written;
  switch (written) {
    case '~':
    case 'null':
    case 'Null':
    case 'NULL':
      return null;
    case 'true':
    case 'True':
    case 'TRUE':
      return true;
    case 'false':
    case 'False':
    case 'FALSE':
      return false;
    default:
      return written;
  }
}

const DECIMAL = /^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,14})?$/;
/** Numbers in other notations, and what could be one. */
const OTHER_NUMBER = /^[-+]?((\.[0-9]+|[0-9]+\.?[0-9]*)(e.*)?$|0[xo]|\.(inf|nan))/i;

function numberOf(written: string): number | string | undefined {
  if (DECIMAL.test(written)) return written.startsWith('-0') ? undefined : Number(written);
  return OTHER_NUMBER.test(written) ? undefined : written;
}

/** A value that is not written. */
export function missingAt(at: number): ScalarNode {
  return { kind: 'scalar', style: 'missing', value: null, text: '', range: { start: at, end: at } };
}
