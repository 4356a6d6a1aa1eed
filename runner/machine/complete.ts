/**
 * A state's completion: what it did is kept for undoing, its variables are set, its result is shaped and its transition
 * is chosen, in this order and in one commit (sections 4 and 8.2 of the language).
 */
import { isJsonObject } from '../../language/index.ts';
import type { Json, PlanListener, PlanState, PlanTransition } from '../../language/index.ts';
import { bindingsOf, overlaid } from './bindings.ts';
import { Fault, evaluate, evaluateAll, planOf } from './context.ts';
import type { Bindings, Context } from './context.ts';
import { entryFor, refuseFault } from './entries.ts';
import { located } from './errors.ts';
import { raise } from './raise.ts';
import type { EntryDraft } from './record.ts';
import type { Activation } from './state.ts';
import { choose } from './transitions.ts';

/** Completes a state whose action gave `result`. */
export function complete(context: Context, activation: Activation, result: Json): void {
  const plan = planOf(context, activation);
  let entry: EntryDraft | null = null;
  try {
    const bindings = bindingsOf(context.state, activation.scope, { result, ...answerOf(plan, result) });
    entry = activation.pushed === null ? entryFor(context, activation, result, bindings) : null;
    if (entry !== null) refuseFault(entry);
    const assign = [
      ...evaluateAll(context, listenerOf(plan, result)?.assign ?? [], bindings),
      ...evaluateAll(context, plan.assign, bindings),
    ];
    const assigned = overlaid(bindings, 'vars', assign);
    const output = plan.output ? evaluate(context, plan.output, assigned).value : result;
    const seen = overlaid(assigned, 'results', [[activation.state, output]]);
    const transition = choose(context, transitionsAfter(plan, result), seen);
    const rollback = plan.action.kind === 'rollback' ? plan.action.to : transition.rollback;
    const emitted = emittedBy(plan, activation);
    context.records.push({
      type: 'state.completed',
      activation: activation.id,
      result: output,
      assign,
      entry,
      pivot: plan.pivot,
      transition: { ...transition, rollback },
      emitted,
    });
    if (plan.pivot) discardAll(context);
    if (emitted) context.commands.push({ type: 'publish', event: emitted });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    raise(context, activation, located(error.error, activation.way, activation.attempt), {
      entry,
      retry: false,
    });
  }
}

/** `form`, `outcome` and `actor` of a person's answer, or the `event` that a `listen` was given. */
function answerOf(plan: PlanState, result: Json): Bindings {
  if (plan.action.kind === 'listen') return { event: result };
  if (plan.action.kind !== 'human' || !isJsonObject(result)) return {};
  return { outcome: result['outcome'], form: result['form'], actor: result['actor'] };
}

function transitionsAfter(plan: PlanState, result: Json): readonly PlanTransition[] {
  const action = plan.action;
  if (action.kind === 'human' && isJsonObject(result)) {
    const answered = action.on.find((on) => on.outcome === result['outcome']);
    if (answered) return answered.transitions;
  }
  if (action.kind === 'listen') {
    const transitions = listenerOf(plan, result)?.transitions ?? action.onTimeout;
    if (transitions.length > 0) return transitions;
  }
  return plan.next;
}

/** The entry of a `listen` that took the event; undefined when it timed out. */
function listenerOf({ action }: PlanState, result: Json): PlanListener | undefined {
  if (action.kind !== 'listen' || !isJsonObject(result)) return undefined;
  return action.on.find((listener) => listener.event === result['type']);
}

function emittedBy(plan: PlanState, activation: Activation): { type: string; id: string; data: Json } | null {
  if (plan.action.kind !== 'emit') return null;
  return { type: plan.action.event, id: activation.key ?? activation.way, data: activation.input?.value ?? null };
}

/** A pivot: nothing of the run up to it, what `after: attempt` pushed for it included, can be undone any more (8.9). */
export function discardAll(context: Context): void {
  const entries: number[] = [];
  const kept: number[] = [];
  for (const entry of context.state.entries.values()) (entry.confirm ? kept : entries).push(entry.entry);
  if (entries.length > 0) context.records.push({ type: 'entries.discarded', entries, why: 'pivot' });
  if (kept.length > 0) context.records.push({ type: 'compensations.dropped', entries: kept });
}
