/** Whether two types are the same, as far as that can be told with little work. */
import type { Type } from './type.ts';

/** How deep fields and items are looked at; further in, types count as different. */
const DEPTH = 4;
const MAX_FIELDS = 40;

/** True only where nothing that is worked out from one of the types could come out otherwise with the other. */
export function sameType(one: Type, other: Type, depth = DEPTH): boolean {
  if (one === other) return true;
  if (depth === 0 || one.kind !== other.kind) return false;
  switch (one.kind) {
    case 'nothing':
    case 'null':
    case 'boolean':
    case 'string':
      return true;
    case 'number':
      return other.kind === 'number' && one.integer === other.integer;
    case 'literal':
      return other.kind === 'literal' && one.value === other.value;
    case 'unknown':
      if (other.kind !== 'unknown') return false;
      if (one.likely === null || other.likely === null) return one.likely === other.likely;
      return sameType(one.likely, other.likely, depth - 1);
    case 'function':
      return other.kind === 'function' && sameType(one.result, other.result, depth - 1);
    case 'list':
      return (
        other.kind === 'list' &&
        one.loose === other.loose &&
        one.sure === other.sure &&
        sameType(one.items(), other.items(), depth - 1)
      );
    case 'union': {
      if (other.kind !== 'union' || one.members.length !== other.members.length) return false;
      return one.members.every((member, at) => sameType(member, other.members[at] ?? member, depth - 1));
    }
    case 'object':
      return other.kind === 'object' && sameFields(one, other, depth);
  }
}

type ObjectType = Type & { readonly kind: 'object' };

function sameFields(one: ObjectType, other: ObjectType, depth: number): boolean {
  if (one.sure !== other.sure || one.bare !== other.bare || (one.rest === null) !== (other.rest === null)) return false;
  if (one.rest !== null && other.rest !== null && !sameType(one.rest(), other.rest(), depth - 1)) return false;
  const names = [...one.fields.keys()];
  if (names.length > MAX_FIELDS || names.join('\n') !== [...other.fields.keys()].join('\n')) return false;
  return names.every((name) => {
    const [left, right] = [one.fields.get(name), other.fields.get(name)];
    if (left === undefined || right === undefined) return false;
    return left.required === right.required && sameType(left.type(), right.type(), depth - 1);
  });
}
