/** What is debugged: a run that this process drives, its children, or a run that has ended and is only looked at. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Json } from '../language/index.ts';
import {
  bindingsOf,
  createHost,
  locateJournal,
  openJournal,
  readEnvironment,
  realClock,
  statusOf,
  virtualClock,
} from '../runner/host.ts';
import type {
  Clock,
  Host,
  Journal,
  Mocks,
  RunHandle,
  RunStatus,
  RunView,
  StartResult,
  StimulusBody,
} from '../runner/host.ts';
import { RequestError } from './arguments.ts';
import { createControl, type Control, type ControlOptions } from './control.ts';
import type { Ground } from './expressions.ts';
import { ownRoots } from './scopes.ts';
import { standingOf, type FindRun, type FrameSpot } from './stack.ts';
import { createThreads, type Threads } from './threads.ts';
import { describeStartError } from './workflows.ts';

/** How the run came to its end, or to where only a person can take it further. */
export interface Ending {
  readonly view: RunView;
  readonly status: RunStatus;
  /** A fault of the journal or of the runner, after which the run is not driven any more. */
  readonly fault: string | null;
}

export interface Debuggee {
  readonly control: Control;
  readonly threads: Threads;
  readonly find: FindRun;
  /** All runs of the session, the main one first. */
  views(): Iterable<RunView>;
  main(): RunView;
  /** Where the main run is now. */
  here(): FrameSpot;
  /** What expressions see in a frame. */
  ground(spot: FrameSpot): Ground;
  /** Decided at once, also while the run stands; gives null, or why it was refused. */
  send(run: string, stimulus: StimulusBody): Promise<string | null>;
  /** Whether the run has ended and nothing holds the session open but a stop. */
  readonly over: boolean;
  /** Resolves when nothing goes on any more and no stop is left. */
  readonly ending: Promise<Ending>;
  /** Leaves the run as it stands and gives up its lease. Resolves when that is done. */
  close(): Promise<void>;
}

/** What the session adds: where to stop, and whom to tell. */
export type Watching = Pick<ControlOptions, 'breakpoints' | 'filters' | 'stopped' | 'log' | 'committed'> & {
  output(line: { readonly run: string; readonly way: string; readonly level: string; readonly text: string }): void;
};

/** What runs see of the launch. */
export interface Surroundings {
  readonly journal: string | null;
  readonly clock: 'real' | 'virtual';
  readonly env: Readonly<Record<string, string>> | null;
  readonly envFile: string | null;
  readonly mocks: Mocks | null;
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
  return driven(journal, around, { ...watching, ...program }, (host) =>
    host.start({ file, input, ...(id !== null && { id, mustBeNew: true }) }),
  );
}

/** Takes up a run of the journal: at its last record when it has ended, otherwise where it stands. */
export async function attachTo(
  run: string,
  folder: string,
  around: Surroundings,
  watching: Watching,
): Promise<Debuggee> {
  const path = around.journal ?? locateJournal(folder);
  if (!existsSync(path))
    throw new RequestError(`There is no journal ${path}, so no run ${run} to attach to. Name it as \`journal\`.`);
  const journal = open(path);
  if (journal.summary(run) === null) {
    journal.close();
    throw new RequestError(`There is no run ${run} in the journal ${path}.`);
  }
  const options = { ...watching, stopOnEntry: false, noDebug: false };
  const debuggee = await driven(journal, around, options, (host) => host.resume(run));
  const trace = debuggee.control.traceOf(run);
  for (const record of journal.read(run)) trace.add(record);
  return debuggee;
}

type Options = Watching & { readonly stopOnEntry: boolean; readonly noDebug: boolean };

async function driven(
  journal: Journal,
  around: Surroundings,
  options: Options,
  begin: (host: Host) => Promise<StartResult>,
): Promise<Debuggee> {
  const clock: Clock = around.clock === 'virtual' ? virtualClock() : realClock();
  const grounds = groundsOf(around);
  const find: FindRun = (id) => host.runs.get(id)?.view() ?? null;
  const control = createControl({ ...options, clock, find, ground: grounds });
  const host = createHost({
    journal,
    clock,
    holder: 'debugger',
    ...(around.env !== null && { env: around.env }),
    ...(around.envFile !== null && { envFile: around.envFile }),
    ...(around.mocks !== null && { mocks: around.mocks }),
    observer: { ...control.observer, output: (line) => options.output(line) },
  });
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
    yield run.view();
    for (const other of host.runs.values()) if (other.id !== run.id) yield other.view();
  };
  let over = false;
  const ending = endOf(run, host, control).then((end) => {
    over = true;
    return end;
  });
  return {
    control,
    find: (id) => (id === run.id ? run.view() : find(id)),
    threads: createThreads(find, views),
    views,
    main: () => run.view(),
    here: () => standingOf(run.view(), find, control.traceOf(run.id).last),
    ground: grounds,
    send: async (id, stimulus) => {
      const handle = id === run.id ? run : host.runs.get(id);
      return handle === undefined ? `The run ${id} is not driven here.` : handle.send(stimulus);
    },
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

/** The roots of a frame: those of the machine, those of the state itself, and the environment; never secrets. */
function groundsOf({ env, envFile }: Surroundings): (spot: FrameSpot) => Ground {
  const environments = new Map<string, Readonly<Record<string, string>>>();
  const environmentOf = (file: string): Readonly<Record<string, string>> => {
    const folder = dirname(file);
    const known = environments.get(folder);
    if (known !== undefined) return known;
    const read = readEnvironment(file, { ...(env !== null && { env }), ...(envFile !== null && { envFile }) });
    const found = 'unreadable' in read ? {} : read.env;
    environments.set(folder, found);
    return found;
  };
  return (spot) => {
    const { view, standing } = spot;
    const scope = view.state.scopes.has(standing.scope) ? standing.scope : 0;
    const bindings = bindingsOf(view.state, scope, ownRoots(spot));
    return { view, bindings: { ...bindings, env: environmentOf(view.state.file) } };
  };
}

function open(file: string): Journal {
  try {
    return openJournal(file);
  } catch (error) {
    throw new RequestError(error instanceof Error ? error.message : String(error));
  }
}
