/**
 * Expressions as far as they can be judged without types: their syntax, the roots that are visible where they stand, the
 * functions that exist, and secrets only where they are never recorded.
 */
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { childrenOf, type Node } from '../expressions/ast.ts';
import { FUNCTIONS } from '../expressions/functions.ts';
import { ANY_ROOT, isVisible, rootNamed, ROOTS, SECRETS } from '../expressions/roots.ts';
import { didYouMean, nearest } from '../names.ts';
import type { TemplateSite } from '../sites.ts';
import type { Range } from '../text.ts';
import { itemNames } from '../types/roots.ts';

/** The findings about all expressions of a file. */
export function checkExpressions(sites: readonly TemplateSite[]): readonly Diagnostic[] {
  return sites.flatMap(checkSite);
}

function checkSite(site: TemplateSite): readonly Diagnostic[] {
  const found = site.read.problems.map(({ message, range }) => finding('expression-syntax', visible(range), message));
  const items = itemNames(site);
  for (const { parsed } of site.read.expressions) {
    for (const { root, rootRange } of parsed.reads) {
      if (root !== ANY_ROOT && !items.has(root)) found.push(...checkRoot(root, rootRange, site, items));
    }
    for (const call of parsed.calls) {
      if (!call.known) found.push(unknownFunction(call.name, call.range, parsed.tree));
    }
  }
  return found;
}

/** A range of no width would not be seen. */
function visible(range: Range): Range {
  return range.end > range.start ? range : { start: Math.max(0, range.start - 1), end: range.start };
}

function checkRoot(name: string, range: Range, site: TemplateSite, items: ReadonlySet<string>): readonly Diagnostic[] {
  const root = rootNamed(name);
  if (root !== null && isVisible(root, site.contexts)) return [];
  if (name === SECRETS) {
    const message =
      'A secret can be read only inside ‘with’, headers and participants, so that its value is never recorded.';
    return [finding('secret-outside-with', range, message)];
  }
  const here = ROOTS.filter((one) => isVisible(one, site.contexts)).map((one) => one.name);
  const suggestions = nearest(name, [...here, ...items]);
  const problem = root === null ? `There is no ‘${name}’ to read.` : `‘${name}’ can’t be read here.`;
  const message = `${problem}${didYouMean(suggestions) || ` Here are: ${[...here, ...items].join(', ')}.`}`;
  const fixes: FixData[] = suggestions.length > 0 ? [{ kind: 'replace', range, with: suggestions }] : [];
  // A plain name is most often meant for a variable.
  if (root === null && /^[A-Za-z_]\w*$/.test(name)) {
    const title = `Change to ‘vars.${name}’, and declare ‘${name}’ under ‘vars’`;
    const replaced: FixData = { kind: 'replace', range, with: [`vars.${name}`] };
    fixes.push({ kind: 'all', title, of: [replaced, { kind: 'declare', section: ['vars'], name, value: 'null' }] });
  } else if (suggestions.length === 0) fixes.push({ kind: 'replace', range, with: here.slice(0, 3) });
  return [finding('unknown-root', range, message, { fixes })];
}

function unknownFunction(name: string, range: Range, tree: Node | null): Diagnostic {
  const title = 'Take its argument as it is';
  const alone: FixData[] = takesOne(tree, name) ? [{ kind: 'rewrite', title, range, text: '' }] : [];
  if (name === 'eval') {
    const message = 'The function $eval is not available: expressions are known before the run.';
    const other: FixData = { kind: 'replace', range, with: ['$string'] };
    return finding('unknown-function', range, message, { fixes: alone.length > 0 ? alone : [other] });
  }
  const suggestions = nearest(
    name,
    FUNCTIONS.map((one) => one.name),
  ).map((one) => `$${one}`);
  const message = `There is no function $${name}.${didYouMean(suggestions) || ' Use one of JSONata’s.'}`;
  const near: FixData[] = suggestions.length > 0 ? [{ kind: 'replace', range, with: suggestions }] : alone;
  const others: FixData = { kind: 'replace', range, with: ['$string', '$merge', '$append'] };
  return finding('unknown-function', range, message, { fixes: near.length > 0 ? near : [others] });
}

/** Whether each call of the function has at most one argument, which can stand in parentheses by itself. */
function takesOne(node: Node | null, name: string): boolean {
  if (node === null) return false;
  const isCall = node.type === 'function' || node.type === 'partial';
  if (isCall && node.procedure.type === 'variable' && node.procedure.value === name && node.arguments.length > 1) {
    return false;
  }
  return childrenOf(node).every((child) => takesOne(child, name));
}

// The door to the language hands this out.
export { itemNames };
