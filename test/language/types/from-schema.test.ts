/** Schemas as types, in words. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../language/json.ts';
import { neverEqual } from '../../../language/types/compare.ts';
import { typeOfSchema } from '../../../language/types/from-schema.ts';
import { lookUp } from '../../../language/types/look-up.ts';
import { literal } from '../../../language/types/type.ts';
import { typeInWords } from '../../../language/types/words.ts';

describe('the type of a schema', () => {
  it.each<[JsonObject | boolean, string]>([
    [true, 'any'],
    [{}, 'any'],
    [{ type: 'array' }, 'list'],
    [{ type: 'array', items: { type: 'string' } }, 'list of string'],
    [{ type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' } }, 'list of (string or number)'],
    [{ enum: ['a', 1] }, '"a" or 1'],
    [{ const: null }, 'null'],
    [{ const: { a: 1 } }, '{ a: 1 }'],
    [{ type: ['number', 'null'] }, 'number or null'],
    [{ type: 'string', enum: ['a', 'b'] }, '"a" or "b"'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string or null'],
    [{ type: 'number', anyOf: [{ type: 'integer' }, { type: 'string' }] }, 'integer'],
    [{ type: 'object' }, 'object'],
    [{ type: 'object', additionalProperties: { type: 'string' } }, 'object'],
    [{ properties: { a: { type: 'string' } } }, '{ a?: string }'],
    [{ properties: { a: {} }, additionalProperties: true }, '{ a?: any, … }'],
    [{ properties: { a: {} }, patternProperties: { '^x': {} } }, '{ a?: any, … }'],
    [{ properties: { a: {} }, required: ['a', 'b'] }, '{ a: any, b: any }'],
    [
      { properties: { a: { type: 'string' } }, anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      '{ a: string } or { a?: string, b: any }',
    ],
    [{ properties: { a: {} }, if: {}, then: { properties: { b: {} } } }, '{ a?: any, b?: any }'],
    [{ properties: { a: {} }, dependentSchemas: { a: { properties: { b: {} } } } }, '{ a?: any, … }'],
    [{ $ref: '#/$defs/A', $defs: { A: { type: 'string' } } }, 'string'],
    [{ $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'string' } } }, 'string'],
    [{ $ref: '#/$defs/Loop', $defs: { Loop: { $ref: '#/$defs/Loop' } } }, 'any'],
    [{ $ref: '#' }, 'any'],
    [{ $ref: 'other.json' }, 'any'],
    [{ allOf: [{ type: 'string' }, { type: 'number' }] }, 'any'],
    [{ type: 'nonsense' }, 'any'],
    [{ properties: { constructor: { type: 'string' } } }, '{ constructor?: string }'],
  ])('%j is %s', (schema, words) => {
    expect(typeInWords(typeOfSchema(schema))).toBe(words);
  });

  it('has no fields but those that are listed, unless it says so', () => {
    const closed = typeOfSchema({ type: 'object', properties: { a: {} } });
    expect(lookUp(closed, 'b').is).toBe('absent');
    expect(lookUp(closed, 'toString').is).toBe('absent');
    expect(lookUp(typeOfSchema({ type: 'object' }), 'b').is).toBe('unknown');
    expect(lookUp(typeOfSchema({ type: 'object', properties: { a: {} }, additionalProperties: {} }), 'b').is).toBe(
      'unknown',
    );
    const parts = typeOfSchema({ allOf: [{ properties: { a: {} } }, { properties: { b: {} } }, { type: 'object' }] });
    expect([lookUp(parts, 'a').is, lookUp(parts, 'b').is, lookUp(parts, 'c').is]).toEqual(['there', 'there', 'absent']);
  });

  it('gives the documentation of its fields, that of what they refer to included', () => {
    const type = typeOfSchema({
      properties: { a: { description: 'The a.' }, b: { $ref: '#/$defs/B' } },
      $defs: { B: { title: 'A b' } },
    });
    expect(lookUp(type, 'a').field?.documentation).toBe('The a.');
    expect(lookUp(type, 'b').field?.documentation).toBe('A b');
  });

  it('keeps all words of a long enum, also beside others', () => {
    const words = Array.from({ length: 300 }, (_, at) => `w${String(at)}`);
    const type = typeOfSchema({ properties: { a: { enum: [...words, null] } } });
    const found = lookUp(type, 'a').type;
    expect(neverEqual(found, literal('w299'))).toBe(false);
    expect(neverEqual(found, literal('w300'))).toBe(true);
  });

  it('goes through schemas of lists of themselves', () => {
    const type = typeOfSchema({ type: 'array', items: { $ref: '#' } });
    expect(lookUp(type, 'a').is).toBe('unknown');
  });
});
