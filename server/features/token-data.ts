/**
 * Semantic tokens as the protocol's numbers, state by state: those of a state that was not edited are kept.
 *
 * 1. What comes out is what `tokens` finds. A file of any other form than states below `states` is looked at as a whole.
 * 2. The tokens of a state follow from its entry, which is the same object as long as it has the same form, from its text,
 *    and from the names that are declared or used in it. While all of these are the same, so are they.
 * 3. Lines are counted from that of the entry, so tokens move along with the text in front of them.
 */
import {
  type Analysis,
  type Entry,
  entryOf,
  optionsOf,
  positionAt,
  type Range,
  type TemplateSite,
  type ValueType,
} from '../../language/index.ts';
import { rootShape } from './completion/expected.ts';
import {
  type AddToken,
  inOrder,
  keyTokens,
  nameTokens,
  NO_MODIFIERS,
  siteTokens,
  type Token,
  TOKEN_MODIFIERS,
  TOKEN_TYPES,
  tokens,
} from './tokens.ts';

/** What is known of the tokens of one document, from the last time that they were asked for. */
export interface KnownTokens {
  text: string;
  /** How often they were asked for. */
  times: number;
  /** Of each state, for as long as its entry is. */
  readonly states: WeakMap<Entry, Kept>;
}

interface Kept {
  /** When that was, and where the entry stood in the text. */
  readonly time: number;
  readonly start: number;
  readonly end: number;
  /** The column in which it begins. */
  readonly column: number;
  /** Where names stand, counted from the beginning of the entry, and what they are. */
  readonly names: readonly number[];
  readonly block: Block;
}

/** Tokens one after the other: of the first the line and column, of each other how far it is from the one before. */
interface Block {
  readonly data: readonly number[];
  readonly lastLine: number;
  readonly lastColumn: number;
}

/** Nothing is known yet. */
export function noTokens(): KnownTokens {
  return { text: '', times: 0, states: new WeakMap() };
}

/** The tokens of the file, or of those lines that `within` touches, as the protocol wants them. */
export function tokenData(analysis: Analysis, file: string | undefined, within?: Range): number[] {
  return [...blockOf(tokens(analysis, file, within), analysis, 0).data];
}

/** All tokens of the file, with what is `known` of its states, which is brought up to date. */
export function tokenDataAgain(analysis: Analysis, file: string | undefined, known: KnownTokens): number[] {
  const entries = statesOf(analysis);
  if (entries === null) return tokenData(analysis, file);
  const { text, lines } = analysis;
  const places = entries.map(({ range }): Place => ({ start: range.start, end: range.end, names: [], sites: null }));
  const around: Token[] = [];
  const at = finder(places);
  const isKnown = (place: Place, kept: Kept | undefined): boolean =>
    kept?.time === known.times &&
    kept.column === positionAt(lines, place.start).character &&
    isSame(kept.names, place.names) &&
    known.text.slice(kept.start, kept.end) === text.slice(place.start, place.end);
  addNames(analysis, places, at, around);
  for (const [index, place] of places.entries()) {
    const entry = entries[index];
    if (entry === undefined || !isKnown(place, known.states.get(entry))) place.sites = [];
  }
  for (const site of analysis.sites) {
    const place = places[at(site.node.range)];
    if (place === undefined) siteTokens(site, adding(around));
    else place.sites?.push(site);
  }
  const types = keysAround(analysis, file, around);
  const outside = inOrder(around, text);
  const blocks: { readonly block: Block; readonly line: number }[] = [];
  let next = 0;
  for (const [index, entry] of entries.entries()) {
    const place = places[index];
    if (place === undefined) continue;
    const from = next;
    while (next < outside.length && (outside[next]?.range.start ?? 0) < place.start) next++;
    if (next > from) blocks.push({ block: blockOf(outside.slice(from, next), analysis, 0), line: 0 });
    const { line, character: column } = positionAt(lines, place.start);
    const block =
      (place.sites === null ? known.states.get(entry)?.block : undefined) ??
      blockOf(inState(entry, place, types, text), analysis, line);
    const { start, end } = place;
    known.states.set(entry, { time: known.times + 1, start, end, column, names: place.names, block });
    blocks.push({ block, line });
  }
  blocks.push({ block: blockOf(outside.slice(next), analysis, 0), line: 0 });
  known.text = text;
  known.times++;
  return together(blocks);
}

/** A state in the text. */
interface Place {
  readonly start: number;
  readonly end: number;
  /** The names in it, four numbers each: where, counted from its beginning, and what they are. */
  readonly names: number[];
  /** The values with expressions, where its tokens are to be found again; else null. */
  sites: TemplateSite[] | null;
}

/** Adds the names inside of each place, and those around. */
function addNames(analysis: Analysis, places: readonly Place[], at: (range: Range) => number, around: Token[]): void {
  const add = adding(around);
  nameTokens(analysis, (range, type, modifiers = NO_MODIFIERS) => {
    const place = places[at(range)];
    if (place === undefined) return add(range, type, modifiers);
    const { start, end } = range;
    if (start < end) place.names.push(start - place.start, end - place.start, typeOf(type), bitsOf(modifiers));
  });
}

