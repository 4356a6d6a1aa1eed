/**
 * Many runs on one journal: starts them, takes them up, and drives each by a driver of its own.
 *
 * 1. A run is driven only under a lease; a lost lease stops its driver at once.
 * 2. Messages that other processes left in the journal reach a live run within moments, and any other one when it is
 *    taken up.
 * 3. Whatever cannot be begun is a StartError; nothing is begun by halves.
 *
 * The file is longer than most because it is also the one door of the runner for those who may not look behind it.
 */
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { ulid } from 'ulid';
import type { Json, ParseModule } from '../language/index.ts';
import { playMocks } from './actions/mocks.ts';
import type { MockPlayer, Mocks } from './actions/mocks.ts';
import { createPerformer } from './actions/perform.ts';
import { openDoor } from './attach/door.ts';
import type { Door } from './attach/door.ts';
import { createFamily } from './children.ts';
import type { Clock } from './clock.ts';
import { eventData } from './awaiting.ts';
import { createCommits } from './commits.ts';
import { decided } from './deciding.ts';
import { createDistribution } from './distribution.ts';
import type { Distribution, Publication } from './distribution.ts';
import { RESTING, drive } from './drive.ts';
import type { Drive } from './drive.ts';
import { environmentReader } from './environment.ts';
import type { Environment } from './environment.ts';
import type { BusEvent, KeptEvent } from './journal/bus.ts';
import { thisHolder } from './journal/holders.ts';
import { JournalError, LONGEST_LEASE as LEASE } from './journal/journal.ts';
import type { Holder, Journal, Lease, RunSummary } from './journal/journal.ts';
import { isWanted } from './wanted.ts';
import { load, loadRecorded, misfitOfInput, textsOf } from './load.ts';
import type { Loaded } from './load.ts';
import { ENDED, apply, decide, fold, newState, statusOf } from './machine/index.ts';
import type { Actor, Command, Outcome, ParentLink, RunRecord, RunState, StimulusBody } from './machine/index.ts';
import type { Observer, RunView } from './observe.ts';
import type { Task } from './performing.ts';
import { stopEndlessPatterns } from './patterns.ts';
import { createPulse } from './pulse.ts';
import { createRoster } from './roster.ts';
import type { RunHandle } from './roster.ts';
import { misfitOfId } from './run-id.ts';
import { createTelemetry, observedBy } from './telemetry.ts';
import type { TraceContext } from './telemetry/trace-context.ts';
import { closedError, heldError, reporting } from './start-error.ts';
import type { StartError } from './start-error.ts';

export type { RunHandle, StartError };

export interface HostOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Who drives the runs, for a person: `backstep run`, `debugger`. */
  readonly holder: string;
  /** Environment variables of the launch; they go before the file's and the process's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Read instead of the `.env` beside each workflow. */
  readonly envFile?: string;
  /** Asked for a secret before the variables `BACKSTEP_SECRET_NAME`. */
  readonly secret?: (name: string) => string | undefined;
  /** Parses modules, so that a run whose calls do not fit their types is not begun; without it only names are looked at. */
  readonly parseModule?: ParseModule;
  /** Answers instead of real calls: read by `readMocks`, or a player that goes on where an earlier host left it. */
  readonly mocks?: Mocks | MockPlayer;
  readonly observer?: Observer;
  /** Told, in a sentence each, what keeps no run from going on: a collector that is not there. A warning of the process by default. */
  readonly complain?: (sentence: string) => void;
  /**
   * Which events reach the runs: all of the bus, or only those that a run and its children publish, or are given through
   * `publish` with that run as their family.
   */
  readonly events?: 'all' | 'family';
  /** Forget runs as soon as they have ended, so that a service does not grow with them. */
  readonly forget?: boolean;
  /**
   * Let another process have a waiting run that it asks for (`let-go`), and take it up again after that. Not by default:
   * whoever looks on has to bear that the run's text may have changed.
   */
  readonly letsGo?: boolean;
  /** Told of each run that this process stops driving because of a fault: of the journal, or of Backstep itself. */
  readonly stopped?: (run: string, fault: Error) => void;
  /** Let debuggers of the same user attach to the runs; not by default. */
  readonly attach?: boolean;
}

