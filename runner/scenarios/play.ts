/**
 * Plays a run on a stage: a journal in memory, the virtual clock, and as many hosts as crashes need, until the run and
 * what it left behind have ended, are suspended, or wait for something that never comes.
 */
import type { Json, JsonObject } from '../../language/index.ts';
import { createHost } from '../host.ts';
import type { Host, RunHandle } from '../host.ts';
import type { Journal } from '../journal/journal.ts';
import { memoryJournal } from '../journal/memory.ts';
import { ROOT, errorOf, statusOf } from '../machine/index.ts';
import type { RunError, RunRecord, RunStatus } from '../machine/index.ts';
import type { Observer, RunView } from '../observe.ts';
import { outcomeOf } from '../outcome.ts';
import type { PendingAction } from '../outcome.ts';
import type { StartError } from '../start-error.ts';
import type { ScenarioDecision } from './read.ts';
import type { Stage } from './stage.ts';

/** What came of a scenario's run. */
export interface Played {
  readonly status: RunStatus;
  readonly error: RunError | null;
  readonly output: Json;
  /** The workflow's own variables at the end. */
  readonly vars: JsonObject;
  readonly path: readonly string[];
  readonly compensated: readonly string[];
  /** For a suspended run: what is left, the next first. */
  readonly pending: readonly PendingAction[];
  readonly calls: ReadonlyMap<string, number>;
  /** How often a state was attempted, by its way. */
  readonly attempts: ReadonlyMap<string, number>;
  /** The events that the run and its children published, in order. */
  readonly emitted: readonly EmittedEvent[];
  /** Milliseconds by the virtual clock. */
  readonly duration: number;
  /** Operations that were called without a mock. */
  readonly missing: readonly string[];
  readonly refusals: readonly { readonly decision: ScenarioDecision; readonly message: string }[];
  readonly crashed: boolean;
  /** The run and its children, in the order in which they began. */
  readonly runs: readonly PlayedRun[];
}

export interface EmittedEvent {
  readonly type: string;
  readonly data: Json;
}

export interface PlayedRun extends RunView {
  readonly records: readonly RunRecord[];
}

export interface PlayRequest {
  readonly file: string;
  readonly input: Json;
  readonly stage: Stage;
  /** Looks at the run besides the stage. */
  readonly observer?: Observer;
}

const RUN = 'scenario';

/** Later than every timer of a run: whatever still waits then waits for ever. */
const END_OF_TIME = 8_000_000_000_000_000;

export type Playing =
  { readonly ok: true; readonly played: Played } | { readonly ok: false; readonly error: StartError };

/** Plays the workflow in `file`. Gives a StartError when no run can be begun. Raises a JournalError. */
export async function playRun(request: PlayRequest): Promise<Playing> {
  const { stage } = request;
  const journal = memoryJournal();
  for (let first = true; ; first = false) {
    const host = hostOf(request, journal);
    try {
      stage.enter(host);
      const started = await (first
        ? host.start({ file: request.file, input: request.input, id: RUN })
        : host.resume(RUN));
      stage.proceed();
      if (!started.ok && stage.down) continue;
      if (!started.ok) return { ok: false, error: started.error };
      await rest(host, started.run, stage);
      if (!stage.down) return { ok: true, played: playedOf(host, started.run, stage, journal) };
    } finally {
      await host.close();
    }
  }
}

function hostOf({ stage, observer }: PlayRequest, journal: Journal): Host {
  const before = observer?.before?.bind(observer);
  return createHost({
    ...stage.options,
    journal,
    holder: 'backstep test',
    observer: {
      ...observer,
      ...(before !== undefined || stage.observer.before === undefined ? {} : { before: stage.observer.before }),
      committed(records, view) {
        stage.observer.committed(records, view);
        observer?.committed?.(records, view);
      },
    },
  });
}

/** Resolves when nothing goes on any more, or the process has died. */
async function rest(host: Host, run: RunHandle, { clock }: Stage): Promise<void> {
  let cancel = () => {};
  const stuck = new Promise<void>((resolve) => {
    cancel = clock.at(END_OF_TIME, resolve);
  });
  const over = async (): Promise<void> => {
    await run.settled('ended');
    // Children that the run started and went on from.
    for (const other of host.runs.values()) {
      if (other.view().state.parent?.detached === true) await other.settled('ended');
    }
  };
  await Promise.race([over(), stuck]).finally(cancel);
}

function playedOf(host: Host, run: RunHandle, stage: Stage, journal: Journal): Played {
  const { plan, state } = run.view();
  const records = journal.read(run.id);
  const { status, output, path, compensated, pending } = outcomeOf(plan, state, records, statusOf(plan, state));
  const runs = journal.list().flatMap(({ run: id }): PlayedRun[] => {
    const view = host.runs.get(id)?.view();
    return view === undefined ? [] : [{ ...view, records: journal.read(id) }];
  });
  return {
    ...{ status, output, path, compensated, pending, error: errorOf(state) },
    vars: { ...state.scopes.get(ROOT)?.vars },
    calls: stage.mocks.calls,
    attempts: attemptsOf(records),
    emitted: journal.bus
      .events()
      .filter(({ run: by }) => by !== null)
      .map(({ type, data }) => ({ type, data })),
    duration: (state.endedAt ?? state.now) - state.startedAt,
    missing: [...stage.mocks.missing],
    refusals: stage.refusals,
    crashed: stage.crashed,
    runs,
  };
}

function attemptsOf(records: readonly RunRecord[]): ReadonlyMap<string, number> {
  const ways = new Map<number, string>();
  const attempts = new Map<string, number>();
  for (const record of records) {
    if (record.type === 'state.entered') ways.set(record.activation, record.way);
    if (record.type !== 'attempt.started') continue;
    const way = ways.get(record.activation);
    if (way !== undefined) attempts.set(way, (attempts.get(way) ?? 0) + 1);
  }
  return attempts;
}
