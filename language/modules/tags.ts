/** Types in documentation comments, as JavaScript has them: `@param` and `@returns`. */
import type { Comment, TSType } from '@babel/types';
import type { ParseModule } from '../context.ts';

/**
 * The types that the tags of a documentation comment name.
 *
 * @param name what the first parameter is called; null where it is taken apart. The first `@param` has to be about it
 */
export function tagsOf(
  comments: readonly Comment[],
  parse: ParseModule,
  path: string,
  name: string | null,
): { readonly param: TSType | null; readonly returns: TSType | null } {
  const text = comments.filter(({ value }) => value.startsWith('*')).at(-1)?.value ?? '';
  const typeAt = (source: string | null): TSType | null => {
    if (source === null) return null;
    const [statement] = parse(`type T = ${source.replace(/^\s*\*/gm, '')};`, `${path}.ts`)?.program.body ?? [];
    return statement?.type === 'TSTypeAliasDeclaration' ? statement.typeAnnotation : null;
  };
  const param = typeBehind(text, /@param\s+/);
  const called = /^\s+([\w$]+)(?![\w$.])/.exec(param?.rest ?? '')?.[1];
  const isFirst = called !== undefined && (name === null || called === name);
  return {
    param: typeAt(isFirst ? (param?.type ?? null) : null),
    returns: typeAt(typeBehind(text, /@returns?\s+/)?.type ?? null),
  };
}

/** The type in braces behind a tag, and what follows it; null where the first such tag has none. */
function typeBehind(text: string, tag: RegExp): { readonly type: string; readonly rest: string } | null {
  const found = tag.exec(text);
  if (found === null) return null;
  const start = found.index + found[0].length;
  const type = text[start] === '{' ? braced(text, start) : null;
  return type === null ? null : { type, rest: text.slice(start + type.length + 2) };
}

/** What stands between the brace at `at` and the one that closes it. */
function braced(text: string, at: number): string | null {
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    if (text[end] === '{') depth++;
    if (text[end] === '}' && --depth === 0) return text.slice(at + 1, end);
  }
  return null;
}
