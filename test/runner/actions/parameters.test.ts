import { describe, expect, it } from 'vitest';
import type { Json, ParameterStyle } from '../../../language/index.ts';
import { inCookie, inHeader, inPath, inQuery } from '../../../runner/actions/parameters.ts';

const LIST = ['red', 'a&b', 3];
const COLOUR = { R: 100, 'G b': 'x,y' };

function style(form: ParameterStyle['form'], explode = false): ParameterStyle {
  return { form, explode };
}

// The tables of OpenAPI 3.1, 4.8.12.4.
describe('a parameter of an OpenAPI document', () => {
  it.each<[ParameterStyle, Json, string | null]>([
    [style('simple'), 'a b', 'a%20b'],
    [style('simple'), '../x', '..%2Fx'],
    [style('simple'), '..', null],
    [style('simple'), '', null],
    [style('simple'), null, null],
    [style('simple'), [], null],
    [style('simple'), LIST, 'red,a%26b,3'],
    [style('simple'), COLOUR, 'R,100,G%20b,x%2Cy'],
    [style('simple', true), COLOUR, 'R=100,G%20b=x%2Cy'],
    [style('label'), 'a', '.a'],
    [style('label'), LIST, '.red,a%26b,3'],
    [style('label', true), LIST, '.red.a%26b.3'],
    [style('label', true), COLOUR, '.R=100.G%20b=x%2Cy'],
    [style('matrix'), 'a', ';p=a'],
    [style('matrix'), LIST, ';p=red,a%26b,3'],
    [style('matrix', true), LIST, ';p=red;p=a%26b;p=3'],
    [style('matrix', true), COLOUR, ';R=100;G%20b=x%2Cy'],
    [style('json'), { a: 1 }, '%7B%22a%22%3A1%7D'],
  ])('stands in a path as %j: %j', (how, value, text) => {
    expect(inPath('p', value, how)).toBe(text);
  });

  it.each<[ParameterStyle, Json, string]>([
    [style('form', true), 'a b', 'p=a+b'],
    [style('form', true), '', 'p='],
    [style('form', true), LIST, 'p=red&p=a%26b&p=3'],
    [style('form', true), [], ''],
    [style('form'), [], ''],
    [style('form'), LIST, 'p=red,a%26b,3'],
    [style('form', true), COLOUR, 'R=100&G+b=x%2Cy'],
    [style('form'), COLOUR, 'p=R,100,G%20b,x%2Cy'],
    [style('spaceDelimited'), LIST, 'p=red%20a%26b%203'],
    [style('pipeDelimited'), LIST, 'p=red%7Ca%26b%7C3'],
    [style('deepObject', true), COLOUR, 'p%5BR%5D=100&p%5BG+b%5D=x%2Cy'],
    [style('deepObject', true), { a: LIST }, 'p%5Ba%5D=red&p%5Ba%5D=a%26b&p%5Ba%5D=3'],
    [style('json'), LIST, 'p=%5B%22red%22%2C%22a%26b%22%2C3%5D'],
    [style('form', true), null, ''],
  ])('stands in a query as %j: %j', (how, value, text) => {
    expect(inQuery('p', value, how).join('&')).toBe(text);
  });

  it.each<[ParameterStyle, Json, string]>([
    [style('simple'), 'a b', 'a b'],
    [style('simple'), true, 'true'],
    [style('simple'), LIST, 'red,a&b,3'],
    [style('simple', true), COLOUR, 'R=100,G b=x,y'],
    [style('json'), LIST, '["red","a&b",3]'],
  ])('stands in a header as %j: %j', (how, value, text) => {
    expect(inHeader(value, how)).toBe(text);
  });

  it.each<[ParameterStyle, Json, string]>([
    [style('form', true), 'a;b', 'p=a%3Bb'],
    [style('form'), LIST, 'p=red,a&b,3'],
    [style('form', true), LIST, 'p=red; p=a&b; p=3'],
  ])('stands in a cookie as %j: %j', (how, value, text) => {
    expect(inCookie('p', value, how).join('; ')).toBe(text);
  });
});
