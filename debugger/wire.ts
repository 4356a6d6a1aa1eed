/**
 * The wire: messages of the Debug Adapter Protocol on a pair of streams, each behind a `Content-Length` header.
 *
 * 1. Whatever arrives, the reader goes on: bytes that are no header are skipped up to the next one, a body that is not a
 *    JSON object is reported once and dropped, and a header that stands inside such a body is read as the next message.
 * 2. Memory is bounded: a header of more than 16 KiB or a body announced with more than 64 MiB counts as garbage.
 * 3. Nothing throws at the sender: when the other side is gone, what is written is lost and `closed` is told once.
 */
import type { Readable, Writable } from 'node:stream';

/** A message as it came, before anything of it is believed. */
export type Incoming = Readonly<Record<string, unknown>>;

export interface WireEvents {
  message(message: Incoming): void;
  /** Bytes were dropped; the sentence says why. */
  garbage(sentence: string): void;
  /** The other side closed, or the stream broke. Told once. */
  closed(): void;
}

export interface Wire {
  send(message: object): void;
}

const HEADER_LIMIT = 16 * 1024;
const BODY_LIMIT = 64 * 1024 * 1024;
const HEADER = /Content-Length:[ \t]*(\d{1,12})[ \t]*(?:\r\n[^\r\n]*)*$/i;
const HEADER_START = 'Content-Length:';
const END_OF_HEADER = Buffer.from('\r\n\r\n');

/** Reads messages from `input` and writes to `output` until either ends. */
export function openWire(input: Readable, output: Writable, events: WireEvents): Wire {
  const reader = createReader(events);
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    events.closed();
  };
  input.on('data', (chunk: Buffer | string) => reader(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  input.on('end', close);
  input.on('close', close);
  input.on('error', close);
  output.on('error', close);
  return {
    send(message) {
      if (!open || output.destroyed) return;
      const body = Buffer.from(JSON.stringify(message), 'utf8');
      output.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`, 'ascii'), body]));
    },
  };
}

/** A function to be given the bytes as they come. Exported for the tests of its robustness. */
export function createReader(events: Pick<WireEvents, 'message' | 'garbage'>): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let held = 0;
  /** Length of the body that is awaited, or null while a header is. */
  let awaited: number | null = null;

  const joined = (): Buffer => {
    const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    chunks = [all];
    return all;
  };
  const keep = (rest: Buffer): void => {
    chunks = rest.length > 0 ? [rest] : [];
    held = rest.length;
  };

  /** Reads one header or body; false when more bytes are needed. */
  const readOne = (): boolean => {
    if (awaited !== null) {
      if (held < awaited) return false;
      const all = joined();
      const body = all.subarray(0, awaited);
      const rest = all.subarray(awaited);
      awaited = null;
      const message = parse(body);
      if (message !== null) {
        keep(rest);
        events.message(message);
        return true;
      }
      // A wrong length may have swallowed the beginning of the next message.
      const next = body.indexOf(HEADER_START);
      keep(next < 0 ? rest : all.subarray(next));
      events.garbage('A message that is not a JSON object was dropped.');
      return true;
    }
    const all = joined();
    const end = all.indexOf(END_OF_HEADER);
    if (end < 0) {
      if (held > HEADER_LIMIT) {
        const next = all.lastIndexOf(HEADER_START);
        keep(next > 0 && held - next <= HEADER_LIMIT ? all.subarray(next) : all.subarray(held - END_OF_HEADER.length));
        events.garbage('Bytes without a Content-Length header were dropped.');
      }
      return false;
    }
    const length = Number(HEADER.exec(all.toString('latin1', Math.max(0, end - HEADER_LIMIT), end))?.[1] ?? NaN);
    keep(all.subarray(end + END_OF_HEADER.length));
    if (length <= BODY_LIMIT) awaited = length;
    else events.garbage('A header without a usable Content-Length was dropped.');
    return true;
  };

  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    while (held >= (awaited ?? 1) && readOne()) {
      // Goes on while whole headers or bodies are there.
    }
  };
}

function parse(body: Buffer): Incoming | null {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Incoming) : null;
  } catch {
    return null;
  }
}
