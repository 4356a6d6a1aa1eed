/** Has a decision of the machine made, and answers what it asks. */
import { evaluateTemplate } from '../language/index.ts';
import type { Evaluation } from '../language/index.ts';
import type { Deciding, Decision } from './machine/stimulus.ts';

export type EnvironmentVariables = Readonly<Record<string, string>>;

const NONE: readonly Evaluation[] = [];

/**
 * The decision that `decide` gives when all its questions are answered; `env` is the root of that name in every
 * expression. Gives a promise only when an expression needs one. Nothing that `decide` reads may change meanwhile.
 */
export function decided(
  decide: (answers: readonly Evaluation[]) => Deciding,
  env: EnvironmentVariables,
): Decision | Promise<Decision> {
  return goOn(decide, NONE, env);
}

function goOn(
  decide: (answers: readonly Evaluation[]) => Deciding,
  known: readonly Evaluation[],
  env: EnvironmentVariables,
): Decision | Promise<Decision> {
  let answers = known;
  for (;;) {
    const deciding = decide(answers);
    if ('records' in deciding) return deciding;
    const { template, bindings, moment } = deciding;
    const answer = evaluateTemplate(template, { ...bindings, env }, moment);
    const before = answers;
    if (answer instanceof Promise) return answer.then((later) => goOn(decide, [...before, later], env));
    answers = [...before, answer];
  }
}
