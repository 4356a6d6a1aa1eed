/** What the session tells the client while a run goes on: stops, positions, lines of output, the end. */
import type { RunView } from '../runner/host.ts';
import { EXIT_FAULT, exitOf, statusOf } from '../runner/host.ts';
import type { Stop } from './control.ts';
import type { Ending, Watching } from './debuggee.ts';
import { narrate, narrateEnd } from './narration.ts';
import { POSITION, type PositionEvent } from './protocol.ts';
import { lineOf, planIdOf, standingOf, type FrameSpot } from './stack.ts';
import type { Session } from './state.ts';
import { MAIN_THREAD } from './threads.ts';

/** Levels of output that stand out in the console. */
const LOUD: ReadonlySet<string> = new Set(['error', 'warn', 'warning', 'fatal', 'stderr']);

/** How many transitions are told between two stops. */
const MOST_TRANSITIONS = 1_000;

/** How the debuggee tells the session what happens. */
export function watching(session: Session): Watching {
  return {
    breakpoints: session.breakpoints,
    filters: session.filters,
    data: session.data,
    ahead: session.ahead,
    stopped: (stop) => tellStop(session, stop),
    log: (text, category, { view, standing }) => session.output(text, category, { view, range: standing.range }),
    output({ run, way, level, text }) {
      const view = session.debuggee?.find(run) ?? null;
      const where = view === null ? undefined : { view, range: lineOf(view, planIdOf(way), false, true) };
      session.output(text, LOUD.has(level) ? 'stderr' : 'stdout', where);
    },
    committed(record, view, line) {
      // A long loop would bury everything else, and the client would take longer over it than the run.
      if (record.type === 'transition.taken' && ++session.transitions > MOST_TRANSITIONS) return;
      const told = narrate(record, view, line);
      if (told !== null)
        session.output(told.text, told.category, told.range === null ? undefined : { view, range: told.range });
      const waits = record.type === 'task.created' || record.type === 'wait.started';
      if (waits) tellPosition(session, whereIs(session, view));
    },
  };
}

/** Tells how the run ended, and that the session is over. */
export function tellEnd(session: Session, { view, status, fault }: Ending): void {
  session.forget();
  tellRest(session);
  const last = fault === null ? narrateEnd(view, status) : { text: fault, category: 'stderr' as const };
  session.output(last.text, last.category);
  tellPosition(session, whereIs(session, view));
  session.event('exited', { exitCode: fault === null ? exitOf(status) : EXIT_FAULT });
  session.event('terminated');
}

/** Tells where the session stands now. */
export function tellStop(session: Session, stop: Stop): void {
  // A commit that comes while the session closes is nobody's business any more.
  if (session.debuggee === null) return;
  tellRest(session);
  session.show(stop);
  const { spot, reason, hits, exception, description } = stop;
  session.event('stopped', {
    reason,
    threadId: session.shown?.thread ?? MAIN_THREAD,
    allThreadsStopped: true,
    ...(hits.length > 0 && { hitBreakpointIds: hits }),
    ...(description !== undefined && { description }),
    ...(exception !== null && {
      description: exception.headline,
      text: `${exception.error.type}: ${exception.error.message}`,
    }),
  });
  tellPosition(session, spot);
}

/** Says how many transitions were not told. */
function tellRest(session: Session): void {
  const rest = session.transitions - MOST_TRANSITIONS;
  session.transitions = 0;
  if (rest > 0) session.output(`… and ${rest} more transitions`, 'console');
}

function tellPosition(session: Session, { view, standing }: FrameSpot): void {
  const { state, plan } = view;
  const trace = session.debuggee?.control.traceOf(state.run);
  const position: PositionEvent = {
    run: state.run,
    file: state.file,
    scope: state.scopes.get(standing.scope)?.way ?? '',
    state: standing.way,
    plan: standing.plan,
    undoing: standing.undoing,
    path: trace?.path(state.seq) ?? [],
    undone: trace?.undone(state.seq) ?? [],
    status: statusOf(plan, state),
  };
  session.event(POSITION, position);
}

function whereIs(session: Session, view: RunView): FrameSpot {
  const debuggee = session.debuggee;
  const last = debuggee?.control.traceOf(view.state.run).last() ?? null;
  return standingOf(view, () => null, last);
}
