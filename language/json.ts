/** JSON values as the language, the journal and the protocols exchange them. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object. Its keys come from users, so it is read with `Object.hasOwn` or `Object.entries` only. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Whether `value` is a JSON object: neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How many levels a value that comes from outside may nest: what goes through values would run out of stack. */
export const MAX_NESTING = 500;

/** Whether a value nests more than `MAX_NESTING` levels deep; it is looked through without a stack. */
export function nestsTooDeeply(value: Json): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_NESTING) return true;
    const inner: Json[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue;
      for (const item of Array.isArray(each) ? (each as readonly Json[]) : Object.values(each))
        if (typeof item === 'object' && item !== null) inner.push(item);
    }
    level = inner;
  }
  return false;
}

/**
 * The value that a JSON text stands for. A number that no number here can hold is null, as it would be once it was written
 * and read again.
 *
 * @throws a SyntaxError when it is no JSON
 */
export function parseJson(text: string): Json {
  if (!/\d{200}|\d[eE]\+?\d{3}/.test(text)) return JSON.parse(text) as Json;
  return JSON.parse(text, (_, value: Json) =>
    typeof value === 'number' && !Number.isFinite(value) ? null : value,
  ) as Json;
}
