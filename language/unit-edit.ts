/**
 * What an edit changed in one unit, told from the entry that it was and the entry that it is.
 *
 * 1. Nodes of what is written as before stay the same objects. So do those of values with expressions and of titles, as
 *    long as their form is the same; they take over the other text.
 * 2. Of everything else the outermost key in the unit is told: the model of the unit has to be built again.
 */
import type { Aspect } from './check.ts';
import { MovingRange } from './moving.ts';
import type { TemplateSite } from './sites.ts';
import type { Entry, MapNode, Node, ScalarNode } from './tree.ts';

export interface UnitEdit {
  /** Whether nothing changed but titles and places. */
  readonly isLabel: boolean;
  /** Whether the model has to be built again. */
  readonly isModel: boolean;
  readonly aspects: ReadonlySet<Aspect>;
}

/** Keys of a state that are for people alone. */
const LABELS: readonly string[] = ['title', 'description'];

/** Keys of a state below which nothing stands that other parts look at, but for what expressions read and assign. */
const PRIVATE: readonly string[] = ['with', 'assign', 'idempotencyKey', 'output', 'data', ...LABELS];

/** Keys below which authors name variables. */
const ASSIGNING: readonly string[] = ['assign', 'set', 'vars'];

/** Arguments of built-in operations that decide what a call does, or which file it needs. */
const TELLING: readonly string[] = ['method', 'module'];

/**
 * Compares two forms of the entry of a state, and takes over into `before` what `after` says.
 *
 * @param sites the values of the entry before in which expressions may stand
 */
export function editEntry(before: Entry, after: Entry, sites: readonly TemplateSite[]): UnitEdit {
  const aspects = new Set<Aspect>();
  const known = before.value.kind === 'map' ? keysOf(before.value) : null;
  if (known === null || after.value.kind !== 'map' || before.value.kind !== 'map' || keysOf(after.value) === null) {
    followNode(before.key, after.key);
    followRange(before, after);
    Object.assign(before, { value: after.value });
    return { isLabel: false, isModel: true, aspects: aspects.add('model') };
  }
  const siteNodes = new Set(sites.map(({ node }) => node));
  let isLabel = true;
  let isModel = known.size !== after.value.entries.length;
  const left = new Map(known);
  const entries = after.value.entries.map((entry) => {
    const key = entry.key.text;
    const same = known.get(key);
    left.delete(key);
    const edit = same === undefined ? null : compare(same, entry, siteNodes);
    if (same === undefined || edit === null) {
      isModel = true;
      isLabel &&= LABELS.includes(key);
      for (const aspect of aspectsOf(key, same?.value, entry.value)) aspects.add(aspect);
      return entry;
    }
    isLabel &&= edit.scalars.length === 0 || LABELS.includes(key);
    for (const aspect of edit.aspects) aspects.add(aspect);
    follow(same, entry, edit.scalars);
    return same;
  });
  for (const [key, { value }] of left) {
    isLabel &&= LABELS.includes(key);
    for (const aspect of aspectsOf(key, value, undefined)) aspects.add(aspect);
  }
  const { value } = before;
  followNode(before.key, after.key);
  followRange(before, after);
  followRange(value, after.value);
  Object.assign(value, { entries, flow: after.value.flow });
  return { isLabel, isModel, aspects };
}

/**
 * Puts into `after` the entries of `before` that are there in the same form, moved to where they are now; both count from
 * the same anchor. `isChanged` tells by the key of those whose text is another one.
 */
export function keepEntries(before: Node, after: Node, isChanged: (key: string) => boolean): void {
  const known = before.kind === 'map' ? keysOf(before) : null;
  if (known === null || after.kind !== 'map') return;
  const entries = after.entries.map((entry) => {
    const same = known.get(entry.key.text);
    if (same === undefined || isChanged(entry.key.text) || compare(same, entry, new Set())?.scalars.length !== 0)
      return entry;
    followEntry(same, entry);
    return same;
  });
  Object.assign(after, { entries });
}

/** The entries of a mapping by their keys; null where a key stands twice. */
function keysOf({ entries }: MapNode): ReadonlyMap<string, Entry> | null {
  const keys = new Map(entries.map((entry) => [entry.key.text, entry]));
  return keys.size === entries.length ? keys : null;
}

