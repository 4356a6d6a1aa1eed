/** What a kind of state contributes to the machine: two steps. */
import type { PlanAction } from '../../../language/index.ts';
import type { Context } from '../context.ts';
import { specOf } from '../context.ts';
import { entryFor, refuseFault } from '../entries.ts';
import { bindingsOf } from '../bindings.ts';
import { attemptLimit } from '../retry.ts';
import type { Arguments, EntryDraft } from '../record.ts';
import type { Activation } from '../state.ts';

export interface Kind<A extends PlanAction> {
  /** The step from `enter`: evaluates the input, or ends the state at once. May raise a Fault. */
  readonly prepare: (context: Context, activation: Activation, action: A) => void;
  /** The step from `call`: begins an attempt. May raise a Fault. */
  readonly act: (context: Context, activation: Activation, action: A) => void;
}

/** The key that makes a repeated attempt recognisable to the other side (section 5). */
export function defaultKey(context: Context, activation: Activation): string {
  return `${context.state.run}/${activation.way}/${String(activation.visit)}`;
}

/** Records the evaluated input; the attempts may begin. */
export function recordPrepared(context: Context, activation: Activation, input: Arguments, key: string | null): void {
  const total = specOf(context, activation).timeout?.total ?? null;
  context.records.push({
    type: 'state.prepared',
    activation: activation.id,
    input,
    key,
    total: total === null ? null : context.now + total,
  });
}

/** Records that an attempt begins, with the entry that `after: attempt` pushes; gives its number and its limit. */
export function recordAttempt(
  context: Context,
  activation: Activation,
  child: string | null = null,
): { attempt: number; until: number | null } {
  const spec = specOf(context, activation);
  const attempt = activation.attempt + 1;
  const limit = attemptLimit(spec.timeout, attempt - activation.series + 1);
  const until = limit === null ? null : context.now + limit;
  let entry: EntryDraft | null = null;
  if (activation.role === 'state' && activation.pushed === null && spec.plan.compensate?.after === 'attempt') {
    const bindings = bindingsOf(context.state, activation.scope, { result: null });
    entry = entryFor(context, activation, null, bindings, 'attempt');
    if (entry !== null) refuseFault(entry);
  }
  context.records.push({ type: 'attempt.started', activation: activation.id, attempt, until, entry, child });
  return { attempt, until };
}
