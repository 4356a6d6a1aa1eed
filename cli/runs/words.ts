/** What a person says to a run, and whether the run could take it as it stands in the journal. */
import { userInfo } from 'node:os';
import { refusalNow, refusedInLine } from '../../runner/fate.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { ENDED } from '../../runner/machine/index.ts';
import type { Actor, StimulusBody } from '../../runner/machine/index.ts';
import { CommandError, EXIT_USAGE } from '../exit.ts';
import { driveRun, type DrivingOptions } from './driving.ts';
import { withRun, type JournalOption } from './journals.ts';
import { readRun, type RecordedRun } from './recorded.ts';

/** `--as`, or the name of the user. Raises a CommandError when `--as` is empty. */
export function actorOf({ as }: { readonly as?: string | undefined }): Actor {
  if (as?.trim() === '') throw new CommandError('--as names nobody.', EXIT_USAGE);
  if (as !== undefined) return { name: as };
  try {
    return { name: userInfo().username };
  } catch {
    // A user without an entry in the system's list has only a number.
    return { name: process.env['USER'] ?? 'somebody' };
  }
}

/**
 * Says `stimulus` to a run and goes on with it: drives it, or watches the process that does. Gives the exit status.
 * Raises a CommandError when the run cannot take it.
 */
export function sayAndDrive(
  run: string,
  stimulus: StimulusBody,
  options: JournalOption & DrivingOptions,
  holder: string,
): Promise<number> {
  return withRun(options, run, async (opened, summary) => {
    if (ENDED.has(summary.status)) throw new CommandError(`The run ${run} has ended: it is ${summary.status}.`);
    const recorded = readRun(opened.journal, summary);
    await deliverInbox(recorded, opened.journal);
    await checkStimulus(recorded, stimulus);
    return driveRun(opened, options, { what: { run }, holder, say: stimulus, follow: true });
  });
}

/** Raises a CommandError with the reason when the run, as it stands, cannot take `stimulus`. */
export async function checkStimulus(recorded: RecordedRun, stimulus: StimulusBody): Promise<void> {
  const refused = await refusalNow(recorded, stimulus);
  if (refused !== null) throw new CommandError(refused);
}

/** Brings the recorded state to where it will be once the words that wait for the run are delivered. */
export async function deliverInbox(recorded: RecordedRun, journal: Journal): Promise<void> {
  await refusedInLine(recorded, journal, null);
}
