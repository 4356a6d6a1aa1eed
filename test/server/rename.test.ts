/**
 * Renaming, definition, references and highlights of every kind of name. Each is asked for at every place that has the
 * name, and always says the same: all places, and after the renaming the files mean what they meant before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentHighlight, Location, WorkspaceEdit } from 'vscode-languageserver/node';
import { analyse, type Resource } from '../../language/index.ts';
import { startClient, type TestClient } from './client.ts';
import { applied, find, offsetOf, positionOf, textIn } from './places.ts';

const MAIN = 'order.workflow.yaml';
const CHILD = 'ship.workflow.yaml';
const PARENT = 'shop.workflow.yaml';
const OWN_SCENARIOS = 'order.workflow.test.yaml';
const PARENT_SCENARIOS = 'shop.workflow.test.yaml';

const FILES: Readonly<Record<string, string>> = {
  [MAIN]: `workflow: order
version: 2.0.0
input: { type: object, properties: { items: { type: array, items: { type: object } }, id: { type: string } } }
vars: { total: 0, seen: "\${ vars.total }" }
participants:
  bank:
    baseUrl: https://example.com
    circuitBreaker: careful
    operations: { take: { http: POST /take, output: { type: object, properties: { ref: {} } } }, pay_back: { http: POST /back, retry: patient } }
  clerks: { role: sales }
events: { order.paid: { data: {} } }
errors: { order.refused: { description: No. } }
policies:
  retry: { patient: { attempts: 3, on: [order.refused] } }
  timeout: { short: 10s }
  circuitBreaker: { careful: { failures: 3 } }
migrations: [{ from: 1.x, states: { old: charge }, vars: { total: "\${ 1 }" } }]
states:
  charge:
    call: bank.take
    retry: patient
    timeout: short
    compensate: { call: bank.pay_back, after: attempt }
    assign: { total: "\${ vars.total + 1 }" }
    catch: [{ errors: [order.refused], next: refuse }]
    next: each
  each:
    foreach:
      in: "\${ input.items }"
      as: piece
      states:
        wrap: { set: {}, output: "\${ piece.name & $string(index) }", next: box }
        box: { call: bank.take, timeout: short, compensate: none, with: { of: "\${ results.wrap & piece.id }" }, next: end }
    next: ask
  ask:
    human: { title: "\${ results.charge.ref }", assignee: clerks, due: 4h, outcomes: [yes_please, no], escalate: [{ after: 5h, outcome: no }] }
    on: { yes_please: tell, no: refuse }
  tell: { emit: order.paid, next: hear }
  hear: { listen: { on: { order.paid: { assign: { seen: "\${ vars.total }" }, next: ship } }, timeout: 1h, onTimeout: ship } }
  ship: { run: ./ship.workflow.yaml, next: back }
  back: { rollback: { to: charge }, next: [{ when: "\${ vars.total > 3 }", next: end }, refuse], catch: [{ errors: [any], next: refuse }] }
  refuse: { fail: { error: order.refused } }
output: "\${ results.charge.ref }"
`,
  [CHILD]: `workflow: ship
participants: { post: { baseUrl: https://example.com, operations: { send: { http: POST /send } } } }
events: { order.paid: { data: {} } }
states:
  go: { call: post.send, timeout: 5s, compensate: none, next: wait_for_it }
  wait_for_it: { listen: { on: { order.paid: end }, timeout: 1h, onTimeout: end } }
`,
  [PARENT]: `workflow: shop
states:
  order: { run: ./order.workflow.yaml, next: end }
`,
  [OWN_SCENARIOS]: `workflow: ./order.workflow.yaml
mocks: { bank.take: { return: {} } }
scenarios:
  it works:
    mocks: { "state:each/0/box": { fail: { error: order.refused } }, bank.pay_back: { return: {} } }
    events: [{ at: 5m, type: order.paid }]
    decisions: { ask: { outcome: yes_please } }
    crash: { after: charge }
    expect:
      path: [charge, each, each/0/wrap, each/0/box, ask]
      compensated: [charge]
      calls: { bank.take: 2, post.send: 1 }
      vars: { total: 2 }
      error: order.refused
`,
  [PARENT_SCENARIOS]: `workflow: ./shop.workflow.yaml
scenarios:
  it orders:
    mocks: { bank.take: { return: {} }, post.send: { return: {} } }
    decisions: { ask: { outcome: no } }
    expect: { status: failed, calls: { bank.pay_back: 1 } }
`,
};

/** A kind of name: the name, its new one, the file and words that it stands in there, and how often it stands anywhere. */
const NAMES: readonly (readonly [
  what: string,
  from: string,
  to: string,
  file: string,
  words: readonly string[],
  times: number,
])[] = [
  ['a state', 'charge', 'settle', MAIN, ['old: charge', '\n  charge:', 'results.charge', 'to: charge'], 8],
  ['a state of an item', 'wrap', 'fold', MAIN, ['wrap: {', 'results.wrap'], 3],
  ['a state that nothing in its file names', 'box', 'pack', MAIN, ['next: box', '    box:'], 4],
  ['a task', 'ask', 'ask_them', MAIN, ['next: ask', '\n  ask:'], 5],
  ['a variable', 'total', 'sum', MAIN, ['{ total: 0', 'assign: { total', 'vars.total', 'vars: { total: "'], 8],
  ['a participant', 'bank', 'house', MAIN, ['  bank:', 'call: bank'], 9],
  ['an operation', 'take', 'collect', MAIN, ['{ take:', 'bank.take'], 6],
  ['an operation in a scenario of those that run it', 'send', 'mail', CHILD, ['{ send:', 'post.send'], 4],
  ['a participant of a child', 'post', 'courier', CHILD, ['{ post:', 'call: post'], 4],
  ['an event', 'order.paid', 'order.settled', MAIN, ['{ order.paid', 'emit: order.paid', 'on: { order.paid'], 6],
  ['an error', 'order.refused', 'order.denied', MAIN, ['{ order.refused', '[order.refused', 'error: order.refused'], 6],
  ['a policy of retries', 'patient', 'calm', MAIN, ['{ patient', 'retry: patient'], 3],
  ['a policy of timeouts', 'short', 'brief', MAIN, ['{ short', 'timeout: short'], 3],
  ['a policy of circuit breakers', 'careful', 'wary', MAIN, ['{ careful', 'circuitBreaker: careful'], 2],
  ['a role', 'clerks', 'sellers', MAIN, ['  clerks:', 'assignee: clerks'], 2],
  ['an outcome', 'yes_please', 'gladly', MAIN, ['[yes_please', 'on: { yes_please'], 3],
  ['another outcome', 'no', 'never', MAIN, ['please, no', 'outcome: no', ', no: refuse'], 4],
  ['the item of a loop', 'piece', 'part', MAIN, ['as: piece', '${ piece.name', '& piece.id'], 3],
];

