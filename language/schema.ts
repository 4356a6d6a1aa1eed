/**
 * Every key of the language, once: its type, documentation, default and since when there is it. Checks of the form,
 * completion, hover, the JSON Schema and the generated reference all walk this table; nothing else lists keys.
 */
import { SCENARIO_SHAPES } from './schema/scenarios.ts';
import { STATE_SHAPES } from './schema/states.ts';
import type { Key, Shape, ShapeName, ValueType } from './schema/types.ts';
import { WORKFLOW_SHAPES } from './schema/workflow.ts';
import type { Node } from './tree.ts';

export type { Choice, Key, NameRule, ReferenceKind, Shape, ShapeName, ValueType } from './schema/types.ts';

/** The shapes by name. */
export const SCHEMA: ReadonlyMap<ShapeName, Shape> = new Map(
  [...WORKFLOW_SHAPES, ...STATE_SHAPES, ...SCENARIO_SHAPES].map((shape) => [shape.name, shape]),
);

/** The shape of this name. */
export function shapeNamed(name: ShapeName): Shape {
  const shape = SCHEMA.get(name);
  if (shape === undefined) throw new Error(`The schema has no shape ${name}.`);
  return shape;
}

/** What is asked of a shape at every mapping of a file. Shapes never change, so it is worked out once. */
interface ShapeIndex {
  readonly byName: ReadonlyMap<string, readonly Key[]>;
  readonly kinds: readonly string[];
}

const indices = new WeakMap<Shape, ShapeIndex>();

function indexOf(shape: Shape): ShapeIndex {
  const known = indices.get(shape);
  if (known !== undefined) return known;
  const byName = new Map<string, readonly Key[]>();
  for (const key of shape.keys) byName.set(key.name, [...(byName.get(key.name) ?? []), key]);
  const kinds = shape.keys.filter((key) => key.kind === true).map((key) => key.name);
  const index = { byName, kinds };
  indices.set(shape, index);
  return index;
}

/** The keys of `shape` that say what kind of thing it is. */
export function kindKeys(shape: Shape): readonly string[] {
  return indexOf(shape).kinds;
}

/** The key of this name in `shape`, the one that fits the kinds if there are several, else the first of that name. */
export function keyNamed(shape: Shape, name: string, kinds: readonly string[] = []): Key | undefined {
  const keys = indexOf(shape).byName.get(name);
  if (keys === undefined || keys.length === 1) return keys?.[0];
  return keys.find((key) => fitsKinds(key, kinds)) ?? keys[0];
}

/** The names of the kind keys that stand in `node`, in the file's order. */
export function kindsIn(shape: Shape, node: Node | null): readonly string[] {
  const kinds = kindKeys(shape);
  if (node?.kind !== 'map' || kinds.length === 0) return [];
  const found: string[] = [];
  for (const { key } of node.entries) if (kinds.includes(key.text) && !found.includes(key.text)) found.push(key.text);
  return found;
}

/** Whether `key` may stand beside these kinds. Without any kind everything may stand there still. */
export function fitsKinds(key: Key, kinds: readonly string[]): boolean {
  return key.with === undefined || kinds.length === 0 || key.with.some((kind) => kinds.includes(kind));
}

/** The options of `type` without any nesting of `either`; the type itself where it is none. */
export function optionsOf(type: ValueType): readonly ValueType[] {
  const known = options.get(type);
  if (known !== undefined) return known;
  const found = type.is === 'either' ? type.options.flatMap(optionsOf) : [type];
  options.set(type, found);
  return found;
}

const options = new WeakMap<ValueType, readonly ValueType[]>();
