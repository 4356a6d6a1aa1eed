/** From an offset to the way of keys and numbers that leads there, in the tree of the file. */
import { type Entry, type Node, nodePathAt, type Tree } from '../../language/index.ts';
import type { SpotPath } from './completion/spot.ts';

export interface Way {
  /** The way to the mapping that holds the key at the offset, or to the value there. */
  readonly path: SpotPath;
  /** The key at the offset; null on a value. */
  readonly key: Entry | null;
  /** The value at the offset; null on a key. */
  readonly node: Node | null;
}

/** What stands at `offset`, or null where there is nothing. */
export function wayAt(tree: Tree, offset: number): Way | null {
  const { steps, node } = nodePathAt(tree, offset);
  const path = steps.map((step) => (step.in === 'map' ? step.entry.key.text : step.index));
  const last = steps.at(-1);
  if (last?.in === 'map' && last.part === 'key') return { path: path.slice(0, -1), key: last.entry, node: null };
  return node === null ? null : { path, key: null, node };
}
