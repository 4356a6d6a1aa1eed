/**
 * Types of the values that expressions work on, as far as a file tells them.
 *
 * 1. A type holds at least the values that can occur. Where nothing is known it is `unknown`, and nothing is reported.
 * 2. Fields and items are asked for when they are needed, so that recursive schemas and long chains of results cost
 *    nothing until somebody looks.
 * 3. `nothing` is JSONata's empty result: a field that is absent. It becomes null where a value is recorded.
 */
import { isJsonObject, type Json } from '../json.ts';

export type Scalar = string | number | boolean;

export type Type =
  /** `likely` is what to suggest while nothing is certain, such as a variable's first value. */
  | { readonly kind: 'unknown'; readonly likely: Type | null }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'number'; readonly integer: boolean }
  | { readonly kind: 'string' }
  | { readonly kind: 'literal'; readonly value: Scalar }
  | { readonly kind: 'function'; readonly result: Type }
  | ListType
  | ObjectType
  /** At least two members, none of them a union or unknown. */
  | { readonly kind: 'union'; readonly members: readonly Type[] };

export interface ListType {
  readonly kind: 'list';
  readonly items: () => Type;
  /** Whether it is what JSONata calls a sequence: one item stands for itself, and none for nothing. */
  readonly loose: boolean;
  /** False where a schema speaks of items without saying that the value is a list. */
  readonly sure: boolean;
}

export interface ObjectType {
  readonly kind: 'object';
  readonly fields: Fields;
  /** The type of fields that are not listed, or null when there are none (section 13). */
  readonly rest: (() => Type) | null;
  /** False where a schema speaks of fields without saying that the value is an object. */
  readonly sure: boolean;
  /** Whether no field is listed and nothing said about further ones, though some may be required. */
  readonly bare: boolean;
}

/** Fields by name; a map, or something that finds them when they are asked for. */
export interface Fields {
  get(name: string): Field | undefined;
  keys(): Iterable<string>;
}

export interface Field {
  readonly type: () => Type;
  readonly required: boolean;
  /** For people, or null. */
  readonly documentation: string | null;
}

