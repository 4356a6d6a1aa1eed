/**
 * Regular expressions that could take forever. JavaScript's engine tries alternatives one by one, so that a repetition
 * inside a repetition, such as `(a+)+`, may need exponential time on an unlucky text.
 *
 * What is done: a pattern with an unbounded repetition inside an unbounded repetition is refused when it is parsed,
 * unless each round of the outer one begins or ends with a character that the inner ones cannot match, as in
 * `(\.\w+)*`; a pattern with any unbounded repetition is run on texts of at most `MAX_SUBJECT` characters, so that the
 * quadratic ones stay bearable; and any other pattern that may take long (alternatives or repetitions under a repetition,
 * several repetitions in a row) is run under the guard that the host gives, which stops it when its time is up. Where no
 * host has given one nothing is evaluated for anybody: the language alone only checks.
 */
import type { Range } from '../text.ts';
import { OwnFault } from './faults.ts';
import { childrenOf, tokenRange, type Node } from './ast.ts';

/** Longest text, in UTF-16 code units, that a pattern with an unbounded repetition is run on. */
export const MAX_SUBJECT = 20_000;

/** Milliseconds that the guarded patterns of one evaluation may take together. */
const PATTERN_TIME = 500;

/** Calls `work` and gives the milliseconds that it took; throws anything when it takes longer than `ms`. */
export type PatternGuard = (work: () => void, ms: number) => number;

let guard: PatternGuard | null = null;
let timeLeft = PATTERN_TIME;

/** From now on patterns that may take long are run under `given`. */
export function guardPatterns(given: PatternGuard): void {
  guard = given;
}

/** Begins another evaluation, whose patterns have all their time. */
export function renewPatternTime(): void {
  timeLeft = PATTERN_TIME;
}

/** A regular expression that refuses long texts when its pattern could take quadratic time or more on them. */
export class BoundedRegExp extends RegExp {
  readonly #unbounded: boolean;
  readonly #risky: boolean;

  constructor(pattern: RegExp | string, flags?: string) {
    super(pattern, flags);
    this.#unbounded = isUnbounded(this.source);
    this.#risky = mayTakeLong(this.source);
  }

  /** @throws OwnFault when the text is too long for the pattern, or takes too long */
  override exec(text: string): RegExpExecArray | null {
    if (this.#unbounded && text.length > MAX_SUBJECT) {
      const limit = String(MAX_SUBJECT);
      throw new OwnFault(`A regular expression with a repetition is run on texts of at most ${limit} characters.`);
    }
    return this.#risky && guard !== null ? this.#guarded(text, guard) : super.exec(text);
  }

  #guarded(text: string, guarding: PatternGuard): RegExpExecArray | null {
    let match: RegExpExecArray | null = null;
    try {
      timeLeft -= guarding(
        () => {
          match = super.exec(text);
        },
        Math.max(1, Math.ceil(timeLeft)),
      );
    } catch {
      timeLeft = 0;
      throw new OwnFault(
        'A regular expression takes too long on this text. Repeat less in it, or match a shorter text.',
      );
    }
    return match;
  }
}

