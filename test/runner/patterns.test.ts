// Regular expressions that would take for ever on an unlucky text.
import { describe, expect, it } from 'vitest';
import { evaluateExpression, validateJson } from '../../language/index.ts';
import { stopEndlessPatterns } from '../../runner/patterns.ts';

stopEndlessPatterns();

const UNLUCKY = `${'a'.repeat(60)}!`;
const MOMENT = { now: 0, seed: 's' };

async function evaluated(source: string): Promise<string> {
  const range = { start: 0, end: source.length };
  const expression = { language: 'jsonata', source, range, roots: ['input'] } as const;
  const result = await evaluateExpression(expression, { input: { text: UNLUCKY } }, MOMENT);
  return result.ok ? JSON.stringify(result.value) : result.message;
}

describe('a pattern', () => {
  it.each(['(a|a)*$', '(a|aa)+$', '(a?){30}a{30}b', '(a{1,30}){1,30}b', 'a*a*a*a*a*a*a*a*a*b', '(a|aa)+(?=x)'])(
    'that may take for ever is stopped: %s',
    async (pattern) => {
      expect(await evaluated(`$contains(input.text, /${pattern}/)`)).toContain('takes too long on this text');
      expect(validateJson({ type: 'string', pattern }, UNLUCKY)).toEqual([
        { path: '', message: expect.stringContaining('takes too long') as string },
      ]);
    },
  );

  it('has its time anew in each evaluation, and shares it within one', async () => {
    const slow = '$contains(input.text, /(a|a)*$/)';
    expect(await evaluated(slow)).toContain('takes too long');
    expect(await evaluated('$contains(input.text, /(a|b)+!/)')).toBe('true');
    expect(await evaluated('$match(input.text, /(a|b)+|(!)/).match')).toBe(JSON.stringify(['a'.repeat(60), '!']));
    expect(validateJson({ pattern: '^(a|b)+!$' }, UNLUCKY)).toEqual([]);
  });
});
