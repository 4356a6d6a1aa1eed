// Writes the tables of the language reference from the tables of the language itself: docs/reference/keys.md,
// docs/reference/diagnostics.md and the JSON Schemas beside them. With `--check` it writes nothing and fails if one of them says something else.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { referencePages } from './reference-pages.ts';

const root = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const stale: string[] = [];

for (const { path, text } of referencePages()) {
  const file = join(root, path);
  if (read(file) === text) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`${path} was written anew.`);
}
if (check && stale.length > 0) {
  console.error(`${stale.join(' and ')} no longer say what the language does. Run \`node scripts/reference.ts\`.`);
  process.exitCode = 1;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
