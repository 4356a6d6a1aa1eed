/**
 * The door to types: what an expression, a value or a path in a file is, for the checks of the family data and for the
 * editor. Nothing is worked out before it is asked for, and everything at most once for a version of a file.
 */
import { type Node as Part, rangeOf, tokenRange } from '../expressions/ast.ts';
import type { LocatedExpression } from '../expressions/template.ts';
import type { TemplateSite } from '../sites.ts';
import type { Range } from '../text.ts';
import type { Scope, State, Workflow } from '../workflow.ts';
import { type HalfTyped, halfTyped } from './half-typed.ts';
import { type InferredParts, inferParts } from './infer.ts';
import { lookUp } from './look-up.ts';
import { placeParts, placesOf } from './places.ts';
import { resultOf } from './results.ts';
import { documentAt } from './roots.ts';
import type { Field, Type } from './type.ts';
import { inferredOf, type Spot, type TypedFile, typeOfSite, type World } from './world.ts';

const worlds = new WeakMap<Workflow, World>();

/** All types of `file`, made once for its Workflow. */
export function worldOf(file: TypedFile, distance = 0): World {
  const known = worlds.get(file.workflow);
  // The same text may be looked at from elsewhere, where other files are at hand.
  if (known?.file.context === file.context) return known;
  const world: World = {
    file,
    distance,
    places: placesOf(file.workflow, file.operations),
    siteOf: new Map(file.sites.map((site) => [site.node, site])),
    documentAt: (spot) => documentAt(world, spot),
    worldOf,
    results: new Map(),
    rawResults: new Map(),
    variables: new Map(),
    scopes: new WeakMap(),
    roots: new Map(),
    children: new Map(),
    inferred: new Map(),
    values: new Map(),
    assignments: null,
    open: [],
    leads: Infinity,
    provisional: new Map(),
  };
  worlds.set(file.workflow, world);
  return world;
}

/** Takes other states, scopes and sites into a world in the place of those that are no more. */
export function replacePart(world: World, before: WorldPart, after: WorldPart): void {
  forgetSites(world, before.sites);
  for (const { node } of before.sites) {
    world.siteOf.delete(node);
    if (!before.isHead) world.places.delete(node);
  }
  for (const site of after.sites) world.siteOf.set(site.node, site);
  placeParts(world.places, after);
}

/** Forgets the types of what is written at some sites. */
export function forgetSites(world: World, sites: readonly TemplateSite[]): void {
  for (const { read } of sites) {
    world.values.delete(read);
    for (const located of read.expressions) world.inferred.delete(located);
  }
}

/** What a part of a file gives to its types. */
export interface WorldPart {
  /** Whether it is what stands around the states. */
  readonly isHead: boolean;
  readonly sites: readonly TemplateSite[];
  readonly scopes: readonly Scope[];
  readonly states: readonly State[];
}

/** Forgets all types of a file, because something that they were worked out from is another. */
export function forgetTypes({ workflow }: TypedFile): void {
  worlds.delete(workflow);
}

/** The type that an expression at `site` gives, before nothing becomes null. */
export function typeOfExpression(file: TypedFile, site: TemplateSite, expression: LocatedExpression): Type {
  return inferredOf(worldOf(file), site, expression).type;
}

/** The type of the whole value at `site`, expressions evaluated. */
export function typeOfTemplate(file: TypedFile, site: TemplateSite): Type {
  return typeOfSite(worldOf(file), site);
}

/** The type of `results.STATE` of a state, for an inlay hint or an outline. */
export function typeOfResult(file: TypedFile, state: State): Type {
  return resultOf(worldOf(file), state);
}

/** The type at the end of a path of names from a root, at a place in the file; unknown where nothing is known. */
export function typeOfPath(file: TypedFile, spot: Spot, path: readonly string[]): Type {
  let type: Type = documentAt(worldOf(file), spot);
  for (const name of path) type = lookUp(type, name).type;
  return type;
}

/**
 * What a name is looked up in that is being typed behind `before`, the beginning of an expression at `spot`; null where
 * no name can stand.
 */
export function typeBefore(file: TypedFile, spot: Spot, before: string): HalfTyped | null {
  return halfTyped(before, documentAt(worldOf(file), spot));
}

/** A part of an expression with its type. */
export interface TypedPart {
  readonly part: Part;
  readonly type: Type;
  /** Where it is written in the file. */
  readonly range: Range;
  /** Where the part is a name that a schema describes. */
  readonly field: Field | null;
}

/** The innermost part of an expression at `offset`, with its type; null outside of expressions. */
export function typeAt(file: TypedFile, offset: number): TypedPart | null {
  for (const site of file.sites) {
    const { range } = site.node;
    if (offset < range.start || offset > range.end) continue;
    for (const located of site.read.expressions) {
      const { range: whole } = located.expression;
      if (offset < whole.start || offset > whole.end) continue;
      const { tree, source } = located.parsed;
      if (tree === null) continue;
      const part = partAt(inferParts(tree, source, documentAt(worldOf(file), site)), located, offset);
      if (part !== null) return part;
    }
  }
  return null;
}

function partAt(inferred: InferredParts, located: LocatedExpression, offset: number): TypedPart | null {
  const { place, source } = located.parsed;
  let best: TypedPart | null = null;
  for (const [part, type] of inferred.types) {
    // A name is hovered by its own letters, an operator by all that it joins.
    const single = ['name', 'variable', 'string', 'number', 'value'].includes(part.type);
    const own = single ? tokenRange(part, source) : rangeOf(part, source);
    const range = { start: place(own.start), end: place(own.end) };
    if (own.end < own.start || offset < range.start || offset > range.end) continue;
    if (best !== null && best.range.end - best.range.start < range.end - range.start) continue;
    best = { part, type, range, field: inferred.fields.get(part) ?? null };
  }
  return best;
}
