/** Runs a decision of the machine and answers what it asks. */
import { evaluateTemplate } from '../language/index.ts';
import type { Evaluation } from '../language/index.ts';
import type { Ask, Deciding, Decision } from './machine/stimulus.ts';

export type EnvironmentVariables = Readonly<Record<string, string>>;

/**
 * Brings `deciding` to its end; `env` is the root of that name in every expression. Gives a promise only when an
 * expression needs one.
 */
export function decided(deciding: Deciding<Decision>, env: EnvironmentVariables): Decision | Promise<Decision> {
  let step = deciding.next();
  while (step.done !== true) {
    const answer = answerTo(step.value, env);
    if (answer instanceof Promise) return decidedLater(deciding, answer, env);
    step = deciding.next(answer);
  }
  return step.value;
}

async function decidedLater(
  deciding: Deciding<Decision>,
  pending: Promise<Evaluation>,
  env: EnvironmentVariables,
): Promise<Decision> {
  let step = deciding.next(await pending);
  while (step.done !== true) step = deciding.next(await answerTo(step.value, env));
  return step.value;
}

function answerTo({ template, bindings, moment }: Ask, env: EnvironmentVariables): Evaluation | Promise<Evaluation> {
  return evaluateTemplate(template, { ...bindings, env }, moment);
}
