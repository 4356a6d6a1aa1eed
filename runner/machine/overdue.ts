/** What it means that the time of something is over: of an attempt, a wait, a task, or the whole run. */
import type { HumanAction } from '../../language/index.ts';
import { abort, abortOne } from './abort.ts';
import { isActing } from './activations.ts';
import { specOf } from './context.ts';
import type { Context } from './context.ts';
import { located, ownError } from './errors.ts';
import { escalate } from './kinds/human.ts';
import { raise } from './raise.ts';
import { attemptLimit } from './retry.ts';
import { ROOT } from './state.ts';
import { timersOf } from './timers.ts';
import { waited } from './waited.ts';

/** Records what the earliest timer means; nothing when none is due. */
export function passTimer(context: Context): null {
  const [due] = timersOf(context.plan, context.state);
  if (!due || due.at > context.now) return null;
  const activation = due.activation === null ? undefined : context.state.activations.get(due.activation);
  if (!activation) {
    runTimeout(context);
    return null;
  }
  switch (due.kind) {
    case 'attempt':
    case 'total': {
      const which = due.kind === 'attempt' ? 'The attempt' : 'All attempts together';
      const { timeout } = specOf(context, activation);
      const own =
        due.kind === 'total' ? timeout?.total : attemptLimit(timeout, activation.attempt - activation.series + 1);
      const since = due.kind === 'attempt' ? (activation.startedAt ?? due.at) : activation.enteredAt;
      const limit = own ?? due.at - since;
      const error = located(
        ownError('timeout', `${which} took longer than ${String(limit)} ms.`),
        activation.way,
        Math.max(1, activation.attempt),
      );
      const idle = !isActing(activation) && activation.scopes.length === 0 && activation.task === null;
      // What a state holds is stopped when it is left; nobody leaves the states of what undoes.
      if (activation.role === 'state') abortOne(context, activation);
      else abort(context, activation);
      if (activation.child !== null && isActing(activation)) {
        const { id, attempt } = activation;
        context.records.push({ type: 'attempt.overdue', activation: id, attempt, error });
        return null;
      }
      context.records.push({
        type: 'attempt.failed',
        activation: activation.id,
        attempt: error.attempt,
        error,
        nothingDone: idle,
      });
      return null;
    }
    case 'retry':
      context.records.push({ type: 'retry.due', activation: activation.id });
      return null;
    case 'wait':
    case 'listen':
      waited(context, activation);
      return null;
    case 'escalation': {
      const action = specOf(context, activation).action as HumanAction;
      const step = activation.task?.escalated ?? 0;
      const notify = action.escalate[step]?.notify ?? null;
      escalate(context, activation, action, step);
      if (notify !== null) {
        const message = `For ${notify}: nobody has answered "${activation.task?.title ?? activation.way}" yet.`;
        context.records.push({ type: 'alert.raised', state: activation.way, message });
      }
      return null;
    }
    case 'run':
      return null;
  }
}

/** The run as a whole took too long: the error is raised at the top, where only the workflow's own `catch` can take it. */
function runTimeout(context: Context): void {
  const root = context.state.scopes.get(ROOT);
  const current = root?.current == null ? undefined : context.state.activations.get(root.current);
  context.records.push({ type: 'run.timed-out' });
  // The limit is for what the run does. A run that is being undone or cancelled takes the time that this needs.
  if (!current || current.leave?.kind === 'end') return;
  const error = located(
    ownError('timeout', `The run took longer than ${String(context.plan.timeout ?? 0)} ms.`),
    '',
    0,
  );
  raise(context, current, error, { retry: false, outside: true });
}
