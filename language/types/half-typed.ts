/**
 * Expressions while they are typed: what a name may be that is written at the cursor. The text before the cursor is made
 * whole, with a name where the cursor is and every bracket closed, and then looked at like any other expression.
 */
import { parseTree } from '../expressions/parse.ts';
import { inferParts } from './infer.ts';
import type { Type } from './type.ts';

/** The name that stands for what is being typed. No author writes it. */
const PLACEHOLDER = 'ThisIsBeingTyped';
/** Longer beginnings are not looked at. */
const MAX_SOURCE = 5_000;

/** What a name at the end of `before` is looked up in: a value, the items of a list, or the object of all roots. */
export interface HalfTyped {
  readonly context: Type;
  /** Whether it follows a dot or stands in a filter: then it is no root. */
  readonly inside: boolean;
}

/**
 * @param before the expression up to the word at the cursor
 * @param document what the expression is evaluated on
 * @returns null where no name can stand, or the beginning can’t be understood
 */
export function halfTyped(before: string, document: Type): HalfTyped | null {
  if (before.length > MAX_SOURCE || openBrackets(before) === null) return null;
  const whole = lookedUpBehind(before, document);
  if (whole !== null) return whole;
  // What stands before may hold a mistake that the path at its end has nothing to do with.
  const path = PATH.exec(before.slice(-MAX_PATH))?.[0];
  return path === undefined ? null : lookedUpBehind(path, document);
}

/** Names, with or without filters, each with its dot. */
const PATH = /(?:(?:\$\$|`[^`]*`|\b[A-Za-z_]\w*)(?:\[[^[\]]*\])*\s*\.\s*)+$/;
const MAX_PATH = 500;

function lookedUpBehind(before: string, document: Type): HalfTyped | null {
  const brackets = openBrackets(before);
  if (brackets === null) return null;
  // An object that is begun may still lack the value behind the name.
  for (const behind of ['', ': 0']) {
    const source = `${before}${PLACEHOLDER}${behind}${brackets}`;
    const parsed = parseTree(source);
    if (!parsed.ok) continue;
    const { contexts } = inferParts(parsed.tree, source, document);
    for (const [part, context] of contexts) {
      if (part.type === 'name' && part.value === PLACEHOLDER) return { context, inside: context !== document };
    }
  }
  return null;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** What closes everything that is open at the end of `source`; null inside a text, a comment or a quoted name. */
function openBrackets(source: string): string | null {
  const open: string[] = [];
  for (let at = 0; at < source.length; at++) {
    const unit = source[at] ?? '';
    const closing = CLOSING[unit];
    if (closing !== undefined) open.push(closing);
    else if (unit === ')' || unit === ']' || unit === '}') open.pop();
    else if (unit === '/' && source[at + 1] === '*') {
      const end = source.indexOf('*/', at + 2);
      if (end < 0) return null;
      at = end + 1;
    } else if (unit === '"' || unit === "'" || unit === '`') {
      const end = quoteEnd(source, at);
      if (end === null) return null;
      at = end;
    }
  }
  return open.reverse().join('');
}

function quoteEnd(source: string, start: number): number | null {
  const quote = source[start];
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\' && quote !== '`') at++;
    else if (source[at] === quote) return at;
  }
  return null;
}