export interface StartRequest {
  readonly file: string;
  /** The workflow's text, where it is not to be read from `file`. */
  readonly text?: string;
  readonly input: Json;
  /** Without it the run gets one of its own. A run of this id that exists is taken up instead. */
  readonly id?: string;
  /** Refuse an id that is taken. */
  readonly mustBeNew?: boolean;
  /** The event that starts the run, which counts as given to it. */
  readonly event?: KeptEvent;
  /** Who begins it, for the history. */
  readonly by?: Actor;
  /** The trace of whoever asks for it, that it shall be part of. */
  readonly trace?: TraceContext;
}

export type StartResult =
  | { readonly ok: true; readonly run: RunHandle; readonly existed: boolean }
  | { readonly ok: false; readonly error: StartError };

export interface Host {
  /** Reads, compiles, checks the input and begins the run, or takes up the run of the same id. */
  start(request: StartRequest): Promise<StartResult>;
  /** Takes up a run that exists: recovers what was under way, and its unfinished children. One that has ended is shown. */
  resume(run: string): Promise<StartResult>;
  /** Every run that this host took up, children included, in that order. */
  readonly runs: ReadonlyMap<string, RunHandle>;
  /** Puts an event onto the bus, from where it reaches the runs that await it; null when it was already seen. */
  publish(event: BusEvent, publication?: Publication): KeptEvent | null;
  /** Receives events in one commit, all or none; null for those that were already seen. */
  publishAll: Distribution['publishAll'];
  /** The mocks as they were played so far; null without mocks. */
  readonly mocks: MockPlayer | null;
  /** Stops driving at once: nothing further is decided, what runs is aborted and waited for, leases are given up. */
  close(): Promise<void>;
}

