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
  /** What came of it so far, for people. */
  outcome: string;
}

/** The last place in which the run was: a state, or the compensation of one. */
export interface LastPlace {
  readonly scope: number;
  readonly activation: number;
  readonly plan: string;
  readonly way: string;
  readonly undoing: boolean;
}

export interface Trace {
  readonly lines: readonly TraceLine[];
  readonly last: LastPlace | null;
  /** The ways of the states that were entered, the last `PATH_LIMIT` of them. */
  path(): readonly string[];
  /** The ways of the states that were undone, the last `PATH_LIMIT` of them. */
  undone(): readonly string[];
  /** Takes a record in; gives the line that it began or changed. */
  add(record: RunRecord): TraceLine | null;
}

/** A trace without records yet. */
export function createTrace(): Trace {
  const lines: TraceLine[] = [];
  const byActivation = new Map<number, TraceLine>();
  const entries = new Map<number, { way: string; visit: number; plan: string }>();
  const path = bounded();
  const undone = bounded();
  let last: LastPlace | null = null;

  const begin = (activation: number, line: TraceLine): TraceLine => {
    lines.push(line);
    byActivation.set(activation, line);
    return line;
  };
  const settle = (activation: number | null, outcome: string, ended: boolean): TraceLine | null => {
    const line = activation === null ? undefined : byActivation.get(activation);
    if (line === undefined || activation === null) return null;
    line.outcome = outcome;
    if (ended) byActivation.delete(activation);
    return line;
  };
  const took = (record: RunRecord, activation: number): string =>
    `${record.at - (byActivation.get(activation)?.beganAt ?? record.at)} ms`;

  return {
    lines,
    get last() {
      return last;
    },
    path: path.latest,
    undone: undone.latest,
    add(record) {
      switch (record.type) {
        case 'state.entered': {
          const { activation, way, visit, scope, plan, seq, at } = record;
          last = { scope, activation, plan, way, undoing: false };
          path.add(way);
          return begin(activation, { way, visit, seq, undoing: false, beganAt: at, outcome: 'entered' });
        }
        case 'attempt.started':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return byActivation.get(record.activation) ?? null;
        case 'attempt.failed':
          return settle(record.activation, `attempt ${record.attempt} failed: ${record.error.type}`, false);
        case 'state.completed':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return settle(record.activation, `completed in ${took(record, record.activation)}`, true);
        case 'error.raised':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return settle(record.arose, `failed: ${record.error.type}`, false);
        case 'state.cancelled':
          if (record.entry !== null) entries.set(record.entry.entry, record.entry);
          return settle(record.activation, 'cancelled', true);
        case 'retry.scheduled':
        case 'task.created':
        case 'task.completed':
          return byActivation.get(record.activation) ?? null;
        case 'state.suspended':
          return settle(record.activation, 'suspended', false);
        case 'compensation.entered': {
          const entry = entries.get(record.entry);
          if (entry === undefined) return null;
          const { way, visit, plan } = entry;
          const undoing = record.role === 'compensation';
          const outcome = undoing ? 'being undone' : 'being confirmed';
          last = { scope: record.scope, activation: record.activation, plan, way, undoing };
          return begin(record.activation, { way, visit, seq: record.seq, undoing, beganAt: record.at, outcome });
        }
        case 'compensation.completed': {
          const line = byActivation.get(record.activation);
          const done = line?.undoing === false ? 'confirmed' : 'undone';
          if (line?.undoing === true) undone.add(line.way);
          return settle(record.activation, `${done} in ${took(record, record.activation)}`, true);
        }
        case 'compensation.failed':
          return settle(record.activation, `failed: ${record.error.type}`, true);
        default:
          return null;
      }
    },
  };
}

/** A list that remembers its last `PATH_LIMIT` items, and twice as many at most. */
function bounded(): { add(item: string): void; latest(): readonly string[] } {
  let items: string[] = [];
  return {
    add(item) {
      items.push(item);
      if (items.length > 2 * PATH_LIMIT) items = items.slice(-PATH_LIMIT);
    },
    latest: () => items.slice(-PATH_LIMIT),
  };
}