/** What other parts may see of a key of a state that is there in another form. */
function aspectsOf(key: string, before: Node | undefined, after: Node | undefined): readonly Aspect[] {
  if (key === 'with' && tellingIn(before) !== tellingIn(after)) return ['model'];
  if (PRIVATE.includes(key)) return [];
  if (key === 'next' || (key === 'switch' && before?.kind === 'sequence' && after?.kind === 'sequence'))
    return ['flow'];
  return key === 'timeout' || key === 'retry' || key === 'heartbeat' ? ['settings'] : ['model'];
}

function tellingIn(node: Node | undefined): string {
  if (node?.kind !== 'map') return '';
  return node.entries
    .filter(({ key }) => TELLING.includes(key.text))
    .map(({ value }) => (value.kind === 'scalar' ? value.text : value.kind))
    .join('\n');
}

interface Comparison {
  readonly scalars: (readonly [ScalarNode, ScalarNode])[];
  readonly aspects: Set<Aspect>;
}

/** What differs in an entry, as long as it is only titles and values with expressions; else null. */
function compare(before: Entry, after: Entry, sites: ReadonlySet<Node>): Comparison | null {
  const found: Comparison = { scalars: [], aspects: new Set() };
  const at = { key: '', above: '', isSite: false, depth: 0 };
  return visitEntry(before, after) ? found : null;

  function visitEntry(one: Entry, other: Entry): boolean {
    if (one.key.text !== other.key.text || one.key.style !== other.key.style) return false;
    const { key, above } = at;
    // Below a value with expressions, keys are the author’s.
    if (!at.isSite) [at.key, at.above] = [one.key.text, key];
    const inner = at.isSite ? one.key.text : '';
    at.depth++;
    const same = visit(one.value, other.value, inner);
    at.depth--;
    [at.key, at.above] = [key, above];
    return same;
  }

  function visit(one: Node, other: Node, inner: string): boolean {
    if (one.kind !== other.kind) return false;
    const outer = at.isSite;
    at.isSite ||= sites.has(one);
    const same = visitInside(one, other, inner);
    at.isSite = outer;
    return same;
  }

  function visitInside(one: Node, other: Node, inner: string): boolean {
    if (one.kind === 'scalar') return other.kind === 'scalar' && visitScalar(one, other, inner);
    if (one.kind === 'sequence') {
      if (other.kind !== 'sequence' || one.flow !== other.flow || one.items.length !== other.items.length) return false;
      return one.items.every((item, index) => visit(item, other.items[index] ?? item, ''));
    }
    if (other.kind !== 'map' || one.flow !== other.flow || one.entries.length !== other.entries.length) return false;
    return one.entries.every((entry, index) => visitEntry(entry, other.entries[index] ?? entry));
  }

  function visitScalar(one: ScalarNode, other: ScalarNode, inner: string): boolean {
    if (one.text === other.text && one.value === other.value && one.style === other.style) return true;
    // What is missing, or is no text any more, is another kind of thing.
    if (one.style === 'missing' || other.style === 'missing' || typeof one.value !== typeof other.value) return false;
    if (!at.isSite && !(at.depth === 1 && LABELS.includes(at.key))) return false;
    // The type of an error is part of the model, and decides about transitions.
    const isVariable = ASSIGNING.includes(at.above);
    if (at.key === 'error' && !isVariable) return false;
    found.scalars.push([one, other]);
    if (at.key === 'when' && typeof one.value === 'boolean') found.aspects.add('flow');
    if (TELLING.includes(inner) || TELLING.includes(at.key)) found.aspects.add('model');
    return true;
  }
}

/** Gives the nodes of `before` the places and the texts of `after`, which has the same form. */
function follow(before: Entry, after: Entry, scalars: Comparison['scalars']): void {
  followEntry(before, after);
  for (const [one, other] of scalars) Object.assign(one, { value: other.value, text: other.text, style: other.style });
}

function followEntry(before: Entry, after: Entry): void {
  followNode(before.key, after.key);
  followNode(before.value, after.value);
  followRange(before, after);
}

function followNode(before: Node, after: Node): void {
  followRange(before, after);
  if (before.kind === 'sequence' && after.kind === 'sequence') {
    for (const [at, item] of after.items.entries()) followNode(before.items[at] ?? item, item);
  }
  if (before.kind === 'map' && after.kind === 'map') {
    for (const [at, entry] of after.entries.entries()) followEntry(before.entries[at] ?? entry, entry);
  }
}

function followRange(before: { readonly range: Node['range'] }, after: { readonly range: Node['range'] }): void {
  if (before.range instanceof MovingRange) before.range.follow(after.range);
}
