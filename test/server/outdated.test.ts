import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CancellationTokenSource,
  type CompletionList,
  type DocumentDiagnosticReport,
  LSPErrorCodes,
  type ResponseError,
} from 'vscode-languageserver/node';
import { PLAN_REQUEST, type PlanResult } from '../../server/protocol.ts';
import { workflowOf } from '../bench/texts.ts';
import { type ClientOptions, startClient, type TestClient } from './client.ts';

const FILE = 'long.workflow.yaml';
/** Long enough that other messages are handled before it is analysed. */
const LONG = workflowOf(600);

const clients: TestClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

async function start(options?: ClientOptions): Promise<TestClient> {
  const client = await startClient(options);
  clients.push(client);
  return client;
}

const PULLS: ClientOptions = { capabilities: { textDocument: { diagnostic: {} } } };

const position = { line: 18, character: 11 };

/** Types one character at the end of the document. */
async function type(client: TestClient, uri: string, version: number): Promise<void> {
  const at = { line: 1_000_000, character: 0 };
  await client.notify('textDocument/didChange', {
    textDocument: { uri, version },
    contentChanges: [{ range: { start: at, end: at }, text: '#' }],
  });
}

const codeOf = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    () => 'answered',
    (error: unknown) => (error as ResponseError<unknown>).code,
  );

describe('a request', () => {
  it('that is cancelled while the text is analysed ends with the error for that', async () => {
    const client = await start(PULLS);
    const uri = await client.open(FILE, LONG);
    const source = new CancellationTokenSource();
    const about = { textDocument: { uri }, position };
    const cancelled = client.connection.sendRequest('textDocument/completion', about, source.token);
    const kept = client.connection.sendRequest<CompletionList>('textDocument/completion', about);
    source.cancel();
    expect(await codeOf(cancelled)).toBe(LSPErrorCodes.RequestCancelled);
    expect((await kept).items.length).toBeGreaterThan(0);
  });

  it('about a text that is another one by the time it is analysed ends with the error for that', async () => {
    const client = await start(PULLS);
    const uri = await client.open(FILE, LONG);
    const about = { textDocument: { uri }, position };
    const hover = codeOf(client.request('textDocument/hover', about));
    const references = codeOf(
      client.request('textDocument/references', { ...about, context: { includeDeclaration: true } }),
    );
    await type(client, uri, 2);
    expect(await hover).toBe(LSPErrorCodes.ContentModified);
    expect(await references).toBe(LSPErrorCodes.ContentModified);
    expect(await client.request('textDocument/hover', about)).not.toBeNull();
  });

  it('for diagnostics of such a text is to be made again', async () => {
    const client = await start(PULLS);
    const uri = await client.open(FILE, LONG);
    const report = client.request('textDocument/diagnostic', { textDocument: { uri } });
    const refusal = report.catch((error: unknown) => error as ResponseError<unknown>);
    await type(client, uri, 2);
    expect(await refusal).toMatchObject({ code: LSPErrorCodes.ServerCancelled, data: { retriggerRequest: true } });
    const again = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri } });
    expect(again.kind).toBe('full');
  });

  it('for the plan is answered for the newest text', async () => {
    const client = await start(PULLS);
    const uri = await client.open(FILE, LONG);
    const plan = client.request<PlanResult>(PLAN_REQUEST, { uri });
    await type(client, uri, 2);
    expect(await plan).toMatchObject({ version: 2, complete: true });
  });

  it('about a document that is closed meanwhile ends', async () => {
    const client = await start(PULLS);
    const uri = await client.open(FILE, LONG);
    const hover = codeOf(client.request('textDocument/hover', { textDocument: { uri }, position }));
    await client.notify('textDocument/didClose', { textDocument: { uri } });
    expect(await hover).toBe(LSPErrorCodes.ContentModified);
    expect(await client.request('textDocument/hover', { textDocument: { uri }, position })).toBeNull();
  });
});

describe('diagnostics that are pushed', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('after a burst of edits are those of the newest text, once', async () => {
    const client = await start();
    const uri = await client.open(FILE, workflowOf(5));
    const handled = (): Promise<unknown> => client.request('textDocument/foldingRange', { textDocument: { uri } });
    await handled();
    vi.advanceTimersByTime(0);
    await client.pushed(FILE);
    for (let version = 2; version <= 40; version++) await type(client, uri, version);
    await handled();
    vi.advanceTimersByTime(119);
    await handled();
    expect(client.allPushed(FILE).map(({ version }) => version)).toEqual([1]);
    vi.advanceTimersByTime(1);
    await handled();
    expect(client.allPushed(FILE).map(({ version }) => version)).toEqual([1, 40]);
  });

  it('are not sent for a text that is another one by the time it is analysed', async () => {
    const client = await start();
    const uri = await client.open(FILE, LONG);
    // An answer about anything tells that the document has come.
    await client.request('textDocument/hover', { textDocument: { uri: client.uri('other') }, position });
    vi.advanceTimersByTime(0);
    await type(client, uri, 2);
    const folds = await client.request('textDocument/foldingRange', { textDocument: { uri } });
    expect(folds).not.toEqual([]);
    expect(client.allPushed(FILE)).toEqual([]);
    vi.advanceTimersByTime(120);
    await client.request('textDocument/foldingRange', { textDocument: { uri } });
    expect(client.allPushed(FILE).map(({ version }) => version)).toEqual([2]);
  });
});

describe('shutdown', () => {
  it('in the midst of the check of a large workspace is answered before it is through', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`w${String(at).padStart(2, '0')}.workflow.yaml`, workflowOf(100)]),
    );
    const client = await startClient({ files });
    const first = client.next('textDocument/publishDiagnostics');
    await client.notify('workspace/didChangeConfiguration', {
      settings: { backstep: { diagnostics: { workspace: true } } },
    });
    await first;
    await client.close();
    expect(Object.keys(files).filter((path) => client.allPushed(path).length > 0).length).toBeLessThan(30);
  });
});
