/**
 * A debugger's hand in a run: an answer in the place of an action, a wait that ends now, a jump to another state.
 *
 * Each is a record of its own with who did it, so that the history tells it from what the run did by itself, and each
 * gives a sentence in the place of records where it cannot be.
 */
import { isActing } from './activations.ts';
import { planOf, scopeOf, specOf } from './context.ts';
import type { Plan } from '../../language/index.ts';
import type { Context } from './context.ts';
import { indexOf } from './plan-index.ts';
import type { RunState } from './state.ts';
import type { Stimulus } from './stimulus.ts';
import { waited } from './waited.ts';

type Of<T extends Stimulus['type']> = Extract<Stimulus, { type: T }>;

/** Kinds of state whose action gives nothing that could be given instead. */
const WITHOUT_RESULT: ReadonlySet<string> = new Set(['switch', 'set', 'rollback', 'fail']);

/** The action that is about to run, or runs, is not performed (any more): it gave this result. */
export function answer(context: Context, { activation: id, result, by }: Of<'answer'>): string | null {
  const activation = context.state.activations.get(id);
  const waits = activation?.phase === 'entering' || activation?.phase === 'calling';
  if (activation === undefined || !waits)
    return 'An answer can be given only where a state is entered or its action is about to run.';
  const kind = specOf(context, activation).action?.kind;
  if (kind !== undefined && WITHOUT_RESULT.has(kind))
    return `${activation.way} calls nothing: there is nothing to answer.`;
  context.records.push({ type: 'answer.given', activation: id, result, by });
  return null;
}

/** A wait, the listening for events or the pause before another attempt is over now. */
export function skipWait(context: Context, { activation: id, by }: Of<'skip-wait'>): string | null {
  const activation = context.state.activations.get(id);
  if (activation === undefined || activation.cancelled || activation.leave !== null)
    return 'Nothing waits there any more.';
  const { way, phase } = activation;
  const kind = specOf(context, activation).action?.kind;
  if (phase === 'retrying') {
    context.records.push({ type: 'wait.skipped', activation: id, by }, { type: 'retry.due', activation: id });
    return null;
  }
  if (phase !== 'acting' || (kind !== 'wait' && kind !== 'listen')) return `${way} does not wait for a time.`;
  context.records.push({ type: 'wait.skipped', activation: id, by });
  waited(context, activation);
  return null;
}

/**
 * The run goes on in another state of the same scope, as if by a transition. What the present state has done stays done
 * and is undone later like everything else; what is under way in it is stopped first.
 */
export function jump(context: Context, { activation: id, to, by }: Of<'jump'>): string | null {
  const { state } = context;
  const activation = state.activations.get(id);
  if (activation === undefined || activation.role !== 'state') return 'Only a state can be left by a jump.';
  if (state.lifecycle !== 'active') return 'A run that is suspended or has ended cannot jump.';
  if (activation.cancelled || (activation.leave !== null && activation.leave.kind !== 'transition'))
    return `${activation.way} is being left already.`;
  const scope = scopeOf(context, activation.scope);
  if (scope.rollback !== null || scope.current !== id)
    return `${activation.way} is being undone: there is no jump from there.`;
  const siblings = context.index.scopes.get(scope.plan)?.states ?? [];
  if (!siblings.some(({ name }) => name === to))
    return `There is no state ${to} beside ${activation.state}. There are ${siblings.map(({ name }) => name).join(', ')}.`;
  const transition = { to, range: planOf(context, activation).nameRange, assign: [], rollback: null };
  context.records.push({
    type: 'state.jumped',
    activation: id,
    leave: { kind: 'transition', transition, undo: false },
    by,
  });
  return null;
}

/** Whether a jump away from this activation leaves something that it may have done without what would undo it. */
export function leavesUndone(plan: Plan, state: Readonly<RunState>, id: number): boolean {
  const activation = state.activations.get(id);
  if (activation === undefined || activation.pushed !== null) return false;
  const undoes = indexOf(plan).states.get(activation.plan)?.compensate;
  return undoes != null && !undoes.none && (isActing(activation) || activation.doubt);
}
