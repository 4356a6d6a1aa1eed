import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createProtocolConnection,
  type InitializeResult,
  IPCMessageReader,
  IPCMessageWriter,
  type PublishDiagnosticsParams,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { assertLspMessage } from '../support/protocols/lsp.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUNDLE = join(ROOT, 'dist/server.js');

/** The bundle, which is what users run, as long as it is no older than the sources; else the sources. */
const PROGRAM =
  changedAt(BUNDLE) > newest(...['cli', 'language', 'runner', 'server'].map((folder) => join(ROOT, folder)))
    ? BUNDLE
    : join(ROOT, 'cli/language-server.ts');

function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(...folders: string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  );
  return Math.max(...files.map(changedAt));
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function connect(transport: 'stdio' | 'ipc'): {
  readonly connection: ProtocolConnection;
  readonly ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, [PROGRAM, transport === 'stdio' ? '--stdio' : '--node-ipc'], {
    stdio: transport === 'stdio' ? ['pipe', 'pipe', 'inherit'] : ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  if (transport === 'ipc') {
    return { connection: createProtocolConnection(new IPCMessageReader(child), new IPCMessageWriter(child)), ended };
  }
  if (child.stdout === null || child.stdin === null) throw new Error('The server has no streams.');
  const reader = new StreamMessageReader(child.stdout);
  return { connection: createProtocolConnection(reader, new StreamMessageWriter(child.stdin)), ended };
}

describe.each(['stdio', 'ipc'] as const)('the server as a process, over %s', (transport) => {
  it('shakes hands, finds what is wrong, and ends when it is told to', async () => {
    const { connection, ended } = connect(transport);
    const published = new Promise<PublishDiagnosticsParams>((resolve) =>
      connection.onNotification('textDocument/publishDiagnostics', resolve),
    );
    connection.listen();
    const initialized = await connection.sendRequest<InitializeResult>('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
    });
    assertLspMessage('initialize', 'result', initialized);
    await connection.sendNotification('initialized', {});
    await connection.sendNotification('textDocument/didOpen', {
      textDocument: {
        uri: 'file:///nowhere/a.workflow.yaml',
        languageId: 'backstep',
        version: 1,
        text: 'workflow: a\nstates:\n  one: { call: log, with: { message: x }, next: tow }\n  two: { call: log, with: { message: x }, next: end }\n',
      },
    });
    const diagnostics = await published;
    assertLspMessage('textDocument/publishDiagnostics', 'params', diagnostics);
    expect(diagnostics.diagnostics.map(({ code }) => code)).toContain('unknown-state');
    await connection.sendRequest('shutdown');
    await connection.sendNotification('exit');
    expect(await ended).toBe(0);
  });
});

describe('the server over stdio', () => {
  it('answers everything that was asked before its input ended', async () => {
    const child = spawn(process.execPath, [PROGRAM, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const uri = 'file:///nowhere/a.workflow.yaml';
    const text = 'workflow: a\nstates:\n  one: { set: {}, next: end }\n';
    const messages = [
      { id: 1, method: 'initialize', params: { processId: process.pid, rootUri: null, capabilities: {} } },
      { method: 'initialized', params: {} },
      { method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'backstep', version: 1, text } } },
      { id: 2, method: 'textDocument/codeLens', params: { textDocument: { uri } } },
      { id: 3, method: 'shutdown' },
    ];
    for (const message of messages) {
      const body = JSON.stringify({ jsonrpc: '2.0', ...message });
      child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    }
    child.stdin.end();
    expect(await ended).toBe(0);
    expect(output).toContain('"title":"Debug"');
    expect(output).toContain('"id":3,"result":null');
  });
});
