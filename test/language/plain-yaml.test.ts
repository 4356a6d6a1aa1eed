/** Plain YAML is read twice: what the fast reader gives is what the full parser gives, or nothing. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAll } from '../../language/parse.ts';
import { parsePlain } from '../../language/plain-yaml.ts';

const FOLDER = new URL('../../examples/order-fulfillment/', import.meta.url);
const EXAMPLES = [
  ...readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')),
  ...readdirSync(new URL('services/', FOLDER))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `services/${name}`),
].map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));

function agree(text: string): boolean {
  const fast = parsePlain(text);
  if (fast === null) return false;
  const { root, comments, problems, unquoted } = parseAll(text);
  expect(fast, JSON.stringify(text)).toEqual({ root, comments, problems, unquoted });
  return true;
}

describe('the fast reader', () => {
  it.each(EXAMPLES.map((text, at) => [at, text] as const))('reads example %i', (_, text) => {
    // Anchors are left to the full parser.
    const isPlain = !/: &\w/.test(text);
    expect(agree(text)).toBe(isPlain);
    expect(agree(text.replaceAll('\n', '\r\n'))).toBe(isPlain && !text.includes('|\n'));
  });

  it.each([
    'a: 1',
    'a: { b: c, "d e": \'it\'\'s\', f: [1, -2.5, true, ~, "x\\n\\"y\\\\"] } # note\n# more\n\nb:\n- x\n-   y: 1\n    z: 2\n- { a: b }\nc:\n  - - 1\n'.replace(
      '- - 1',
      '- 1',
    ),
    'a:\nb:   # nothing\nc:\n  d:\n',
    'a: |\n  one\n   two\n\n  three\n\n\nb: |-\n  x y  \nc: 1\n',
    'a: {\n    b: 1, # one\n    c: [\n      2,\n      3,\n    ],\n  }\nd: http://x:80/a#b\n',
    'a b c: d  e\n/p/{id}: x\n1.5: y\n',
    '\'a\': "b"\n"c" : \'d\'\n',
    '- a\n-\n- # c\n- b:\n  - 1\n  c: 2\n',
  ])('reads %j', (text) => {
    expect(agree(text)).toBe(true);
  });

  it.each([
    '',
    'a',
    'a: *b',
    'a: &b 1',
    'a: !t 1',
    '---\na: 1',
    'a: 1\n...\n',
    '... a: 1',
    'a:\n\tb: 1',
    'a: b\n  c',
    'a: b: c',
    'a: [1\n]',
    'a: {b}',
    'a: [b: c]',
    '{ a: 1 }',
    '? a\n: b',
    'a: "x\n  y"',
    'a: "\\u0041"',
    'a: >\n  x\n',
    'a: 0x1F',
    'a: 1e3',
    'a: .inf',
    'a: ${ x',
    'a: { b: ${ x } }',
    ' a: 1\nb: 2',
    'a: 1\n b: 2',
    'a: |\n\n  x\n',
    'a: "b" c',
    'a: 1 #x\n#y\nb',
    'a:b',
    '- - a',
    '\uFEFFa: 1',
    'a: \u00a0',
    'a:\n- b\n c: d',
  ])('leaves %j to the full parser', (text) => {
    expect(parsePlain(text)).toBeNull();
  });

  it('agrees on whatever edits make of an example', () => {
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(60)),
      insert: fc.constantFrom(
        '',
        ' ',
        '  ',
        '\n',
        '\n  ',
        ':',
        ': ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '"',
        "'",
        '#',
        ' # ',
        '|',
        '|-\n',
        '${ x }',
        'a',
        '0',
        '-',
        '~',
        'true',
        '.',
        '&a ',
        '\r\n',
        '\\',
        '%',
        '?',
        '...',
      ),
    });
    let read = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...EXAMPLES),
        fc.nat(),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (example, from, edits) => {
          const sections = example.split(/\n(?=\S)/);
          const section = from % sections.length;
          const lines = sections
            .slice(section, section + 2)
            .join('\n')
            .split('\n');
          let text = `${lines.slice(0, 40).join('\n')}\n`;
          for (const { at, remove, insert } of edits) {
            const place = at % (text.length + 1);
            text = text.slice(0, place) + insert + text.slice(place + remove);
          }
          if (agree(text)) read++;
        },
      ),
      { numRuns: 40000 },
    );
    expect(read).toBeGreaterThan(150);
  });

  it('agrees on pieces of YAML', () => {
    const piece = fc.constantFrom(
      'a',
      'b c',
      '1',
      '-',
      '- ',
      ': ',
      ':',
      '\n',
      '\n',
      '\n  ',
      '\n    ',
      ' ',
      '"',
      "'",
      '"x"',
      "'y'",
      '{',
      '}',
      '[',
      ']',
      ', ',
      '|',
      '|-',
      '#',
      ' # c',
      'a: ',
      'b:\n',
      'null',
      '.5',
      '~',
      '{ a: b }',
      '[1, 2]',
    );
    let read = 0;
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 14 }),
        (pieces) => void (read += agree(`k: ${pieces.join('')}`) ? 1 : 0),
      ),
      { numRuns: 4000 },
    );
    expect(read).toBeGreaterThan(400);
  });
});
