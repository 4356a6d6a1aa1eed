/** Types in documentation comments, as JavaScript has them: `@param` and `@returns`. */
import type { Comment, TSType } from '@babel/types';
import type { ParseModule } from '../context.ts';

/** The types that the tags of a documentation comment name; of several parameters the first. */
export function tagsOf(
  comments: readonly Comment[],
  parse: ParseModule,
  path: string,
): { readonly param: TSType | null; readonly returns: TSType | null } {
  const text = comments.filter(({ value }) => value.startsWith('*')).at(-1)?.value ?? '';
  const typeBehind = (tag: RegExp): TSType | null => {
    const found = tag.exec(text);
    const source = found === null ? null : braced(text, found.index + found[0].length - 1);
    if (source === null) return null;
    const [statement] = parse(`type T = ${source.replace(/^\s*\*/gm, '')};`, `${path}.ts`)?.program.body ?? [];
    return statement?.type === 'TSTypeAliasDeclaration' ? statement.typeAnnotation : null;
  };
  return { param: typeBehind(/@param\s+\{/), returns: typeBehind(/@returns?\s+\{/) };
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
