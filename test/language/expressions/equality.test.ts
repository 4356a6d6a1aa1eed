/**
 * The synchronous form of expressions, and the document that is cut down to what is read, give what JSONata gives. The
 * other side of each comparison is the library as it comes, on the whole document. `BACKSTEP_EXPRESSIONS` generates that many
 * expressions of each kind, `BACKSTEP_EXPRESSIONS_SEED` others.
 */
import process from 'node:process';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { evaluateAtOnce, evaluateExpression, evaluateTemplate } from '../../../language/expressions/evaluate.ts';
import { UNSURE } from '../../../language/expressions/compile.ts';
import { preparedOf } from '../../../language/expressions/prepare.ts';
import type { Json } from '../../../language/json.ts';
import { expression, MOMENT, template } from './support.ts';

const MANY = Number(process.env['BACKSTEP_EXPRESSIONS'] ?? 0);
const SEED = Number(process.env['BACKSTEP_EXPRESSIONS_SEED'] ?? 1);

/** A seed and a size that take a few seconds, unless more is asked for; `timeout` in milliseconds. */
function sized(usual: number) {
  const numRuns = MANY > 0 ? MANY : usual;
  return { check: { numRuns, seed: SEED }, timeout: 60_000 + numRuns * 10 };
}

const SIMPLE = sized(8000);
const RICH = sized(4000);

const NAMES = ['a', 'b', 'list', 'x', '`odd name`'];

const names = fc.constantFrom(...NAMES);
const keys = fc.constantFrom('a', 'b', 'list', 'x', 'odd name', '__proto__');

const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, 1, -1, 2.5, 0.1, 1e21, '', 'a', 'b', '1', 'text'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
}));

/** Values that are sure to be comparable with the literals, and equal to some of them. */
const FIXED = { one: 1, half: 2.5, none: 0, a: 'a', text: 'text', yes: true };

const bindings = fc.record({
  fixed: fc.constant(FIXED),
  input: value,
  vars: fc.dictionary(keys, value, { maxKeys: 4 }),
  result: value,
});

const scalar = fc.constantFrom(...Object.keys(FIXED).map((name) => `fixed.${name}`));

const path = fc
  .tuple(fc.constantFrom('input', 'vars', 'result', 'missing'), fc.array(names, { maxLength: 3 }))
  .map(([root, steps]) => [root, ...steps].join('.'));

const literal = fc.constantFrom(
  '0',
  '1',
  '-1',
  '2.5',
  '0.1',
  '1e300',
  '""',
  '"a"',
  '"text"',
  "'b'",
  'true',
  'false',
  'null',
);

const operator = fc.constantFrom('+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', '&', 'and', 'or', 'in');

/** Expressions that have a synchronous form; whether it is sure depends on the values. */
const { simple } = fc.letrec<{ simple: string }>((tie) => {
  const inner = tie('simple');
  return {
    simple: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      path,
      literal,
      scalar,
      fc.tuple(scalar, operator, fc.oneof(literal, scalar)).map((parts) => parts.join(' ')),
      fc.tuple(inner, operator, inner).map(([left, sign, right]) => `(${left}) ${sign} (${right})`),
      fc.tuple(path, operator, literal).map((parts) => parts.join(' ')),
      fc.tuple(inner, inner, inner).map(([condition, then, other]) => `(${condition}) ? (${then}) : (${other})`),
      fc.tuple(inner, inner).map(([condition, then]) => `((${condition}) ? (${then}))`),
      fc.tuple(path, inner).map(([first, second]) => `${first} ?? ${second}`),
      fc.tuple(path, inner).map(([first, second]) => `${first} ?: ${second}`),
      fc.tuple(fc.constantFrom('not', 'boolean', 'exists', 'count'), inner).map(([name, only]) => `$${name}(${only})`),
      inner.map((only) => `-(${only})`),
      fc.array(inner, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc.tuple(inner, inner).map(([first, second]) => `{ "a": ${first}, "__proto__": ${second} }`),
    ),
  };
});

