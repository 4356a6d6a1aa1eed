import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSchema, validateJson } from '../../language/json-schema.ts';
import type { Json, JsonObject } from '../../language/json.ts';

const ORDER: JsonObject = {
  type: 'object',
  required: ['orderId', 'amount'],
  additionalProperties: false,
  properties: {
    orderId: { type: 'string', minLength: 1, pattern: '^o-' },
    amount: { type: 'number', exclusiveMinimum: 0, multipleOf: 0.5 },
    items: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'object', required: ['sku'] } },
    'a/b~c': { type: 'boolean' },
    mail: { type: 'string', format: 'email' },
    at: { type: 'string', format: 'date-time' },
    kind: { enum: ['gift', 'plain'] },
    version: { const: 2 },
    payment: {
      oneOf: [
        { type: 'object', required: ['card'], properties: { card: { type: 'string' } } },
        { type: 'string', maxLength: 3 },
      ],
    },
  },
};

const FINE = { orderId: 'o-1', amount: 1 };

function messages(schema: JsonObject | boolean, value: Json): readonly string[] {
  return validateJson(schema, value).map((finding) => finding.message);
}

describe('validateJson', () => {
  it('finds nothing in what fits', () => {
    expect(messages(ORDER, FINE)).toEqual([]);
    expect(messages(true, FINE)).toEqual([]);
    expect(messages({}, null)).toEqual([]);
  });

  it.each<[Json, readonly string[]]>([
    [[], ['must be an object']],
    [{ amount: 1 }, ['/orderId is missing']],
    [{ ...FINE, amount: 0 }, ['/amount must be > 0']],
    [{ ...FINE, amount: 0.7 }, ['/amount must be a multiple of 0.5']],
    [{ ...FINE, orderId: 5 }, ['/orderId must be a string']],
    [{ ...FINE, orderId: 'x' }, ['/orderId must match the pattern ^o-']],
    [{ ...FINE, more: 1 }, ['/more is not allowed here']],
    [{ ...FINE, items: [] }, ['/items must have at least 1 item']],
    [{ ...FINE, items: [{}] }, ['/items/0/sku is missing']],
    [{ ...FINE, items: [{ sku: 1 }, { sku: 1 }] }, ['/items must not repeat an item (0 and 1)']],
    [{ ...FINE, 'a/b~c': 1 }, ['/a~1b~0c must be a boolean']],
    [{ ...FINE, mail: 'x' }, ['/mail must be a valid email']],
    [{ ...FINE, at: '2026-02-30T00:00:00Z' }, ['/at must be a valid date-time']],
    [{ ...FINE, kind: 'x' }, ['/kind must be one of "gift", "plain"']],
    [{ ...FINE, version: 1 }, ['/version must be 2']],
    [{ ...FINE, payment: {} }, ['/payment/card is missing']],
    [{ ...FINE, payment: 'long' }, ['/payment must have at most 3 characters']],
    [{ ...FINE, payment: 5 }, ['/payment must fit one of the alternatives']],
  ])('says what is wrong with %j', (value, expected) => {
    expect(messages(ORDER, value)).toEqual(expected);
  });

  it('follows references into the schema and into its root', () => {
    const tree: JsonObject = {
      type: 'object',
      properties: { name: { $ref: '#/$defs/name' }, children: { type: 'array', items: { $ref: '#' } } },
      $defs: { name: { type: 'string' } },
    };
    expect(messages(tree, { children: [{ children: [{ name: 1 }] }] })).toEqual([
      '/children/0/children/0/name must be a string',
    ]);
  });

  it('looks at own fields only', () => {
    expect(messages({ type: 'object', required: ['toString', '__proto__'] }, {})).toEqual([
      '/toString is missing',
      '/__proto__ is missing',
    ]);
    const schema = JSON.parse(
      '{"properties":{"__proto__":{"type":"object","properties":{"a":{"type":"number"}}}}}',
    ) as JsonObject;
    expect(checkSchema(schema)).toEqual([]);
    expect(messages(schema, JSON.parse('{"__proto__":{"a":"x"}}') as Json)).toEqual(['/__proto__/a must be a number']);
    const closed = { ...schema, additionalProperties: false };
    expect(messages(closed, JSON.parse('{"__proto__":{}}') as Json)).toEqual([]);
    expect(messages({ additionalProperties: false }, JSON.parse('{"__proto__":{}}') as Json)).toEqual([
      '/__proto__ is not allowed here',
    ]);
  });

  it('says that a bad schema cannot be used', () => {
    expect(messages({ type: 'strin' }, 1)).toEqual([expect.stringContaining('its schema is wrong')]);
  });

  it('bounds texts for patterns and the depth of values', () => {
    expect(messages({ pattern: '^a+b$' }, 'a'.repeat(30_000))).toEqual([expect.stringContaining('at most 20000')]);
    let deep: Json = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { next: deep };
    expect(messages({ properties: { next: { $ref: '#' } } }, deep)).toEqual([
      expect.stringContaining('nests too deeply'),
    ]);
  });

  it('keeps schemas with the same $id apart', () => {
    expect(messages({ $id: 'https://example.com/a', type: 'string' }, 'x')).toEqual([]);
    expect(messages({ $id: 'https://example.com/a', type: 'number' }, 'x')).toEqual(['must be a number']);
  });
});

