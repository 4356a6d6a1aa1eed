/** Small changes of a workflow's text that keep its style: braces where it has braces, lines elsewhere. */
import {
  type Analysis,
  entryOf,
  type MapNode,
  type Node,
  positionAt,
  type Range,
  type State,
} from '../../../language/index.ts';
import type { Replacement } from '../format.ts';

/** A change that an author can choose where the cursor is. */
export interface Refactoring {
  /** As a person reads it in a menu. */
  readonly title: string;
  readonly kind: 'refactor.rewrite' | 'refactor.extract' | 'refactor.inline';
  /** In the file itself, not touching each other. */
  readonly edits: readonly Replacement[];
  /** Files to make, their paths relative to this one. */
  readonly created?: readonly { readonly path: string; readonly text: string }[];
}

/** The text of a range. */
export function textOf({ text }: Analysis, range: Range): string {
  return text.slice(range.start, range.end);
}

/** The column in which the line of `offset` has its first character of this mapping or entry. */
export function columnOf({ lines }: Analysis, offset: number): number {
  return positionAt(lines, offset).character;
}

/** The file's line break. */
export function lineBreakOf({ text }: Analysis): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** The offset at which the line of `offset` begins. */
export function lineStart({ lines }: Analysis, offset: number): number {
  return lines.starts[positionAt(lines, offset).line] ?? 0;
}

/** The offset behind the line of `offset`, its line break included. */
export function nextLine({ lines, text }: Analysis, offset: number): number {
  return lines.starts[positionAt(lines, offset).line + 1] ?? text.length;
}

/**
 * A key that is added to a state, before its `next` where there is one.
 *
 * @param inFlow the value in braces
 * @param block the lines of the value below the key; null where it stands behind the key in a block too
 */
export function addKey(
  analysis: Analysis,
  state: State,
  key: string,
  inFlow: string,
  block: readonly string[] | null = null,
): Replacement | null {
  const { node } = state;
  const last = node.kind === 'map' ? node.entries.at(-1) : undefined;
  const first = node.kind === 'map' ? node.entries[0] : undefined;
  if (node.kind !== 'map' || last === undefined || first === undefined) return null;
  const next = entryOf(node, 'next');
  if (node.flow) {
    if (next !== undefined) return insertion(next.range.start, `${key}: ${inFlow}, `);
    return insertion(last.range.end, `, ${key}: ${inFlow}`);
  }
  const newline = lineBreakOf(analysis);
  const indent = ' '.repeat(columnOf(analysis, first.range.start));
  const lines =
    block === null
      ? [`${indent}${key}: ${inFlow}`]
      : [`${indent}${key}:`, ...block.map((line) => `${indent}  ${line}`)];
  const added = lines.join(newline);
  if (next !== undefined && next !== first) return insertion(lineStart(analysis, next.range.start), added + newline);
  const end = endOfLine(analysis, last.range.end);
  return insertion(end, newline + added);
}

/** A state that is added behind another one of the same scope. */
export function addState(analysis: Analysis, behind: State, name: string, inFlow: string): Replacement {
  const indent = ' '.repeat(columnOf(analysis, behind.nameRange.start));
  if (isInFlow(analysis, behind)) return insertion(behind.range.end, `, ${name}: ${inFlow}`);
  return insertion(endOfLine(analysis, behind.range.end), `${lineBreakOf(analysis)}${indent}${name}: ${inFlow}`);
}

/** Whether the states of the scope stand in braces. */
export function isInFlow(analysis: Analysis, state: State): boolean {
  const states = statesNode(analysis, state);
  return states === null || states.flow;
}

/** The mapping that holds a state. */
export function statesNode({ tree }: Analysis, state: State): MapNode | null {
  const find = (node: Node | null): MapNode | null => {
    if (node === null || node.kind === 'scalar') return null;
    if (node.range.start > state.range.start || node.range.end < state.nameRange.end) return null;
    if (
      node.kind === 'map' &&
      node.entries.some(({ key }) => key.range.start <= state.nameRange.start && state.nameRange.end <= key.range.end)
    ) {
      return node;
    }
    for (const inner of node.kind === 'map' ? node.entries.map(({ value }) => value) : node.items) {
      const found = find(inner);
      if (found !== null) return found;
    }
    return null;
  };
  return find(tree.root);
}

/** Text put in at an offset. */
export function insertion(at: number, newText: string): Replacement {
  return { range: { start: at, end: at }, newText };
}

/** The end of the line of `offset`, before its line break. */
export function endOfLine(analysis: Analysis, offset: number): number {
  // An entry of a block may reach to the beginning of the line behind it.
  const { text } = analysis;
  let inside = offset;
  while (inside > 0 && /[\s]/.test(text[inside - 1] ?? '')) inside--;
  let end = nextLine(analysis, inside);
  while (end > inside && /[\r\n]/.test(text[end - 1] ?? '')) end--;
  return end;
}

/** The lines with their indentation changed by so many columns; empty lines stay empty. */
export function shifted(text: string, by: number): string {
  if (by >= 0) return text.replace(/^(?=[^\r\n])/gm, ' '.repeat(by));
  return text.replace(new RegExp(`^ {1,${String(-by)}}`, 'gm'), '');
}

/** `name`, or `name_2` and so on if the scope has a state of that name. */
export function freeName(state: State, name: string): string {
  const taken = new Set(state.scope.states.map((one) => one.name));
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) if (!taken.has(`${name}_${number}`)) return `${name}_${number}`;
}
