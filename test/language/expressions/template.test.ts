import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTemplate, scanTemplate } from '../../../language/expressions/template.ts';
import { template, tree } from './support.ts';

/** The parts of a text: literal text as it is, expressions in brackets. */
function parts(text: string): readonly string[] {
  return scanTemplate(text).parts.map((part) => (part.kind === 'text' ? part.text : `[${part.source}]`));
}

describe('scanTemplate', () => {
  it.each([
    ['', []],
    ['plain $ text', ['plain $ text']],
    ['${ a }', ['[ a ]']],
    ['x ${a} y ${b}', ['x ', '[a]', ' y ', '[b]']],
    ['${a}${b}', ['[a]', '[b]']],
    ['$${a}', ['${a}']],
    ['$$${a}', ['$${a}']],
    ['cost $${ ${a}', ['cost ${ ', '[a]']],
    ['${ {"a": {"b": 1}} }!', ['[ {"a": {"b": 1}} ]', '!']],
    ['${ "}" & \'}\' & `}` }', ['[ "}" & \'}\' & `}` ]']],
    ['${ "\\"}" }', ['[ "\\"}" ]']],
    ['${ $match(a, /\\}\\/x{2}/) }', ['[ $match(a, /\\}\\/x{2}/) ]']],
    ['${ a / b } and ${ c / d }', ['[ a / b ]', ' and ', '[ c / d ]']],
    ['${ a /* } */ }', ['[ a /* } */ ]']],
    ['${ (a) / 2 } / ${ a[0] / 3 }', ['[ (a) / 2 ]', ' / ', '[ a[0] / 3 ]']],
    ['${ $contains(a, /[/\\}]/) or /\\}/ }', ['[ $contains(a, /[/\\}]/) or /\\}/ ]']],
  ])('splits %j', (text, expected) => {
    expect(scanTemplate(text).problem).toBeNull();
    expect(parts(text)).toEqual(expected);
  });

  it.each([
    ['a ${ b', 2],
    ['${', 0],
    ['${ { }', 0],
    ['${ "a }', 0],
    ['${a} ${ `b }', 5],
    ['${ /* }', 0],
  ])('says where %j is not closed', (text, offset) => {
    expect(scanTemplate(text).problem?.offset).toBe(offset);
  });

  it('gives places that lead back to the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('${', '}', '{', '"', "'", '`', '/', '$', 'a', ' ', '\\', '*')), (pieces) => {
        const text = pieces.join('');
        let end = 0;
        for (const part of scanTemplate(text).parts) {
          const range = part.kind === 'text' ? part.range : part.outer;
          expect(range.start).toBe(end);
          end = range.end;
          if (part.kind === 'expression') expect(text.slice(part.range.start, part.range.end)).toBe(part.source);
          else expect(text.slice(range.start, range.end).replaceAll('$${', '${')).toBe(part.text);
        }
        expect(end).toBe(text.length);
      }),
    );
  });
});

describe('readTemplate', () => {
  it('makes one literal of what holds no expressions', () => {
    const value = { a: [1, null, { b: true }], c: 'text', d: '$${ kept }' };
    expect(template(value)).toEqual({ kind: 'literal', value: { ...value, d: '${ kept }' } });
  });

  it('keeps a whole expression apart from text around one', () => {
    expect(template('${input.a}')).toMatchObject({ kind: 'expression', expression: { source: 'input.a' } });
    expect(template(' ${input.a}')).toMatchObject({ kind: 'text', parts: [' ', { source: 'input.a' }] });
  });

  it('says where each expression stands and what it reads', () => {
    const { expressions } = readTemplate(tree({ list: ['x', 'n: ${vars.n}'] }));
    expect(expressions).toHaveLength(1);
    expect(expressions[0]).toMatchObject({
      path: ['list', 1],
      whole: false,
      expression: { range: { start: 5, end: 11 }, roots: ['vars'] },
    });
  });

  it('counts places by the map that it is given', () => {
    const text = 'é ${ input. }';
    const { problems } = readTemplate({
      kind: 'scalar',
      value: text,
      range: { start: 0, end: 0 },
      at: (at) => at * 10,
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.range).toEqual({ start: 110, end: 120 });
  });

  it('tells of an expression that is not closed once', () => {
    const { problems } = readTemplate(tree('ok ${ input.a'));
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining('not closed')]);
  });

  it('takes __proto__ for a field like any other', () => {
    const value = JSON.parse('{"__proto__": "x", "a": "${vars.a}"}') as Record<string, string>;
    expect(template(value)).toMatchObject({ kind: 'object', fields: [{ name: '__proto__' }, { name: 'a' }] });
    const literal = template(JSON.parse('{"__proto__": "x"}') as Record<string, string>);
    expect(JSON.stringify(literal)).toBe('{"kind":"literal","value":{"__proto__":"x"}}');
  });
});
