/** `call`: an operation of a participant or a built-in one. */
import type { CallAction } from '../../../language/index.ts';
import { bindingsOf } from '../bindings.ts';
import { evaluate, planOf } from '../context.ts';
import { argumentsOf } from '../entries.ts';
import { defaultKey, recordAttempt, recordPrepared } from './kind.ts';
import type { Kind } from './kind.ts';

export const call: Kind<CallAction> = {
  prepare(context, activation, action) {
    const bindings = bindingsOf(context.state, activation.scope);
    const input = argumentsOf(context, action, bindings);
    const own = action.idempotencyKey ? evaluate(context, action.idempotencyKey, bindings).value : null;
    const key = own === null ? defaultKey(context, activation) : typeof own === 'string' ? own : JSON.stringify(own);
    recordPrepared(context, activation, input, key);
  },
  act(context, activation, action) {
    const { attempt, until } = recordAttempt(context, activation);
    const ends = [until, activation.total].filter((instant) => instant !== null);
    context.commands.push({
      type: 'call',
      activation: activation.id,
      attempt,
      action,
      way: activation.way,
      input: activation.input ?? { value: null, sealed: [] },
      key: activation.key ?? defaultKey(context, activation),
      until: ends.length === 0 ? null : Math.min(...ends),
      heartbeat: activation.role === 'state' ? planOf(context, activation).heartbeat : null,
    });
  },
};
