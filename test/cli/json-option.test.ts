import { describe, expect, it } from 'vitest';
import { readJsonOption } from '../../cli/json-option.ts';

describe('JSON of the command line', () => {
  it('holds null in the place of a number that is none here', async () => {
    expect(await readJsonOption('--input', '[1e999, -1e999, 1e300, "1e999", 1]')).toEqual([
      null,
      null,
      1e300,
      '1e999',
      1,
    ]);
    expect(await readJsonOption('--input', `[${'9'.repeat(400)}]`)).toEqual([null]);
  });

  it('may nest as deep as a run can hold it', async () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(JSON.stringify(await readJsonOption('--input', nested(500)))).toBe(nested(500));
    await expect(readJsonOption('--input', nested(100_000))).rejects.toThrow(
      '--input nests more than 500 levels deep.',
    );
  });
});
