/**
 * The names that a TypeScript or JavaScript module exports, found by its export statements alone: for whoever needs no
 * more than the names and so has no parser, such as the runner, and for text that can’t be parsed.
 */
import type { Located } from '../text.ts';

export interface ModuleExports {
  readonly names: readonly Located<string>[];
  /** Whether these are all: not where the module hands on what others export, or is written in the older form. */
  readonly complete: boolean;
}

const DECLARATION =
  /^export\s+(?:declare\s+)?(?:async\s+)?(?:function\s*\*?|const|let|var|class)\s+([A-Za-z_$][\w$]*)/gm;
const LIST = /^export\s*\{([^}]*)\}/gm;
const DEFAULT = /^export\s+default\b/m;
/** Several declarations behind one `export`, and exports that do not begin a line, are not taken apart. */
const SEVERAL =
  /^export\s+(?:const|let|var)\s[^\n]*,\s*(?:\n|[A-Za-z_$][\w$]*\s*(?::[^\n,]*)?=(?!>))|[;}][ \t]*export\b/m;
const UNSURE = /^export\s*\*|^export\s+(?:const|let|var)\s*[[{]|\bmodule\.exports\b|^\s*exports\./m;

/** The exports of the module's text. Comments and strings that look like export statements count as ones. */
export function exportsOf(text: string): ModuleExports {
  const names: Located<string>[] = [];
  for (const match of text.matchAll(DECLARATION)) {
    const name = match[1] ?? '';
    const start = match.index + match[0].length - name.length;
    names.push({ value: name, range: { start, end: start + name.length } });
  }
  for (const match of text.matchAll(LIST)) {
    let at = match.index + match[0].indexOf('{') + 1;
    for (const part of (match[1] ?? '').split(',')) {
      const name = /([A-Za-z_$][\w$]*)\s*$/.exec(part);
      const start = at + (name?.index ?? 0);
      if (name?.[1] !== undefined && !/^\s*type\s/.test(part)) {
        names.push({ value: name[1], range: { start, end: start + name[1].length } });
      }
      at += part.length + 1;
    }
  }
  if (DEFAULT.test(text)) names.push({ value: 'default', range: { start: 0, end: 0 } });
  return { names, complete: !UNSURE.test(text) && !SEVERAL.test(text) };
}
