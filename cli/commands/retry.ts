/** `backstep retry RUN [STATE]`: lets a suspended run try again what it could not do. */
import type { DrivingOptions } from '../runs/driving.ts';
import type { JournalOption } from '../runs/journals.ts';
import { actorOf, sayAndDrive } from '../runs/words.ts';

export interface RetryOptions extends JournalOption, DrivingOptions {
  readonly as?: string | undefined;
}

/** Tries again and goes on with the run; gives the exit status. */
export function retry(run: string, state: string | undefined, options: RetryOptions): Promise<number> {
  const stimulus = { type: 'retry', by: actorOf(options), state: state ?? null } as const;
  return sayAndDrive(run, stimulus, options, 'backstep retry');
}
