/**
 * A program that types at random in a workflow of 1,000 states, as a client of the real server in the same process, and
 * prints what the heap holds after a collection: after the first edits, and after all of them.
 *   node --expose-gc test/server/typist.ts FIRST ALL
 *
 * 1. What it types is the same in every run.
 * 2. It types a few characters at one place, pauses for the diagnostics, takes them back and pauses again, as people do. Some
 *    places stay as they are while it types elsewhere.
 * 3. Most places are values. At the others anything goes: what is typed there breaks the file more often than not.
 * 4. Where the heap is measured everything was taken back, so it is the same text each time.
 */
import process from 'node:process';
import { PassThrough } from 'node:stream';
import {
  createConnection,
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { startServer } from '../../server/main.ts';
import { PLAN_REQUEST } from '../../server/protocol.ts';
import { workflowOf } from '../bench/texts.ts';
import { randomOf } from '../support/edits.ts';

const STATES = 1_000;
/** Edits at one place without a pause. */
const BURST = 40;
/** Of so many places one is anywhere. */
const ANYWHERE = 16;
/** Of so many places one is left as it is for a while, and at most so many are. */
const LEFT = 10;
const MAX_LEFT = 3;

const LETTERS = ['x', 'total', '1', ' and more', 'é', '🚀', '_2', ' ', 'Z'];
const ANYTHING = [
  '"',
  "'",
  '{',
  '}',
  '\n',
  '\n  ',
  ': ',
  '${ ',
  '- ',
  '\n  new_one:\n    call: log\n',
  '|',
  '\t',
  '# ',
];

/** Behind the first letter of a word that is a value, or that begins an expression. */
const VALUE = /(?<=(?::|\$\{) \w)/;

interface Edit {
  readonly start: number;
  readonly removed: string;
  readonly inserted: string;
}

async function typeAtRandom(first: number, all: number): Promise<void> {
  const toServer = new PassThrough();
  const toClient = new PassThrough();
  startServer(createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient)));
  const connection = createMessageConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  connection.listen();
  const capabilities = { textDocument: { diagnostic: {} } };
  await connection.sendRequest('initialize', { processId: null, rootUri: null, capabilities });
  await connection.sendNotification('initialized', {});

  const dice = randomOf(7);
  const uri = 'file:///nowhere/long.workflow.yaml';
  const original = workflowOf(STATES);
  const document = TextDocument.create(uri, 'backstep', 1, original);
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'backstep', version: 1, text: original },
  });
  let edits = 0;
  const change = async ({ start, removed, inserted }: Edit): Promise<void> => {
    const range = { start: document.positionAt(start), end: document.positionAt(start + removed.length) };
    const version = document.version + 1;
    TextDocument.update(document, [{ range, text: inserted }], version);
    edits++;
    const contentChanges = [{ range, text: inserted }];
    await connection.sendNotification('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
  };
  /** What was typed at each place that is not as it was, in order. */
  const places: Edit[][] = [];
  const takeBack = async (): Promise<void> => {
    for (const { start, removed, inserted } of (places.pop() ?? []).reverse()) {
      await change({ start, removed: inserted, inserted: removed });
    }
  };
  const ask = (method: string, more: object = {}): Promise<unknown> =>
    connection.sendRequest(`textDocument/${method}`, { textDocument: { uri }, ...more });
  let resultId: unknown;
  let at = 0;
  const askAsAnEditor = async (pauses: number): Promise<void> => {
    await ask('diagnostic');
    if (pauses % 5 !== 0) return;
    const position = document.positionAt(at);
    const full = resultId === undefined;
    const tokens = await ask(full ? 'semanticTokens/full' : 'semanticTokens/full/delta', {
      previousResultId: resultId,
    });
    resultId = (tokens as { readonly resultId?: string }).resultId;
    const range = { start: { line: position.line, character: 0 }, end: { line: position.line + 40, character: 0 } };
    await ask('completion', { position });
    await ask('hover', { position });
    await ask('signatureHelp', { position });
    await ask('inlayHint', { range });
    await ask('codeAction', { range, context: { diagnostics: [] } });
    if (pauses % 25 !== 0) return;
    await ask('documentSymbol');
    await ask('foldingRange');
    await ask('codeLens');
    await connection.sendRequest(PLAN_REQUEST, { uri });
  };

  let pauses = 0;
  const typeSomewhere = async (): Promise<void> => {
    const isAnywhere = dice(ANYWHERE) === 0;
    const from = dice(document.getText().length - 100);
    at = isAnywhere ? from : from + (VALUE.exec(document.getText().slice(from))?.index ?? 0);
    const own: Edit[] = [];
    places.push(own);
    for (let key = 0; key < BURST; key++) {
      const next = document.getText().slice(at, at + dice(isAnywhere ? 30 : 2));
      const inserted = isAnywhere ? ANYTHING[dice(ANYTHING.length)] : LETTERS[dice(LETTERS.length)];
      const edit: Edit = { start: at, removed: isAnywhere || /\w/.test(next) ? next : '', inserted: inserted ?? '' };
      own.push(edit);
      await change(edit);
      at += edit.inserted.length;
    }
    await askAsAnEditor(++pauses);
    if (places.length <= MAX_LEFT && dice(LEFT) === 0) return;
    await takeBack();
    await askAsAnEditor(++pauses);
    if (places.length >= MAX_LEFT) await takeBack();
  };

  for (const count of [first, all]) {
    while (edits < count) await typeSomewhere();
    while (places.length > 0) await takeBack();
    if (document.getText() !== original) throw new Error('Something was not taken back.');
    at = original.length >> 1;
    await askAsAnEditor(0);
    process.stdout.write(`${JSON.stringify({ edits, heap: await heap() })}\n`);
  }
  await connection.sendRequest('shutdown');
}

/** Bytes that are held after everything was collected that can be. */
async function heap(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('This needs node --expose-gc.');
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const [first = 0, all = 0] = process.argv.slice(2).map(Number);
await typeAtRandom(first, all);
// Timers of the server that still run keep nobody waiting.
process.exit(0);
