/** `backstep migrate RUN FILE`: moves a run to a newer version of its workflow. */
import { migrateRun } from '../../runner/migrate.ts';
import { CommandError } from '../exit.ts';
import { printFindings } from '../runs/driving.ts';
import { withRun, type JournalOption } from '../runs/journals.ts';
import { recordLine } from '../runs/printer.ts';
import { actorOf } from '../runs/words.ts';
import { print, printJson } from '../terminal.ts';

export interface MigrateOptions extends JournalOption {
  readonly as?: string | undefined;
  readonly envFile?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Milliseconds in which whoever drives a waiting run lets it go. */
const PATIENCE = 3000;

/** Moves the run and says so; it goes on when it is taken up. Raises a CommandError with what has no place. */
export function migrate(run: string, file: string, options: MigrateOptions): Promise<number> {
  return withRun(options, run, async ({ journal }) => {
    const { envFile } = options;
    const moved = await migrateRun(journal, {
      ...{ run, file, by: actorOf(options), now: Date.now(), patience: PATIENCE },
      ...(envFile === undefined ? {} : { envFile }),
    });
    if (!moved.ok) {
      printFindings(moved.error);
      throw new CommandError(moved.error.message);
    }
    const { record } = moved;
    if (options.json === true) printJson(recordLine(run, record));
    else {
      const { from, to } = record;
      print(`The run ${run} has moved from version ${from.version} to ${to.version} (${to.file}).`);
      // Whoever has let it go takes it up again.
      if (moved.letGo) return 0;
      print(`It goes on with: backstep ${journal.summary(run)?.status === 'suspended' ? 'retry' : 'resume'} ${run}`);
    }
    return 0;
  });
}
