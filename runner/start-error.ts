/** Why a run could not be begun or taken up. */
import type { Diagnostic } from '../language/index.ts';
import { JournalError } from './journal/journal.ts';
import type { Holder, JournalErrorCode } from './journal/journal.ts';

export interface StartError {
  readonly code:
    | 'unreadable-file'
    | 'invalid-workflow'
    | 'invalid-input'
    | 'invalid-id'
    | 'unknown-run'
    | 'exists'
    | 'held'
    | 'refused'
    | 'journal';
  /** A sentence for a person. */
  readonly message: string;
  /** The workflow's file, absolute, and its text where that was read: ranges of `findings` count in it. */
  readonly file?: string;
  readonly text?: string;
  readonly findings?: readonly Diagnostic[];
  readonly heldBy?: Holder;
  readonly journal?: JournalErrorCode;
}

/** For a run that another process drives. */
export function heldError(run: string, heldBy: Holder): StartError {
  const { name, pid, host } = heldBy;
  return { code: 'held', message: `The run ${run} is driven by ${name} (process ${pid} on ${host}).`, heldBy };
}

/** For a host that was closed while something was being begun. */
export function closedError(): StartError {
  return { code: 'journal', message: 'Nothing more is started: this process is ending.' };
}

/** Does `work`, and gives a fault of the journal as a StartError. */
export async function reporting<T>(
  work: () => Promise<T>,
): Promise<T | { readonly ok: false; readonly error: StartError }> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return { ok: false, error: { code: 'journal', message: error.message, journal: error.code } };
  }
}
