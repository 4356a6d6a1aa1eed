/**
 * Numbers about runs and their states, from the records of a journal: how many, how often, how well, how long. Runs are
 * read one after the other and only numbers are kept of them.
 */
import { unlessDamaged } from './damage.ts';
import type { Journal, RunSummary } from './journal/journal.ts';
import { ENDED, unsetting } from './machine/index.ts';
import type { RunRecord, RunStatus } from './machine/index.ts';

/** Durations in milliseconds; percentiles are those of the nearest rank, so that each is one that was measured. */
export interface Durations {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface RunMetrics {
  readonly total: number;
  /** Runs that have not ended. */
  readonly active: number;
  readonly byStatus: Readonly<Partial<Record<RunStatus, number>>>;
  /** Runs that began in the last hour and in the last day, and how many an hour that makes over the day. */
  readonly startedLastHour: number;
  readonly startedLastDay: number;
  readonly perHour: number;
  /** Completed ones among those that have ended, from 0 to 1; null when none has. */
  readonly successRate: number | null;
  /** From the beginning to the first end of those that have ended; null when none has. */
  readonly duration: Durations | null;
}

export interface StateMetrics {
  readonly workflow: string;
  /** The state with its way in the file, `notify/email/send`; `pack/*` are the items of a `foreach` with `call`. */
  readonly state: string;
  readonly entered: number;
  readonly active: number;
  readonly completed: number;
  /** Errors that ended a visit; those that were only retried are `retries`. */
  readonly failed: number;
  readonly attempts: number;
  readonly retries: number;
  readonly compensated: number;
  readonly successRate: number | null;
  /** From entering to completion. */
  readonly duration: Durations | null;
}

export interface Metrics {
  readonly runs: RunMetrics;
  /** By workflow and in the order in which they were first entered. */
  readonly states: readonly StateMetrics[];
  /** The states with the longest 95th percentile, and those with the most retries; at most `TOP` of each. */
  readonly slowest: readonly StateMetrics[];
  readonly mostRetried: readonly StateMetrics[];
}

const TOP = 5;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Count = { -readonly [key in 'entered' | 'completed' | 'failed' | 'attempts' | 'retries' | 'compensated']: number };

interface Tally extends Count {
  readonly workflow: string;
  readonly state: string;
  active: number;
  readonly durations: number[];
}

/** Measures the runs of the journal as of `now`, or those of one workflow. Raises a JournalError. */
export function measure(journal: Journal, now: number, workflow?: string): Metrics {
  const summaries = journal.list(workflow === undefined ? {} : { workflow });
  const tallies = new Map<string, Tally>();
  const durations: number[] = [];
  for (const summary of summaries) {
    // Of a damaged run only that it is there is counted.
    const records = (unlessDamaged(() => journal.read(summary.run)) ?? []).map(unsetting());
    const took = measureRun(summary, records, tallies);
    if (took !== null) durations.push(took);
  }
  const states = [...tallies.values()]
    .map(stateMetrics)
    .sort((one, other) => (one.workflow < other.workflow ? -1 : one.workflow > other.workflow ? 1 : 0));
  return {
    runs: runMetrics(summaries, durations, now),
    states,
    slowest: top(states, ({ duration }) => duration?.p95 ?? 0),
    mostRetried: top(states, ({ retries }) => retries),
  };
}

/** Adds what a run did to `tallies`; gives how long it took, null while it has not ended. */
function measureRun(summary: RunSummary, records: readonly RunRecord[], tallies: Map<string, Tally>): number | null {
  const inState = new Map<number, { readonly tally: Tally; readonly since: number }>();
  const undoing = new Set<number>();
  const entries = new Map<number, Tally>();
  let began = summary.startedAt;
  let ended: number | null = null;
  for (const record of records) {
    // What an activation had done with an entry leads to the state that its undoing counts for.
    if ('entry' in record && typeof record.entry === 'object' && record.entry !== null)
      entries.set(record.entry.entry, tallyOf(tallies, summary.workflow, record.entry.plan));
    switch (record.type) {
      case 'run.started':
      case 'run.forked':
        began = record.at;
        break;
      case 'run.completed':
      case 'run.ended':
        // A parent that is undone ends its child a second time, perhaps days later.
        ended ??= record.at;
        break;
      case 'state.entered': {
        const tally = tallyOf(tallies, summary.workflow, record.plan);
        tally.entered++;
        inState.set(record.activation, { tally, since: record.at });
        break;
      }
      case 'attempt.started': {
        const at = inState.get(record.activation);
        if (at === undefined) break;
        at.tally.attempts++;
        if (record.attempt > 1) at.tally.retries++;
        break;
      }
      case 'state.completed': {
        const at = inState.get(record.activation);
        if (at === undefined) break;
        at.tally.completed++;
        at.tally.durations.push(record.at - at.since);
        inState.delete(record.activation);
        break;
      }
      case 'error.raised': {
        const arose = record.taker.by === 'retry' || record.arose === null ? undefined : inState.get(record.arose);
        if (arose === undefined) break;
        arose.tally.failed++;
        // A suspended state goes on when a person says so.
        if (record.leave !== null && record.arose !== null) inState.delete(record.arose);
        break;
      }
      case 'state.cancelled':
        inState.delete(record.activation);
        break;
      case 'transition.taken':
        if (record.activation !== null) inState.delete(record.activation);
        break;
      case 'compensation.entered':
        if (record.role === 'compensation') undoing.add(record.activation);
        break;
      case 'compensation.completed': {
        const tally = undoing.has(record.activation) ? entries.get(record.entry) : undefined;
        if (tally !== undefined) tally.compensated++;
        break;
      }
      default:
    }
  }
  if (!ENDED.has(summary.status)) {
    for (const { tally } of inState.values()) tally.active++;
    return null;
  }
  return ended === null ? null : ended - began;
}

function tallyOf(tallies: Map<string, Tally>, workflow: string, state: string): Tally {
  const key = `${workflow}\n${state}`;
  const known = tallies.get(key);
  if (known !== undefined) return known;
  const counts = { entered: 0, completed: 0, failed: 0, attempts: 0, retries: 0, compensated: 0 };
  const made: Tally = { workflow, state: state.replace(/#item\/[^/]+$/, '/*'), ...counts, active: 0, durations: [] };
  tallies.set(key, made);
  return made;
}

function stateMetrics({ durations, ...tally }: Tally): StateMetrics {
  const { completed, failed } = tally;
  return { ...tally, successRate: share(completed, completed + failed), duration: durationsOf(durations) };
}

function runMetrics(summaries: readonly RunSummary[], durations: number[], now: number): RunMetrics {
  const byStatus: Partial<Record<RunStatus, number>> = {};
  for (const { status } of summaries) byStatus[status] = (byStatus[status] ?? 0) + 1;
  const since = (ago: number): number => summaries.filter(({ startedAt }) => startedAt > now - ago).length;
  const active = summaries.filter(({ status }) => !ENDED.has(status)).length;
  const startedLastDay = since(DAY);
  return {
    total: summaries.length,
    active,
    byStatus,
    startedLastHour: since(HOUR),
    startedLastDay,
    perHour: startedLastDay / 24,
    successRate: share(byStatus.completed ?? 0, summaries.length - active),
    duration: durationsOf(durations),
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** What there is to say of `values`, which are sorted in place; null of none. */
export function durationsOf(values: number[]): Durations | null {
  if (values.length === 0) return null;
  values.sort((one, other) => one - other);
  const at = (rank: number): number => values[Math.max(0, Math.ceil(rank * values.length) - 1)] ?? 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { count: values.length, mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: at(1) };
}

function top(states: readonly StateMetrics[], by: (state: StateMetrics) => number): StateMetrics[] {
  return states
    .filter((state) => by(state) > 0)
    .toSorted((one, other) => by(other) - by(one))
    .slice(0, TOP);
}
