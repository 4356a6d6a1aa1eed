/**
 * Strings with expressions in them, and values made of such strings (section 3).
 *
 * 1. `${` begins an expression, `$${` stands for a literal `${`, and any other `$` is text.
 * 2. The expression ends at the `}` that closes it: braces inside it nest, and those in strings, backquoted names,
 *    regular expressions and comments do not count.
 * 3. A string that is exactly one expression keeps the typed value; spaces around the expression make it text.
 */
import type { Json } from '../json.ts';
import { within } from '../moving.ts';
import type { Expression, Field, Template } from '../plan.ts';
import type { Range } from '../text.ts';
import { parseExpression, type ExpressionProblem, type ParsedExpression } from './parse.ts';

/** A part of a scanned string; offsets count in that string. */
export type ScannedPart =
  | { readonly kind: 'text'; readonly text: string; readonly range: Range }
  /** `range` is that of `source`, between the braces; `outer` includes `${` and `}`. */
  | { readonly kind: 'expression'; readonly source: string; readonly range: Range; readonly outer: Range };

export interface ScannedText {
  readonly parts: readonly ScannedPart[];
  /** An expression that is never closed; its part reaches to the end of the string. */
  readonly problem: { readonly message: string; readonly offset: number } | null;
}

/** Whether `text` may hold an expression or an escaped one; false for nearly all strings, and cheap to ask. */
export function hasExpression(text: string): boolean {
  return text.includes('${');
}

/** Splits a string into literal text and expressions. Linear in the string; it never throws. */
export function scanTemplate(text: string): ScannedText {
  const parts: ScannedPart[] = [];
  let literal = '';
  let literalStart = 0;
  let at = 0;
  const flush = (end: number): void => {
    if (literal !== '') parts.push({ kind: 'text', text: literal, range: { start: literalStart, end } });
    literal = '';
  };
  while (at < text.length) {
    const found = text.indexOf('${', at);
    if (found === -1) break;
    if (found > at && text[found - 1] === '$') {
      literal += `${text.slice(at, found - 1)}\${`;
      at = found + 2;
      continue;
    }
    literal += text.slice(at, found);
    flush(found);
    const start = found + 2;
    const close = closingBrace(text, start);
    const end = close ?? text.length;
    parts.push({
      kind: 'expression',
      source: text.slice(start, end),
      range: { start, end },
      outer: { start: found, end: close === null ? end : end + 1 },
    });
    if (close === null) {
      const message = 'This expression is not closed. Add a `}` after it, or write `$${` for a literal `${`.';
      return { parts, problem: { message, offset: found } };
    }
    at = close + 1;
    literalStart = at;
  }
  literal += text.slice(at);
  flush(text.length);
  return { parts, problem: null };
}

/**
 * The offset of the brace that closes an expression, or null when nothing does.
 *
 * @param start the offset behind the `${` that opens it
 */
export function closingBrace(text: string, start: number): number | null {
  let depth = 0;
  /** Whether a `/` here would divide: it does so after a value, and begins a regular expression elsewhere. */
  let afterValue = false;
  let at = start;
  while (at < text.length) {
    const unit = text[at] ?? '';
    if (unit === '}' && depth === 0) return at;
    const skipped = skipToken(text, at, afterValue);
    if (skipped === null) return null;
    if (skipped.counts) {
      if (unit === '{') depth++;
      else if (unit === '}') depth--;
      afterValue = skipped.value;
    }
    at = skipped.end;
  }
  return null;
}

/** The token at `at`: where it ends, whether it is one at all, and whether it ends a value. Null when it never ends. */
function skipToken(
  text: string,
  at: number,
  afterValue: boolean,
): { readonly end: number; readonly counts: boolean; readonly value: boolean } | null {
  const unit = text[at] ?? '';
  if (/\s/.test(unit)) return { end: at + 1, counts: false, value: afterValue };
  if (unit === '"' || unit === "'") return closed(quoteEnd(text, at));
  if (unit === '`') return closed(text.indexOf('`', at + 1) + 1);
  if (unit === '/' && text[at + 1] === '*') {
    const end = text.indexOf('*/', at + 2);
    return end === -1 ? null : { end: end + 2, counts: false, value: afterValue };
  }
  if (unit === '/' && !afterValue) return closed(regexEnd(text, at));
  const word = wordEnd(text, at);
  if (word > at) {
    const operator = ['and', 'or', 'in'].includes(text.slice(at, word));
    return { end: word, counts: true, value: !operator || !afterValue };
  }
  return { end: at + 1, counts: true, value: unit === ')' || unit === ']' || unit === '}' };
}

function closed(end: number): { readonly end: number; readonly counts: boolean; readonly value: boolean } | null {
  return end <= 0 ? null : { end, counts: true, value: true };
}

function quoteEnd(text: string, at: number): number {
  const quote = text[at];
  for (let next = at + 1; next < text.length; next++) {
    if (text[next] === '\\') next++;
    else if (text[next] === quote) return next + 1;
  }
  return 0;
}

