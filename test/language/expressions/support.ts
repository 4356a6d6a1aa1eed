/** Short forms that the tests of expressions share. */
import { evaluateExpression, type Evaluation } from '../../../language/expressions/evaluate.ts';
import type { Bindings, Moment } from '../../../language/expressions/bindings.ts';
import { readTemplate, type ValueTree } from '../../../language/expressions/template.ts';
import type { Json } from '../../../language/json.ts';
import type { Expression, Template } from '../../../language/plan.ts';

export const MOMENT: Moment = { now: Date.UTC(2026, 0, 2, 3, 4, 5), seed: 'seed' };

/** An expression that stands at the beginning of its file. */
export function expression(source: string): Expression {
  return { language: 'jsonata', source, range: { start: 0, end: source.length }, roots: [] };
}

/** The value of an expression; its fault's message as an error. */
export async function valueOf(source: string, bindings: Bindings = {}, moment: Moment = MOMENT): Promise<Json> {
  const evaluation = await evaluateExpression(expression(source), bindings, moment);
  if (!evaluation.ok) throw new Error(evaluation.message);
  return evaluation.value;
}

/** The fault of an expression. */
export async function faultOf(source: string, bindings: Bindings = {}): Promise<Evaluation & { readonly ok: false }> {
  const evaluation = await evaluateExpression(expression(source), bindings, MOMENT);
  if (evaluation.ok) throw new Error(`gave ${JSON.stringify(evaluation.value)}`);
  return evaluation;
}

/** The template of a value, as if it stood in a file; all its ranges are those of the strings themselves. */
export function template(value: Json): Template {
  return readTemplate(tree(value)).template;
}

export function tree(value: Json): ValueTree {
  const range = { start: 0, end: typeof value === 'string' ? value.length : 0 };
  if (Array.isArray(value)) return { kind: 'list', items: (value as readonly Json[]).map(tree), range };
  if (typeof value !== 'object' || value === null) return { kind: 'scalar', value, range };
  return {
    kind: 'object',
    fields: Object.entries(value).map(([name, inner]) => ({ name, value: tree(inner), range })),
    range,
  };
}
