import { afterEach, describe, expect, it } from 'vitest';
import type {
  DocumentHighlight,
  Location,
  LocationLink,
  SelectionRange,
  SemanticTokens,
  SemanticTokensDelta,
  SignatureHelp,
} from 'vscode-languageserver/node';
import { TOKEN_MODIFIERS, TOKEN_TYPES } from '../../server/features/tokens.ts';
import { type ClientOptions, startClient, type TestClient } from './client.ts';
import { marked, offsetOf, textIn } from './places.ts';

const FILE = 'order.workflow.yaml';

const HEAD = `workflow: order
input:
  type: object
  properties:
    id: { type: string }
    items: { type: array, items: { $ref: "#/$defs/item" } }
  $defs:
    item: { type: object, properties: { sku: { type: string } } }
vars: { note: "" }
events: { order.paid: { data: { type: object, properties: { sum: { type: number } } } } }
participants:
  clerk: { role: clerks }
  stock: { openapi: ./stock.yaml }
  payments:
    baseUrl: http://localhost:1
    operations:
      charge:
        http: POST /charges
        input: { type: object, properties: { amount: { type: number } } }
        output: { type: object, properties: { chargeId: { type: string } } }
policies: { retry: { often: { attempts: 4 } } }
states:
`;
const STOCK = `openapi: 3.1.0
info: { title: Stock, version: 1.0.0 }
paths: { /r: { post: { operationId: reserve, responses: { '200': { description: done } } } } }
`;

const clients: TestClient[] = [];
async function start(options: ClientOptions = {}): Promise<TestClient> {
  const client = await startClient({ files: { 'stock.yaml': STOCK }, ...options });
  clients.push(client);
  return client;
}
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

/** `word type modifier …` of every token, in order. */
function decoded(text: string, data: readonly number[]): string[] {
  const lines = text.split('\n');
  const words: string[] = [];
  let line = 0;
  let character = 0;
  for (let at = 0; at < data.length; at += 5) {
    const [down = 0, right = 0, length = 0, type = 0, bits = 0] = data.slice(at, at + 5);
    line += down;
    character = down === 0 ? character + right : right;
    const word = lines[line]?.slice(character, character + length) ?? '';
    words.push([word, TOKEN_TYPES[type], ...TOKEN_MODIFIERS.filter((_, bit) => bits & (1 << bit))].join(' '));
  }
  return words;
}

describe('semantic tokens', () => {
  const STATES = `  pay:
    call: payments.charge
    with: { amount: "\${ $sum(input.items.price) }" }
    retry: often
    assign: { note: "\${ result.chargeId }" }
    next: ask
  ask:
    human: { assignee: clerk }
    on: { yes: tell }
  tell: { emit: order.paid, next: end }
`;
  const TEXT = HEAD + STATES;

  it('tell keys, names and what expressions read apart', async () => {
    const client = await start();
    const uri = await client.open(FILE, TEXT);
    const { data } = await client.request<SemanticTokens>('textDocument/semanticTokens/full', {
      textDocument: { uri },
    });
    const words = decoded(TEXT, data);
    expect(words.slice(0, 4)).toEqual([
      'workflow property',
      'input property',
      'vars property',
      'note variable declaration',
    ]);
    expect(words.slice(words.indexOf('states property'))).toEqual([
      'states property',
      'pay class declaration',
      'call keyword',
      'payments namespace',
      'charge method',
      'with property',
      '$sum function defaultLibrary',
      'input parameter defaultLibrary',
      'items property',
      'price property',
      'retry property',
      'often struct',
      'assign property',
      'note variable modification',
      'result parameter defaultLibrary',
      'chargeId property',
      'next property',
      'ask class',
      'ask class declaration',
      'human keyword',
      'assignee property',
      'clerk interface',
      'on property',
      'yes enumMember declaration',
      'tell class',
      'tell class declaration',
      'emit keyword',
      'order.paid event',
      'next property',
    ]);
  });

  it('are told for a part of the file alone', async () => {
    const client = await start();
    const uri = await client.open(FILE, TEXT);
    const line = TEXT.split('\n').findIndex((one) => one.includes('retry: often'));
    const range = { start: { line, character: 0 }, end: { line, character: 16 } };
    const { data } = await client.request<SemanticTokens>('textDocument/semanticTokens/range', {
      textDocument: { uri },
      range,
    });
    expect(decoded(TEXT, data)).toEqual(['retry property', 'often struct']);
  });

  it('are told as changes to what was told before', async () => {
    const client = await start();
    const uri = await client.open(FILE, TEXT);
    const about = { textDocument: { uri } };
    const first = await client.request<SemanticTokens>('textDocument/semanticTokens/full', about);
    const changed = TEXT.replace('    retry: often\n', '');
    await client.replace(FILE, changed);
    const delta = await client.request<SemanticTokensDelta>('textDocument/semanticTokens/full/delta', {
      ...about,
      previousResultId: first.resultId,
    });
    const data = [...first.data];
    for (const { start: at, deleteCount, data: added } of [...delta.edits].reverse()) {
      data.splice(at, deleteCount, ...(added ?? []));
    }
    expect(delta.edits.reduce((sum, { data: added }) => sum + (added?.length ?? 0), 0)).toBeLessThan(20);
    await client.replace(FILE, changed);
    const fresh = await client.request<SemanticTokens>('textDocument/semanticTokens/full', about);
    expect(data).toEqual(fresh.data);
  });

  it('know what scenarios mention', async () => {
    const client = await start();
    const text =
      'workflow: ./order.workflow.yaml\nscenarios:\n  a: { mocks: { payments.charge: {}, state:pay: {} } }\n';
    const uri = await client.open('order.workflow.test.yaml', text);
    const { data } = await client.request<SemanticTokens>('textDocument/semanticTokens/full', {
      textDocument: { uri },
    });
    expect(decoded(text, data)).toEqual([
      'workflow property',
      'scenarios property',
      'mocks property',
      'payments namespace',
      'charge method',
      'pay class',
    ]);
  });
});

