/** `human`: a task that a person answers (section 6.9). */
import type { HumanAction, Json, Plan } from '../../../language/index.ts';
import { isJsonObject } from '../../../language/index.ts';
import { bindingsOf } from '../bindings.ts';
import { argumentsOf } from '../entries.ts';
import type { Context } from '../context.ts';
import { defaultKey, recordAttempt, recordPrepared } from './kind.ts';
import type { Kind } from './kind.ts';
import type { Activation } from '../state.ts';

export const human: Kind<HumanAction> = {
  prepare(context, activation, action) {
    const input = argumentsOf(context, action, bindingsOf(context.state, activation.scope));
    recordPrepared(context, activation, input, defaultKey(context, activation));
  },
  act(context, activation, action) {
    recordAttempt(context, activation);
    const told = activation.input?.value ?? null;
    const roles = action.assignee === null ? action.candidates : [action.assignee];
    context.records.push({
      type: 'task.created',
      activation: activation.id,
      task: {
        title: textOf(told, 'title') ?? activation.state,
        description: textOf(told, 'description'),
        assignee: action.assignee,
        candidates: action.candidates,
        members: membersOf(context.plan, roles),
        due: action.due === null ? null : context.now + action.due,
        escalations: action.escalate.map((step) => context.now + step.after),
      },
    });
  },
};

/** The people in the roles of these participants, as far as the file names them. */
export function membersOf(plan: Plan, participants: readonly string[]): string[] {
  const members = participants.flatMap((name) => {
    const provider = plan.participants.find((participant) => participant.name === name)?.provider;
    return provider?.kind === 'role' ? provider.members : [];
  });
  return [...new Set(members)];
}

/** Who has answered where nobody did: the name in the history. */
export const ESCALATION = 'escalation';

/** The next step of escalation is due: it reassigns, notifies or decides. */
export function escalate(
  context: Context,
  activation: Pick<Activation, 'id' | 'attempt' | 'task'>,
  action: HumanAction,
  step: number,
): void {
  const due = action.escalate[step];
  if (!due) return;
  context.records.push({
    type: 'task.escalated',
    activation: activation.id,
    step,
    to: due.to,
    members: due.to === null ? [] : membersOf(context.plan, [due.to]),
    notify: due.notify,
    outcome: due.outcome,
  });
  const { outcome } = due;
  if (outcome === null) return;
  const { id, attempt, task } = activation;
  const by = { name: ESCALATION };
  const dueAt = task?.due ?? null;
  const late = dueAt !== null && context.now > dueAt;
  context.records.push({ type: 'task.completed', activation: id, outcome, form: null, by, due: dueAt, late });
  const result = { outcome, form: null, actor: null };
  context.records.push({ type: 'attempt.succeeded', activation: id, attempt, result });
}

function textOf(value: Json, key: string): string | null {
  const text = isJsonObject(value) ? (value[key] ?? null) : null;
  if (text === null) return null;
  return typeof text === 'string' ? text : JSON.stringify(text);
}
