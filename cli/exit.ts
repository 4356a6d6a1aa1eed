/** The exit statuses of every command, and the one kind of error that a command ends with on purpose. */
export { EXIT_FAULT, exitOf } from '../runner/exit-codes.ts';

/** What was given was wrong: an invalid workflow, an input that does not fit, a run that does not exist. */
export const EXIT_INPUT = 1;
/** The command line was wrong. */
export const EXIT_USAGE = 2;

/** Ends a command: `message` is one sentence for standard error, `status` the exit status. */
export class CommandError extends Error {
  readonly status: number;
  constructor(message: string, status: number = EXIT_INPUT) {
    super(message);
    this.name = 'CommandError';
    this.status = status;
  }
}
