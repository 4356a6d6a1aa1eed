import { describe, expect, it } from 'vitest';
import { propertiesOf, schemaAt, shapeAt, typeName } from '../../../language/expressions/types.ts';
import type { JsonObject } from '../../../language/json.ts';

const SCHEMA: JsonObject = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string', description: 'The id.' },
    customer: { $ref: '#/$defs/Customer' },
    items: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } } } },
    pay: { oneOf: [{ properties: { card: { type: 'string' } } }, { properties: { iban: { type: 'string' } } }] },
    tags: { type: 'object', additionalProperties: { type: 'string' } },
    loose: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: true },
    parent: { $ref: '#' },
    any: true,
  },
  allOf: [{ properties: { extra: { type: ['number', 'null'] } } }],
  $defs: {
    Customer: { title: 'A customer', type: 'object', properties: { name: { type: 'string' } } },
    Loop: { $ref: '#/$defs/Loop' },
  },
};

function names(...path: string[]): readonly string[] {
  return propertiesOf(SCHEMA, path).map((property) => property.name);
}

describe('propertiesOf', () => {
  it('lists fields with their types and documentation', () => {
    const properties = propertiesOf(SCHEMA, []).map(({ name, type, documentation, required }) => [
      name,
      type,
      documentation,
      required,
    ]);
    expect(properties).toEqual([
      ['extra', 'number or null', null, false],
      ['id', 'string', 'The id.', true],
      ['customer', 'object', 'A customer', false],
      ['items', 'list of object', null, false],
      ['pay', 'object', null, false],
      ['tags', 'object', null, false],
      ['loose', 'object', null, false],
      ['parent', 'object', null, false],
      ['any', 'any', null, false],
    ]);
  });

  it('goes through references, lists and choices', () => {
    expect(names('customer')).toEqual(['name']);
    expect(names('items')).toEqual(['sku']);
    expect(names('pay')).toEqual(['card', 'iban']);
    expect(names('parent', 'parent', 'customer')).toEqual(['name']);
    expect(names('any')).toEqual([]);
    expect(names('nowhere', 'else')).toEqual([]);
    expect(names('toString')).toEqual([]);
  });

  it('says whether other fields may be there', () => {
    expect(shapeAt(SCHEMA, []).open).toBe(false);
    expect(shapeAt(SCHEMA, ['items']).open).toBe(false);
    expect(shapeAt(SCHEMA, ['tags']).open).toBe(true);
    expect(shapeAt(SCHEMA, ['loose']).open).toBe(true);
    expect(shapeAt(SCHEMA, ['any']).open).toBe(true);
    expect(shapeAt(SCHEMA, ['unknown']).open).toBe(true);
    expect(schemaAt(SCHEMA, ['id'])).toEqual({ type: 'string', description: 'The id.' });
  });

  it('ends on references in a circle', () => {
    expect(propertiesOf({ ...SCHEMA, properties: { a: { $ref: '#/$defs/Loop' } } }, ['a', 'b'])).toEqual([]);
  });
});

describe('typeName', () => {
  it.each<[JsonObject | boolean, string]>([
    [true, 'any'],
    [false, 'nothing'],
    [{}, 'any'],
    [{ type: 'array' }, 'list'],
    [{ enum: ['a', 1] }, '"a" or 1'],
    [{ const: null }, 'null'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string or null'],
    [{ $ref: '#' }, 'any'],
  ])('%j is %s', (schema, name) => {
    expect(typeName(schema, schema)).toBe(name);
  });
});
