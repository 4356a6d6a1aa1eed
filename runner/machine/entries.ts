/**
 * Compensation entries: what is pushed when a state completes or is attempted, and in which order entries are undone
 * (section 8 of the language, rules 2 to 5).
 *
 * 1. Arguments are evaluated when the entry is pushed, with the data as it is then.
 * 2. Undoing runs in the reverse of the order of completion over everything that is rolled back together; a completed
 *    scope is one group in that order, and entries of a scope with `compensation: parallel` may run at once.
 */
import { isJsonObject } from '../../language/index.ts';
import type { Json, JsonObject, PlanAction, PlanState } from '../../language/index.ts';
import { Fault, evaluate, isPerItem, newId, planOf } from './context.ts';
import type { Bindings, Context } from './context.ts';
import { ownError } from './errors.ts';
import type { Arguments, EntryDraft, RollbackReach, Undoing } from './record.ts';
import { scopesAbove } from './bindings.ts';
import { dictionary } from './state.ts';
import type { Activation, RunState, ScopeInstance, StackItem } from './state.ts';

/** The arguments of an action, evaluated. Raises a Fault of type `expression`. */
export function argumentsOf(context: Context, action: PlanAction, bindings: Bindings): Arguments {
  switch (action.kind) {
    case 'call':
    case 'run':
      return action.with ? evaluate(context, action.with, bindings) : NOTHING;
    case 'emit':
      return action.data ? evaluate(context, action.data, bindings) : NOTHING;
    case 'foreach':
      return evaluate(context, action.in, bindings);
    case 'human': {
      const title = action.title ? evaluate(context, action.title, bindings).value : null;
      const description = action.description ? evaluate(context, action.description, bindings).value : null;
      return { value: { title, description }, sealed: [] };
    }
    default:
      return NOTHING;
  }
}

const NOTHING: Arguments = { value: null, sealed: [] };

/**
 * The entry that the completion (or, for `after: attempt`, the attempt) of a state pushes, or null when nothing of it
 * will have to be undone or confirmed. `when` is what pushes it. Arguments that cannot be evaluated are told in `fault`:
 * the effect is there, so the entry must be too.
 */
export function entryFor(
  context: Context,
  activation: Activation,
  result: Json,
  bindings: Bindings,
  when: 'attempt' | 'completion' = 'completion',
): EntryDraft | null {
  const plan = planOf(context, activation);
  if (isPerItem(plan) || isUndoing(context.state, activation.scope)) return null;
  // A pivot that has not completed is none yet: while it is in doubt, it is undone like any other state.
  const revocable = !context.state.pivoted && (!plan.pivot || when === 'attempt');
  const undo = revocable ? plan.compensate : null;
  const child = undo || !revocable || plan.compensate?.none ? null : completedChild(plan, activation);
  if ((!undo || undo.none) && !plan.confirm && child === null) return null;
  const seen = { ...bindings, result };
  let fault: string | null = null;
  const evaluated = function (action: PlanAction): Arguments | null {
    try {
      return argumentsOf(context, action, seen);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      fault = error.error.message;
      return null;
    }
  };
  const compensate = undo && !undo.none ? evaluated(undo.action) : null;
  // A confirmation without arguments is still due: it fails when its time comes, and waits for a person.
  const confirm = plan.confirm ? (evaluated(plan.confirm.action) ?? NOTHING) : null;
  const isScope = undo?.action.kind === 'scope' || plan.confirm?.action.kind === 'scope';
  return {
    entry: newId(context),
    state: activation.state,
    plan: activation.plan,
    way: activation.way,
    visit: activation.visit,
    compensate,
    confirm,
    child,
    result,
    fault,
    ...(isScope && { seen: seenBy(bindings) }),
  };
}

/**
 * What the states of a scope that undoes will see of the variables, results and items around it: as for arguments, that
 * is the data as it was when the entry was pushed (section 8.2). Input, run and result they have from elsewhere.
 */
