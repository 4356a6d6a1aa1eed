import { describe, expect, it } from 'vitest';
import {
  evaluateExpression,
  evaluateTemplate,
  isTruthy,
  type Evaluation,
} from '../../../language/expressions/evaluate.ts';
import type { Json } from '../../../language/json.ts';
import { expression, faultOf, MOMENT, template, valueOf } from './support.ts';

const BINDINGS = {
  input: {
    amount: 40,
    name: 'Ada',
    items: [
      { sku: 'a', price: 2 },
      { sku: 'b', price: 5 },
    ],
    none: [],
    one: [7],
    nil: null,
  },
  vars: { limit: 3, flag: false },
  results: {},
};

describe('values', () => {
  it.each<[string, Json]>([
    ['input.amount', 40],
    ['input.missing', null],
    ['input.missing.deeper', null],
    ['nothing', null],
    ['input.nil', null],
    ['input.items.sku', ['a', 'b']],
    ['input.items[price > 3].sku', 'b'],
    ['input.items[price > $$.vars.limit].sku', 'b'],
    ['input.items[0]', { sku: 'a', price: 2 }],
    ['input.none', []],
    ['input.none.x', null],
    ['input.one', [7]],
    ['input.one[]', [7]],
    ['input.amount > 10 and $not(vars.flag)', true],
    ['input.amount > 100 ? "much" : "little"', 'little'],
    ['"Dear " & input.name & "!"', 'Dear Ada!'],
    ['$sum(input.items.price)', 7],
    ['{ "n": input.name, "gone": input.missing }', { n: 'Ada' }],
    ['[1..3]', [1, 2, 3]],
    ['$map(input.items, function($item) { $item.price * vars.limit })', [6, 15]],
    ['$type(input.nil)', 'null'],
    ['$string(0.1 + 0.2)', '0.3'],
    ['"" & (0.1 + 0.2)', '0.3'],
    ['input.items{sku: price}', { a: 2, b: 5 }],
    ['input ~> |items|{"price": 0}, "sku"|', { ...BINDINGS.input, items: [{ price: 0 }, { price: 0 }] }],
    ['$distinct([1, 1, "1", {"a": 1, "b": 2}, {"b": 2, "a": 1}])', [1, '1', { a: 1, b: 2 }]],
    ['$sort(["b", "a", "c"])', ['a', 'b', 'c']],
    ['$sort(input.items, function($a, $b) { $a.price < $b.price }).sku', ['b', 'a']],
    ['$pad("x", 3, "-")', 'x--'],
    ['$clone(input.items[0])', { sku: 'a', price: 2 }],
  ])('%s', async (source, value) => {
    expect(await valueOf(source, BINDINGS)).toStrictEqual(value);
  });

  it('answers simple expressions at once and the others with a promise', () => {
    for (const source of ['input.amount > 10 and vars.flag', '"a" & 1', '{ "a": [input.items, 1] }']) {
      expect(evaluateExpression(expression(source), BINDINGS, MOMENT)).not.toBeInstanceOf(Promise);
    }
    expect(evaluateExpression(expression('$sum([1])'), BINDINGS, MOMENT)).toBeInstanceOf(Promise);
  });

  it('leaves no hidden properties on lists', async () => {
    const value = await valueOf('input.items[price > 0][].sku', BINDINGS);
    expect(Object.getOwnPropertyNames(value)).toEqual(['0', '1', 'length']);
  });

  it.each([
    'input.none[]',
    'input.none{"a": 1}',
    'input.items[0](1)',
    'input.name(1)',
    '$sort(input.one)',
    'input ~> |items|{"price": 9}|',
    '($x := input.items; $x[0]("a"))',
    '$append(input.none, 1)',
    '$reverse(input.items)',
  ])('never changes what it reads: %s', async (source) => {
    const before = structuredClone(BINDINGS);
    await evaluateExpression(expression(source), BINDINGS, MOMENT);
    expect(BINDINGS).toStrictEqual(before);
    expect(Object.getOwnPropertyNames(BINDINGS.input.none)).toEqual(['length']);
    expect(Object.getOwnPropertyNames(BINDINGS.input.items[0])).toEqual(['sku', 'price']);
  });
});

