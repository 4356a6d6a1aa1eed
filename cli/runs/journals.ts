/** Finding the journal and the runs in it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { JournalError } from '../../runner/journal/journal.ts';
import type { Journal, RunSummary } from '../../runner/journal/journal.ts';
import { locateJournal } from '../../runner/journal/locate.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { CommandError } from '../exit.ts';

export interface JournalOption {
  /** `--journal`: the file; by default it is looked for from the current folder upwards. */
  readonly journal?: string;
}

export interface OpenedJournal {
  readonly journal: Journal;
  readonly file: string;
}

/** The journal's file; `start` is the file or the folder from where it is looked for. */
export function journalFile(options: JournalOption, start = process.cwd()): string {
  return options.journal === undefined ? locateJournal(start) : resolve(options.journal);
}

/** Opens the journal for `start` and creates it if there is none. Raises a JournalError. */
export function openJournalFor(options: JournalOption, start?: string): OpenedJournal {
  const file = journalFile(options, start);
  return { journal: openJournal(file), file };
}

/** Opens a journal that exists; null when there is none yet. Raises a JournalError. */
export function openExistingJournal(options: JournalOption): OpenedJournal | null {
  const file = journalFile(options);
  return existsSync(file) ? { journal: openJournal(file), file } : null;
}

/** Opens a journal that exists to look into it, also one that may not be written; null when there is none yet. */
export function openToLook(options: JournalOption): OpenedJournal | null {
  try {
    return openExistingJournal(options);
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'journal-read-only') throw error;
    const file = journalFile(options);
    return { journal: openJournal(file, { readOnly: true }), file };
  }
}

/** As `withRun`, for those who only look: it is no matter whether the journal may be written. */
export function lookAtRun<T>(
  options: JournalOption,
  run: string,
  work: (opened: OpenedJournal, summary: RunSummary) => Promise<T> | T,
): Promise<T> {
  return withRun(options, run, work, openToLook);
}

/**
 * Does `work` with the journal of a run that exists, and closes the journal. Raises a CommandError when there is no such
 * run, and a JournalError.
 */
export async function withRun<T>(
  options: JournalOption,
  run: string,
  work: (opened: OpenedJournal, summary: RunSummary) => Promise<T> | T,
  open = openExistingJournal,
): Promise<T> {
  const opened = open(options);
  if (opened === null) {
    throw new CommandError(
      `There is no run ${run}: no journal is at ${journalFile(options)}. Name one with --journal.`,
    );
  }
  try {
    const summary = opened.journal.summary(run);
    if (summary === null) {
      throw new CommandError(`There is no run ${run} in ${opened.file}. "backstep runs" lists those that are there.`);
    }
    return await work(opened, summary);
  } finally {
    opened.journal.close();
  }
}
