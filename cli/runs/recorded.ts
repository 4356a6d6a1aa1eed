/** A run as it stands in the journal, whoever drives it. */
import type { Plan } from '../../language/index.ts';
import type { Journal, RunSummary } from '../../runner/journal/journal.ts';
import { loadRecorded } from '../../runner/load.ts';
import { fold } from '../../runner/machine/index.ts';
import type { RunRecord, RunState } from '../../runner/machine/index.ts';

export interface RecordedRun {
  readonly summary: RunSummary;
  readonly records: readonly RunRecord[];
  readonly state: RunState;
  /** The text that the run began with. */
  readonly text: string;
  /** Null when the text can't be compiled any more, because a file that it names is gone for instance. */
  readonly plan: Plan | null;
}

/** Reads a run that is in the journal. Raises a JournalError. */
export function readRun(journal: Journal, summary: RunSummary): RecordedRun {
  const records = journal.read(summary.run);
  const loaded = loadRecorded(journal, summary);
  const plan = 'error' in loaded ? null : loaded.plan;
  return { summary, records, state: fold(records), text: journal.text(summary.hash) ?? '', plan };
}
