/**
 * Where a run stands, and the frames that lead there: the scopes that the state stands in, from the inside out, and then
 * those of the workflow whose state runs this one as its child.
 */
import type { Range } from '../language/index.ts';
import type { Activation, RunError, RunView, Step } from '../runner/host.ts';
import { placesOf, stateOf } from './places.ts';
import type { LastPlace } from './trace.ts';

/** A spot in a run. `doing` is the place of a step, or `inside` while an action is under way, or `ended`. */
export interface Standing {
  readonly run: string;
  readonly scope: number;
  readonly activation: number | null;
  /** The state's stable id; empty where no state is concerned. */
  readonly plan: string;
  readonly way: string;
  readonly doing: Step['place'] | 'inside' | 'ended';
  readonly undoing: boolean;
  readonly range: Range;
  /** The error that the stop is about, when the state that it arose in is already left. */
  readonly error?: RunError;
}

/** Finds the view of a run that this session drives; null for any other. */
export type FindRun = (run: string) => RunView | null;

/** The spot that `step` is about to be taken at. */
export function standingAt(step: Step, view: RunView): Standing {
  const activation = step.activation === null ? undefined : view.state.activations.get(step.activation);
  const undoing = step.place === 'undo' || step.place === 'undone' || activation?.role === 'compensation';
  return {
    run: view.state.run,
    scope: step.scope,
    activation: step.activation,
    plan: step.plan,
    way: step.way,
    doing: step.place,
    undoing,
    range: step.range ?? lineOf(view, step.plan, undoing),
  };
}

/** Where a run is while no step is about to be taken: in its latest action, or at the last place it was in. */
export function standingOf(
  view: RunView,
  find: FindRun,
  last: LastPlace | null,
): { view: RunView; standing: Standing } {
  const { state } = view;
  const activation = latest([...state.activations.values()]);
  if (activation === null) return { view, standing: lastStanding(view, last) };
  const child = activation.child === null ? null : find(activation.child);
  if (child !== null && child.state.endedAt === null) return standingOf(child, find, null);
  const undoing = activation.role === 'compensation';
  const { id, scope, plan, way } = activation;
  const range = lineOf(view, plan, undoing, true);
  return { view, standing: { run: state.run, scope, activation: id, plan, way, doing: 'inside', undoing, range } };
}

/** Where one scope of a run is, as far as it goes on in the same thread: down into embedded scopes and child runs. */
export function standingIn(view: RunView, scope: number, find: FindRun): FrameSpot | null {
  const { state } = view;
  const current = state.scopes.get(scope)?.current ?? null;
  const activation = current === null ? undefined : state.activations.get(current);
  if (activation === undefined) return null;
  const child = activation.child === null ? null : find(activation.child);
  const below = child === null ? null : standingIn(child, 0, find);
  if (below !== null) return below;
  const embedded = activation.scopes.find((id) => {
    const inner = state.scopes.get(id);
    return inner !== undefined && inner.branch === null && inner.item === null && inner.phase === 'active';
  });
  const deeper = embedded === undefined ? null : standingIn(view, embedded, find);
  if (deeper !== null) return deeper;
  const { id, plan, way, phase } = activation;
  const range = lineOf(view, plan, false, phase !== 'entering');
  return {
    view,
    standing: { run: state.run, scope, activation: id, plan, way, doing: 'inside', undoing: false, range },
  };
}

export interface FrameSpot {
  readonly view: RunView;
  readonly standing: Standing;
}

/** The frames of a stop, innermost first. */
export function framesOf(view: RunView, standing: Standing, find: FindRun): FrameSpot[] {
  const frames: FrameSpot[] = [{ view, standing }];
  let at: { view: RunView; owner: Activation } | null = ownerOf(view, standing.scope, find);
  while (at !== null) {
    const { id, scope, plan, way, role } = at.owner;
    const undoing = role === 'compensation';
    const range = lineOf(at.view, plan, undoing, true);
    const outer: Standing = {
      run: at.view.state.run,
      scope,
      activation: id,
      plan,
      way,
      doing: 'inside',
      undoing,
      range,
    };
    frames.push({ view: at.view, standing: outer });
    at = ownerOf(at.view, scope, find);
  }
  return frames;
}

/** This scope and all around it, across workflows, from the inside out, each as a name that is the same at every stop. */
export function scopeLine(view: RunView, scope: number, find: FindRun): string[] {
  const line = [scopeName(view, scope)];
  let at = ownerOf(view, scope, find);
  while (at !== null) {
    line.push(scopeName(at.view, at.owner.scope));
    at = ownerOf(at.view, at.owner.scope, find);
  }
  return line;
}

/** One scope instance of one run. */
export function scopeName(view: RunView, scope: number): string {
  return `${view.state.run}#${scope}`;
}

/** The activation whose action is this scope; for the outermost scope of a child run, the parent's state that runs it. */
function ownerOf(view: RunView, scope: number, find: FindRun): { view: RunView; owner: Activation } | null {
  const { state } = view;
  const instance = state.scopes.get(scope);
  const owner = instance?.owner == null ? undefined : state.activations.get(instance.owner);
  if (owner !== undefined) return { view, owner };
  if (instance?.parent != null) return ownerOf(view, instance.parent, find);
  if (state.parent === null || state.parent.detached) return null;
  const parent = find(state.parent.run);
  if (parent === null) return null;
  const { way } = state.parent;
  const caller = latest([...parent.state.activations.values()].filter((each) => each.way === way));
  return caller === null ? null : { view: parent, owner: caller };
}

function latest(activations: readonly Activation[]): Activation | null {
  return activations.reduce<Activation | null>(
    (best, each) => (best === null || each.id > best.id ? each : best),
    null,
  );
}

/** The last place that a run was in, for when nothing of it is active. */
export function lastStanding(view: RunView, last: LastPlace | null): Standing {
  const { state } = view;
  const doing = state.endedAt === null ? 'inside' : 'ended';
  if (last === null) {
    const range = view.plan.root.states[0]?.nameRange ?? { start: 0, end: 0 };
    return { run: state.run, scope: 0, activation: null, plan: '', way: '', doing, undoing: false, range };
  }
  const { scope, plan, way, undoing } = last;
  return { run: state.run, scope, activation: null, plan, way, doing, undoing, range: lineOf(view, plan, undoing) };
}

/** The stable id of a state from its way: numbers of items stand in no plan. */
export function planIdOf(way: string): string {
  return way
    .split('/')
    .filter((part) => !/^\d+$/.test(part))
    .join('/');
}

/** The line that stands for a state while it is not at one of its places: its name, or its action, or its compensation. */
export function lineOf(view: RunView, plan: string, undoing: boolean, acting = false): Range {
  const found = stateOf(placesOf(view.plan, view.text), plan);
  if (found === null) return view.plan.root.range;
  const { state } = found;
  if (undoing && state.compensate !== null) return state.compensate.lineRange;
  return acting ? state.lines.kind : state.nameRange;
}
