/** The column in which a new line begins, from the lines above it. */
import { type Analysis, type Node, positionAt, type Range } from '../../language/index.ts';

export interface Indentation {
  /** The space that the line begins with now. */
  readonly range: Range;
  readonly newText: string;
}

/** The indentation of the line at `offset`, which was just begun; null where it is right, or where every space counts. */
export function indentAt(analysis: Analysis, offset: number): Indentation | null {
  const { text, lines, tree } = analysis;
  const { line } = positionAt(lines, offset);
  const start = lines.starts[line] ?? text.length;
  const now = /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
  // Text that was moved down with the cursor stays where its author puts it.
  if (/^[^\r\n]/.test(text.slice(start + now.length))) return null;
  const above = text.slice(0, start).trimEnd();
  if (above === '' || isText(tree.root, above.length - 1, start)) return null;
  const column = columnBelow(above.slice(Math.max(above.lastIndexOf('\n'), above.lastIndexOf('\r')) + 1));
  return now.length === column ? null : { range: { start, end: start + now.length }, newText: ' '.repeat(column) };
}

/** The column below a line: deeper behind an open key or bracket, below the key behind a dash, else the same. */
function columnBelow(line: string): number {
  const dashes = /^[ \t]*(?:-[ \t]+)*/.exec(line)?.[0] ?? '';
  const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0;
  const content = withoutComment(line.slice(dashes.length));
  if (content === '') return indent;
  if (open(content) > 0) return dashes.length + 2;
  if (/^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'{[][^{[]*?)\s*:(?:\s+[|>][-+\d]*)?$/.test(content)) return dashes.length + 2;
  // Behind a text in a list comes the next item, below a key another key.
  return /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^"'{[\s][^\s]*?)\s*:(?:\s|$)/.test(content) ? dashes.length : indent;
}

function withoutComment(content: string): string {
  return (/^(?:[^#"']|"(?:[^"\\]|\\.)*"|'[^']*'|(?<!\s)#)*/.exec(content)?.[0] ?? content).trim();
}

/** How many braces and brackets the line opens beyond those that it closes; those in texts do not count. */
function open(content: string): number {
  let depth = 0;
  for (const unit of content.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|\$\{[^}]*\}/g, '')) {
    if (unit === '{' || unit === '[') depth++;
    else if (unit === '}' || unit === ']') depth--;
  }
  return depth;
}

/** Whether a text over several lines holds both offsets. */
function isText(node: Node | null, from: number, to: number): boolean {
  if (node === null || node.range.start > from || node.range.end < Math.min(to, from + 1)) return false;
  if (node.kind === 'scalar') return node.range.end >= to;
  const inner = node.kind === 'map' ? node.entries.map(({ value }) => value) : node.items;
  return inner.some((one) => isText(one, from, to));
}
