/**
 * What is debugged: a run that this process drives, or one that another process drives and lets this one hold (attach/),
 * with its children; or a run that has ended and is only looked at.
 *
 * The file is longer than most because here all of these get one shape, and the parts of a session are put together.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Json } from '../language/index.ts';
import {
  apply,
  createHost,
  foreseeFork,
  forkRun,
  loadRecorded,
  locateJournal,
  newState,
  openJournal,
  realClock,
  statusOf,
  virtualClock,
} from '../runner/host.ts';
import type {
  Clock,
  ForkRequest,
  ForkResult,
  Host,
  Journal,
  Mocks,
  Observer,
  RunHandle,
  RunStatus,
  RunView,
  StartResult,
  StimulusBody,
} from '../runner/host.ts';
import { createStage } from '../runner/scenarios.ts';
import type { Scenario, Stage } from '../runner/scenarios.ts';
import { RequestError } from './arguments.ts';
import { createRemote, type Remote } from './attach/remote.ts';
import { reach } from './attach/reach.ts';
import type { Definition } from './breakpoints.ts';
import { createControl, type Control, type ControlOptions, type Stop } from './control.ts';
import type { Ground } from './expressions.ts';
import { groundsOf } from './grounds.ts';
import { standingOf, type FindRun, type FrameSpot } from './stack.ts';
import { createThreads, type Threads } from './threads.ts';
import { createTimeline, inOrder, type Strand, type Timeline } from './travel/timeline.ts';
import { createTravel, type Travel } from './travel/travel.ts';
import { describeStartError } from './workflows.ts';

/** How the run came to its end, or to where only a person can take it further. */
export interface Ending {
  readonly view: RunView;
  readonly status: RunStatus;
  /** A fault of the journal or of the runner, after which the run is not driven any more. */
  readonly fault: string | null;
}

/** Runs, threads and frames are those of the moment that the session looks at: now, or one of the past. */
export interface Debuggee {
  readonly control: Control;
  readonly timeline: Timeline;
  readonly travel: Travel;
  /** Where the session stands, now or in the past; null while the run goes on. */
  readonly stop: Stop | null;
  readonly threads: Threads;
  readonly find: FindRun;
  /** All runs of the session, the main one first. */
  views(): Iterable<RunView>;
  main(): RunView;
  /** The other process that drives the runs, for a person; null when this one does. */
  readonly holder: string | null;
  /** Where the main run is. */
  here(): FrameSpot;
  /** What expressions see in a frame. */
  ground(spot: FrameSpot): Ground;
  /** Decided at once, also while the run stands; gives null, or why it was refused. */
  send(run: string, stimulus: StimulusBody): Promise<string | null>;
  /** Tells whoever drives the run what stops it now; to be called when that may have changed. */
  refresh(): void;
  /** Whether the run has ended and nothing holds the session open but a stop. */
  readonly over: boolean;
  /** Resolves when nothing goes on any more and no stop is left. */
  readonly ending: Promise<Ending>;
  /** Puts an event onto the journal's bus; false when it was seen before. */
  publish(type: string, data: Json, id: string | null): boolean;
  /** Makes a fork of a run in the same journal; nothing drives it yet. */
  fork(request: Pick<ForkRequest, 'run' | 'at' | 'set' | 'id'>): ForkResult;
  /** What such a fork may do again; makes nothing. */
  foreseeFork(request: Pick<ForkRequest, 'run' | 'at'>): ReturnType<typeof foreseeFork>;
  /** Whether the journal has a run of this id. */
  isKnown(run: string): boolean;
  /** Whether the runs are only looked at: nothing of them goes on or can be changed. */
  readonly examined: boolean;
  /** What a run was bound to after its record `seq`; null when the text is not there any more. */
  definition(run: string, seq: number): Definition | null;
  /** Takes up another run of the same journal, with the same surroundings, after this one was closed. */
  reopen(run: string): Promise<Debuggee>;
  /** Leaves the run as it stands and gives up its lease. Resolves when that is done. */
  close(): Promise<void>;
}

/** What the session adds: where to stop, and whom to tell. */
export type Watching = Pick<
  ControlOptions,
  'breakpoints' | 'filters' | 'data' | 'ahead' | 'stopped' | 'log' | 'committed'
> & {
  output(line: { readonly run: string; readonly way: string; readonly level: string; readonly text: string }): void;
};

/** What runs see of the launch. */
export interface Surroundings {
  readonly journal: string | null;
  readonly clock: 'real' | 'virtual';
  readonly env: Readonly<Record<string, string>> | null;
  readonly envFile: string | null;
  readonly mocks: Mocks | null;
  /** The world of a scenario: its answers, events and people. Its crash is left out. */
  readonly scenario?: Scenario | null;
}

export interface Program {
  readonly file: string;
  readonly input: Json;
  readonly id: string | null;
  readonly stopOnEntry: boolean;
  readonly noDebug: boolean;
}

