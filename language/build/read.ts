/** Small readers that take typed values out of the tree, giving null or nothing where the value is absent or other. */
import type { Located } from '../text.ts';
import { type Entry, entryOf, innerRange, isMissing, type MapNode, type Node, valueOf } from '../tree.ts';

/** The string at `key`. */
export function stringAt(node: Node | null | undefined, key: string): Located<string> | null {
  return located(valueOf(node, key));
}

/** The text of a scalar at `key`, also where YAML reads it as a number. */
export function textAt(node: Node | null | undefined, key: string): Located<string> | null {
  const value = valueOf(node, key);
  return value?.kind === 'scalar' && value.value !== null ? { value: value.text, range: innerRange(value) } : null;
}

/** The number at `key`. */
export function numberAt(node: Node | null | undefined, key: string): Located<number> | null {
  const value = valueOf(node, key);
  return value?.kind === 'scalar' && typeof value.value === 'number'
    ? { value: value.value, range: value.range }
    : null;
}

/** Whether `true` stands at `key`; null when neither `true` nor `false` does. */
export function booleanAt(node: Node | null | undefined, key: string): boolean | null {
  const value = valueOf(node, key);
  return value?.kind === 'scalar' && typeof value.value === 'boolean' ? value.value : null;
}

/** The value at `key`, whatever it is. */
export function nodeAt(node: Node | null | undefined, key: string): Node | null {
  return valueOf(node, key) ?? null;
}

/** The mapping at `key`. */
export function mapAt(node: Node | null | undefined, key: string): MapNode | null {
  const value = valueOf(node, key);
  return value?.kind === 'map' ? value : null;
}

/** The entries of the mapping at `key`, in order. */
export function entriesAt(node: Node | null | undefined, key: string): readonly Entry[] {
  return mapAt(node, key)?.entries ?? [];
}

/** The items of the list at `key`. */
export function itemsAt(node: Node | null | undefined, key: string): readonly Node[] {
  const value = valueOf(node, key);
  return value?.kind === 'sequence' ? value.items.filter((item) => !isMissing(item)) : [];
}

/** The strings at `key`: of a list each one, or the one string that stands there. */
export function stringsAt(node: Node | null | undefined, key: string): readonly Located<string>[] {
  const value = valueOf(node, key);
  const nodes = value?.kind === 'sequence' ? value.items : value === undefined ? [] : [value];
  return nodes.flatMap((item) => located(item) ?? []);
}

/** The string that `node` is. */
export function located(node: Node | null | undefined): Located<string> | null {
  return node?.kind === 'scalar' && typeof node.value === 'string'
    ? { value: node.value, range: innerRange(node) }
    : null;
}

/** What a named entry has in common. */
export function named(entry: Entry): {
  readonly name: string;
  readonly nameRange: Entry['range'];
  readonly range: Entry['range'];
  readonly node: Node;
} {
  return { name: entry.key.text, nameRange: innerRange(entry.key), range: entry.range, node: entry.value };
}

/** The entry at `key`, if something stands there. */
export function presentEntry(node: Node | null | undefined, key: string): Entry | undefined {
  const entry = entryOf(node, key);
  return entry === undefined || isMissing(entry.value) ? undefined : entry;
}
