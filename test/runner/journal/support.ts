import { JournalError } from '../../../runner/journal/journal.ts';
import type { RunRecord } from '../../../runner/machine/record.ts';

/** A record with the number `seq` and a text of `size` letters. */
export function record(seq: number, size = 10): RunRecord {
  return { type: 'alert.raised', state: 's', message: 'm'.repeat(size), seq, at: 1000 + seq };
}

/** The code of the JournalError that `work` throws. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof JournalError) return error.code;
    throw error;
  }
  return 'no error';
}

export function numbered(...seqs: number[]): RunRecord[] {
  return seqs.map((seq) => record(seq));
}