/** Starts a run that stands before its first step. Raises a RequestError with the reason when it cannot begin. */
export async function startRun(program: Program, around: Surroundings, watching: Watching): Promise<Debuggee> {
  const { file, input, id } = program;
  const journal = open(around.journal ?? locateJournal(file));
  const options = { ...watching, ...program };
  return driven({ journal, around, watching, options }, (host) =>
    host.start({ file, input, ...(id !== null && { id, mustBeNew: true }) }),
  );
}

/**
 * Takes up a run of the journal: at its last record when it has ended, otherwise where it stands. One that another process
 * drives goes on being driven there. Raises a RequestError with the reason when it cannot be had.
 */
export async function attachTo(
  run: string,
  folder: string,
  around: Surroundings,
  watching: Watching,
): Promise<Debuggee> {
  const journal = journalFor(run, folder, around);
  const visit = await reach(journal, run);
  const remote = visit === null ? null : createRemote(visit);
  try {
    return await reopen({ journal, around, watching }, run, remote);
  } catch (error) {
    // A visit that comes to nothing must not hold the run.
    await remote?.leave();
    throw error;
  }
}

/** The journal that holds a run, looked for from `folder` on. Raises a RequestError when there is none, or no such run. */
export function journalFor(run: string, folder: string, around: Surroundings): OpenedJournal {
  const path = around.journal ?? locateJournal(folder);
  if (!existsSync(path))
    throw new RequestError(`There is no journal ${path}, so no run ${run} to attach to. Name it as \`journal\`.`);
  const journal = open(path);
  if (journal.summary(run) !== null) return journal;
  journal.close();
  throw new RequestError(`There is no run ${run} in the journal ${path}.`);
}

/** Takes up a run that exists, which stands where its records end. */
function reopen(
  { journal, around, watching }: Omit<Sitting, 'options'>,
  run: string,
  remote: Remote | null = null,
): Promise<Debuggee> {
  const options = { ...watching, stopOnEntry: false, noDebug: false };
  return driven({ journal, around, watching, options }, (host) => host.resume(run), familyOf(journal, run), remote);
}

/** The records of a run and of all runs that it or its children began. */
function familyOf(journal: Journal, run: string): readonly Strand[] {
  const children = journal.list({ parent: run }).flatMap((child) => familyOf(journal, child.run));
  return [{ run, records: journal.read(run) }, ...children];
}

type Options = Watching & { readonly stopOnEntry: boolean; readonly noDebug: boolean };

interface Sitting {
  readonly journal: OpenedJournal;
  readonly around: Surroundings;
  readonly watching: Watching;
  readonly options: Options;
}

export interface OpenedJournal extends Journal {
  readonly file: string;
}

