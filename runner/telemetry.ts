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
}

const NONE: Readonly<Record<string, string>> = {};

/** Milliseconds to wait at the end for a collector. */
const PATIENCE = 5000;

/** The telemetry that `env` asks for, null for none; `complain` is given sentences about what it asks for in vain. */
export function createTelemetry(
  env: Readonly<Record<string, string | undefined>>,
  journal: Journal,
  complain: (sentence: string) => void,
): Telemetry | null {
  const configuration = readConfiguration(env);
  configuration?.complaints.forEach(complain);
  if (configuration === null || (configuration.traces === null && configuration.metrics === null)) return null;
  const followed = new Map<string, Followed>();
  const traces = new Map<string, { readonly id: string; readonly kept: boolean }>();
  let exporting: Exporting | null = null;
  let failed = false;
  let waiting: ((to: Exporting) => void)[] = [];
  const loaded = import('./telemetry/sdk.ts')
    .then(({ createExporting }) => createExporting(configuration, () => followed.size))
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

  function traceOf({ run, parent }: Readonly<RunState>): { readonly id: string; readonly kept: boolean } {
    const known = traces.get(run);
    if (known !== undefined) return known;
    let outermost = run;
    for (let at = parent?.run ?? null; at !== null; at = journal.summary(at)?.parent ?? null) outermost = at;
    const id = traceIdOf(outermost);
    // The first four bytes as a share of all that there are: the same for every process that sees the trace.
    const kept = Number.parseInt(id.slice(0, 8), 16) / 2 ** 32 < (configuration?.ratio ?? 1);
    const made = { id, kept };
    traces.set(run, made);
    return made;
  }

  function follow(view: RunView, from: number): Followed {
    const { run } = view.state;
    const known = followed.get(run);
    if (known !== undefined) return known;
    const { id, kept } = traceOf(view.state);
    const made: Followed = {
      signals: createSignals(),
      sink: {
        span: (span) => (kept ? give((to) => to.span(id, span)) : undefined),
        count: (name, attributes) => give((to) => to.count(name, attributes)),
        duration: (name, milliseconds, attributes) => give((to) => to.duration(name, milliseconds, attributes)),
      },
    };
    followed.set(run, made);
    if (from > 1) for (const record of journal.read(run, 1, from - 1)) made.signals.take(record, view.plan, null);
    return made;
  }

  return {
    committed(records, view) {
      const [first] = records;
      if (first === undefined) return;
      const { signals, sink } = follow(view, first.seq);
      for (const record of records) signals.take(record, view.plan, sink);
      const { run, lifecycle } = view.state;
      if (!ENDED.has(lifecycle as never)) return;
      followed.delete(run);
      traces.delete(run);
    },
    headers(state, activation, attempt) {
      const { id, kept } = traceOf(state);
      const span = attemptSpan(state.run, activation, attempt, null);
      if (configuration.traces === null) return NONE;
      return { traceparent: `00-${id}-${span}-${kept ? '01' : '00'}` };
    },
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, PATIENCE);
      });
      await Promise.race([loaded.then(() => exporting?.close()), late]);
      clearTimeout(timer);
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