/** A host that drives runs of `options.journal` until it is closed. */
export function createHost(options: HostOptions): Host {
  stopEndlessPatterns();
  const { journal, clock } = options;
  const complain = saidOnce(options.complain ?? ((sentence) => process.emitWarning(sentence)));
  // On a virtual clock nothing happens at the time that it is said to.
  const telemetry =
    clock.kind === 'virtual' ? null : createTelemetry(process.env, journal, () => leases.size, complain);
  const self = thisHolder(options.holder);
  const door = options.attach === true ? doorOf(self) : null;
  const holder: Holder = {
    ...self,
    ...(door !== null && { attach: door.address }),
    ...(options.letsGo === true && { letsGo: true }),
  };
  const watcher = observedBy(options.observer ?? null, telemetry);
  const observer = door === null ? watcher : door.observing(watcher);
  const mocks = playerOf(options.mocks, clock);
  const performer = createPerformer(clock, mocks);
  const roster = createRoster();
  const { leases, driveOf } = roster;
  const takingUp = new Map<string, Promise<StartError | 'driven'>>();
  const commits = createCommits(journal, clock, () => leases.size > 1);
  const environmentOf = environmentReader(options);
  let closed = false;

  const distribution = createDistribution(journal, clock, roster.drives);

  let shifted = clock.shifted();

  const pulse = createPulse({
    journal,
    looked() {
      const by = clockShift();
      if (by !== 0) distribution.shifted(by);
      // A run may have noticed one setting and not the next, which took it back.
      for (const drive of roster.drives()) drive.lookAtClock();
    },
    changed() {
      distribution.spread();
      for (const message of journal.inbox()) {
        const drive = driveOf(message.run);
        if (drive === null) continue;
        if (message.stimulus.type === 'let-go' && isLetGo(message.run)) lend(message.run, drive);
        else drive.receive([message]);
      }
    },
    renew() {
      distribution.expire();
      for (const { run } of journal.renew([...leases.values()], LEASE)) {
        const lost = `The run ${run} was taken over by another process; this one goes no further.`;
        void driveOf(run)?.stop(new JournalError('lease-lost', lost));
      }
    },
    needed: () => leases.size > 0,
    failed(fault) {
      for (const drive of roster.drives()) void drive.stop(fault);
    },
  });

  /** How far the clock was set since this was asked last, in milliseconds. */
  function clockShift(): number {
    clock.now();
    const before = shifted;
    shifted = clock.shifted();
    return shifted - before;
  }

  const family = createFamily({
    journal,
    begin,
    takeUp: (run, first) => takeUp(run, first),
    endHere: async (run, orSuspended) => {
      const at = roster.get(run)?.drive;
      if (at == null) return null;
      return orSuspended ? at.settled('ended').catch(() => null) : at.ended;
    },
    viewHere: (run) => roster.get(run)?.view ?? null,
    async send(run, stimulus) {
      const at = roster.get(run)?.drive;
      if (at == null) journal.post(run, stimulus);
      else await at.send(stimulus).catch(() => null);
    },
    changed: () => pulse.next(),
    stateOf: (run) => fold(journal.read(run)),
  });

  /** Begins a run: its first records and its lease are one commit. */
  async function begin(
    loaded: Loaded,
    input: Json,
    run: string,
    parent: ParentLink | null,
    { event, by, trace }: Pick<StartRequest, 'event' | 'by' | 'trace'> = {},
  ): Promise<StartError | 'begun' | 'exists'> {
    const environment = environmentOf(loaded.file);
    if ('unreadable' in environment) return { code: 'unreadable-file', message: environment.unreadable };
    const { plan, file, hash, text } = loaded;
    const state = newState();
    const now = clock.now();
    const about = { run, hash, file, input, seed: randomUUID(), parent, now, heard: journal.bus.head() } as const;
    const who = by ?? (parent === null ? undefined : { name: `run ${parent.run}` });
    const start = {
      type: 'start',
      ...about,
      ...(event !== undefined && { event: eventData(event) }),
      ...(who !== undefined && { by: who }),
      ...(trace !== undefined && { trace }),
    } as const;
    const decision = await decided((answers) => decide(plan, state, start, answers), environment.env);
    if (decision.refused !== null) return { code: 'invalid-workflow', message: decision.refused, file };
    if (closed) return closedError();
    const records = decision.records.map((body, at): RunRecord => ({ ...body, seq: at + 1, at: now }));
    for (const record of records) apply(state, record);
    const { texts, resources } = textsOf(loaded);
    const row = {
      ...{ run, workflow: plan.workflow, version: plan.version, file, hash, resources, startedAt: now },
      ...{ parent: parent?.run ?? null, lock: state.lock?.key ?? null },
    };
    const received = event === undefined ? [] : [event.number];
    const first = { records, status: statusOf(plan, state), received };
    const lease = await commits.create(row, texts, holder, LEASE, first);
    if (lease === 'exists') return 'exists';
    const view = { plan, text, state };
    observer?.committed?.(records, view);
    // The observer may have closed the host; the run then stands in the journal for whoever takes it up.
    if (closed) {
      journal.release(lease);
      return closedError();
    }
    driveOn(view, lease, environment, decision.commands, []);
    return 'begun';
  }

  /** Drives a run that exists, from where its records end. */
  function takeUp(run: string, first: StimulusBody): Promise<StartError | 'driven'> {
    if (driveOf(run) !== null) return Promise.resolve('driven');
    const already = takingUp.get(run);
    if (already !== undefined) return already;
    const taking = Promise.resolve()
      .then(() => takeUpNow(run, first))
      .finally(() => takingUp.delete(run));
    takingUp.set(run, taking);
    return taking;
  }

  async function takeUpNow(run: string, first: StimulusBody): Promise<StartError | 'driven'> {
    if (closed) return closedError();
    const before = journal.summary(run);
    const known = recorded(run, before);
    if ('code' in known) return known;
    const environment = environmentOf(known.file);
    if ('unreadable' in environment) return { code: 'unreadable-file', message: environment.unreadable };
    const lease = await commits.acquire(run, holder, LEASE);
    if ('heldBy' in lease) return heldError(run, lease.heldBy);
    if (closed) {
      journal.release(lease);
      return closedError();
    }
    // Only now nobody else writes to the run, which may have moved to another text just before.
    const bound = journal.summary(run);
    if (bound?.hash !== before?.hash || bound?.resources !== before?.resources) {
      journal.release(lease);
      return takeUpNow(run, first);
    }
    const { plan, text } = known;
    const state = stateUnder(lease);
    const { name, pid, host } = holder;
    const by = { name: `${name} (process ${pid} on ${host})` };
    driveOn({ plan, text, state }, lease, environment, [], [first.type === 'recover' ? { ...first, by } : first]);
    const children = journal.list({ parent: run }).filter(({ status }) => !ENDED.has(status));
    // Asked for before the run decides anything, which would otherwise seem to wait with them.
    await Promise.all(children.map((child) => reporting(() => takeUp(child.run, { type: 'recover' }))));
    // Of one that cannot be taken up its status tells whether it waits.
    if (children.length > 0) driveOf(run)?.look();
    return 'driven';
  }

  /** Whether a child run only waits; what is being taken up may go on. */
  function rests(child: string): boolean {
    if (takingUp.has(child)) return false;
    return driveOf(child)?.rests ?? RESTING.has(journal.summary(child)?.status);
  }

  /** The run's state; a lease of one whose records are damaged is given back. */
  function stateUnder(lease: Lease): RunState {
    try {
      return fold(journal.read(lease.run));
    } catch (error) {
      journal.release(lease);
      throw error;
    }
  }

  /** The text that a run began with, compiled. */
  function recorded(run: string, summary: RunSummary | null): Loaded | StartError {
    if (summary === null) return { code: 'unknown-run', message: `The journal has no run ${run}.` };
    const loaded = loadRecorded(journal, summary);
    return 'error' in loaded ? loaded.error : loaded;
  }

  function driveOn(
    view: RunView & { readonly state: RunState },
    lease: Lease,
    environment: Environment,
    commands: readonly Command[],
    first: readonly StimulusBody[],
  ): void {
    const { run } = view.state;
    const started = drive(
      {
        ...view,
        ...{ journal, lease, commits, clock, observer, commands, published: distribution.spread },
        ...{ family: familyOf(view.state), alone: options.events === 'family' },
        changed() {
          const { parent } = view.state;
          if (parent !== null && !parent.detached) driveOf(parent.run)?.look();
        },
        rests,
        env: environment.env,
        perform: (command, signal, heartbeat) => perform(view, environment, command, signal, heartbeat),
      },
      first,
    );
    roster.add(run, { view, drive: started, env: environment.env }, lease);
    door?.took(run);
    void started.ended.then((status) => {
      if (status === null) started.settled('ended').catch((fault: Error) => options.stopped?.(run, fault));
      // A run that ended may be rolled back later by another driver; one that stopped keeps saying why.
      if (!roster.stopped(run, started, status !== null)) return;
      // Another run may have waited for its lock.
      if (view.state.lock !== null) distribution.spread();
      if (status !== null) forget(run);
    });
    started.receive(journal.inbox(run));
    pulse.beat();
  }

  /** Whether this process lets a run go that another one asks for: only where it waits, and nobody holds it. */
  function isLetGo(run: string): boolean {
    if (options.letsGo !== true || observer?.hold?.(run) != null) return false;
    return isWanted(journal, run) && RESTING.has(journal.summary(run)?.status);
  }

  /**
   * Stops driving a run, whose word stays in the journal for whoever asked for it, and takes it up again when that one has
   * had it. Others who want it up meanwhile wait for that.
   */
  function lend(run: string, drive: Drive): void {
    const taking = backFrom(run, drive).finally(() => takingUp.delete(run));
    takingUp.set(run, taking);
    const back = taking.then((taken) => {
      if (taken === 'driven') return true;
      if (options.forget === true) roster.forget(run, drive);
      return false;
    });
    roster.lend(run, drive, back);
    // Whoever waits for the run is told of the fault; where nobody does, the run is left to another process.
    back.catch(() => undefined);
  }

  async function backFrom(run: string, drive: Drive): Promise<StartError | 'driven'> {
    await drive.stop();
    while (!closed && isWanted(journal, run)) await pulse.next();
    const { status } = journal.summary(run) ?? {};
    if (status !== undefined && ENDED.has(status))
      return { code: 'refused', message: `The run ${run} has ended: it is ${status}.` };
    return takeUpNow(run, { type: 'recover' });
  }

  /** Lets go of a run that has ended, once whoever asked for it has its handle. */
  function forget(run: string): void {
    if (options.forget === true) setImmediate(() => roster.forget(run, null));
  }

  function doorOf(own: Holder): Door | null {
    return openDoor({
      holder: own,
      clock,
      runs: () => roster.handles.keys(),
      driven(run) {
        const at = roster.get(run);
        return at?.drive == null ? null : { ...at.drive, env: at.env };
      },
      parentOf(run) {
        const drive = driveOf(run);
        return drive === null ? (journal.summary(run)?.parent ?? null) : (drive.view.state.parent?.run ?? null);
      },
      committedSeq: (run) => journal.summary(run)?.seq ?? 0,
    });
  }

  /** The outermost run above this one. */
  function familyOf({ run, parent }: RunState): string {
    let at = run;
    for (let above = parent?.run ?? null; above !== null; above = journal.summary(above)?.parent ?? null) at = above;
    return at;
  }

  async function perform(
    view: RunView,
    environment: Environment,
    command: Task,
    signal: AbortSignal,
    heartbeat: () => void,
  ): Promise<Outcome | null> {
    switch (command.type) {
      case 'call': {
        const { run, activations, file } = view.state;
        const role = activations.get(command.activation)?.role ?? 'state';
        const trace = telemetry?.headers(view.state, command.activation, command.attempt) ?? {};
        const output = (level: string, text: string) => observer?.output?.({ run, way: command.way, level, text });
        const { plan } = view;
        return await performer.call({ command, role, plan, file, environment, signal, heartbeat, output, trace });
      }
      case 'start-child': {
        const mocked = { operation: null, way: command.way };
        if (mocks?.has(mocked) === true) return mocks.answer(mocked, signal);
        return family.start(view, command);
      }
      case 'rollback-child':
        return family.rollBack(view, command);
      case 'cancel-child':
        return family.cancel(view, command);
    }
  }

  function result(run: string, existed: boolean): StartResult {
    const handle = roster.handles.get(run);
    if (handle !== undefined) return { ok: true, run: handle, existed };
    return { ok: false, error: { code: 'unknown-run', message: `The journal has no run ${run}.` } };
  }

  async function resume(run: string): Promise<StartResult> {
    const summary = journal.summary(run);
    if (summary !== null && ENDED.has(summary.status)) {
      if (roster.get(run) === undefined) {
        const known = recorded(run, summary);
        if ('code' in known) return { ok: false, error: known };
        roster.show(run, { plan: known.plan, text: known.text, state: fold(journal.read(run)) });
        forget(run);
      }
      return result(run, true);
    }
    const taken = await takeUp(run, { type: 'recover' });
    return taken === 'driven' ? result(run, true) : { ok: false, error: taken };
  }

  async function start(request: StartRequest): Promise<StartResult> {
    const { id } = request;
    const unfit = id === undefined ? null : misfitOfId(id);
    if (unfit !== null) return { ok: false, error: unfit };
    if (id !== undefined && journal.summary(id) !== null) {
      if (request.mustBeNew !== true) return resume(id);
      return { ok: false, error: { code: 'exists', message: `There is already a run ${id}.` } };
    }
    const loaded = load(request.file, request.text, options.parseModule);
    if ('error' in loaded) return { ok: false, error: loaded.error };
    const misfit = misfitOfInput(loaded.plan, request.input);
    if (misfit !== null) return { ok: false, error: { code: 'invalid-input', message: misfit, file: loaded.file } };
    const run = id ?? ulid();
    const begun = await begin(loaded, request.input, run, null, request);
    if (begun === 'begun') return result(run, false);
    return begun === 'exists' ? resume(run) : { ok: false, error: begun };
  }

  return {
    start: (request) => reporting(() => start(request)),
    resume: (run) => reporting(() => resume(run)),
    runs: roster.handles,
    mocks,
    publish: distribution.publish,
    publishAll: distribution.publishAll,
    async close() {
      closed = true;
      pulse.close();
      // What is decided stays so, and is not performed.
      commits.flush();
      await Promise.all([...roster.drives()].map((drive) => drive.stop()));
      await performer.close();
      await door?.close();
      await telemetry?.close();
    },
  };
}

