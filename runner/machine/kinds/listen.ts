/** `listen`: waits for the first event that one of its entries takes (section 6.7). */
import type { ListenAction } from '../../../language/index.ts';
import { recordAttempt, recordPrepared } from './kind.ts';
import type { Kind } from './kind.ts';

export const listen: Kind<ListenAction> = {
  prepare(context, activation) {
    recordPrepared(context, activation, { value: null, sealed: [] }, null);
  },
  act(context, activation, action) {
    recordAttempt(context, activation);
    const until = action.timeout === null ? null : context.now + action.timeout;
    context.records.push({ type: 'wait.started', activation: activation.id, until });
  },
};
