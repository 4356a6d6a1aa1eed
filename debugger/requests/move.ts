/** Requests that move the run. What they set going begins after they were answered. */
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import type { Single, Stop } from '../control.ts';
import type { Goal } from '../goals.ts';
import type { FrameSpot } from '../stack.ts';
import type { Session } from '../state.ts';
import { tellStop } from '../watching.ts';

export async function continueRun(session: Session, args: Arguments): Promise<object> {
  await go(session, args, 'continue');
  return { allThreadsContinued: !args.flag('singleThread') };
}

export function next(session: Session, args: Arguments): Promise<void> {
  return go(session, args, 'over');
}

export function stepIn(session: Session, args: Arguments): Promise<void> {
  return go(session, args, 'in');
}

export function stepOut(session: Session, args: Arguments): Promise<void> {
  return go(session, args, 'out');
}

/** Undoes one step over: the view moves, and nothing is executed or undone. */
export function stepBack(session: Session, args: Arguments): void {
  const from = spotOf(session, args);
  lookBack(session, session.running().travel.back(from));
}

/** Moves the view to the previous breakpoint, else to where the run began. */
export async function reverseContinue(session: Session, args: Arguments): Promise<void> {
  spotOf(session, args);
  lookBack(session, await session.running().travel.reverse(session.standing().reason));
}

/** Stops at once, wherever the run is; a run that stands already stays as it is. */
export function pause(session: Session, args: Arguments): void {
  checkThread(session, args);
  const debuggee = session.running();
  if (debuggee.stop !== null) return;
  if (debuggee.over) throw new RequestError('The run has come to its end: there is nothing to pause.');
  session.later(() => debuggee.control.pause(debuggee.main(), 'pause'));
}

async function go(session: Session, args: Arguments, goal: Goal): Promise<void> {
  const from = spotOf(session, args);
  const { control, travel, examined } = session.running();
  const target = targetOf(session, args);
  const only = args.flag('singleThread') ? singleOf(session, args.number('threadId')) : null;
  const options = { ...(target !== null && { target }), ...(only !== null && { only }) };
  if (travel.at === null) {
    session.later(() => {
      session.forget();
      control.go(goal, from, options);
    });
    return;
  }
  const recorded = await travel.forward(goal, from);
  if (recorded !== null) return look(session, recorded);
  const line = travel.line(from);
  const live = control.stop;
  travel.leave();
  if (live !== null && (goal === 'continue' || control.reachedBy(goal, line))) {
    const reason = goal === 'continue' ? 'pause' : 'step';
    return look(session, { ...live, reason, hits: [], description: examined ? 'The last record' : 'The live end' });
  }
  session.later(() => {
    session.forget();
    control.go(goal, from, { line });
  });
}

/** One thread, which alone goes on for a while. */
function singleOf(session: Session, thread: number): Single {
  const { threads, main } = session.running();
  return {
    has: (view, scope) => threads.of(view, scope) === thread,
    isThere: () => threads.list(main()).some(({ id }) => id === thread),
  };
}

/** The way that `stepIn` was asked to go, of those that `stepInTargets` offered. */
function targetOf(session: Session, args: Arguments): string | null {
  const id = args.optionalNumber('targetId');
  if (id === null) return null;
  const target = session.targets.get(id);
  if (target?.kind !== 'in') throw new RequestError(`There is no target ${id} at this stop.`);
  return target.way;
}

/** Tells the client where the view stands now. */
export function look(session: Session, stop: Stop): void {
  session.forget();
  session.later(() => tellStop(session, stop));
}

/** Where there is nothing further back, the client is told so, since it waits for a stop. */
function lookBack(session: Session, stop: Stop | null): void {
  const cause = { reason: 'entry', hits: [], description: 'The beginning of the run' } as const;
  look(session, stop ?? { ...session.standing(), ...cause });
}

/** The innermost frame of the thread that is asked for. */
function spotOf(session: Session, args: Arguments): FrameSpot {
  const [spot] = session.stack(checkThread(session, args)).frames;
  return spot ?? session.standing().spot;
}

/** Throws a RequestError for a thread that is not there. */
export function checkThread(session: Session, args: Arguments): number {
  const id = args.number('threadId');
  const debuggee = session.running();
  if (!debuggee.threads.list(debuggee.main()).some((thread) => thread.id === id))
    throw new RequestError(`There is no thread ${id}.`);
  return id;
}
