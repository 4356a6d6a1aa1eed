/** Random edits of workflows, such as somebody makes who types, and what is compared after them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Analysis, lower, positionAt } from '../../language/index.ts';
import { outline } from '../../server/features/outline.ts';
import { tokens } from '../../server/features/tokens.ts';

/** A generator of numbers below a bound that gives the same ones each time (a linear congruence). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state | 0, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

/** Pieces that people type into workflows, one letter or a little more. */
const PIECES = [
  ...['', 'x', '1', ' ', '\n', ':', '"', "'", '{', '}', '[', ']', '#', '$', '.', ',', '-', '&a ', '*a', '\t', '|', 'é'],
  ...['${ ', ' }', '${ vars.n }', '${ results.a.id }', '${ input.amount > 3 }', ' + 1', 'vars.', 'results.', 'true'],
  ...[
    '\n    title: more',
    '\n    timeout: 10s',
    '\n    assign: { n: 1 }',
    '\n    next: end',
    '\n  other:\n    set: {}',
  ],
  ...[
    '\n    catch: [{ errors: [any], next: end }]',
    '\n    compensate: none',
    ' # more',
    'end',
    'call',
    'next',
    'states',
  ],
];

/** The text after one random edit. */
export function edited(text: string, random: (below: number) => number): string {
  const at = random(text.length + 1);
  const choice = random(14);
  if (choice > 9) return restructured(text, random);
  // Most edits are one letter; some take a word, a line or a name from elsewhere.
  if (choice < 4) return text.slice(0, at) + (PIECES[random(PIECES.length)] ?? '') + text.slice(at);
  if (choice < 6) return text.slice(0, at) + text.slice(at + 1 + random(3));
  if (choice < 7) return text.slice(0, at) + text.slice(at + random(60));
  const words = [...text.matchAll(/[A-Za-z_0-9.]+/g)];
  const one = words[random(words.length)];
  const other = words[random(words.length)];
  if (one === undefined || other === undefined) return `${text}x`;
  return text.slice(0, one.index) + other[0] + text.slice(one.index + one[0].length);
}

/** The text after an edit of whole entries, of lines, or of something that is no text. */
function restructured(text: string, random: (below: number) => number): string {
  const entries = [...text.matchAll(/^( *)[\w.-]+:.*\n(?:(?:\1 +.*)?\n)*/gm)];
  const one = entries[random(entries.length)];
  const other = entries[random(entries.length)];
  if (one === undefined || other === undefined) return `${text}x`;
  const [block] = one;
  const without = text.slice(0, one.index) + text.slice(one.index + block.length);
  switch (random(6)) {
    case 0:
      return without;
    case 1: {
      // Pasted under another name, as a state in the form of one.
      const pasted = random(2) === 0 ? block : block.replace(/^( *)[\w.-]+:/, `$1pasted_${String(random(3))}:`);
      return text.slice(0, other.index) + pasted + text.slice(other.index);
    }
    case 2:
      return `${without.slice(0, other.index)}${block}${without.slice(other.index)}`;
    case 3: {
      const indented = block.replaceAll(/^/gm, random(2) === 0 ? '  ' : ' ').trimEnd();
      return text.slice(0, one.index) + indented + text.slice(one.index + block.trimEnd().length);
    }
    case 4:
      return text.slice(0, one.index) + block.replaceAll(/^ /gm, '') + text.slice(one.index + block.length);
    default:
      return text.slice(0, one.index) + String.fromCharCode(random(0xffff)) + text.slice(one.index);
  }
}

/** The workflows below `examples/`. */
export function exampleTexts(): readonly string[] {
  const root = new URL('../../examples', import.meta.url).pathname;
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.workflow\.ya?ml$/.test(path) && !path.includes('node_modules'))
    .sort()
    .map((path) => readFileSync(join(root, path), 'utf8'));
}

/** Everything that an analysis says, as plain values that can be compared. */
export function said(analysis: Analysis): unknown {
  const { text, lines, tree, diagnostics, symbols, sites, workflow } = analysis;
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
  const inOrder = (values: readonly unknown[]): readonly string[] => values.map((one) => JSON.stringify(one)).sort();
  return {
    text,
    lines,
    tree: plain({ root: tree.root, comments: tree.comments, problems: tree.problems, unquoted: tree.unquoted }),
    diagnostics: inOrder(diagnostics.map((one) => ({ ...one, at: positionAt(lines, one.range.start) }))),
    declarations: inOrder(
      symbols.declarations.map(({ kind, name, range, entry, file, scope, state }) => {
        return { kind, name, range, entry, file, scope: scope?.id, state: state?.id };
      }),
    ),
    references: inOrder(
      symbols.references.map(({ kind, name, range, target, sure, scope, state, writes }) => {
        const to = target === null ? null : { range: target.range, name: target.name };
        return { kind, name, range, to, sure, scope: scope.id, state: state?.id, writes };
      }),
    ),
    sites: inOrder(
      sites.map(({ node, read, type, contexts, scope, state }) => {
        const reads = read.expressions.map(({ expression, parsed }) => [expression.range, parsed.reads, parsed.calls]);
        return { range: node.range, reads, type, contexts, scope: scope.id, state: state?.id };
      }),
    ),
    states: workflow.states.map(({ id, range, nameRange }) => plain({ id, range, nameRange })),
    scopes: workflow.scopes.map(({ id, kind, range }) => plain({ id, kind, range })),
    plan: plain(lower(analysis)),
    outline: plain(outline(analysis)),
    tokens: plain(tokens(analysis, undefined)),
    broken: analysis.broken,
  };
}
