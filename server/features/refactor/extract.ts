/** Taking selected states out: to an embedded scope, or to a workflow of their own. */
import {
  type Analysis,
  analyse,
  type Declaration,
  entryOf,
  fixesFor,
  type Range,
  type Reference,
} from '../../../language/index.ts';
import { apply, type Replacement } from '../format.ts';
import type { Part } from './part.ts';
import { columnOf, freeName, lineBreakOf, type Refactoring, shifted, textOf } from './text.ts';

/** The selected states become the states of a scope, which others lead to in place of their first. */
export function scopeExtraction(analysis: Analysis, part: Part): Refactoring {
  const name = freeName(part.entry, `${part.entry.name}_scope`);
  const indent = ' '.repeat(columnOf(analysis, part.entry.nameRange.start));
  const start = part.entry === part.states[0] ? [] : [`${indent}    start: ${part.entry.name}`];
  const lines = [`${indent}${name}:`, `${indent}  scope:`, ...start, `${indent}    states:`];
  const newline = lineBreakOf(analysis);
  const newText = `${lines.join(newline)}${newline}${shifted(bodyOf(analysis, part), 6)}${indent}  next: ${part.exit}${newline}`;
  return {
    title: `Extract ${words(part)} to a scope`,
    kind: 'refactor.extract',
    edits: [{ range: part.range, newText }, ...part.inward.map((range) => ({ range, newText: name }))],
  };
}

/** The selected states become a workflow in a file of its own, which a state here runs; null where they need more than the input. */
export function childExtraction(analysis: Analysis, part: Part): Refactoring | null {
  if (part.states.some(({ pivot }) => pivot) || !needsOnlyInput(analysis, part)) return null;
  const name = freeName(part.entry, `${part.entry.name}_flow`);
  const path = `./${name}.workflow.yaml`;
  const newline = lineBreakOf(analysis);
  const indent = ' '.repeat(columnOf(analysis, part.entry.nameRange.start));
  const run = [
    `${indent}${name}:`,
    `${indent}  run: ${path}`,
    `${indent}  with: "\${ input }"`,
    `${indent}  next: ${part.exit}`,
  ];
  const edits = [
    { range: part.range, newText: run.join(newline) + newline },
    ...part.inward.map((range) => ({ range, newText: name })),
  ];
  const parent = apply(analysis.text, inOrder(edits));
  return {
    title: `Extract ${words(part)} to a workflow`,
    kind: 'refactor.extract',
    edits: [difference(analysis.text, withoutUnused(analysis, parent))],
    created: [{ path, text: childOf(analysis, part, name) }],
  };
}

function words({ states }: Part): string {
  return states.length === 1 ? `‘${states[0]?.name ?? ''}’` : `${states.length} states`;
}

/** The lines of the states, with `end` in place of the exit. */
function bodyOf(analysis: Analysis, part: Part): string {
  const edits = part.outward.map(({ start, end }) => ({
    range: { start: start - part.range.start, end: end - part.range.start },
    newText: 'end',
  }));
  const body = apply(textOf(analysis, part.range), inOrder(edits));
  return /[\r\n]$/.test(body) ? body : body + lineBreakOf(analysis);
}

/** Whether the states read nothing of the run around them but its input, and assign nothing outside. */
function needsOnlyInput({ sites }: Analysis, { references, range, states }: Part): boolean {
  const own = new Set(states);
  const outer = references.some(({ kind, target }) => {
    if (kind === 'variable') return target === null || !isInside(target, range);
    return (
      kind === 'state' &&
      target?.state != null &&
      !own.has(target.state) &&
      !isInside(target, range) &&
      isRead(target, references)
    );
  });
  if (outer) return false;
  const known = ['input', 'vars', 'results', 'result', 'env', 'secrets', 'error', 'event', 'form', 'outcome', 'actor'];
  return sites
    .filter(({ node }) => range.start <= node.range.start && node.range.end <= range.end)
    .flatMap(({ read }) => read.expressions)
    .every(({ parsed }) => parsed.roots.every((root) => known.includes(root)));
}

function isInside({ range }: Declaration, within: Range): boolean {
  return within.start <= range.start && range.end <= within.end;
}

/** A use of a state that is no transition reads its result. */
function isRead(target: Declaration, references: readonly Reference[]): boolean {
  return references.some((one) => one.target === target && !one.sure);
}

