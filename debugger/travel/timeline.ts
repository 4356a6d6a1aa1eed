/**
 * The timeline of a session: the records of all its runs in one order, and the stops among them. A moment is a number of
 * records: 0 before everything, `length` now.
 *
 * 1. Records that the session sees being committed stand in that order; those of before it, by `inOrder`.
 * 2. It only grows. What it costs to add a record does not depend on how many there are.
 */
import type { RunRecord, RunState, TextReference } from '../../runner/host.ts';
import { createPrefixes } from './prefixes.ts';
import type { Prefixes } from './prefixes.ts';
import { createStopReader } from './stops.ts';
import type { Stop, StopReader } from './stops.ts';

/** A stop at its moment. */
export type Moment = Stop;

export interface Timeline {
  readonly length: number;
  /** All stops, in order. */
  readonly stops: readonly Moment[];
  add(record: RunRecord, run: string): void;
  /** To be called when what was added of a run is what `state` holds. */
  keep(state: Readonly<RunState>, run: string): void;
  /** How many of a run's records belong to the first `at` of the timeline. */
  seqAt(run: string, at: number): number;
  /** The moment right after a run's record; null when there is no such record. */
  after(run: string, seq: number): number | null;
  /** The run's state at a moment, and after a number of its records. */
  stateAt(run: string, at: number): RunState;
  prefix(run: string, seq: number): RunState;
  /** A run's records from one number to another. */
  read(run: string, from: number, to: number): readonly RunRecord[];
  /** The text that held for a run after `seq` of its records, if it was moved to another one later. */
  migrationAfter(run: string, seq: number): TextReference | null;
  /** Runs that had begun, in the order in which they did. */
  runsAt(at: number): readonly string[];
  /** A scope instance and all around it, across workflows, each as `RUN#SCOPE`, from the inside out. */
  lineOf(run: string, scope: number): readonly string[];
  /** The index of the first stop that is not before `at`. */
  indexOf(at: number): number;
}

interface ScopeOf {
  readonly run: string;
  readonly scope: number;
}

interface Track {
  readonly reader: StopReader;
  readonly prefixes: Prefixes;
  /** For each record, its moment: how many records there were with it. */
  readonly moments: number[];
  readonly migrations: { readonly seq: number; readonly from: TextReference }[];
  parent: { readonly run: string; readonly detached: boolean } | null;
}

/** An empty timeline; `read` gives a run's records from one number to another. */
export function createTimeline(read: (run: string, from: number, to: number) => readonly RunRecord[]): Timeline {
  const tracks = new Map<string, Track>();
  const stops: Moment[] = [];
  let length = 0;

  const trackOf = (run: string): Track => {
    const known = tracks.get(run);
    if (known !== undefined) return known;
    const prefixes = createPrefixes((from, to) => read(run, from, to));
    const track: Track = { reader: createStopReader(run), prefixes, moments: [], migrations: [], parent: null };
    tracks.set(run, track);
    return track;
  };
  const seqAt = (run: string, at: number): number => {
    const moments = tracks.get(run)?.moments ?? [];
    return firstIndex(moments.length, (index) => (moments[index] ?? 0) > at);
  };

  /** What a fork shares with the run that it began as is its own past. */
  const prefix = (run: string, seq: number): RunState => ({ ...trackOf(run).prefixes.at(seq), run });
  const spotIn = (run: string, scope: number | null): ScopeOf | null => (scope === null ? null : { run, scope });
  /** The scope instance around another one, of the parent's where this one is a child's outermost. */
  const around = ({ run, scope }: ScopeOf): ScopeOf | null => {
    const track = tracks.get(run);
    const outer = track?.reader.parentOf(scope) ?? null;
    if (outer !== null) return spotIn(run, outer);
    const parent = track?.parent ?? null;
    if (parent === null || parent.detached) return null;
    return spotIn(parent.run, tracks.get(parent.run)?.reader.callerOf(run) ?? null);
  };

  return {
    get length() {
      return length;
    },
    stops,
    add(record, run) {
      const track = trackOf(run);
      // A run that is taken up again after it ended was read before.
      if (record.seq <= track.moments.length) return;
      const stop = track.reader.read(record, length);
      if (stop !== null) stops.push(stop);
      if (record.type === 'run.started') track.parent = record.parent;
      // A fork of a child stands alone.
      if (record.type === 'run.forked') track.parent = null;
      if (record.type === 'run.migrated') track.migrations.push(record);
      track.moments.push(++length);
    },
    keep: (state, run) => tracks.get(run)?.prefixes.keep(state),
    seqAt,
    after: (run, seq) => tracks.get(run)?.moments[seq - 1] ?? null,
    stateAt: (run, at) => prefix(run, seqAt(run, at)),
    prefix,
    migrationAfter: (run, seq) => tracks.get(run)?.migrations.find((each) => each.seq > seq)?.from ?? null,
    read,
    runsAt: (at) => [...tracks].filter(([, { moments }]) => (moments[0] ?? Infinity) <= at).map(([run]) => run),
    lineOf(run, scope) {
      const line: string[] = [];
      for (let at = spotIn(run, scope); at !== null; at = around(at)) line.push(`${at.run}#${at.scope}`);
      return line;
    },
    indexOf: (at) => firstIndex(stops.length, (index) => (stops[index]?.at ?? 0) >= at),
  };
}

