/** The one table of keys, and what is made of it: the JSON Schema and the checks agree on what is allowed. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  analyse,
  checkSchema,
  describeType,
  isJsonObject,
  jsonSchema,
  parse,
  SCHEMA,
  toJson,
  validateJson,
} from '../../language/index.ts';

const EXAMPLE = readFileSync(
  new URL('../../examples/order-fulfillment/order-fulfillment.workflow.yaml', import.meta.url),
  'utf8',
);

describe('the table of keys', () => {
  it.each(
    [...SCHEMA.values()].flatMap((shape) => shape.keys.map((key) => [`${shape.name}.${key.name}`, key] as const)),
  )('%s is documented', (_, key) => {
    expect(key.documentation).toMatch(/^\S.*\.$/su);
    expect(describeType(key.type)).not.toBe('');
  });

  it('holds every top-level key of the reference', () => {
    const keys = SCHEMA.get('workflow')
      ?.keys.map((key) => key.name)
      .sort();
    expect(keys).toEqual(
      'catch description errors events input limits lock migrations on output participants policies recovery start states timeout title triggers vars version workflow'.split(
        ' ',
      ),
    );
  });

  it('holds every kind of state', () => {
    const kinds = SCHEMA.get('state')
      ?.keys.filter((key) => key.kind)
      .map((key) => key.name)
      .sort();
    expect(kinds).toEqual('call emit fail foreach human listen parallel rollback run scope set switch wait'.split(' '));
  });
});

describe('the JSON Schema', () => {
  const schema = jsonSchema();
  const json = (text: string): ReturnType<typeof toJson> => {
    const { root } = parse(text);
    return root === null ? null : toJson(root);
  };
  const fits = (text: string): boolean => validateJson(schema, json(text)).length === 0;

  it('is one', () => {
    expect(checkSchema(schema)).toEqual([]);
    expect(isJsonObject(schema['$defs'])).toBe(true);
  });

  it('of scenario files is one, and takes those of the example', () => {
    const scenarios = jsonSchema('scenarios');
    expect(checkSchema(scenarios)).toEqual([]);
    const text = readFileSync(
      new URL('../../examples/order-fulfillment/order-fulfillment.workflow.test.yaml', import.meta.url),
      'utf8',
    );
    expect(validateJson(scenarios, json(text))).toEqual([]);
    expect(validateJson(scenarios, json('workflow: ./w.yaml\nscenarios: { s: { expct: {} } }'))).not.toEqual([]);
  });

  it('takes the example', () => {
    expect(validateJson(schema, json(EXAMPLE))).toEqual([]);
  });

  it.each([
    ['workflow: w\nstates: { a: { set: {}, next: end } }', true],
    [
      'workflow: w\nevents: { order.paid: }\nstates: { a: { set: {}, next: [{ when: "${ input.x }", next: end }, { next: end }] } }',
      true,
    ],
    ['states: { a: { set: {}, next: end } }', false],
    ['workflow: w\nstates: { a: { next: end } }', false],
    ['workflow: w\nstates: { a: { set: {}, wait: 1s, next: end } }', false],
    ['workflow: w\nstates: { a: { set: {}, nxt: end } }', false],
    ['workflow: w\nrecovery: none\nstates: { a: { set: {}, next: end } }', false],
    ['workflow: w\nstates: { a-b: { set: {}, next: end } }', false],
    ['workflow: w\nstates: { a: { fail: {} } }', false],
  ])('and the checks agree: %s', (text, right) => {
    expect(fits(text)).toBe(right);
    expect(analyse(text).diagnostics.every((one) => one.severity !== 'error')).toBe(right);
  });
});
