/** `run`: a workflow of its own as a step of this one. */
import type { RunAction } from '../../../language/index.ts';
import { bindingsOf } from '../bindings.ts';
import { argumentsOf } from '../entries.ts';
import type { Activation } from '../state.ts';
import { defaultKey, recordAttempt, recordPrepared } from './kind.ts';
import type { Kind } from './kind.ts';

export const run: Kind<RunAction> = {
  prepare(context, activation, action) {
    const input = argumentsOf(context, action, bindingsOf(context.state, activation.scope));
    recordPrepared(context, activation, input, defaultKey(context, activation));
  },
  act(context, activation, action) {
    const child = childId(context.state.run, activation);
    const { attempt } = recordAttempt(context, activation, child);
    context.commands.push({
      type: 'start-child',
      activation: activation.id,
      attempt,
      way: activation.way,
      child,
      file: action.file,
      version: action.version,
      input: activation.input ?? { value: null, sealed: [] },
      detached: action.detached,
      depth: (context.state.parent?.depth ?? 0) + 1,
    });
  },
};

/** The same attempt always names the same child, so that starting it twice starts it once. */
function childId(parent: string, activation: Activation): string {
  const attempt = activation.attempt + 1;
  const role = activation.role === 'state' ? '' : `.${activation.role}`;
  const visit = `${String(activation.visit)}${attempt > 1 ? `-${String(attempt)}` : ''}`;
  return `${parent}.${activation.way.replaceAll('/', '.')}.${visit}${role}`;
}
