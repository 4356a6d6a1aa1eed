/**
 * Quick fixes as edits of the text. A finding carries what its fixes need to know; here that becomes text that keeps the
 * file's own style: braces where it uses braces, its indentation elsewhere.
 */
import type { Analysis } from './analysis.ts';
import { DIAGNOSTICS } from './codes.ts';
import type { Diagnostic, FixData } from './diagnostics.ts';
import { referencesTo } from './symbols.ts';
import { positionAt, type Range } from './text.ts';
import { type Entry, entryOf, isMissing, type MapNode, type Node, type SequenceNode } from './tree.ts';

export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

export interface Fix {
  /** What it does, as a person reads it in a menu. */
  readonly title: string;
  /** In the file itself, not touching each other. */
  readonly edits: readonly TextEdit[];
  /** Whether it only says, in a comment, that what was found is meant so. */
  readonly silences?: true;
}

/**
 * The ways to put `diagnostic` right, best first. Where a code has quick fixes and none of them would do here, what is no
 * error can be silenced by a comment.
 */
export function fixesFor(analysis: Analysis, diagnostic: Diagnostic): readonly Fix[] {
  const fixes = (diagnostic.fixes ?? []).flatMap((data) => fixOf(analysis, data));
  const { fixable, severity } = DIAGNOSTICS[diagnostic.code];
  return fixes.length > 0 || !fixable || severity === 'error' ? fixes : silenced(analysis, diagnostic);
}

function silenced(analysis: Analysis, { code, range }: Diagnostic): readonly Fix[] {
  const start = lineStart(analysis, range.start);
  // Inside a text over several lines there are no comments.
  const around = findNode(analysis.tree.root, (node) => {
    return node.kind === 'scalar' && node.range.start < start && start < node.range.end;
  });
  if (around !== null) return [];
  const [indent = ''] = /^[ \t]*/.exec(analysis.text.slice(start, range.start)) ?? [];
  const newText = `${indent}# backstep-disable-next-line ${code}${lineBreak(analysis)}`;
  return [{ title: `Silence ‘${code}’ here`, edits: [{ range: empty(start), newText }], silences: true }];
}

function fixOf(analysis: Analysis, data: FixData): readonly Fix[] {
  switch (data.kind) {
    case 'replace':
      return data.with.map((name) => ({
        title: `Change to ‘${name}’`,
        edits: [{ range: data.range, newText: name }],
      }));
    case 'quote':
      return [
        { title: 'Put it into quotes', edits: [{ range: data.range, newText: quoted(textOf(analysis, data.range)) }] },
      ];
    case 'insert-key': {
      const map = findNode(analysis.tree.root, (node) => node.kind === 'map' && sameRange(node.range, data.into));
      if (map?.kind !== 'map') return [];
      return fix(`Add ‘${data.key}: ${data.value}’`, insertEntry(analysis, map, data.key, data.value));
    }
    case 'remove-entry':
      return fix('Remove it', removeAt(analysis, data.entry));
    case 'declare':
      return fix(`Declare ‘${data.name}’ under ‘${data.section.join('.')}’`, declareIn(analysis, data));
    case 'add-item':
      return fix('Add a transition that always holds', addItem(analysis, data.list, data.item));
    case 'rename':
      return data.to.map((name) => ({
        title: `Rename it to ‘${name}’`,
        edits: renamed(analysis, data.declaration, name),
      }));
    case 'rewrite':
      return fix(data.title, { range: data.range, newText: data.text });
    case 'all': {
      const parts = data.of.map((one) => fixOf(analysis, one)[0]);
      // Half of a fix is none.
      if (parts.includes(undefined)) return [];
      return [{ title: data.title, edits: parts.flatMap((part) => part?.edits ?? []) }];
    }
  }
}

function renamed(analysis: Analysis, declaration: Range, name: string): readonly TextEdit[] {
  const { symbols } = analysis;
  const target = symbols.declarations.find((one) => one.file === null && sameRange(one.range, declaration));
  const uses = target === undefined ? [] : referencesTo(symbols, target);
  return [declaration, ...uses.map(({ range }) => range)].map((range) => ({ range, newText: name }));
}

function fix(title: string, edit: TextEdit | null): readonly Fix[] {
  return edit === null ? [] : [{ title, edits: [edit] }];
}

