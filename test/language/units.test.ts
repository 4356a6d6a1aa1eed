import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../language/parse.ts';
import type { Tree } from '../../language/tree.ts';
import { difference } from '../../language/edits.ts';
import { spliceUnits, type Unit, unitsOf } from '../../language/units.ts';

const EXAMPLE = readFileSync(
  new URL('../../examples/order-fulfillment/order-fulfillment.workflow.yaml', import.meta.url),
  'utf8',
);

const TEXTS = {
  'the example': EXAMPLE,
  'the example with CRLF': EXAMPLE.replaceAll('\n', '\r\n'),
  'comments everywhere':
    '# one\n\nworkflow: a # two\n# three\nstates: # four\n  # five\n  a:\n    # six\n    call: log\n# seven\n  b: { next: end } # eight\n\n# nine\n',
  'a key without a value': 'workflow:\nstates:\n  a:\n  b:\nversion:',
  'blocks of text':
    'workflow: a\ndescription: |\n  states:\n  text: more\n\nstates:\n  a:\n    title: >-\n      b:\n      c: d\n    next: end\n',
  'states in another column': 'workflow: a\nstates:\n      a:\n        next: b\n      b:\n        next: end\n',
  'a list in the column of its key': 'workflow: a\nstates:\n  a:\n    switch:\n    - next: b\ntriggers:\n- every: 1h\n',
  'braces over several lines':
    'workflow: a\ninput: {\n  type: object,\n  properties: { a: {\n    type: string } } }\nstates:\n  a: { next: end }\n',
  'braces that reach into the margin': 'workflow: a\ninput: {\ntype: object\n}\nstates:\n  a: { next: end }\n',
  'a quote over several lines': 'workflow: a\ndescription: "one\n  states:\n  two"\nstates:\n  a: { next: end }\n',
  'a quote that is never closed': 'workflow: a\ndescription: "one\nstates:\n  a: { next: end }\n',
  'an anchor': 'workflow: a\nvars: &v { a: 1 }\nstates:\n  a: { set: *v, next: end }\n',
  'keys that stand twice': 'workflow: a\nstates:\n  a: { next: end }\n  a: { next: a }\nworkflow: b\n',
  'unquoted expressions': 'workflow: a\nstates:\n  a: { when: ${ input.a }, next: end }\n  b: { next: end }\n',
  'two documents': 'workflow: a\n---\nworkflow: b\n',
  'a mapping in braces': '{ workflow: a, states: {} }\n',
  'no mapping': 'only text\n',
} as const;

/** What a tree says, with places that do not move. */
const said = ({ root, comments, problems, unquoted }: Tree): unknown =>
  JSON.parse(JSON.stringify({ root, comments, problems, unquoted }));

/** Takes a text to units if it can be, and holds them against the tree of the whole. */
function compare(text: string): readonly Unit[] | null {
  const read = unitsOf(text);
  if (read === null) return null;
  expect(said(read.tree)).toEqual(said(parse(text)));
  expect(read.units.map((unit) => unit.text).join('')).toBe(text);
  for (const [at, unit] of read.units.entries()) {
    expect(unit.anchor.start).toBe(read.units.slice(0, at).reduce((sum, before) => sum + before.text.length, 0));
  }
  return read.units;
}

describe('a text in units', () => {
  it.each(Object.entries(TEXTS))('makes up the tree of the whole: %s', (_, text) => {
    compare(text);
    compare(`# moved\n${text}`);
  });

  it('has one for each entry and for each state', () => {
    const units = compare(
      '# one\nworkflow: a\nstates:\n  # two\n  a: { next: b }\n  b:\n    next: end\nversion: 1.0.0\n',
    );
    const key = (unit: Unit): string | null => unit.entry?.key.text ?? null;
    expect(units?.map((unit) => [key(unit), unit.isState])).toEqual([
      [null, false],
      ['workflow', false],
      [null, false],
      ['a', true],
      ['b', true],
      ['version', false],
    ]);
  });

  it.each(['an anchor', 'two documents', 'a mapping in braces', 'no mapping', 'a quote that is never closed'] as const)(
    'has none where the parts of the text depend on each other: %s',
    (name) => expect(unitsOf(TEXTS[name])).toBeNull(),
  );

  it('makes up the tree of the whole after any edits', () => {
    const inserted = fc.constantFrom(
      '',
      '\n',
      ' ',
      '{',
      '}',
      '"',
      "'",
      ':',
      'x',
      ': y',
      '${',
      '- ',
      '\n    ',
      '#',
      '[',
      '|',
      '\n  b:\n',
      '&a ',
      '\t',
      'states:',
      '\n\n',
      '!',
    );
    const edit = fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(40), text: inserted });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(TEXTS)),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (base, edits) => {
          let text: string = base;
          for (const { from, length, text: added } of edits) {
            const at = Math.floor(from * text.length);
            text = text.slice(0, at) + added + text.slice(at + length);
            compare(text);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('follows an edit by the units that are other ones, and gives up where others may be', () => {
    const text = 'workflow: a\nstates:\n  a:\n    next: b\n  b:\n    next: end\nversion: 1.0.0\n';
    const units = compare(text) ?? [];
    const splice = (now: string): readonly (readonly (string | undefined)[])[] | null => {
      const found = spliceUnits(units, now, difference(text, now));
      const keys = (all: readonly Unit[]): readonly (string | undefined)[] => all.map((unit) => unit.entry?.key.text);
      return found === null ? null : [keys(found.removed), keys(found.added)];
    };
    expect(splice(text.replace('next: b', 'next: end'))).toEqual([['a'], ['a']]);
    expect(splice(text.replace('  b:\n', '  c: {}\n  b:\n'))).toEqual([[], ['c']]);
    expect(splice(text.replace('  a:\n    next: b\n', ''))).toEqual([['a'], []]);
    expect(splice(text.replace('  b:\n    next: end\n', ''))).toEqual([['b'], []]);
    expect(splice(text.replace('    next: b\n  b:', '    next: b # c\n\n  d:'))).toEqual([
      ['a', 'b'],
      ['a', 'd'],
    ]);
    expect(splice(text.replace('1.0.0', '1.0.1'))).toEqual([['version'], ['version']]);
    expect(splice(text.replace('1.0.0', '1.0.0\ntitle: more'))).toEqual([[], ['title']]);
    expect(splice(text.replace('  b:', ' b:'))).toBeNull();
    expect(splice(text.replace('next: b', 'next: "b'))).toBeNull();
    expect(splice(text.replace('states:', 'state:'))).toBeNull();
    expect(splice(text.replace('next: end\n', 'next: end'))).toBeNull();
  });
});
