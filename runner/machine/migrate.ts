/**
 * Moving a run to another version of its workflow (section 11 of the language).
 *
 * 1. The run must wait or be suspended, and the new version must have a migration whose `from` covers the old one.
 * 2. Every active state, variable and pending compensation needs a place in the new version; what has none is named, and
 *    nothing is changed. A variable also has a place if an expression of the migration reads it.
 * 3. What was done keeps its name: entries keep the way, the visit and so the idempotency key that they were pushed with,
 *    and calls that may have taken effect keep their arguments and key. What is active has its new name, and of a renamed
 *    way a visit that was never counted before, so that no key is ever used for two things.
 * 4. The record holds all that changes, with the values that expressions gave.
 */
import { parseExpression, validateJson } from '../../language/index.ts';
import type {
  Evaluation,
  Field,
  Json,
  Plan,
  PlanAction,
  PlanMigration,
  PlanScope,
  PlanState,
  Template,
} from '../../language/index.ts';
import { satisfies } from 'semver';
import { bindingsOf } from './bindings.ts';
import { Fault, contextOf, decidedOrAsking, evaluate, specOf } from './context.ts';
import type { Context } from './context.ts';
import { wayOf } from './enter.ts';
import { isUndoable } from './entries.ts';
import { mapPlans } from './migration-map.ts';
import type { MigrationMap } from './migration-map.ts';
import { indexOf } from './plan-index.ts';
import type { Actor, Leave, MigratedActivation, MigratedScope, TextReference } from './record.ts';
import type { Activation, Entry, RunState, ScopeInstance } from './state.ts';
import { actionName, statusAmong } from './status.ts';
import type { Deciding, Decision } from './stimulus.ts';

export interface MigrationRequest {
  readonly by: Actor;
  /** The text that holds until now, and the one that the run moves to. */
  readonly from: TextReference;
  readonly to: TextReference;
  readonly now: number;
  /** Whether a child run only waits, be it for a person to see to it. */
  readonly rests: (child: string) => boolean;
}

/** What one migration works on. */
interface Move {
  readonly context: Context;
  readonly previous: Plan;
  readonly migration: PlanMigration;
  readonly map: MigrationMap;
  /** What has no place, as ends of a sentence. */
  readonly problems: string[];
  /** The new ways of scope instances. */
  readonly ways: Map<number, string>;
}

/**
 * Decides to move a run of `previous`, which stands in `state`, to `plan`; `refused` says what has no place there. Gives
 * a question where an expression has to be evaluated that is not among `answers`.
 */
export function decideMigration(
  plan: Plan,
  previous: Plan,
  state: RunState,
  request: MigrationRequest,
  answers: readonly Evaluation[],
): Deciding {
  const context = contextOf(plan, state, request.now, answers);
  return decidedOrAsking(() => moved(context, previous, request));
}

function moved(context: Context, previous: Plan, request: MigrationRequest): Decision {
  const { plan, state } = context;
  const refusal = (refused: string): Decision => ({ records: [], commands: [], refused });
  const { by, from, to, rests } = request;
  const name = `${plan.workflow} ${plan.version}`;
  if (plan.workflow !== state.workflow)
    return refusal(`The run ${state.run} is one of ${state.workflow}; it cannot move to ${plan.workflow}.`);
  if (from.hash === to.hash && from.resources === to.resources)
    return refusal(`The run ${state.run} is already bound to this text of ${name}.`);
  const status = statusAmong(previous, state, rests);
  if (status !== 'waiting' && status !== 'suspended')
    return refusal(`Only a waiting or suspended run can be moved; ${state.run} is ${status}.`);
  const migration = plan.migrations.find((each) => satisfies(state.version, each.from, { includePrerelease: true }));
  if (!migration)
    return refusal(`${name} has no migration from version ${state.version}; add one to its \`migrations\`.`);

  const map = mapPlans(previous, plan, migration);
  const move: Move = { context, previous, migration, map, problems: [], ways: new Map() };
  const scopes: MigratedScope[] = [];
  const activations: MigratedActivation[] = [];
  for (const scope of state.scopes.values()) {
    const place = moveScope(move, scope);
    if (place) scopes.push(place);
  }
  const counted = new Map(state.visits);
  for (const activation of state.activations.values()) {
    const place = moveActivation(move, activation, counted);
    if (place) activations.push(place);
  }
  const entries = [...state.entries.values()].flatMap((entry) => moveEntry(move, entry));
  if (move.problems.length > 0)
    return refusal(
      `The run ${state.run} stays in version ${state.version}: ${[...new Set(move.problems)].join('; ')}.`,
    );
  // A deadline moves with the text. It is not set anew for a run that has none, which may have passed it.
  const begun = state.startedAt + Math.min(0, state.ahead);
  const timeoutAt = state.timeoutAt === null || plan.timeout === null ? null : begun + plan.timeout;
  const record = { type: 'run.migrated', by, from, to, timeoutAt, scopes, activations, entries } as const;
  return { records: [record], commands: [], refused: null };
}