function insertEntry(analysis: Analysis, map: MapNode, key: string, value: string): TextEdit | null {
  const last = map.entries.at(-1);
  const [first] = map.entries;
  if (map.flow) {
    const text = textOf(analysis, map.range);
    if (!text.endsWith('}')) return null;
    const at = last?.range.end ?? map.range.start + 1;
    return { range: { start: at, end: at }, newText: last === undefined ? ` ${key}: ${value} ` : `, ${key}: ${value}` };
  }
  if (first === undefined || last === undefined) return null;
  const indent = ' '.repeat(column(analysis, first.range.start));
  // The id stands first in a workflow; everything else is appended.
  if (key === 'workflow') {
    return { range: empty(first.range.start), newText: `${key}: ${value}${lineBreak(analysis)}${indent}` };
  }
  return appendLine(analysis, last.range.end, `${indent}${key}: ${value}`);
}

/** A line of its own behind the one that `offset` is on. */
function appendLine(analysis: Analysis, offset: number, line: string): TextEdit {
  const at = lineEnd(analysis, offset);
  return { range: empty(at), newText: `${lineBreak(analysis)}${line}` };
}

function removeAt(analysis: Analysis, range: Range): TextEdit | null {
  const { root } = analysis.tree;
  const found = findParent(root, range);
  if (found === null) return null;
  const { parent, at } = found;
  const parts: readonly { readonly range: Range }[] = parent.kind === 'map' ? parent.entries : parent.items;
  const part = parts[at];
  if (part === undefined) return null;
  if (parent.flow) return removeFromFlow(analysis, parts, at);
  const start = lineStart(analysis, part.range.start);
  const before = analysis.text.slice(start, part.range.start);
  const next = parts[at + 1];
  if (parent.kind === 'map' && !/^\s*$/.test(before)) {
    // The first key of a list’s item: what follows moves up to it.
    if (next !== undefined) return { range: { start: part.range.start, end: next.range.start }, newText: '' };
    return { range: part.range, newText: '{}' };
  }
  return { range: { start, end: nextLine(analysis, part.range.end) }, newText: '' };
}

function removeFromFlow(analysis: Analysis, parts: readonly { readonly range: Range }[], at: number): TextEdit | null {
  const part = parts[at];
  const before = parts[at - 1];
  const after = parts[at + 1];
  if (part === undefined) return null;
  if (before !== undefined) return { range: { start: before.range.end, end: part.range.end }, newText: '' };
  if (after !== undefined) return { range: { start: part.range.start, end: after.range.start }, newText: '' };
  let { start, end } = part.range;
  while (/[ \t]/.test(analysis.text[start - 1] ?? '')) start--;
  while (/[ \t,]/.test(analysis.text[end] ?? '')) end++;
  return { range: { start, end }, newText: '' };
}

function declareIn(analysis: Analysis, data: FixData & { kind: 'declare' }): TextEdit | null {
  const { root } = analysis.tree;
  if (root?.kind !== 'map') return null;
  let map: MapNode = root;
  for (const [depth, key] of data.section.entries()) {
    const entry = entryOf(map, key);
    const rest = data.section.slice(depth + 1);
    if (entry === undefined) return insertSection(analysis, map, [key, ...rest], data);
    if (isMissing(entry.value)) return fillSection(analysis, entry, rest, data);
    if (entry.value.kind !== 'map') return null;
    map = entry.value;
  }
  return insertEntry(analysis, map, data.name, data.value);
}

function insertSection(
  analysis: Analysis,
  map: MapNode,
  section: readonly string[],
  data: FixData & { kind: 'declare' },
): TextEdit | null {
  const [key, ...rest] = section;
  if (key === undefined) return null;
  const inner = rest.reduceRight((value, name) => `{ ${name}: ${value} }`, `{ ${data.name}: ${data.value} }`);
  if (map.flow || map !== analysis.tree.root) return insertEntry(analysis, map, key, inner);
  const lines = nested(section, data, '', lineBreak(analysis));
  const states = entryOf(map, 'states');
  if (states === undefined) return appendLine(analysis, map.entries.at(-1)?.range.end ?? 0, lines);
  const gap = lineBreak(analysis).repeat(2);
  return { range: empty(states.range.start), newText: `${lines}${gap}` };
}

