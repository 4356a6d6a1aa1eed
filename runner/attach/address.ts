/**
 * Where a process that drives runs lets debuggers of the same user attach: a socket in a folder that only the user may
 * enter, or a named pipe on Windows. Never a port.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Bytes of the longest path of a socket that every system takes (104 with the closing zero on macOS). */
const LONGEST = 100;

const NAME = /^(\d+)-[0-9a-f]+\.sock$/;

/** An address that nobody has yet; null where there is no place for one. What dead processes left is cleared away. */
export function freeAddress(): string | null {
  const name = `${process.pid}-${randomBytes(6).toString('hex')}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\backstep-${name}`;
  for (const parent of [tmpdir(), '/tmp']) {
    const folder = join(parent, `backstep-${process.getuid?.() ?? 0}`);
    const path = join(folder, `${name}.sock`);
    if (Buffer.byteLength(path) > LONGEST) continue;
    try {
      if (!isOurs(folder)) continue;
      sweep(folder);
      return path;
    } catch {
      // A folder that cannot be had is none, whatever the reason.
    }
  }
  return null;
}

/** Makes the folder if there is none; whether it is the user's own, and nobody else may enter it. */
function isOurs(folder: string): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) return false;
  if ((found.mode & 0o077) !== 0) chmodSync(folder, 0o700);
  return true;
}

/** Removes the sockets of processes that are no more. */
function sweep(folder: string): void {
  for (const file of readdirSync(folder)) {
    const pid = NAME.exec(file)?.[1];
    if (pid !== undefined && isGone(Number(pid))) remove(join(folder, file));
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    // Another process may have swept at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