/** Says each sentence once, however often it is said. */
function saidOnce(say: (sentence: string) => void): (sentence: string) => void {
  const said = new Set<string>();
  return (sentence) => {
    if (said.has(sentence)) return;
    said.add(sentence);
    say(sentence);
  };
}

function playerOf(mocks: HostOptions['mocks'], clock: Clock): MockPlayer | null {
  if (mocks === undefined) return null;
  return 'answer' in mocks ? mocks : playMocks(mocks, clock);
}

// The one door of the runner for those who may not look behind it: clocks, journals, and how a run's state is read.
export type { Clock } from './clock.ts';
export { realClock, virtualClock } from './clock.ts';
export type { Mocks } from './actions/mocks.ts';
export { readMocks } from './actions/mocks.ts';
export { readEnvironment } from './environment.ts';
export { findDrift } from './drift.ts';
export type { Drift } from './drift.ts';
export { EXIT_FAULT, exitOf } from './exit-codes.ts';
export { readExport } from './export.ts';
export type { ExportedRuns, Misfit } from './export.ts';
export { closedGate, plainGate } from './gate.ts';
export type { Gate } from './gate.ts';
export { foresee } from './foresee.ts';
export { foreseeFork, forkRun } from './fork.ts';
export type { ForkForeseen, ForkRequest, ForkResult } from './fork.ts';
export { visitHolder } from './attach/visit.ts';
export type { Visit } from './attach/visit.ts';
export { stepKey } from './attach/protocol.ts';
export type { Reply, Wish } from './attach/protocol.ts';
export type { Journal } from './journal/journal.ts';
export { JournalError } from './journal/journal.ts';
export { locateJournal } from './journal/locate.ts';
export { memoryJournal } from './journal/memory.ts';
export { openJournal } from './journal/sqlite.ts';
export { load, loadRecorded, textAt } from './load.ts';
export {
  apply,
  bindingsOf,
  copyState,
  ENDED,
  fold,
  leavesUndone,
  matchesAny,
  newState,
  pendingStack,
  scopesAbove,
  sizeOf,
  statusOf,
  steps,
} from './machine/index.ts';
export type {
  Activation,
  RecordBody,
  RunError,
  RunRecord,
  RunState,
  RunStatus,
  Step,
  StimulusBody,
  TextReference,
  ValueTarget,
} from './machine/index.ts';
export type { Observer, RunView } from './observe.ts';
