/** `backstep skip RUN STATE` and `backstep resolve RUN STATE`: a person's word on a compensation that failed. */
import { actorOf, sayAndDrive } from '../runs/words.ts';
import type { RetryOptions } from './retry.ts';

/** Settles what `state` left, and goes on with the run; gives the exit status. */
export function settle(how: 'skip' | 'resolve', run: string, state: string, options: RetryOptions): Promise<number> {
  return sayAndDrive(run, { type: how, by: actorOf(options), state }, options, `backstep ${how}`);
}