/** Expressions of every kind that reads the document. */
const { rich } = fc.letrec<{ rich: string }>((tie) => {
  const inner = tie('rich');
  return {
    rich: fc.oneof(
      { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
      simple,
      fc.tuple(path, inner, names).map(([list, filter, name]) => `${list}[${filter}].${name}`),
      fc.tuple(path, inner).map(([list, filter]) => `${list}[${filter}]`),
      fc.tuple(path, names).map(([list, name]) => `${list}.(${name} & "x")`),
      fc.tuple(path, names, path).map(([list, name, other]) => `${list}.(${name} = $$.${other})`),
      path.map((list) => `${list}[]`),
      path.map((list) => `$keys(${list})`),
      fc.tuple(path, names).map(([list, name]) => `${list}.*.${name}`),
      fc.tuple(path, names).map(([list, name]) => `${list}.**.${name}`),
      fc.tuple(path, names).map(([list, name]) => `${list}.${name}.%.b`),
      fc.tuple(path, inner).map(([list, body]) => `$map(${list}, function($v) { [$v, ${body}] })`),
      fc.tuple(path, path).map(([first, second]) => `$append(${first}, ${second})`),
      fc.tuple(path, names).map(([list, name]) => `${list}@$v.${name}.{ "v": $v }`),
      fc.tuple(path, names).map(([list, name]) => `${list}{ $string(${name}): $ }`),
      fc.tuple(path, names).map(([object, name]) => `$lookup(${object}, "${name}")`),
      fc.tuple(path, names, inner).map(([object, name, other]) => `${object} ~> |${name}|{ "x": ${other} }|`),
      inner.map((body) => `$.(${body})`),
      fc.constantFrom('$', '$$', '*', '**.a', '$$.input.a', '$.vars', '$keys()', '*.a', '$string($)'),
    ),
  };
});

type Outcome = { readonly value: unknown } | 'fault';

/** What JSONata gives, as JSON: undefined as it is, a fault for what JSON cannot hold. */
async function reference(source: string, document: Json): Promise<Outcome> {
  try {
    const given: unknown = await jsonata(source).evaluate(structuredClone(document));
    // A transform may put a value into itself, which then nests without end.
    if (!isJson(given)) return 'fault';
    return { value: given === undefined ? undefined : JSON.parse(JSON.stringify(given)) };
  } catch {
    return 'fault';
  }
}

function isJson(given: unknown): boolean {
  if (typeof given === 'number') return Number.isFinite(given);
  if (typeof given === 'function') return false;
  if (typeof given !== 'object' || given === null) return true;
  return !('_jsonata_lambda' in given || '_jsonata_function' in given) && Object.values(given).every(isJson);
}

/** As text, because `-0` and prototypes make no difference to JSON, but `__proto__` does. */
function text(given: unknown): string {
  return given === undefined ? 'nothing' : JSON.stringify(sorted(given));
}

function sorted(given: unknown): unknown {
  if (Array.isArray(given)) return given.map(sorted);
  if (typeof given !== 'object' || given === null) return given;
  return Object.entries(given)
    .map(([key, inner]): [string, unknown] => [key, sorted(inner)])
    .sort(([left], [right]) => (left < right ? -1 : 1));
}

describe('the synchronous form', () => {
  it('gives what JSONata gives, or is unsure', { timeout: SIMPLE.timeout }, async () => {
    let sure = 0;
    await fc.assert(
      fc.asyncProperty(simple, bindings, async (source, document) => {
        const prepared = preparedOf(expression(source));
        if (!prepared.ok || prepared.compiled === null) throw new Error(`${source} has no synchronous form`);
        let own: unknown;
        try {
          own = prepared.compiled(document);
        } catch (error) {
          expect(error).toBe(UNSURE);
          return;
        }
        sure++;
        if (!isJson(own)) return;
        const theirs = await reference(source, document);
        expect(theirs === 'fault' ? theirs : text(theirs.value)).toBe(text(own));
      }),
      SIMPLE.check,
    );
    expect(sure).toBeGreaterThan(SIMPLE.check.numRuns / 2);
  });
});

describe('evaluation', () => {
  it('gives what JSONata gives on the whole document', { timeout: RICH.timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(rich, bindings, async (source, document) => {
        const before = JSON.stringify(document);
        const [own, theirs] = [
          await evaluateExpression(expression(source), document, MOMENT),
          await reference(source, document),
        ];
        const expected = theirs === 'fault' ? 'fault' : text(theirs.value ?? null);
        expect(own.ok ? text(own.value) : 'fault').toBe(expected);
        expect(JSON.stringify(document)).toBe(before);
      }),
      RICH.check,
    );
  });
});

/** Templates of simple expressions: alone, inside texts, in lists and in objects. */
const { values } = fc.letrec<{ values: Json }>((tie) => ({
  values: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    simple.map((source): Json => `\${ ${source} }`),
    fc.tuple(simple, simple).map(([first, second]): Json => `from \${ ${first} } to \${ ${second} }`),
    literalValue(),
    fc.array(tie('values'), { maxLength: 3 }),
    fc.dictionary(keys, tie('values'), { maxKeys: 3 }),
  ),
}));

function literalValue(): fc.Arbitrary<Json> {
  return fc.constantFrom<Json>(null, true, 0, 2.5, '', 'plain');
}

describe('a template that is evaluated at once', () => {
  it('has the value that it has when it is evaluated in full', { timeout: RICH.timeout }, async () => {
    let had = 0;
    await fc.assert(
      fc.asyncProperty(values, bindings, async (value, document) => {
        const whole = template(value);
        const atOnce = evaluateAtOnce(whole, document);
        if (atOnce === null) return;
        had++;
        const full = await evaluateTemplate(whole, document, MOMENT);
        expect(full.ok ? text(full.value) : full.message).toBe(text(atOnce.value));
      }),
      RICH.check,
    );
    expect(had).toBeGreaterThan(RICH.check.numRuns / 3);
  });

  it.each<[string, Json, Json]>([
    ['objects', { a: '${ vars.n }', b: { c: '${ vars.n + 1 }' } }, { a: 1, b: { c: 2 } }],
    ['lists', ['${ vars.n }', 2, '${ vars.missing }'], [1, 2, null]],
    ['texts', 'n is ${ vars.n }, not ${ vars.missing }', 'n is 1, not '],
  ])('may be one of %s', (_, value, expected) => {
    expect(evaluateAtOnce(template(value), { vars: { n: 1 } })).toEqual({ value: expected });
  });

  it('reads no secret and nothing that is not there', () => {
    expect(evaluateAtOnce(template({ token: '${ secrets.TOKEN }' }), { vars: {} })).toBeNull();
    expect(evaluateAtOnce(template(['${ env.HOME }']), { vars: {} })).toBeNull();
  });
});
