/**
 * The tree of a YAML file as Backstep sees it: mappings with their entries in order, sequences, scalars, each with its
 * range. It is the project's own, so that nothing but `parse.ts` knows the parser. An author's keys are never keys of a
 * JavaScript object here. Values that are missing are scalars of value null with an empty range.
 */
import type { Json } from './json.ts';
import { within } from './moving.ts';
import { type Range, touches } from './text.ts';

export type Node = MapNode | SequenceNode | ScalarNode;

export interface MapNode {
  readonly kind: 'map';
  readonly range: Range;
  /** Written with braces. */
  readonly flow: boolean;
  readonly entries: readonly Entry[];
}

export interface Entry {
  readonly key: ScalarNode;
  readonly value: Node;
  /** From the key to the end of the value. */
  readonly range: Range;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly range: Range;
  /** Written with brackets. */
  readonly flow: boolean;
  readonly items: readonly Node[];
}

export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal' | 'folded' | 'missing';

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly range: Range;
  readonly style: ScalarStyle;
  /** The value by the YAML 1.2 core schema. */
  readonly value: string | number | boolean | null;
  /** The value as text, whatever its type: for a plain scalar what is written, `1.0` for instance. */
  readonly text: string;
}

export interface Comment {
  /** From the `#` to the end of its line. */
  readonly range: Range;
}

export interface SyntaxProblem {
  readonly message: string;
  readonly range: Range;
}

export interface Tree {
  readonly root: Node | null;
  readonly comments: readonly Comment[];
  readonly problems: readonly SyntaxProblem[];
  /** Plain values with an expression that YAML would not read as meant; the tree holds them as meant. */
  readonly unquoted: readonly Range[];
}

/** The first entry of `node` with this key, if `node` is a mapping that has it. */
export function entryOf(node: Node | null | undefined, key: string): Entry | undefined {
  if (node?.kind !== 'map') return undefined;
  return node.entries.find((entry) => entry.key.text === key);
}

/** The value of the first entry with this key; a value that is missing counts as absent. */
export function valueOf(node: Node | null | undefined, key: string): Node | undefined {
  const value = entryOf(node, key)?.value;
  return value === undefined || isMissing(value) ? undefined : value;
}

/** Whether nothing was written where the node stands. */
export function isMissing(node: Node): boolean {
  return node.kind === 'scalar' && node.style === 'missing';
}

/** The text of a scalar that is a string. */
export function stringOf(node: Node | null | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** Where the text of a scalar stands, without its quotes. */
export function innerRange(node: ScalarNode): Range {
  const quoted = (node.style === 'double' || node.style === 'single') && node.range.end - node.range.start >= 2;
  return quoted ? within(node.range, node.range.start + 1, node.range.end - 1) : node.range;
}

/** The range of an item's or mapping's first key, or of the node itself where it has none. */
export function headRange(node: Node): Range {
  return node.kind === 'map' ? (node.entries[0]?.key.range ?? node.range) : node.range;
}

/** The node as JSON. `__proto__` becomes an own property like any other. Of duplicate keys the first counts. */
export function toJson(node: Node): Json {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'sequence') return node.items.map(toJson);
  const fields = new Map<string, Json>();
  for (const { key, value } of node.entries) if (!fields.has(key.text)) fields.set(key.text, toJson(value));
  return Object.fromEntries(fields);
}

/** One step on the way from the root to a node. */
export type PathStep =
  | { readonly in: 'map'; readonly node: MapNode; readonly entry: Entry; readonly part: 'key' | 'value' }
  | { readonly in: 'sequence'; readonly node: SequenceNode; readonly index: number };

/** The way from the root to the innermost node that touches `offset`; its last step says where the offset stands. */
export function nodePathAt(
  tree: Tree,
  offset: number,
): { readonly steps: readonly PathStep[]; readonly node: Node | null } {
  const steps: PathStep[] = [];
  let node = tree.root;
  while (node !== null) {
    const step = stepTowards(node, offset);
    if (step === null) return { steps, node };
    steps.push(step);
    if (step.in === 'sequence') node = step.node.items[step.index] ?? null;
    else if (step.part === 'key') return { steps, node: step.entry.key };
    else node = step.entry.value;
  }
  return { steps, node };
}

function stepTowards(node: Node, offset: number): PathStep | null {
  if (node.kind === 'scalar') return null;
  if (node.kind === 'sequence') {
    const index = node.items.findIndex((item) => touches(item.range, offset));
    return index < 0 ? null : { in: 'sequence', node, index };
  }
  for (const entry of node.entries) {
    if (touches(entry.key.range, offset)) return { in: 'map', node, entry, part: 'key' };
    if (touches(entry.value.range, offset)) return { in: 'map', node, entry, part: 'value' };
  }
  return null;
}

/** The smallest place that shows a finding at a JSON Pointer below the value of `entry`. */
export function placeBelow(entry: Entry, pointer: string): Range {
  let at: Node = entry.value;
  let range = entry.key.range;
  for (const raw of pointer.split('/').slice(1)) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at.kind === 'sequence') {
      const item = at.items[Number(name)];
      if (item === undefined) return range;
      [at, range] = [item, headRange(item)];
      continue;
    }
    const inner: Entry | undefined = entryOf(at, name);
    if (inner === undefined) return range;
    [at, range] = [inner.value, inner.key.range];
  }
  return at.kind === 'scalar' && !isMissing(at) ? at.range : range;
}
