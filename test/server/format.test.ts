import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { TextEdit } from 'vscode-languageserver/node';
import { analyse, compile } from '../../language/index.ts';
import { apply, format } from '../../server/features/format.ts';
import { indentAt } from '../../server/features/indent.ts';
import { randomCase } from '../support/random-workflow.ts';
import { startClient, type TestClient } from './client.ts';
import { applied, marked } from './places.ts';

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/order-fulfillment/${name}`, import.meta.url), 'utf8');
const EXAMPLES = [example('order-fulfillment.workflow.yaml'), example('shipping.workflow.yaml')];

/** The text with twice the indentation. */
const widened = (text: string): string =>
  text.replace(/^( *)- /gm, '$1-   ').replace(/^ +/gm, (space) => space.repeat(2));

const formatted = (text: string): string => apply(text, format(text));

describe('formatting', () => {
  it.each([
    ['indents blocks by two', 'a:\n    b:\n        c: 1\n', 'a:\n  b:\n    c: 1\n'],
    ['indents lists below their key', 'a:\n- b: 1\n  c: 2\n- d\n', 'a:\n  - b: 1\n    c: 2\n  - d\n'],
    ['takes lists in lists along', 'a:\n-   - b\n    - c\n', 'a:\n  - - b\n    - c\n'],
    ['spaces keys and items', 'a:   1\nb:\n  -   c\n', 'a: 1\nb:\n  - c\n'],
    ['spaces braces and brackets', 'a: {b: 1,c: [ 1,2 ] ,  d: { }}\n', 'a: { b: 1, c: [1, 2], d: {} }\n'],
    [
      'indents braces over several lines',
      'a: {\n     b: 1,\n  c: {\n d: 2 }\n     }\n',
      'a: {\n  b: 1,\n  c: {\n    d: 2 }\n}\n',
    ],
    [
      'keeps texts as they are',
      'a:\n    b: |\n        one\n          two\n\n        three  \n    c: 1\n',
      'a:\n  b: |\n    one\n      two\n\n    three  \n  c: 1\n',
    ],
    [
      'keeps an indentation that is told',
      'a:\n    b: |2\n        one\n      two\n',
      'a:\n  b: |2\n      one\n    two\n',
    ],
    [
      'moves texts over several lines',
      'a:\n      b: one\n         two\n      c: "x\n          y"\n',
      'a:\n  b: one\n    two\n  c: "x\n    y"\n',
    ],
    [
      'keeps comments and the space before them',
      'a: 1      # one\n#x\nb: 2 # two\n',
      'a: 1      # one\n#x\nb: 2 # two\n',
    ],
    [
      'moves comments with what they are about',
      '# top\na:\n    # of b\n    b:\n        c: 1\n        # behind c\n    # of d\n    d: 1\n# end\n',
      '# top\na:\n  # of b\n  b:\n    c: 1\n    # behind c\n  # of d\n  d: 1\n# end\n',
    ],
    ['leaves one empty line of many', '\n\na: 1\n\n\n\nb: 2\n\n\n', 'a: 1\n\nb: 2\n'],
    ['takes spaces at the ends of lines away', 'a: 1  \n  \nb: 2', 'a: 1\n\nb: 2\n'],
    ['keeps line breaks as they are', 'a:   1\r\nb:\r\n    c: 1\r\n', 'a: 1\r\nb:\r\n  c: 1\r\n'],
    ['keeps quotes and numbers', 'a: \'x\'\nb: "\\u00e9"\nc: 0x1F\nd: ~\n', 'a: \'x\'\nb: "\\u00e9"\nc: 0x1F\nd: ~\n'],
    ['keeps anchors and tags', 'a:   &x\n    b: 1\nc:   *x\nd: !!str   1\n', 'a: &x\n  b: 1\nc: *x\nd: !!str   1\n'],
    ['puts a value below its key in its column', 'a:\n      "x"\n', 'a:\n  "x"\n'],
    ['takes quoted keys', '"a b":   1\n', '"a b": 1\n'],
    [
      'leaves expressions as they are',
      'a: ${ b  +  c }\nd:   "${ {\'x\':1} }"\n',
      'a: ${ b  +  c }\nd: "${ {\'x\':1} }"\n',
    ],
  ])('%s', (_, text, expected) => {
    expect(formatted(text)).toBe(expected);
    expect(format(expected)).toEqual([]);
  });

  it.each([
    ['what can’t be read', 'a: {b: 1\nc:   2\n'],
    ['what is read otherwise than it was meant', 'a: {b: ${ x, y }}\nc:   2\n'],
    ['nothing', ''],
  ])('leaves %s alone', (_, text) => {
    expect(format(text)).toEqual([]);
  });

  it('leaves the examples as they are', () => {
    for (const text of EXAMPLES) expect(format(text)).toEqual([]);
  });

  it('brings the examples back from another indentation', () => {
    for (const text of EXAMPLES) {
      const wide = widened(text);
      expect(formatted(wide).replace(/^ +(?=#)/gm, '')).toBe(text.replace(/^ +(?=#)/gm, ''));
    }
  });
});

describe('formatting never changes what is meant', () => {
  /** Disturbs a text as careless typing does: other indentation, more space, empty lines, comments. */
  const disturbed = (text: string, wide: boolean, marks: readonly number[]): string => {
    const lines = (wide ? widened(text) : text).split('\n');
    for (const mark of marks) {
      const at = mark % lines.length;
      const line = lines[at] ?? '';
      const what = Math.floor(mark / lines.length) % 6;
      if (what === 0) lines[at] = `${line}   `;
      else if (what === 1) lines[at] = `\n\n${line}`;
      else if (what === 2) lines[at] = line.replace(': ', ':   ');
      else if (what === 3) lines[at] = line.replace('{ ', '{').replace(' }', '}');
      else if (what === 4) lines[at] = line.replace(', ', ' ,   ');
      else lines[at] = `${/^ */.exec(line)?.[0] ?? ''}# a remark\n${line}`;
    }
    return lines.join('\n');
  };
  /** The plan without its places, and the comments. */
  const meaning = (text: string): unknown => {
    const compiled = compile(text, { file: 'a.workflow.yaml' });
    if (!compiled.ok) return compiled.analysis.diagnostics.map(({ code }) => code);
    return JSON.parse(
      JSON.stringify(compiled.plan, (key, value: unknown) => {
        if (key === 'text' || key === 'hash' || key === 'lines') return undefined;
        const isPlace = typeof value === 'object' && value !== null && 'start' in value && 'end' in value;
        return isPlace && Object.keys(value).length === 2 ? undefined : value;
      }),
    );
  };

  it('in random workflows that were disturbed', () => {
    const workflows = fc.oneof(
      randomCase().map(({ text }) => text),
      fc.constantFrom(...EXAMPLES),
    );
    fc.assert(
      fc.property(workflows, fc.boolean(), fc.array(fc.nat(100_000), { maxLength: 20 }), (text, wide, marks) => {
        const before = disturbed(text, wide, marks);
        const after = formatted(before);
        expect(meaning(after)).toEqual(meaning(before));
        expect(after.match(/#.*$/gm)).toEqual(before.match(/#.*$/gm)?.map((comment) => comment.trimEnd()) ?? null);
        expect(after).not.toMatch(/ $|: {2,}[^# ]|\n\n\n/m);
        expect(formatted(after)).toBe(after);
      }),
      { numRuns: 80 },
    );
  });

  it('nor in any text at all', () => {
    const parts = fc.constantFrom(
      'a',
      'b: ',
      '- ',
      '\n',
      '\n  ',
      '\n    ',
      '{',
      '}',
      '[',
      ']',
      ', ',
      '"',
      "'",
      '|\n',
      '# c\n',
      '${ x }',
      '&x ',
      '*x',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (words) => {
        const text = words.join('');
        const after = formatted(text);
        expect(after.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
        expect(analyse(after).workflow.id?.value).toEqual(analyse(text).workflow.id?.value);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a new line', () => {
  it.each([
    ['below an open key', 'states:\n$0', 2],
    ['below an open key with a comment', 'states: # all\n$0', 2],
    ['below a key with a value', 'states:\n  a:\n    call: log\n$0', 4],
    ['below the first key of an item', 'states:\n  a:\n    switch:\n      - when: x\n$0', 8],
    ['below an item', 'x:\n  - a\n$0', 2],
    ['below an open brace', 'x:\n  a: {\n$0', 4],
    ['below the beginning of a text', 'x:\n  a: |\n$0', 4],
  ])('%s begins in its column', (_, source, column) => {
    const { text, position } = marked(source);
    const edit = indentAt(analyse(text), text.split('\n').slice(0, position.line).join('\n').length + 1);
    expect(edit?.newText ?? '').toBe(' '.repeat(column));
  });

  it('stays where it is inside of a text, and where words moved down with it', () => {
    const text = 'x:\n  a: |\n    one\n       \n    two\n';
    expect(indentAt(analyse(text), text.indexOf('       \n') + 7)).toBeNull();
    const moved = 'x:\n  a: 1\nb: 2\n';
    expect(indentAt(analyse(moved), moved.indexOf('b:'))).toBeNull();
  });
});

describe('formatting over the protocol', () => {
  const clients: TestClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
  });
  const options = { tabSize: 2, insertSpaces: true };

  it('is offered for the file, a part of it, and a new line', async () => {
    const client = await startClient();
    clients.push(client);
    const text = 'workflow:   w\nstates:\n  a:   { set: {}, next: end }\n  b:   { set: {}, next: end }\n\n';
    const uri = await client.open('a.workflow.yaml', text);
    const textDocument = { uri };
    const whole = await client.request<TextEdit[]>('textDocument/formatting', { textDocument, options });
    expect(applied(text, whole)).toBe(
      'workflow: w\nstates:\n  a: { set: {}, next: end }\n  b: { set: {}, next: end }\n',
    );
    const range = { start: { line: 2, character: 0 }, end: { line: 2, character: 10 } };
    const part = await client.request<TextEdit[]>('textDocument/rangeFormatting', { textDocument, options, range });
    expect(applied(text, part)).toBe(text.replace('a:   {', 'a: {'));
    const line = await client.request<TextEdit[]>('textDocument/onTypeFormatting', {
      textDocument,
      options,
      position: { line: 4, character: 0 },
      ch: '\n',
    });
    expect(applied(text, line)).toBe(`${text.slice(0, -1)}  \n`);
  });
});
