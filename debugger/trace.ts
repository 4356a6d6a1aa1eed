/**
 * The trace of one run: what its records have told so far, kept up record by record, so that a stop needs no look at the
 * journal however long the run is.
 */
import type { RunRecord } from '../runner/host.ts';
import { PATH_LIMIT } from './protocol.ts';

/** One stay in a state, or one compensation of it: one object for each, since a long run has very many. */
export interface TraceLine extends LastPlace {
  readonly visit: number;
  /** The number of the record with which it began. */
  readonly seq: number;
  readonly beganAt: number;
  readonly began: 'entered' | 'being undone' | 'being confirmed';
  /** What came of it before its end, for people, the latest last. */
  between: { readonly seq: number; readonly text: string }[] | null;
  /** The number of the record that ended it, and what came of it; `Infinity` while it goes on. */
  endSeq: number;
  endText: string;
  /** Milliseconds. */
  took: number;
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
  const entries = new Map<number, { way: string; visit: number; plan: string }>();
  const undone: Mark[] = [];

  const begin = (line: TraceLine): TraceLine => {
    lines.push(line);
    byActivation.set(line.activation, line);
    return line;
  };
  const note = (activation: number | null, { seq }: RunRecord, text: string): TraceLine | null => {
    const line = activation === null ? undefined : byActivation.get(activation);
    if (line === undefined) return null;
    (line.between ??= []).push({ seq, text });
    return line;
  };
  const end = (activation: number, { seq, at }: RunRecord, text: string): TraceLine | null => {
    const line = byActivation.get(activation);
    if (line === undefined) return null;
    line.endSeq = seq;
    line.endText = text;
    line.took = at - line.beganAt;
    byActivation.delete(activation);
    return line;
  };
  /** The line of an activation, whose numbers only grow. */
  const lineOf = (activation: number): TraceLine | null => {
    const line = lines[countBelow(lines, (each) => each.activation <= activation) - 1];
    return line?.activation === activation ? line : null;
  };

  return {
    lines,
    wayOf: (activation) => lineOf(activation)?.way ?? '',
    facts(seq = Infinity) {
      const facts = new Map<string, Facts>();
      for (const line of lines.slice(0, countUpTo(lines, seq))) {
        const { undoing, plan, endSeq, took } = line;
        if (undoing) continue;
        const visits = (facts.get(plan)?.visits ?? 0) + 1;
        facts.set(plan, { visits, duration: endSeq <= seq ? took : null, outcome: outcomeAt(line, seq) });
      }
      return facts;
    },
    last: (seq) => lines[countUpTo(lines, seq) - 1] ?? null,
    path(seq) {
      const ways: string[] = [];
      for (let at = countUpTo(lines, seq) - 1; at >= 0 && ways.length < PATH_LIMIT; at--) {
        const line = lines[at];
        if (line?.began === 'entered') ways.push(line.way);
      }
      return ways.reverse();
    },
    undone: (seq) => latest(undone, seq),
    history: (seq = Infinity) =>
      lines.slice(0, countUpTo(lines, seq)).map((line) => {
        const { seq: began, way, undoing } = line;
        return { seq: began, way, undoing, outcome: outcomeAt(line, seq) };
      }),
    add(record) {
      switch (record.type) {
        case 'state.entered': {
          const { activation, way, visit, scope, plan } = record;
          return begin(lineFrom(record, scope, activation, plan, way, visit, 'entered'));
        }
        case 'attempt.started':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return byActivation.get(record.activation) ?? null;
        case 'attempt.failed':
          return note(record.activation, record, `attempt ${record.attempt} failed: ${record.error.type}`);
        case 'state.completed':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return end(record.activation, record, 'completed');
        case 'error.raised':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return note(record.arose, record, `failed: ${record.error.type}`);
        case 'state.cancelled':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return end(record.activation, record, 'cancelled');
        case 'retry.scheduled':
        case 'task.created':
        case 'task.completed':
          return byActivation.get(record.activation) ?? null;
        case 'transition.taken':
          return record.activation === null ? null : lineOf(record.activation);
        case 'state.suspended':
          return note(record.activation, record, 'suspended');
        case 'compensation.entered': {
          const entry = entries.get(record.entry);
          if (entry === undefined) return null;
          const { way, visit, plan } = entry;
          const { scope, activation } = record;
          const began = record.role === 'compensation' ? 'being undone' : 'being confirmed';
          return begin(lineFrom(record, scope, activation, plan, way, visit, began));
        }
        case 'compensation.completed': {
          const line = byActivation.get(record.activation);
          const done = line?.undoing === false ? 'confirmed' : 'undone';
          if (line?.undoing === true) undone.push({ seq: record.seq, way: line.way });
          return end(record.activation, record, done);
        }
        case 'compensation.failed':
          return end(record.activation, record, `failed: ${record.error.type}`);
        default:
          return null;
      }
    },
  };
}

function lineFrom(
  { seq, at: beganAt }: RunRecord,
  scope: number,
  activation: number,
  plan: string,
  way: string,
  visit: number,
  began: TraceLine['began'],
): TraceLine {
  return {
    scope,
    activation,
    plan,
    way,
    undoing: began === 'being undone',
    visit,
    seq,
    beganAt,
    began,
    between: null,
    endSeq: Infinity,
    endText: '',
    took: 0,
  };
}

/** What had come of a stay after the record `seq`. */
function outcomeAt({ endSeq, endText, took, between, began }: TraceLine, seq: number): string {
  if (endSeq <= seq) return TIMED.has(endText) ? `${endText} in ${took} ms` : endText;
  return between?.findLast((each) => each.seq <= seq)?.text ?? began;
}

const TIMED: ReadonlySet<string> = new Set(['completed', 'undone', 'confirmed']);

/** How many of `marks`, which are in order, are of records up to `seq`. */
function countUpTo(marks: readonly { readonly seq: number }[], seq = Infinity): number {
  return countBelow(marks, (mark) => mark.seq <= seq);
}

/** How many of `all` `holds` is true for, where it is true first and false after. */
function countBelow<T>(all: readonly T[], holds: (each: T) => boolean): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const each = all[middle];
    if (each !== undefined && holds(each)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function latest(marks: readonly Mark[], seq?: number): readonly string[] {
  const count = countUpTo(marks, seq);
  return marks.slice(Math.max(0, count - PATH_LIMIT), count).map(({ way }) => way);
}