export const UNKNOWN: Type = { kind: 'unknown', likely: null };
export const NOTHING: Type = { kind: 'nothing' };
export const NULL: Type = { kind: 'null' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const NUMBER: Type = { kind: 'number', integer: false };
export const INTEGER: Type = { kind: 'number', integer: true };
export const STRING: Type = { kind: 'string' };
export const FUNCTION: Type = { kind: 'function', result: UNKNOWN };
/** An object of which nothing more is known. */
export const OBJECT: ObjectType = {
  kind: 'object',
  fields: new Map(),
  rest: () => UNKNOWN,
  sure: true,
  bare: true,
};

/** More alternatives than this are not followed; single values do not count, up to a bound of their own. */
const MAX_MEMBERS = 24;
const MAX_LITERALS = 1_000;

export function literal(value: Scalar): Type {
  return { kind: 'literal', value };
}

/** Nothing is certain, but `type` is worth suggesting. */
export function perhaps(type: Type): Type {
  return type.kind === 'unknown' ? type : { kind: 'unknown', likely: type };
}

export function listOf(items: Type | (() => Type)): ListType {
  return { kind: 'list', items: typeof items === 'function' ? once(items) : () => items, loose: false, sure: true };
}

/** An object with exactly these fields. */
export function objectOf(fields: Fields): ObjectType {
  return { kind: 'object', fields, rest: null, sure: true, bare: false };
}

export function field(
  type: Type | (() => Type),
  more: { readonly required?: boolean; readonly documentation?: string | null } = {},
): Field {
  const { required = true, documentation = null } = more;
  return { type: typeof type === 'function' ? once(type) : () => type, required, documentation };
}

/** What `make` gives, made when it is first asked for. Asked for while it is being made, it is unknown. */
export function once(make: () => Type): () => Type {
  let made: Type | null = null;
  let making = false;
  return () => {
    if (made !== null) return made;
    if (making) return UNKNOWN;
    making = true;
    try {
      made = make();
    } finally {
      making = false;
    }
    return made;
  };
}

/** A value of one of these types. Nothing at all for an empty list. */
export function unionOf(types: readonly Type[]): Type {
  const [first, second] = types;
  if (types.length === 1 && first !== undefined) return first;
  if (types.length === 2 && first !== undefined && first === second) return first;
  const union: Union = { others: [], literals: new Set(), likely: [], isUnknown: false };
  for (const type of types) {
    if (type.kind === 'union') for (const member of type.members) add(union, member);
    else add(union, type);
  }
  const { others, literals, likely } = union;
  for (const value of literals) {
    if (others.some((other) => holds(other, literal(value)))) literals.delete(value);
  }
  const tooMany = others.length > MAX_MEMBERS || literals.size > MAX_LITERALS;
  const members = tooMany ? [] : [...others, ...Array.from(literals, literal)];
  if (!union.isUnknown && !tooMany) {
    const [only] = members;
    if (only === undefined) return NOTHING;
    return members.length === 1 ? only : { kind: 'union', members };
  }
  const suggested = [...likely, ...members.filter((member) => member.kind !== 'nothing')];
  return suggested.length === 0 || suggested.length > MAX_MEMBERS ? UNKNOWN : perhaps(unionOf(suggested));
}

interface Union {
  readonly others: Type[];
  readonly literals: Set<Scalar>;
  readonly likely: Type[];
  isUnknown: boolean;
}

function add(union: Union, type: Type): void {
  if (type.kind === 'unknown') {
    union.isUnknown = true;
    if (type.likely !== null && union.likely.length <= MAX_MEMBERS) union.likely.push(type.likely);
  } else if (type.kind === 'literal') union.literals.add(type.value);
  else if (union.others.length <= MAX_MEMBERS) {
    const { others } = union;
    if (others.some((other) => holds(other, type))) return;
    for (let at = others.length - 1; at >= 0; at--) {
      const other = others[at];
      if (other !== undefined && holds(type, other)) others.splice(at, 1);
    }
    others.push(type);
  }
}

/** Whether every value of `inner` is one of `outer`, for single types. */
export function holds(outer: Type, inner: Type): boolean {
  if (outer === inner) return true;
  if (inner.kind === 'literal') {
    if (outer.kind === 'literal') return outer.value === inner.value;
    if (outer.kind === 'number') return typeof inner.value === 'number' && fitsInteger(outer.integer, inner.value);
    return outer.kind === typeof inner.value;
  }
  if (outer.kind === 'number') return inner.kind === 'number' && (!outer.integer || inner.integer);
  return ['nothing', 'null', 'boolean', 'string', 'function'].includes(outer.kind) && outer.kind === inner.kind;
}

function fitsInteger(integer: boolean, value: number): boolean {
  return !integer || Number.isInteger(value);
}

/** The alternatives of a type, with sequences opened: one item, a list of them, or nothing. */
export function membersOf(type: Type): readonly Type[] {
  if (type.kind === 'union') return type.members.flatMap(membersOf);
  if (type.kind !== 'list' || !type.loose) return [type];
  const items = type.items();
  if (items.kind === 'unknown') return [items];
  return [NOTHING, ...membersOf(items), listOf(items)];
}

/** The alternatives that are a value at all. */
export function valuesOf(type: Type): readonly Type[] {
  return membersOf(type).filter((member) => member.kind !== 'nothing');
}

export function isUnknown(type: Type): boolean {
  if (type.kind !== 'union' && type.kind !== 'list') return type.kind === 'unknown';
  return membersOf(type).some((member) => member.kind === 'unknown');
}

export function mayBeNothing(type: Type): boolean {
  if (type.kind !== 'union' && type.kind !== 'list') return type.kind === 'nothing' || type.kind === 'unknown';
  return membersOf(type).some((member) => member.kind === 'nothing' || member.kind === 'unknown');
}

/** What a value of this type is when it is recorded: nothing becomes null. */
export function recorded(type: Type): Type {
  if (type.kind !== 'union' && type.kind !== 'list') return type.kind === 'nothing' ? NULL : type;
  const members = membersOf(type);
  if (!members.some((member) => member.kind === 'nothing')) return type;
  return unionOf([...members.filter((member) => member.kind !== 'nothing'), NULL]);
}

/**
 * What a path gives that is followed through the items of a list: all that each item gives, in one sequence. Lists of
 * single items are joined.
 */
export function sequenceOf(type: Type): Type {
  const members = membersOf(type);
  const items = members.flatMap((member) =>
    member.kind === 'nothing' ? [] : member.kind === 'list' ? [member.items()] : [member],
  );
  const joined = unionOf(items);
  if (joined.kind === 'nothing') return NOTHING;
  if (joined.kind === 'unknown')
    return joined.likely === null ? UNKNOWN : perhaps({ ...listOf(joined.likely), loose: true });
  return { ...listOf(joined), loose: true };
}

/** The items that are looked at where a list is filtered or followed: those of lists, and other values themselves. */
export function itemsOf(type: Type): Type {
  switch (type.kind) {
    case 'list':
      return type.items();
    case 'unknown':
      return type.likely === null ? UNKNOWN : perhaps(itemsOf(type.likely));
    case 'union':
      return unionOf(
        membersOf(type).flatMap((member) =>
          member.kind === 'nothing' ? [] : member.kind === 'list' ? [member.items()] : [member],
        ),
      );
    default:
      return type;
  }
}

export function mayBeList(type: Type): boolean {
  if (type.kind !== 'union') return type.kind === 'list' || type.kind === 'unknown';
  return membersOf(type).some((member) => member.kind === 'list' || member.kind === 'unknown');
}

/** The type of exactly this value. */
export function typeOfJson(value: Json): Type {
  if (value === null) return NULL;
  if (Array.isArray(value)) return listOf(() => unionOrUnknown((value as readonly Json[]).map(typeOfJson)));
  if (!isJsonObject(value)) return literal(value as Scalar);
  return objectOf(new Map(Object.entries(value).map(([name, inner]) => [name, field(() => typeOfJson(inner))])));
}

/** An empty list says nothing about what it will hold. */
export function unionOrUnknown(types: readonly Type[]): Type {
  return types.length === 0 ? UNKNOWN : unionOf(types);
}

/** The type without its single values: what a variable may hold that was given such a value once. */
export function widened(type: Type): Type {
  switch (type.kind) {
    case 'literal':
      return typeof type.value === 'string' ? STRING : typeof type.value === 'number' ? NUMBER : BOOLEAN;
    case 'number':
      return NUMBER;
    case 'union':
      return unionOf(type.members.map(widened));
    case 'list':
      return { ...type, items: once(() => widened(type.items())) };
    case 'object': {
      const { fields } = type;
      const get = (name: string): Field | undefined => {
        const found = fields.get(name);
        return found === undefined ? undefined : { ...found, type: once(() => widened(found.type())) };
      };
      return { ...type, fields: { get, keys: () => fields.keys() } };
    }
    case 'unknown':
      return type.likely === null ? type : perhaps(widened(type.likely));
    default:
      return type;
  }
}
