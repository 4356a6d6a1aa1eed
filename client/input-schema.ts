/** What a workflow's input schema says to the person who is asked for an input. Pure. */

/** Whether a run cannot begin with `{}`: the schema lists a property as required, or is of another type. */
export function needsInput(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const { required, type } = schema;
  if (Array.isArray(required) && required.length > 0) return true;
  const types = Array.isArray(type) ? type : [type];
  return typeof type !== 'undefined' && !types.includes('object');
}

/** A first value to edit: each required property with its default, its first choice or an empty value of its type. */
export function skeleton(schema: unknown, depth = 0): unknown {
  if (!isObject(schema) || depth > 8) return null;
  if ('default' in schema) return schema['default'];
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['examples']) && schema['examples'].length > 0) return schema['examples'][0] as unknown;
  if (Array.isArray(schema['enum']) && schema['enum'].length > 0) return schema['enum'][0] as unknown;
  const type: unknown = Array.isArray(schema['type']) ? (schema['type'][0] as unknown) : schema['type'];
  switch (type) {
    case 'string':
      return '';
    case 'number':
    case 'integer':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
    case 'boolean':
      return false;
    case 'array':
      return typeof schema['minItems'] === 'number' && schema['minItems'] > 0
        ? [skeleton(schema['items'], depth + 1)]
        : [];
    case 'null':
      return null;
    default: {
      const properties = isObject(schema['properties']) ? schema['properties'] : {};
      const required = Array.isArray(schema['required']) ? schema['required'] : [];
      return Object.fromEntries(
        required
          .filter((name): name is string => typeof name === 'string')
          .map((name) => [name, Object.hasOwn(properties, name) ? skeleton(properties[name], depth + 1) : null]),
      );
    }
  }
}

export type ParsedInput =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** Reads what a person typed as JSON; the message says what is wrong with it. */
export function parseInput(text: string): ParsedInput {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    return { ok: false, message: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
