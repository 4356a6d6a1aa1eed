/** JSON that a person gave on the command line or in a file: read, or refused with its line and column. */
import { readFileSync } from 'node:fs';
import { MAX_NESTING, lineIndex, nestsTooDeeply, parseJson, positionAt, type Json } from '../language/index.ts';
import { CommandError } from './exit.ts';

/** The most that is read of one value, in bytes: a record is no place for files. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The value of an option that takes JSON, `@FILE`, or `-` for standard input. `option` names it in messages. Raises a
 * CommandError when it cannot be read or is no JSON.
 */
export async function readJsonOption(option: string, given: string): Promise<Json> {
  if (given === '-') return jsonOf(await standardInput(option), `standard input (${option})`);
  if (given.startsWith('@')) return jsonOf(readText(given.slice(1), option), given.slice(1));
  return jsonOf(given, option);
}

/** The text of a file. Raises a CommandError when it cannot be read; `what` says what it was to be. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new CommandError(unreadable(file, what, error));
  }
}

/** Why a file could not be read, as a sentence. */
export function unreadable(file: string, what: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `There is no file ${file} (${what}).`;
    case 'EISDIR':
      return `${file} is a folder; ${what} takes a file.`;
    case 'EACCES':
    case 'EPERM':
      return `${file} may not be read (${what}); check its rights.`;
    default:
      return `${file} cannot be read (${what}): ${message}.`;
  }
}

function jsonOf(text: string, source: string): Json {
  const value = parsedOrRefused(text, source);
  if (nestsTooDeeply(value)) throw new CommandError(`${source} nests more than ${MAX_NESTING} levels deep.`);
  return value;
}

function parsedOrRefused(text: string, source: string): Json {
  try {
    return parseJson(text);
  } catch {
    const offset = faultIn(text);
    const { line, character } = positionAt(lineIndex(text), offset);
    throw new CommandError(`${source}:${line + 1}:${character + 1}: This is no JSON: ${reasonOf(text, offset)}.`);
  }
}

/**
 * The offset of the first character that makes `text` no JSON, or its length if it only ends too early. V8 does not
 * always say it, so it is searched for: no longer text can be right once its beginning is wrong.
 */
function faultIn(text: string): number {
  let right = 0;
  let wrong = text.length + 1;
  while (wrong - right > 1) {
    const middle = (right + wrong) >> 1;
    if (isWrong(text.slice(0, middle))) wrong = middle;
    else right = middle;
  }
  return wrong - 1;
}

/** Whether no text that begins so can be JSON. */
function isWrong(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return false;
  } catch (error) {
    const message = String(error);
    if (/end of JSON input|Unterminated/.test(message)) return false;
    const found = /at position (\d+)/.exec(message);
    return found === null || Number(found[1]) < beginning.length;
  }
}

function reasonOf(text: string, offset: number): string {
  if (text.trim() === '') return 'it is empty';
  if (offset >= text.length) return 'it ends too early';
  return `${JSON.stringify(String.fromCodePoint(text.codePointAt(offset) ?? 0))} cannot stand here`;
}

async function standardInput(option: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BYTES) throw new CommandError(`Standard input (${option}) is larger than ${MAX_BYTES} bytes.`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
