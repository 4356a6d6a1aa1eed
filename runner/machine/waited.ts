/** What a `wait` or a `listen` comes to when its time is over (sections 6.7 and 6.8). */
import { failAttempt } from './advance.ts';
import { specOf } from './context.ts';
import type { Context } from './context.ts';
import { located, ownError } from './errors.ts';
import type { Activation } from './state.ts';

/**
 * Records the end of the time: the state completes without a result. A `listen` that heard nothing and says neither with
 * `onTimeout` nor with `next` where to go then fails with the error `timeout`, as every other limit does.
 */
export function waited(context: Context, activation: Activation): void {
  const { id, attempt, way } = activation;
  const { action, plan } = specOf(context, activation);
  if (action?.kind === 'listen' && action.onTimeout.length === 0 && plan.next.length === 0) {
    const error = ownError('timeout', 'No event came in time. Say with `onTimeout` where to go then.');
    failAttempt(context, activation, located(error, way, attempt));
    return;
  }
  context.records.push({ type: 'attempt.succeeded', activation: id, attempt, result: null });
}