function seenBy({ input: _input, run: _run, result: _result, ...around }: Bindings): Record<string, Json> {
  const seen: Record<string, Json> = {};
  for (const [root, value] of Object.entries(around)) {
    if (value === undefined) continue;
    seen[root] = (root === 'vars' || root === 'results') && isJsonObject(value) ? copied(value) : value;
  }
  return seen;
}

function copied(names: JsonObject): JsonObject {
  return Object.assign(dictionary(), names);
}

/** Whether a scope belongs to an action that undoes or confirms: what is done there is not itself undone (8.8). */
export function isUndoing(state: RunState, scope: number): boolean {
  return undoingAround(state, scope) !== null;
}

/** The activation that undoes or confirms by states of which `scope` holds some; null in the run's own states. */
export function undoingAround(state: RunState, scope: number): Activation | null {
  for (let at = state.scopes.get(scope); at !== undefined && at.owner !== null;) {
    const activation = state.activations.get(at.owner);
    if (activation && activation.role !== 'state') return activation;
    at = at.parent === null ? undefined : state.scopes.get(at.parent);
  }
  return null;
}

function isUndoingHere(state: RunState, { owner }: ScopeInstance): boolean {
  const activation = owner === null ? undefined : state.activations.get(owner);
  return activation !== undefined && activation.role !== 'state';
}

/**
 * Raises the fault of an entry's arguments as the error `expression` at the state that pushes it (section 3), rather than
 * when somebody would have to rely on them. Before an attempt nothing was done then; at the completion the entry stays
 * for a person, since what it should undo is there.
 */
export function refuseFault(entry: EntryDraft): void {
  if (entry.fault !== null) throw new Fault(ownError('expression', entry.fault));
}

function completedChild(plan: PlanState, activation: Activation): string | null {
  return plan.action.kind === 'run' && !plan.action.detached ? activation.child : null;
}

/** Whether rolling an entry back calls anything. */
export function isUndoable(entry: EntryDraft): boolean {
  return entry.compensate !== null || entry.child !== null || entry.fault !== null;
}

/** Scope instances below an activation, at any depth. */
export function scopesBelow(state: RunState, activation: Activation): ScopeInstance[] {
  const below: ScopeInstance[] = [];
  for (const id of activation.scopes) {
    const scope = state.scopes.get(id);
    if (!scope) continue;
    below.push(scope);
    const inner = scope.current === null ? undefined : state.activations.get(scope.current);
    if (inner) below.push(...scopesBelow(state, inner));
  }
  return below;
}

/** What is to be undone when `activation` is left with what stands below it undone, and its scope rolled back to `reach`. */
export function undoingFor(
  state: RunState,
  scope: ScopeInstance,
  activation: Activation | null,
  below: boolean,
  reach: RollbackReach | null,
): Undoing | null {
  return inSequence(
    stretchOf(state, scope, activation, below, reach).flatMap(([each, wanted]) => piecesOf(state, each, wanted)),
  );
}

/** Entries of the same stretch that nothing undoes: they are not confirmed any more either (section 8.10). */
export function withdrawnBy(
  state: RunState,
  scope: ScopeInstance,
  activation: Activation,
  below: boolean,
  reach: RollbackReach | null,
): number[] {
  return stretchOf(state, scope, activation, below, reach).flatMap(([{ stack }, wanted]) =>
    idsIn(stack.filter(wanted)).filter((id) => {
      const entry = state.entries.get(id);
      return entry !== undefined && !isUndoable(entry);
    }),
  );
}

type Wanted = (item: StackItem) => boolean;

const everything: Wanted = () => true;

/** The scopes that a rollback reaches, each with what of it. */
function stretchOf(
  state: RunState,
  scope: ScopeInstance,
  activation: Activation | null,
  below: boolean,
  reach: RollbackReach | null,
): (readonly [ScopeInstance, Wanted])[] {
  const stretch: [ScopeInstance, Wanted][] = [];
  if (below && activation) for (const inner of scopesBelow(state, activation)) stretch.push([inner, everything]);
  if (reach === 'all')
    for (const around of scopesAbove(state, scope.id)) {
      stretch.push([around, everything]);
      // What undoes reaches no further than itself: the rest of the run is for the rollback that it belongs to.
      if (isUndoingHere(state, around)) break;
    }
  else if (reach === 'scope') stretch.push([scope, everything]);
  else if (reach !== null) {
    const kept = scope.completions.get(reach.to) ?? 0;
    stretch.push([scope, (item) => item.order > kept]);
  }
  return stretch;
}

