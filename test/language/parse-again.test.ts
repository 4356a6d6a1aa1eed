import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAgain } from '../../language/parse-again.ts';
import { parse } from '../../language/parse.ts';
import type { Tree } from '../../language/tree.ts';

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

/** What a tree says; the parser's own notes put aside. */
const said = ({ root, comments, problems, unquoted }: Tree): Tree => ({ root, comments, problems, unquoted });

describe('a text that is read in pieces', () => {
  it.each(Object.entries(TEXTS))('gives the tree of the whole: %s', (_, text) => {
    expect(said(parseAgain(text, 0))).toEqual(said(parse(text)));
    // What was kept of other texts stood elsewhere.
    expect(said(parseAgain(`# moved\n${text}`, 0))).toEqual(said(parse(`# moved\n${text}`)));
    expect(said(parseAgain(text, 0))).toEqual(said(parse(text)));
  });

  it('gives the tree of the whole after any edits', () => {
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
            expect(said(parseAgain(text, 0))).toEqual(said(parse(text)));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('keeps what has neither changed nor moved', () => {
    const before = parseAgain(EXAMPLE, 0);
    const after = parseAgain(`${EXAMPLE}\nlimits: { depth: 3 }\n`, 0);
    if (before.root?.kind !== 'map' || after.root?.kind !== 'map') throw new Error('The example is a mapping.');
    expect(after.root.entries[0]).toBe(before.root.entries[0]);
  });
});