describe('checkSchema', () => {
  it.each<[Json, string, string]>([
    ['text', '', 'must be a JSON Schema'],
    [[], '', 'must be a JSON Schema'],
    [{ type: 'strin' }, '/type', 'must be one of'],
    [{ properties: 5 }, '/properties', 'must be an object'],
    [{ required: 'a' }, '/required', 'must be an array'],
    [{ anyOf: 'a' }, '/anyOf', 'must be an array'],
    [{ type: 5 }, '/type', 'must be one of'],
    [{ minLength: -1 }, '/minLength', 'must be >= 0'],
    [{ pattern: '(' }, '/pattern', 'no regular expression'],
    [{ pattern: '(a+)+$' }, '/pattern', 'repeats a repetition'],
    [{ patternProperties: { '(': {} } }, '/patternProperties/(', 'no regular expression'],
    [{ $ref: '#/$defs/none' }, '', 'not in the schema'],
    [{ $ref: 'https://example.com/schema' }, '/$ref', 'only refer into itself'],
    [{ properties: { a: { $ref: './other.json' } } }, '/properties/a/$ref', 'only refer into itself'],
  ])('finds what is wrong with %j', (schema, path, message) => {
    const findings = checkSchema(schema);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.path).toBe(path);
    expect(findings[0]?.message).toContain(message);
  });

  it.each<[Json]>([
    [true],
    [false],
    [{}],
    [ORDER],
    [{ $ref: '#' }],
    [{ format: 'unheard-of' }],
    [{ example: 1, 'x-note': 'kept' }],
    [{ type: ['string', 'null'] }],
    [{ const: { $ref: 'https://example.com' } }],
    [{ $schema: 'https://json-schema.org/draft/2020-12/schema', unevaluatedProperties: false }],
  ])('accepts %j', (schema) => {
    expect(checkSchema(schema)).toEqual([]);
  });

  it('bounds the depth and the size of schemas', () => {
    let deep: Json = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { items: deep };
    expect(checkSchema(deep)[0]?.message).toContain('nests too deeply');
    expect(checkSchema({ const: deep })[0]?.message).toContain('nests too deeply');
    const wide = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`p${String(at)}`, true]));
    expect(checkSchema({ properties: wide })[0]?.message).toContain('too large');
  });

  it('answers for objects that name what JavaScript compares by', () => {
    const odd = { valueOf: 1, toString: 2 };
    expect(checkSchema({ required: [odd, { ...odd }] })).not.toEqual([]);
    expect(validateJson({ enum: [odd] }, { ...odd })).not.toEqual([]);
    expect(validateJson({ uniqueItems: true }, [odd, { ...odd }])).not.toEqual([]);
  });

  it('answers for anything', () => {
    const keyword = fc.constantFrom(
      'type',
      '$ref',
      'properties',
      'items',
      'allOf',
      'required',
      'enum',
      '$id',
      '$defs',
      '__proto__',
    );
    const { schema } = fc.letrec<{ schema: Json }>((tie) => ({
      schema: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<Json>(true, 1, null, 'string', '#', '#/$defs/a', 'object'),
        fc.array(tie('schema'), { maxLength: 3 }),
        fc.dictionary(keyword, tie('schema'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(schema, fc.jsonValue(), (written, value) => {
        const findings = checkSchema(written);
        const fits = validateJson(written as JsonObject, value as Json);
        if (findings.length > 0) expect(fits.length).toBeGreaterThan(0);
        for (const finding of [...findings, ...fits]) expect(finding.message).not.toBe('');
      }),
      { numRuns: 300 },
    );
  });
});
