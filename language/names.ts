/** Which names the language allows, and how to find the one that was meant. */
import type { NameRule } from './schema/types.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LABEL = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const TYPE = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$/;

/** The transition that completes a scope; no state may be called so. */
export const END = 'end';

/** Operations that need no participant (section 6.1). */
export const BUILT_IN_OPERATIONS = ['http', 'shell', 'script', 'log'] as const;
export type BuiltInOperation = (typeof BUILT_IN_OPERATIONS)[number];

/** Whether `name` is one of the built-in operations. */
export function isBuiltIn(name: string): name is BuiltInOperation {
  return (BUILT_IN_OPERATIONS as readonly string[]).includes(name);
}

/** What is wrong with `name` under `rule`, as a sentence that says what to do, or null when it is fine. */
export function nameProblem(name: string, rule: NameRule): string | null {
  switch (rule) {
    case 'any':
      return null;
    case 'name':
      return NAME.test(name)
        ? null
        : `‘${name}’ is no name: use letters, digits and ‘_’, beginning with a letter or ‘_’.`;
    case 'state':
      if (name === END) return 'No state can be called ‘end’, which completes the scope. Choose another name.';
      return NAME.test(name)
        ? null
        : `‘${name}’ is no name of a state: use letters, digits and ‘_’, beginning with a letter or ‘_’.`;
    case 'label':
      return LABEL.test(name)
        ? null
        : `‘${name}’ is no name: use letters, digits, ‘_’, ‘-’ and ‘.’, beginning with a letter or ‘_’.`;
    case 'type':
      return TYPE.test(name)
        ? null
        : `‘${name}’ is no type: use letters, digits, ‘_’ and ‘-’ with dots between the parts, such as order.paid.`;
  }
}

/** Whether `text` is a well-formed type of events or errors, or a pattern of them. */
export function isType(text: string): boolean {
  return TYPE.test(text);
}

/** Whether `text` can be the id of a workflow. */
export function isWorkflowId(text: string): boolean {
  return LABEL.test(text);
}

/**
 * The names nearest to `wrong`, best first, at most three: those that differ by few enough letters that a slip is
 * likely. Equal but for case counts as nearest.
 */
export function nearest(wrong: string, names: Iterable<string>): readonly string[] {
  const near: { readonly name: string; readonly distance: number }[] = [];
  const allowed = Math.max(1, Math.floor(Math.min(wrong.length, 40) / 3));
  const folded = fold(wrong);
  for (const name of new Set(names)) {
    if (name === wrong || Math.abs(name.length - wrong.length) > allowed + 2) continue;
    const distance = fold(name) === folded ? 0 : editDistance(wrong, name, allowed);
    if (distance <= allowed) near.push({ name, distance });
  }
  return near
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The nearest names, or where none is near the first few, in their order: what may stand in the place of `wrong`. */
export function instead(wrong: string, names: Iterable<string>): readonly string[] {
  const near = nearest(wrong, names);
  return near.length > 0 ? near : [...new Set(names)].filter((name) => name !== wrong).slice(0, 3);
}

/** ` Did you mean ‘x’?`, or nothing when there is no suggestion. */
export function didYouMean(suggestions: readonly string[]): string {
  return suggestions[0] === undefined ? '' : ` Did you mean ‘${suggestions[0]}’?`;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[_.-]/g, '');
}

const MAX_LENGTH = 100;

/** Used again for each pair of names, of which there may be thousands. */
const ROWS = [new Int32Array(MAX_LENGTH + 1), new Int32Array(MAX_LENGTH + 1), new Int32Array(MAX_LENGTH + 1)] as const;

/** Insertions, deletions, replacements and swaps of neighbours between two names; more than `limit` is `limit + 1`. */
function editDistance(a: string, b: string, limit: number): number {
  if (a.length > MAX_LENGTH || b.length > MAX_LENGTH) return limit + 1;
  let [before, previous, current] = ROWS;
  for (let j = 0; j <= b.length; j++) previous[j] = j;
  for (let i = 1; i <= a.length; i++) {
    current[0] = i;
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      current[j] = cost;
      best = Math.min(best, cost);
    }
    if (best > limit) return limit + 1;
    [before, previous, current] = [previous, current, before];
  }
  return previous[b.length] ?? limit + 1;
}
