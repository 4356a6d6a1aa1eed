/**
 * JSON Schemas as types.
 *
 * 1. References into the schema are followed; one that leads nowhere, and every keyword that is not read here, leaves the
 *    type wider than the schema, never narrower.
 * 2. A schema that lists fields describes an object without others, unless `additionalProperties` is `true` or a schema
 *    (section 13), though values with others fit it.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { both, opened, withOptional } from './meet.ts';
import { documentationOf, isSchema, referenced, type Schema } from './schema.ts';
import {
  BOOLEAN,
  type Field,
  field,
  INTEGER,
  listOf,
  literal,
  NOTHING,
  NULL,
  NUMBER,
  type ObjectType,
  once,
  STRING,
  type Type,
  typeOfJson,
  unionOf,
  UNKNOWN,
} from './type.ts';

/** References and nested combinations are followed this far. */
const MAX_HOPS = 24;

/** The types of schemas that were asked for already, by the root that their references count from. */
const known = new WeakMap<object, WeakMap<object, Type>>();

/** The type of the values that fit `schema`; `#` in a `$ref` is `root`. */
export function typeOfSchema(schema: Schema, root: Schema = schema): Type {
  return read(schema, root, 0);
}

function read(schema: Schema, root: Schema, hops: number): Type {
  if (typeof schema === 'boolean' || typeof root === 'boolean') return schema === false ? NOTHING : UNKNOWN;
  let types = known.get(root);
  if (types === undefined) known.set(root, (types = new WeakMap()));
  const before = types.get(schema);
  if (before !== undefined) return before;
  if (hops > MAX_HOPS) return UNKNOWN;
  const type = readObject(schema, root, hops);
  // What was cut short is not kept: from elsewhere it may be read further.
  if (hops === 0) types.set(schema, type);
  return type;
}

function readObject(schema: JsonObject, root: JsonObject, hops: number): Type {
  let type = ownType(schema, root);
  if (Object.hasOwn(schema, '$ref')) {
    const target = referenced(schema, root);
    type = both(type, target === null ? UNKNOWN : read(target, root, hops + 1));
  }
  for (const part of schemasAt(schema, 'allOf')) type = both(type, read(part, root, hops + 1));
  for (const key of ['anyOf', 'oneOf']) {
    const parts = schemasAt(schema, key);
    if (parts.length > 0) type = both(type, unionOf(parts.map((part) => read(part, root, hops + 1))));
  }
  for (const key of ['then', 'else']) {
    const part = own(schema, key);
    if (isSchema(part)) type = withOptional(type, read(part, root, hops + 1));
  }
  if (own(schema, 'dependentSchemas') !== undefined) type = opened(type);
  return type;
}

/** What the schema says itself, references and combinations put aside. */
function ownType(schema: JsonObject, root: JsonObject): Type {
  if (Object.hasOwn(schema, 'const')) return typeOfJson(schema['const'] ?? null);
  const values = own(schema, 'enum');
  if (Array.isArray(values)) return enumType(values as readonly Json[]);
  const named = own(schema, 'type');
  const names = Array.isArray(named) ? (named as readonly Json[]) : named === undefined ? [] : [named];
  if (names.length > 0) return unionOf(names.map((name) => namedType(name, schema, root)));
  if (speaksOfFields(schema)) return { ...objectType(schema, root), sure: false };
  return own(schema, 'items') === undefined ? UNKNOWN : { ...listType(schema, root), sure: false };
}

function enumType(values: readonly Json[]): Type {
  return unionOf(values.map((value) => (typeof value === 'object' ? typeOfJson(value) : literal(value))));
}

function namedType(name: Json, schema: JsonObject, root: JsonObject): Type {
  switch (name) {
    case 'string':
      return STRING;
    case 'number':
      return NUMBER;
    case 'integer':
      return INTEGER;
    case 'boolean':
      return BOOLEAN;
    case 'null':
      return NULL;
    case 'array':
      return listType(schema, root);
    case 'object':
      return objectType(schema, root);
    default:
      return UNKNOWN;
  }
}

function speaksOfFields(schema: JsonObject): boolean {
  return ['properties', 'required', 'additionalProperties', 'patternProperties'].some((key) =>
    Object.hasOwn(schema, key),
  );
}

function listType(schema: JsonObject, root: JsonObject): Type & { readonly kind: 'list' } {
  const items = own(schema, 'items');
  const first = schemasAt(schema, 'prefixItems');
  return listOf(() => {
    const types = first.map((part) => read(part, root, 0));
    if (isSchema(items)) return unionOf([...types, read(items, root, 0)]);
    return UNKNOWN;
  });
}

function objectType(schema: JsonObject, root: JsonObject): ObjectType {
  const properties = own(schema, 'properties');
  const listed = isObject(properties) ? Object.entries(properties) : [];
  const required = own(schema, 'required');
  const needed = new Set<Json>(Array.isArray(required) ? (required as readonly Json[]) : []);
  const fields = new Map<string, Field>();
  for (const [name, inner] of listed) {
    if (!isSchema(inner)) continue;
    const documentation = documentationOf(inner, root);
    fields.set(
      name,
      field(() => read(inner, root, 0), { required: needed.has(name), documentation }),
    );
  }
  // Of a field that is required without being listed only that is known.
  for (const name of needed) if (typeof name === 'string' && !fields.has(name)) fields.set(name, field(UNKNOWN));
  const rest = restOf(schema, root, listed.length > 0);
  return { kind: 'object', fields, rest, sure: true, bare: listed.length === 0 && !saysRest(schema) };
}

function saysRest(schema: JsonObject): boolean {
  return ['additionalProperties', 'unevaluatedProperties', 'patternProperties'].some((key) =>
    Object.hasOwn(schema, key),
  );
}

function restOf(schema: JsonObject, root: JsonObject, listed: boolean): (() => Type) | null {
  const additional = own(schema, 'additionalProperties') ?? own(schema, 'unevaluatedProperties');
  if (Object.hasOwn(schema, 'patternProperties')) return () => UNKNOWN;
  if (additional === false) return null;
  if (isObject(additional)) return once(() => read(additional, root, 0));
  return additional === true || !listed ? () => UNKNOWN : null;
}

function own(schema: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(schema, key) ? schema[key] : undefined;
}

function schemasAt(schema: JsonObject, key: string): readonly Schema[] {
  const parts = own(schema, key);
  return Array.isArray(parts) ? (parts as readonly Json[]).filter(isSchema) : [];
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}
