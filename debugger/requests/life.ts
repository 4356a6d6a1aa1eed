/** Requests that begin and end a session. */
import { resolve } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { attachTo, journalFor, startRun, type Debuggee, type Surroundings } from '../debuggee.ts';
import { FILTERS } from '../exceptions.ts';
import { readLaunch, readSurroundings, type Launch } from '../launching.ts';
import { archiveIn, readArchive } from '../postmortem/archive.ts';
import { driftsOf } from '../postmortem/drift.ts';
import { examine } from '../postmortem/examine.ts';
import type { Session } from '../state.ts';
import { begin, take } from '../taking.ts';
import { watching } from '../watching.ts';

export function initialize(session: Session, args: Arguments): DebugProtocol.Capabilities {
  if (session.initialized) throw new RequestError('The session is initialized already.');
  const format = args.optionalText('pathFormat') ?? 'path';
  if (format !== 'path') throw new RequestError(`Paths of the format \`${format}\` are not understood; \`path\` is.`);
  session.initialized = true;
  session.invalidates = args.raw('supportsInvalidatedEvent') === true;
  session.base = {
    line: args.raw('linesStartAt1') === false ? 0 : 1,
    column: args.raw('columnsStartAt1') === false ? 0 : 1,
  };
  session.later(() => session.event('initialized'));
  return {
    supportsConfigurationDoneRequest: true,
    supportsFunctionBreakpoints: true,
    supportsConditionalBreakpoints: true,
    supportsHitConditionalBreakpoints: true,
    supportsLogPoints: true,
    supportsBreakpointLocationsRequest: true,
    supportsExceptionFilterOptions: true,
    exceptionBreakpointFilters: [...FILTERS],
    supportsExceptionInfoRequest: true,
    supportsEvaluateForHovers: true,
    supportsClipboardContext: true,
    supportsCompletionsRequest: true,
    completionTriggerCharacters: ['.', ':'],
    supportsStepBack: true,
    supportsStepInTargetsRequest: true,
    supportsSingleThreadExecutionRequests: true,
    supportsGotoTargetsRequest: true,
    supportsRestartFrame: true,
    supportsDataBreakpoints: true,
    supportsSetVariable: true,
    supportsSetExpression: true,
    supportsDelayedStackTraceLoading: true,
    supportsLoadedSourcesRequest: true,
    supportsRestartRequest: true,
    supportsTerminateRequest: true,
  };
}

export async function launch(session: Session, args: Arguments): Promise<void> {
  refuseSecond(session);
  const asked = readLaunch(args);
  const start = async ({ program, around }: Launch): Promise<void> => {
    take(session, await startRun(program, around, watching(session)));
  };
  await start(asked);
  session.env = { ...asked.around.scenario?.env, ...asked.around.env };
  session.relaunch = ({ program, around } = asked) => {
    // The first run keeps its id.
    const id = program.id === asked.program.id ? null : program.id;
    return start({ program: { ...program, id }, around });
  };
  session.later(() => begin(session));
}

export async function attach(session: Session, args: Arguments): Promise<void> {
  refuseSecond(session);
  const around = readSurroundings(args);
  const program = given(args, 'program');
  const debuggee = await found(session, args, around, program);
  const { control, main, examined, holder } = debuggee;
  const isOver = examined || main().state.endedAt !== null;
  try {
    session.drifts = isOver ? await driftsOf(debuggee, program) : [];
  } catch (error) {
    await debuggee.close();
    throw error;
  }
  session.program = program;
  session.env = around.env ?? {};
  take(session, debuggee);
  session.later(() => {
    if (holder !== null) {
      const text = `${main().state.run} is driven by ${holder}, and goes on there when this session disconnects. Its environment and its mocks are those of that process.`;
      session.output(text, 'console');
    }
    for (const { sentence, view, range } of session.drifts) session.output(sentence, 'important', { view, range });
    control.pause(main(), 'entry');
    begin(session);
  });
}

/** What `attach` is about: recorded runs that are only looked at, or a run of the journal. */
function found(session: Session, args: Arguments, around: Surroundings, program: string | null): Promise<Debuggee> {
  const watched = watching(session);
  const history = given(args, 'history');
  const run = history === null ? args.text('runId') : args.optionalText('runId');
  const folder = args.optionalText('cwd') ?? process.cwd();
  if (history !== null) {
    const archive = readArchive(history, run);
    return Promise.resolve(examine(archive, around, watched, () => undefined));
  }
  if (program === null) return attachTo(run ?? '', folder, around, watched);
  const journal = journalFor(run ?? '', folder, around);
  try {
    const archive = archiveIn(journal, journal.file, run ?? '');
    return Promise.resolve(examine(archive, around, watched, () => journal.close()));
  } catch (error) {
    journal.close();
    throw error;
  }
}

/** The path that an argument names; null without one. */
function given(args: Arguments, name: string): string | null {
  const path = args.optionalText(name);
  return path === null || path === '' ? null : resolve(path);
}

export function configurationDone(session: Session): void {
  session.configured = true;
  session.later(() => begin(session));
}

/** Cancels the run and begins it anew under another id, with the arguments of the launch as they are now. */
export async function restart(session: Session, args: Arguments): Promise<void> {
  const { relaunch } = session;
  const before = session.running();
  if (relaunch === null) throw new RequestError('Only a run that was launched can be started again.');
  const changed = args.object('arguments');
  const asked = changed?.optionalText('program') == null ? undefined : readLaunch(changed);
  before.travel.leave();
  const refused = await cancel(before);
  if (refused !== null && !isSettled(before)) throw new RequestError(refused);
  session.restarting = before;
  session.later(() => {
    session.forget();
    before.control.finish();
    void startAgain(session, before, () => relaunch(asked));
  });
}

/** Begins the new run when the one before has ended, unless the client has gone meanwhile. */
async function startAgain(session: Session, before: Debuggee, relaunch: () => Promise<void>): Promise<void> {
  await before.ending;
  await before.close();
  if (session.debuggee !== before) return;
  try {
    await relaunch();
    begin(session);
  } catch (error) {
    session.debuggee = null;
    session.output(error instanceof Error ? error.message : String(error), 'important');
    session.event('terminated');
  }
}

/** Cancels the run, which compensates and ends; no further step forward is taken. */
export async function terminate(session: Session): Promise<void> {
  const debuggee = session.running();
  debuggee.travel.leave();
  const refused = await cancel(debuggee);
  if (refused !== null && !isSettled(debuggee)) throw new RequestError(refused);
  session.configured = true;
  session.later(() => {
    session.forget();
    debuggee.control.finish();
  });
}

/** Leaves the run as it stands and gives up its lease at once; one that another process drives goes on there. */
export async function disconnect(session: Session, args: Arguments): Promise<void> {
  const { debuggee } = session;
  if (debuggee !== null && args.raw('terminateDebuggee') === true) {
    debuggee.travel.leave();
    await cancel(debuggee);
    debuggee.control.finish();
    await Promise.race([debuggee.ending, session.gone]);
  }
  await session.close();
  session.later(() => session.over());
}

function refuseSecond(session: Session): void {
  if (session.debuggee !== null)
    throw new RequestError('This session debugs a run already. Begin another session for another run.');
}

function isSettled(debuggee: Debuggee): boolean {
  return debuggee.examined || debuggee.main().state.endedAt !== null;
}

function cancel(debuggee: Debuggee): Promise<string | null> {
  const { run } = debuggee.main().state;
  return debuggee.send(run, { type: 'cancel', by: { name: 'debugger' }, compensate: true, force: false });
}
