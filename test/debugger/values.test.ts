import { describe, expect, it } from 'vitest';
import { preview, renderValue, valueTable, withPart } from '../../debugger/values.ts';

describe('values', () => {
  it('shows JSON in one line and cuts what is long', () => {
    expect(renderValue({ a: [1, 'two', null, true], b: {} })).toBe('{"a": [1, "two", null, true], "b": {}}');
    expect(
      preview(
        Array.from({ length: 1_000_000 }, () => 0),
        20,
      ),
    ).toHaveLength(21);
    expect(renderValue('x'.repeat(100_000)).length).toBeLessThan(20_000);
  });

  it('opens lists by pages and objects by names', () => {
    const table = valueTable<string>();
    const list = table.render({
      name: 'list',
      value: Array.from({ length: 1000 }, (_, at) => at),
      evaluateName: 'vars.list',
    });
    expect(list).toMatchObject({ indexedVariables: 1000, type: 'array' });
    const opened = table.open(list.variablesReference);
    expect(opened?.page('indexed', 998, 10)).toMatchObject([
      { name: '998', value: 998, evaluateName: 'vars.list[998]' },
      { name: '999', value: 999 },
    ]);
    expect(opened?.page('named', 0, 10)).toEqual([]);
    const object = table.render({ name: 'o', value: { 'odd name': 1 }, evaluateName: 'vars.o' });
    expect(table.open(object.variablesReference)?.page(null, 0, 10)).toMatchObject([
      { evaluateName: 'vars.o.`odd name`' },
    ]);
  });

  it('forgets references and never uses one again', () => {
    const table = valueTable<string>();
    const before = table.list(() => []);
    table.clear();
    expect(table.open(before)).toBeNull();
    expect(table.list(() => [])).not.toBe(before);
  });

  it('leads to the part of a target that a line shows', () => {
    const table = valueTable<string>();
    const root = table.render({ name: 'cart', value: { items: [{ n: 1 }] }, place: { target: 'T', path: [] } });
    const items = table.open(root.variablesReference)?.page(null, 0, 1)[0];
    expect(items?.place).toEqual({ target: 'T', path: ['items'] });
    expect(withPart({ items: [{ n: 1 }], b: 2 }, ['items', 0, 'n'], 5)).toEqual({ value: { items: [{ n: 5 }], b: 2 } });
    expect(withPart({ items: [] }, ['items', 0], 5)).toBeNull();
    expect(withPart({ a: 1 }, ['a', 'b'], 5)).toBeNull();
  });

  it('treats __proto__ as a name like any other', () => {
    const value = JSON.parse('{"__proto__": 1, "b": 2}') as { b: number };
    const changed = withPart(value, ['__proto__'], 7);
    expect(JSON.stringify(changed?.value)).toBe('{"__proto__":7,"b":2}');
  });
});
