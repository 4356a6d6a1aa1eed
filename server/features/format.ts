/**
 * Formatting: the space around what an author wrote, and nothing else. Lines stay lines, comments stay where they are,
 * quotes and braces stay as they were chosen.
 *
 * 1. Blocks are indented by two spaces a level, lists below their key as well; comments go with the line that they are
 *    about; the further lines of a value move with its first.
 * 2. On a line there is one space behind `:`, `-` and `,`, one inside of braces and none inside of brackets. The space
 *    before a comment stays, since comments are often set below each other.
 * 3. At most one empty line stands in a row, no line ends in spaces, and the file ends in one line break.
 * 4. A result that does not read as the very same values with the very same comments is thrown away, and so is
 *    everything while the file can't be read.
 */
import {
  type Comment,
  type Entry,
  lineIndex,
  type LineIndex,
  type Node,
  parse,
  positionAt,
  type Range,
  toJson,
  type Tree,
} from '../../language/index.ts';

export interface Replacement {
  readonly range: Range;
  readonly newText: string;
}

const STEP = 2;

/**
 * The smallest edits that format `text`, or the lines of it that `within` touches; none where it is formatted already, or
 * where it can't be read.
 */
export function format(text: string, within?: Range): readonly Replacement[] {
  const tree = parse(text);
  if (tree.root === null || tree.problems.length > 0 || tree.unquoted.length > 0) return [];
  const layout = layoutOf(text, tree);
  const all = edits(layout).filter(({ range, newText }) => text.slice(range.start, range.end) !== newText);
  const wanted = all.filter(
    ({ range }) => within === undefined || (range.start <= within.end && within.start <= range.end),
  );
  wanted.sort((one, other) => one.range.start - other.range.start);
  return meansTheSame(tree, text, apply(text, wanted)) ? wanted : [];
}

/** The text after the edits, which are in order and do not touch each other. */
export function apply(text: string, all: readonly Replacement[]): string {
  let result = '';
  let at = 0;
  for (const { range, newText } of all) {
    result += text.slice(at, range.start) + newText;
    at = range.end;
  }
  return result + text.slice(at);
}

function meansTheSame(tree: Tree, text: string, formatted: string): boolean {
  if (text.replace(/\s+/g, '') !== formatted.replace(/\s+/g, '')) return false;
  const again = parse(formatted);
  if (again.root === null || tree.root === null || again.problems.length > 0) return false;
  const words = (source: string, comments: readonly Comment[]): string =>
    comments.map(({ range }) => source.slice(range.start, range.end).trimEnd()).join('\n');
  return (
    JSON.stringify(toJson(again.root)) === JSON.stringify(toJson(tree.root)) &&
    words(text, tree.comments) === words(formatted, again.comments)
  );
}

/** What is decided of each line and of the space between words. */
interface Layout {
  readonly text: string;
  readonly lines: LineIndex;
  readonly comments: readonly Comment[];
  /** The column of the first character of a line, where it changes or is to stay. */
  readonly columns: Map<number, number>;
  /** Lines inside of values, in which every space counts. */
  readonly kept: Set<number>;
  /** What stands in place of the space between two words of a line. */
  readonly gaps: Replacement[];
}

function layoutOf(text: string, tree: Tree): Layout {
  const { comments } = tree;
  const layout: Layout = { text, lines: lineIndex(text), comments, columns: new Map(), kept: new Set(), gaps: [] };
  if (tree.root !== null) block(layout, tree.root, 0, { column: 0, old: 0 });
  commentLines(layout);
  return layout;
}

/** The key or dash that a value belongs to: the column where it will stand, and where it stands now. */
interface Parent {
  readonly column: number;
  readonly old: number;
}

/** A value of a block; the keys or dashes of a mapping or list come to stand in `column`. */
function block(layout: Layout, node: Node, column: number, parent: Parent): void {
  if (node.kind === 'scalar') return scalar(layout, node, parent);
  if (node.flow) return flow(layout, node, parent);
  if (node.kind === 'map') {
    for (const { key, value } of node.entries) {
      begin(layout, key.range.start, column);
      const colon = colonBehind(layout.text, key.range.end);
      if (colon !== null) gap(layout, colon + 1, ' ');
      block(layout, value, column + STEP, { column, old: columnOf(layout, key.range.start) });
    }
    return;
  }
  for (const item of node.items) {
    const dash = dashBefore(layout.text, item.range.start);
    if (dash === null) continue;
    begin(layout, dash, column);
    gap(layout, dash + 1, ' ');
    block(layout, item, column + STEP, { column, old: columnOf(layout, dash) });
  }
}

