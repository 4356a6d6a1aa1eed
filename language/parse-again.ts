/**
 * Text → tree for a text that is parsed at every keystroke. Nearly all of it is as it was before, so it is read in
 * pieces, and a piece that was read before is not read again.
 *
 * 1. The tree is the one that `parse` gives. Whatever could make the pieces of a text depend on each other (anchors,
 *    several documents, a fault anywhere) makes this file hand over to `parse`.
 * 2. A piece is an entry of the outermost mapping, or, below `states`, a state. Nodes of pieces that have not moved are
 *    the very same objects as in the tree before; nobody changes a node.
 */
import { parse } from './parse.ts';
import type { Range } from './text.ts';
import type { Comment, Entry, MapNode, Node, ScalarNode, Tree } from './tree.ts';

/** A text shorter than this is read as fast as it is taken to pieces. */
const WORTHWHILE = 8_000;
/** How many pieces are kept, the least lately used go first. */
const CAPACITY = 20_000;

/** Anchors, aliases and tags, directives and document marks, tabs as indentation, complex keys, lone carriage returns. */
const ENTANGLED = /(?:^|[\s,[{:-])(?:[&*][\w-]|![\w!<])|^(?:---|\.\.\.|%|\uFEFF)|^ *\t|^ *\? |\r(?!\n)/m;

/** An entry's key at the beginning of its line, behind the indentation. */
const KEY = /^ *[A-Za-z_][\w.-]*:(?=[ \t\r\n]|$)/;

interface Piece {
  /** Where the piece began in the text when its nodes were made. */
  readonly offset: number;
  readonly entry: Entry;
  readonly comments: readonly Comment[];
}

const pieces = new Map<string, Piece>();

/** Reads `text` as `parse` does. */
export function parseAgain(text: string, worthwhile = WORTHWHILE): Tree {
  if (text.length < worthwhile || ENTANGLED.test(text)) return parse(text);
  return inPieces(text) ?? parse(text);
}

function inPieces(text: string): Tree | null {
  const outer = split(text, { start: 0, end: text.length }, 0);
  if (outer === null || outer.pieces.length === 0) return null;
  const comments: Comment[] = commentsIn(text, outer.before);
  const entries: Entry[] = [];
  for (const range of outer.pieces) {
    const entry = text.startsWith('states:', range.start) ? states(text, range, comments) : undefined;
    const read = entry ?? readPiece(text, range, comments);
    if (read === null) return null;
    entries.push(read);
  }
  return { root: mapOf(entries), comments, problems: [], unquoted: [] };
}

/** The entry `states`, read state by state; undefined where it has another form than a block of states. */
function states(text: string, range: Range, comments: Comment[]): Entry | null | undefined {
  const headEnd = lineEnd(text, range.start);
  if (text.slice(range.start, headEnd).trim() !== 'states:') return undefined;
  const inner = split(text, { start: Math.min(headEnd + 1, range.end), end: range.end }, null);
  if (inner === null || inner.pieces.length === 0) return undefined;
  const found = commentsIn(text, inner.before);
  const entries: Entry[] = [];
  for (const piece of inner.pieces) {
    const entry = readPiece(text, piece, found);
    if (entry === null) return null;
    entries.push(entry);
  }
  comments.push(...found);
  const key: ScalarNode = {
    kind: 'scalar',
    style: 'plain',
    range: { start: range.start, end: range.start + 'states'.length },
    value: 'states',
    text: 'states',
  };
  const value = mapOf(entries);
  return { key, value, range: { start: key.range.start, end: value.range.end } };
}

function mapOf(entries: readonly Entry[]): MapNode {
  const range = { start: entries[0]?.range.start ?? 0, end: entries.at(-1)?.range.end ?? 0 };
  return { kind: 'map', flow: false, range, entries };
}

/** The one entry that the piece writes, with its comments added to `comments`; null where it is no such entry. */
function readPiece(text: string, range: Range, comments: Comment[]): Entry | null {
  const written = text.slice(range.start, range.end);
  const known = pieces.get(written);
  const piece = known === undefined ? parsePiece(written, range.start) : moved(known, range.start);
  if (piece === null) return null;
  if (piece !== known) {
    // A slice keeps the text that it was cut from in memory; what is kept here must not.
    const key = known === undefined ? detached(written) : written;
    pieces.delete(key);
    pieces.set(key, piece);
    const [oldest] = pieces.keys();
    if (pieces.size > CAPACITY && oldest !== undefined) pieces.delete(oldest);
  }
  comments.push(...piece.comments);
  return piece.entry;
}

function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}

function parsePiece(written: string, offset: number): Piece | null {
  const tree = parse(written);
  if (tree.problems.length > 0 || tree.unquoted.length > 0 || tree.root?.kind !== 'map') return null;
  const [entry, ...others] = tree.root.entries;
  if (entry === undefined || others.length > 0 || tree.root.flow) return null;
  return moved({ offset: 0, entry, comments: tree.comments }, offset);
}

function moved(piece: Piece, offset: number): Piece {
  const by = offset - piece.offset;
  if (by === 0) return piece;
  return {
    offset,
    entry: movedEntry(piece.entry, by),
    comments: piece.comments.map((comment) => ({ range: movedRange(comment.range, by) })),
  };
}

function movedEntry(entry: Entry, by: number): Entry {
  return {
    key: { ...entry.key, range: movedRange(entry.key.range, by) },
    value: movedNode(entry.value, by),
    range: movedRange(entry.range, by),
  };
}

function movedNode(node: Node, by: number): Node {
  const range = movedRange(node.range, by);
  switch (node.kind) {
    case 'scalar':
      return { ...node, range };
    case 'sequence':
      return { ...node, range, items: node.items.map((item) => movedNode(item, by)) };
    case 'map':
      return { ...node, range, entries: node.entries.map((entry) => movedEntry(entry, by)) };
  }
}

function movedRange({ start, end }: Range, by: number): Range {
  return { start: start + by, end: end + by };
}

interface Split {
  /** What stands before the first piece: blank lines and comments. */
  readonly before: Range;
  readonly pieces: readonly Range[];
}

/**
 * Cuts a stretch of whole lines before each line that begins an entry in `column`, or in the column of the first such
 * line. Null where a line stands further out, or where one in that column begins no entry.
 */
function split(text: string, range: Range, column: number | null): Split | null {
  const starts: number[] = [];
  let wanted = column;
  for (let at = range.start; at < range.end; at = lineEnd(text, at) + 1) {
    let indent = 0;
    while (text[at + indent] === ' ') indent++;
    const first = text[at + indent];
    if (first === undefined || first === '\n' || first === '\r' || first === '#') continue;
    wanted ??= indent;
    if (indent > wanted && starts.length > 0) continue;
    if (indent !== wanted || !KEY.test(text.slice(at, Math.min(lineEnd(text, at), at + 200)))) return null;
    starts.push(at);
  }
  const before = { start: range.start, end: starts[0] ?? range.end };
  return { before, pieces: starts.map((start, index) => ({ start, end: starts[index + 1] ?? range.end })) };
}

/** The comments of a stretch that holds nothing else. */
function commentsIn(text: string, range: Range): Comment[] {
  const found: Comment[] = [];
  for (let at = range.start; at < range.end; at = lineEnd(text, at) + 1) {
    const end = Math.min(lineEnd(text, at), range.end);
    const start = text.indexOf('#', at);
    if (start < 0 || start >= end) continue;
    found.push({ range: { start, end: text[end - 1] === '\r' ? end - 1 : end } });
  }
  return found;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
