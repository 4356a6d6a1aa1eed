/** What stands in braces, brackets and quotes. See `plain-yaml.ts`. */
import {
  comment,
  isBreakOrEnd,
  isSpaceOrEnd,
  lineBreak,
  plainScalar,
  type Scan,
  skipSpaces,
  startsPlain,
} from './plain-yaml-scan.ts';
import type { Entry, Node, ScalarNode } from './tree.ts';

/** A mapping in braces or a list in brackets; its lines stand deeper than `indent`. */
export function flowNode(scan: Scan, indent: number, maxDepth: number): Node | null {
  if (++scan.depth > maxDepth) return null;
  const start = scan.at;
  const isMap = scan.text[start] === '{';
  scan.at++;
  const parts = isMap ? flowEntries(scan, indent, maxDepth) : flowItems(scan, indent, maxDepth);
  scan.depth--;
  if (parts === null) return null;
  scan.at++;
  const range = { start, end: scan.at };
  return isMap
    ? { kind: 'map', flow: true, range, entries: parts as Entry[] }
    : { kind: 'sequence', flow: true, range, items: parts as Node[] };
}

/** The entries up to the closing brace, at which the scan stops. */
function flowEntries(scan: Scan, indent: number, maxDepth: number): readonly Entry[] | null {
  const entries: Entry[] = [];
  for (;;) {
    if (!skipBlank(scan, indent)) return null;
    if (scan.text[scan.at] === '}') return entries;
    const key = flowKey(scan);
    if (key === null || !skipBlank(scan, indent)) return null;
    const value = flowValue(scan, indent, maxDepth);
    if (value === null || !separated(scan, indent, '}')) return null;
    entries.push({ key, value, range: { start: key.range.start, end: value.range.end } });
  }
}

/** The items up to the closing bracket, at which the scan stops. */
function flowItems(scan: Scan, indent: number, maxDepth: number): readonly Node[] | null {
  const items: Node[] = [];
  for (;;) {
    if (!skipBlank(scan, indent)) return null;
    if (scan.text[scan.at] === ']') return items;
    const item = flowValue(scan, indent, maxDepth);
    if (item === null || !separated(scan, indent, ']')) return null;
    items.push(item);
  }
}

/** Behind a value comes a comma, past which the scan moves, or the end. */
function separated(scan: Scan, indent: number, close: string): boolean {
  if (!skipBlank(scan, indent)) return false;
  if (scan.text[scan.at] === close) return true;
  if (scan.text[scan.at] !== ',') return false;
  scan.at++;
  return true;
}

function flowValue(scan: Scan, indent: number, maxDepth: number): Node | null {
  const first = scan.text[scan.at];
  if (first === '{' || first === '[') return flowNode(scan, indent, maxDepth);
  if (first === '"' || first === "'") return quoted(scan);
  const end = plainEnd(scan);
  if (end === null || scan.text[end] === ':') return null;
  const node = plainScalar(scan.text, scan.at, end);
  scan.at = end;
  return node;
}

/** A key with its colon, both on one line. */
function flowKey(scan: Scan): ScalarNode | null {
  const first = scan.text[scan.at];
  const isQuoted = first === '"' || first === "'";
  let key: ScalarNode | null;
  if (isQuoted) {
    key = quoted(scan);
    skipSpaces(scan);
  } else {
    const end = plainEnd(scan);
    if (end === null) return null;
    key = plainScalar(scan.text, scan.at, end);
    scan.at = end;
  }
  if (scan.text[scan.at] !== ':' || !isSpaceOrEnd(scan.text, scan.at + 1)) return null;
  scan.at++;
  return key;
}

/** Where plain text ends that begins here: at a comma, a bracket, a colon, a comment or the end of the line. */
function plainEnd(scan: Scan): number | null {
  const { text } = scan;
  if (!startsPlain(text, scan.at)) return null;
  let at = scan.at;
  for (; !isBreakOrEnd(text, at); at++) {
    const unit = text[at] ?? '';
    if (unit === '{' || unit === '[') return null;
    if (unit === ',' || unit === '}' || unit === ']') return at;
    if (unit === '#' && text[at - 1] === ' ') return at;
    if (unit !== ':') continue;
    if (isSpaceOrEnd(text, at + 1)) return at;
    // A colon right before a sign of YAML is read differently by its versions.
    if (',[]{}'.includes(text[at + 1] ?? '')) return null;
  }
  return at;
}

/** Moves past spaces, line breaks and comments; false where a line is not indented enough. */
function skipBlank(scan: Scan, indent: number): boolean {
  const { text } = scan;
  for (;;) {
    skipSpaces(scan);
    if (text[scan.at] === '#') {
      if (!/\s/.test(text[scan.at - 1] ?? '')) return false;
      comment(scan);
    }
    if (!isBreakOrEnd(text, scan.at)) return true;
    if (scan.at >= text.length) return false;
    lineBreak(scan);
    const start = scan.at;
    skipSpaces(scan);
    if (!isBreakOrEnd(text, scan.at) && scan.at - start <= indent) return false;
  }
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['n', '\n'],
  ['t', '\t'],
]);

/** Quoted text of one line. */
export function quoted(scan: Scan): ScalarNode | null {
  const { text, at: start } = scan;
  const quote = text[start] ?? '';
  let value = '';
  let from = start + 1;
  for (let at = from; !isBreakOrEnd(text, at); at++) {
    const unit = text[at] ?? '';
    if (unit === quote) {
      value += text.slice(from, at);
      if (quote === "'" && text[at + 1] === "'") {
        value += "'";
        at++;
        from = at + 1;
        continue;
      }
      scan.at = at + 1;
      const style = quote === '"' ? 'double' : 'single';
      return { kind: 'scalar', style, range: { start, end: at + 1 }, value, text: value };
    }
    if (unit !== '\\' || quote === "'") continue;
    const escape = ESCAPES.get(text[at + 1] ?? '');
    if (escape === undefined) return null;
    value += text.slice(from, at) + escape;
    at++;
    from = at + 1;
  }
  return null;
}
