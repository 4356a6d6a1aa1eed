/** Names of environment variables that the `.env` file beside a workflow sets. Values are never looked at. */
import { dirname, join } from 'node:path';
import { readText } from './documents.ts';

/** The names, in the order of the file; none without such a file. */
export function environmentOf(file: string | null): readonly string[] {
  if (file === null) return [];
  const text = readText(join(dirname(file), '.env')) ?? '';
  return [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=/gm)].map((match) => match[1] ?? '');
}
