/** What a step of a run would decide, without taking it. */
import { decided } from './deciding.ts';
import type { EnvironmentVariables } from './deciding.ts';
import { decide } from './machine/index.ts';
import type { Decision, Step } from './machine/index.ts';
import type { RunView } from './observe.ts';

/** The decision of `step` at the instant `now`; nothing of it is recorded or performed. */
export function foresee(
  { plan, state }: RunView,
  { activation }: Pick<Step, 'activation'>,
  now: number,
  env: EnvironmentVariables,
): Decision | Promise<Decision> {
  const stimulus = { type: 'advance', now, ...(activation !== null && { activation }) } as const;
  return decided((answers) => decide(plan, state, stimulus, answers), env);
}