let client: TestClient;
beforeEach(async () => {
  client = await startClient({ files: FILES });
  for (const [path, text] of Object.entries(FILES)) if (path !== PARENT_SCENARIOS) await client.open(path, text);
});
afterEach(() => client.close());

const pathOf = (uri: string): string => Object.keys(FILES).find((path) => client.uri(path) === uri) ?? uri;

/** The findings in a set of files, without their places. */
function findings(files: Readonly<Record<string, string>>): readonly string[] {
  const resource = (path: string): Resource => {
    const text = files[path.replace(/^\.\//, '')];
    return text === undefined ? { kind: 'missing' } : { kind: 'text', text };
  };
  return Object.entries(files).flatMap(([file, text]) =>
    analyse(text, { file, resource }).diagnostics.map(({ code }) => `${file} ${code}`),
  );
}

describe('a name', () => {
  it('stands in files without a mistake', () => {
    expect(findings(FILES).filter((one) => !/no-contract|not-a-fact|never-sent/.test(one))).toEqual([]);
  });

  it.each(NAMES)(
    'of %s is renamed, found and shown the same from each of its places',
    async (_, from, to, file, words, times) => {
      const text = FILES[file] ?? '';
      const seen = new Set<string>();
      for (const word of words) {
        const position = find(text, word, 1, word.indexOf(from) + 1);
        const at = { textDocument: { uri: client.uri(file) }, position };
        const edit = await client.request<WorkspaceEdit>('textDocument/rename', { ...at, newName: to });
        const places = Object.entries(edit.changes ?? {}).flatMap(([uri, edits]) => {
          const path = pathOf(uri);
          return edits.map(({ range }) => {
            expect(textIn(FILES[path] ?? '', range)).toBe(from);
            return `${path} ${offsetOf(FILES[path] ?? '', range.start)}`;
          });
        });
        expect(places).toHaveLength(times);
        seen.add(places.sort().join('\n'));

        const renamed = { ...FILES };
        for (const [uri, edits] of Object.entries(edit.changes ?? {})) {
          renamed[pathOf(uri)] = applied(FILES[pathOf(uri)] ?? '', edits);
        }
        expect(findings(renamed), word).toEqual(findings(FILES));

        const prepared = await client.request('textDocument/prepareRename', at);
        expect(prepared).toMatchObject({ placeholder: from });
        const references = await client.request<Location[]>('textDocument/references', {
          ...at,
          context: { includeDeclaration: true },
        });
        const found = references.map(
          ({ uri, range }) => `${pathOf(uri)} ${offsetOf(FILES[pathOf(uri)] ?? '', range.start)}`,
        );
        expect(found.sort()).toEqual(places.sort());
        const highlights = await client.request<DocumentHighlight[]>('textDocument/documentHighlight', at);
        const own = places.filter((place) => place.startsWith(`${file} `));
        expect(highlights.map(({ range }) => `${file} ${offsetOf(text, range.start)}`).sort()).toEqual(own);
        const [definition] = await client.request<Location[]>('textDocument/definition', at);
        expect(places).toContain(
          `${pathOf(definition?.uri ?? '')} ${offsetOf(text, definition?.range.start ?? positionOf(text, 0))}`,
        );
      }
      expect(seen.size).toBe(1);
    },
  );
});

describe('a new name is refused', () => {
  const refused = async (word: string, from: string, to: string): Promise<string> => {
    const position = find(FILES[MAIN] ?? '', word, 1, word.indexOf(from) + 1);
    const params = { textDocument: { uri: client.uri(MAIN) }, position, newName: to };
    return client.request('textDocument/rename', params).then(
      () => 'accepted',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  };

  it.each([
    ['another state', '\n  charge:', 'charge', 'ship', 'There is another state called ‘ship’ already.'],
    [
      'the end',
      '\n  charge:',
      'charge',
      'end',
      'No state can be called ‘end’, which completes the scope. Choose another name.',
    ],
    ['no name', '\n  charge:', 'charge', 'a b', /is no name of a state/],
    ['another variable', '{ total: 0', 'total', 'seen', 'There is another variable called ‘seen’ already.'],
    ['another participant', '  bank:', 'bank', 'clerks', 'There is another participant called ‘clerks’ already.'],
    ['another operation', '{ take:', 'take', 'pay_back', 'There is another operation called ‘pay_back’ already.'],
    ['another outcome', '[yes_please', 'yes_please', 'no', 'There is another outcome called ‘no’ already.'],
    ['a root', 'as: piece', 'piece', 'results', /read something else as ‘results’ already/],
    ['the number of the item', 'as: piece', 'piece', 'index', /read something else as ‘index’ already/],
    ['a name with a space', 'as: piece', 'piece', 'the piece', /is no name/],
  ])('where it is %s', async (_, word, from, to, message) => {
    expect(await refused(word, from, to)).toMatch(message);
  });

  it('where it would be hidden, or hide another', async () => {
    const nested = `workflow: w
vars: { outer: 1 }
states:
  a:
    scope:
      vars: { inner: 1 }
      states:
        b: { set: { inner: "\${ vars.outer }" }, next: end }
    next: c
  c: { set: { outer: 2 }, next: end }
`;
    await client.open('nested.workflow.yaml', nested);
    const rename = (word: string, newName: string): Promise<unknown> =>
      client.request('textDocument/rename', {
        textDocument: { uri: client.uri('nested.workflow.yaml') },
        position: find(nested, word),
        newName,
      });
    const hides = /Another variable called ‘\w+’ would hide this one, or be hidden by it/;
    await expect(rename('outer: 1', 'inner')).rejects.toThrow(hides);
    await expect(rename('inner: 1', 'outer')).rejects.toThrow(hides);
  });

  it('where it is what another file declares', async () => {
    for (const [name, text] of [
      ['labels.ts', 'export function print() {}\n'],
      [
        'module.workflow.yaml',
        'workflow: w\nparticipants: { m: { module: ./labels.ts } }\nstates: { a: { call: m.print, next: end } }\n',
      ],
    ] as const) {
      client.write(name, text);
    }
    const path = 'module.workflow.yaml';
    const text = readFileSync(join(client.folder, path), 'utf8');
    await client.open(path, text);
    const position = find(text, 'print');
    await expect(
      client.request('textDocument/rename', { textDocument: { uri: client.uri(path) }, position, newName: 'x' }),
    ).rejects.toThrow('‘print’ is declared in ./labels.ts. Rename it there.');
    expect(readdirSync(client.folder)).toContain('labels.ts');
  });
});
