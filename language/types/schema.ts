/** JSON Schemas as authors write them: where their references lead, and what they say about themselves. */
import { isJsonObject, type Json, type JsonObject } from '../json.ts';

export type Schema = JsonObject | boolean;

/** References to references are followed this far. */
const MAX_HOPS = 24;

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

/** Whether a value may stand where a schema is expected. */
export function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'boolean' || (value !== undefined && isJsonObject(value));
}
