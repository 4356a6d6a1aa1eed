/** Expressions made ready to be evaluated, kept for the next time by their source. */
import type jsonata from 'jsonata';
import type { Expression } from '../plan.ts';
import type { Range } from '../text.ts';
import { analyse, type RootRead } from './analyse.ts';
import type { Node } from './ast.ts';
import { compile, type Compiled } from './compile.ts';
import { describeFault } from './faults.ts';
import { program } from './interpret.ts';
import { unsafePattern } from './regex.ts';

/** An expression ready to be evaluated, or why it cannot be. Ranges count in its source. */
export type Prepared =
  | {
      readonly ok: true;
      readonly roots: readonly string[];
      readonly reads: readonly RootRead[];
      readonly program: jsonata.Expression;
      /** The synchronous form, or null. */
      readonly compiled: Compiled | null;
    }
  | {
      readonly ok: false;
      readonly roots: readonly string[];
      readonly reads: readonly RootRead[];
      readonly message: string;
      readonly range: Range;
    };

/** How many expressions are kept; a workflow has far fewer. */
const CAPACITY = 2000;

/** In the order of their last use, the oldest first. */
const cache = new Map<string, Prepared>();

/** The same for the expressions of a plan, which are asked for again and again. */
const own = new WeakMap<Expression, Prepared>();

/** The prepared form of an expression. Never throws. */
export function preparedOf(expression: Expression): Prepared {
  const mine = own.get(expression);
  if (mine !== undefined) return mine;
  const found = preparedFor(expression.source);
  own.set(expression, found);
  return found;
}

function preparedFor(source: string): Prepared {
  const known = cache.get(source);
  if (known !== undefined) {
    cache.delete(source);
    cache.set(source, known);
    return known;
  }
  const made = prepare(source);
  if (cache.size >= CAPACITY) {
    const [oldest] = cache.keys();
    if (oldest !== undefined) cache.delete(oldest);
  }
  cache.set(source, made);
  return made;
}

function prepare(source: string): Prepared {
  try {
    const parsed = program(source);
    // The library types its tree loosely; `Node` describes what its parser makes.
    const tree = parsed.ast() as unknown as Node;
    const { roots, reads } = analyse(tree, source, (start, end) => ({ start, end }));
    const unsafe = unsafePattern(tree, source)[0];
    if (unsafe !== undefined) return { ok: false, roots, reads, ...unsafe };
    return { ok: true, roots, reads, program: parsed, compiled: compile(tree) };
  } catch (error) {
    return { ok: false, roots: [], reads: [], ...describeFault(error, source) };
  }
}