function fillSection(
  analysis: Analysis,
  entry: Entry,
  rest: readonly string[],
  data: FixData & { kind: 'declare' },
): TextEdit {
  const indent = ' '.repeat(column(analysis, entry.range.start) + 2);
  return appendLine(analysis, entry.range.end, nested(rest, data, indent, lineBreak(analysis)));
}

function nested(
  section: readonly string[],
  data: FixData & { kind: 'declare' },
  indent: string,
  newline: string,
): string {
  const lines = section.map((key, depth) => `${indent}${'  '.repeat(depth)}${key}:`);
  return [...lines, `${indent}${'  '.repeat(section.length)}${data.name}: ${data.value}`].join(newline);
}

function addItem(analysis: Analysis, range: Range, item: string): TextEdit | null {
  const found = findParent(analysis.tree.root, range);
  if (found === null) return null;
  const { parent, at } = found;
  if (parent.kind === 'sequence') {
    const last = parent.items[at];
    if (last === undefined) return null;
    if (parent.flow) return { range: empty(last.range.end), newText: `, ${item}` };
    const dash = analysis.text.lastIndexOf('-', last.range.start - 1);
    const indent = ' '.repeat(column(analysis, dash));
    return appendLine(analysis, last.range.end, `${indent}- ${item.replace(/^\{ (.*) \}$/, '$1')}`);
  }
  const value = parent.entries[at]?.value;
  if (value?.kind !== 'map') return null;
  const text = textOf(analysis, value.range);
  if (value.flow) return { range: value.range, newText: `[${text}, ${item}]` };
  const outer = ' '.repeat(column(analysis, value.range.start));
  const body = text.replace(/(\r\n|\r|\n)/g, '$1  ');
  return {
    range: value.range,
    newText: `- ${body}${lineBreak(analysis)}${outer}- ${item.replace(/^\{ (.*) \}$/, '$1')}`,
  };
}

/** Text in the quotes that change least of it. */
function quoted(text: string): string {
  return /["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : `"${text}"`;
}

interface Place {
  readonly parent: MapNode | SequenceNode;
  readonly at: number;
}

/** The entry or the item that is written at `range`, or whose value is. */
function findParent(node: Node | null, range: Range): Place | null {
  if (node === null || node.kind === 'scalar') return null;
  const parts = node.kind === 'map' ? node.entries.map((entry) => entry.value) : node.items;
  for (const [at, value] of parts.entries()) {
    const whole = node.kind === 'map' ? node.entries[at]?.range : value.range;
    if (whole !== undefined && sameRange(whole, range)) return { parent: node, at };
    if (value.range.start > range.start || value.range.end < range.end) continue;
    const inner = findParent(value, range);
    if (inner !== null) return inner;
    if (sameRange(value.range, range)) return { parent: node, at };
  }
  return null;
}

function findNode(node: Node | null, is: (node: Node) => boolean): Node | null {
  if (node === null) return null;
  if (is(node)) return node;
  if (node.kind === 'scalar') return null;
  for (const child of node.kind === 'map' ? node.entries.map((entry) => entry.value) : node.items) {
    const found = findNode(child, is);
    if (found !== null) return found;
  }
  return null;
}

function sameRange(a: Range, b: Range): boolean {
  return a.start === b.start && a.end === b.end;
}

function empty(at: number): Range {
  return { start: at, end: at };
}

function textOf(analysis: Analysis, range: Range): string {
  return analysis.text.slice(range.start, range.end);
}

function column(analysis: Analysis, offset: number): number {
  return positionAt(analysis.lines, offset).character;
}

function lineStart(analysis: Analysis, offset: number): number {
  return offset - column(analysis, offset);
}

function nextLine(analysis: Analysis, offset: number): number {
  return analysis.lines.starts[positionAt(analysis.lines, offset).line + 1] ?? analysis.text.length;
}

function lineEnd(analysis: Analysis, offset: number): number {
  let end = nextLine(analysis, offset);
  while (end > offset && /[\r\n]/.test(analysis.text[end - 1] ?? '')) end--;
  return end;
}

function lineBreak(analysis: Analysis): string {
  return analysis.text.includes('\r\n') ? '\r\n' : '\n';
}
