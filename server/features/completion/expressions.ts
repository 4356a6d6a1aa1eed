/** Suggestions inside `${ }`: roots and their properties, functions, and variables of the expression itself. */
import {
  type Analysis,
  functionNamed,
  FUNCTIONS,
  isVisible,
  propertiesOf,
  type Range,
  ROOTS,
  signatureOf,
} from '../../../language/index.ts';
import { itemName, schemaOfPath, type Surroundings } from '../roots.ts';
import type { Expected } from './expected.ts';
import type { Suggestion } from './item.ts';

/** What stands left of the cursor in an expression. */
interface Tail {
  /** The half-typed word; with its `$` for a function or a variable. */
  readonly word: string;
  /** The names before it, from the first: `['input', 'items']` of `input.items[0].sk`. */
  readonly path: readonly string[];
  /** The path whose items are filtered here: `results.x.lines[pri` reads the lines. */
  readonly context: readonly string[] | null;
}

/** What may be written at the end of `source`, the part of the expression before the cursor. */
export function expressionSuggestions(
  analysis: Analysis,
  source: Range,
  expected: Expected,
  surroundings: Surroundings,
): readonly Suggestion[] {
  const written = analysis.text.slice(source.start, source.end);
  const tail = tailOf(written);
  if (tail === null) return [];
  const rest = /^\w*/.exec(analysis.text.slice(source.end))?.[0].length ?? 0;
  const replace = { start: source.end - tail.word.length, end: source.end + rest };
  if (tail.path.length > 0) return properties(analysis, tail.path, expected, surroundings, replace);
  const own = variablesOf(written.slice(-MAX_TAIL)).map((name): Suggestion => ({
    label: `$${name}`,
    kind: 'variable',
    insert: `$${name}`,
    replace,
    rank: 0,
  }));
  const functions = FUNCTIONS.map((one, index): Suggestion => ({
    label: `$${one.name}`,
    kind: 'function',
    detail: signatureOf(one),
    documentation: one.documentation,
    insert: `\\$${one.name}(${one.parameters.length === 0 && !one.variadic ? '' : '$0'})`,
    snippet: true,
    replace,
    rank: 500 + index,
  }));
  if (tail.word.startsWith('$')) return [...own, ...functions];
  const inContext = tail.context === null ? [] : properties(analysis, tail.context, expected, surroundings, replace);
  return [...inContext, ...roots(analysis, expected, replace), ...own, ...functions];
}

function roots(analysis: Analysis, expected: Expected, replace: Range): readonly Suggestion[] {
  const visible = ROOTS.filter((root) => isVisible(root, expected.contexts));
  const suggestions = visible.map((root, index): Suggestion => ({
    label: root.name,
    kind: 'root',
    documentation: root.documentation,
    insert: root.name,
    replace,
    rank: 100 + index,
  }));
  const item = itemName(analysis, expected);
  if (item === null) return suggestions;
  const items: Suggestion[] = [
    { label: item, kind: 'root', documentation: 'The current item.', insert: item, replace, rank: 90 },
    {
      label: 'index',
      kind: 'root',
      documentation: 'The place of the current item, from 0.',
      insert: 'index',
      replace,
      rank: 91,
    },
  ];
  return [...items, ...suggestions];
}

function properties(
  analysis: Analysis,
  path: readonly string[],
  expected: Expected,
  surroundings: Surroundings,
  replace: Range,
): readonly Suggestion[] {
  const found = schemaOfPath(analysis, path, expected, surroundings);
  if (found === null) return [];
  return propertiesOf(found.schema, found.rest).map((property, index): Suggestion => ({
    label: property.name,
    kind: 'property',
    detail: property.type,
    ...(property.documentation === null ? {} : { documentation: property.documentation }),
    insert: /^[A-Za-z_]\w*$/.test(property.name) ? property.name : `\`${property.name}\``,
    replace,
    rank: index,
  }));
}

