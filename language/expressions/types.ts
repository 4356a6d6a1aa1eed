/**
 * What a JSON Schema says about the fields of a value, for completion, hover and checks of paths.
 *
 * References into the schema are followed. Of `allOf` everything counts; of `anyOf` and `oneOf` whatever one of them
 * lists. A list stands for its items, because a path in an expression goes through lists.
 */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';

export type Schema = JsonObject | boolean;

export interface SchemaProperty {
  readonly name: string;
  /** The `description` or the `title`, or null. */
  readonly documentation: string | null;
  /** In words: `string`, `number or null`, `list of string`, `any`. */
  readonly type: string;
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Shape {
  readonly properties: readonly SchemaProperty[];
  /**
   * Whether a field that is not listed may be there: `additionalProperties` is `true` or a schema, or nothing is listed
   * (section 13).
   */
  readonly open: boolean;
}

/** References and nested combinations are followed this far. */
const MAX_HOPS = 24;

const ANY: Shape = { properties: [], open: true };

/**
 * The fields at the end of a path of names; none when the schema says nothing about it.
 *
 * @param schema the whole schema; `#` in a `$ref` is its root
 * @param path names of fields from the root of the value
 */
export function propertiesOf(schema: Schema, path: readonly string[]): readonly SchemaProperty[] {
  return shapeAt(schema, path).properties;
}

/** The fields at the end of a path of names, and whether there may be others. */
export function shapeAt(schema: Schema, path: readonly string[]): Shape {
  const found = schemaAt(schema, path);
  return found === null ? ANY : shapeOf(found, schema);
}

/** The schema at the end of a path of names, or null when the schema says nothing about it. */
export function schemaAt(schema: Schema, path: readonly string[]): Schema | null {
  let current: Schema = schema;
  for (const name of path) {
    const property = shapeOf(current, schema).properties.find((candidate) => candidate.name === name);
    if (property === undefined) return null;
    current = property.schema;
  }
  return current;
}

/** The fields that `schema` lists, where `root` is the schema that its references lead into. */
export function shapeOf(schema: Schema, root: Schema): Shape {
  const found: Found = { properties: new Map(), listed: false, open: false };
  gather(schema, root, found, 0);
  return { properties: [...found.properties.values()], open: found.open || !found.listed };
}

interface Found {
  readonly properties: Map<string, SchemaProperty>;
  listed: boolean;
  open: boolean;
}

function gather(schema: Schema, root: Schema, found: Found, hops: number): void {
  if (typeof schema === 'boolean' || hops > MAX_HOPS) return;
  const own = (key: string): Json | undefined => (Object.hasOwn(schema, key) ? schema[key] : undefined);
  const target = referenced(schema, root);
  if (target !== null) gather(target, root, found, hops + 1);
  for (const key of ['allOf', 'anyOf', 'oneOf', 'then', 'else']) {
    const parts = own(key);
    for (const part of Array.isArray(parts) ? (parts as readonly Json[]) : [parts]) {
      if (isSchema(part)) gather(part, root, found, hops + 1);
    }
  }
  const items = own('items');
  if (isSchema(items)) gather(items, root, found, hops + 1);
  const additional = own('additionalProperties') ?? own('unevaluatedProperties');
  if (additional === true || (additional !== undefined && isJsonObject(additional))) found.open = true;
  if (own('patternProperties') !== undefined) found.open = true;
  const properties = own('properties');
  if (properties === undefined || !isJsonObject(properties)) return;
  const required = own('required');
  for (const [name, inner] of Object.entries(properties)) {
    found.listed = true;
    if (found.properties.has(name) || !isSchema(inner)) continue;
    found.properties.set(name, {
      name,
      documentation: documentationOf(inner, root),
      type: typeName(inner, root),
      required: Array.isArray(required) && required.includes(name),
      schema: inner,
    });
  }
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'boolean' || (value !== undefined && isJsonObject(value));
}

/** The schema that a `$ref` leads to, or null. */
export function referenced(schema: JsonObject, root: Schema): Schema | null {
  const reference = Object.hasOwn(schema, '$ref') ? schema['$ref'] : undefined;
  if (typeof reference !== 'string' || !reference.startsWith('#')) return null;
  let current: Json | undefined = root;
  for (const part of reference.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(current)) current = (current as readonly Json[])[Number(name)];
    else if (current !== undefined && isJsonObject(current) && Object.hasOwn(current, name)) current = current[name];
    else return null;
  }
  return isSchema(current) ? current : null;
}

/** The description or the title of a schema, or of what it refers to. */
export function documentationOf(schema: Schema, root: Schema): string | null {
  let current: Schema | null = schema;
  for (let hop = 0; hop < MAX_HOPS && current !== null && typeof current !== 'boolean'; hop++) {
    for (const key of ['description', 'title']) {
      const text = Object.hasOwn(current, key) ? current[key] : undefined;
      if (typeof text === 'string') return text;
    }
    current = referenced(current, root);
  }
  return null;
}

/** The type of a schema in words, for people. */
export function typeName(schema: Schema, root: Schema, hops = 0): string {
  if (typeof schema === 'boolean') return schema ? 'any' : 'nothing';
  if (hops > 4) return 'any';
  const own = (key: string): Json | undefined => (Object.hasOwn(schema, key) ? schema[key] : undefined);
  const values = own('enum');
  if (Array.isArray(values) && values.length > 0 && values.length <= 6) {
    return (values as readonly Json[]).map((value) => JSON.stringify(value)).join(' or ');
  }
  if (Object.hasOwn(schema, 'const')) return JSON.stringify(own('const'));
  const type = own('type');
  if (type === 'array') {
    const items = own('items');
    const inner = isSchema(items) ? typeName(items, root, hops + 1) : 'any';
    return inner === 'any' ? 'list' : `list of ${inner}`;
  }
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.map(String).join(' or ');
  const target = referenced(schema, root);
  if (target !== null) return typeName(target, root, hops + 1);
  for (const key of ['anyOf', 'oneOf']) {
    const parts = own(key);
    if (!Array.isArray(parts)) continue;
    const names = (parts as readonly Json[]).filter(isSchema).map((part) => typeName(part, root, hops + 1));
    return [...new Set(names)].join(' or ');
  }
  return Object.hasOwn(schema, 'properties') ? 'object' : 'any';
}
