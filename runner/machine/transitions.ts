/** Choosing a transition: the first whose guard holds, with its variables evaluated (section 4 of the language). */
import type { PlanTransition } from '../../language/index.ts';
import { Fault, evaluateAll, holds } from './context.ts';
import type { Bindings, Context } from './context.ts';
import { ownError } from './errors.ts';
import type { ChosenTransition } from './record.ts';

/** The first transition that holds, with its variables evaluated. Raises a Fault: `no-transition` or `expression`. */
export function choose(context: Context, transitions: readonly PlanTransition[], bindings: Bindings): ChosenTransition {
  for (const transition of transitions) {
    if (!holds(context, transition.when, bindings)) continue;
    return chosen(context, transition, bindings);
  }
  throw new Fault(ownError('no-transition', 'No transition of this state holds; add one without `when` as the last.'));
}

/** `transition` as it is taken: its variables are evaluated. Raises a Fault of type `expression`. */
export function chosen(
  context: Context,
  transition: Pick<PlanTransition, 'assign' | 'rollback' | 'next' | 'range'>,
  bindings: Bindings,
): ChosenTransition {
  const assign = evaluateAll(context, transition.assign, bindings);
  return { to: transition.next, range: transition.range, assign, rollback: transition.rollback };
}
