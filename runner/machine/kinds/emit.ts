/** `emit`: publishes an event with the completion of the state, so that it is sent exactly once for each. */
import type { PlanAction } from '../../../language/index.ts';
import { bindingsOf } from '../bindings.ts';
import { Fault } from '../context.ts';
import { argumentsOf } from '../entries.ts';
import { ownError } from '../errors.ts';
import { validateJson } from '../../../language/index.ts';
import { defaultKey, recordAttempt, recordPrepared } from './kind.ts';
import type { Kind } from './kind.ts';

type EmitAction = Extract<PlanAction, { kind: 'emit' }>;

export const emit: Kind<EmitAction> = {
  prepare(context, activation, action) {
    const input = argumentsOf(context, action, bindingsOf(context.state, activation.scope));
    const schema = context.plan.events.find((event) => event.type === action.event)?.data ?? null;
    const [problem] = schema === null ? [] : validateJson(schema, input.value);
    if (problem)
      throw new Fault(
        ownError('validation', `The data of ${action.event} does not fit its schema: ${problem.message}`),
      );
    recordPrepared(context, activation, input, defaultKey(context, activation));
  },
  act(context, activation, action) {
    const { attempt } = recordAttempt(context, activation);
    context.records.push({ type: 'attempt.succeeded', activation: activation.id, attempt, result: null });
    if (activation.role === 'state') return;
    const event = {
      id: activation.key ?? defaultKey(context, activation),
      type: action.event,
      data: activation.input?.value ?? null,
    };
    context.commands.push({ type: 'publish', event });
  },
};
