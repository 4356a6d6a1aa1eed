/**
 * OpenTelemetry for a host: traces and metrics of the runs that it drives, off unless the standard variables configure it.
 *
 * 1. Off, it is null: nothing is loaded, and nothing is done at a commit.
 * 2. What was committed is told, never what may still be lost; a run that another process began is told from there on.
 * 3. No fault of it ever reaches a run, and it is waited for at the end only for a moment.
 */
import type { Journal } from './journal/journal.ts';
import { ENDED } from './machine/index.ts';
import type { RunRecord, RunState } from './machine/index.ts';
import type { Observer, RunView } from './observe.ts';
import { readConfiguration } from './telemetry/configuration.ts';
import { traceIdOf } from './telemetry/ids.ts';
import type { Exporting } from './telemetry/sdk.ts';
import { readTraceParent } from './telemetry/trace-context.ts';
import { attemptSpan, createSignals } from './telemetry/signals.ts';
import type { Signals, Sink } from './telemetry/signals.ts';

export interface Telemetry {
  committed(records: readonly RunRecord[], view: RunView): void;
  /** Headers that let what is called by this attempt add to the trace (W3C Trace Context). */
  headers(state: Readonly<RunState>, activation: number, attempt: number): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

interface Followed {
  readonly signals: Signals;
  readonly sink: Sink;
  /** The number of the latest record that the signals were told. */
  told: number;
}

interface Trace {
  readonly id: string;
  readonly kept: boolean;
  /** What whoever asked for the run gave to be handed on. */
  readonly state: string;
}

const NONE: Readonly<Record<string, string>> = {};

/**
 * The telemetry that `env` asks for, null for none. `driven` gives how many runs are driven right now; `complain` is given
 * sentences about what is asked for in vain.
 */
export function createTelemetry(
  env: Readonly<Record<string, string | undefined>>,
  journal: Journal,
  driven: () => number,
  complain: (sentence: string) => void,
): Telemetry | null {
  const configuration = readConfiguration(env);
  configuration?.complaints.forEach(complain);
  if (configuration === null || (configuration.traces === null && configuration.metrics === null)) return null;
  const { traces, propagates, parentBased, ratio } = configuration;
  const followed = new Map<string, Followed>();
  const known = new Map<string, Trace>();
  let exporting: Exporting | null = null;
  let failed = false;
  let waiting: ((to: Exporting) => void)[] = [];
  const loaded = import('./telemetry/sdk.ts')
    .then(({ createExporting }) => createExporting(configuration, driven, complain))
    .then((made) => {
      exporting = made;
      for (const each of waiting) each(made);
      waiting = [];
    })
    .catch((error: unknown) => {
      failed = true;
      waiting = [];
      complain(`OpenTelemetry could not be started: ${String(error)}`);
    });

  function give(what: (to: Exporting) => void): void {
    if (exporting !== null) what(exporting);
    else if (!failed) waiting.push(what);
  }

  /** The trace of a run: that of the outermost one, which may be one that somebody outside has begun. */
  function traceOf({ run, parent }: Readonly<RunState>): Trace {
    const before = known.get(run);
    if (before !== undefined) return before;
    let outermost = run;
    for (let at = parent?.run ?? null; at !== null; at = journal.summary(at)?.parent ?? null) outermost = at;
    const [begun] = journal.read(outermost, 1, 1);
    // A fork holds the record of another run's beginning, and is asked for by somebody else.
    const given = propagates && begun?.type === 'run.started' && begun.run === outermost ? (begun.trace ?? null) : null;
    const outside = given === null ? null : readTraceParent(given.parent);
    const id = outside?.trace ?? traceIdOf(outermost);
    // The first four bytes as a share of all that there are: the same for every process that sees the trace.
    const share = Number.parseInt(id.slice(0, 8), 16) / 2 ** 32;
    const kept = outside !== null && parentBased ? outside.sampled : share < ratio;
    const made = { id, kept, state: given?.state ?? '' };
    known.set(run, made);
    return made;
  }

  /** What follows the run, and has been told all of its records before `seq`. */
  function follow(view: RunView, seq: number): Followed {
    const { run } = view.state;
    const follower = followed.get(run) ?? newFollower(traceOf(view.state));
    followed.set(run, follower);
    // Those that another process has committed it has told, too.
    if (follower.told < seq - 1)
      for (const record of journal.read(run, follower.told + 1, seq - 1))
        follower.signals.take(record, view.plan, null);
    follower.told = seq - 1;
    return follower;
  }

  function newFollower({ id, kept }: Trace): Followed {
    return {
      signals: createSignals({ outside: propagates }),
      sink: {
        span: (span) => (kept ? give((to) => to.span(id, span)) : undefined),
        count: (name, attributes) => give((to) => to.count(name, attributes)),
        duration: (name, milliseconds, attributes) => give((to) => to.duration(name, milliseconds, attributes)),
      },
      told: 0,
    };
  }

  function forget(run: string): void {
    followed.delete(run);
    known.delete(run);
  }

  return {
    committed(records, view) {
      const [first] = records;
      if (first === undefined) return;
      const { run, lifecycle } = view.state;
      try {
        const follower = follow(view, first.seq);
        for (const record of records) {
          follower.signals.take(record, view.plan, follower.sink);
          follower.told = record.seq;
        }
        if (ENDED.has(lifecycle as never)) forget(run);
      } catch (error) {
        // The records from before cannot be read right now; they are tried again at the next commit.
        forget(run);
        complain(`OpenTelemetry misses a part of the run ${run}: ${String(error)}`);
      }
    },
    headers(state, activation, attempt) {
      if (traces === null || !propagates) return NONE;
      try {
        const { id, kept, state: tracestate } = traceOf(state);
        const traceparent = `00-${id}-${attemptSpan(state.run, activation, attempt, null)}-${kept ? '01' : '00'}`;
        return tracestate === '' ? { traceparent } : { traceparent, tracestate };
      } catch {
        return NONE; // The journal cannot be read; the call itself needs nothing of that.
      }
    },
    async close() {
      await loaded;
      await exporting?.close();
    },
  };
}

/** `observer` with `telemetry` beside it; without telemetry it stays as it is. */
export function observedBy(observer: Observer | null, telemetry: Telemetry | null): Observer | null {
  if (telemetry === null) return observer;
  return {
    ...observer,
    committed(records, view) {
      telemetry.committed(records, view);
      observer?.committed?.(records, view);
    },
  };
}
