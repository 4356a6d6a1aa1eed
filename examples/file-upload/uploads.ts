/** A store for uploaded files, a job that counts their words in the background, and a mailbox for notifications. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const FOLDER = process.env['UPLOADS'] ?? join(import.meta.dirname, 'uploads');

interface Stored {
  readonly name: string;
}

interface Context {
  readonly signal: AbortSignal;
  heartbeat(): void;
}

/** Keeps a file under its name. Raises `upload.empty` for one without content. */
export function store({ name, content }: Stored & { readonly content: string }): { name: string; bytes: number } {
  if (content === '') throw Object.assign(new Error(`${name} is empty.`), { type: 'upload.empty' });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(pathOf(name), content);
  return { name, bytes: Buffer.byteLength(content) };
}

/** Removes a file and what was made of it. */
export function remove({ name }: Stored): null {
  for (const path of [pathOf(name), `${pathOf(name)}.words`]) rmSync(path, { force: true });
  return null;
}

/** The job: counts words line by line and says after each line that it still works. Raises `upload.binary`. */
export async function count({ name }: Stored, { heartbeat, signal }: Context): Promise<{ words: number }> {
  let words = 0;
  for (const line of readFileSync(pathOf(name), 'utf8').split('\n')) {
    signal.throwIfAborted();
    if (line.includes('\0')) throw Object.assign(new Error(`${name} is no text.`), { type: 'upload.binary' });
    words += line.split(/\s+/).filter((word) => word !== '').length;
    heartbeat();
    await pause(1);
  }
  writeFileSync(`${pathOf(name)}.words`, String(words));
  return { words };
}

/** Puts a line into the mailbox, once for each text. */
export function notify({ to, text }: { readonly to: string; readonly text: string }): null {
  const mailbox = join(FOLDER, 'mailbox.txt');
  const line = `${to}: ${text}\n`;
  mkdirSync(FOLDER, { recursive: true });
  const known = existsSync(mailbox) ? readFileSync(mailbox, 'utf8') : '';
  if (!known.includes(line)) appendFileSync(mailbox, line);
  return null;
}

/** A name with parts of a path would lead out of the folder. */
function pathOf(name: string): string {
  return join(FOLDER, encodeURIComponent(name));
}
