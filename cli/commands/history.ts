/** `backstep history RUN`: the audit trail of a run. */
import { createNarrator } from '../narrator.ts';
import { recordLine } from '../runs/printer.ts';
import { withRun, type JournalOption } from '../runs/journals.ts';
import { readRun } from '../runs/recorded.ts';
import { formatTime, paint, print, printJson, table } from '../terminal.ts';

/** Prints every record, with its time and number. */
export function history(
  run: string,
  options: JournalOption & { readonly json?: boolean | undefined },
): Promise<number> {
  return withRun(options, run, ({ journal }, summary) => {
    const { records, plan } = readRun(journal, summary);
    if (options.json === true) {
      for (const record of records) printJson(recordLine(run, record));
      return 0;
    }
    const narrator = createNarrator(plan);
    const rows = records.map((record) => [
      formatTime(record.at, true),
      String(record.seq),
      record.type,
      narrator.tell(record).text,
    ]);
    const heading = ['TIME', 'SEQ', 'RECORD', 'WHAT HAPPENED'];
    for (const line of table([heading, ...rows], (cell, row) => (row === 0 ? paint('bold', cell) : cell))) print(line);
    return 0;
  });
}
