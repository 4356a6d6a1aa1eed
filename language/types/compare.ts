/** Whether values of two types can meet: equal each other, or stand where the other is needed. */
import { holds, type Type, valuesOf } from './type.ts';

/**
 * Whether no value of `one` can equal one of `other`. Types that give nothing at all, and those that are not known, may
 * equal anything here: nothing is certain about them.
 */
export function neverEqual(one: Type, other: Type): boolean {
  const left = valuesOf(one);
  const right = valuesOf(other);
  if (left.length === 0 || right.length === 0) return false;
  return left.every((first) => right.every((second) => apart(first, second)));
}

/** Whether single types have no value in common. */
function apart(one: Type, other: Type): boolean {
  if (one.kind === 'unknown' || other.kind === 'unknown') return false;
  if (one.kind === 'function' || other.kind === 'function') return false;
  if ((one.kind === 'object' || one.kind === 'list') && !one.sure) return false;
  if ((other.kind === 'object' || other.kind === 'list') && !other.sure) return false;
  if (holds(one, other) || holds(other, one)) return false;
  const [first, second] = [baseOf(one), baseOf(other)];
  if (first !== second) return true;
  // Two lists may both be empty, and objects may have the same fields.
  if (first === 'list' || first === 'object') return false;
  return first !== 'number' || one.kind === 'literal' || other.kind === 'literal';
}

function baseOf(type: Type): string {
  return type.kind === 'literal' ? typeof type.value : type.kind;
}
