/** Taking up what is debugged, when it is launched or attached to, and when another run follows it. */
import { describePlacement } from './breakpoints.ts';
import type { Control } from './control.ts';
import type { Debuggee } from './debuggee.ts';
import type { Session } from './state.ts';
import { tellEnd } from './watching.ts';

/** Takes the debuggee over: what was asked for before is told anew, and its end is awaited. */
export function take(session: Session, debuggee: Debuggee): void {
  session.debuggee = debuggee;
  session.breakpoints.recount();
  const view = debuggee.main();
  for (const placement of session.breakpoints.recheck(view.plan, view.text)) {
    const breakpoint = describePlacement(placement, session.base, session.sources.of(view));
    session.later(() => session.event('breakpoint', { reason: 'changed', breakpoint }));
  }
  void debuggee.ending.then((ending) => {
    if (session.debuggee === debuggee && session.restarting !== debuggee) tellEnd(session, ending);
  });
}

/** Lets the run go once both the launch and the configuration are there, in whatever order they come. */
export function begin(session: Session): void {
  const control: Control | undefined = session.debuggee?.control;
  if (session.configured && control !== undefined) control.begin();
}