function moveScope(move: Move, scope: ScopeInstance): MigratedScope | null {
  const { context, map, ways } = move;
  const { state } = context;
  const owner = scope.owner === null ? undefined : state.activations.get(scope.owner);
  const place = map.scopes.get(scope.plan);
  const older = indexOf(move.previous).scopes.get(scope.plan);
  if (!place || !older) {
    // That its state has no place is told with that state.
    if (owner && map.states.has(owner.plan)) move.problems.push(`${scope.way}, which has begun, has no place`);
    return null;
  }
  const way = wayOfScope(move, scope, owner);
  ways.set(scope.id, way);
  const states = older.states.flatMap(({ id, name }): [string, string][] => {
    const to = map.states.get(id)?.name;
    return to === undefined || to === name ? [] : [[name, to]];
  });
  const as = scope.item && owner ? itemName(map.states.get(owner.plan)) : null;
  const vars = moveVariables(move, scope, place);
  return { scope: scope.id, plan: place.id, way, as, parallel: place.compensation === 'parallel', states, ...vars };
}

function wayOfScope(move: Move, scope: ScopeInstance, owner: Activation | undefined): string {
  if (!owner) return scope.way;
  const own = wayOfActivation(move, owner);
  if (scope.branch !== null) return `${own}/${scope.branch}`;
  return scope.item === null ? own : `${own}/${String(scope.item.index)}`;
}

/** A compensation keeps the way of its entry, and what stands in it follows. */
function wayOfActivation({ context, map, ways }: Move, activation: Activation): string {
  const place = activation.role === 'state' ? map.states.get(activation.plan) : undefined;
  const around = context.state.scopes.get(activation.scope);
  const plan = around === undefined ? undefined : map.scopes.get(around.plan);
  if (!place || !plan) return activation.way;
  return wayOf({ way: ways.get(activation.scope) ?? '', plan: plan.id }, place.name);
}

function itemName(place: PlanState | undefined): string | null {
  return place?.action.kind === 'foreach' ? place.action.as : null;
}

/** Variables keep their values, but for those of the migration; new ones begin with what the new version says. */
function moveVariables(
  move: Move,
  scope: ScopeInstance,
  place: PlanScope,
): { assign: [string, Json][]; drop: string[] } {
  const { context, migration, problems } = move;
  const assign: [string, Json][] = [];
  const drop: string[] = [];
  if (scope.phase === 'completed' || scope.phase === 'given-up') return { assign, drop };
  const given: readonly Field[] = scope.owner === null ? migration.vars : [];
  const declared = new Set(place.vars.map(({ name }) => name));
  for (const name of Object.keys(scope.vars)) {
    if (declared.has(name)) continue;
    if (given.some(({ value }) => readsVariable(value, name))) drop.push(name);
    else problems.push(`the variable ${name}${scope.way === '' ? '' : ` of ${scope.way}`} has no place`);
  }
  const bindings = bindingsOf(context.state, scope.id);
  for (const field of place.vars) {
    const own = given.find(({ name }) => name === field.name);
    if (own === undefined && Object.hasOwn(scope.vars, field.name)) continue;
    try {
      assign.push([field.name, evaluate(context, (own ?? field).value, bindings).value]);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems.push(`the variable ${field.name} cannot be evaluated: ${error.message}`);
    }
  }
  return { assign, drop };
}

/** Whether an expression of `template` reads the variable `name`, or all variables. */
function readsVariable(template: Template, name: string): boolean {
  switch (template.kind) {
    case 'literal':
      return false;
    case 'expression':
      return parseExpression(template.expression.source).reads.some(
        ({ root, path }) => root === 'vars' && (path[0] === undefined || path[0].name === name),
      );
    case 'text':
      return template.parts.some(
        (part) => typeof part !== 'string' && readsVariable({ kind: 'expression', expression: part }, name),
      );
    case 'list':
      return template.items.some((item) => readsVariable(item, name));
    case 'object':
      return template.fields.some(({ value }) => readsVariable(value, name));
  }
}

