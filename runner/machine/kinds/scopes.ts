/** `scope`, `parallel` and `foreach`: states whose action is scope instances of their own. */
import type { ForeachAction, Json, ParallelAction, PlanAction } from '../../../language/index.ts';
import { hasEnded } from '../activations.ts';
import { bindingsOf } from '../bindings.ts';
import { Fault, isPerItem, planOf } from '../context.ts';
import type { Context } from '../context.ts';
import { enterScope } from '../enter.ts';
import { argumentsOf, entriesOf } from '../entries.ts';
import { ownError } from '../errors.ts';
import { bodyIdOf } from '../plan-index.ts';
import type { Activation, ScopeInstance } from '../state.ts';
import { defaultKey, recordAttempt, recordPrepared } from './kind.ts';
import type { Kind } from './kind.ts';

type ScopeAction = Extract<PlanAction, { kind: 'scope' }>;

export const scope: Kind<ScopeAction> = {
  prepare(context, activation) {
    recordPrepared(context, activation, { value: null, sealed: [] }, defaultKey(context, activation));
  },
  act(context, activation, action) {
    recordAttempt(context, activation);
    enterScope(context, {
      plan: action.scope,
      way: activation.way,
      owner: activation,
      branch: null,
      item: null,
    });
  },
};

export const parallel: Kind<ParallelAction> = {
  prepare(context, activation) {
    recordPrepared(context, activation, { value: null, sealed: [] }, defaultKey(context, activation));
  },
  act(context, activation, action) {
    const { attempt } = recordAttempt(context, activation);
    if (action.branches.length === 0)
      context.records.push({ type: 'attempt.succeeded', activation: activation.id, attempt, result: {} });
    for (const branch of action.branches) {
      enterScope(context, {
        plan: branch.scope,
        way: `${activation.way}/${branch.name}`,
        owner: activation,
        branch: branch.name,
        item: null,
      });
    }
  },
};

export const foreach: Kind<ForeachAction> = {
  prepare(context, activation, action) {
    const input = argumentsOf(context, action, bindingsOf(context.state, activation.scope));
    if (input.value !== null && !Array.isArray(input.value)) {
      throw new Fault(
        ownError(
          'expression',
          `\`in\` of a foreach must give a list, and gave ${JSON.stringify(input.value).slice(0, 80)}.`,
        ),
      );
    }
    recordPrepared(
      context,
      activation,
      { value: input.value ?? [], sealed: input.sealed },
      defaultKey(context, activation),
    );
  },
  act(context, activation, action) {
    const { attempt } = recordAttempt(context, activation);
    if (itemsOf(activation).length === 0) {
      context.records.push({ type: 'attempt.succeeded', activation: activation.id, attempt, result: [] });
      return;
    }
    enterItems(context, activation, action, 0, Math.max(1, action.concurrency));
  },
};

/**
 * What the end of a scope, a branch or an item means for the state that holds it: more items, a satisfied join, or
 * nothing yet.
 */
export function join(context: Context, activation: Activation, action: PlanAction): void {
  const scopes = instancesOf(context, activation);
  if (action.kind === 'scope') {
    const [only] = scopes;
    if (only?.phase === 'completed') succeed(context, activation, scopes, only.output);
    return;
  }
  if (action.kind === 'foreach') {
    const items = itemsOf(activation);
    const { running } = activation;
    if (scopes.length < items.length && running < action.concurrency) {
      enterItems(context, activation, action, scopes.length, Math.max(1, action.concurrency) - running);
      return;
    }
    if (running === 0) {
      const ordered = scopes.toSorted((one, other) => (one.item?.index ?? 0) - (other.item?.index ?? 0));
      succeed(context, activation, scopes, ordered.map(resultOf));
    }
    return;
  }
  if (action.kind !== 'parallel') return;
  const running = scopes.filter((instance) => !hasEnded(instance));
  if (running.length > 0 && isSatisfied(action, scopes)) {
    for (const branch of running) giveUp(context, branch);
    return;
  }
  if (running.length > 0) return;
  const results = scopes.filter((instance) => instance.phase === 'completed' || instance.error !== null);
  succeed(
    context,
    activation,
    scopes,
    Object.fromEntries(results.map((branch): [string, Json] => [branch.branch ?? '', resultOf(branch)])),
  );
}

/** Whether `join` would decide anything now. */
export function isJoinDue(context: Pick<Context, 'state'>, activation: Activation, action: PlanAction): boolean {
  const { scopes, running } = activation;
  if (scopes.length === 0) return false;
  if (running === 0) return true;
  if (action.kind === 'foreach') return scopes.length < itemsOf(activation).length && running < action.concurrency;
  if (action.kind !== 'parallel' || action.join === 'all') return false;
  const branches = instancesOf(context, activation);
  return isSatisfied(action, branches) && branches.some((branch) => !hasEnded(branch) && !isGivenUp(context, branch));
}

function isSatisfied(action: ParallelAction, scopes: readonly ScopeInstance[]): boolean {
  const completed = scopes.filter((instance) => instance.phase === 'completed').length;
  if (action.join === 'all') return false;
  return completed >= (action.join === 'any' ? 1 : action.join.atLeast);
}

function giveUp(context: Context, branch: ScopeInstance): void {
  if (isGivenUp(context, branch) || branch.current === null) return;
  context.records.push({
    type: 'leave.requested',
    activation: branch.current,
    leave: { kind: 'give-up', error: null },
  });
}

function isGivenUp(context: Pick<Context, 'state'>, branch: ScopeInstance): boolean {
  const current = branch.current === null ? undefined : context.state.activations.get(branch.current);
  return current === undefined || current.leave?.kind === 'give-up';
}

/** The state's own `compensate` replaces what its scopes would hand over (section 8.5). */
function succeed(context: Context, activation: Activation, scopes: readonly ScopeInstance[], result: Json): void {
  const plan = planOf(context, activation);
  if (activation.role === 'state' && plan.compensate && !isPerItem(plan)) {
    const entries = entriesOf(scopes).filter((entry) => context.state.entries.has(entry));
    if (entries.length > 0) context.records.push({ type: 'entries.discarded', entries, why: 'replaced' });
  }
  context.records.push({ type: 'attempt.succeeded', activation: activation.id, attempt: activation.attempt, result });
}

function enterItems(context: Context, activation: Activation, action: ForeachAction, from: number, most: number): void {
  const items = itemsOf(activation);
  const state = planOf(context, activation);
  const plan = context.index.scopes.get(bodyIdOf(state, action));
  if (!plan) throw new Error(`The plan has no body for the foreach ${state.id}.`);
  for (let index = from; index < Math.min(items.length, from + most); index++) {
    const item = { as: action.as, index, value: items[index] ?? null };
    enterScope(context, {
      plan,
      way: `${activation.way}/${String(index)}`,
      owner: activation,
      branch: null,
      item,
    });
  }
}

function itemsOf(activation: Activation): readonly Json[] {
  const value = activation.input?.value;
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function instancesOf(context: Pick<Context, 'state'>, activation: Activation): ScopeInstance[] {
  return activation.scopes.flatMap((id) => context.state.scopes.get(id) ?? []);
}

function resultOf(instance: ScopeInstance): Json {
  return instance.error === null ? instance.output : { error: { ...instance.error } };
}
