/** Reads what a service or a program answers. */
import { parseJson } from '../../language/index.ts';
import type { Json } from '../../language/index.ts';

/** `text` as JSON if it is JSON, else undefined. */
export function parsedJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined; // Not every text is JSON; the caller decides what that means.
  }
}
