import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type {
  CodeLens,
  DocumentDiagnosticReport,
  InlayHint,
  Location,
  PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { COMMANDS } from '../../server/protocol.ts';
import { type ClientOptions, startClient, type TestClient } from './client.ts';
import { offsetOf, textIn } from './places.ts';

const FILE = 'order.workflow.yaml';
const TEXT = `workflow: order
participants:
  payments:
    baseUrl: http://localhost:1
    operations:
      charge: { http: POST /charges, output: { type: object, properties: { chargeId: { type: string } } } }
      refund: { http: POST /refunds }
policies:
  retry:
    often: { attempts: 4, delay: 1s, factor: 2 }
    bounded: { attempts: 4, delay: 1s, factor: 2, maxDelay: 2s, jitter: full }
states:
  charge:
    call: payments.charge
    retry: often
    timeout: 10s
    compensate: { call: payments.refund }
    next: check
  check:
    switch: [{ when: "\${ results.charge.chargeId = 'x' }", next: charge }, { next: end }]
`;

const clients: TestClient[] = [];
async function start(options: ClientOptions = {}): Promise<TestClient> {
  const client = await startClient(options);
  clients.push(client);
  return client;
}
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

const configure = (client: TestClient, backstep: unknown): Promise<void> =>
  client.notify('workspace/didChangeConfiguration', { settings: { backstep } });

describe('inlay hints', () => {
  const hints = async (inlayHints: unknown, from = 0): Promise<string[]> => {
    const client = await start();
    await configure(client, { inlayHints });
    const uri = await client.open(FILE, TEXT);
    const range = { start: { line: from, character: 0 }, end: { line: 99, character: 0 } };
    const found = await client.request<InlayHint[]>('textDocument/inlayHint', { textDocument: { uri }, range });
    return found.map(({ position, label }) => {
      const before = TEXT.slice(0, offsetOf(TEXT, position));
      return `${before.slice(before.lastIndexOf('\n') + 1).trim()}|${label as string}`;
    });
  };

  it('are off until the settings switch them on', async () => {
    expect(await hints(undefined)).toEqual([]);
  });

  it('show what a state gives', async () => {
    expect(await hints({ results: true })).toEqual(['charge|: { chargeId?: string }']);
    expect(await hints({ results: true }, 18)).toEqual([]);
  });

  it('show how long retries take', async () => {
    // Delays of 1, 2 and 4 seconds; with the attempts of 10 seconds each 47; and no delay above 2 seconds.
    expect(await hints({ retries: true })).toEqual([
      'often|7s of waiting',
      'bounded|5s of waiting',
      'retry: often|at most 47s',
    ]);
  });
});

describe('lenses on states', () => {
  it('show how they are used and undone, and lead there', async () => {
    const client = await startClient({ initializationOptions: { showPlacesCommand: 'show.places' } });
    clients.push(client);
    await configure(client, { codeLens: { states: true } });
    const uri = await client.open(FILE, TEXT);
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses.slice(3).map(({ command, range }) => `${textIn(TEXT, range)}: ${command?.title ?? ''}`)).toEqual([
      'charge: 2 references',
      'charge: compensated by payments.refund',
      'check: 1 reference',
    ]);
    const [, , places] = (lenses[4]?.command?.arguments ?? []) as [string, unknown, Location[]];
    expect(lenses[4]?.command?.command).toBe('show.places');
    expect(places.map(({ range }) => textIn(TEXT, range))).toEqual(['compensate']);
  });

  it('are texts for a client without a command for places', async () => {
    const client = await start();
    await configure(client, { codeLens: { states: true } });
    const uri = await client.open(FILE, TEXT);
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses.slice(3).map(({ command }) => command?.command)).toEqual(['', '', '']);
  });
});

