/**
 * The trace of one run: what its records have told so far, kept up record by record, so that a stop needs no look at the
 * journal however long the run is.
 */
import type { RunRecord } from '../runner/host.ts';
import { PATH_LIMIT } from './protocol.ts';

/** One stay in a state, or one compensation of it. */
export interface TraceLine {
  readonly way: string;
  readonly visit: number;
  /** The number of the record with which it began. */
  readonly seq: number;
  readonly undoing: boolean;
  readonly beganAt: number;
  readonly place: LastPlace;
  /** What came of it, for people: each with the number of the record that says so, the latest last. */
  readonly outcomes: { readonly seq: number; readonly text: string; readonly took?: number }[];
}

/** The last place in which the run was: a state, or the compensation of one. */
export interface LastPlace {
  readonly scope: number;
  readonly activation: number;
  readonly plan: string;
  readonly way: string;
  readonly undoing: boolean;
}

/** Everything that is asked for is as it was after the record `seq`; by default, as it is. */
export interface Trace {
  readonly lines: readonly TraceLine[];
  last(seq?: number): LastPlace | null;
  /** The ways of the states that were entered, the last `PATH_LIMIT` of them. */
  path(seq?: number): readonly string[];
  /** The ways of the states that were undone, the last `PATH_LIMIT` of them. */
  undone(seq?: number): readonly string[];
  /** Every stay with what had come of it; `seq` is the number of the record with which it began. */
  history(
    seq?: number,
  ): readonly { readonly seq: number; readonly way: string; readonly undoing: boolean; readonly outcome: string }[];
  /** The way of a state, by an activation of it; empty for one that is not known. */
  wayOf(activation: number): string;
  /** Of each state, by its id in the plan: its visits and what came of the last one. */
  facts(seq?: number): ReadonlyMap<string, Facts>;
  /** Takes a record in; gives the line that it began or changed. */
  add(record: RunRecord): TraceLine | null;
}

export interface Facts {
  readonly visits: number;
  /** Milliseconds; null while the stay goes on. */
  readonly duration: number | null;
  readonly outcome: string;
}

interface Mark {
  readonly seq: number;
  readonly way: string;
}

/** A trace without records yet. */
export function createTrace(): Trace {
  const lines: TraceLine[] = [];
  const byActivation = new Map<number, TraceLine>();
  const all = new Map<number, TraceLine>();
  const entries = new Map<number, { way: string; visit: number; plan: string }>();
  const entered: Mark[] = [];
  const undone: Mark[] = [];

  const begin = (record: RunRecord, place: LastPlace, visit: number, outcome: string): TraceLine => {
    const { seq, at: beganAt } = record;
    const { way, undoing } = place;
    const line = { way, visit, seq, undoing, beganAt, place, outcomes: [{ seq, text: outcome }] };
    lines.push(line);
    byActivation.set(place.activation, line);
    all.set(place.activation, line);
    return line;
  };
  const settle = (
    activation: number | null,
    { seq, at }: RunRecord,
    text: string,
    ended: boolean,
  ): TraceLine | null => {
    const line = activation === null ? undefined : byActivation.get(activation);
    if (line === undefined || activation === null) return null;
    line.outcomes.push({ seq, text, ...(ended && { took: at - line.beganAt }) });
    if (ended) byActivation.delete(activation);
    return line;
  };
  const took = (record: RunRecord, activation: number): string =>
    `${record.at - (byActivation.get(activation)?.beganAt ?? record.at)} ms`;

  return {
    lines,
    wayOf: (activation) => all.get(activation)?.way ?? '',
    facts(seq = Infinity) {
      const facts = new Map<string, Facts>();
      for (const { place, outcomes } of lines.slice(0, countUpTo(lines, seq))) {
        if (place.undoing) continue;
        const { text: outcome = '', took = null } = outcomes.findLast((each) => each.seq <= seq) ?? {};
        facts.set(place.plan, { visits: (facts.get(place.plan)?.visits ?? 0) + 1, duration: took, outcome });
      }
      return facts;
    },
    last: (seq) => lines[countUpTo(lines, seq) - 1]?.place ?? null,
    path: (seq) => latest(entered, seq),
    undone: (seq) => latest(undone, seq),
    history: (seq = Infinity) =>
      lines.slice(0, countUpTo(lines, seq)).map(({ seq: began, way, undoing, outcomes }) => {
        const outcome = outcomes.findLast((each) => each.seq <= seq)?.text ?? '';
        return { seq: began, way, undoing, outcome };
      }),
    add(record) {
      switch (record.type) {
        case 'state.entered': {
          const { activation, way, visit, scope, plan, seq } = record;
          entered.push({ seq, way });
          return begin(record, { scope, activation, plan, way, undoing: false }, visit, 'entered');
        }
        case 'attempt.started':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return byActivation.get(record.activation) ?? null;
        case 'attempt.failed':
          return settle(record.activation, record, `attempt ${record.attempt} failed: ${record.error.type}`, false);
        case 'state.completed':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return settle(record.activation, record, `completed in ${took(record, record.activation)}`, true);
        case 'error.raised':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return settle(record.arose, record, `failed: ${record.error.type}`, false);
        case 'state.cancelled':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return settle(record.activation, record, 'cancelled', true);
        case 'retry.scheduled':
        case 'task.created':
        case 'task.completed':
          return byActivation.get(record.activation) ?? null;
        case 'transition.taken':
          return record.activation === null ? null : (all.get(record.activation) ?? null);
        case 'state.suspended':
          return settle(record.activation, record, 'suspended', false);
        case 'compensation.entered': {
          const entry = entries.get(record.entry);
          if (entry === undefined) return null;
          const { way, visit, plan } = entry;
          const { scope, activation } = record;
          const undoing = record.role === 'compensation';
          const outcome = undoing ? 'being undone' : 'being confirmed';
          return begin(record, { scope, activation, plan, way, undoing }, visit, outcome);
        }
        case 'compensation.completed': {
          const line = byActivation.get(record.activation);
          const done = line?.undoing === false ? 'confirmed' : 'undone';
          if (line?.undoing === true) undone.push({ seq: record.seq, way: line.way });
          return settle(record.activation, record, `${done} in ${took(record, record.activation)}`, true);
        }
        case 'compensation.failed':
          return settle(record.activation, record, `failed: ${record.error.type}`, true);
        default:
          return null;
      }
    },
  };
}

/** How many of `marks`, which are in order, are of records up to `seq`. */
function countUpTo(marks: readonly { readonly seq: number }[], seq = Infinity): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.seq ?? Infinity) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function latest(marks: readonly Mark[], seq?: number): readonly string[] {
  const count = countUpTo(marks, seq);
  return marks.slice(Math.max(0, count - PATH_LIMIT), count).map(({ way }) => way);
}
