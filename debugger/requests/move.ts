/** Requests that move the run. What they set going begins after they were answered. */
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import type { Goal } from '../control.ts';
import type { Session } from '../state.ts';

export function continueRun(session: Session, args: Arguments): object {
  go(session, args, 'continue');
  return { allThreadsContinued: true };
}

export function next(session: Session, args: Arguments): void {
  go(session, args, 'over');
}

export function stepIn(session: Session, args: Arguments): void {
  go(session, args, 'in');
}

export function stepOut(session: Session, args: Arguments): void {
  go(session, args, 'out');
}

/** Stops at once, wherever the run is; a run that stands already stays as it is. */
export function pause(session: Session, args: Arguments): void {
  checkThread(session, args);
  const debuggee = session.running();
  if (debuggee.control.stop !== null) return;
  if (debuggee.over) throw new RequestError('The run has come to its end: there is nothing to pause.');
  session.later(() => debuggee.control.pause(debuggee.main(), 'pause'));
}

function go(session: Session, args: Arguments, goal: Goal): void {
  const [spot] = session.stack(checkThread(session, args)).frames;
  const { control } = session.running();
  session.later(() => {
    session.forget();
    control.go(goal, spot ?? null);
  });
}

/** Throws a RequestError for a thread that is not there. */
export function checkThread(session: Session, args: Arguments): number {
  const id = args.number('threadId');
  const debuggee = session.running();
  if (!debuggee.threads.list(debuggee.main()).some((thread) => thread.id === id))
    throw new RequestError(`There is no thread ${id}.`);
  return id;
}