describe('names that objects inherit', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is data or nothing', async (name) => {
    for (const source of [
      `input.\`${name}\``,
      `$lookup(input, "${name}")`,
      `$map(input, function($it) { $it.\`${name}\` })`,
    ]) {
      expect(await valueOf(source, { input: {} })).toBeNull();
      const input = JSON.parse(`{"${name}": {"x": 1}}`) as Json;
      expect(await valueOf(source, { input })).toEqual({ x: 1 });
    }
    expect(await valueOf(name, {})).toBeNull();
    expect(await valueOf(`$${name}`, {})).toBeNull();
  });

  it('takes __proto__ through constructors, transforms and functions', async () => {
    const input = JSON.parse('{"__proto__": {"x": 1}, "a": 2}') as Json;
    const text = async (source: string): Promise<string> => JSON.stringify(await valueOf(source, { input }));
    expect(await text('input')).toBe('{"__proto__":{"x":1},"a":2}');
    expect(await text('{ "__proto__": 1 }')).toBe('{"__proto__":1}');
    expect(await text('{ "__proto__": $sum([1]) }')).toBe('{"__proto__":1}');
    expect(await text('$merge([input, {"b": 3}])')).toBe('{"__proto__":{"x":1},"a":2,"b":3}');
    expect(await text('input ~> |$|{"__proto__": 5}|')).toBe('{"__proto__":5,"a":2}');
    expect(await text('$keys(input)')).toBe('["__proto__","a"]');
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('works on bindings without a prototype', async () => {
    const bindings = Object.assign(Object.create(null) as Record<string, Json>, { input: { a: 1 } });
    expect(await valueOf('input.a + 1', bindings)).toBe(2);
    expect(await valueOf('$sum([input.a, 1])', bindings)).toBe(2);
  });
});

