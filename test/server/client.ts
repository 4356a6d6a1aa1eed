/**
 * A client of the language server for tests: the real server on an in-memory pair of connections, in the same process.
 *
 * 1. Every message that the server sends is held against the protocol's definition; `close` throws what did not fit.
 * 2. Nothing here waits for a time: what is awaited is a message.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import {
  createConnection,
  createMessageConnection,
  Message,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type InitializeResult,
  type MessageConnection,
  type PublishDiagnosticsParams,
} from 'vscode-languageserver/node';
import { type History, startServer } from '../../server/main.ts';
import { assertLspMessage } from '../support/protocols/lsp.ts';

export interface TestClient {
  readonly connection: MessageConnection;
  readonly initialized: InitializeResult;
  /** The workspace's folder on disk. */
  readonly folder: string;
  /** The URI of a file of the workspace, by its path in it. */
  uri(path: string): string;
  /** Writes a file of the workspace. */
  write(path: string, text: string): void;
  /** Opens a file as the editor does, with this text; it need not exist on disk. */
  open(path: string, text: string): Promise<string>;
  /** Replaces the text of an open file. */
  replace(path: string, text: string): Promise<void>;
  request<T>(method: string, params: unknown): Promise<T>;
  notify(method: string, params: unknown): Promise<void>;
  /** The diagnostics that the server pushes for the text that the file has now. */
  pushed(path: string): Promise<PublishDiagnosticsParams>;
  /** All diagnostics that the server has pushed for the file, in order. */
  allPushed(path: string): readonly PublishDiagnosticsParams[];
  /** The first diagnostics for this URI that fit, of those that were pushed and those that will be. */
  pushedTo(uri: string, fits: (params: PublishDiagnosticsParams) => boolean): Promise<PublishDiagnosticsParams>;
  /** Resolves when the server has asked this of the client. */
  asked(method: string): Promise<void>;
  /** The next notification of this method, from now on. */
  next<T>(method: string): Promise<T>;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly capabilities?: ClientCapabilities;
  /** Files on disk before the server starts, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further folders of the workspace. */
  readonly moreFolders?: readonly string[];
  /** What the client says of itself beyond the protocol. */
  readonly initializationOptions?: unknown;
  /** What the client's configuration holds under `backstep`. */
  readonly configuration?: unknown;
  /** What the server is told of runs. */
  readonly history?: History;
}

/** What the server asks of a client, besides its configuration. */
const TO_CLIENT = [
  'client/registerCapability',
  'workspace/diagnostic/refresh',
  'workspace/inlayHint/refresh',
  'workspace/codeLens/refresh',
];

