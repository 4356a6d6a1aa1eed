/**
 * A text in units: the entries of the outermost mapping, and below `states` each state. A unit is what is read and
 * checked again when something in it is typed.
 *
 * 1. The units cover the text without a gap, in its order. What stands in front of the first entry is a unit without one.
 * 2. The entries of the units make up the tree that `parse` gives. Where that is not certain (anchors, several
 *    documents, a fault anywhere, another form) there are no units.
 * 3. Ranges in a unit's entry count from its anchor. The unit's text is its own: it keeps no other text in memory.
 */
import type { Replaced } from './edits.ts';
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

/** Units that took the place of others. */
export interface Splice {
  /** Where in the list of units. */
  readonly at: number;
  readonly removed: readonly Unit[];
  /** Those that write the same entry as one that was removed have its anchor. */
  readonly added: readonly Unit[];
  /** Where each of `added` begins. */
  readonly starts: readonly number[];
}

/**
 * The units of a text after an edit, as far as they are other ones; null where the edit reaches out of the states, or out
 * of the entries before or behind them, or where what is there now can’t be read by itself.
 */
export function spliceUnits(units: readonly Unit[], text: string, replaced: Replaced): Splice | null {
  const from = unitAt(units, replaced.start);
  const found = spliceFrom(units, text, replaced, from);
  // Comments at the very beginning of a unit belong to the one before.
  const mayBelong = from > 0 && units[from]?.anchor.start === replaced.start;
  return found === null && mayBelong ? spliceFrom(units, text, replaced, from - 1) : found;
}

function spliceFrom(
  units: readonly Unit[],
  text: string,
  { oldEnd, newEnd }: Replaced,
  firstTouched: number,
): Splice | null {
  let from = firstTouched;
  let to = unitAt(units, oldEnd) + 1;
  // What ends with a line does not reach into the unit behind.
  if (to - 1 > from && units[to - 1]?.anchor.start === oldEnd && text[newEnd - 1] === '\n') to--;
  const [first, last] = [units[from], units[to - 1]];
  if (first === undefined || last === undefined) return null;
  const { column, isState } = first;
  const touched = units.slice(from, to);
  if (touched.some((unit) => unit.entry === null || unit.isState !== isState)) return null;
  const begin = first.anchor.start;
  const end = last.anchor.start + last.text.length + newEnd - oldEnd;
  const written = text.slice(begin, end);
  if (ENTANGLED.test(written) || (to < units.length && !written.endsWith('\n'))) return null;
  const starts = split(written, 0, written.length, column);
  if (starts?.[0] !== 0) return null;
  const pieces = starts.map((piece, at) => written.slice(piece, starts[at + 1] ?? written.length));
  // A unit with this key is taken to pieces.
  if (!isState && pieces.some((piece) => piece.startsWith('states:'))) return null;
  let skipped = 0;
  while (skipped < pieces.length && pieces[skipped] === units[from]?.text && from < to) {
    skipped++;
    from++;
  }
  let count = pieces.length;
  while (count > skipped && to > from && pieces[count - 1] === units[to - 1]?.text) {
    count--;
    to--;
  }
  const removed = units.slice(from, to);
  const anchors = new Map(removed.map((unit) => [unit.entry?.key.text, unit.anchor]));
  const added: Unit[] = [];
  for (let at = skipped; at < count; at++) {
    const piece = pieces[at] ?? '';
    const [key = ''] = KEY.exec(piece) ?? [];
    const name = key.trim().slice(0, -1);
    const unit = readUnit(piece, begin + (starts[at] ?? 0), column, isState, anchors.get(name));
    if (unit?.entry == null) return null;
    anchors.delete(name);
    added.push(unit);
  }
  return { at: from, removed, added, starts: starts.slice(skipped, count).map((piece) => begin + piece) };
}

/** The index of the unit that holds an offset. */
export function unitAt(units: readonly Unit[], offset: number): number {
  let low = 0;
  let high = units.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((units[middle]?.anchor.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
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
