/** Tells a printer what is committed, run by run, with what it has to know before and what other processes committed. */
import type { Journal } from '../../runner/journal/journal.ts';
import type { RunRecord } from '../../runner/machine/index.ts';
import type { Printed, Printer } from './printer.ts';

export interface Telling {
  /** The run goes on from where its records end. */
  taken(view: Printed): void;
  /** As `Observer.committed`. */
  committed(records: readonly RunRecord[], view: Printed): void;
}

/** Tells `printer` of the runs of `journal`. */
export function createTelling(journal: Journal, printer: Printer): Telling {
  /** The number of the last record of each run that the printer was told or knows. */
  const told = new Map<string, number>();

  function introduce(view: Printed, from: number, goesOn: boolean): void {
    const { run } = view.state;
    const last = told.get(run);
    if (last === undefined) {
      printer.head(view.state, from > 1 && goesOn);
      if (from > 1) printer.know(view, journal.read(run, 1, from - 1));
    } else if (last + 1 < from) {
      // Another process had the run meanwhile, and may have moved it to another text.
      printer.know(view, journal.read(run, 1, last));
      printer.records(view, journal.read(run, last + 1, from - 1));
    }
    told.set(run, from - 1);
  }

  return {
    taken: (view) => introduce(view, (journal.summary(view.state.run)?.seq ?? 0) + 1, view.state.endedAt === null),
    committed(records, view) {
      const { run, seq } = view.state;
      introduce(view, records[0]?.seq ?? seq + 1, true);
      if (records.length > 0) printer.records(view, records);
      told.set(run, records.at(-1)?.seq ?? seq);
    },
  };
}
