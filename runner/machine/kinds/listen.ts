/** `listen`: waits for the first event that one of its entries takes (section 6.7). */
import type { ListenAction } from '../../../language/index.ts';
import type { Kind } from './kind.ts';

export const listen: Kind<ListenAction> = {
  prepare(context, activation, action) {
    context.records.push({
      type: 'wait.started',
      activation: activation.id,
      until: action.timeout === null ? null : context.now + action.timeout,
    });
    return null;
  },
  /** Listening has no attempts: it acts from the moment at which it is prepared. */
  act: () => null,
};
