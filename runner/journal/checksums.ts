/** Checksums of commits, chained through each run, so that damage is named instead of executed. */
import { hash as digest } from 'node:crypto';
import type { RunRecord } from '../machine/record.ts';
import { damaged } from './faults.ts';

/** A commit as its row holds it, with the numbers of its first and its last record. */
export interface CommitRow {
  first: number;
  last: number;
  at: number;
  sum: string;
  records: string;
}

/** The checksum of a commit: over the one before it and its own records, 128 bits in hex. */
export function chained(before: string, records: string): string {
  return digest('sha256', before + records, 'hex').slice(0, 32);
}

/** The records of a run's rows after `start`; raises `journal-damaged` where a row is missing or was changed. */
export function checked(
  rows: readonly CommitRow[],
  start: { seq: number; sum: string },
  run: string,
  file: string,
): RunRecord[] {
  const records: RunRecord[] = [];
  let { seq, sum } = start;
  for (const row of rows) {
    sum = chained(sum, row.records);
    if (row.first !== seq + 1) throw damaged(file, `run ${run} lacks its records from ${seq + 1} on`);
    if (row.sum !== sum)
      throw damaged(file, `records ${seq + 1} to ${row.last} of run ${run} are not what was written`);
    for (const record of JSON.parse(row.records) as RunRecord[]) records.push(record);
    seq = row.last;
  }
  return records;
}
