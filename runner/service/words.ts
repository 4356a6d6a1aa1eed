/** What a person or a program says to a run, wherever that run is driven. */
import type { Host } from '../host.ts';
import type { Journal } from '../journal/journal.ts';
import { ENDED } from '../machine/index.ts';
import type { StimulusBody } from '../machine/index.ts';

export type Said =
  | {
      readonly ok: true;
      /** Whether the run has taken it; else it is left for the process that drives it. */ readonly taken: boolean;
    }
  | { readonly ok: false; readonly code: 'unknown-run' | 'refused' | 'failed'; readonly message: string };

/** Says `stimulus` to the run: here, or through the journal when another process drives it. Raises a JournalError. */
export async function say(journal: Journal, host: Host, run: string, stimulus: StimulusBody): Promise<Said> {
  const summary = journal.summary(run);
  if (summary === null) return { ok: false, code: 'unknown-run', message: `There is no run ${run}.` };
  if (ENDED.has(summary.status)) {
    return { ok: false, code: 'refused', message: `The run ${run} has ended: it is ${summary.status}.` };
  }
  const resumed = await host.resume(run);
  if (!resumed.ok && resumed.error.code === 'held') {
    journal.post(run, stimulus);
    return { ok: true, taken: false };
  }
  if (!resumed.ok) return { ok: false, code: 'failed', message: resumed.error.message };
  const refused = await resumed.run.send(stimulus);
  return refused === null ? { ok: true, taken: true } : { ok: false, code: 'refused', message: refused };
}
