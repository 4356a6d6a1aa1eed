/** Values that fit a JSON Schema, as answers where nobody has given any. */
import { isJsonObject } from '../../language/index.ts';
import type { Json, JsonObject } from '../../language/index.ts';

/** Deeper than this a schema that refers to itself gives null. */
const MAX_DEPTH = 8;

/** Texts of the formats that services ask for most. */
const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2025-01-01T00:00:00Z',
  date: '2025-01-01',
  email: 'someone@example.org',
  uri: 'https://example.org/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A value that fits `schema`: what it gives as an example or default, else the plainest of its type, all fields present. */
export function sampleOf(schema: Json | undefined, depth = 0): Json {
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return null;
  for (const key of ['const', 'default'] as const) if (Object.hasOwn(schema, key)) return schema[key] ?? null;
  for (const key of ['examples', 'enum'] as const) {
    const first = itemsOf(schema[key])[0];
    if (first !== undefined) return first;
  }
  const [choice] = [...itemsOf(schema['oneOf']), ...itemsOf(schema['anyOf'])];
  if (choice !== undefined) return sampleOf(choice, depth + 1);
  const all = itemsOf(schema['allOf']);
  if (all.length > 0) return sampleOf(merged(schema, all), depth + 1);
  const type = Array.isArray(schema['type']) ? itemsOf(schema['type'])[0] : schema['type'];
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'number':
    case 'integer':
      return numberOf(schema);
    case 'boolean':
      return true;
    case 'array':
      return [sampleOf(schema['items'], depth + 1)];
    case 'object':
    case undefined:
      return isJsonObject(schema['properties']) || type === 'object' ? objectOf(schema, depth) : null;
    default:
      return null;
  }
}

function textOf({ format, minLength }: JsonObject): string {
  const text = (typeof format === 'string' ? FORMATS[format] : undefined) ?? 'text';
  return typeof minLength === 'number' ? text.padEnd(Math.min(minLength, 10_000), 'x') : text;
}

function numberOf({ minimum, exclusiveMinimum, maximum, multipleOf }: JsonObject): number {
  if (typeof multipleOf === 'number') return multipleOf;
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum + 1;
  if (typeof minimum === 'number') return minimum;
  return typeof maximum === 'number' ? Math.min(maximum, 1) : 1;
}

function objectOf({ properties }: JsonObject, depth: number): JsonObject {
  const fields = isJsonObject(properties) ? Object.entries(properties) : [];
  return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field, depth + 1)]));
}

function merged(schema: JsonObject, all: readonly Json[]): JsonObject {
  const { allOf: _, ...own } = schema;
  const parts = [own, ...all].filter(isJsonObject);
  const properties = Object.assign({}, ...parts.map((part) => part['properties'] ?? {})) as JsonObject;
  return { ...(Object.assign({}, ...parts) as JsonObject), properties };
}

function itemsOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
