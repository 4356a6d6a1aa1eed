/**
 * An error looks for who takes it (section 7 of the language).
 *
 * 1. Who takes it is found first, from the inside out: at each state its retry, then its `catch`, then the `catch` of the
 *    scope that it stands in, then, for a branch or an item that collects, the collecting. Only then is anything undone.
 * 2. A guard or an assignment of a handler that faults puts its own error in the place of the first one, and the search
 *    goes on outwards from there.
 * 3. Errors of compensating actions are taken by nobody: they fail the compensation (section 8.8).
 */
import type { PlanHandler } from '../../language/index.ts';
import { abort, abortOne } from './abort.ts';
import { isActing } from './activations.ts';
import { bindingsOf } from './bindings.ts';
import { Fault, declaredErrors, holds, scopeOf, specOf } from './context.ts';
import type { Bindings, Context } from './context.ts';
import { located, matchesAny, nothingDone } from './errors.ts';
import type { ChosenTransition, EntryDraft, Leave, RunError, Taker } from './record.ts';
import { delayAfter, drawn, mayRetry } from './retry.ts';
import { isLeft } from './state.ts';
import type { Activation } from './state.ts';
import { choose, chosen } from './transitions.ts';

export interface RaiseOptions {
  /** What the state had done before the error came up: pushed together with it. */
  readonly entry?: EntryDraft | null;
  /** Whether the state where it arose may be tried again; not so after its action succeeded. */
  readonly retry: boolean;
  /** Whether the search begins at the scope, because the state itself has ended. */
  readonly outside?: boolean;
}

/** Decides who takes `error`, which arose at `arose`, and records it. */
export function raise(context: Context, arose: Activation, error: RunError, options: RaiseOptions): void {
  let at = arose;
  let present = error;
  const record = (taker: Taker, leave: Leave | null): void => {
    context.records.push({
      type: 'error.raised',
      arose: arose.id,
      activation: at.id,
      error: present,
      taker,
      leave,
      entry: options.entry ?? null,
    });
  };
  for (;;) {
    if (at.role !== 'state') return failUndoing(context, at, present);
    const spec = specOf(context, at);
    const inner = at === arose;
    const outside = inner && options.outside === true;
    if (!outside && (inner ? options.retry : true) && canRetry(context, at, present)) {
      const next = nextAttempt(context, at);
      if (inner && at.scopes.length === 0) {
        context.records.push({
          type: 'retry.scheduled',
          activation: at.id,
          attempt: next.attempt,
          wakeAt: next.at,
          error: present,
        });
        return;
      }
      record({ by: 'retry' }, { kind: 'retry', ...next });
      return;
    }
    const bindings = bindingsOf(context.state, at.scope, { error: { ...present } });
    try {
      if (!outside) {
        const own = handlerFor(context, spec.plan.catch, present, bindings);
        if (own)
          return record(
            { by: 'state', handler: own.handler },
            { kind: 'transition', transition: own.transition, undo: true },
          );
        if (spec.plan.warn) {
          const transition = choose(context, spec.plan.next, { ...bindings, result: null });
          return record({ by: 'warn' }, { kind: 'transition', transition, undo: true });
        }
      }
      const scope = scopeOf(context, at.scope);
      const around = handlerFor(context, context.index.scopes.get(scope.plan)?.catch ?? [], present, bindings);
      if (around)
        return record(
          { by: 'scope', handler: around.handler },
          { kind: 'transition', transition: around.transition, undo: true },
        );
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      present = located(fault.error, at.way, at.attempt);
    }
    const scope = scopeOf(context, at.scope);
    const owner = scope.owner === null ? undefined : context.state.activations.get(scope.owner);
    if (!owner) {
      recover(context, arose, at, present, options.entry ?? null);
      return;
    }
    const around = specOf(context, owner).action;
    const collects =
      (around?.kind === 'parallel' && around.onBranchError === 'collect') ||
      (around?.kind === 'foreach' && around.onItemError === 'collect');
    if (collects) return record({ by: 'collect' }, { kind: 'give-up', error: present });
    at = owner;
  }
}

/** An error that no handler may take, such as a runaway loop: `recovery` decides at once. */
export function raiseUncaught(context: Context, arose: Activation, error: RunError): void {
  recover(context, arose, outermost(context, arose), error, null);
}

