/**
 * A text in units: the entries of the outermost mapping, and below `states` each state. A unit is what is read and
 * checked again when something in it is typed.
 *
 * 1. The units cover the text without a gap, in its order. What stands in front of the first entry is a unit without one.
 * 2. The entries of the units make up the tree that `parse` gives. Where that is not certain (anchors, several
 *    documents, a fault anywhere, another form) there are no units.
 * 3. Ranges in a unit's entry count from its anchor. The unit's text is its own: it keeps no other text in memory.
 */
import { MovingRange, SpanRange, type UnitAnchor } from './moving.ts';
import { parse } from './parse.ts';
import { type Steps, toEnd } from './steps.ts';
import type { Range, Source } from './text.ts';
import type { Comment, Entry, MapNode, Node, ScalarNode, Tree } from './tree.ts';

export interface Unit {
  readonly anchor: UnitAnchor;
  /** What the unit writes; null for what stands in front of the first entry, and for the line of `states` itself. */
  readonly entry: Entry | null;
  readonly isState: boolean;
  readonly text: string;
  readonly comments: readonly Comment[];
  /** The column in which the entries stand. */
  readonly column: number;
}

export interface Units {
  readonly units: readonly Unit[];
  readonly tree: Tree;
}

/** Anchors, aliases and tags, directives and document marks, tabs as indentation, complex keys, lone carriage returns. */
const ENTANGLED = /(?:^|[\s,[{:-])(?:[&*][\w-]|![\w!<])|^(?:---|\.\.\.|%|\uFEFF)|^ *\t|^ *\? |\r(?!\n)/m;

/** An entry's key at the beginning of its line, behind the indentation. */
const KEY = /^ *[A-Za-z_][\w.-]*:(?=[ \t\r\n]|$)/;

/** Takes `text` to its units; null where it has none. Linear in the text. */
export function unitsOf(text: string): Units | null {
  return toEnd(unitsInSteps(text));
}

/** The same in slices. */
export function* unitsInSteps(text: string): Steps<Units | null> {
  if (ENTANGLED.test(text)) return null;
  const outer = split(text, 0, text.length, 0);
  if (outer === null) return null;
  const units: Unit[] = [];
  const entries: Entry[] = [];
  if (outer[0] !== undefined && outer[0] > 0) units.push(withoutEntry(text, 0, outer[0]));
  for (const [at, start] of outer.entries()) {
    const end = outer[at + 1] ?? text.length;
    const states = text.startsWith('states:', start) ? yield* statesOf(text, start, end) : undefined;
    if (states === null) return null;
    if (states !== undefined) {
      units.push(...states.units);
      entries.push(states.entry);
      continue;
    }
    const unit = readUnit(text.slice(start, end), start, 0, false);
    if (unit?.entry == null) return null;
    units.push(unit);
    entries.push(unit.entry);
  }
  const root = mapOf(entries);
  if (root === null) return null;
  const comments = units.flatMap((unit) => unit.comments);
  return { units, tree: { root, comments, problems: [], unquoted: [] } };
}

/**
 * The unit with another text in its place; null where that is no single entry in the same column.
 *
 * @param isLast whether no unit follows, so that the text may end without a line break
 */
export function unitAgain(unit: Unit, text: string, isLast: boolean): Unit | null {
  if (unit.entry === null || ENTANGLED.test(text) || (!isLast && !text.endsWith('\n'))) return null;
  const starts = split(text, 0, text.length, unit.column);
  if (starts?.length !== 1 || starts[0] !== 0) return null;
  // A unit with this key is taken to pieces.
  if (!unit.isState && text.startsWith('states:')) return null;
  return readUnit(text, unit.anchor.start, unit.column, unit.isState, unit.anchor);
}

/** Reads parts of a unit by offsets in the whole text, wherever the unit is by then. */
export function sourceOf({ anchor, text }: Pick<Unit, 'anchor' | 'text'>): Source {
  return { slice: (start, end) => text.slice(Math.max(0, start - anchor.start), Math.max(0, end - anchor.start)) };
}

/** The entry `states`, state by state; undefined where it has another form than a block of states. */
function* statesOf(
  text: string,
  start: number,
  end: number,
): Steps<{ readonly units: readonly Unit[]; readonly entry: Entry } | null | undefined> {
  const head = lineEnd(text, start);
  if (text.slice(start, head).trim() !== 'states:') return undefined;
  const first = split(text, Math.min(head + 1, end), end, null);
  const [from] = first ?? [];
  if (first == null || from === undefined) return undefined;
  let column = 0;
  while (text[from + column] === ' ') column++;
  if (column === 0) return undefined;
  const header = withoutEntry(text, start, from);
  const units: Unit[] = [header];
  const entries: Entry[] = [];
  for (const [at, begin] of first.entries()) {
    yield;
    const unit = readUnit(text.slice(begin, first[at + 1] ?? end), begin, column, true);
    if (unit?.entry == null) return null;
    units.push(unit);
    entries.push(unit.entry);
  }
  const value = mapOf(entries);
  if (value === null) return null;
  const range = new MovingRange(header.anchor, 0, 'states'.length);
  const key: ScalarNode = { kind: 'scalar', style: 'plain', range, value: 'states', text: 'states' };
  return { units, entry: { key, value, range: new SpanRange(range, value.range) } };
}

function mapOf(entries: readonly Entry[]): MapNode | null {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return null;
  return { kind: 'map', flow: false, range: new SpanRange(first.range, last.range), entries };
}

/** Comments and the line of a key, which hold no value. */
function withoutEntry(text: string, start: number, end: number): Unit {
  const own = detached(text.slice(start, end));
  const anchor = { start };
  const comments: Comment[] = [];
  for (let at = 0; at < own.length; at = lineEnd(own, at) + 1) {
    const to = lineEnd(own, at);
    const from = own.indexOf('#', at);
    if (from < 0 || from >= to) continue;
    comments.push({ range: new MovingRange(anchor, from, own[to - 1] === '\r' ? to - 1 : to) });
  }
  return { anchor, entry: null, isState: false, text: own, comments, column: 0 };
}

function readUnit(
  written: string,
  start: number,
  column: number,
  isState: boolean,
  anchor: UnitAnchor = { start },
): Unit | null {
  const tree = parse(written);
  if (tree.problems.length > 0 || tree.unquoted.length > 0 || tree.root?.kind !== 'map') return null;
  const [entry, ...others] = tree.root.entries;
  if (entry === undefined || others.length > 0 || tree.root.flow) return null;
  const comments = tree.comments.map(({ range }) => ({ range: new MovingRange(anchor, range.start, range.end) }));
  return { anchor, entry: anchoredEntry(entry, anchor), isState, text: detached(written), comments, column };
}

/** A slice keeps the text that it was cut from in memory; what is kept must not. */
function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}

function anchoredEntry({ key, value, range }: Entry, anchor: UnitAnchor): Entry {
  return {
    key: { ...key, range: anchored(key.range, anchor) },
    value: anchoredNode(value, anchor),
    range: anchored(range, anchor),
  };
}

function anchoredNode(node: Node, anchor: UnitAnchor): Node {
  const range = anchored(node.range, anchor);
  switch (node.kind) {
    case 'scalar':
      return { ...node, range };
    case 'sequence':
      return { ...node, range, items: node.items.map((item) => anchoredNode(item, anchor)) };
    case 'map':
      return { ...node, range, entries: node.entries.map((entry) => anchoredEntry(entry, anchor)) };
  }
}

function anchored({ start, end }: Range, anchor: UnitAnchor): Range {
  return new MovingRange(anchor, start, end);
}

/**
 * Where entries begin in a stretch of whole lines: each line in `column`, or in the column of the first line. Null where
 * a line stands further out, or where one in that column begins no entry.
 */
function split(text: string, start: number, end: number, column: number | null): readonly number[] | null {
  const starts: number[] = [];
  let wanted = column;
  for (let at = start; at < end; at = lineEnd(text, at) + 1) {
    let indent = 0;
    while (text[at + indent] === ' ') indent++;
    const first = text[at + indent];
    if (first === undefined || first === '\n' || first === '\r' || first === '#') continue;
    wanted ??= indent;
    if (indent > wanted && starts.length > 0) continue;
    if (indent !== wanted || !KEY.test(text.slice(at, Math.min(lineEnd(text, at), at + 200)))) return null;
    starts.push(at);
  }
  return starts;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}
