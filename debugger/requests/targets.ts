/** Requests for going somewhere that is chosen from a list: into a branch, to another state, to the same state again. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { positionAt } from '../../language/index.ts';
import type { Json, PlanScope, PlanState, Range } from '../../language/index.ts';
import { foresee, leavesUndone } from '../../runner/host.ts';
import { BY } from '../ahead.ts';
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { fileKey } from '../breakpoints.ts';
import type { StopCause } from '../control.ts';
import { placesOf, stateOf } from '../places.ts';
import type { FrameSpot } from '../stack.ts';
import type { Session, Target } from '../state.ts';
import { scopeName } from '../stack.ts';
import { preview } from '../values.ts';
import { checkThread } from './move.ts';

/** The most items that are offered. */
const MOST_ITEMS = 100;
/** The longest preview of an item. */
const ITEM = 60;

/** What the state of a frame is about to begin: its branches, its items, the first state of its scope, its child workflow. */
export async function stepInTargets(session: Session, args: Arguments): Promise<object> {
  const spot = session.frame(args.number('frameId'));
  const { view, standing } = spot;
  const found = stateOf(placesOf(view.plan, view.text), standing.plan);
  const ahead = standing.doing === 'enter' || standing.doing === 'call';
  if (!ahead || found === null || session.running().travel.at !== null) return { targets: [] };
  const { action, nameRange } = found.state;
  const into = (way: string | null, label: string, range: Range): DebugProtocol.StepInTarget => {
    const { line, column, endLine, endColumn } = session.locate(view, range);
    return { id: offer(session, { kind: 'in', way }), label, line, column, endLine, endColumn };
  };
  const firstOf = (scope: PlanScope): PlanState | undefined => scope.states.find(({ name }) => name === scope.start);
  switch (action.kind) {
    case 'parallel':
      return {
        targets: action.branches.map(({ name, scope }) =>
          into(`${standing.way}/${name}`, name, firstOf(scope)?.nameRange ?? nameRange),
        ),
      };
    case 'foreach': {
      const items = await itemsAhead(session, spot);
      const range = (action.scope === null ? undefined : firstOf(action.scope)?.nameRange) ?? found.state.lines.kind;
      return {
        targets: items
          .slice(0, MOST_ITEMS)
          .map((item, at) => into(`${standing.way}/${at}`, `${at}: ${preview(item, ITEM)}`, range)),
      };
    }
    case 'scope': {
      const first = firstOf(action.scope);
      return { targets: first === undefined ? [] : [into(standing.way, first.name, first.nameRange)] };
    }
    case 'run':
      return { targets: action.detached ? [] : [into(null, action.file, found.state.lines.kind)] };
    default:
      return { targets: [] };
  }
}

/** The items of a `foreach` that is about to begin. Where they cannot be evaluated there are none. */
async function itemsAhead(session: Session, spot: FrameSpot): Promise<readonly Json[]> {
  const { view, standing } = spot;
  const input = view.state.activations.get(standing.activation ?? -1)?.input?.value;
  if (Array.isArray(input)) return input as readonly Json[];
  const { env } = session.running().ground(spot).bindings;
  // Whoever makes a ground puts the environment there.
  const { records } = await foresee(view, standing, view.state.now, (env ?? {}) as Readonly<Record<string, string>>);
  const prepared = records.find(({ type }) => type === 'state.prepared');
  const items = prepared?.type === 'state.prepared' ? prepared.input.value : null;
  return Array.isArray(items) ? (items as readonly Json[]) : [];
}

/** The states of the scope where the run stands that a line may mean. */
export function gotoTargets(session: Session, args: Arguments): object {
  const path = args.object('source')?.optionalText('path') ?? null;
  const line = args.number('line') - session.base.line;
  const spot = session.present().spot;
  const { view } = spot;
  if (path === null || fileKey(path) !== fileKey(view.state.file)) return { targets: [] };
  const { lines } = placesOf(view.plan, view.text);
  const spans = ({ range }: PlanState): boolean =>
    positionAt(lines, range.start).line <= line && line <= positionAt(lines, range.end - 1).line;
  const targets = siblingsOf(spot)
    .filter(spans)
    .map(({ name, id, nameRange }): DebugProtocol.GotoTarget => {
      const place = session.locate(view, nameRange);
      const target = offer(session, { kind: 'jump', spot, state: name, plan: id });
      return {
        id: target,
        label: name,
        line: place.line,
        column: place.column,
        endLine: place.endLine,
        endColumn: place.endColumn,
      };
    });
  return { targets };
}

/** Goes on in another state of the same scope: nothing in between is done, and what was done stays done. */
export async function goTo(session: Session, args: Arguments): Promise<void> {
  checkThread(session, args);
  const id = args.number('targetId');
  const target = session.targets.get(id);
  if (target?.kind !== 'jump') throw new RequestError(`There is no target ${id} at this stop.`);
  await jumpTo(session, target.spot, target.state, target.plan, 'goto');
}

/** Enters the state of a frame again. */
export async function restartFrame(session: Session, args: Arguments): Promise<void> {
  session.present();
  const spot = session.frame(args.number('frameId'));
  const found = stateOf(placesOf(spot.view.plan, spot.view.text), spot.standing.plan);
  if (found === null) throw new RequestError('This frame is no state that could be entered again.');
  await jumpTo(session, spot, found.state.name, found.state.id, 'restart');
}

async function jumpTo(
  session: Session,
  spot: FrameSpot,
  state: string,
  plan: string,
  reason: StopCause['reason'],
): Promise<void> {
  session.present();
  const { view, standing } = spot;
  const { activation, run, way, scope } = standing;
  if (activation === null) throw new RequestError('The run stands at no state, so that it cannot jump from there.');
  const debuggee = session.running();
  const skipped = leavesUndone(view.plan, view.state, activation);
  const refused = await debuggee.send(run, { type: 'jump', activation, to: state, by: BY });
  if (refused !== null) throw new RequestError(refused);
  session.later(() => {
    session.output(`${way} is left for ${state} by hand`, 'important', { view, range: standing.range });
    if (skipped) {
      const warning = `${way} may have had its effect, and its compensation is skipped: nothing will undo it.`;
      session.output(warning, 'important', { view, range: standing.range });
    }
    session.forget();
    debuggee.control.go('goto', spot, { line: [scopeName(view, scope)], target: plan, reason });
  });
}

function siblingsOf({ view, standing }: FrameSpot): readonly PlanState[] {
  return stateOf(placesOf(view.plan, view.text), standing.plan)?.scope.states ?? [];
}

function offer(session: Session, target: Target): number {
  const id = session.targets.size + 1;
  session.targets.set(id, target);
  return id;
}
