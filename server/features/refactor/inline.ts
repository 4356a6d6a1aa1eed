/**
 * A child workflow taken into the state that runs it, as a scope. It is offered only where the two mean the same: the child
 * does nothing that only a run of its own can do, and what it declares either is not declared here or is the same.
 */
import {
  type Analysis,
  entryOf,
  type Entry,
  type MapNode,
  type Node,
  referencedFiles,
  type State,
  stringOf,
  toJson,
  valueOf,
} from '../../../language/index.ts';
import { apply, type Replacement } from '../format.ts';
import {
  columnOf,
  endOfLine,
  insertion,
  lineBreakOf,
  lineStart,
  nextLine,
  type Refactoring,
  shifted,
  textOf,
} from './text.ts';

/** Keys of a workflow that a scope has as well, in the order in which they are written there. */
const MOVED = ['start', 'vars', 'states', 'catch', 'output', 'compensation'] as const;
/** Keys that may stand in the child without being taken along. */
const LEFT = ['workflow', 'version', 'title', 'description', 'input'];
const DECLARED = ['participants', 'events', 'errors'];
const POLICIES = ['retry', 'timeout', 'circuitBreaker'];

/** The scope in place of `run`; `childAt` gives the child by its path as it is written. */
export function childInlining(
  analysis: Analysis,
  state: State,
  childAt: (path: string) => Analysis | undefined,
): Refactoring | null {
  const { action, node } = state;
  if (action?.kind !== 'run' || action.file === null || node.kind !== 'map' || node.flow) return null;
  if (valueOf(node, 'detached') !== undefined) return null;
  const child = childAt(action.file.value);
  const root = child?.tree.root;
  if (child?.shape !== 'workflow' || root?.kind !== 'map' || root.flow || !isMovable(child, root, action.file.value))
    return null;
  const renamed = inputReads(child, action.with, analysis);
  const declared = renamed === null ? null : declarations(analysis, child, root);
  const run = entryOf(node, 'run');
  if (renamed === null || declared === null || run === undefined) return null;

  const column = columnOf(analysis, run.range.start);
  const newline = lineBreakOf(analysis);
  const text = apply(child.text, renamed);
  const moved = MOVED.flatMap((key) => {
    const entry = entryOf(root, key);
    if (entry === undefined) return [];
    const start = moveOffset(lineStart(child, entry.range.start), renamed);
    const end = moveOffset(linesEnd(child, entry), renamed);
    return [shifted(text.slice(start, end).replace(/\r\n|\r|\n/g, newline), column + 2).trimEnd()];
  });
  const scope = [`${' '.repeat(column)}scope:`, ...moved].join(newline) + newline;
  const removed = ['with', 'version'].flatMap((key) => {
    const entry = entryOf(node, key);
    return entry === undefined ? [] : [{ range: wholeLines(analysis, entry), newText: '' }];
  });
  const edits = [{ range: wholeLines(analysis, run), newText: scope }, ...removed, ...declared];
  return { title: `Inline ‘${child.workflow.id?.value ?? action.file.value}’`, kind: 'refactor.inline', edits };
}

function isMovable(child: Analysis, root: MapNode, path: string): boolean {
  const known = [...MOVED, ...LEFT, ...DECLARED, 'policies'];
  if (child.diagnostics.some(({ severity }) => severity === 'error')) return false;
  if (
    !root.entries.every(
      ({ key, value }) => known.includes(key.text) && !(value.kind !== 'scalar' && key.text === 'states' && value.flow),
    )
  )
    return false;
  // In a run of its own these reach as far as that run; in a scope they would reach another way.
  if (child.workflow.states.some(({ pivot, confirm }) => pivot || confirm !== null)) return false;
  if (child.sites.some(({ read }) => read.expressions.some(({ parsed }) => parsed.roots.includes('run')))) return false;
  if (/\brollback\s*:/.test(child.text)) return false;
  // Paths count from the folder of the file that they stand in.
  return /^(?:\.\/)?[^/]+$/.test(path) || referencedFiles(child.workflow).length === 0;
}

/** What stands in place of the reads of the child's input; null where that can't be said. */
function inputReads(child: Analysis, given: Node | null, parent: Analysis): readonly Replacement[] | null {
  if (isWholeInput(given)) return [];
  const edits: Replacement[] = [];
  const names = new Set(child.workflow.states.map(({ name }) => name));
  for (const { read } of child.sites) {
    for (const { parsed } of read.expressions) {
      if (parsed.roots.includes('*')) return null;
      for (const { root, rootRange, path, filtered } of parsed.reads) {
        if (root !== 'input') continue;
        const [first] = path;
        const source = first === undefined || filtered ? null : pathIn(valueOf(given, first.name));
        if (first === undefined || source === null) return null;
        // A state of the child must not come to stand before the one whose result is read.
        if (source[0] === 'results' && names.has(source[1] ?? '')) return null;
        if (source[0] === 'vars' && child.workflow.root.vars.length > 0) return null;
        edits.push({ range: { start: rootRange.start, end: first.range.end }, newText: source.join('.') });
      }
    }
  }
  return parent.tree.root === null ? null : edits.sort((one, other) => one.range.start - other.range.start);
}

