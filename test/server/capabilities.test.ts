/** Each thing that the server says it can do, done once; what it sends is held against the protocol. */
import { afterEach, describe, expect, it } from 'vitest';
import type { CallHierarchyItem, SemanticTokens } from 'vscode-languageserver/node';
import { type ClientOptions, startClient, type TestClient } from './client.ts';
import { find } from './places.ts';

const FILE = 'order.workflow.yaml';

const CHILD = 'workflow: ship\nstates: { go: { set: {}, next: end } }\n';

const TEXT = `# How an order goes.
workflow: order
version: 1.0.0
vars: { note: "" }
participants:
  payments:
    baseUrl: http://localhost
    operations:
      charge:
        http: POST /charges
        output: { type: object, properties: { chargeId: { type: string } } }
policies: { retry: { often: { attempts: 3 } } }
states:
  pay:
    call: payments.charge
    retry: often
    assign: { note: "\${ $uppercase(result.chargeId) }" }
    compensate: none
    next: ship
  ship: { run: ./ship.workflow.yaml,   compensate: none, next: nowhere }
`;

const clients: TestClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

async function start(options: ClientOptions = {}): Promise<TestClient> {
  const client = await startClient({ files: { 'ship.workflow.yaml': CHILD }, ...options });
  clients.push(client);
  return client;
}

/** A client with the document open, and every setting on. */
async function opened(): Promise<TestClient> {
  const client = await start({ capabilities: { textDocument: { diagnostic: {} } } });
  const on = { inlayHints: { results: true, retries: true }, codeLens: { states: true } };
  await client.notify('workspace/didChangeConfiguration', { settings: { backstep: on } });
  await client.open(FILE, TEXT);
  return client;
}

const range = { start: { line: 0, character: 0 }, end: { line: 20, character: 0 } };
const options = { tabSize: 2, insertSpaces: true };
const at = (needle: string, nth = 1): object => ({ position: find(TEXT, needle, nth, 1) });

/** For each capability the requests that it promises, each with what it asks besides the document. */
const PROMISES: Readonly<Record<string, readonly (readonly [method: string, params: object])[]>> = {
  completionProvider: [['completion', at(': ship')]],
  hoverProvider: [['hover', at('payments.charge')]],
  signatureHelpProvider: [['signatureHelp', at('(result.')]],
  definitionProvider: [['definition', at('payments.charge')]],
  typeDefinitionProvider: [['typeDefinition', at('chargeId)')]],
  referencesProvider: [['references', { ...at('pay:'), context: { includeDeclaration: true } }]],
  documentHighlightProvider: [['documentHighlight', at('often')]],
  renameProvider: [
    ['prepareRename', at('often')],
    ['rename', { ...at('often'), newName: 'always' }],
  ],
  documentSymbolProvider: [['documentSymbol', {}]],
  callHierarchyProvider: [['prepareCallHierarchy', at('order', 2)]],
  foldingRangeProvider: [['foldingRange', {}]],
  selectionRangeProvider: [['selectionRange', { positions: [find(TEXT, 'payments.charge')] }]],
  semanticTokensProvider: [
    ['semanticTokens/full', {}],
    ['semanticTokens/range', { range }],
  ],
  codeActionProvider: [['codeAction', { range, context: { diagnostics: [] } }]],
  documentFormattingProvider: [['formatting', { options }]],
  documentRangeFormattingProvider: [['rangeFormatting', { options, range }]],
  documentOnTypeFormattingProvider: [['onTypeFormatting', { position: { line: 13, character: 0 }, ch: '\n', options }]],
  inlayHintProvider: [['inlayHint', { range }]],
  codeLensProvider: [['codeLens', {}]],
  documentLinkProvider: [['documentLink', {}]],
  diagnosticProvider: [['diagnostic', {}]],
};

/** Capabilities without a request about a document; the tests below and those of documents and folders are about them. */
const OTHERS = ['textDocumentSync', 'workspace', 'workspaceSymbolProvider'];

/** Whether an answer says anything. */
function saysSomething(answer: unknown): boolean {
  if (typeof answer !== 'object' || answer === null) return false;
  return Array.isArray(answer) ? answer.length > 0 : Object.values(answer).some((one) => one !== null);
}

describe('the server can', () => {
  it('do no more and no less than is tried here', async () => {
    const { initialized } = await start();
    expect(Object.keys(initialized.capabilities).sort()).toEqual([...Object.keys(PROMISES), ...OTHERS].sort());
  });

  it.each(Object.entries(PROMISES).flatMap(([name, all]) => all.map((one) => [name, ...one] as const)))(
    'answer by its %s what %s asks',
    async (name, method, params) => {
      const client = await opened();
      if (name === 'documentOnTypeFormattingProvider')
        await client.replace(FILE, TEXT.replace('states:\n', 'states:\n\n'));
      const about = { textDocument: { uri: client.uri(FILE) }, ...params };
      expect(saysSomething(await client.request(`textDocument/${method}`, about))).toBe(true);
    },
  );

  it('tell what changed of the colours, who runs a workflow, and where a name is', async () => {
    const client = await opened();
    const textDocument = { uri: client.uri(FILE) };
    const tokens = await client.request<SemanticTokens>('textDocument/semanticTokens/full', { textDocument });
    await client.replace(FILE, TEXT.replace('    retry: often\n', ''));
    const previousResultId = tokens.resultId;
    const delta = await client.request('textDocument/semanticTokens/full/delta', { textDocument, previousResultId });
    expect(delta).toMatchObject({ edits: [{ data: expect.any(Array) as unknown }] });
    await client.replace(FILE, TEXT);
    const [item] =
      (await client.request<CallHierarchyItem[] | null>('textDocument/prepareCallHierarchy', {
        textDocument,
        ...at('./ship'),
      })) ?? [];
    expect(saysSomething(await client.request('callHierarchy/incomingCalls', { item }))).toBe(true);
    const [own] =
      (await client.request<CallHierarchyItem[] | null>('textDocument/prepareCallHierarchy', {
        textDocument,
        ...at('order', 2),
      })) ?? [];
    expect(saysSomething(await client.request('callHierarchy/outgoingCalls', { item: own }))).toBe(true);
    expect(saysSomething(await client.request('workspace/symbol', { query: 'pay' }))).toBe(true);
  });

  it('ask a client to watch files and to ask again, where it can', async () => {
    const refreshSupport = true;
    const client = await start({
      capabilities: {
        textDocument: { diagnostic: {} },
        workspace: {
          configuration: true,
          diagnostics: { refreshSupport },
          inlayHint: { refreshSupport },
          codeLens: { refreshSupport },
          didChangeWatchedFiles: { dynamicRegistration: true },
        },
      },
      configuration: { codeLens: { states: true } },
    });
    const uri = await client.open(FILE, TEXT);
    await client.request('textDocument/diagnostic', { textDocument: { uri } });
    client.write('ship.workflow.yaml', CHILD.replace('go', 'leave'));
    const changes = [{ uri: client.uri('ship.workflow.yaml'), type: 2 }];
    await client.notify('workspace/didChangeWatchedFiles', { changes });
    await client.request('textDocument/diagnostic', { textDocument: { uri } });
    await client.asked('client/registerCapability');
    await client.asked('workspace/inlayHint/refresh');
    await client.asked('workspace/codeLens/refresh');
    await client.asked('workspace/diagnostic/refresh');
  });
});
