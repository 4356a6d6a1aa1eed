/** Stretches that can be folded: mappings and lists over several lines, blocks of comments, and marked regions. */
import { type Analysis, type LineIndex, type Node, positionAt } from '../../language/index.ts';

export interface Fold {
  /** Lines from 0, both included. */
  readonly startLine: number;
  readonly endLine: number;
  readonly kind?: 'comment' | 'region';
}

/** The folds of the file, in the order of their first lines. */
export function folds(analysis: Analysis): readonly Fold[] {
  const { tree, lines, text } = analysis;
  const found: Fold[] = [];
  if (tree.root !== null) foldsOf(tree.root, lines, found);
  found.push(...commentFolds(analysis), ...regions(text, lines));
  const seen = new Set<number>();
  return found
    .sort((a, b) => a.startLine - b.startLine || b.endLine - a.endLine)
    .filter((fold) => !seen.has(fold.startLine) && seen.add(fold.startLine));
}

function foldsOf(root: Node, lines: LineIndex, found: Fold[]): void {
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === 'scalar') continue;
    const parts = node.kind === 'map' ? node.entries : node.items;
    for (const part of parts) {
      add(found, lines, part.range.start, part.range.end);
      open.push('value' in part && typeof part.value === 'object' && part.value !== null ? part.value : (part as Node));
    }
  }
}

function add(found: Fold[], lines: LineIndex, start: number, end: number): void {
  const startLine = positionAt(lines, start).line;
  const endLine = positionAt(lines, end).line;
  if (endLine > startLine) found.push({ startLine, endLine });
}

/** Comments that stand on lines of their own, one below the other. */
function commentFolds({ tree, lines, text }: Analysis): readonly Fold[] {
  const found: Fold[] = [];
  let start = -1;
  let last = -2;
  for (const { range } of tree.comments) {
    const { line } = positionAt(lines, range.start);
    const alone = text.slice(lines.starts[line], range.start).trim() === '';
    if (alone && line === last + 1 && start >= 0) {
      last = line;
      continue;
    }
    if (last > start && start >= 0) found.push({ startLine: start, endLine: last, kind: 'comment' });
    start = alone ? line : -1;
    last = alone ? line : -2;
  }
  if (last > start && start >= 0) found.push({ startLine: start, endLine: last, kind: 'comment' });
  return found;
}

/** `# region` to `# endregion`. */
function regions(text: string, lines: LineIndex): readonly Fold[] {
  const found: Fold[] = [];
  const open: number[] = [];
  for (const match of text.matchAll(/^[ \t]*#[ \t]*(region|endregion)\b/gm)) {
    const { line } = positionAt(lines, match.index);
    if (match[1] === 'region') open.push(line);
    else {
      const startLine = open.pop();
      if (startLine !== undefined) found.push({ startLine, endLine: line, kind: 'region' });
    }
  }
  return found;
}
