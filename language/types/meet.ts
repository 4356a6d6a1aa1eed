/** Types that hold for one value at the same time, as the parts of an `allOf` do. */
import {
  type Field,
  type Fields,
  holds,
  type ListType,
  membersOf,
  NUMBER,
  type ObjectType,
  once,
  type Type,
  unionOf,
  UNKNOWN,
} from './type.ts';

/** The values that are of both types; where there seem to be none, the schemas are not understood: unknown. */
export function both(one: Type, other: Type): Type {
  if (one.kind === 'unknown') return other;
  if (other.kind === 'unknown') return one;
  const met = membersOf(one).flatMap((left) => membersOf(other).flatMap((right) => meet(left, right) ?? []));
  return met.length === 0 ? UNKNOWN : unionOf(met);
}

/** The values that are of both single types, or null when there are none. */
function meet(one: Type, other: Type): Type | null {
  if (holds(one, other)) return other;
  if (holds(other, one)) return one;
  if (one.kind === 'object') {
    if (other.kind === 'object') return meetObjects(one, other);
    return one.sure ? null : other;
  }
  if (one.kind === 'list') {
    if (other.kind === 'list') return meetLists(one, other);
    return one.sure ? null : other;
  }
  if (other.kind === 'object' || other.kind === 'list') return other.sure ? null : one;
  return one.kind === 'number' && other.kind === 'number' ? NUMBER : null;
}

function meetLists(one: ListType, other: ListType): ListType {
  return { ...one, items: once(() => both(one.items(), other.items())), sure: one.sure || other.sure };
}

/** The fields of both, side by side: each part of an `allOf` lists only its own. */
function meetObjects(one: ObjectType, other: ObjectType): ObjectType {
  const sure = one.sure || other.sure;
  const fields = new Map<string, Field>();
  for (const name of new Set([...one.fields.keys(), ...other.fields.keys()])) {
    const left = one.fields.get(name);
    const right = other.fields.get(name);
    const described = left ?? right;
    if (described === undefined) continue;
    fields.set(name, {
      type: left === undefined || right === undefined ? described.type : once(() => both(left.type(), right.type())),
      required: left?.required === true || right?.required === true,
      documentation: left?.documentation ?? right?.documentation ?? null,
    });
  }
  // A part that lists nothing, but requires something at most, leaves it to the other whether there are more.
  const rest = one.bare ? other.rest : other.bare ? one.rest : (one.rest ?? other.rest);
  return { kind: 'object', fields, rest, sure, bare: one.bare && other.bare };
}

/** `type` with the fields of `other` too, which may be there under some condition. */
export function withOptional(type: Type, other: Type): Type {
  const more = membersOf(other).filter((member) => member.kind === 'object');
  if (more.length === 0) return type;
  const extended = membersOf(type).map((member) => {
    if (member.kind !== 'object') return member;
    return more.reduce<ObjectType>((whole, part) => ({ ...whole, fields: added(whole.fields, part.fields) }), member);
  });
  return type.kind === 'unknown' ? type : unionOf(extended);
}

function added(fields: Fields, more: Fields): Fields {
  const all = new Map<string, Field>();
  for (const name of fields.keys()) {
    const found = fields.get(name);
    const other = more.get(name);
    if (found === undefined) continue;
    // The condition may say more of the field, or something else.
    all.set(name, other === undefined ? found : { ...found, type: once(() => unionOf([found.type(), other.type()])) });
  }
  for (const name of more.keys()) {
    const found = more.get(name);
    if (found !== undefined && !all.has(name)) all.set(name, { ...found, required: false });
  }
  return all;
}

/** `type` where further fields may be there. */
export function opened(type: Type): Type {
  if (type.kind === 'unknown') return type;
  return unionOf(
    membersOf(type).map((member) => (member.kind === 'object' ? { ...member, rest: () => UNKNOWN } : member)),
  );
}