function childOf(analysis: Analysis, part: Part, name: string): string {
  const newline = lineBreakOf(analysis);
  const { root } = analysis.tree;
  const lines = [`workflow: ${name}`, 'version: 1.0.0'];
  const input = entryOf(root, 'input');
  if (input !== undefined) lines.push(textOf(analysis, input.range).trimEnd());
  const used = declarationsFor(analysis, part.references);
  const section = (title: string, wanted: (one: Declaration) => boolean, column: number): void => {
    const entries = used.filter(wanted).map((one) => entryText(analysis, one, column));
    if (entries.length > 0) lines.push(`${title}:`, ...entries);
  };
  section('participants', ({ kind }) => kind === 'participant', 2);
  section('events', ({ kind }) => kind === 'event', 2);
  section('errors', ({ kind }) => kind === 'error', 2);
  if (used.some(({ kind }) => kind === 'policy')) lines.push('policies:');
  for (const policy of ['retry', 'timeout', 'circuitBreaker'] as const) {
    section(`  ${policy}`, (one) => one.kind === 'policy' && one.policy === policy, 4);
  }
  if (part.entry !== part.states[0]) lines.push(`start: ${part.entry.name}`);
  const body = shifted(bodyOf(analysis, part), 2 - columnOf(analysis, part.entry.nameRange.start));
  return [...lines, 'states:', body].join(newline);
}

/** What the names stand for, and what those declarations name in turn. */
function declarationsFor({ symbols }: Analysis, references: readonly Reference[]): readonly Declaration[] {
  const kinds = ['participant', 'event', 'error', 'policy'];
  const found = new Set<Declaration>();
  const add = (names: readonly Reference[]): void => {
    for (const { target } of names) {
      if (target === null || !kinds.includes(target.kind) || found.has(target)) continue;
      found.add(target);
      add(symbols.references.filter(({ range }) => target.entry.start <= range.start && range.end <= target.entry.end));
    }
  };
  add(references);
  return symbols.declarations.filter((one) => found.has(one));
}

function entryText(analysis: Analysis, { entry }: Declaration, column: number): string {
  const text = textOf(analysis, entry).trimEnd();
  const own = columnOf(analysis, entry.start);
  return /[\r\n]/.test(text) ? shifted(' '.repeat(own) + text, column - own) : ' '.repeat(column) + text;
}

/** The text without the declarations that nothing uses any more, since what used them has gone. */
function withoutUnused(analysis: Analysis, text: string): string {
  const before = new Set(unusedIn(analysis).map(({ message }) => message));
  let left = text;
  for (let round = 0; round < 50; round++) {
    const now = analyse(left, analysis.context);
    const found = unusedIn(now).find(({ message }) => !before.has(message));
    const fix = found === undefined ? undefined : fixesFor(now, found)[0];
    if (fix === undefined) return left;
    left = withoutEmptySections(apply(left, inOrder(fix.edits)));
  }
  return left;
}

/** Sections of declarations that hold nothing any more. */
function withoutEmptySections(text: string): string {
  const { tree } = analyse(text);
  const edits: Replacement[] = [];
  for (const name of ['participants', 'policies', 'events', 'errors']) {
    const entry = entryOf(tree.root, name);
    if (entry === undefined) continue;
    const { value } = entry;
    const isEmpty = value.kind === 'map' ? value.entries.length === 0 : value.kind === 'scalar' && value.value === null;
    if (!isEmpty) continue;
    const next = text.indexOf('\n', Math.max(entry.key.range.end, value.range.end - 1));
    edits.push({ range: { start: entry.range.start, end: next < 0 ? text.length : next + 1 }, newText: '' });
  }
  return apply(text, inOrder(edits));
}

function unusedIn({ diagnostics }: Analysis): Analysis['diagnostics'] {
  return diagnostics.filter(({ code }) => code === 'unused-declaration');
}

function inOrder(edits: readonly Replacement[]): readonly Replacement[] {
  return [...edits].sort((one, other) => one.range.start - other.range.start);
}

/** The one replacement that makes `after` of `before`. */
export function difference(before: string, after: string): Replacement {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { range: { start, end: before.length - end }, newText: after.slice(start, after.length - end) };
}
