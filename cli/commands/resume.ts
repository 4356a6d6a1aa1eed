/** `backstep resume [RUN]`: takes up runs that a crash or a stop left. */
import type { Journal, RunSummary } from '../../runner/journal/journal.ts';
import { ENDED } from '../../runner/machine/index.ts';
import { CommandError } from '../exit.ts';
import { driveRun, type DrivingOptions } from '../runs/driving.ts';
import { journalFile, openExistingJournal, withRun, type JournalOption, type OpenedJournal } from '../runs/journals.ts';
import { complain } from '../terminal.ts';

export interface ResumeOptions extends JournalOption, DrivingOptions {
  readonly all?: boolean | undefined;
}

const HOLDER = 'backstep resume';

/** Takes up the run, the only one that was left, or all of them; gives the exit status. */
export async function resume(run: string | undefined, options: ResumeOptions): Promise<number> {
  if (run !== undefined && options.all !== true) {
    return withRun(options, run, (opened) => driveRun(opened, options, requestFor(run)));
  }
  const opened = openExistingJournal(options);
  if (opened === null) return nothingLeft(journalFile(options));
  try {
    const left = leftRuns(opened.journal).filter((each) => run === undefined || each.run === run);
    if (left.length > 1 && options.all !== true) {
      const names = left.map((each) => each.run).join(', ');
      throw new CommandError(`${left.length} runs were left: ${names}. Name one of them, or take up --all.`);
    }
    return left.length === 0 ? nothingLeft(opened.file) : await resumeEach(opened, left, options);
  } finally {
    opened.journal.close();
  }
}

/** One after the other; the exit status is that of the first that did not complete. */
async function resumeEach(opened: OpenedJournal, left: readonly RunSummary[], options: ResumeOptions): Promise<number> {
  let status = 0;
  for (const { run } of left) {
    const ended = await driveRun(opened, options, requestFor(run));
    if (status === 0) status = ended;
    // A signal means all of them.
    if (ended > 128) return ended;
  }
  return status;
}

function requestFor(run: string) {
  return { what: { run }, holder: HOLDER, follow: false } as const;
}

/** Unfinished runs that nobody drives, and whose parent does not drive them; suspended ones wait for a person. */
function leftRuns(journal: Journal): readonly RunSummary[] {
  const unfinished = journal.list().filter(({ status }) => !ENDED.has(status) && status !== 'suspended');
  const ids = new Set(unfinished.map(({ run }) => run));
  return unfinished.filter(({ run, parent }) => (parent === null || !ids.has(parent)) && journal.holder(run) === null);
}

function nothingLeft(file: string): number {
  complain(`No run was left in ${file}.`);
  return 0;
}
