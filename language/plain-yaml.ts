/**
 * Reads the plain part of YAML, which is nearly all that people write, many times as fast as the full parser. It is what
 * keeps findings up with typing in a long file.
 *
 * 1. It gives exactly the tree that the full parser would, or null. Whatever it does not know for certain is null:
 *    anchors, aliases, tags, several documents, text over several lines, tabs, odd escapes, and everything that is wrong.
 * 2. So it reports no problem and repairs nothing; whoever calls it asks the full parser about every null.
 * 3. It reads each character a bounded number of times, and its depth is bounded.
 *
 * A rule that reads a block leaves the scan at the first character of the next line that holds more than a comment.
 */
import { flowNode, quoted } from './plain-yaml-flow.ts';
import {
  type Block,
  finishLine,
  isBreakOrEnd,
  isSpaceOrEnd,
  missingAt,
  nextLine,
  plainScalar,
  skipSpaces,
  startsPlain,
} from './plain-yaml-scan.ts';
import type { Entry, Node, ScalarNode, Tree } from './tree.ts';

/** Deeper nesting is left to the full parser, which says what is wrong with it. */
const MAX_DEPTH = 100;
/** YAML bounds the length of a key. */
const MAX_KEY = 1000;

/** White space other than spaces and line breaks, line breaks of another kind, and what YAML does not allow. */
const UNUSUAL =
  /[^\n\r -~\u00a1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\ufffd]|\r(?!\n)/;

/** The tree of `text`, or null where the full parser must be asked. */
export function parsePlain(text: string): Tree | null {
  if (UNUSUAL.test(text)) return null;
  const scan: Block = { text, at: 0, indent: 0, depth: 0, comments: [] };
  nextLine(scan);
  if (scan.indent !== 0) return null;
  const root = blockNode(scan);
  if (root === null || scan.indent >= 0) return null;
  return { root, comments: scan.comments, problems: [], unquoted: [] };
}

/** The mapping or list whose first line the scan is at. */
function blockNode(scan: Block): Node | null {
  if (++scan.depth > MAX_DEPTH) return null;
  const node = startsItem(scan) ? blockSequence(scan, scan.indent) : blockMap(scan, scan.indent);
  scan.depth--;
  return node;
}

function startsItem(scan: Block): boolean {
  return scan.text[scan.at] === '-' && isSpaceOrEnd(scan.text, scan.at + 1);
}

function blockMap(scan: Block, indent: number): Node | null {
  const entries: Entry[] = [];
  const start = scan.at;
  do {
    if (startsItem(scan)) return null;
    const key = blockKey(scan);
    const value = key === null ? null : blockValue(scan, indent, true);
    if (key === null || value === null) return null;
    entries.push({ key, value, range: { start: key.range.start, end: Math.max(key.range.end, value.range.end) } });
    if (scan.indent > indent) return null;
  } while (scan.indent === indent);
  const end = entries.at(-1)?.range.end ?? start;
  return { kind: 'map', flow: false, range: { start, end }, entries };
}

function blockSequence(scan: Block, indent: number): Node | null {
  const items: Node[] = [];
  const start = scan.at;
  do {
    const column = scan.at - indent;
    scan.at++;
    skipSpaces(scan);
    const item = startsItem(scan) ? null : sequenceItem(scan, indent, scan.at - column);
    if (item === null || scan.indent > indent) return null;
    items.push(item);
  } while (scan.indent === indent && startsItem(scan));
  const end = items.at(-1)?.range.end ?? start;
  return { kind: 'sequence', flow: false, range: { start, end }, items };
}

/** What stands behind a dash: a mapping may begin on the same line, and goes on in its column. */
function sequenceItem(scan: Block, indent: number, column: number): Node | null {
  if (!startsKey(scan)) return blockValue(scan, indent, false);
  if (++scan.depth > MAX_DEPTH) return null;
  const node = blockMap(scan, column);
  scan.depth--;
  return node;
}

/** Whether a key with its colon stands here, on this line. */
function startsKey(scan: Block): boolean {
  const { at } = scan;
  const comments = scan.comments.length;
  const found = blockKey(scan) !== null;
  scan.at = at;
  scan.comments.length = comments;
  return found;
}

