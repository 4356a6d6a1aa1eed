/** Expressions: from their source to what they read and call, with places, or to what is wrong with them. */
import jsonata from 'jsonata';
import { within } from '../moving.ts';
import type { Range } from '../text.ts';
import { analyse, type ExpressionFacts, type Placed } from './analyse.ts';
import { childrenOf, type Node } from './ast.ts';
import { describeFault } from './faults.ts';
import { SECRETS } from './roots.ts';
import { unsafePattern } from './regex.ts';

/** Something wrong with an expression, whatever it is evaluated on; `range` counts in the file. */
export interface ExpressionProblem {
  readonly code: 'expression-syntax';
  readonly message: string;
  readonly range: Range;
}

/**
 * What is known of an expression before it is evaluated. All ranges count in the file. After a mistake in the syntax
 * `tree` is null and the lists are empty.
 */
export interface ParsedExpression extends ExpressionFacts {
  readonly source: string;
  /** JSONata's tree, whose positions count in `source`; `place` brings them into the file. */
  readonly tree: Node | null;
  readonly place: (offset: number) => number;
  readonly problems: readonly ExpressionProblem[];
}

/** Longer expressions are refused: the parser is recursive, and nobody writes them. */
const MAX_SOURCE = 20_000;

/** Something that does not move. */
const STILL: Range = { start: 0, end: 0 };

const NO_FACTS: ExpressionFacts = { roots: [], reads: [], calls: [], variables: [] };

/**
 * Parses an expression.
 *
 * @param source the text between `${` and `}`
 * @param offset where `source` begins in the file, or a function from offsets in `source` to offsets in the file
 * @param around what the expression stands in: its ranges move along with it
 * @returns what it reads and calls; mistakes are in `problems`, nothing is thrown
 */
export function parseExpression(
  source: string,
  offset: number | ((offset: number) => number) = 0,
  around: Range = STILL,
): ParsedExpression {
  const place = typeof offset === 'function' ? offset : (at: number): number => offset + at;
  const placed: Placed = (start, end) => within(around, place(start), place(end));
  const wholeRange = placed(0, source.length);
  const failed = (message: string, range: Range): ParsedExpression => ({
    ...NO_FACTS,
    source,
    tree: null,
    place,
    problems: [{ code: 'expression-syntax', message, range }],
  });
  if (source.trim() === '')
    return failed('This expression is empty. Write what it should give between the braces.', wholeRange);
  if (source.length > MAX_SOURCE) {
    return failed(
      `This expression is longer than ${String(MAX_SOURCE)} characters. Split it over variables.`,
      wholeRange,
    );
  }
  const parsed = parseTree(source);
  if (!parsed.ok) {
    return failed(parsed.message, placed(parsed.range.start, parsed.range.end));
  }
  const facts = analyse(parsed.tree, source, placed);
  return { ...facts, source, tree: parsed.tree, place, problems: problemsOf(parsed.tree, facts, source, placed) };
}

type ParsedTree =
  { readonly ok: true; readonly tree: Node } | { readonly ok: false; readonly message: string; readonly range: Range };

/** How many trees are kept: a file is read again at every keystroke, and nearly all of its expressions are the same. */
const CAPACITY = 10_000;

/** Trees by their source, in the order of their last use, the oldest first. Nobody changes a tree. */
const trees = new Map<string, ParsedTree>();

/** JSONata's tree of `source`, or what is wrong with it and where in `source`. */
export function parseTree(source: string): ParsedTree {
  const known = trees.get(source);
  if (known !== undefined) {
    trees.delete(source);
    trees.set(source, known);
    return known;
  }
  const made = treeOf(source);
  if (trees.size >= CAPACITY) {
    const [oldest] = trees.keys();
    if (oldest !== undefined) trees.delete(oldest);
  }
  trees.set(source, made);
  return made;
}

function treeOf(source: string): ParsedTree {
  try {
    // The library types its tree loosely; `Node` describes what its parser makes.
    const tree = jsonata(source).ast() as unknown as Node;
    if (!nestsTooDeeply(tree)) return { ok: true, tree };
    const message = 'This expression nests too deeply, or has too many operators in a row. Split it over variables.';
    return { ok: false, message, range: { start: 0, end: source.length } };
  } catch (error) {
    return { ok: false, ...describeFault(error, source) };
  }
}

/** Deeper trees are refused: whoever walks one is recursive, and nobody writes them. A chain of operators is as deep as long. */
const MAX_DEPTH = 500;

function nestsTooDeeply(tree: Node): boolean {
  let level: readonly Node[] = [tree];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap(childrenOf);
  }
  return false;
}

function problemsOf(tree: Node, facts: ExpressionFacts, source: string, placed: Placed): readonly ExpressionProblem[] {
  const problems: ExpressionProblem[] = [];
  for (const { message, range } of unsafePattern(tree, source)) {
    problems.push({ code: 'expression-syntax', message, range: placed(range.start, range.end) });
  }
  for (const read of facts.reads) {
    if (read.root === SECRETS && read.path.length === 0) {
      const message = 'A secret is read by its name. Write `secrets.NAME`.';
      problems.push({ code: 'expression-syntax', message, range: read.range });
    }
  }
  return problems;
}