/** The patterns in a tree that are refused, each with a sentence and its place in `source`. */
export function unsafePattern(
  tree: Node,
  source: string,
): readonly { readonly message: string; readonly range: Range }[] {
  const found: { readonly message: string; readonly range: Range }[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'regex' && node.value instanceof RegExp && nestsRepetition(node.value.source)) {
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
  return someAtom(parsePattern(pattern), (atom) => atom.unbounded);
}

/** Repetitions that stand beside each other and may share a text in so many ways that it hardly matters. */
const FEW_UNBOUNDED = 2;
const FEW = 6;

/** Whether `pattern` may take much longer than its text is long, for want of a proof that it does not. */
export function mayTakeLong(pattern: string): boolean {
  const all = atomsIn(parsePattern(pattern));
  const repeated = all.filter((atom) => !atom.once);
  return (
    repeated.length > FEW ||
    repeated.filter((atom) => atom.unbounded).length > FEW_UNBOUNDED ||
    repeated.some(({ inner }) => inner.length > 1 || atomsIn(inner).some((atom) => !atom.once || atom.inner.length > 1))
  );
}

function atomsIn(alternatives: readonly (readonly Atom[])[]): readonly Atom[] {
  return alternatives.flatMap((sequence) => sequence.flatMap((atom) => [atom, ...atomsIn(atom.inner)]));
}

/** Whether `pattern` has an unbounded repetition of something that holds one itself and is not kept apart. */
export function nestsRepetition(pattern: string): boolean {
  return someAtom(
    parsePattern(pattern),
    (atom) => atom.unbounded && someAtom(atom.inner, (inner) => inner.unbounded) && !isKeptApart(atom.inner),
  );
}

interface Atom {
  /** A character, an escape or a class, as it is written; empty for a group. */
  readonly source: string;
  /** The alternatives of a group, each a sequence of atoms. */
  readonly inner: readonly (readonly Atom[])[];
  /** Exactly once. */
  once: boolean;
  unbounded: boolean;
}

function someAtom(alternatives: readonly (readonly Atom[])[], holds: (atom: Atom) => boolean): boolean {
  return alternatives.some((sequence) => sequence.some((atom) => holds(atom) || someAtom(atom.inner, holds)));
}

/** Whether each round begins or ends with one literal character that no repetition in the round can match. */
function isKeptApart(alternatives: readonly (readonly Atom[])[]): boolean {
  const [sequence, ...more] = alternatives;
  if (sequence === undefined || more.length > 0 || sequence.some((atom) => atom.inner.length > 0)) return false;
  const repeated = sequence.filter((atom) => !atom.once);
  return [sequence[0], sequence.at(-1)].some((atom) => {
    if (atom?.once !== true) return false;
    const literal = /^(?:\\(\W)|([^\\.^$[]))$/.exec(atom.source);
    const character = literal?.[1] ?? literal?.[2];
    if (character === undefined) return false;
    return !repeated.some((other) => matches(other.source, character));
  });
}

/** Whether an atom may match a character. JSON Schema reads patterns with the flag `u`, expressions without it. */
function matches(atom: string, character: string): boolean {
  return ['i', 'iu'].some((flags) => {
    try {
      return new RegExp(`^(?:${atom})$`, flags).test(character);
    } catch {
      // Not a pattern under this flag, so it matches nothing under it.
      return false;
    }
  });
}

/** Reads a pattern that the platform has already accepted, so it is well formed. */
function parsePattern(pattern: string): readonly (readonly Atom[])[] {
  const open: Atom[][][] = [];
  let current: Atom[][] = [[]];
  let at = 0;
  while (at < pattern.length) {
    const unit = pattern[at] ?? '';
    const sequence = current.at(-1) ?? [];
    const repetition = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(pattern.slice(at, at + 24));
    if (unit === '(') {
      open.push(current);
      current = [[]];
      at += /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(pattern.slice(at, at + 60))?.[0].length ?? 1;
    } else if (unit === ')') {
      const inner = current;
      current = open.pop() ?? [[]];
      (current.at(-1) ?? []).push({ source: '', inner, once: true, unbounded: false });
      at++;
    } else if (unit === '|') {
      current.push([]);
      at++;
    } else if (repetition !== null && sequence.length > 0) {
      const last = sequence.at(-1);
      if (last !== undefined) {
        last.once = false;
        last.unbounded ||= /^(?:[*+]|\{\d+,\})/.test(repetition[0]);
      }
      at += repetition[0].length;
    } else {
      const end = unit === '\\' ? escapeEnd(pattern, at) : unit === '[' ? classEnd(pattern, at) : at + 1;
      sequence.push({ source: pattern.slice(at, end), inner: [], once: true, unbounded: false });
      at = end;
    }
  }
  return current;
}

function escapeEnd(pattern: string, at: number): number {
  const escape = /^\\(?:x[\da-f]{2}|u[\da-f]{4}|u\{[\da-f]+\}|[pP]\{[^}]*\}|k<\w+>|c[a-z]|[^])/i.exec(
    pattern.slice(at, at + 60),
  );
  return at + (escape?.[0].length ?? 1);
}

function classEnd(pattern: string, at: number): number {
  let end = at + 1;
  while (end < pattern.length && pattern[end] !== ']') end += pattern[end] === '\\' ? 2 : 1;
  return end + 1;
}
