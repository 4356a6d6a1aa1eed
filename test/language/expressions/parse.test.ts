import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { parseExpression } from '../../../language/expressions/parse.ts';
import { FUNCTIONS, functionNamed, signatureOf } from '../../../language/expressions/functions.ts';
import { isVisible, rootNamed, ROOTS } from '../../../language/expressions/roots.ts';

/** What an expression reads, as it is written in its source. */
function reads(source: string): readonly string[] {
  return parseExpression(source, 0).reads.map((read) => source.slice(read.range.start, read.range.end));
}

describe('parseExpression', () => {
  it.each([
    ['input.amount > 1000', ['input'], ['input.amount']],
    ['vars.a + vars.b.c', ['vars'], ['vars.a', 'vars.b.c']],
    ['$$.input.x', ['input'], ['input.x']],
    ['$.input.x', ['input'], ['input.x']],
    ['input.items[price > 5].sku', ['input'], ['input.items[price > 5].sku']],
    ['input.items[price > $$.vars.limit]', ['input', 'vars'], ['input.items', 'vars.limit']],
    ['input.items.(price * quantity)', ['input'], ['input.items']],
    ['$map(input.items, function($i) { $i.price * vars.rate })', ['input', 'vars'], ['input.items', 'vars.rate']],
    ['{ "a": input.a, "b": [vars.b] }', ['input', 'vars'], ['input.a', 'vars.b']],
    ['input.list^(>price).sku', ['input'], ['input.list']],
    ['input."odd name".`another`', ['input'], ['input."odd name".`another`']],
    ['input.a ?? vars.b', ['input', 'vars'], ['input.a', 'vars.b']],
    ['input ~> |items|{"price": price * 2}|', ['input'], ['input']],
    ['($x := vars.a; $x.b)', ['vars'], ['vars.a']],
    ['"text" & 1 & true', [], []],
    ['$', ['*'], []],
    ['$keys($$)', ['*'], []],
    ['*.amount', ['*'], []],
    ['**.amount', ['*'], []],
    ['$keys()', ['*'], []],
    ['$lookup("input")', ['*'], []],
    ['input.a.%.b', ['input', '*'], ['input.a']],
  ])('finds what %s reads', (source, roots, expected) => {
    const parsed = parseExpression(source, 0);
    expect(parsed.problems).toEqual([]);
    expect(parsed.roots).toEqual(roots);
    expect(reads(source)).toEqual(expected);
  });

  it('gives each step of a path its place in the file', () => {
    const { reads: found } = parseExpression(' vars.cart.total', 100);
    expect(found).toEqual([
      {
        root: 'vars',
        rootRange: { start: 101, end: 105 },
        filtered: false,
        path: [
          { name: 'cart', range: { start: 106, end: 110 }, filtered: false },
          { name: 'total', range: { start: 111, end: 116 }, filtered: false },
        ],
        range: { start: 101, end: 116 },
      },
    ]);
  });

  it('finds calls and whether there are such functions', () => {
    const { calls } = parseExpression('$sum(input.a) + $sun(input.b, 1) + $eval("1") + (input.c ~> $join(","))', 0);
    expect(calls.map(({ name, count, known }) => [name, count, known])).toEqual([
      ['sum', 1, true],
      ['sun', 2, false],
      ['eval', 1, false],
      ['join', 2, true],
    ]);
    expect(calls[1]?.range).toEqual({ start: 16, end: 20 });
    expect(calls[1]?.arguments).toEqual([
      { start: 21, end: 28 },
      { start: 30, end: 31 },
    ]);
  });

  it('knows the functions and variables that the expression defines', () => {
    const { calls, variables } = parseExpression('($f := function($n) { $n <= 1 ? 1 : $n * $f($n - 1) }; $f($m))', 0);
    expect(calls.every((call) => call.known)).toBe(true);
    expect(variables.filter((use) => !use.known).map((use) => use.name)).toEqual(['m']);
  });

  it.each([
    ['', 'empty', 0, 0],
    ['  ', 'empty', 0, 2],
    ['input.', 'end of expression', 5, 6],
    ['input.a +', 'end of expression', 8, 9],
    ['(input.a', 'Expected ")"', 7, 8],
    ['input.a b', 'Syntax error: "b"', 8, 9],
    ['"abc', 'terminated', 3, 4],
    ['1 := 2', 'left side of :=', 0, 1],
    ['$match(input.a, /(a+)+/)', 'repeats a repetition', 16, 23],
    ['input.a & secrets', 'secrets.NAME', 10, 17],
    ['$contains(input.a, /(/)', 'No terminating /', 22, 23],
    ['$contains(input.a, /+/)', 'Nothing to repeat', 0, 23],
  ])('says what is wrong with %j', (source, message, start, end) => {
    const { problems } = parseExpression(source, 0);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.range).toEqual({ start, end });
  });

  it('refuses what is too long or too deep with a sentence', () => {
    expect(parseExpression('a'.repeat(20_001), 0).problems[0]?.message).toContain('longer than');
    expect(parseExpression('('.repeat(9000) + ')'.repeat(9000), 0).problems[0]?.message).toContain('nests too deeply');
    expect(parseExpression(Array(4000).fill('1').join('='), 0).problems[0]?.message).toContain('nests too deeply');
    expect(parseExpression(Array(400).fill('a').join(' & '), 0).problems).toEqual([]);
  });

  it('gives problems and places inside of the source, whatever it is', () => {
    const token = fc.constantFrom(
      ...'input . vars ( ) [ ] { } "s" 1 + - * ** % $ $x $$ := ; , : ? ?? ~> ^ @$a #$b | /a/ function and in'.split(
        ' ',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(token).map((tokens) => tokens.join(' ')),
        ),
        (source) => {
          const parsed = parseExpression(source, 7);
          if (parsed.tree === null) expect(parsed.problems).not.toEqual([]);
          const ranges = [...parsed.problems, ...parsed.reads, ...parsed.calls, ...parsed.variables].map(
            (it) => it.range,
          );
          for (const { start, end } of ranges) {
            expect(start).toBeGreaterThanOrEqual(7);
            expect(start).toBeLessThanOrEqual(end);
            expect(end).toBeLessThanOrEqual(7 + source.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the table of roots', () => {
  it('names each root once, with documentation', () => {
    expect(new Set(ROOTS.map((root) => root.name)).size).toBe(ROOTS.length);
    expect(ROOTS.every((root) => root.documentation.endsWith('.'))).toBe(true);
  });

  it('says where a root is visible', () => {
    const visible = (name: string, ...contexts: Parameters<typeof isVisible>[1]): boolean | undefined => {
      const root = rootNamed(name);
      return root === null ? undefined : isVisible(root, contexts);
    };
    expect(visible('input')).toBe(true);
    expect(visible('secrets')).toBe(false);
    expect(visible('secrets', 'with')).toBe(true);
    expect(visible('result', 'with')).toBe(false);
    expect(visible('result', 'completion', 'with')).toBe(true);
    expect(visible('nothing')).toBeUndefined();
  });
});

describe('the table of functions', () => {
  it('has what JSONata has, without $eval', () => {
    expect(functionNamed('eval')).toBeNull();
    expect(FUNCTIONS.length).toBe(64);
    expect(signatureOf(functionNamed('substring') ?? expect.fail('no $substring'))).toBe(
      '$substring(text, start, length?)',
    );
    expect(signatureOf(functionNamed('zip') ?? expect.fail('no $zip'))).toBe('$zip(lists, …)');
  });
});
