/** Fields of values by their name, as a path of an expression finds them: lists are gone through item by item. */
import { type Field, isUnknown, itemsOf, mayBeList, membersOf, NOTHING, perhaps, sequenceOf } from './type.ts';
import { type ObjectType, type Type, unionOf, UNKNOWN } from './type.ts';

export interface Found {
  readonly type: Type;
  /** `absent` when no value of the type can have the field. */
  readonly is: 'there' | 'absent' | 'unknown';
  /** Where it is described, if it is. */
  readonly field: Field | null;
}

/** Lists of lists are gone through this far. */
const MAX_DEPTH = 8;

/** What `name` gives, followed from a value of `type`. */
export function lookUp(type: Type, name: string, depth = 0): Found {
  if (depth > MAX_DEPTH) return { type: UNKNOWN, is: 'unknown', field: null };
  if (type.kind === 'unknown') return guess(type, name, depth);
  if (type.kind === 'object') return inObject(type, name);
  const items = itemsOf(type);
  if (isUnknown(items)) return guess(items, name, depth);
  const found: Type[] = [];
  let described: Field | null = null;
  let open = false;
  let known = false;
  let possible = false;
  for (const member of membersOf(items)) {
    if (member.kind === 'null' || member.kind === 'nothing') {
      found.push(NOTHING);
      continue;
    }
    known = true;
    if (member.kind === 'list' || member.kind === 'function') {
      const inner = member.kind === 'list' ? lookUp(member, name, depth + 1) : null;
      if (inner === null || inner.is === 'unknown') open = true;
      else if (inner.is === 'there') possible = true;
      found.push(inner?.type ?? UNKNOWN);
      continue;
    }
    if (member.kind !== 'object') {
      found.push(NOTHING);
      continue;
    }
    const own = member.fields.get(name);
    if (own !== undefined) {
      possible = true;
      described ??= own;
      found.push(own.type());
      if (!own.required) found.push(NOTHING);
    } else if (member.rest !== null) {
      open = true;
      found.push(member.rest(), NOTHING);
    } else found.push(NOTHING);
  }
  // Where no value is known to be there, nothing is known of its fields either.
  if (!known) return { type: UNKNOWN, is: 'unknown', field: null };
  const whole = unionOf(found);
  const given = mayBeList(type) ? sequenceOf(whole) : whole;
  const is = possible ? 'there' : open ? 'unknown' : 'absent';
  // An absent field is reported once; what would follow it is not known.
  return { type: is === 'absent' ? UNKNOWN : given, is, field: described };
}

function inObject(type: ObjectType, name: string): Found {
  const own = type.fields.get(name);
  if (own !== undefined) {
    return { type: own.required ? own.type() : unionOf([own.type(), NOTHING]), is: 'there', field: own };
  }
  if (type.rest === null) return { type: UNKNOWN, is: 'absent', field: null };
  return { type: unionOf([type.rest(), NOTHING]), is: 'unknown', field: null };
}

function guess(type: Type, name: string, depth: number): Found {
  if (type.kind !== 'unknown' || type.likely === null) return { type: UNKNOWN, is: 'unknown', field: null };
  const likely = lookUp(type.likely, name, depth + 1);
  return { type: perhaps(likely.type), is: 'unknown', field: likely.field };
}

/** The objects that a value of this type, or an item of it, may be; guesses included. */
export function objectsIn(type: Type, depth = 0): readonly ObjectType[] {
  if (depth > MAX_DEPTH) return [];
  return membersOf(type).flatMap((member) => {
    if (member.kind === 'object') return [member];
    if (member.kind === 'list') return objectsIn(member.items(), depth + 1);
    return member.kind === 'unknown' && member.likely !== null ? objectsIn(member.likely, depth + 1) : [];
  });
}

/** The names of all fields that can follow a value of this type, each with what is known of it. */
export function fieldsIn(type: Type): ReadonlyMap<string, Field> {
  const all = new Map<string, Field>();
  for (const object of objectsIn(type)) {
    for (const name of object.fields.keys()) {
      const found = object.fields.get(name);
      if (found !== undefined && !all.has(name)) all.set(name, found);
    }
  }
  return all;
}
