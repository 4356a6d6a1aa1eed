/** Requests for data breakpoints: what of a view can be watched, and what is. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { scopesAbove } from '../../runner/host.ts';
import type { RunView } from '../../runner/host.ts';
import type { Arguments } from '../arguments.ts';
import { dataIdOf, nameOf } from '../data.ts';
import type { Watched } from '../data.ts';
import { topSpot } from '../setting.ts';
import type { Session } from '../state.ts';
import { readVariablePath } from '../variable-path.ts';

export function dataBreakpointInfo(
  session: Session,
  args: Arguments,
): DebugProtocol.DataBreakpointInfoResponse['body'] {
  const name = args.text('name');
  const reference = args.optionalNumber('variablesReference');
  const watched =
    reference === null || reference === 0 ? watchedPath(session, args, name) : watchedLine(session, reference, name);
  if (watched === null)
    return { dataId: null, description: `Only variables and their parts can be watched, and \`${name}\` is none.` };
  return {
    dataId: dataIdOf(watched),
    description: nameOf(watched.name, watched.path),
    accessTypes: ['write'],
    canPersist: true,
  };
}

export function setDataBreakpoints(session: Session, args: Arguments): object {
  const wanted = args.list('breakpoints').map((each) => {
    const condition = each.optionalText('condition');
    const hitCondition = each.optionalText('hitCondition');
    return {
      dataId: each.text('dataId'),
      ...(condition !== null && { condition }),
      ...(hitCondition !== null && { hitCondition }),
    };
  });
  const list = session.data.set(wanted, session.breakpoints.nextId(wanted.length));
  for (const view of session.debuggee?.views() ?? []) session.data.live.look(view.state);
  return {
    breakpoints: list.map(({ id, problem }): DebugProtocol.Breakpoint => ({
      id,
      verified: problem === null,
      ...(problem !== null && { message: problem, reason: 'failed' }),
    })),
  };
}

/** A line of the view of variables. */
function watchedLine(session: Session, reference: number, name: string): Watched | null {
  const opened = session.values.open(reference);
  const at = opened !== null && opened.indexed > 0 && /^\d+$/.test(name) ? Number(name) : null;
  const page = at === null ? opened?.page(null, 0, Number.MAX_SAFE_INTEGER) : opened?.page('indexed', at, 1);
  const place = page?.find((each) => each.name === name)?.place;
  if (place === undefined || place.target.target.kind !== 'variable') return null;
  const view = session.running().find(place.target.run);
  return view === null ? null : watchedIn(view, place.target.target.scope, place.target.target.name, place.path);
}

/** `vars.total` as seen from a frame. */
function watchedPath(session: Session, args: Arguments, text: string): Watched | null {
  const [name, ...path] = readVariablePath(text) ?? [];
  const frame = args.optionalNumber('frameId');
  const { view, standing } = frame === null ? topSpot(session) : session.frame(frame);
  const scope = scopesAbove(view.state, standing.scope).find((each) => Object.hasOwn(each.vars, String(name)));
  return name === undefined || scope === undefined ? null : watchedIn(view, scope.id, String(name), path);
}

function watchedIn(
  { state }: RunView,
  scope: number,
  name: string,
  path: readonly (string | number)[],
): Watched | null {
  const plan = state.scopes.get(scope)?.plan;
  return plan === undefined ? null : { workflow: state.workflow, scope: plan, name, path };
}
