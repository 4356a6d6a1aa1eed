/**
 * The store for uploaded files, in `UPLOADS` or uploads/ beside the workflow, and the job that reads them.
 *
 * inbox/ID is what was received under an id, files/ID what is published of it. A file comes into its place by renaming, so
 * that nobody ever sees half of one. Every operation may be repeated.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

export const FOLDER = process.env['UPLOADS'] ?? join(import.meta.dirname, 'uploads');

export interface Upload {
  /** The id under which the file was received. */
  readonly id: string;
}

interface Context {
  readonly signal: AbortSignal;
  heartbeat(): void;
  log(...values: readonly unknown[]): void;
}

/** A line takes the job so long, as if there were more to do than to count. */
const MS_PER_LINE = Number(process.env['MS_PER_LINE'] ?? 0);

/** Checks what was received. Raises `upload.missing` and `upload.empty`. */
export async function receive({ id }: Upload): Promise<{ bytes: number; sha256: string }> {
  const file = inboxOf(id);
  if (!existsSync(file)) throw raised('upload.missing', `There is no upload ${id}.`);
  const { size } = statSync(file);
  if (size === 0) throw raised('upload.empty', `The upload ${id} is empty.`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { bytes: size, sha256: hash.digest('hex') };
}

/** The job: counts words line by line, and says all the while that it is still at work. Raises `upload.binary`. */
export async function count({ id }: Upload, { heartbeat, log, signal }: Context): Promise<{ words: number }> {
  let words = 0;
  let lines = 0;
  for await (const line of createInterface({ input: createReadStream(inboxOf(id)), crlfDelay: Infinity })) {
    signal.throwIfAborted();
    if (line.includes('\0')) throw raised('upload.binary', 'It is no text.');
    words += line.split(/\s+/).filter((word) => word !== '').length;
    lines += 1;
    heartbeat();
    if (lines % 1000 === 0) log(`${lines} lines`);
    if (MS_PER_LINE > 0) await pause(MS_PER_LINE, undefined, { signal });
  }
  return { words };
}

/** Puts the file, and what is known of it, where others see it. */
export function publish({ id, name, about }: Upload & { readonly name: string; readonly about: unknown }): null {
  const place = publishedOf(id);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'about.json'), `${JSON.stringify(about, null, 2)}\n`);
  // The second time it is there already.
  if (existsSync(inboxOf(id))) renameSync(inboxOf(id), join(place, `file-${encodeURIComponent(name)}`));
  return null;
}

/** Removes what was received, and what is published of it. */
export function remove({ id }: Upload): null {
  for (const place of [inboxOf(id), publishedOf(id)]) rmSync(place, { recursive: true, force: true });
  return null;
}

/** Where an upload is received. Raises `upload.missing` for an id that would lead out of the folder. */
export function inboxOf(id: string, folder = FOLDER): string {
  return join(folder, 'inbox', safe(id));
}

/** Where it is published. */
export function publishedOf(id: string, folder = FOLDER): string {
  return join(folder, 'files', safe(id));
}

function safe(id: string): string {
  if (!/^[\w-]+$/.test(id)) throw raised('upload.missing', `“${id}” is no id of an upload.`);
  return id;
}

function raised(type: string, message: string): Error {
  return Object.assign(new Error(message), { type });
}
