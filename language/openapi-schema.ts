/**
 * Schemas of OpenAPI documents as JSON Schema 2020-12 that stands alone.
 *
 * 1. A reference into the document becomes one into the schema's own `$defs`, and the definitions that can be reached
 *    come along, each once. So recursive schemas stay recursive, and nothing is expanded without end.
 * 2. What OpenAPI 3.0 says in its own way (`nullable`, `exclusiveMinimum: true`) is said in the way of JSON Schema.
 * 3. Fields that only the server sets are not asked of a caller, nor are those that only a caller sets promised to one.
 */
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** Whether a schema describes what is sent or what comes back. */
export type Direction = 'request' | 'response';

export interface SchemaReader {
  /** The schema at `value`, converted, with the `$defs` that it needs. */
  read(value: Json, direction: Direction): JsonObject;
  /**
   * The fields of an object that `value` describes, through references and `allOf`; null when it is no plain object, such
   * as a list or a choice. References in the fields need `withDefinitions`.
   */
  fields(value: Json, direction: Direction): ObjectFields | null;
  /** `schema` with the `$defs` that it needs. */
  withDefinitions(schema: JsonObject, direction: Direction): JsonObject;
}

export interface ObjectFields {
  readonly properties: ReadonlyMap<string, Json>;
  readonly required: readonly string[];
  /** What the object says about further fields; undefined when it says nothing. */
  readonly additional: Json | undefined;
}

/** References that lead to references, and `allOf` in `allOf`, are followed this far. */
const MAX_HOPS = 32;

/**
 * The value that a local reference leads to, through further references.
 *
 * @returns the value itself when it is no reference; undefined when the reference leads nowhere, outside of the document
 *   or in a circle
 */
export function resolve(document: Json, value: Json): Json | undefined {
  let current: Json | undefined = value;
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const reference = current === undefined ? null : referenceOf(current);
    if (reference === null) return current;
    current = pointed(document, reference);
  }
  return undefined;
}

function referenceOf(value: Json): string | null {
  if (!isJsonObject(value) || !Object.hasOwn(value, '$ref')) return null;
  return typeof value['$ref'] === 'string' ? value['$ref'] : null;
}

function pointed(document: Json, reference: string): Json | undefined {
  if (reference !== '#' && !reference.startsWith('#/')) return undefined;
  let current: Json | undefined = document;
  for (const part of reference.split('/').slice(1)) {
    const name = unescapePointer(part);
    if (Array.isArray(current)) current = (current as readonly Json[])[Number(name)];
    else if (isJsonObject(current) && Object.hasOwn(current, name)) current = current[name];
    else return undefined;
  }
  return current;
}