/** The state of the root scope that `activation` stands in. */
export function outermost(context: Context, activation: Activation): Activation {
  let at = activation;
  for (;;) {
    const owner = context.state.scopes.get(at.scope)?.owner;
    const next = owner === null || owner === undefined ? undefined : context.state.activations.get(owner);
    if (!next) return at;
    at = next;
  }
}

function recover(context: Context, arose: Activation, at: Activation, error: RunError, entry: EntryDraft | null): void {
  const pivoted = context.state.pivoted;
  const recovery = pivoted ? 'suspend' : context.plan.recovery;
  const raised = { type: 'error.raised', arose: arose.id, error, taker: { by: 'recovery', recovery }, entry } as const;
  if (recovery === 'suspend') {
    if (isActing(arose)) {
      // The error is not that of the action, which is stopped and made again by `retry`.
      abortOne(context, arose);
      const { id, attempt } = arose;
      context.records.push({ type: 'attempt.failed', activation: id, attempt, error, nothingDone: false });
    }
    context.records.push({ ...raised, activation: arose.id, leave: null });
    context.records.push({ type: 'state.suspended', activation: arose.id });
    context.records.push({ type: 'run.suspended', why: pivoted ? 'pivot' : 'recovery' });
    return;
  }
  const undo = recovery === 'compensate';
  context.records.push({
    ...raised,
    activation: at.id,
    leave: { kind: 'end', status: undo ? 'compensated' : 'failed', undo },
  });
}

/** The attempts of a compensation or a confirmation: retried by their policy, and by nothing else. */
export function failUndoing(context: Context, activation: Activation, error: RunError): void {
  const spec = specOf(context, activation);
  if (activation.phase !== 'returned') {
    const sure = nothingDone(error, declaredErrors(spec.action));
    abort(context, activation);
    context.records.push({
      type: 'attempt.failed',
      activation: activation.id,
      attempt: Math.max(1, activation.attempt),
      error,
      nothingDone: sure,
    });
    return;
  }
  if (canRetry(context, activation, error)) {
    const next = nextAttempt(context, activation);
    context.records.push({
      type: 'retry.scheduled',
      activation: activation.id,
      attempt: next.attempt,
      wakeAt: next.at,
      error,
    });
    return;
  }
  // What is confirmed in a scope that is being left is undone instead, and that nobody has to decide.
  const isUndone = activation.role === 'confirmation' && isLeft(context.state, scopeOf(context, activation.scope));
  const halt = activation.role === 'confirmation' ? !isUndone : spec.plan.compensate?.onFailure === 'halt';
  const what = activation.role === 'compensation' ? 'Compensating' : 'Confirming';
  context.records.push({
    type: 'alert.raised',
    state: activation.way,
    message: `${what} ${activation.way} failed: ${error.type}: ${error.message}`,
  });
  context.records.push({
    type: 'compensation.failed',
    activation: activation.id,
    entry: activation.entry ?? 0,
    error,
    halt,
  });
  if (halt)
    context.records.push({
      type: 'run.suspended',
      why: activation.role === 'confirmation' ? 'confirmation' : 'compensation',
    });
}

function canRetry(context: Context, activation: Activation, error: RunError): boolean {
  if (activation.total !== null && context.now >= activation.total) return false;
  return mayRetry(specOf(context, activation).retry, error.type, activation.attempt - activation.series + 1);
}

function nextAttempt(context: Context, activation: Activation): { attempt: number; at: number } {
  const policy = specOf(context, activation).retry;
  const random = drawn(
    `${context.state.seed}/${activation.way}/${String(activation.visit)}/${String(activation.attempt)}`,
  );
  const delay = policy ? delayAfter(policy, activation.attempt - activation.series + 1, random) : 0;
  return { attempt: activation.attempt + 1, at: context.now + delay };
}

function handlerFor(
  context: Context,
  handlers: readonly PlanHandler[],
  error: RunError,
  bindings: Bindings,
): { handler: number; transition: ChosenTransition } | null {
  for (const [handler, plan] of handlers.entries()) {
    if (plan.errors.length > 0 && !matchesAny(plan.errors, error.type)) continue;
    if (!holds(context, plan.when, bindings)) continue;
    return { handler, transition: chosen(context, plan, bindings) };
  }
  return null;
}
