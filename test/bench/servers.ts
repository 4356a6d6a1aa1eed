/**
 * Language servers as processes of their own, spoken to over standard input and output, with what they cost. What a
 * process used is read from `/proc`, to the nanosecond and with all of its threads, so this needs Linux.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import {
  createMessageConnection,
  type InitializeResult,
  type MessageConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';

export interface ServerProcess {
  readonly connection: MessageConnection;
  /** Whether the server wants to be told of edits, or of whole texts. */
  readonly sync: TextDocumentSyncKind;
  /** Milliseconds of processor time so far. */
  cpu(): number;
  /** The largest resident memory so far, in MiB. */
  peak(): number;
  /** The next diagnostics that are pushed for `uri`. */
  published(uri: string): Promise<PublishDiagnosticsParams>;
  stop(): Promise<void>;
}

/** Starts `program`, a script for Node, and shakes hands with it. */
export async function startProcess(
  program: string,
  args: readonly string[],
  initialize: { readonly capabilities: object; readonly initializationOptions?: unknown },
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
  const { pid = 0 } = child;
  let isStopped = false;
  const ended = new Promise<void>((resolve) =>
    child.once('exit', (code) => {
      if (!isStopped) throw new Error(`${program} has ended by itself, with status ${String(code)}.`);
      resolve();
    }),
  );
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const waiting = new Set<{ readonly uri: string; take(params: PublishDiagnosticsParams): void }>();
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    for (const waiter of [...waiting]) {
      if (waiter.uri !== params.uri) continue;
      waiting.delete(waiter);
      waiter.take(params);
    }
  });
  // Servers ask for settings, for registrations, for files: none of that changes what is measured.
  connection.onRequest('workspace/configuration', ({ items }: { readonly items: readonly unknown[] }) =>
    items.map(() => null),
  );
  connection.onRequest((): null => null);
  connection.listen();
  const { capabilities } = await connection.sendRequest<InitializeResult>('initialize', {
    processId: process.pid,
    rootUri: null,
    ...initialize,
  });
  await connection.sendNotification('initialized', {});
  const { textDocumentSync } = capabilities;
  const sync = typeof textDocumentSync === 'object' ? textDocumentSync.change : textDocumentSync;
  return {
    connection,
    sync: sync ?? TextDocumentSyncKind.None,
    cpu: () => {
      const tasks = readdirSync(`/proc/${pid}/task`);
      const used = tasks.map((task) =>
        Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]),
      );
      return used.reduce((sum, one) => sum + one, 0) / 1e6;
    },
    peak: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
    published: (uri) => new Promise((take) => waiting.add({ uri, take })),
    stop: async () => {
      isStopped = true;
      connection.dispose();
      child.kill();
      await ended;
    },
  };
}