describe('lenses on scenarios', () => {
  const SCENARIOS = `workflow: ../order.workflow.yaml
scenarios:
  it works: { expect: { status: completed } }
  "it fails": { expect: { status: failed } }
`;
  const lensesOf = async (client: TestClient, uri: string): Promise<readonly CodeLens[]> =>
    client.request('textDocument/codeLens', { textDocument: { uri } });

  it('play them from the workflow, as soon as there are any about it', async () => {
    const client = await start();
    const uri = await client.open('order.workflow.yaml', TEXT);
    const titles = async (): Promise<readonly string[]> =>
      (await lensesOf(client, uri)).map(({ command }) => command?.title ?? '');
    expect(await titles()).toEqual(['Run', 'Debug', 'Preview']);
    await client.open('tests/other.workflow.test.yaml', SCENARIOS.replace('order', 'other'));
    expect(await titles()).toEqual(['Run', 'Debug', 'Preview']);
    await client.open('tests/order.workflow.test.yaml', SCENARIOS);
    expect(await titles()).toEqual(['Run', 'Debug', 'Preview', 'Test']);
    expect((await lensesOf(client, uri))[3]?.command).toMatchObject({
      command: COMMANDS.test,
      arguments: [client.uri('tests/order.workflow.test.yaml')],
    });
  });

  it('run and debug each of them with its workflow', async () => {
    const client = await start();
    const path = 'tests/order.workflow.test.yaml';
    const uri = await client.open(path, SCENARIOS);
    const lenses = await lensesOf(client, uri);
    expect(lenses.map(({ command, range }) => [textIn(SCENARIOS, range), command?.title])).toEqual([
      ['../order.workflow.yaml', 'Test'],
      ['it works', 'Run'],
      ['it works', 'Debug'],
      ['it fails', 'Run'],
      ['it fails', 'Debug'],
    ]);
    expect(lenses[0]?.command).toMatchObject({ command: COMMANDS.test, arguments: [uri] });
    expect(lenses[4]?.command).toMatchObject({
      command: COMMANDS.debug,
      arguments: [client.uri('order.workflow.yaml'), { file: join(client.folder, path), name: 'it fails' }],
    });
  });

  it('are none where there is nothing to play', async () => {
    const client = await start();
    const uri = await client.open('a.workflow.test.yaml', 'workflow:\nscenarios:\n');
    expect(await lensesOf(client, uri)).toEqual([]);
  });
});

describe('diagnostics of the whole workspace', () => {
  const BROKEN = 'workflow: broken\nstates: { a: { call: log, with: { message: x }, next: nowhere } }\n';
  const FINE = BROKEN.replace('nowhere', 'end');
  const told = (client: TestClient): Promise<PublishDiagnosticsParams> =>
    client.next('textDocument/publishDiagnostics');
  const codes = ({ diagnostics }: PublishDiagnosticsParams): unknown[] => diagnostics.map(({ code }) => code);

  it('are told where the settings ask for them, follow the disk, and are taken back', async () => {
    const client = await start({ files: { 'broken.workflow.yaml': BROKEN } });
    const uri = client.uri('broken.workflow.yaml');
    const first = told(client);
    await configure(client, { diagnostics: { workspace: true } });
    expect((await first).uri).toBe(uri);
    expect(codes(await first)).toContain('unknown-state');

    const mended = told(client);
    client.write('broken.workflow.yaml', FINE);
    await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri, type: 2 }] });
    expect(codes(await mended)).not.toContain('unknown-state');

    const back = told(client);
    await configure(client, {});
    expect(await back).toEqual({ uri, diagnostics: [] });
  });

  it('go over to the document when it is opened by a client that pulls', async () => {
    const capabilities = { textDocument: { diagnostic: {} } };
    const client = await start({ capabilities, files: { 'broken.workflow.yaml': BROKEN } });
    const uri = client.uri('broken.workflow.yaml');
    const first = told(client);
    await configure(client, { diagnostics: { workspace: true } });
    expect(codes(await first)).toContain('unknown-state');
    const back = told(client);
    await client.open('broken.workflow.yaml', BROKEN);
    expect(await back).toEqual({ uri, diagnostics: [] });
    const report = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri } });
    expect(JSON.stringify(report)).toContain('unknown-state');
    const again = told(client);
    await client.notify('textDocument/didClose', { textDocument: { uri } });
    expect(codes(await again)).toContain('unknown-state');
  });
});
