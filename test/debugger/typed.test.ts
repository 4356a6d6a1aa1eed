/** What a person types into the debugger: hit counts, patterns, log messages, ways to parts of variables. */
import { describe, expect, it } from 'vitest';
import { readLogMessage, readExpression } from '../../debugger/expressions.ts';
import { readHitCount } from '../../debugger/hits.ts';
import { readErrorPatterns, readStatePattern } from '../../debugger/patterns.ts';
import { readVariablePath } from '../../debugger/variable-path.ts';

describe('hit counts', () => {
  it.each([
    ['3', [3]],
    ['= 3', [3]],
    ['==3', [3]],
    ['> 3', [4, 5, 6]],
    ['>=3', [3, 4, 5, 6]],
    ['<2', [1]],
    ['<= 2', [1, 2]],
    ['% 3', [3, 6]],
  ])('%s', (text, stops) => {
    const test = readHitCount(text);
    if (typeof test === 'string') throw new Error(test);
    expect([1, 2, 3, 4, 5, 6].filter(test)).toEqual(stops);
  });

  it.each(['', 'three', '% 0', '0', '3.5', '> x', '-1'])('refuses `%s` with a sentence', (text) => {
    expect(readHitCount(text)).toMatch(/\.$/);
  });
});

describe('patterns', () => {
  it('reads lists of error patterns', () => {
    expect(readErrorPatterns('http.5xx, timeout  order')).toEqual(['http.5xx', 'timeout', 'order']);
    expect(readErrorPatterns('')).toEqual([]);
    expect(readErrorPatterns('http.*')).toMatch(/no pattern of error types/);
  });

  it.each([
    ['charge', 'enter', 'charge', 'charge', true],
    ['charge*', 'enter', 'charge_card', 'charge_card', true],
    ['charge', 'enter', 'recharge', 'recharge', false],
    ['pay/charge', 'enter', 'charge', 'pay/charge', true],
    ['compensate:*', 'undo', 'charge', 'charge', true],
  ])('%s', (text, place, name, id, matches) => {
    const pattern = readStatePattern(text);
    if (typeof pattern === 'string') throw new Error(pattern);
    expect(pattern.place).toBe(place);
    expect(pattern.matches(name, id)).toBe(matches);
  });

  it('refuses what is no name', () => {
    expect(readStatePattern('a b')).toMatch(/no name of a state/);
  });
});

describe('log messages', () => {
  const parts = (text: string) => {
    const template = readLogMessage(text);
    if ('error' in template) return template.error;
    if (template.kind !== 'text') return template.kind;
    return template.parts.map((part) => (typeof part === 'string' ? part : { expression: part.source }));
  };

  it('interpolates expressions in braces, also in `${ }`', () => {
    expect(parts('amount {input.amount} of ${vars.n}!')).toEqual([
      'amount ',
      { expression: 'input.amount' },
      ' of ',
      { expression: 'vars.n' },
      '!',
    ]);
  });

  it('leaves braces inside expressions and strings alone', () => {
    expect(parts('{ {"a": "}"} } end')).toEqual([{ expression: ' {"a": "}"} ' }, ' end']);
  });

  it('keeps escaped braces and dollars', () => {
    expect(parts('\\{x\\} costs $5')).toEqual(['{x} costs $5']);
  });

  it('says what is wrong', () => {
    expect(parts('{input.amount')).toMatch(/not closed/);
    expect(parts('{1 +}')).toMatch(/`1 \+`/);
  });
});

describe('expressions', () => {
  it.each(['1 + 1', '${ 1 + 1 }', ' vars.n '])('reads %s', (text) => {
    expect(readExpression(text)).toMatchObject({ kind: 'expression' });
  });

  it('reads a text with expressions in it', () => {
    expect(readExpression('n is ${vars.n}')).toMatchObject({ kind: 'text' });
  });

  it.each(['', '1 +', '${ 1', 'vars.'])('refuses `%s` with a sentence', (text) => {
    expect(readExpression(text)).toHaveProperty('error');
  });
});

describe('ways to variables', () => {
  it.each([
    ['vars.total', ['total']],
    ['${ vars.cart.items[2].`odd name` }', ['cart', 'items', 2, 'odd name']],
  ])('%s', (text, path) => {
    expect(readVariablePath(text)).toEqual(path);
  });

  it.each(['input.x', 'vars', 'vars.a + 1', 'vars.a[b]', 'vars..a'])('is none: %s', (text) => {
    expect(readVariablePath(text)).toBeNull();
  });
});