/** The end of a regular expression as JSONata finds it: a `/` that is neither escaped nor inside brackets. */
function regexEnd(text: string, at: number): number {
  let depth = 0;
  for (let next = at + 1; next < text.length; next++) {
    const unit = text[next] ?? '';
    if (unit === '\\') next++;
    else if (unit === '/' && depth === 0) return next + 1;
    else if ('([{'.includes(unit)) depth++;
    else if (')]}'.includes(unit)) depth--;
  }
  return 0;
}

function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && /[\p{L}\p{N}_$]/u.test(text[end] ?? '')) end++;
  return end;
}

/** A value of a file with its places: what `readTemplate` makes a template from. The names of fields are distinct. */
export type ValueTree =
  | ScalarTree
  | { readonly kind: 'list'; readonly items: readonly ValueTree[]; readonly range: Range }
  | {
      readonly kind: 'object';
      readonly fields: readonly { readonly name: string; readonly value: ValueTree; readonly range: Range }[];
      readonly range: Range;
    };

export interface ScalarTree {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
  readonly range: Range;
  /** The place in the file of an offset in a string's value; it may be left out where the two run alike. */
  readonly at?: (offset: number) => number;
}

/** One expression that stands in a template, with what was found in it. */
export interface LocatedExpression {
  readonly expression: Expression;
  readonly parsed: ParsedExpression;
  /** Whether the string is exactly this expression, so that its value keeps its type. */
  readonly whole: boolean;
  /** Where it stands: names of fields and numbers of items, from the outermost. */
  readonly path: readonly (string | number)[];
}

export interface ReadTemplate {
  readonly template: Template;
  readonly expressions: readonly LocatedExpression[];
  readonly problems: readonly ExpressionProblem[];
}

/**
 * Makes a template of a value of the file. It always gives one: an expression with a mistake stays in it as it is
 * written and fails when it is evaluated, and `problems` says what is wrong.
 *
 * A subtree without expressions becomes one literal.
 */
export function readTemplate(tree: ValueTree): ReadTemplate {
  const expressions: LocatedExpression[] = [];
  const problems: ExpressionProblem[] = [];
  const template = read(tree, [], { expressions, problems });
  return { template, expressions, problems };
}

interface Reading {
  readonly expressions: LocatedExpression[];
  readonly problems: ExpressionProblem[];
}

function read(tree: ValueTree, path: readonly (string | number)[], reading: Reading): Template {
  if (tree.kind === 'scalar') {
    if (typeof tree.value !== 'string' || !hasExpression(tree.value)) return { kind: 'literal', value: tree.value };
    return readText(tree.value, tree, path, reading);
  }
  if (tree.kind === 'list') {
    const items = tree.items.map((item, at) => read(item, [...path, at], reading));
    const values = literals(items);
    return values === null ? { kind: 'list', items } : { kind: 'literal', value: values };
  }
  const fields: Field[] = tree.fields.map(({ name, value, range }) => ({
    name,
    value: read(value, [...path, name], reading),
    range,
  }));
  const values = literals(fields.map((field) => field.value));
  if (values === null) return { kind: 'object', fields };
  // `fromEntries` defines properties, so that a field called `__proto__` is data like any other.
  return { kind: 'literal', value: Object.fromEntries(fields.map((field, at) => [field.name, values[at] ?? null])) };
}

/** The values of templates that are all literals, or null. */
function literals(templates: readonly Template[]): readonly Json[] | null {
  const values: Json[] = [];
  for (const template of templates) {
    if (template.kind !== 'literal') return null;
    values.push(template.value);
  }
  return values;
}

function readText(text: string, tree: ScalarTree, path: readonly (string | number)[], reading: Reading): Template {
  const at = tree.at ?? ((offset: number): number => tree.range.start + offset);
  const scanned = scanTemplate(text);
  if (scanned.problem !== null) {
    const { message, offset } = scanned.problem;
    reading.problems.push({
      code: 'expression-syntax',
      message,
      range: within(tree.range, at(offset), at(text.length)),
    });
  }
  const whole = scanned.parts.length === 1;
  const parts = scanned.parts.map((part): string | Expression => {
    if (part.kind === 'text') return part.text;
    const { start, end } = part.range;
    const parsed = parseExpression(part.source, (offset) => at(start + offset), tree.range);
    const range = within(tree.range, at(start), at(end));
    const expression: Expression = { language: 'jsonata', source: part.source, range, roots: parsed.roots };
    if (scanned.problem === null) reading.problems.push(...parsed.problems);
    reading.expressions.push({ expression, parsed, whole, path });
    return expression;
  });
  const [only] = parts;
  if (whole && typeof only === 'object') return { kind: 'expression', expression: only };
  if (parts.every((part) => typeof part === 'string')) return { kind: 'literal', value: parts.join('') };
  return { kind: 'text', parts };
}
