/** Changes of watched variables in the past, read off the records between two moments. */
import type { Change, DataBreakpoints } from '../data.ts';
import { createCursor } from './cursor.ts';
import type { Timeline } from './timeline.ts';

/** A change, at the moment right after the record that made it. */
export interface PastChange extends Change {
  readonly run: string;
  readonly seq: number;
  readonly at: number;
}

/** How many moments are looked at in one go. */
const BLOCK = 2_000;

/** The changes after `from`, up to and with `to`, in order. */
export function changesBetween(
  timeline: Timeline,
  data: DataBreakpoints,
  from: number,
  to: number,
): readonly PastChange[] {
  const cursor = createCursor(timeline);
  const found: PastChange[] = [];
  for (const run of timeline.runsAt(to)) {
    const first = timeline.seqAt(run, from);
    const last = timeline.seqAt(run, to);
    const watcher = data.watcher();
    if (first > 0) watcher.look(cursor.at(run, first));
    for (const record of timeline.read(run, first + 1, last)) {
      const { seq } = record;
      const at = timeline.after(run, seq) ?? 0;
      for (const change of watcher.changes(record, cursor.at(run, seq))) found.push({ ...change, run, seq, at });
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** The changes before `until`, the latest first. */
export function* changesBefore(timeline: Timeline, data: DataBreakpoints, until: number): Generator<PastChange> {
  for (let to = until - 1; to > 0; to -= BLOCK)
    yield* [...changesBetween(timeline, data, Math.max(0, to - BLOCK), to)].reverse();
}

/** The changes after `from`, in order. */
export function* changesAfter(timeline: Timeline, data: DataBreakpoints, from: number): Generator<PastChange> {
  for (let at = from; at < timeline.length; at += BLOCK)
    yield* changesBetween(timeline, data, at, Math.min(timeline.length, at + BLOCK));
}
