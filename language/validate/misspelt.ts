/** Which keys the author probably meant where a mapping has keys that do not exist: one slip is one finding. */
import { nearest } from '../names.ts';
import { fitsKinds, keyNamed, kindsIn } from '../schema.ts';
import type { Shape } from '../schema/types.ts';
import type { Entry, MapNode } from '../tree.ts';

/** The keys that `entry` may have been meant for, best first: those that can still stand in `node`. */
export function meantKeys(shape: Shape, node: MapNode, entry: Entry): readonly string[] {
  const kinds = kindsIn(shape, node);
  const present = new Set(node.entries.map((one) => one.key.text));
  const open = shape.keys.filter((key) => {
    if (present.has(key.name) || !fitsKinds(key, kinds)) return false;
    return key.kind !== true || kinds.length === 0 || shape.kinds === undefined;
  });
  return nearest(
    entry.key.text,
    open.map((key) => key.name),
  );
}

/** Whether a key that does not exist was probably meant to be `name`. */
export function isMisspelt(shape: Shape, node: MapNode, name: string): boolean {
  const kinds = kindsIn(shape, node);
  return node.entries.some(
    (entry) => keyNamed(shape, entry.key.text, kinds) === undefined && meantKeys(shape, node, entry).includes(name),
  );
}
