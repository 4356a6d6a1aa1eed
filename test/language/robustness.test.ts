/** Whatever the text, reading it ends, throws nothing and says what is wrong in a sentence with a place. */
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Analysis, analyse, compile, fixesFor, lower } from '../../language/index.ts';

const EXAMPLE = readFileSync(
  new URL('../../examples/order-fulfillment/order-fulfillment.workflow.yaml', import.meta.url),
  'utf8',
);

/** Analyses, and looks at everything that others build on. */
function look(text: string): Analysis {
  const analysis = analyse(text);
  for (const diagnostic of analysis.diagnostics) {
    expect(diagnostic.range.start).toBeGreaterThanOrEqual(0);
    expect(diagnostic.range.end).toBeGreaterThanOrEqual(diagnostic.range.start);
    expect(diagnostic.range.end).toBeLessThanOrEqual(text.length);
    expect(diagnostic.message).toMatch(/^\S.*[.?!]$/su);
    fixesFor(analysis, diagnostic);
  }
  expect(() => JSON.stringify(lower(analysis))).not.toThrow();
  return analysis;
}

function codes(text: string): readonly string[] {
  return look(text).diagnostics.map((one) => one.code);
}

describe('texts that are no workflow', () => {
  it.each([
    ['an empty file', '', ['missing-key', 'missing-key']],
    ['only a comment', '# nothing yet\n', ['missing-key', 'missing-key']],
    ['a list', '- a\n- b\n', ['wrong-type']],
    ['five megabytes of one letter', 'x'.repeat(5_000_000), ['wrong-type']],
    ['an open quote in front of megabytes', `"${'x'.repeat(5_000_000)}`, ['yaml-syntax']],
    ['500 levels of brackets', `a: ${'['.repeat(500)}${']'.repeat(500)}`, ['yaml-syntax']],
    ['100,000 levels of brackets', '['.repeat(100_000), ['yaml-syntax']],
    ['100,000 levels of braces', '{a: '.repeat(100_000), ['yaml-syntax']],
    ['100,000 levels of dashes', '- '.repeat(100_000), ['yaml-syntax']],
    ['a NUL byte', 'workflow: w\u0000\nstates: { a: { set: {}, next: end } }', ['yaml-syntax']],
    [
      'an alias that holds itself',
      'workflow: w\nvars: &v { x: *v }\nstates: { a: { set: {}, next: end } }',
      ['yaml-syntax'],
    ],
    ['an unknown tag', 'workflow: !name w\nstates: { a: { set: {}, next: end } }', ['yaml-syntax']],
    ['a mapping as key', 'workflow: w\n? { a: b }\n: c\nstates: { a: { set: {}, next: end } }', ['yaml-syntax']],
    ['a tab as indentation', 'workflow: w\nstates:\n\ta: { set: {}, next: end }', ['yaml-syntax']],
  ])('%s', (_, text, expected) => expect(codes(text)).toEqual(expected));

  it('an alias bomb is stopped', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 20; at++)
      lines.push(
        `a${at}: &a${at} [${Array(10)
          .fill(`*a${at - 1}`)
          .join(', ')}]`,
      );
    const analysis = look(lines.join('\n'));
    const problem = analysis.diagnostics.find((one) => one.code === 'yaml-syntax');
    expect(problem?.message).toContain('aliases of this file expand to too much');
  });

  it('names a place and what to do about nesting that is too deep', () => {
    const [first] = look(`a: ${'['.repeat(500)}`).diagnostics;
    expect(first?.message).toBe(
      'Mappings and lists stand more than 256 deep inside each other here. Write them flatter.',
    );
    expect(first?.range).toEqual({ start: 259, end: 260 });
  });
});

describe('texts that are workflows in spite of their looks', () => {
  it.each([
    ['with a byte order mark', '\uFEFFworkflow: w\nstates: { a: { set: {}, next: end } }\n'],
    ['with CRLF', 'workflow: w\r\nstates:\r\n  a: { set: {}, next: end }\r\n'],
    [
      'with names of Object.prototype',
      'workflow: w\nvars: { __proto__: 1 }\nstates:\n  constructor: { set: { __proto__: 2 }, next: toString }\n  toString: { set: {}, next: end }\n',
    ],
    ['with scopes in scopes', nestedScopes(25)],
    ['in JSON', '{"workflow": "w", "states": {"a": {"set": {}, "next": "end"}}}'],
    [
      'with an old directive',
      '%YAML 1.1\n---\nworkflow: w\nvars: { yes: no }\nstates: { a: { set: { yes: on }, next: end } }\n',
    ],
  ])('%s', (_, text) => expect(codes(text)).toEqual([]));

  it('keeps __proto__ as data in the plan', () => {
    const compiled = compile(
      'workflow: w\nstates:\n  a: { call: log, with: { message: m, data: { __proto__: { x: 1 } } }, next: end }\n',
    );
    expect(compiled.ok && JSON.stringify(compiled.plan.root.states[0]?.action)).toContain(
      '"data":{"__proto__":{"x":1}}',
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

function nestedScopes(depth: number): string {
  const open = '{ scope: { states: { s: '.repeat(depth);
  return `workflow: w\nstates:\n  s: ${open}{ set: {}, next: end }${' } }, next: end }'.repeat(depth)}\n`;
}

describe('any text', () => {
  it('of random characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void look(text)),
      { numRuns: 100 },
    );
  });

  it('of pieces of YAML', () => {
    const piece = fc.constantFrom(
      'workflow',
      'states',
      ': ',
      ':',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      "'",
      '|\n',
      '>',
      '&a ',
      '*a',
      '#',
      '${',
      '}',
      ' a',
      'next',
      'call',
      'scope',
      '---',
      '? ',
      '!',
      '\t',
      '\r\n',
      '%',
      '`',
      '@',
      'null',
      '1',
      '~',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => void look(pieces.join(''))),
      { numRuns: 1000 },
    );
  });

  it('that comes from a workflow by edits', () => {
    const edit = fc.record({
      at: fc.nat(EXAMPLE.length),
      remove: fc.nat(40),
      insert: fc.oneof(
        fc.string({ maxLength: 5 }),
        fc.constantFrom('\n', '  ', ': ', '- ', '{', '[', '"', '${', '&x ', '*x', '#'),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let text = EXAMPLE;
        for (const { at, remove, insert } of edits) text = text.slice(0, at) + insert + text.slice(at + remove);
        look(text);
      }),
      { numRuns: 100 },
    );
  });

  it('that ends anywhere, as while typing', () => {
    for (let end = 0; end < EXAMPLE.length; end += 29) look(EXAMPLE.slice(0, end));
  });
});
