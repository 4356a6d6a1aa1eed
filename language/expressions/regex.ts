/**
 * Regular expressions that could take forever. JavaScript's engine tries alternatives one by one, so that a repetition
 * inside a repetition, such as `(a+)+`, may need exponential time on an unlucky text.
 *
 * What is done: a pattern with an unbounded repetition inside an unbounded repetition
 * is refused when the expression is parsed; and a pattern with any unbounded repetition is run on texts of at most
 * `MAX_SUBJECT` characters, so that the quadratic and cubic ones stay bearable. What is not found: alternatives under a
 * repetition that match the same text, such as `(a|a)*`, and long chains of adjoining repetitions.
 */
import type { Range } from '../text.ts';
import { OwnFault } from './faults.ts';
import { childrenOf, tokenRange, type Node } from './ast.ts';

/** Longest text, in UTF-16 code units, that a pattern with an unbounded repetition is run on. */
export const MAX_SUBJECT = 20_000;

/** A regular expression that refuses long texts when its pattern could take quadratic time or more on them. */
export class BoundedRegExp extends RegExp {
  readonly #unbounded: boolean;

  constructor(pattern: RegExp | string, flags?: string) {
    super(pattern, flags);
    this.#unbounded = isUnbounded(this.source);
  }

  /** @throws OwnFault when the text is too long for the pattern */
  override exec(text: string): RegExpExecArray | null {
    if (this.#unbounded && text.length > MAX_SUBJECT) {
      const limit = String(MAX_SUBJECT);
      throw new OwnFault(`A regular expression with a repetition is run on texts of at most ${limit} characters.`);
    }
    return super.exec(text);
  }
}

/** The patterns in a tree that are refused, each with a sentence and its place in `source`. */
export function unsafePattern(
  tree: Node,
  source: string,
): readonly { readonly message: string; readonly range: Range }[] {
  const found: { readonly message: string; readonly range: Range }[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'regex' && nestsRepetition(node.value.source)) {
      const message =
        'This regular expression repeats a repetition, which may take forever on some texts. Repeat a single group.';
      found.push({ message, range: tokenRange(node, source) });
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(tree);
  return found;
}

/** Whether `pattern` has a repetition without an upper bound anywhere. */
export function isUnbounded(pattern: string): boolean {
  return scan(pattern).unbounded;
}

/** Whether `pattern` has an unbounded repetition of something that holds an unbounded repetition itself. */
export function nestsRepetition(pattern: string): boolean {
  return scan(pattern).nested;
}

/** Reads a pattern that the platform has already accepted, so it is well formed. */
function scan(pattern: string): { readonly unbounded: boolean; readonly nested: boolean } {
  /** For each open group whether it holds an unbounded repetition. */
  const groups: boolean[] = [false];
  let unbounded = false;
  let nested = false;
  /** Whether the atom just read holds an unbounded repetition. */
  let atom = false;
  let at = 0;
  while (at < pattern.length) {
    const unit = pattern[at] ?? '';
    if (unit === '\\') {
      atom = false;
      at += 2;
    } else if (unit === '[') {
      atom = false;
      at = classEnd(pattern, at);
    } else if (unit === '(') {
      groups.push(false);
      atom = false;
      at++;
    } else if (unit === ')') {
      atom = groups.pop() ?? false;
      groups.push((groups.pop() ?? false) || atom);
      at++;
    } else {
      const repetition = /^(?:[*+]|\{\d+,\})\??/.exec(pattern.slice(at, at + 24));
      if (repetition === null) {
        atom = false;
        at++;
        continue;
      }
      unbounded = true;
      nested ||= atom;
      groups[groups.length - 1] = true;
      atom = true;
      at += repetition[0].length;
    }
  }
  return { unbounded, nested };
}

function classEnd(pattern: string, at: number): number {
  let end = at + 1;
  while (end < pattern.length && pattern[end] !== ']') end += pattern[end] === '\\' ? 2 : 1;
  return end + 1;
}
