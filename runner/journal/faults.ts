/** Turns what SQLite and the file system throw into the journal's own errors, each a sentence that says what to do. */
import { accessSync, constants, existsSync, readFileSync, statSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { JournalError } from './journal.ts';

// SQLite's primary result codes (https://sqlite.org/rescode.html); the low byte of an extended code is its primary one.
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/** A disk with less room than this is full for a journal, whatever the failing call said. */
const LEAST_ROOM = 64 * 1024;

/** `error` as a JournalError that names `file`; an error that is one already stays as it is. */
export function journalError(error: unknown, file: string): JournalError {
  if (error instanceof JournalError) return error;
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  const detail = message ?? String(error);
  switch (code === 'ERR_SQLITE_ERROR' && errcode !== undefined ? errcode & 0xff : code) {
    case FULL:
    case 'ENOSPC':
    case 'EDQUOT':
      return full(file);
    case READ_ONLY:
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return readOnly(file, detail);
    case BUSY:
    case LOCKED:
      return new JournalError(
        'journal-busy',
        `The journal ${file} is locked by another process that does not let go of it. Nothing more was kept, and a run stands at its last record; end that process or wait for it, then try again or resume.`,
      );
    case CORRUPT:
      return damaged(file, detail);
    case NOT_A_DATABASE:
      return new JournalError(
        'journal-damaged',
        `${file} is not a journal of Backstep: ${detail}. Move the file away, or name another with --journal.`,
      );
    case IO_ERROR:
    case CANNOT_OPEN:
      if (isFull(file)) return full(file);
      if (isAtLimit(file)) return limited(file);
      // SQLite needs its folder, too, for the files beside the journal.
      if (!isWritable(file)) return readOnly(file, detail);
      return unreadable(file, detail);
    default:
      return unreadable(file, detail);
  }
}

/** The error for a journal whose content is not what was written. */
export function damaged(file: string, what: string): JournalError {
  return new JournalError(
    'journal-damaged',
    `The journal ${file} is damaged: ${what}. Nothing was changed; restore the file from a copy, or move it away.`,
  );
}

function full(file: string): JournalError {
  return new JournalError(
    'journal-full',
    `The disk of the journal ${file} is full. Nothing more was kept, and a run stands at its last record; make room, then resume it.`,
  );
}

function limited(file: string): JournalError {
  return new JournalError(
    'journal-full',
    `The journal ${file} may not grow: this process may not make a file larger. Nothing more was kept, and a run stands at its last record; raise the limit, then resume it.`,
  );
}

function readOnly(file: string, detail: string): JournalError {
  return new JournalError(
    'journal-read-only',
    `The journal ${file} cannot be written: ${detail}. Make the file and its folder writable, or name another with --journal.`,
  );
}

function unreadable(file: string, detail: string): JournalError {
  return new JournalError('journal-unreadable', `The journal ${file} cannot be used: ${detail}.`);
}

/** Whether the user may write the journal, or make it where it is not there yet. */
function isWritable(file: string): boolean {
  try {
    accessSync(dirname(file), constants.W_OK);
    if (existsSync(file)) accessSync(file, constants.W_OK);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS';
  }
}

/** Whether a file of the journal is as large as the process may make one (`ulimit -f`), which Linux tells. */
function isAtLimit(file: string): boolean {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const limit = Number(/^Max file size\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
    return [file, `${file}-wal`].some((each) => {
      const size = statSync(each, { throwIfNoEntry: false })?.size ?? 0;
      return size + LEAST_ROOM > limit;
    });
  } catch {
    return false; // Without /proc nothing is known of it.
  }
}

function isFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < LEAST_ROOM;
  } catch {
    return false; // The folder itself is gone or hidden: then the disk's room is not the fault.
  }
}
