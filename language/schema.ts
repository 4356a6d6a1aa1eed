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

/** The keys of `shape` that say what kind of thing it is. */
export function kindKeys(shape: Shape): readonly string[] {
  return shape.keys.filter((key) => key.kind === true).map((key) => key.name);
}

/** The key of this name in `shape`, the one that fits the kinds if there are several, else the first of that name. */
export function keyNamed(shape: Shape, name: string, kinds: readonly string[] = []): Key | undefined {
  const keys = shape.keys.filter((key) => key.name === name);
  return keys.find((key) => fitsKinds(key, kinds)) ?? keys[0];
}

/** The names of the kind keys that stand in `node`, in the file's order. */
export function kindsIn(shape: Shape, node: Node | null): readonly string[] {
  if (node?.kind !== 'map') return [];
  const kinds = kindKeys(shape);
  return [...new Set(node.entries.map((entry) => entry.key.text).filter((name) => kinds.includes(name)))];
}

/** Whether `key` may stand beside these kinds. Without any kind everything may stand there still. */
export function fitsKinds(key: Key, kinds: readonly string[]): boolean {
  return key.with === undefined || kinds.length === 0 || key.with.some((kind) => kinds.includes(kind));
}

/** The options of `type` without any nesting of `either`; the type itself where it is none. */
export function optionsOf(type: ValueType): readonly ValueType[] {
  return type.is === 'either' ? type.options.flatMap(optionsOf) : [type];
}