function unescapePointer(part: string): string {
  return percentDecoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A stray per cent sign stands for itself. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Reads the schemas of one document.
 *
 * @param problem is told of each reference that leads nowhere
 */
export function schemaReader(document: Json, problem: (message: string) => void): SchemaReader {
  /** The name in `$defs` of each reference, and the reference of each name. */
  const names = new Map<string, string>();
  const references = new Map<string, string>();
  const converted = { request: new Map<string, Json>(), response: new Map<string, Json>() };

  function nameOf(reference: string): string {
    const known = names.get(reference);
    if (known !== undefined) return known;
    const last = unescapePointer(reference.split('/').at(-1) ?? '').replaceAll(/[^\w.-]/g, '_') || 'root';
    let name = last === '__proto__' ? 'proto' : last;
    for (let number = 2; references.has(name); number++) name = `${last}_${String(number)}`;
    names.set(reference, name);
    references.set(name, reference);
    return name;
  }

  function convert(value: Json, direction: Direction): Json {
    if (typeof value === 'boolean') return value;
    if (!isJsonObject(value)) return true;
    const reference = referenceOf(value);
    const fields: [string, Json][] = [];
    for (const [key, inner] of Object.entries(value)) {
      if (key === '$ref') continue;
      fields.push([key, convertKeyword(key, inner, direction)]);
    }
    let schema: JsonObject = Object.fromEntries(fields);
    if (reference !== null) {
      if (pointed(document, reference) === undefined) {
        problem(`${reference} leads nowhere. Only references inside of the document are followed.`);
      } else schema = { ...schema, $ref: `#/$defs/${nameOf(reference)}` };
    }
    return withoutOtherDirection(nullable(exclusive(schema)), direction);
  }

  function convertKeyword(key: string, value: Json, direction: Direction): Json {
    if (['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'].includes(key)) {
      if (!isJsonObject(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, convert(inner, direction)]));
    }
    if (['allOf', 'anyOf', 'oneOf', 'prefixItems'].includes(key)) {
      return Array.isArray(value) ? (value as readonly Json[]).map((inner) => convert(inner, direction)) : value;
    }
    const single = ['items', 'not', 'additionalProperties', 'unevaluatedProperties', 'contains', 'if', 'then', 'else'];
    return single.includes(key) ? convert(value, direction) : value;
  }

  function definitionsFor(schema: Json, direction: Direction): JsonObject {
    const found = new Map<string, Json>();
    const waiting: Json[] = [schema];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (Array.isArray(next)) waiting.push(...(next as readonly Json[]));
      else if (isJsonObject(next)) {
        const target = referenceOf(next);
        const name = target?.startsWith('#/$defs/') === true ? target.slice('#/$defs/'.length) : null;
        if (name !== null && references.has(name) && !found.has(name)) {
          const definition = definitionOf(name, direction);
          found.set(name, definition);
          waiting.push(definition);
        }
        waiting.push(...Object.values(next));
      }
    }
    return Object.fromEntries(found);
  }

  function definitionOf(name: string, direction: Direction): Json {
    const known = converted[direction].get(name);
    if (known !== undefined) return known;
    const definition = convert(pointed(document, references.get(name) ?? '') ?? true, direction);
    converted[direction].set(name, definition);
    return definition;
  }

  function withDefinitions(schema: JsonObject, direction: Direction): JsonObject {
    const definitions = definitionsFor(schema, direction);
    return Object.keys(definitions).length === 0 ? schema : { ...schema, $defs: definitions };
  }

  function fieldsOf(value: Json, direction: Direction, hops: number): ObjectFields | null {
    const schema = resolve(document, value);
    if (!isJsonObject(schema) || hops > MAX_HOPS) return null;
    if (['oneOf', 'anyOf', 'not', 'if'].some((key) => Object.hasOwn(schema, key))) return null;
    const plain = convert(schema, direction);
    if (!isJsonObject(plain) || (plain['type'] ?? 'object') !== 'object') return null;
    const properties = new Map<string, Json>();
    const required = new Set<string>();
    let additional: Json | undefined;
    const parts = Array.isArray(schema['allOf']) ? (schema['allOf'] as readonly Json[]) : [];
    for (const part of parts) {
      const inner = fieldsOf(part, direction, hops + 1);
      if (inner === null) return null;
      for (const [name, property] of inner.properties) properties.set(name, property);
      for (const name of inner.required) required.add(name);
    }
    for (const [name, property] of Object.entries(objectOf(plain['properties']))) properties.set(name, property);
    if (Array.isArray(plain['required'])) for (const name of plain['required']) required.add(String(name));
    if (parts.length === 0 && Object.hasOwn(plain, 'additionalProperties')) additional = plain['additionalProperties'];
    return { properties, required: [...required], additional };
  }

  return {
    read(value, direction) {
      const schema = convert(value, direction);
      return withDefinitions(isJsonObject(schema) ? schema : schema === false ? { not: {} } : {}, direction);
    },
    fields: (value, direction) => fieldsOf(value, direction, 0),
    withDefinitions,
  };
}

function objectOf(value: Json | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}

/** OpenAPI 3.0 says `nullable: true` where JSON Schema has a type `null`. */
function nullable(schema: JsonObject): JsonObject {
  if (schema['nullable'] !== true) return schema;
  const { nullable: _, ...rest } = schema;
  if (typeof rest['type'] !== 'string') return { anyOf: [rest, { type: 'null' }] };
  const values = rest['enum'];
  const either: JsonObject = { ...rest, type: [rest['type'], 'null'] };
  return Array.isArray(values) ? { ...either, enum: [...(values as readonly Json[]), null] } : either;
}

/** OpenAPI 3.0 says with `true` that the limit beside it is excluded. */
function exclusive(schema: JsonObject): JsonObject {
  const fields = new Map(Object.entries(schema));
  for (const [flag, limit] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    const excluded = fields.get(flag);
    if (typeof excluded !== 'boolean') continue;
    fields.delete(flag);
    const value = fields.get(limit);
    if (!excluded || value === undefined) continue;
    fields.delete(limit);
    fields.set(flag, value);
  }
  return Object.fromEntries(fields);
}

function withoutOtherDirection(schema: JsonObject, direction: Direction): JsonObject {
  const required = schema['required'];
  if (!Array.isArray(required)) return schema;
  const properties = objectOf(schema['properties']);
  const flag = direction === 'request' ? 'readOnly' : 'writeOnly';
  const left = (required as readonly Json[]).filter((name) => {
    const property = typeof name === 'string' && Object.hasOwn(properties, name) ? properties[name] : undefined;
    return objectOf(property)[flag] !== true;
  });
  return left.length === required.length ? schema : { ...schema, required: left };
}