function moveActivation(move: Move, activation: Activation, counted: Map<string, number>): MigratedActivation | null {
  const { context, map, problems } = move;
  const place = map.states.get(activation.plan);
  if (!place) {
    problems.push(`the active state ${activation.way} has no place`);
    return null;
  }
  const moved = { ...activation, plan: place.id };
  const { action } = specOf(context, moved);
  const tasked = activation.task !== null && action?.kind === 'human' ? { task: activation.task, action } : null;
  const created = tasked?.task.createdAt ?? 0;
  const due = tasked === null || tasked.action.due === null ? null : created + tasked.action.due;
  const escalations = tasked === null ? [] : tasked.action.escalate.map(({ after }) => created + after);
  const { id, way, visit } = activation;
  const follows = { due, escalations, leave: leaveIn(move, activation, place) };
  if (activation.role !== 'state')
    return { activation: id, state: activation.state, plan: place.id, way, visit, anew: false, ...follows };
  const anew = didNothing(activation);
  if (!anew) checkAction(move, activation, action);
  const there = wayOfActivation(move, activation);
  const counts = there === way ? visit : (counted.get(there) ?? 0) + 1;
  counted.set(there, counts);
  return { activation: id, state: place.name, plan: place.id, way: there, visit: counts, anew, ...follows };
}

/** Whether a suspended state may begin anew: all its attempts surely did nothing. */
function didNothing({ phase, doubt, pushed, succeeded, scopes }: Activation): boolean {
  return phase === 'suspended' && !doubt && pushed === null && !succeeded && scopes.length === 0;
}

/** What has begun goes on only as an action of the same kind. */
function checkAction({ context, previous, problems }: Move, activation: Activation, action: PlanAction | null): void {
  const { way, phase } = activation;
  const older = specOf({ index: indexOf(previous) }, activation).action;
  if (phase === 'entering' || phase === 'leaving' || !older || !action) return;
  if (older.kind !== action.kind) {
    problems.push(`${way} has begun as \`${older.kind}\` and is a \`${action.kind}\` there`);
    return;
  }
  const calls = [actionName(older), actionName(action)];
  if (action.kind === 'call' && phase !== 'suspended' && calls[0] !== calls[1])
    problems.push(`${way} is calling ${calls[0]} and calls ${calls[1]} there`);
  if (action.kind !== 'parallel') return;
  const begun = new Set(activation.scopes.map((scope) => context.state.scopes.get(scope)?.branch));
  for (const { name } of action.branches)
    if (begun.size > 0 && !begun.has(name)) problems.push(`${way} has begun without its new branch ${name}`);
}

/** The transition that an activation is about to take, by its new names. */
function leaveIn(move: Move, { leave, scope, way }: Activation, place: PlanState): Leave | null {
  if (leave?.kind !== 'transition') return null;
  const { transition } = leave;
  const older = indexOf(move.previous).scopes.get(move.context.state.scopes.get(scope)?.plan ?? '');
  const named = (name: string): string => {
    const found = move.map.states.get(older?.states.find((state) => state.name === name)?.id ?? '');
    if (!found) move.problems.push(`the state ${name}, where ${way} is about to go, has no place`);
    return found?.name ?? name;
  };
  const to = transition.to === 'end' ? 'end' : named(transition.to);
  const { rollback } = transition;
  const back = rollback !== null && typeof rollback === 'object' ? { to: named(rollback.to) } : rollback;
  const range = place.lines.next ?? place.lines.kind;
  return { ...leave, transition: { ...transition, to, rollback: back, range } };
}

/** An entry that is still to be undone or confirmed is so by the state in its place, with the arguments that it has. */
function moveEntry({ context, previous, map, problems }: Move, entry: Entry): { entry: number; plan: string }[] {
  const place = map.states.get(entry.plan);
  const older = indexOf(previous).states.get(entry.plan);
  const lacks = (what: string): void => void problems.push(`${what} of ${entry.way} has no place`);
  if (isUndoable(entry)) {
    const undo = place?.compensate?.none === true ? null : (place?.compensate ?? null);
    const asChild = entry.compensate === null && entry.child !== null;
    const fits = asChild
      ? place?.action.kind === 'run' && place.compensate === null
      : undo !== null && undo.action.kind === (older?.compensate?.action.kind ?? undo.action.kind);
    if (!fits) lacks(`the pending compensation${asChild ? ` (rolling back ${entry.child ?? ''})` : ''}`);
    else if (undo !== null && entry.compensate?.sealed.length === 0) {
      const problem = misfit(context.plan, undo.action, entry.compensate.value);
      if (problem !== null) problems.push(`the pending compensation of ${entry.way} does not fit ${problem}`);
    }
  }
  if (entry.confirm !== null && place?.confirm?.action.kind !== older?.confirm?.action.kind)
    lacks('the pending confirmation');
  return place ? [{ entry: entry.entry, plan: place.id }] : [];
}

/** Why arguments that were evaluated do not fit the operation that they would go to, as the end of a sentence. */
function misfit(plan: Plan, action: PlanAction, args: Json): string | null {
  if (action.kind !== 'call') return null;
  const participant = plan.participants.find(({ name }) => name === action.participant);
  const schema = participant?.operations.find(({ name }) => name === action.operation)?.input ?? null;
  const [problem] = schema === null ? [] : validateJson(schema, action.with === null ? {} : args);
  return problem ? `${actionName(action)}: ${problem.message}` : null;
}
