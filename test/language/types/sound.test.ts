/**
 * Types against JSONata itself: random expressions are evaluated on several documents of one type. What comes out must be
 * of the inferred type, and where a finding was made, nothing may come out right.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../../../language/expressions/evaluate.ts';
import { FUNCTIONS } from '../../../language/expressions/functions.ts';
import type { Json } from '../../../language/json.ts';
import { typeOfJson, unionOf } from '../../../language/types/type.ts';
import { typeInWords } from '../../../language/types/words.ts';
import { expression, MOMENT } from '../expressions/support.ts';
import { accepts, inferredFrom } from './support.ts';

const INPUTS: readonly Json[] = [
  {
    id: 'a',
    n: 2,
    flag: true,
    items: [{ sku: 'x', price: 1 }, { sku: 'y' }],
    tags: ['t', 'u'],
    deep: { a: { b: 1 } },
    none: null,
  },
  {
    id: 'b',
    n: 0.5,
    flag: false,
    items: [{ sku: 'x', price: 3 }],
    tags: ['t'],
    deep: { a: { b: 2 } },
    none: null,
    extra: 'e',
  },
  { id: '', n: -1, flag: true, items: [], tags: [], deep: { a: { b: 0 } }, none: null, extra: 'f' },
];
const DOCUMENT = typeOfJson({ input: null });
const TYPE =
  DOCUMENT.kind === 'object'
    ? {
        ...DOCUMENT,
        fields: new Map([
          ['input', { type: () => unionOf(INPUTS.map(typeOfJson)), required: true, documentation: null }],
        ]),
      }
    : DOCUMENT;

const PATHS = [
  'input.id',
  'input.n',
  'input.flag',
  'input.items',
  'input.items.price',
  'input.items[0]',
  'input.items[0].sku',
  'input.items[price > 1].sku',
  'input.items[sku = "x"]',
  'input.tags',
  'input.tags[0]',
  'input.deep.a',
  'input.deep.a.b',
  'input.none',
  'input.extra',
  'input.items.{ "s": sku, "p": price }',
  'input.items^(sku).sku',
  'input.items#$i.{ "i": $i, "s": sku }',
  'input.items@$x.{ "q": $x.sku, "n": n }',
  'input.deep.a.b.%.b',
  'input.*',
  'input.**.sku',
  'input.items{ sku: price }',
  'input.items{ sku: $sum(price) }.x',
  'input.items.(price > 1 ? sku : price)',
  'input.items.sku[]',
  'input.items[-1]',
  'input.tags[[0, 1]]',
  '(($x := input.items; $x[0].price))',
  '$reduce(input.tags, function($a, $b) { $a & $b })',
];
const LITERALS = ['1', '"a"', '"x"', 'true', 'null', '[1, 2]', '["t"]', '{ "a": 1 }', '[]'];
const OPERATORS = ['+', '-', '*', '=', '!=', '<', '<=', '>', '>=', '&', 'in', 'and', 'or'];
const NAMES = FUNCTIONS.map((one) => one.name).filter(
  (name) => !['error', 'assert', 'random', 'shuffle'].includes(name),
);

const atom = fc.constantFrom(...PATHS, ...LITERALS);
const lambda = fc.constantFrom(
  'function($v) { $v }',
  'function($v, $i) { $i }',
  'function($v) { $v.sku }',
  'function($a, $b) { $a > $b }',
);
const argument = (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 4, arbitrary: inner }, { weight: 1, arbitrary: lambda });

interface Made {
  readonly source: string;
  /** The parts that it is made of. */
  readonly parts: readonly string[];
}

const compound = fc.letrec<{ simple: string; made: Made }>((tie) => ({
  simple: fc.oneof(
    { maxDepth: 2 },
    atom,
    tie('made').map(({ source }) => `(${source})`),
  ),
  made: fc.oneof(
    fc.tuple(tie('simple'), fc.constantFrom(...OPERATORS), tie('simple')).map(([left, operator, right]) => ({
      source: `${left} ${operator} ${right}`,
      parts: [left, right],
    })),
    fc.tuple(fc.constantFrom(...NAMES), fc.array(argument(tie('simple')), { maxLength: 3 })).map(([name, given]) => ({
      source: `$${name}(${given.join(', ')})`,
      parts: given.filter((one) => !one.startsWith('function')),
    })),
    fc
      .tuple(tie('simple'), fc.constantFrom(...NAMES))
      .map(([left, name]) => ({ source: `${left} ~> $${name}()`, parts: [left] })),
    fc.tuple(tie('simple'), tie('simple'), tie('simple')).map((parts) => ({
      source: `${parts[0]} ? ${parts[1]} : ${parts[2]}`,
      parts,
    })),
    tie('simple').map((inner) => ({ source: `{ "k": ${inner} }`, parts: [inner] })),
    tie('simple').map((inner) => ({ source: `[${inner}]`, parts: [inner] })),
    fc.tuple(tie('simple'), fc.constantFrom('sku', 'price', 'a', 'k', '$', 'b.c')).map(([left, name]) => ({
      source: `(${left}).${name}`,
      parts: [left],
    })),
    fc
      .tuple(tie('simple'), fc.constantFrom('price > 1', 'sku = "x"', '0', '-1', '$ = "t"', 'a = 1'))
      .map(([left, filter]) => ({ source: `(${left})[${filter}]`, parts: [left] })),
  ),
})).made;

type Outcome = { readonly ok: true; readonly value: Json } | { readonly ok: false };

async function outcomes(source: string): Promise<readonly Outcome[]> {
  const all: Outcome[] = [];
  for (const input of INPUTS) {
    const evaluation = await evaluateExpression(expression(source), { input }, MOMENT);
    all.push(evaluation.ok ? { ok: true, value: evaluation.value } : { ok: false });
  }
  return all;
}

describe('inferred types', () => {
  it('hold whatever JSONata makes of an expression', async () => {
    await fc.assert(
      fc.asyncProperty(compound, async ({ source }) => {
        const { type } = inferredFrom(source, TYPE);
        for (const outcome of await outcomes(source)) {
          if (outcome.ok) {
            expect(
              accepts(type, outcome.value),
              `${source} gave ${JSON.stringify(outcome.value)}, not ${typeInWords(type, 3)}`,
            ).toBe(true);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('find fault only with what never comes out right', async () => {
    await fc.assert(
      fc.asyncProperty(compound, async ({ source, parts }) => {
        const { problems } = inferredFrom(source, TYPE);
        if (problems.length === 0 || parts.some((part) => inferredFrom(part, TYPE).problems.length > 0)) return;
        const all = await outcomes(source);
        const values = all.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
        for (const { code, message } of problems) {
          const about = `${source}: ${message} gave ${JSON.stringify(values)}`;
          if (code === 'constant-condition') expect(new Set(values).size, about).toBeLessThanOrEqual(1);
          else
            expect(
              values.filter((value) => !isEmpty(value)),
              about,
            ).toEqual([]);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

/**
 * Nothing, and what is made of it: where an operand is absent, JSONata does not look at the other, and an empty list is
 * right whatever its items should be.
 */
function isEmpty(value: Json): boolean {
  return (
    value === null || value === 0 || value === '' || JSON.stringify(value) === '[]' || JSON.stringify(value) === '{}'
  );
}
