/** Completion in the console and in watches: roots, and the names inside of what they hold. */
import { isJsonObject } from '../language/index.ts';
import type { Bindings, Json } from '../language/index.ts';
import { COMMAND_NAMES } from './console.ts';

export interface Suggestion {
  readonly label: string;
  readonly type: 'property' | 'variable' | 'keyword';
  /** How many characters before the cursor it replaces. */
  readonly length: number;
}

/** What may follow `before`, the text in front of the cursor. */
export function completeText(before: string, bindings: Bindings): readonly Suggestion[] {
  const command = /^\s*:(\w*)$/.exec(before);
  if (command !== null) {
    const typed = command[1] ?? '';
    return COMMAND_NAMES.filter((name) => name.startsWith(typed)).map((label) => ({
      label,
      type: 'keyword',
      length: typed.length,
    }));
  }
  const path =
    /((?:[A-Za-z_]\w*|`[^`]*`)(?:\[\d+\])?(?:\.(?:[A-Za-z_]\w*|`[^`]*`)(?:\[\d+\])?)*\.)?([A-Za-z_]\w*)?$/.exec(before);
  const typed = path?.[2] ?? '';
  const prefix = path?.[1];
  const names = prefix === undefined ? Object.keys(bindings) : namesIn(valueAt(bindings, prefix));
  const type = prefix === undefined ? 'variable' : 'property';
  return names.filter((name) => name.startsWith(typed)).map((label) => ({ label, type, length: typed.length }));
}

/** The value that a path of plain names ends at; `prefix` ends with a dot. */
function valueAt(bindings: Bindings, prefix: string): Json | undefined {
  let value: Json | undefined | Bindings = bindings;
  for (const [, word, quoted, index] of prefix.matchAll(/([A-Za-z_]\w*)|`([^`]*)`|\[(\d+)\]/g)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = index ?? word ?? quoted ?? '';
    value = Object.hasOwn(value, key) ? (value as Record<string, Json>)[key] : undefined;
  }
  return value as Json | undefined;
}

function namesIn(value: Json | undefined): readonly string[] {
  if (isJsonObject(value)) return Object.keys(value);
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  return isJsonObject(first) ? Object.keys(first) : [];
}
