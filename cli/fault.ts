/** What a fault is to whoever called the command: one sentence, and an exit status. */
import { CommanderError } from 'commander';
import { CommandError, EXIT_FAULT, EXIT_INPUT, EXIT_USAGE } from './exit.ts';
import { complain, oneLine, paintError } from './terminal.ts';

/** Says on standard error what is wrong, and gives the exit status for it. */
export function faultOf(error: unknown): number {
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
