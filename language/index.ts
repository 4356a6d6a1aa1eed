/** The only door to the language. */
export * from './json.ts';
export * from './plan.ts';
export * from './text.ts';
export { evaluateExpression, evaluateTemplate, isTruthy, unseal } from './expressions/evaluate.ts';
export type { Bindings, Evaluation, Moment, SealedValue } from './expressions/evaluate.ts';
export { checkSchema, validateJson } from './json-schema.ts';