/** Starts a server and a client for it, over a new folder, and shakes hands. */
export async function startClient(options: ClientOptions = {}): Promise<TestClient> {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-server-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(options.files ?? {})) write(path, text);

  const toServer = new PassThrough();
  const toClient = new PassThrough();
  startServer(createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)), options.history);

  const misfits: Error[] = [];
  const reader = new StreamMessageReader(toClient);
  const writer = new StreamMessageWriter(toServer);
  checkMessages(reader, writer, misfits);
  const connection = createMessageConnection(reader, writer);

  const published = new Map<string, PublishDiagnosticsParams[]>();
  const waiting = new Set<{ readonly method: string; take(params: unknown): boolean }>();
  connection.onNotification((method: string, params: unknown) => {
    if (method === 'textDocument/publishDiagnostics') {
      const diagnostics = params as PublishDiagnosticsParams;
      published.set(diagnostics.uri, [...(published.get(diagnostics.uri) ?? []), diagnostics]);
    }
    for (const waiter of [...waiting]) {
      if (waiter.method === method && waiter.take(params)) waiting.delete(waiter);
    }
  });
  connection.onRequest('workspace/configuration', (params: { items: unknown[] }) =>
    params.items.map(() => options.configuration ?? null),
  );
  const asked = new Map<string, Promise<void>>();
  for (const method of TO_CLIENT) {
    const one = new Promise<void>((resolve) => {
      connection.onRequest(method, () => {
        resolve();
        return null;
      });
    });
    asked.set(method, one);
  }
  connection.listen();

  const initialized = await connection.sendRequest<InitializeResult>('initialize', {
    processId: null,
    rootUri: pathToFileURL(folder).href,
    capabilities: options.capabilities ?? {},
    initializationOptions: options.initializationOptions,
    workspaceFolders: [folder, ...(options.moreFolders ?? [])].map((path) => {
      return { uri: pathToFileURL(path).href, name: basename(path) };
    }),
  });
  await connection.sendNotification('initialized', {});

  const nextPushed = (
    wanted: string,
    fits: (params: PublishDiagnosticsParams) => boolean,
  ): Promise<PublishDiagnosticsParams> =>
    new Promise((resolve) => {
      waiting.add({
        method: 'textDocument/publishDiagnostics',
        take: (params) => {
          const diagnostics = params as PublishDiagnosticsParams;
          if (diagnostics.uri !== wanted || !fits(diagnostics)) return false;
          resolve(diagnostics);
          return true;
        },
      });
    });

  const versions = new Map<string, number>();
  const uri = (path: string): string => pathToFileURL(join(folder, path)).href;
  return {
    connection,
    initialized,
    folder,
    uri,
    write,
    open: async (path, text) => {
      versions.set(uri(path), 1);
      await connection.sendNotification('textDocument/didOpen', {
        textDocument: { uri: uri(path), languageId: 'backstep', version: 1, text },
      });
      return uri(path);
    },
    replace: async (path, text) => {
      const version = (versions.get(uri(path)) ?? 0) + 1;
      versions.set(uri(path), version);
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri: uri(path), version },
        contentChanges: [{ text }],
      });
    },
    request: (method, params) => connection.sendRequest(method, params),
    notify: (method, params) => connection.sendNotification(method, params),
    pushed: (path) => {
      const version = versions.get(uri(path));
      const known = published.get(uri(path))?.at(-1);
      return known !== undefined && known.version === version
        ? Promise.resolve(known)
        : nextPushed(uri(path), (pushed) => pushed.version === version);
    },
    allPushed: (path) => published.get(uri(path)) ?? [],
    pushedTo: (wanted, fits) => {
      const known = published.get(wanted)?.find(fits);
      return known === undefined ? nextPushed(wanted, fits) : Promise.resolve(known);
    },
    asked: (method) => asked.get(method) ?? Promise.reject(new Error(`Nobody asks a client for ${method}.`)),
    next: <T>(method: string) =>
      new Promise<T>((resolve) => {
        waiting.add({
          method,
          take: (params) => {
            resolve(params as T);
            return true;
          },
        });
      }),
    close: async () => {
      await connection.sendRequest('shutdown');
      connection.dispose();
      rmSync(folder, { recursive: true, force: true });
      if (misfits[0] !== undefined) throw misfits[0];
    },
  };
}

/** Holds what the reader reads against the protocol; the writer tells which request an answer belongs to. */
function checkMessages(reader: StreamMessageReader, writer: StreamMessageWriter, misfits: Error[]): void {
  const methods = new Map<string | number, string>();
  const write = writer.write.bind(writer);
  writer.write = (message) => {
    if (Message.isRequest(message) && message.id !== null) methods.set(message.id, message.method);
    return write(message);
  };
  const listen = reader.listen.bind(reader);
  reader.listen = (callback) =>
    listen((message) => {
      try {
        checkMessage(message, methods);
      } catch (error) {
        misfits.push(error instanceof Error ? error : new Error(String(error)));
      }
      callback(message);
    });
}

function checkMessage(message: Message, methods: Map<string | number, string>): void {
  if (Message.isRequest(message) || Message.isNotification(message)) {
    assertLspMessage(message.method, 'params', message.params);
    return;
  }
  if (!Message.isResponse(message) || message.id === null) return;
  const method = methods.get(message.id);
  methods.delete(message.id);
  if (method === undefined) throw new Error(`An answer to no request: ${JSON.stringify(message)}`);
  if (message.error === undefined) assertLspMessage(method, 'result', message.result);
  else if (!Number.isInteger(message.error.code) || message.error.message === '') {
    throw new Error(`An error without a code or a message: ${JSON.stringify(message)}`);
  }
}
