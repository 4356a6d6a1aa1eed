/**
 * Expressions as far as they can be judged without types: their syntax, the roots that are visible where they stand, the
 * functions that exist, and secrets only where they are never recorded.
 */
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
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
    for (const call of parsed.calls) if (!call.known) found.push(unknownFunction(call.name, call.range));
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
  return [finding('unknown-root', range, message, { fixes })];
}

function unknownFunction(name: string, range: Range): Diagnostic {
  if (name === 'eval') {
    return finding(
      'unknown-function',
      range,
      'The function $eval is not available: expressions are known before the run.',
    );
  }
  const suggestions = nearest(
    name,
    FUNCTIONS.map((one) => one.name),
  ).map((one) => `$${one}`);
  const message = `There is no function $${name}.${didYouMean(suggestions) || ' Use one of JSONata’s.'}`;
  const fixes: FixData[] = suggestions.length > 0 ? [{ kind: 'replace', range, with: suggestions }] : [];
  return finding('unknown-function', range, message, { fixes });
}

// The door to the language hands this out.
export { itemNames };
