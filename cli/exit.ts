/** The exit statuses of every command, and the one kind of error that a command ends with on purpose. */
import type { RunStatus } from '../runner/machine/state.ts';

/** What was given was wrong: an invalid workflow, an input that does not fit, a run that does not exist. */
export const EXIT_INPUT = 1;
/** The command line was wrong. */
export const EXIT_USAGE = 2;
/** A fault of Backstep itself. */
export const EXIT_FAULT = 70;

const EXIT_OF_STATUS = {
  completed: 0,
  compensated: 3,
  failed: 4,
  suspended: 5,
  cancelled: 6,
  waiting: 7,
  // A run is left in these only by a signal, which has an exit status of its own.
  running: 7,
  compensating: 7,
} as const satisfies Record<RunStatus, number>;

/** The exit status of `run`, `resume` and their like for a run that was left with `status`. */
export function exitOf(status: RunStatus): number {
  return EXIT_OF_STATUS[status];
}

/** Ends a command: `message` is one sentence for standard error, `status` the exit status. */
export class CommandError extends Error {
  readonly status: number;
  constructor(message: string, status: number = EXIT_INPUT) {
    super(message);
    this.name = 'CommandError';
    this.status = status;
  }
}
