/** Runs one command line and turns whatever comes of it into an exit status. */
import { faultOf } from './fault.ts';
import { createProgram } from './program.ts';

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
    process.on(event, (error: unknown) => process.exit(faultOf(error)));
  }
  let status = 0;
  try {
    const program = createProgram((given) => {
      status = given;
    });
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    return faultOf(error);
  }
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
