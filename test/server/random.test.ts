import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spotAt } from '../../server/features/completion/spot.ts';
import { createSpots } from '../../server/features/completion/spots.ts';
import { PLAN_REQUEST } from '../../server/protocol.ts';
import { startClient, type TestClient } from './client.ts';

const EXAMPLE = readFileSync(
  new URL('../../examples/order-fulfillment/order-fulfillment.workflow.yaml', import.meta.url),
  'utf8',
);
const FILE = 'any.workflow.yaml';

/** Every request that an editor sends about a place or a whole document. */
const REQUESTS = [
  'completion',
  'hover',
  'definition',
  'references',
  'documentHighlight',
  'prepareRename',
  'rename',
  'documentSymbol',
  'foldingRange',
  'codeAction',
  'codeLens',
  'documentLink',
  'diagnostic',
  'signatureHelp',
  'typeDefinition',
  'selectionRange',
  'semanticTokens/full',
  'semanticTokens/range',
  'prepareCallHierarchy',
  'inlayHint',
  'formatting',
  'rangeFormatting',
  'onTypeFormatting',
];

let client: TestClient;
beforeAll(async () => {
  client = await startClient({ capabilities: { textDocument: { diagnostic: {} } } });
  const on = { inlayHints: { results: true, retries: true }, codeLens: { states: true } };
  await client.notify('workspace/didChangeConfiguration', { settings: { backstep: on } });
  await client.open(FILE, '');
});
afterAll(() => client.close());

/** Asks everything about `offset` of `text`. An error of the server fails the test; a message of a wrong form does at the end. */
async function askEverything(text: string, offset: number): Promise<void> {
  await client.replace(FILE, text);
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const range = { start: { line: 0, character: 0 }, end: position };
  const params = {
    textDocument: { uri: client.uri(FILE) },
    position,
    range,
    positions: [position],
    options: { tabSize: 2, insertSpaces: true },
    ch: '\n',
    newName: 'renamed',
    context: { includeDeclaration: true, diagnostics: [], only: ['quickfix', 'refactor', 'source.fixAll'] },
  };
  const answers = REQUESTS.map((name) => client.request(`textDocument/${name}`, params));
  answers.push(client.request(PLAN_REQUEST, { uri: params.textDocument.uri }));
  for (const answer of await Promise.allSettled(answers)) {
    // A renaming of what has no name is refused with a sentence; anything else would be a fault of the server.
    if (answer.status === 'rejected') expect(String(answer.reason)).toMatch(/no name here|declared in|another/);
  }
}

const place = (text: string, share: number): number => Math.floor(share * text.length);
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('the server', () => {
  it('answers whatever the text is', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            'a',
            ':',
            ' ',
            '\n',
            '  ',
            '- ',
            '{',
            '}',
            '[',
            ']',
            '"',
            "'",
            '|',
            '#',
            '${',
            ',',
            '&a',
            '*a',
            '\t',
            '\r\n',
            'states',
            'call',
          ),
          { maxLength: 60 },
        )
        .map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(text, share, (some, at) => askEverything(some, place(some, at))),
      { numRuns: 120 },
    );
  });

  it('answers after any edit of a real workflow', async () => {
    const edit = fc.record({
      from: share,
      length: fc.nat(60),
      text: fc.constantFrom('', '\n', ' ', '{', '}', '"', ':', 'x', '${', '- ', '\n    ', '🚀', '[', '|'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let text = EXAMPLE;
        let at = 0;
        for (const { from, length, text: inserted } of edits) {
          const start = place(text, from);
          text = text.slice(0, start) + inserted + text.slice(start + length);
          at = start + inserted.length;
        }
        await askEverything(text, at);
      }),
      { numRuns: 80 },
    );
  });

  it('survives bytes that are no text and messages that are none', async () => {
    const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 256)).toString('latin1');
    await askEverything(bytes, 1_000);
    await expect(client.request('textDocument/nothing', {})).rejects.toThrow(/Unhandled method/);
    await client.notify('textDocument/nothing', { a: 1 });
    await askEverything(EXAMPLE, 100);
  });

  it.each([
    ['an empty file', ''],
    ['a long line', 'a'.repeat(5_000_000)],
    ['a long line of spaces', `a${' '.repeat(2_000_000)}b`],
    ['a long expression', `a: "\${ ${'a'.repeat(500_000)} `],
    ['many brackets', '['.repeat(200_000)],
    ['deep nesting', Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')],
    [
      'an alias bomb',
      `a: &a [x, x]\n${Array.from({ length: 30 }, (_, n) => `b${n}: &b${n} [*${n === 0 ? 'a' : `b${n - 1}`}, *${n === 0 ? 'a' : `b${n - 1}`}]\n`).join('')}states: *b29\n`,
    ],
    [
      'names of the prototype',
      'workflow: w\n__proto__: 1\nstates:\n  __proto__: { call: log, next: constructor }\n  constructor: { set: { toString: 1 }, next: __proto__ }\n',
    ],
    ['a list', '- a\n- b\n'],
    ['several documents', 'workflow: a\n---\nworkflow: b\n'],
  ])('answers about %s', async (_, text) => {
    await askEverything(text, text.length);
    await askEverything(text, place(text, 0.5));
  });

  it('knows its place at every offset of a real workflow, with nothing behind it', () => {
    for (let offset = 0; offset <= EXAMPLE.length; offset++) {
      const spot = spotAt(EXAMPLE, offset);
      if (spot === null) continue;
      expect(spot).toEqual(spotAt(EXAMPLE.slice(0, offset), offset));
      expect(spot.typed.end).toBe(offset);
      expect(spot.typed.start).toBeLessThanOrEqual(offset);
    }
  });

  it('knows its place in a long text after any edits as if it had never seen it', () => {
    const long = EXAMPLE.repeat(30);
    const edit = fc.record({
      from: share,
      length: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(2_000)),
      text: fc.constantFrom('', '\n', '\r\n', '\r', ' ', '\n  ', '{', '"', "'", ' |', 'x: ', '- ', '${ ', '#'),
      at: share,
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 2, maxLength: 6 }), fc.boolean(), (edits, isCrLf) => {
        const find = createSpots();
        let text = isCrLf ? long.replaceAll('\n', '\r\n') : long;
        for (const { from, length, text: inserted, at } of edits) {
          const start = place(text, from);
          text = text.slice(0, start) + inserted + text.slice(start + length);
          for (const offset of [start + inserted.length, place(text, at), text.length]) {
            expect(find(text, offset)).toEqual(spotAt(text, offset));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
