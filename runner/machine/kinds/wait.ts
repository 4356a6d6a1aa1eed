/** `wait`: until a time has passed or an instant has come. */
import type { PlanAction } from '../../../language/index.ts';
import { bindingsOf } from '../bindings.ts';
import { Fault, evaluate } from '../context.ts';
import { ownError } from '../errors.ts';
import { recordAttempt, recordPrepared } from './kind.ts';
import type { Kind } from './kind.ts';

type WaitAction = Extract<PlanAction, { kind: 'wait' }>;

export const wait: Kind<WaitAction> = {
  prepare(context, activation, action) {
    let until: number | null = null;
    if (action.until) {
      const template = { kind: 'expression', expression: action.until } as const;
      const { value } = evaluate(context, template, bindingsOf(context.state, activation.scope));
      until = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
      if (!Number.isFinite(until)) {
        const given = JSON.stringify(value);
        throw new Fault(
          ownError(
            'expression',
            `\`until\` must give an ISO 8601 date and time or milliseconds since 1970, and gave ${given}.`,
          ),
        );
      }
    }
    recordPrepared(context, activation, { value: until, sealed: [] }, null);
  },
  act(context, activation, action) {
    recordAttempt(context, activation);
    const fixed = activation.input?.value;
    const until = typeof fixed === 'number' ? fixed : context.now + (action.for ?? 0);
    context.records.push({ type: 'wait.started', activation: activation.id, until: Math.max(until, context.now) });
  },
};
