/** `backstep cancel RUN`: stops a run and undoes what it did. */
import type { DrivingOptions } from '../runs/driving.ts';
import type { JournalOption } from '../runs/journals.ts';
import { actorOf, sayAndDrive } from '../runs/words.ts';

export interface CancelOptions extends JournalOption, DrivingOptions {
  readonly compensate: boolean;
  readonly force?: boolean | undefined;
  readonly as?: string | undefined;
}

/** Cancels the run and brings it to its end; gives the exit status. */
export function cancel(run: string, options: CancelOptions): Promise<number> {
  const { compensate, force = false } = options;
  const stimulus = { type: 'cancel', by: actorOf(options), compensate, force } as const;
  return sayAndDrive(run, stimulus, options, 'backstep cancel');
}