async function driven(
  { journal, around, watching, options }: Sitting,
  begin: (host: Host) => Promise<StartResult>,
  past: readonly Strand[] = [],
  remote: Remote | null = null,
): Promise<Debuggee> {
  const lastInstant = past[0]?.records.at(-1)?.at;
  const ownClock = (): Clock => (around.clock === 'virtual' ? virtualClock(lastInstant) : realClock());
  const clock = remote?.clock ?? ownClock();
  const stage = remote === null ? stageOf(around, clock) : null;
  const grounds = groundsOf(around, (id) => remote?.env(id) ?? null);
  const live: FindRun = (id) => host.runs.get(id)?.view() ?? null;
  const send = async (id: string, stimulus: StimulusBody): Promise<string | null> =>
    host.runs.get(id)?.send(stimulus) ?? `The run ${id} is not driven here.`;
  const ownControl = createControl({ ...options, clock, find: live, ground: grounds, send });
  const control = remote?.steady(ownControl) ?? ownControl;
  const timeline = createTimeline((id, from, to) => journal.read(id, from, to));
  const states = new Map(past.map(({ run: id }) => [id, newState()]));
  for (const [id, record] of inOrder(past)) {
    timeline.add(record, id);
    control.traceOf(id).add(record);
    const state = states.get(id);
    if (state === undefined) continue;
    apply(state, record);
    timeline.keep(state, id);
  }
  const definition = definitionsOf(journal, live, timeline);
  const travel = createTravel({
    timeline,
    breakpoints: options.breakpoints,
    data: options.data,
    definition,
    ground: grounds,
    last: (id, seq) => control.traceOf(id).last(seq),
    log: options.log,
  });
  const observer: Observer = {
    ...control.observer,
    committed(records, view) {
      for (const record of records) timeline.add(record, view.state.run);
      timeline.keep(view.state, view.state.run);
      control.observer.committed?.(records, view);
      stage?.observer.committed(records, view);
    },
    output: (line) => options.output(line),
  };
  const ownHost = (): Host =>
    createHost({
      journal,
      clock,
      observer,
      holder: 'debugger',
      ...(around.mocks !== null && { mocks: around.mocks }),
      ...stage?.options,
      ...(around.env !== null && { env: { ...stage?.options.env, ...around.env } }),
      ...(around.envFile !== null && { envFile: around.envFile }),
    });
  const host = remote?.host({ journal, past, observer, control, breakpoints: options.breakpoints }) ?? ownHost();
  stage?.enter(host);
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      control.freeze();
      await host.close();
      journal.close();
    })();
    return closing;
  };
  const begun = await begin(host);
  if (!begun.ok) {
    await close();
    throw new RequestError(describeStartError(begun.error));
  }
  const { run } = begun;
  const views = function* (): Iterable<RunView> {
    if (travel.at !== null) {
      yield* travel.views();
      return;
    }
    yield run.view();
    for (const other of host.runs.values()) if (other.id !== run.id) yield other.view();
  };
  const find: FindRun = (id) => (travel.at === null ? (id === run.id ? run.view() : live(id)) : travel.view(id));
  const main = (): RunView => find(run.id) ?? run.view();
  /** The instant of a fork: on a virtual clock time stands where it was. */
  const now = (id: string, at: number): number =>
    clock.kind === 'virtual' ? (journal.read(id, at, at)[0]?.at ?? clock.now()) : clock.now();
  let over = false;
  const ending = endOf(run, host, control).then((end) => {
    over = true;
    return end;
  });
  return {
    control,
    timeline,
    travel,
    get stop() {
      return travel.stop ?? control.stop;
    },
    find,
    threads: createThreads(find, views),
    views,
    main,
    holder: remote?.holder ?? null,
    refresh: () => remote?.refresh(),
    here: () => standingOf(main(), find, control.traceOf(run.id).last(main().state.seq)),
    ground: grounds,
    send: async (id, stimulus) => {
      const handle = id === run.id ? run : host.runs.get(id);
      return handle === undefined ? `The run ${id} is not driven here.` : handle.send(stimulus);
    },
    publish(type, data, id) {
      const event = { id: id ?? randomUUID(), source: '/debugger', type, time: new Date(clock.now()).toISOString() };
      const family = clock.kind === 'virtual' ? { family: run.id } : {};
      return host.publish({ ...event, data, attributes: {} }, family) !== null;
    },
    fork: (request) => forkRun(journal, { ...request, by: { name: 'debugger' }, now: now(request.run, request.at) }),
    foreseeFork: (request) => foreseeFork(journal, request),
    isKnown: (id) => journal.summary(id) !== null,
    examined: false,
    definition,
    reopen: (id) => reopen({ journal: open(journal.file), around, watching }, id),
    get over() {
      return over;
    },
    ending,
    close,
  };
}

/** Resolves when the run and the children that it left behind are settled, and no stop is left. */
async function endOf(run: RunHandle, host: Host, control: Control): Promise<Ending> {
  try {
    for (let settled = 0; settled < host.runs.size;) {
      settled = host.runs.size;
      await Promise.all([...host.runs.values()].map((each) => each.settled('ended')));
      // A run may have ended in the very record at which the session stands.
      await control.free();
    }
    return { view: run.view(), status: await run.settled('ended'), fault: null };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    const view = run.view();
    return { view, status: statusOf(view.plan, view.state), fault };
  }
}

/** The stage of the launch's scenario; answers of the launch go before those of the scenario. */
function stageOf({ scenario, mocks }: Surroundings, clock: Clock): Stage | null {
  if (scenario == null) return null;
  return createStage({ ...scenario, crash: null, mocks: new Map([...scenario.mocks, ...(mocks ?? [])]) }, clock);
}

/** The texts that the runs of a session were bound to: from where they are driven, else from the journal. */
function definitionsOf(
  journal: Journal,
  live: FindRun,
  timeline: Timeline,
): (run: string, seq: number) => Definition | null {
  const known = new Map<string, Definition | null>();
  const find = (run: string, text: RecordedText | null): Definition | null => {
    const view = text === null ? live(run) : null;
    if (view !== null) return { plan: view.plan, text: view.text, file: view.state.file };
    const recorded = text ?? journal.summary(run);
    const loaded = recorded === null ? null : loadRecorded(journal, recorded);
    return loaded === null || 'error' in loaded ? null : loaded;
  };
  return (run, seq) => {
    // A migration that came later tells what held before it.
    const text = timeline.migrationAfter(run, seq);
    const key = `${run} ${text?.hash ?? ''}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = find(run, text === null ? null : { run, ...text });
    known.set(key, found);
    return found;
  };
}

type RecordedText = Parameters<typeof loadRecorded>[1];

function open(file: string): OpenedJournal {
  try {
    return { ...openJournal(file), file };
  } catch (error) {
    throw new RequestError(error instanceof Error ? error.message : String(error));
  }
}
