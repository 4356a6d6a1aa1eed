/** Runs one command line and turns whatever comes of it into an exit status. */
import { CommanderError } from 'commander';
import { CommandError, EXIT_FAULT, EXIT_INPUT, EXIT_USAGE } from './exit.ts';
import { createProgram } from './program.ts';
import { complain, oneLine, paintError } from './terminal.ts';

/**
 * Runs the command that `argv` (without the program's name) asks for and gives the exit status. Raises nothing: a fault
 * is one sentence on standard error. With `BACKSTEP_DEBUG` set, faults of Backstep itself show where they arose.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // A reader that goes away (`| head`) ends the output, not the run.
  process.stdout.on('error', ignoreBrokenPipe);
  process.stderr.on('error', ignoreBrokenPipe);
  // What nobody awaits must not end in a stack trace either.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => process.exit(statusOf(error)));
  }
  let status = 0;
  try {
    const program = createProgram((given) => {
      status = given;
    });
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    return statusOf(error);
  }
}

function statusOf(error: unknown): number {
  // Commander has already said what is wrong, or shown the help or the version that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const { name, message, stack, status } = error as Partial<CommandError>;
  const prefix = paintError('red', 'backstep: ');
  if (error instanceof CommandError || name === 'JournalError') {
    complain(prefix + (message ?? ''));
    return status ?? EXIT_INPUT;
  }
  complain(`${prefix}A fault of Backstep itself: ${oneLine(message ?? String(error))}`);
  if (process.env['BACKSTEP_DEBUG'] === undefined) complain('Set BACKSTEP_DEBUG=1 to see where it arose.');
  else complain(stack ?? String(error));
  return EXIT_FAULT;
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