/** What is looked at of an expression before the cursor; a path or a list of arguments is never so long. */
const MAX_TAIL = 2_000;

/** Reads the end of an expression backwards; null inside a text, a comment or a quoted name. */
function tailOf(source: string): Tail | null {
  if (!isCode(source)) return null;
  const end = source.slice(-MAX_TAIL);
  const word = /\$?\w*$/.exec(end)?.[0] ?? '';
  const before = end.slice(0, end.length - word.length);
  if (word.startsWith('$')) return { word, path: [], context: null };
  const path = /\.\s*$/.test(before) ? pathBefore(before.replace(/\.\s*$/, '')) : [];
  if (path === null) return null;
  if (path.length === 0 && /\.\s*$/.test(before)) return null;
  return { word, path, context: path.length > 0 ? null : contextOf(before) };
}

/** The names of the path that ends `source`, filters put aside; null where it is none, as behind a call. */
function pathBefore(source: string): readonly string[] | null {
  let rest = source.trimEnd();
  const names: string[] = [];
  for (;;) {
    while (rest.endsWith(']')) {
      const open = openingOf(rest, '[', ']');
      if (open < 0) return null;
      rest = rest.slice(0, open).trimEnd();
    }
    const name = /(?:`([^`]*)`|([A-Za-z_]\w*))$/.exec(rest);
    if (name === null || rest[name.index - 1] === '$') return null;
    names.unshift(name[1] ?? name[2] ?? '');
    rest = rest.slice(0, name.index).trimEnd();
    if (!rest.endsWith('.')) return names;
    rest = rest.slice(0, -1).trimEnd();
    // `$$.input` reads from the top, as `input` does.
    if (rest.endsWith('$$')) return names;
  }
}

/** The path before the innermost `[`, `.(` or `.{` that is still open. */
function contextOf(source: string): readonly string[] | null {
  let depth = 0;
  for (let at = source.length - 1; at >= 0; at--) {
    const unit = source[at] ?? '';
    if (')]}'.includes(unit)) depth++;
    else if ('([{'.includes(unit) && depth-- === 0) {
      const before = source.slice(0, at).trimEnd();
      if (unit === '[') return pathBefore(before);
      return before.endsWith('.') ? pathBefore(before.slice(0, -1)) : contextOf(before);
    }
  }
  return null;
}

function openingOf(source: string, open: string, close: string): number {
  let depth = 0;
  for (let at = source.length - 1; at >= 0; at--) {
    if (source[at] === close) depth++;
    else if (source[at] === open && --depth === 0) return at;
  }
  return -1;
}

/** Whether the end of `source` is outside of texts, comments and quoted names. */
function isCode(source: string): boolean {
  let open = '';
  for (let at = 0; at < source.length; at++) {
    const unit = source[at] ?? '';
    if (open === '') {
      if (unit === '"' || unit === "'" || unit === '`') open = unit;
      else if (unit === '/' && source[at + 1] === '*') open = '*';
    } else if (open === '*') {
      if (unit === '*' && source[at + 1] === '/') open = '';
    } else if (unit === '\\' && open !== '`' && source[at + 1] !== '"') at++;
    else if (unit === open) open = '';
  }
  return open === '';
}

/** Variables that the expression binds before the cursor: by `:=`, by `@`, by `#`, or as parameters. */
function variablesOf(source: string): readonly string[] {
  const bound = [...source.matchAll(/[@#]?\$(\w+)\s*(?::=)?|function\s*\(([^)]*)\)/g)].flatMap((match) => {
    if (match[2] !== undefined) return [...match[2].matchAll(/\$(\w+)/g)].map((parameter) => parameter[1] ?? '');
    return /^[@#]|:=$/.test(match[0]) ? [match[1] ?? ''] : [];
  });
  return [...new Set(bound)].filter((name) => name !== '' && functionNamed(name) === null);
}
