/** Which variables a person changed for a fork. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Json } from './asking.ts';

/** The values that differ from what they were, by name; a sentence where what was typed is no object. */
export function changedIn(before: Readonly<Record<string, Json>>, typed: Json): Record<string, Json> | string {
  if (typeof typed !== 'object' || typed === null || Array.isArray(typed))
    return 'the variables are a JSON object, such as { "amount": 40 }.';
  const changed = Object.entries(typed as Record<string, Json>).filter(
    ([name, value]) => !Object.hasOwn(before, name) || !isDeepStrictEqual(before[name], value),
  );
  return Object.fromEntries(changed);
}
