/**
 * The plan of what stands in a file, for its diagram: the very one that could run where the file is free of errors, else
 * what can be read of it. Lowering wants a Workflow that is whole, so a half-typed one is made so first: what is missing
 * is left out, and a state that does nothing yet is drawn as one that sets nothing.
 */
import {
  type Action,
  type Analysis,
  END,
  type Entry,
  lower,
  type MapNode,
  type Plan,
  type Scope,
  type State,
  stateNamed,
  type Transition,
} from '../../language/index.ts';

export interface DrawnPlan {
  /** Null where there is no state to draw. */
  readonly plan: Plan | null;
  /** Whether it is the very plan that could run. */
  readonly complete: boolean;
}

/** The plan to draw. It never throws, whatever the text. */
export function planOf(analysis: Analysis): DrawnPlan {
  const complete = !analysis.broken && !analysis.diagnostics.some(({ severity }) => severity === 'error');
  const { workflow } = analysis;
  if (workflow.root.states.length === 0) return { plan: null, complete: false };
  if (complete) return { plan: lower(analysis), complete };
  return { plan: lower({ ...analysis, workflow: { ...workflow, root: wholeScope(workflow.root) } }), complete };
}

function wholeScope(scope: Scope): Scope {
  const names = new Set<string>();
  const first = scope.states.filter(({ name }) => !names.has(name) && names.add(name));
  const start = scope.start !== null && stateNamed(scope, scope.start.value) === undefined ? null : scope.start;
  return {
    ...scope,
    start,
    states: first.map((state) => wholeState(state, scope)),
    catch: scope.catch.filter((handler) => leads(handler.next, scope)),
    on: scope.on.map((listener) => ({
      ...listener,
      transitions: transitionsIn(listener.transitions, scope.parent ?? scope),
    })),
  };
}

function wholeState(state: State, scope: Scope): State {
  const { compensate, confirm } = state;
  const undo = compensate === null || compensate.none ? null : wholeAction(compensate.action, scope);
  const confirmed = confirm === null ? null : wholeAction(confirm.action, scope);
  return {
    ...state,
    action: wholeAction(state.action, scope) ?? nothing(state),
    next: transitionsIn(state.next, scope),
    catch: state.catch.filter((handler) => leads(handler.next, scope)),
    compensate: compensate === null || (undo === null && !compensate.none) ? null : { ...compensate, action: undo },
    confirm: confirm === null || confirmed === null ? null : { ...confirm, action: confirmed },
  };
}

function wholeAction(action: Action | null, scope: Scope): Action | null {
  switch (action?.kind) {
    case undefined:
      return null;
    case 'switch':
      return { ...action, transitions: transitionsIn(action.transitions, scope) };
    case 'parallel':
      return { ...action, branches: action.branches.map(wholeScope) };
    case 'foreach':
      return { ...action, body: wholeScope(action.body), compensate: null };
    case 'scope':
      return { ...action, scope: wholeScope(action.scope) };
    case 'listen':
      return {
        ...action,
        on: action.on.map((one) => ({ ...one, transitions: transitionsIn(one.transitions, scope) })),
        onTimeout: transitionsIn(action.onTimeout, scope),
      };
    case 'human':
      return {
        ...action,
        on: action.on.map((one) => ({ ...one, transitions: transitionsIn(one.transitions, scope) })),
      };
    default:
      return action ?? null;
  }
}

/** The action of a state that has none yet; its line is that of the state's name. */
function nothing(state: State): Action {
  const node: MapNode = { kind: 'map', flow: false, range: state.nameRange, entries: [] };
  const key: Entry['key'] = {
    kind: 'scalar',
    style: 'plain',
    range: state.nameRange,
    value: state.name,
    text: state.name,
  };
  return { kind: 'set', entry: { key, value: node, range: state.nameRange }, assign: [] };
}

function transitionsIn(transitions: readonly Transition[], scope: Scope): readonly Transition[] {
  return transitions.filter((transition) => leads(transition.next, scope));
}

function leads(next: Transition['next'], scope: Scope): boolean {
  return next !== null && (next.value === END || stateNamed(scope, next.value) !== undefined);
}