/** Puts what stands at `offset` into a column, if it is the first on its line. */
function begin(layout: Layout, offset: number, column: number): void {
  const { line, character } = positionAt(layout.lines, offset);
  const start = layout.lines.starts[line] ?? 0;
  if (layout.text.slice(start, start + character).trim() === '') layout.columns.set(line, column);
}

function scalar(layout: Layout, node: Node & { readonly kind: 'scalar' }, parent: Parent): void {
  const first = positionAt(layout.lines, node.range.start).line;
  const last = positionAt(layout.lines, Math.max(node.range.start, node.range.end - 1)).line;
  const isBlock = node.style === 'literal' || node.style === 'folded';
  // What stands alone on the line below its key.
  if (first > lineOfParent(layout, node.range.start, parent)) begin(layout, node.range.start, parent.column + STEP);
  const rest = range(first + 1, last);
  const indents = rest.flatMap((line) => indentOf(layout, line) ?? []);
  const explicit = isBlock && /^[|>][-+]?\d/.test(layout.text.slice(node.range.start, node.range.start + 3));
  const shift = explicit ? parent.column - parent.old : parent.column + STEP - (indents[0] ?? 0);
  for (const line of rest) {
    layout.kept.add(line);
    const indent = indentOf(layout, line);
    if (indent !== null) layout.columns.set(line, isBlock ? Math.max(0, indent + shift) : parent.column + STEP);
  }
}

function lineOfParent(layout: Layout, offset: number, parent: Parent): number {
  const { line, character } = positionAt(layout.lines, offset);
  const start = layout.lines.starts[line] ?? 0;
  const alone = layout.text.slice(start, start + character).trim() === '';
  return alone && character > parent.old ? line - 1 : line;
}

/** Braces or brackets: the space inside them, and the columns of further lines by how much is open there. */
function flow(layout: Layout, node: Node, parent: Parent): void {
  const first = positionAt(layout.lines, node.range.start).line;
  if (first > lineOfParent(layout, node.range.start, parent)) begin(layout, node.range.start, parent.column + STEP);
  flowLines(layout, node, parent.column + STEP);
  flowGaps(layout, node);
}

function flowLines(layout: Layout, node: Node, column: number): void {
  if (node.kind === 'scalar') {
    const first = positionAt(layout.lines, node.range.start).line;
    const last = positionAt(layout.lines, Math.max(node.range.start, node.range.end - 1)).line;
    for (const line of range(first + 1, last)) {
      layout.kept.add(line);
      if (indentOf(layout, line) !== null) layout.columns.set(line, column);
    }
    return;
  }
  for (const part of partsOf(node)) {
    begin(layout, part.start, column);
    for (const inner of part.nodes) flowLines(layout, inner, column + (inner.kind === 'scalar' ? 0 : STEP));
  }
  begin(layout, node.range.end - 1, column - STEP);
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly nodes: readonly Node[];
  readonly entry: Entry | null;
}

function partsOf(node: Node): readonly Part[] {
  if (node.kind === 'scalar') return [];
  if (node.kind === 'sequence') {
    return node.items.map((item) => ({ start: item.range.start, end: item.range.end, nodes: [item], entry: null }));
  }
  return node.entries.map((entry) => ({
    start: entry.key.range.start,
    end: Math.max(entry.range.end, entry.key.range.end),
    nodes: [entry.key, entry.value],
    entry,
  }));
}

function flowGaps(layout: Layout, node: Node): void {
  if (node.kind === 'scalar') return;
  const { text } = layout;
  const pad = node.kind === 'map' ? ' ' : '';
  const parts = partsOf(node);
  if (parts.length === 0) {
    if (text.slice(node.range.start + 1, node.range.end - 1).trim() === '')
      between(layout, node.range.start + 1, node.range.end - 1, '');
    return;
  }
  let at = node.range.start + 1;
  for (const [index, part] of parts.entries()) {
    if (index === 0) between(layout, at, part.start, pad);
    else {
      const comma = text.indexOf(',', at);
      if (comma >= 0 && comma < part.start && text.slice(at, comma).trim() === '') {
        between(layout, at, comma, '');
        between(layout, comma + 1, part.start, ' ');
      }
    }
    if (part.entry !== null) {
      const colon = colonBehind(text, part.entry.key.range.end);
      if (colon !== null && colon < part.end) {
        const { start, end } = part.entry.value.range;
        if (end > start) between(layout, colon + 1, start, ' ');
      }
    }
    for (const inner of part.nodes) flowGaps(layout, inner);
    at = part.end;
  }
  between(layout, at, node.range.end - 1, pad);
}

/** The space from `start` to `end` becomes `newText`, if there is nothing but space on one line. */
function between(layout: Layout, start: number, end: number, newText: string): void {
  if (end >= start && /^[ \t]*$/.test(layout.text.slice(start, end)))
    layout.gaps.push({ range: { start, end }, newText });
}