describe('selections', () => {
  it('grow from a word to the file', async () => {
    const client = await start();
    const { text, position } = marked(`${HEAD}  a: { set: { note: "x \${ vars.no$0te & 'y' } z" }, next: end }\n`);
    const uri = await client.open(FILE, text);
    const [selection] = await client.request<SelectionRange[]>('textDocument/selectionRange', {
      textDocument: { uri },
      positions: [position],
    });
    const found: string[] = [];
    for (let one = selection; one !== undefined; one = one.parent) found.push(textIn(text, one.range));
    expect(found.slice(0, 8)).toEqual([
      'note',
      'vars.note',
      "vars.note & 'y'",
      "${ vars.note & 'y' }",
      "x ${ vars.note & 'y' } z",
      '"x ${ vars.note & \'y\' } z"',
      'note: "x ${ vars.note & \'y\' } z"',
      '{ note: "x ${ vars.note & \'y\' } z" }',
    ]);
    expect(found.at(-1)).toBe(text);
  });
});

describe('signature help', () => {
  const shown = async (expression: string): Promise<string | null> => {
    const client = await start();
    const { text, position } = marked(`${HEAD}  a: { set: { note: "\${ ${expression}" }, next: end }\n`);
    const uri = await client.open(FILE, text);
    const help = await client.request<SignatureHelp | null>('textDocument/signatureHelp', {
      textDocument: { uri },
      position,
    });
    const [signature] = help?.signatures ?? [];
    const active = signature?.parameters?.[help?.activeParameter ?? 0]?.label;
    if (signature === undefined) return null;
    return `${signature.label} [${Array.isArray(active) ? signature.label.slice(...active) : ''}]`;
  };

  it.each([
    ['at the first argument', '$substring($0', /^\$substring\(.*: string \[text: string\]$/],
    ['at a later one', '$substring(vars.note, 1, $0', /\[length\?: number\]$/],
    ['past commas inside of lists and texts', "$join(['a', 'b'], $0", /\[separator\?: string\]$/],
    ['behind a pipe', 'vars.note ~> $substring($0', /\[start: number\]$/],
    ['inside another call', '$sum($map(input.items, $0', /^\$map\(/],
    ['behind an inner call', '$sum($map(input.items, $f), $0', /^\$sum\(/],
    [
      'of a function that the expression defines',
      '($f := function($a, $b){ $a }; $f(1, $0',
      /^\$f\(\$a, \$b\) \[\$b\]$/,
    ],
    ['of many arguments', '$zip([1], [2], [3], $0', /\[lists: array, …\]$/],
  ])('shows the parameter %s', async (_, expression, expected) => {
    expect(await shown(expression)).toMatch(expected);
  });

  it.each([
    ['outside of calls', 'vars.note$0'],
    ['inside a text', "$substring('$0"],
    ['of a function that nobody knows', '$nothing($0'],
  ])('shows nothing %s', async (_, expression) => {
    expect(await shown(expression)).toBeNull();
  });
});

describe('type definitions', () => {
  const lead = async (states: string): Promise<string[]> => {
    const client = await start();
    const { text, position } = marked(HEAD + states);
    const uri = await client.open(FILE, text);
    const found = await client.request<Location[] | null>('textDocument/typeDefinition', {
      textDocument: { uri },
      position,
    });
    return (found ?? []).map((one) => {
      if (one.uri !== uri) return one.uri.replace(/^.*\//, '');
      return text.slice(offsetOf(text, one.range.start), offsetOf(text, one.range.end)).replace(/\s+/g, ' ');
    });
  };
  const set = (expression: string): string => `  a: { set: { note: "\${ ${expression} }" }, next: end }\n`;

  it.each([
    ['a property of the input', set('input.i$0d'), ['{ type: string }']],
    ['a property behind a list and a reference', set('input.items.sk$0u'), ['{ type: string }']],
    ['a variable', set('vars.no$0te'), ['""']],
    [
      'a result',
      '  pay: { call: payments.charge, next: b }\n' + set('results.pay.charge$0Id').replace('a:', 'b:'),
      ['{ type: string }'],
    ],
    [
      'the data of an event',
      '  a: { listen: { on: { order.paid: { match: "${ event.data.s$0um > 1 }", next: end } } } }\n',
      ['{ type: number }'],
    ],
    [
      'an operation',
      '  pay: { call: payments.char$0ge, next: end }\n',
      [
        '{ type: object, properties: { amount: { type: number } } }',
        '{ type: object, properties: { chargeId: { type: string } } }',
      ],
    ],
    ['an argument', '  pay: { call: payments.charge, with: { amo$0unt: 1 }, next: end }\n', ['{ type: number }']],
    [
      'the data of an emitted event',
      '  tell: { emit: order.paid, data: { su$0m: 1 }, next: end }\n',
      ['{ type: number }'],
    ],
    ['an operation of a document', '  a: { call: stock.res$0erve, next: end }\n', ['stock.yaml', 'stock.yaml']],
    [
      'the item of a list',
      '  a: { foreach: { in: "${ input.items }", as: one, call: log, with: { message: "${ one.s$0ku }" } }, next: end }\n',
      ['{ type: string }'],
    ],
    ['nothing of what is not known', set('input.else$0where'), []],
  ])('lead from %s to its schema', async (_, states, expected) => {
    expect(await lead(states)).toEqual(expected);
  });

  it('are links for a client that takes them', async () => {
    const client = await start({ capabilities: { textDocument: { typeDefinition: { linkSupport: true } } } });
    const { text, position } = marked(HEAD + set('input.i$0d'));
    const uri = await client.open(FILE, text);
    const found = await client.request<LocationLink[]>('textDocument/typeDefinition', {
      textDocument: { uri },
      position,
    });
    expect(found.map(({ originSelectionRange }) => originSelectionRange && textIn(text, originSelectionRange))).toEqual(
      ['id'],
    );
  });
});

describe('highlights', () => {
  const shown = async (path: string, source: string): Promise<string[]> => {
    const client = await start();
    const { text, position } = marked(source);
    const uri = await client.open(path, text);
    const found = await client.request<DocumentHighlight[]>('textDocument/documentHighlight', {
      textDocument: { uri },
      position,
    });
    return found.map(
      ({ range, kind }) => `${textIn(text, range)} ${range.start.line}:${range.start.character} ${kind ?? ''}`,
    );
  };

  it('show where a variable is written and where it is read', async () => {
    const states = '  a: { set: { note: "x" }, next: b }\n  b: { set: { note: "${ vars.no$0te }" }, next: end }\n';
    const found = await shown(FILE, HEAD + states);
    expect(found.map((one) => one.replace(/ \d+:\d+/, ''))).toEqual(['note 3', 'note 3', 'note 3', 'note 2']);
  });

  it('show a variable of an expression', async () => {
    const found = await shown(FILE, `${HEAD}  a: { set: { note: "\${ ($n := 1; $$0n + $n) }" }, next: end }\n`);
    expect(found.map((one) => one.replace(/ \d+:\d+/, ''))).toEqual(['$n 3', '$n 2', '$n 2']);
  });

  it('show a state in the scenarios that mention it', async () => {
    const text =
      'workflow: ./order.workflow.yaml\nscenarios:\n  a: { expect: { path: [pa$0y, ask], compensated: [pay] } }\n';
    expect(await shown('order.workflow.test.yaml', text)).toEqual(['pay 2:24 2', 'pay 2:49 2']);
  });
});