/** A key with its colon; the scan moves behind the colon. */
function blockKey(scan: Block): ScalarNode | null {
  const { text } = scan;
  const first = text[scan.at];
  if (first === '"' || first === "'") {
    const key = quoted(scan);
    if (key === null) return null;
    skipSpaces(scan);
    if (text[scan.at] !== ':' || !isSpaceOrEnd(text, scan.at + 1)) return null;
    scan.at++;
    return key;
  }
  if (!startsPlain(text, scan.at)) return null;
  const limit = scan.at + MAX_KEY;
  for (let at = scan.at; at < limit && !isBreakOrEnd(text, at); at++) {
    const unit = text.charCodeAt(at);
    if (unit === HASH && text[at - 1] === ' ') return null;
    if (unit !== COLON || !isSpaceOrEnd(text, at + 1)) continue;
    const key = plainScalar(text, scan.at, at);
    scan.at = at + 1;
    return key;
  }
  return null;
}

const HASH = 35;
const COLON = 58;

/** What stands behind a colon or a dash, on this line or the following ones; `inMap` behind a colon. */
function blockValue(scan: Block, indent: number, inMap: boolean): Node | null {
  skipSpaces(scan);
  const { text, at } = scan;
  const first = text[at];
  if (isBreakOrEnd(text, at) || first === '#') return nestedValue(scan, indent, inMap);
  if (first === '|') return literal(scan, indent);
  const node = valueOnLine(scan, indent);
  if (node === null || !finishLine(scan)) return null;
  nextLine(scan);
  return node;
}

function valueOnLine(scan: Block, indent: number): Node | null {
  const first = scan.text[scan.at];
  if (first === '{' || first === '[') return flowNode(scan, indent, MAX_DEPTH);
  if (first === '"' || first === "'") return quoted(scan);
  return startsPlain(scan.text, scan.at) ? plainLine(scan) : null;
}

/** A list may stand in the same column as the key that it belongs to. */
function nestedValue(scan: Block, indent: number, inMap: boolean): Node | null {
  const { at } = scan;
  if (!finishLine(scan)) return null;
  nextLine(scan);
  if (scan.indent > indent) return blockNode(scan);
  if (inMap && scan.indent === indent && startsItem(scan)) return blockNode(scan);
  return missingAt(at);
}

/** Plain text to the end of its line, or to a comment. */
function plainLine(scan: Block): ScalarNode | null {
  const { text, at: start } = scan;
  let at = start;
  for (; !isBreakOrEnd(text, at); at++) {
    const unit = text.charCodeAt(at);
    if (unit === COLON && isSpaceOrEnd(text, at + 1)) return null;
    if (unit === HASH && text[at - 1] === ' ') break;
  }
  scan.at = at;
  return plainScalar(text, start, at);
}

/** Text of several lines behind `|` or `|-`. */
function literal(scan: Block, indent: number): ScalarNode | null {
  const { text, at: start } = scan;
  const strip = text[start + 1] === '-';
  let at = start + (strip ? 2 : 1);
  if (text[at] !== '\n') return null;
  at++;
  const lines: string[] = [];
  let inner = -1;
  let end = start;
  while (at < text.length) {
    let column = 0;
    while (text[at + column] === ' ') column++;
    const next = text.indexOf('\n', at);
    // The last line of a file may lack its break; what that means to a literal is left to the full parser.
    if (next < 0 || text[next - 1] === '\r') return null;
    if (at + column === next) {
      if (column > 0 || inner < 0) return null;
      lines.push('');
    } else {
      if (inner < 0 && column > indent) inner = column;
      if (inner < 0) return null;
      if (column < inner && column > indent) return null;
      if (column < inner) break;
      lines.push(text.slice(at + inner, next));
      end = next;
    }
    at = next + 1;
  }
  if (inner < 0) return null;
  while (lines.at(-1) === '') lines.pop();
  while (text[end - 1] === ' ') end--;
  const value = lines.join('\n') + (strip ? '' : '\n');
  scan.at = at;
  nextLine(scan);
  return { kind: 'scalar', style: 'literal', range: { start, end }, value, text: value };
}
