/** What an edit changed in one unit, told from the entry that it was and the entry that it is. */
import type { Aspect } from './check.ts';
import { MovingRange } from './moving.ts';
import type { TemplateSite } from './sites.ts';
import type { Entry, Node, ScalarNode } from './tree.ts';

export interface UnitEdit {
  readonly scalars: readonly (readonly [ScalarNode, ScalarNode])[];
  readonly aspects: ReadonlySet<Aspect>;
  /** Values in which something changed that other parts may read the type of. */
  readonly typed: readonly Node[];
}

/** Keys below which authors name variables. */
const ASSIGNING = ['assign', 'set', 'vars'];

/** Keys of values that nothing else reads the type of. */
const PRIVATE = ['with', 'when', 'match', 'message', 'title', 'description', 'data', 'idempotencyKey'];

/**
 * Compares two forms of an entry. Null where they differ in more than titles and values with expressions: then the model
 * of the unit is another.
 *
 * @param sites the values of the entry before in which expressions may stand
 */
export function compareEntries(before: Entry, after: Entry, sites: readonly TemplateSite[]): UnitEdit | null {
  const siteNodes = new Set(sites.map(({ node }) => node));
  const scalars: (readonly [ScalarNode, ScalarNode])[] = [];
  const aspects = new Set<Aspect>();
  const typed = new Set<Node>();
  const at: { key: string; above: string; site: Node | null; depth: number } = {
    key: '',
    above: '',
    site: null,
    depth: 0,
  };
  return visitEntry(before, after) ? { scalars, aspects, typed: [...typed] } : null;

  function visitEntry(one: Entry, other: Entry): boolean {
    if (one.key.text !== other.key.text || one.key.style !== other.key.style) return false;
    const { key, above } = at;
    // Below a value with expressions, keys are the author’s.
    if (at.site === null) [at.key, at.above] = [one.key.text, key];
    at.depth++;
    const same = visit(one.value, other.value);
    at.depth--;
    [at.key, at.above] = [key, above];
    return same;
  }

  function visit(one: Node, other: Node): boolean {
    if (one.kind !== other.kind) return false;
    const outer = at.site;
    if (siteNodes.has(one)) at.site ??= one;
    const same = visitInside(one, other);
    at.site = outer;
    return same;
  }

  function visitInside(one: Node, other: Node): boolean {
    if (one.kind === 'scalar') return other.kind === 'scalar' && visitScalar(one, other);
    if (one.kind === 'sequence') {
      if (other.kind !== 'sequence' || one.flow !== other.flow || one.items.length !== other.items.length) return false;
      return one.items.every((item, index) => visit(item, other.items[index] ?? item));
    }
    if (other.kind !== 'map' || one.flow !== other.flow || one.entries.length !== other.entries.length) return false;
    return one.entries.every((entry, index) => visitEntry(entry, other.entries[index] ?? entry));
  }

  function visitScalar(one: ScalarNode, other: ScalarNode): boolean {
    if (one.text === other.text && one.value === other.value && one.style === other.style) return true;
    // What is missing, or is no text any more, is another kind of thing.
    if (one.style === 'missing' || other.style === 'missing' || typeof one.value !== typeof other.value) return false;
    if (at.site === null && !(at.depth === 2 && (at.key === 'title' || at.key === 'description'))) return false;
    // The type of an error is part of the model, and decides about transitions.
    const isVariable = ASSIGNING.includes(at.above);
    if (at.key === 'error' && !isVariable) return false;
    scalars.push([one, other]);
    if (at.site === null) return true;
    const isGuard = !isVariable && (at.key === 'when' || at.key === 'match');
    const isLiteral = !one.text.includes('${') || !other.text.includes('${');
    aspects.add(isGuard ? 'guards' : isLiteral ? 'literals' : 'values');
    if (isVariable || !PRIVATE.includes(at.key)) typed.add(at.site);
    return true;
  }
}

/** Gives the nodes of `before` the places and the texts of `after`, which has the same form. */
export function follow(before: Entry, after: Entry, scalars: UnitEdit['scalars']): void {
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