describe('the moment', () => {
  it('is what clocks show', async () => {
    expect(await valueOf('$millis()')).toBe(MOMENT.now);
    expect(await valueOf('$now()')).toBe('2026-01-02T03:04:05.000Z');
    expect(await valueOf('$now("[Y]-[M01]", "+0100")')).toBe('2026-01');
    expect(await valueOf('$fromMillis($toMillis("10:30", "[H]:[m]"))')).toBe('2026-01-02T10:30:00.000Z');
  });

  it('fixes random numbers', async () => {
    const source = '{"r": $random(), "s": $shuffle([1..20]), "t": $random()}';
    const first = await valueOf(source);
    expect(await valueOf(source)).toEqual(first);
    expect(await valueOf(source, {}, { ...MOMENT, seed: 'other' })).not.toEqual(first);
    expect(first).toMatchObject({ r: expect.any(Number) as number });
    const { r, s, t } = first as { r: number; s: number[]; t: number };
    expect(r).not.toBe(t);
    expect(r >= 0 && r < 1).toBe(true);
    expect(s.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  });

  it('gives each expression of a template random numbers of its own', async () => {
    const random = template({ a: '${$random()}', b: '${$random()}', c: '${$random()} ${$random()}' });
    const evaluation = await evaluateTemplate(random, {}, MOMENT);
    const { a, b, c } = (evaluation.ok ? evaluation.value : {}) as { a: number; b: number; c: string };
    expect(new Set([String(a), String(b), ...c.split(' ')]).size).toBe(4);
    expect(await evaluateTemplate(random, {}, MOMENT)).toEqual(evaluation);
  });

  it('spreads random numbers evenly', async () => {
    const drawn = (await valueOf('[1..4000].$random()')) as readonly number[];
    const buckets = Array.from({ length: 8 }, (_, at) => drawn.filter((value) => Math.floor(value * 8) === at).length);
    expect(Math.min(...buckets)).toBeGreaterThan(400);
    expect(Math.max(...buckets)).toBeLessThan(600);
  });
});

describe('faults', () => {
  it.each([
    ['input.name + 1', 'must evaluate to a number', '+'],
    ['input.amount > "a"', 'same data type', '>'],
    ['$eval("1")', 'There is no function $eval.', '$eval'],
    ['1 + $nothing(2)', 'There is no function $nothing.', '$nothing'],
    ['input.name(1)', 'There is no function $name.', ''],
    ['sum([1])', 'with a dollar sign: $sum', ''],
    ['$uppercase(1)', 'Argument 1 of $uppercase is missing or has the wrong type.', '$uppercase'],
    ['$sum(["a"])', 'Argument 1 of $sum must be a list of numbers.', '$sum'],
    ['1 / 0', 'out of range', ''],
    ['0 / 0', 'out of range', ''],
    ['[1 / 0]', 'out of range', ''],
    ['function($x) { $x }', 'gives a function', ''],
    ['{ "f": $sum }', 'gives a function', ''],
    ['$error("no stock")', 'no stock', ''],
    ['$number("x")', 'Unable to cast', ''],
    ['input.', 'end of expression', '.'],
    ['($f := function($n) { 1 + $f($n) }; $f(1))', 'nests too deeply', ''],
    ['$pad("x", 100000000)', 'at most 100000', ''],
    ['[1..300000]', 'too many items', ''],
    ['$reduce([1..60], function($text, $n) { $text & $text }, "x")', 'too long', ''],
    [
      '$join($map([1..20], function($n) { $pad("x", 100000) }))& $join($map([1..80], function($n) { $pad("x", 99999) }))',
      'more data',
      '',
    ],
    ['$match($pad("a", 30000, "a"), /a+b/)', 'at most 20000', ''],
    ['$replace("aaaa", /(a+)+$/, "")', 'repeats a repetition', '/(a+)+$/'],
    ['$sort([1, "a"])', 'numbers or texts', ''],
    ['$reduce([1..1100], function($inner, $n) { { "a": $inner } }, {})', 'nests too deeply', ''],
  ])('%s', async (source, message, at) => {
    const fault = await faultOf(source, BINDINGS);
    expect(fault.message).toContain(message);
    expect(fault.source).toBe(source);
    expect(fault.range.start).toBeGreaterThanOrEqual(0);
    expect(fault.range.end).toBeLessThanOrEqual(source.length);
    if (at !== '') expect(source.slice(fault.range.start, fault.range.end)).toBe(at);
  });

  it('ends an endless loop', async () => {
    const fault = await faultOf('($f := function() { $f() }; $f())');
    expect(fault.message).toContain('takes too long');
    expect(await valueOf('$sum([1, 2])')).toBe(3);
  });

  it.each(['$d', '$string($d)', '$clone($d)', '$distinct([$d, $d])'])(
    'does not unfold a value that holds its parts many times over: %s',
    async (use) => {
      const doubled = '$f := function($n, $o) { $n = 0 ? $o : $f($n - 1, { "a": $o, "b": $o }) }; $d := $f(60, {})';
      expect((await faultOf(`(${doubled}; ${use})`)).message).toContain('more data');
    },
  );

  it('refuses data that would be taken for a function', async () => {
    const input = { _jsonata_lambda: true, body: { type: 'string', value: 'x' }, arguments: [] };
    expect((await faultOf('$map([1], input)', { input })).message).toContain('reserved');
    expect((await faultOf('input.body.value', { input })).message).toContain('reserved');
    expect(await valueOf('input', { input })).toEqual(input);
  });

  it('refuses data that nest too deeply', async () => {
    let input: Json = 1;
    for (let depth = 0; depth < 100_000; depth++) input = [input];
    expect((await faultOf('$count(input) + $sum([1])', { input })).message).toContain('nests too deeply');
  });

  it('counts places in the file', async () => {
    const moved = { ...expression('1 + "a"'), range: { start: 100, end: 107 } };
    expect(await evaluateExpression(moved, {}, MOMENT)).toMatchObject({ range: { start: 102, end: 103 } });
    const folded = { ...expression('1 + "a"'), range: { start: 100, end: 120 } };
    expect(await evaluateExpression(folded, {}, MOMENT)).toMatchObject({ range: folded.range });
  });

  it('of a template is the first in its order', async () => {
    const evaluation = await evaluateTemplate(template(['${ 1 }', '${ $number("x") }', '${ 1 + "a" }']), {}, MOMENT);
    expect(evaluation).toMatchObject({ ok: false, source: ' $number("x") ' });
  });
});

describe('templates', () => {
  const gives = async (value: Json, bindings = BINDINGS): Promise<Json> => {
    const evaluation: Evaluation = await evaluateTemplate(template(value), bindings, MOMENT);
    if (!evaluation.ok) throw new Error(evaluation.message);
    return evaluation.value;
  };

  it('keep the type of a whole expression and render others into the text', async () => {
    expect(await gives('${ input.amount }')).toBe(40);
    expect(await gives('${ input.amount } €')).toBe('40 €');
    expect(await gives('${ input.name }${ vars.flag }')).toBe('Adafalse');
    expect(await gives('${ input.missing }')).toBeNull();
    expect(await gives('[${ input.missing }]')).toBe('[]');
    expect(await gives('[${ input.nil }]')).toBe('[null]');
    expect(await gives('${ input.items[0] }!')).toBe('{"sku":"a","price":2}!');
    expect(await gives('${ 0.1 + 0.2 }!')).toBe('0.3!');
    expect(await gives('$${ input.amount }')).toBe('${ input.amount }');
  });

  it('put values in their places', async () => {
    const value = {
      id: '${ input.name }',
      list: [1, '${ $sum(input.items.price) }', { deep: 'x${ vars.limit }' }],
      plain: true,
    };
    expect(await gives(value)).toStrictEqual({ id: 'Ada', list: [1, 7, { deep: 'x3' }], plain: true });
  });

  it('without expressions that need JSONata are ready at once', () => {
    const evaluation = evaluateTemplate(
      template({ a: '${ input.name }', b: 'x ${ vars.limit + 1 }' }),
      BINDINGS,
      MOMENT,
    );
    expect(evaluation).toEqual({ ok: true, value: { a: 'Ada', b: 'x 4' }, sealed: [] });
  });
});

describe('isTruthy', () => {
  it.each<[Json, boolean]>([
    [null, false],
    [false, false],
    [0, false],
    ['', false],
    [[], false],
    [{}, false],
    [[0, false, ''], false],
    [[[0]], false],
    [true, true],
    [-1, true],
    ['false', true],
    [[0, 1], true],
    [{ a: null }, true],
  ])('%j counts as %s, as for $boolean', async (value, truthy) => {
    expect(isTruthy(value)).toBe(truthy);
    expect((await valueOf('$boolean($$.input)', { input: value })) === true).toBe(truthy);
  });
});
