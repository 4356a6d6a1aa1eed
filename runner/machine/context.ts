/** What one decision carries: the run as it is, what was decided so far, and the way to have expressions evaluated. */
import type {
  Evaluation,
  Expression,
  Json,
  Plan,
  PlanAction,
  PlanState,
  RetryPolicy,
  Template,
  TimeoutPolicy,
} from '../../language/index.ts';
import { evaluateAtOnce, excessOf, isTruthy } from '../../language/index.ts';
import type { Bindings } from './bindings.ts';
import { expressionError } from './errors.ts';
import { indexOf, stateIn } from './plan-index.ts';
import type { PlanIndex } from './plan-index.ts';
import type { Arguments, Assignments, RecordBody } from './record.ts';
import type { Activation, RunState, ScopeInstance } from './state.ts';
import type { Ask, Command, Deciding, Decision, OutcomeError } from './stimulus.ts';

export interface Context {
  readonly plan: Plan;
  readonly index: PlanIndex;
  readonly state: RunState;
  readonly now: number;
  readonly records: RecordBody[];
  readonly commands: Command[];
  /** What the evaluator has answered to the questions of this decision, in their order. */
  readonly answers: readonly Evaluation[];
  /** The next free id, and how many questions were asked. */
  nextId: number;
  asked: number;
}

export function contextOf(plan: Plan, state: RunState, now: number, answers: readonly Evaluation[]): Context {
  return {
    plan,
    index: indexOf(plan),
    state,
    now,
    records: [],
    commands: [],
    answers,
    nextId: state.nextId,
    asked: 0,
  };
}

/** Leaves a decision with a question that is not answered yet. It is no Error, whose stack trace would be dear. */
class Unanswered {
  readonly ask: Ask;
  constructor(ask: Ask) {
    this.ask = ask;
  }
}

/** What `decide` gives, or the question that must be answered before it can be made anew from the beginning. */
export function decidedOrAsking(decide: () => Decision): Deciding {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Unanswered) return error.ask;
    throw error;
  }
}

/** A fault inside a decision; whoever decided for an activation turns it into that activation's error. */
export class Fault extends Error {
  readonly error: OutcomeError;
  constructor(error: OutcomeError) {
    super(error.message);
    this.error = error;
  }
}

export function newId(context: Context): number {
  return context.nextId++;
}

const NONE: Arguments['sealed'] = [];

/**
 * The value of `template`; only what is not simple is asked of the evaluator. Raises a Fault of type `expression`, and
 * leaves the decision with a question where the evaluator has not answered yet.
 */
export function evaluate(context: Context, template: Template, bindings: Bindings): Arguments {
  const given = computed(context, template, bindings);
  const { value } = given;
  // What a loop puts into itself again and again grows until nothing can write it any more.
  const excess = typeof value === 'object' && value !== null && template.kind !== 'literal' ? excessOf(value) : null;
  if (excess === null) return given;
  const { source, range } = firstExpression(template) ?? { source: '', range: { start: 0, end: 0 } };
  const fault = { ok: false, message: excess, range, source } as const;
  throw new Fault(expressionError(context.plan, context.state.file, fault));
}

function firstExpression(template: Template): Expression | null {
  switch (template.kind) {
    case 'literal':
      return null;
    case 'expression':
      return template.expression;
    case 'text':
      return template.parts.find((part) => typeof part !== 'string') ?? null;
    case 'list':
      return firstOf(template.items);
    case 'object':
      return firstOf(template.fields.map(({ value }) => value));
  }
}

function firstOf(templates: readonly Template[]): Expression | null {
  for (const template of templates) {
    const found = firstExpression(template);
    if (found !== null) return found;
  }
  return null;
}

/** As `evaluate`, for a value that is only looked at. */
function computed(context: Context, template: Template, bindings: Bindings): Arguments {
  const simple = evaluateAtOnce(template, bindings);
  if (simple !== null) return { value: simple.value, sealed: NONE };
  const number = context.asked++;
  const given = context.answers[number];
  if (given === undefined) {
    const seed = `${context.state.seed}/${String(context.state.seq)}/${String(number)}`;
    const unanswered: unknown = new Unanswered({ template, bindings, moment: { now: context.now, seed } });
    throw unanswered;
  }
  if (given.ok) return { value: given.value, sealed: given.sealed };
  throw new Fault(expressionError(context.plan, context.state.file, given));
}

/** Whether a guard holds; a missing one does. Raises a Fault of type `expression`. */
export function holds(context: Context, when: Expression | null, bindings: Bindings): boolean {
  if (when === null) return true;
  const { value } = computed(context, { kind: 'expression', expression: when }, bindings);
  return isTruthy(value);
}

/** All values of one `assign`; each sees the variables as they were before it. */
export function evaluateAll(
  context: Context,
  fields: readonly { readonly name: string; readonly value: Template }[],
  bindings: Bindings,
): Assignments {
  const values: [string, Json][] = [];
  for (const field of fields) values.push([field.name, evaluate(context, field.value, bindings).value]);
  return values;
}

/** What an activation performs, and under which policies, by its role. */
export interface Spec {
  readonly plan: PlanState;
  /** Null for the rolling back of a completed child run. */
  readonly action: PlanAction | null;
  readonly retry: RetryPolicy | null;
  readonly timeout: TimeoutPolicy | null;
}

export function specOf(context: { readonly index: PlanIndex }, activation: Activation): Spec {
  const plan = planOf(context, activation);
  if (activation.role === 'state' && isPerItem(plan)) return { plan, action: plan.action, retry: null, timeout: null };
  if (activation.role === 'state') return { plan, action: plan.action, retry: plan.retry, timeout: plan.timeout };
  const undoing = activation.role === 'compensation' ? plan.compensate : plan.confirm;
  return { plan, action: undoing?.action ?? null, retry: undoing?.retry ?? null, timeout: undoing?.timeout ?? null };
}

/** A `foreach` with `call`: its retry, timeout and compensation are those of each item. */
export function isPerItem(plan: PlanState): boolean {
  return plan.action.kind === 'foreach' && plan.action.call !== null;
}

export function planOf(context: { readonly index: PlanIndex }, activation: { readonly plan: string }): PlanState {
  const plan = context.index.states.get(activation.plan);
  if (!plan) throw new Error(`The run is in the state ${activation.plan}, which its plan does not have.`);
  return plan;
}

export function scopeOf(context: Context, id: number): ScopeInstance {
  const scope = context.state.scopes.get(id);
  if (!scope) throw new Error(`The run has no scope ${String(id)}.`);
  return scope;
}

export function stateNamed(context: Context, scope: { readonly plan: string }, name: string): PlanState {
  const plan = stateIn(context.index, scope.plan, name);
  if (!plan) throw new Error(`The scope ${scope.plan || 'of the workflow'} has no state ${name}.`);
  return plan;
}

/** Patterns of errors after which a call did nothing. */
export function declaredErrors(action: PlanAction | null): readonly string[] {
  return action?.kind === 'call' ? action.errors : [];
}

export type { Bindings };
