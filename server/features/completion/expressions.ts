/** Suggestions inside `${ }`: roots and their properties, functions, and variables of the expression itself. */
import {
  type Analysis,
  fieldsIn,
  functionNamed,
  FUNCTIONS,
  isVisible,
  type Range,
  ROOTS,
  signatureOf,
  type Type,
  typeBefore,
  type TypeField,
  typeInWords,
} from '../../../language/index.ts';
import { itemName, namesRead, type Surroundings, typeSpotAt } from '../roots.ts';
import type { Expected } from './expected.ts';
import type { Suggestion } from './item.ts';

/** What may be written at the end of `source`, the part of the expression before the cursor. */
export function expressionSuggestions(
  analysis: Analysis,
  source: Range,
  expected: Expected,
  surroundings: Surroundings,
): readonly Suggestion[] {
  const written = analysis.text.slice(source.start, source.end);
  if (!isCode(written)) return [];
  const word = /\$?\w*$/.exec(written.slice(-MAX_TAIL))?.[0] ?? '';
  const before = written.slice(0, written.length - word.length);
  const rest = /^\w*/.exec(analysis.text.slice(source.end))?.[0].length ?? 0;
  const replace = { start: source.end - word.length, end: source.end + rest };
  const inside = word.startsWith('$') ? null : typeBefore(analysis, typeSpotAt(analysis, source.end, expected), before);
  if (/\.\s*$/.test(before) && !word.startsWith('$')) {
    if (inside === null) return [];
    const names = environmentNames(analysis, before, surroundings);
    if (names !== null) return names.map((name) => property(name, null, replace, 0));
    return inside.inside ? properties(inside.context, replace) : roots(analysis, expected, replace);
  }
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
  if (word.startsWith('$')) return [...own, ...functions];
  const inContext = inside?.inside === true ? properties(inside.context, replace) : [];
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

function properties(context: Type, replace: Range): readonly Suggestion[] {
  return [...fieldsIn(context)].map(([name, field], index) => property(name, field, replace, index));
}

function property(name: string, field: TypeField | null, replace: Range, rank: number): Suggestion {
  return {
    label: name,
    kind: 'property',
    detail: field === null ? 'string' : typeInWords(field.type(), 0),
    ...(field?.documentation == null ? {} : { documentation: field.documentation }),
    insert: /^[A-Za-z_]\w*$/.test(name) ? name : `\`${name}\``,
    replace,
    rank,
  };
}

/** The names behind `env.` and `secrets.`, which no schema lists; null behind anything else. */
function environmentNames(analysis: Analysis, before: string, { environment }: Surroundings): readonly string[] | null {
  switch (/(?:^|[^\w.$`])(env|secrets)\s*\.\s*$/.exec(before)?.[1]) {
    case 'env':
      return namesRead(analysis, 'env', environment);
    case 'secrets':
      return namesRead(analysis, 'secrets', []);
    default:
      return null;
  }
}

/** What is looked at of an expression before the cursor; a path or a list of arguments is never so long. */
const MAX_TAIL = 2_000;

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
