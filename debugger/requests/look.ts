/** Requests that look: threads, frames, scopes, variables, texts and the exception of a stop. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { describeException } from '../exceptions.ts';
import { scopesOf } from '../scopes.ts';
import type { Exception } from '../exceptions.ts';
import type { RunError, RunView } from '../../runner/host.ts';
import type { FrameSpot } from '../stack.ts';
import type { Session } from '../state.ts';
import { checkThread } from './move.ts';

export function threads(session: Session): object {
  const { debuggee } = session;
  const list = debuggee === null ? [] : debuggee.threads.list(debuggee.main());
  return { threads: list.map(({ id, name }) => ({ id, name })) };
}

export function stackTrace(session: Session, args: Arguments): object {
  const { frames, firstId } = session.stack(checkThread(session, args));
  const from = Math.max(0, args.optionalNumber('startFrame') ?? 0);
  const levels = args.optionalNumber('levels') ?? 0;
  const to = levels > 0 ? from + levels : undefined;
  const stackFrames = frames.slice(from, to).map((spot, at): DebugProtocol.StackFrame => ({
    id: firstId + from + at,
    name: frameName(spot),
    ...session.locate(spot.view, spot.standing.range),
  }));
  return { stackFrames, totalFrames: frames.length };
}

export function scopes(session: Session, args: Arguments): object {
  const id = args.number('frameId');
  if (session.wasFrame(id)) return { scopes: [] };
  const spot = session.frame(id);
  const trace = session.running().control.traceOf(spot.view.state.run);
  const drift = session.drifts.find(({ run }) => run === spot.view.state.run);
  return {
    scopes: scopesOf(spot, trace, drift).map(({ name, expensive, lines }): DebugProtocol.Scope => ({
      name,
      expensive,
      variablesReference: session.values.list(lines),
      ...(name === 'State' && { presentationHint: 'locals' }),
    })),
  };
}

export function variables(session: Session, args: Arguments): object {
  const reference = args.number('variablesReference');
  const opened = session.values.open(reference);
  if (opened === null && session.values.wasOpen(reference)) return { variables: [] };
  if (opened === null) throw new RequestError(`There are no variables ${reference} at this stop.`);
  const filter = args.optionalText('filter');
  const start = Math.max(0, args.optionalNumber('start') ?? 0);
  const count = args.optionalNumber('count') ?? 0;
  const kind = filter === 'indexed' || filter === 'named' ? filter : null;
  const page = opened.page(kind, start, count > 0 ? count : Number.MAX_SAFE_INTEGER);
  return { variables: page.map((shown) => session.values.render(shown)) };
}

export function source(session: Session, args: Arguments): object {
  const reference = args.object('source')?.optionalNumber('sourceReference') ?? args.optionalNumber('sourceReference');
  const content = reference === null ? null : session.sources.text(reference);
  if (content === null) throw new RequestError(`There is no recorded text ${reference ?? ''} in this session.`);
  return { content, mimeType: 'text/x-backstep' };
}

/** The workflows of the session's runs, each once. */
export function loadedSources(session: Session): object {
  const found = new Map<string, DebugProtocol.Source>();
  for (const view of session.debuggee?.views() ?? [])
    found.set(`${view.state.hash} ${view.state.file}`, session.sources.of(view));
  return { sources: [...found.values()] };
}

export function exceptionInfo(session: Session, args: Arguments): object {
  checkThread(session, args);
  const { exception } = session.standing();
  if (exception === null) throw new RequestError('The run does not stand at an error.');
  return describeException(exception, causesOf(session, exception));
}

/** The errors of the child runs in which an error arose, from the nearest on. */
function causesOf(session: Session, { activation, error }: Exception): readonly RunError[] {
  const { find } = session.running();
  const causesIn = (view: RunView, id: number | null, way: string): readonly RunError[] => {
    const all = [...view.state.activations.values()];
    const child = all.find((each) => (id === null ? each.way === way : each.id === id))?.child ?? null;
    const inner = child === null ? null : find(child);
    const cause = inner?.state.error ?? null;
    return inner === null || cause === null ? [] : [cause, ...causesIn(inner, null, cause.state)];
  };
  return causesIn(session.standing().spot.view, activation, error.state);
}

function frameName({ standing, view }: FrameSpot): string {
  if (standing.way === '') return view.state.workflow;
  return standing.undoing ? `${standing.way} (compensation)` : standing.way;
}
