/** What operators give, and operands for which they can never give what was meant. */
import { type Node, rangeOf } from '../expressions/ast.ts';
import { neverEqual } from './compare.ts';
import { BOOLEAN, mayBeNothing, NOTHING, NUMBER, type Type, unionOf, valuesOf } from './type.ts';
import { type Walk, writtenAs } from './walk.ts';
import { typeInSentence } from './words.ts';

/** The result of `+ - * / %`, of a sign and of `..`, all of which take numbers only. */
export function calculated(walk: Walk, operator: string, operands: readonly (readonly [Node, Type])[]): Type {
  for (const [node, type] of operands) {
    if (!never(type, ['number'])) continue;
    const hint = operator === '+' ? ' Texts are joined with ‘&’.' : '';
    mismatch(
      walk,
      node,
      `‘${operator}’ takes numbers, but ${isA(walk, node, type)}.${never(type, ['string']) ? '' : hint}`,
    );
  }
  return operands.some(([, type]) => mayBeNothing(type)) ? unionOf([NUMBER, NOTHING]) : NUMBER;
}

/** The result of a comparison or of `in`. */
export function compared(walk: Walk, node: Node & { readonly type: 'binary' }, left: Type, right: Type): Type {
  switch (node.value) {
    case '=':
    case '!=':
      equality(walk, node, left, right);
      return BOOLEAN;
    case 'in':
      membership(walk, node, left, right);
      return BOOLEAN;
    default:
      order(walk, node, left, right);
      return mayBeNothing(left) || mayBeNothing(right) ? unionOf([BOOLEAN, NOTHING]) : BOOLEAN;
  }
}

function equality(walk: Walk, node: Node & { readonly type: 'binary' }, left: Type, right: Type): void {
  if (isConstant(node.lhs) && isConstant(node.rhs)) {
    constant(walk, node, 'Both sides of this comparison are fixed, so that it always gives the same.');
    return;
  }
  if (!neverEqual(left, right)) return;
  const sides = `${subject(walk, node.lhs, 'The left side')} is ${typeInSentence(left)}, and ${subject(walk, node.rhs, 'the right side')} ${typeInSentence(right)}`;
  const end = 'Correct one of the two.';
  if (node.value === '=') constant(walk, node, `The two are never equal: ${sides}. ${end}`);
  // Where a side may be absent, `!=` says at least whether it is there.
  else if (!mayBeNothing(left) && !mayBeNothing(right)) {
    constant(walk, node, `The two always differ: ${sides}. ${end}`);
  }
}

function membership(walk: Walk, node: Node & { readonly type: 'binary' }, left: Type, right: Type): void {
  const items = valuesOf(right);
  if (items.length === 0) return;
  const list = unionOf(items.map((item) => (item.kind === 'list' ? item.items() : item)));
  if (!neverEqual(left, list)) return;
  const message = `${subject(walk, node.lhs, 'The left side')} is ${typeInSentence(left)}, which is never among ${typeInSentence(list)}. Correct one of the two.`;
  constant(walk, node, message);
}

function order(walk: Walk, node: Node & { readonly type: 'binary' }, left: Type, right: Type): void {
  let wrong = false;
  for (const [side, type] of [
    [node.lhs, left],
    [node.rhs, right],
  ] as const) {
    if (!never(type, ['number', 'string'])) continue;
    wrong = true;
    mismatch(walk, side, `‘${node.value}’ compares numbers or texts, but ${isA(walk, side, type)}.`);
  }
  if (wrong) return;
  const textAndNumber = never(left, ['number']) && never(right, ['string']);
  const numberAndText = never(left, ['string']) && never(right, ['number']);
  if (!textAndNumber && !numberAndText) {
    if (!isConstant(node.lhs) || !isConstant(node.rhs)) return;
    return constant(walk, node, 'Both sides of this comparison are fixed, so that it always gives the same.');
  }
  const sides = `${subject(walk, node.lhs, 'the left side')} is ${typeInSentence(left)}, and ${subject(walk, node.rhs, 'the right side')} ${typeInSentence(right)}`;
  mismatch(walk, node, `‘${node.value}’ compares numbers with numbers or texts with texts, but ${sides}.`);
}

/** Whether it is certain that a value of this type is of none of these kinds; not where it may be absent altogether. */
export function never(type: Type, kinds: readonly string[]): boolean {
  const values = valuesOf(type);
  return values.length > 0 && values.every((value) => !mayBe(value, kinds));
}

function mayBe(type: Type, kinds: readonly string[]): boolean {
  if (type.kind === 'unknown' || type.kind === 'function') return true;
  if ((type.kind === 'object' || type.kind === 'list') && !type.sure) return true;
  return kinds.includes(type.kind === 'literal' ? typeof type.value : type.kind);
}

function isConstant(node: Node): boolean {
  return node.type === 'string' || node.type === 'number' || node.type === 'value';
}

function mismatch(walk: Walk, node: Node, message: string): void {
  walk.problems.push({ code: 'type-mismatch', range: rangeOf(node, walk.source), message, replacements: [] });
}

function constant(walk: Walk, node: Node, message: string): void {
  walk.problems.push({ code: 'constant-condition', range: rangeOf(node, walk.source), message, replacements: [] });
}

function isA(walk: Walk, node: Node, type: Type): string {
  return `${subject(walk, node, 'this')} is ${typeInSentence(type)}`;
}

function subject(walk: Walk, node: Node, otherwise: string): string {
  const text = isConstant(node) ? null : writtenAs(walk, node);
  return text === null ? otherwise : `‘${text}’`;
}