/** The space behind a colon or a dash, unless the line ends there or a comment follows. */
function gap(layout: Layout, start: number, newText: string): void {
  const space = /^[ \t]+/.exec(layout.text.slice(start, start + 1_000))?.[0].length ?? 0;
  const next = layout.text[start + space];
  if (space > 0 && next !== undefined && !/[\r\n#]/.test(next)) {
    layout.gaps.push({ range: { start, end: start + space }, newText });
  }
}

/** Comments on lines of their own: with the line below, or with the block above that they are indented like. */
function commentLines(layout: Layout): void {
  const own = layout.comments
    .map(({ range: { start } }) => positionAt(layout.lines, start))
    .filter(({ line, character }) => indentOf(layout, line) === character && !layout.kept.has(line));
  const lines = new Set(own.map(({ line }) => line));
  for (const { line, character } of own) {
    let below = line + 1;
    while (below < layout.lines.starts.length && (lines.has(below) || indentOf(layout, below) === null)) below++;
    const next = indentOf(layout, below);
    if (next !== null && character <= next) {
      layout.columns.set(line, layout.columns.get(below) ?? next);
      continue;
    }
    let above = line - 1;
    while (above >= 0 && (lines.has(above) || (indentOf(layout, above) ?? Number.POSITIVE_INFINITY) > character))
      above--;
    const before = indentOf(layout, above);
    if (before !== null) layout.columns.set(line, layout.columns.get(above) ?? before);
  }
}

function edits(layout: Layout): readonly Replacement[] {
  const { text, lines, columns, kept, gaps } = layout;
  const found: Replacement[] = [...gaps];
  const last = lines.starts.length - 1;
  const end = text.trimEnd().length;
  let empty = 0;
  let beginning = true;
  for (let line = 0; line <= last; line++) {
    const start = lines.starts[line] ?? 0;
    const content = contentOf(layout, line);
    const indent = indentOf(layout, line);
    if (indent === null) {
      if (kept.has(line)) continue;
      empty++;
      const next = lines.starts[line + 1] ?? text.length;
      // Of empty lines in a row one stays, and none at the beginning and the end.
      if (beginning || empty > 1 || start >= end) found.push({ range: { start, end: next }, newText: '' });
      else if (content !== '') found.push({ range: { start, end: start + content.length }, newText: '' });
      continue;
    }
    empty = 0;
    beginning = false;
    const column = columns.get(line);
    if (column !== undefined) found.push({ range: { start, end: start + indent }, newText: ' '.repeat(column) });
    const trailing = content.length - content.trimEnd().length;
    const isKept = kept.has(line) || kept.has(line + 1);
    if (trailing > 0 && !isKept) {
      found.push({ range: { start: start + content.length - trailing, end: start + content.length }, newText: '' });
    }
  }
  return [...found, ...ending(layout)];
}

/** The file ends in one line break. */
function ending({ text, kept, lines }: Layout): readonly Replacement[] {
  const end = text.trimEnd().length;
  if (kept.has(positionAt(lines, end).line)) return [];
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  return text.slice(end) === newline
    ? []
    : text.length === end
      ? [{ range: { start: end, end }, newText: newline }]
      : [];
}

function contentOf({ text, lines }: Layout, line: number): string {
  const start = lines.starts[line] ?? text.length;
  const next = lines.starts[line + 1] ?? text.length;
  return text.slice(start, next).replace(/[\r\n]+$/, '');
}

/** How many spaces the line begins with; null for one that is empty or none. */
function indentOf(layout: Layout, line: number): number | null {
  if (line < 0 || line >= layout.lines.starts.length) return null;
  const content = contentOf(layout, line);
  const trimmed = content.trimStart();
  return trimmed === '' ? null : content.length - trimmed.length;
}

function columnOf({ lines }: Layout, offset: number): number {
  return positionAt(lines, offset).character;
}

/** The colon behind a key, past the quote that ends it. */
function colonBehind(text: string, end: number): number | null {
  const found = /^["']?[ \t]*:/.exec(text.slice(end, end + 100));
  return found === null ? null : end + found[0].length - 1;
}

/** The dash before an item, past an anchor or a tag. */
function dashBefore(text: string, start: number): number | null {
  const lineStart = Math.max(text.lastIndexOf('\n', start - 1), text.lastIndexOf('\r', start - 1)) + 1;
  const before = /-[ \t]+(?:[&!][^\s]*[ \t]+)*$/.exec(text.slice(lineStart, start));
  if (before !== null) return lineStart + before.index;
  // An item that begins on the line below its dash.
  const above = /-[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r)\s*$/.exec(text.slice(Math.max(0, start - 2_000), start));
  return above === null ? null : Math.max(0, start - 2_000) + above.index;
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
}
