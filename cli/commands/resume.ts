/** `backstep resume [RUN]`: takes up runs that a crash or a stop left. */
import { leftRuns } from '../../runner/left.ts';
import { CommandError } from '../exit.ts';
import { driveAll } from '../runs/driving-all.ts';
import { driveRun, type DrivingOptions } from '../runs/driving.ts';
import { journalFile, openExistingJournal, withRun, type JournalOption } from '../runs/journals.ts';
import { complain } from '../terminal.ts';

export interface ResumeOptions extends JournalOption, DrivingOptions {
  readonly all?: boolean | undefined;
}

const HOLDER = 'backstep resume';

/** Takes up the run, the only one that was left, or all of them; gives the exit status. */
export async function resume(run: string | undefined, options: ResumeOptions): Promise<number> {
  if (run !== undefined && options.all !== true)
    return withRun(options, run, (opened) => driveRun(opened, options, requestFor(run)));
  const opened = openExistingJournal(options);
  if (opened === null) return nothingLeft(journalFile(options));
  try {
    const left = leftRuns(opened.journal, Date.now()).map((each) => each.run);
    const wanted = left.filter((each) => run === undefined || each === run);
    const [only, ...others] = wanted;
    if (only === undefined) return nothingLeft(opened.file);
    if (options.all === true) return await driveAll(opened, options, wanted, HOLDER);
    if (others.length === 0) return await driveRun(opened, options, requestFor(only));
    throw new CommandError(
      `${wanted.length} runs were left: ${wanted.join(', ')}. Name one of them, or take up --all.`,
    );
  } finally {
    opened.journal.close();
  }
}

function requestFor(run: string) {
  return { what: { run }, holder: HOLDER, follow: false } as const;
}

function nothingLeft(file: string): number {
  complain(`No run was left in ${file}.`);
  return 0;
}
