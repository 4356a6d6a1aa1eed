/** `backstep show RUN`: where a run stands. */
import { lookAtRun, type JournalOption } from '../runs/journals.ts';
import { readRun } from '../runs/recorded.ts';
import { formatShown, showRun } from '../runs/show.ts';
import { complain, print, printJson } from '../terminal.ts';

/** Shows the run as section 10 of the language does. */
export function show(run: string, options: JournalOption & { readonly json?: boolean | undefined }): Promise<number> {
  return lookAtRun(options, run, ({ journal }, summary) => {
    const holder = journal.holder(run);
    const recorded = readRun(journal, summary);
    const shown = showRun(
      recorded,
      holder === null ? null : `${holder.name} (process ${holder.pid} on ${holder.host})`,
      (other) => journal.summary(other)?.status ?? null,
    );
    if (options.json === true) printJson(shown);
    else for (const line of formatShown(shown)) print(line);
    if (recorded.plan === null) {
      complain(
        `The text of the run can't be compiled any more, so what is next and what would be undone is not known.`,
      );
    }
    return 0;
  });
}