/** The tokens of one state. */
function inState(
  { value }: Entry,
  { start, names, sites }: Place,
  types: readonly ValueType[],
  text: string,
): readonly Token[] {
  const found: Token[] = [];
  for (let at = 0; at < names.length; at += 4) {
    const [from = 0, to = 0, type = 0, bits = 0] = names.slice(at, at + 4);
    const modifiers = TOKEN_MODIFIERS.filter((_, bit) => (bits & (1 << bit)) !== 0);
    found.push({ range: { start: start + from, end: start + to }, type: TOKEN_TYPES[type] ?? 'property', modifiers });
  }
  for (const site of sites ?? []) siteTokens(site, adding(found));
  keyTokens(value, types, adding(found), () => true);
  return inOrder(found, text);
}

/** One data made into the other: what differs between their common beginning and their common end. */
export function tokenEdits(
  before: readonly number[],
  after: readonly number[],
): { start: number; deleteCount: number; data: number[] }[] {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  if (start === before.length && start === after.length) return [];
  let same = 0;
  while (same < most - start && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  return [{ start, deleteCount: before.length - start - same, data: after.slice(start, after.length - same) }];
}

/** The entries below `states`, if each of them stands behind the one before. */
function statesOf({ shape, tree }: Analysis): readonly Entry[] | null {
  const states = shape === 'workflow' && tree.problems.length === 0 ? entryOf(tree.root, 'states')?.value : undefined;
  if (states?.kind !== 'map') return null;
  let end = -1;
  for (const { range } of states.entries) {
    if (range.start < end) return null;
    end = range.end;
  }
  return states.entries;
}

/** Gives the number of the place that a range begins in; -1 outside of all. Ranges mostly come in the order of the text. */
function finder(places: readonly Place[]): (range: Range) => number {
  const isIn = (place: Place | undefined, offset: number): boolean =>
    place !== undefined && place.start <= offset && offset < place.end;
  let last = 0;
  return ({ start }) => {
    if (isIn(places[last], start)) return last;
    if (isIn(places[last + 1], start)) return ++last;
    let low = -1;
    let high = places.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((places[middle]?.start ?? 0) <= start) low = middle;
      else high = middle - 1;
    }
    if (!isIn(places[low], start)) return -1;
    return (last = low);
  };
}

/** Adds the keys that stand around the states; gives the types of a state. */
function keysAround({ tree }: Analysis, file: string | undefined, around: Token[]): readonly ValueType[] {
  const states = entryOf(tree.root, 'states')?.value;
  const inside: ValueType[] = [];
  if (tree.root === null) return inside;
  keyTokens(tree.root, [{ is: 'shape', shape: rootShape(file) }], adding(around), (node, types) => {
    if (node !== states) return true;
    inside.push(...types.flatMap((type) => (type.is === 'map' ? optionsOf(type.of) : [])));
    return false;
  });
  return inside;
}

function adding(found: Token[]): AddToken {
  return (range, type, modifiers = NO_MODIFIERS) => {
    if (range.start < range.end) found.push({ range, type, modifiers });
  };
}

/** Tokens with their lines counted from `from`. */
function blockOf(found: readonly Token[], { lines }: Analysis, from: number): Block {
  const data: number[] = [];
  let [lastLine, lastColumn] = [0, 0];
  for (const [at, { range, type, modifiers }] of found.entries()) {
    const { line, character } = positionAt(lines, range.start);
    const down = line - from - lastLine;
    const right = down === 0 && at > 0 ? character - lastColumn : character;
    data.push(down, right, range.end - range.start, typeOf(type), bitsOf(modifiers));
    [lastLine, lastColumn] = [line - from, character];
  }
  return { data, lastLine, lastColumn };
}

/** Puts blocks together, in the order of the text; each with the line that its own are counted from. */
function together(blocks: readonly { readonly block: Block; readonly line: number }[]): number[] {
  const all = ([] as number[]).concat(...blocks.map(({ block }) => block.data));
  let [at, lastLine, lastColumn] = [0, 0, 0];
  for (const { block, line } of blocks) {
    const [first, column] = block.data;
    if (first === undefined || column === undefined) continue;
    const down = line + first - lastLine;
    all[at] = down;
    all[at + 1] = down === 0 && at > 0 ? column - lastColumn : column;
    at += block.data.length;
    [lastLine, lastColumn] = [line + block.lastLine, block.lastColumn];
  }
  return all;
}

const TYPES = new Map<string, number>(TOKEN_TYPES.map((type, at) => [type, at]));

function typeOf(type: Token['type']): number {
  return TYPES.get(type) ?? 0;
}

function bitsOf(modifiers: Token['modifiers']): number {
  let bits = 0;
  for (const modifier of modifiers) bits |= 1 << TOKEN_MODIFIERS.indexOf(modifier);
  return bits;
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}