/** Everything of the run that is not yet undone; `whatever` also what is being undone, or could not be. */
export function undoingOfAll(state: RunState, whatever = false): Undoing | null {
  const pieces: Piece[] = [];
  for (const scope of state.scopes.values()) pieces.push(...piecesOf(state, scope, everything, whatever));
  return inSequence(pieces);
}

/** Everything of these scopes, and of what stands in them, that is not yet undone. */
export function undoingTogether(state: RunState, scopes: readonly ScopeInstance[]): Undoing | null {
  const pieces: Piece[] = [];
  for (const scope of scopes) {
    pieces.push(...piecesOf(state, scope, everything));
    const current = scope.current === null ? undefined : state.activations.get(scope.current);
    for (const below of current ? scopesBelow(state, current) : []) pieces.push(...piecesOf(state, below, everything));
  }
  return inSequence(pieces);
}

/** The ids in the order in which they would be undone. */
export function undoingOrder(undo: Undoing): number[] {
  if (typeof undo === 'number') return [undo];
  return ('sequence' in undo ? undo.sequence : undo.parallel).flatMap(undoingOrder);
}

/** Ids of entries that wait to be confirmed when `scope` completes, in the order of completion; groups included. */
export function confirmable(state: RunState, scope: ScopeInstance): number[] {
  const found: number[] = [];
  const visit = (items: readonly StackItem[]): void => {
    for (const item of items) {
      if (item.kind === 'group') visit(item.items);
      else {
        const entry = state.entries.get(item.entry);
        if (entry?.confirm && entry.completed) found.push(item.entry);
      }
    }
  };
  visit(scope.stack.toSorted((one, other) => one.order - other.order));
  return found;
}

/** All entries on the stacks of `scopes`. */
export function entriesOf(scopes: readonly ScopeInstance[]): number[] {
  return scopes.flatMap((scope) => idsIn(scope.stack));
}

function idsIn(items: readonly StackItem[]): number[] {
  return items.flatMap((item) => (item.kind === 'entry' ? [item.entry] : idsIn(item.items)));
}

interface Piece {
  readonly order: number;
  readonly undo: Undoing;
}

function piecesOf(state: RunState, scope: ScopeInstance, wanted: Wanted, whatever = false): Piece[] {
  const pieces: Piece[] = [];
  for (const item of scope.stack) {
    const undo = wanted(item) ? undoingOf(state, item, whatever) : null;
    if (undo !== null) pieces.push({ order: item.order, undo });
  }
  if (!scope.parallel || pieces.length < 2) return pieces;
  const order = Math.max(...pieces.map((piece) => piece.order));
  return [{ order, undo: { parallel: latestFirst(pieces) } }];
}

function undoingOf(state: RunState, item: StackItem, whatever: boolean): Undoing | null {
  if (item.kind === 'entry') {
    const entry = state.entries.get(item.entry);
    return entry && (whatever || entry.status === 'pending') && isUndoable(entry) ? item.entry : null;
  }
  const inner: Piece[] = [];
  for (const below of item.items) {
    const undo = undoingOf(state, below, whatever);
    if (undo !== null) inner.push({ order: below.order, undo });
  }
  if (inner.length < 2) return inner[0]?.undo ?? null;
  return item.parallel ? { parallel: latestFirst(inner) } : inSequence(inner);
}

function inSequence(pieces: readonly Piece[]): Undoing | null {
  const [first] = pieces;
  if (!first) return null;
  if (pieces.length === 1) return first.undo;
  return { sequence: latestFirst(pieces) };
}

function latestFirst(pieces: readonly Piece[]): Undoing[] {
  return pieces.toSorted((one, other) => other.order - one.order).map((piece) => piece.undo);
}
