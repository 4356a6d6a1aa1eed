/** Nothing is found in a correct file: every workflow and scenario file under `examples/` is free of findings. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyse, type Resource } from '../../language/index.ts';
import { parseModule } from '../../server/module-parser.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.workflow(\.test)?\.ya?ml$/.test(file) && !file.includes('node_modules'))
  .sort();

/** A file beside `file`, as it is on the disk. */
function resourceBeside(file: string): (path: string) => Resource {
  return (path) => {
    const place = join(dirname(file), path);
    return existsSync(place) ? { kind: 'text', text: readFileSync(place, 'utf8') } : { kind: 'missing' };
  };
}

describe('the examples', () => {
  it('are there', () => {
    expect(files).not.toEqual([]);
  });

  it.each(files)('%s raises no finding', (name) => {
    const file = join(EXAMPLES, name);
    const { diagnostics } = analyse(readFileSync(file, 'utf8'), { file, resource: resourceBeside(file), parseModule });
    expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  });
});
