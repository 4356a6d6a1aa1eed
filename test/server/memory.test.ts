import { execFile } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

interface Measured {
  readonly edits: number;
  readonly heap: number;
}

it('holds no more after 10,000 random edits of a long workflow than after 1,000', { timeout: 600_000 }, async () => {
  const program = join(import.meta.dirname, 'typist.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, '1000', '10000']);
  const [early, late] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Measured);
  if (early === undefined || late === undefined) throw new Error(`There are two measurements, not: ${stdout}`);
  expect(early.edits).toBeGreaterThanOrEqual(1_000);
  expect(late.edits).toBeGreaterThanOrEqual(10_000);
  expect(late.heap).toBeLessThan(early.heap * 1.2);
});