/** The first index below `length` for which `holds` is true, where it is false before and true after; else `length`. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The records of one run that ran beside others. */
export interface Strand {
  readonly run: string;
  readonly records: readonly RunRecord[];
}

/**
 * The records of a run and its children in one order: by time; of what happened in the same millisecond, a child's before
 * its parent's; but never a child's before the parent's attempt that started it, rolled it back or stopped it.
 */
export function* inOrder(strands: readonly Strand[]): Generator<readonly [run: string, record: RunRecord]> {
  interface Reading extends Strand {
    next: number;
    readonly depth: number;
    readonly parent: string | null;
  }
  const readings = strands.map((strand): Reading => {
    const [first] = strand.records;
    const parent = first?.type === 'run.started' ? first.parent : null;
    return { ...strand, next: 0, depth: parent?.depth ?? 0, parent: parent?.run ?? null };
  });
  const known = new Set(strands.map(({ run }) => run));
  /** Children that their parents have started or rolled back, and those that they may have stopped. */
  const begun = new Map<string, number>();
  const stopped = new Set<string>();
  const isFree = ({ run, parent }: Reading, record: RunRecord): boolean => {
    if (parent === null || !known.has(parent)) return true;
    if (record.type === 'run.started') return begun.has(run);
    if (record.type === 'run.rolling-back') return (begun.get(run) ?? 0) > 1;
    return record.type !== 'run.cancelling' || stopped.has(parent);
  };
  let left = readings.filter(({ records }) => records.length > 0);
  while (left.length > 0) {
    let best: Reading | null = null;
    let bestFree = false;
    for (const each of left) {
      const record = each.records[each.next];
      if (record === undefined) continue;
      const free = isFree(each, record);
      const before = best?.records[best.next];
      const earlier =
        best === null ||
        before === undefined ||
        record.at < before.at ||
        (record.at === before.at && each.depth > best.depth);
      // Where nothing is free, the order is by time alone.
      if ((free && !bestFree) || (free === bestFree && earlier)) {
        best = each;
        bestFree = free;
      }
    }
    const record = best?.records[best.next];
    if (best === null || record === undefined) return;
    best.next++;
    if (record.type === 'attempt.started' && record.child !== null)
      begun.set(record.child, (begun.get(record.child) ?? 0) + 1);
    if (STOPPING.has(record.type)) stopped.add(best.run);
    yield [best.run, record];
    if (best.next === best.records.length) left = left.filter((each) => each !== best);
  }
}

const STOPPING: ReadonlySet<string> = new Set(['leave.started', 'run.cancelling', 'error.raised', 'attempt.failed']);