/** The names of a value that is one path from a root, `${ results.a.id }`; null for any other. */
function pathIn(node: Node | undefined): readonly string[] | null {
  const path = /^\$\{\s*((?:input|results|vars)(?:\.[A-Za-z_]\w*)*)\s*\}$/.exec(stringOf(node) ?? '')?.[1];
  return path === undefined ? null : path.split('.');
}

function isWholeInput(given: Node | null): boolean {
  return pathIn(given ?? undefined)?.join('.') === 'input';
}

/** The declarations of the child that this file lacks; null where it has others of the same name. */
function declarations(analysis: Analysis, child: Analysis, root: MapNode): readonly Replacement[] | null {
  const edits: Replacement[] = [];
  const sections: readonly (readonly string[])[] = [
    ...DECLARED.map((name) => [name]),
    ...POLICIES.map((name) => ['policies', name]),
  ];
  for (const path of sections) {
    const theirs = sectionAt(root, path);
    const ours = sectionAt(analysis.tree.root, path);
    const missing: Entry[] = [];
    for (const entry of theirs?.entries ?? []) {
      const own = entryOf(ours, entry.key.text);
      if (own === undefined) missing.push(entry);
      else if (JSON.stringify(toJson(own.value)) !== JSON.stringify(toJson(entry.value))) return null;
    }
    if (missing.length === 0) continue;
    if (ours === null) {
      // A section that would have to be made inside of another one is rare enough to be left to the author.
      if (path.length > 1 && entryOf(analysis.tree.root, 'policies') !== undefined) return null;
      edits.push(newSection(analysis, child, path, missing));
    } else if (ours.flow) {
      const last = ours.entries.at(-1);
      if (last === undefined || missing.some(({ value }) => value.kind !== 'scalar' && !value.flow)) return null;
      edits.push(insertion(last.range.end, missing.map((entry) => `, ${textOf(child, entry.range)}`).join('')));
    } else edits.push(appended(analysis, child, ours, missing));
  }
  return edits;
}

function sectionAt(root: Node | null, path: readonly string[]): MapNode | null {
  let node: Node | null | undefined = root;
  for (const name of path) node = valueOf(node, name);
  return node?.kind === 'map' ? node : null;
}

function appended(analysis: Analysis, child: Analysis, section: MapNode, entries: readonly Entry[]): Replacement {
  const last = section.entries.at(-1);
  const column = columnOf(analysis, section.entries[0]?.range.start ?? section.range.start);
  const newline = lineBreakOf(analysis);
  const lines = entries.map((entry) => newline + entryText(analysis, child, entry, column));
  return insertion(endOfLine(analysis, last?.range.end ?? section.range.end), lines.join(''));
}

function newSection(
  analysis: Analysis,
  child: Analysis,
  path: readonly string[],
  entries: readonly Entry[],
): Replacement {
  const newline = lineBreakOf(analysis);
  const lines = path.map((name, depth) => `${'  '.repeat(depth)}${name}:`);
  lines.push(...entries.map((entry) => entryText(analysis, child, entry, path.length * 2)));
  const states = entryOf(analysis.tree.root, 'states');
  const at = lineStart(analysis, states?.range.start ?? 0);
  return insertion(at, lines.join(newline) + newline);
}

function entryText(analysis: Analysis, child: Analysis, entry: Entry, column: number): string {
  const text = textOf(child, entry.range)
    .trimEnd()
    .replace(/\r\n|\r|\n/g, lineBreakOf(analysis));
  const own = columnOf(child, entry.range.start);
  return shifted(' '.repeat(own) + text, column - own);
}

/** The lines of an entry of a block, up to the next key. */
function wholeLines(analysis: Analysis, entry: Entry): { readonly start: number; readonly end: number } {
  return { start: lineStart(analysis, entry.range.start), end: linesEnd(analysis, entry) };
}

function linesEnd(analysis: Analysis, { range }: Entry): number {
  let end = range.end;
  while (end > range.start && /\s/.test(analysis.text[end - 1] ?? '')) end--;
  return nextLine(analysis, end - 1);
}

/** Where an offset is after the edits, which are in order and before or behind it. */
function moveOffset(offset: number, edits: readonly Replacement[]): number {
  let by = 0;
  for (const { range, newText } of edits) {
    if (range.end <= offset) by += newText.length - (range.end - range.start);
  }
  return offset + by;
}
