/** What is inferred of expressions, in words. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../language/json.ts';
import { typeOfSchema } from '../../../language/types/from-schema.ts';
import { field, objectOf } from '../../../language/types/type.ts';
import { typeInWords } from '../../../language/types/words.ts';
import { inferredFrom } from './support.ts';

const SCHEMA: JsonObject = {
  type: 'object',
  required: ['id', 'items', 'pay'],
  properties: {
    id: { type: 'string' },
    n: { type: 'integer' },
    status: { enum: ['open', 'paid', null] },
    items: { type: 'array', items: { $ref: '#/$defs/Item' } },
    matrix: { type: 'array', items: { type: 'array', items: { type: 'number' } } },
    pay: {
      oneOf: [
        { type: 'object', required: ['card'], properties: { card: { type: 'string' } } },
        { type: 'object', required: ['iban'], properties: { iban: { type: 'string' } } },
      ],
    },
    all: { allOf: [{ properties: { a: { type: 'string' } } }, { properties: { b: { type: 'number' } } }] },
    tree: { $ref: '#/$defs/Tree' },
    any: {},
    map: { type: 'object', additionalProperties: { type: 'boolean' } },
    gone: { $ref: '#/$defs/Nowhere' },
  },
  $defs: {
    Item: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' }, price: { type: 'number' } } },
    Tree: {
      type: 'object',
      properties: { value: { type: 'number' }, children: { type: 'array', items: { $ref: '#/$defs/Tree' } } },
    },
  },
};

const DOCUMENT = objectOf(new Map([['input', field(typeOfSchema(SCHEMA))]]));

describe('the type of an expression', () => {
  it.each([
    ['input.id', 'string'],
    ['input.n', 'integer'],
    ['input.status', '"open" or "paid" or null'],
    ['input.items', 'list of { sku: string, price?: number }'],
    ['input.items[0]', '{ sku: string, price?: number }'],
    ['input.items.sku', 'list of string'],
    ['input.items[price > 1]', 'list of { sku: string, price?: number }'],
    ['input.items[price > 1].sku', 'list of string'],
    ['input.items^(>price)[0].sku', 'string'],
    ['input.items.{ "name": sku, "cost": price }', 'list of { name: string, cost?: number }'],
    ['input.items.(price * 2)', 'list of number'],
    ['input.matrix', 'list of list of number'],
    ['input.pay.card', 'string'],
    ['input.pay', '{ card: string } or { iban: string }'],
    ['input.all', '{ a?: string, b?: number }'],
    ['input.tree.children.children.value', 'list of number'],
    ['input.any.whatever', 'any'],
    ['input.gone.whatever', 'any'],
    ['input.map.whatever', 'boolean'],
    ['input.*', 'any'],
    ['$$.input.id', 'string'],
    ['$.input.id', 'string'],
    ['"a"', '"a"'],
    ['1 + 2', 'number'],
    ['-input.n', 'number'],
    ['input.n > 1 and input.id = "a"', 'boolean'],
    ['input.id & input.n', 'string'],
    ['"a" in input.items.sku', 'boolean'],
    ['[1..3]', 'list of integer'],
    ['[input.id, input.n]', 'list of (string or integer)'],
    ['[]', 'list'],
    ['{ "a": input.id, "b": [1] }', '{ a: string, b: list of 1 }'],
    ['input.n > 1 ? "many" : "few"', '"many" or "few"'],
    ['input.n > 1 ? "many"', '"many"'],
    ['input.status ?? "none"', '"open" or "paid" or "none" or null'],
    ['input.id ?: 3', 'string or 3'],
    ['($x := input.n; $y := $x + 1; $string($y))', 'string'],
    ['(input.id; input.n)', 'integer'],
    ['$sum(input.items.price)', 'number'],
    ['$count(input.items)', 'integer'],
    ['$split(input.id, ",")', 'list of string'],
    ['$map(input.items, function($i) { $i.price })', 'list of number'],
    ['$filter(input.items, function($i) { $i.price > 1 })', 'list of { sku: string, price?: number }'],
    ['$single(input.items, function($i) { $i.price > 1 }).sku', 'string'],
    ['$reduce(input.items, function($a, $i) { $a + $i.price }, 0)', 'any'],
    ['$sort(input.items, function($a, $b) { $a.price > $b.price })[0].price', 'number'],
    ['input.items ~> $map(function($i) { $i.sku }) ~> $join(",")', 'string'],
    ['input.id ~> $uppercase', 'any'],
    ['$append(input.items, [1])', 'list of ({ sku: string, price?: number } or 1)'],
    ['$merge([{ "a": 1 }, { "b": input.id }])', '{ a?: 1, b?: string }'],
    ['$lookup(input, "id")', 'string'],
    ['$lookup(input, "nothing")', 'any'],
    ['$exists(input.nothing)', 'boolean'],
    ['function($x) { $x }', 'function'],
    ['($f := function($x) { $x & "!" }; $f(input.id))', 'string'],
    ['($f := function($n) { $n < 1 ? 1 : $f($n - 1) }; $f(3))', 'any'],
    ['input.items@$i.{ "x": $i.sku }', 'any'],
    ['input.items#$at.{ "at": $at }', 'any'],
    ['input.items{ sku: price }', 'object'],
    ['input.items.sku[]', 'list of string'],
    ['$unknown(1)', 'any'],
    ['nothing.known', 'any'],
  ])('%s is %s', (source, words) => {
    expect(typeInWords(inferredFrom(source, DOCUMENT).type)).toBe(words);
  });
});

describe('an expression that is right', () => {
  it.each([
    'input.pay.iban & input.pay.card',
    'input.status = null or input.status = "open"',
    'input.items[sku in ["a", "b"]]',
    'input.items[0].price < 3 or input.any > "x"',
    'input.any.a.b.c + input.any',
    '$length(input.any)',
    'input.items.$uppercase(sku)',
    'input.id ~> $substring(1, 2)',
    'input.items.price ~> $sum()',
    '$string()',
    'input.n = 1.0',
    'input.map.a = true',
    '$type(input.any) = "string"',
    'input.tree.children[value = 1].children.value',
    '$each(input.map, function($v, $k) { $k & $v.anything })',
    'input.matrix[0][0] + 1',
    '$formatNumber(input.n, "0")',
    '$now() & $millis()',
    '$zip([1], [2], [3])',
    '$replace(input.id, /a/, "b", 1)',
  ])('%s raises nothing', (source) => {
    expect(inferredFrom(source, DOCUMENT).problems).toEqual([]);
  });
});
