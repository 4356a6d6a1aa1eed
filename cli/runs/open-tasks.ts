/** Tasks that wait for people, as they stand in the journal. */
import type { HumanAction, Plan } from '../../language/index.ts';
import { indexOf } from '../../runner/machine/index.ts';
import type { Activation, RunState, Task } from '../../runner/machine/index.ts';

/** A task of a run; `way` names it within the run. */
export interface OpenTask {
  readonly way: string;
  readonly activation: Activation;
  readonly task: Task;
}

/** The tasks of a run that wait for an answer, the oldest first. */
export function openTasks(state: Readonly<RunState>): readonly OpenTask[] {
  return [...state.activations.values()].flatMap((activation) =>
    activation.task !== null && activation.phase === 'acting'
      ? [{ way: activation.way, activation, task: activation.task }]
      : [],
  );
}

/** What the workflow says of a task: its outcomes and its form. Undefined for an activation that is no task. */
export function humanAction(plan: Plan, activation: Pick<Activation, 'plan' | 'role'>): HumanAction | undefined {
  const state = indexOf(plan).states.get(activation.plan);
  const action =
    activation.role === 'state'
      ? state?.action
      : activation.role === 'compensation'
        ? state?.compensate?.action
        : state?.confirm?.action;
  return action?.kind === 'human' ? action : undefined;
}

/** The outcomes that a task can have. */
export function outcomesOf(plan: Plan, activation: Pick<Activation, 'plan' | 'role'>): readonly string[] {
  return humanAction(plan, activation)?.outcomes ?? [];
}
