import { expect, test } from 'vitest';
import { needsInput, parseInput, skeleton } from '../../client/input-schema.ts';

test.each([
  [null, false],
  [true, false],
  [{}, false],
  [{ type: 'object', properties: { a: {} } }, false],
  [{ type: ['object', 'null'] }, false],
  [{ required: ['a'] }, true],
  [{ type: 'array' }, true],
])('an input is asked for only where a run cannot begin with {}: %j', (schema, needed) => {
  expect(needsInput(schema)).toBe(needed);
});

test('the first value to edit has every required property, and nothing else', () => {
  const schema = {
    type: 'object',
    required: ['orderId', 'amount', 'items', 'kind', 'address', '__proto__', 'free'],
    properties: {
      orderId: { type: 'string' },
      amount: { type: 'number', minimum: 5 },
      items: { type: 'array', minItems: 1, items: { type: 'object', required: ['sku'], properties: { sku: {} } } },
      kind: { enum: ['a', 'b'] },
      address: { type: 'object', required: ['city'], properties: { city: { default: 'Oslo' } } },
      note: { type: 'string' },
    },
  };
  expect(JSON.stringify(skeleton(schema))).toBe(
    '{"orderId":"","amount":5,"items":[{"sku":{}}],"kind":"a","address":{"city":"Oslo"},"__proto__":null,"free":null}',
  );
});

test('a schema that contains itself ends', () => {
  const schema: Record<string, unknown> = { type: 'object', required: ['next'] };
  schema['properties'] = { next: schema };
  expect(JSON.stringify(skeleton(schema))).toContain('null');
});

test('what is typed is read as JSON, and a mistake is named', () => {
  expect(parseInput('{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
  expect(parseInput('{a:1}')).toMatchObject({ ok: false, message: expect.stringContaining('not JSON') as string });
});
