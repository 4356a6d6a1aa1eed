/**
 * Values of the tree in the form from which templates are read, and from an offset in a scalar's value to the place in
 * the file where that character is written. The two differ by quotes, escapes, the folding of lines and the indentation
 * of blocks; it is worked out only when it is asked for.
 */
import type { ReadTemplate, ValueTree } from './expressions/template.ts';
import { readTemplate } from './expressions/template.ts';
import type { Source } from './text.ts';
import type { Node, ScalarNode } from './tree.ts';

/** What is written in `node`, with the expressions in it; `text` is the text that `node` was parsed from. */
export function readValue(node: Node, text: Source): ReadTemplate {
  return readTemplate(valueTree(node, text));
}

/** The tree of a value. Of duplicate keys the first counts. */
export function valueTree(node: Node, text: Source): ValueTree {
  if (node.kind === 'sequence') {
    return { kind: 'list', range: node.range, items: node.items.map((item) => valueTree(item, text)) };
  }
  if (node.kind === 'scalar') {
    let places: ((offset: number) => number) | null = null;
    const at = (offset: number): number => (places ??= scalarOffsets(node, text))(offset);
    return { kind: 'scalar', value: node.value, range: node.range, at };
  }
  const seen = new Set<string>();
  const fields = node.entries.flatMap(({ key, value, range }) => {
    if (seen.has(key.text)) return [];
    seen.add(key.text);
    return [{ name: key.text, value: valueTree(value, text), range }];
  });
  return { kind: 'object', range: node.range, fields };
}

/** The place in `source` of each offset of the scalar's text; offsets behind the text give its end. */
export function scalarOffsets(node: ScalarNode, source: Source): (offset: number) => number {
  const { text, range } = node;
  const raw = source.slice(range.start, range.end);
  if (raw === text) return (offset) => range.start + Math.min(offset, text.length);
  if (raw.length === text.length + 2 && raw.slice(1, -1) === text) return (offset) => range.start + 1 + offset;
  const places = align(node.style, raw, text);
  // Behind the last character stands the closing quote, if there is one.
  const end = range.start + (places.at(-1) ?? 0) + (text.length === 0 ? 0 : 1);
  return (offset) => {
    const place = places[offset];
    return place === undefined ? Math.min(end, range.end) : range.start + place;
  };
}

/** For each code unit of `text` where it is written in `raw`, as far as the two can be followed. */
function align(style: ScalarNode['style'], raw: string, text: string): readonly number[] {
  const block = style === 'literal' || style === 'folded';
  const indent = block ? blockIndent(raw) : 0;
  const places: number[] = [];
  let at = block ? raw.indexOf('\n') + 1 : style === 'single' || style === 'double' ? 1 : 0;
  if (block) at = skipIndent(raw, at, indent);
  while (places.length < text.length && at < raw.length) {
    const unit = raw[at] ?? '';
    const fold = /^[ \t]*\r?\n/.exec(raw.slice(at, at + 1) === '\n' || /[ \t\r]/.test(unit) ? raw.slice(at) : '');
    if (fold !== null && (!block || unit === '\n' || unit === '\r')) {
      at = foldLines(raw, at, block, indent, text, places);
    } else if (style === 'double' && unit === '\\') {
      at = followEscape(raw, at, places);
    } else {
      places.push(at);
      at += style === 'single' && unit === "'" ? 2 : 1;
    }
  }
  return places;
}

/** Follows the breaks between lines: they became one space, or one line feed for each break but the first, or each. */
function foldLines(raw: string, start: number, block: boolean, indent: number, text: string, places: number[]): number {
  let at = start;
  while (at < raw.length) {
    const line = (block ? /^\r?\n/ : /^[ \t]*\r?\n/).exec(raw.slice(at));
    if (line === null) break;
    at += line[0].length;
    if (block) at = skipIndent(raw, at, indent);
  }
  if (!block) while (/[ \t]/.test(raw[at] ?? '')) at++;
  if (text[places.length] === ' ') places.push(start);
  else while (text[places.length] === '\n' && places.length < text.length) places.push(start);
  return at;
}

/** The length of an escape in a double-quoted scalar, and of what it stands for. */
function followEscape(raw: string, at: number, places: number[]): number {
  const continued = /^\\\r?\n[ \t]*/.exec(raw.slice(at));
  if (continued !== null) return at + continued[0].length;
  const digits = { x: 2, u: 4, U: 8 }[raw[at + 1] ?? ''] ?? 0;
  places.push(at);
  // A character outside of the basic plane takes two code units.
  if (digits === 8 && Number.parseInt(raw.slice(at + 2, at + 10), 16) > 0xffff) places.push(at);
  return at + 2 + digits;
}

/** How far a block's lines are indented: by its first line with content, or by the digit in its header. */
function blockIndent(raw: string): number {
  const [, ...lines] = raw.split('\n');
  const first = lines.find((line) => line.trim() !== '');
  return first === undefined ? 0 : first.length - first.trimStart().length;
}

function skipIndent(raw: string, at: number, indent: number): number {
  let end = at;
  while (end < at + indent && raw[end] === ' ') end++;
  return end;
}
