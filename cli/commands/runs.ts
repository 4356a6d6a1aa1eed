/** `backstep runs`: the runs of a journal. */
import type { RunStatus } from '../../runner/machine/index.ts';
import { journalFile, openToLook, type JournalOption } from '../runs/journals.ts';
import { STATUS_STYLES } from '../runs/status-styles.ts';
import { complain, formatTime, paint, print, printJson, table } from '../terminal.ts';

export interface RunsOptions extends JournalOption {
  readonly status?: RunStatus | undefined;
  readonly workflow?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Lists runs, the oldest first. */
export function runs(options: RunsOptions): number {
  const opened = openToLook(options);
  if (opened === null) {
    complain(`There are no runs yet: no journal is at ${journalFile(options)}.`);
    return 0;
  }
  const { journal } = opened;
  try {
    const { status, workflow } = options;
    const found = journal.list({
      ...(status === undefined ? {} : { status }),
      ...(workflow === undefined ? {} : { workflow }),
    });
    if (options.json === true) {
      for (const summary of found) {
        const { name, pid, host } = journal.holder(summary.run) ?? {};
        const drivenBy = name === undefined ? null : { name, pid, host };
        const [startedAt, updatedAt] = [summary.startedAt, summary.updatedAt].map((at) => new Date(at).toISOString());
        printJson({ ...summary, startedAt, updatedAt, drivenBy });
      }
      return 0;
    }
    if (found.length === 0) complain('No run of the journal fits.');
    else {
      const rows = found.map(({ run, workflow: id, version, status: now, startedAt, updatedAt }) => [
        run,
        `${id} ${version}`,
        now,
        formatTime(startedAt),
        formatTime(updatedAt),
      ]);
      const heading = ['RUN', 'WORKFLOW', 'STATUS', 'STARTED', 'LAST CHANGE'];
      const paintCell = (cell: string, row: number, column: number): string => {
        if (row === 0) return paint('bold', cell);
        return column === 2 ? paint(STATUS_STYLES[cell.trim() as RunStatus], cell) : cell;
      };
      for (const line of table([heading, ...rows], paintCell)) print(line);
    }
    return 0;
  } finally {
    journal.close();
  }
}
