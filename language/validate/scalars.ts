/** Whether a scalar fits its type, family form. */
import { Cron } from 'croner';
import validRange from 'semver/ranges/valid.js';
import { httpOf } from '../build/build.ts';
import { type Diagnostic, finding } from '../diagnostics.ts';
import { parseDuration } from '../durations.ts';
import { hasExpression } from '../expressions/template.ts';
import { didYouMean, isType, isWorkflowId, nameProblem, nearest } from '../names.ts';
import { describeType } from '../schema/describe.ts';
import type { ValueType } from '../schema/types.ts';
import type { ScalarNode } from '../tree.ts';

/** What is wrong with `node` where a scalar of `type` is expected; null when it fits. */
export function checkScalar(node: ScalarNode, type: ValueType, key: string): Diagnostic | null {
  const value = node.value;
  const wrong = (): Diagnostic =>
    finding('wrong-type', node.range, `‘${key}’ must be ${describeType(type)}${butIs(node, type)}.`);
  switch (type.is) {
    case 'value':
    case 'json':
      return null;
    case 'boolean':
      return typeof value === 'boolean' ? null : wrong();
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= type.minimum ? null : wrong();
    case 'number':
      return typeof value === 'number' && value >= type.minimum ? null : wrong();
    case 'duration':
      return durationProblem(node, key);
    case 'choice':
      return choiceProblem(node, type, key);
    case 'template':
      return value === null ? wrong() : null;
    case 'expression':
      return isExpression(node) ? null : wrong();
    case 'condition':
      return typeof value === 'boolean' || isExpression(node) ? null : wrong();
    case 'version':
      return isVersion(node.text)
        ? null
        : finding(
            'bad-version',
            node.range,
            `‘${node.text}’ is no semantic version. Write three numbers, such as 1.0.0.`,
          );
    case 'version-range':
      return value !== null && validRange(node.text) !== null
        ? null
        : finding('bad-version', node.range, `‘${node.text}’ is no range of versions. Write ^1.2, 1.x or >=1.2 <2.`);
    case 'workflow-id':
      if (typeof value !== 'string') return wrong();
      return isWorkflowId(value) ? null : finding('bad-name', node.range, idProblem(value));
    case 'http':
      return httpOf(node) === null ? wrong() : null;
    case 'cron':
      return typeof value === 'string' ? cronProblem(node, value) : wrong();
    case 'name':
    case 'pattern':
    case 'error-type':
    case 'text':
    case 'file':
    case 'reference':
      return typeof value === 'string' && value !== '' ? namedProblem(node, value, type) : wrong();
    case 'schema':
    case 'list':
    case 'map':
    case 'shape':
    case 'either':
      return wrong();
  }
}

/** Whether the scalar is exactly one expression. */
export function isExpression(node: ScalarNode): boolean {
  if (typeof node.value !== 'string') return false;
  const text = node.value.trim();
  return text.startsWith('${') && text.endsWith('}') && !node.value.startsWith('$${');
}

function namedProblem(node: ScalarNode, value: string, type: ValueType): Diagnostic | null {
  if (type.is === 'name') {
    const problem = nameProblem(value, type.rule);
    return problem === null ? null : finding('bad-name', node.range, problem);
  }
  if (type.is === 'pattern' || (type.is === 'error-type' && !hasExpression(value))) {
    if (isType(value)) return null;
    const message = `‘${value}’ is no error type: use names with dots between them, such as order.refused.`;
    return finding('bad-name', node.range, message);
  }
  return null;
}

function idProblem(value: string): string {
  return `‘${value}’ can’t be the id of a workflow: use letters, digits, ‘_’, ‘.’ and ‘-’, beginning with a letter or ‘_’.`;
}

function durationProblem(node: ScalarNode, key: string): Diagnostic | null {
  const duration = typeof node.value === 'string' ? parseDuration(node.value) : null;
  if (duration === 0 && key === 'every')
    return finding('bad-duration', node.range, '‘every’ must be longer than no time at all. Write 10s, 5m or 1h.');
  if (duration !== null) return null;
  const hint =
    typeof node.value === 'number'
      ? `‘${key}’ needs a unit: write ${node.text}s for seconds or ${node.text}ms for milliseconds.`
      : `‘${node.text}’ is no duration. Write 250ms, 10s, 5m, 2h, 3d, 1h30m or PT10S.`;
  return finding('bad-duration', node.range, hint);
}

function choiceProblem(node: ScalarNode, type: ValueType & { is: 'choice' }, key: string): Diagnostic | null {
  const options = type.options.map((option) => option.value);
  if (typeof node.value === 'string' && options.includes(node.value)) return null;
  const suggestions = nearest(node.text, options);
  const message = `‘${key}’ must be ${describeType(type)}${butIs(node, type)}.${didYouMean(suggestions)}`;
  const fixes =
    suggestions.length === 0 ? undefined : [{ kind: 'replace', range: node.range, with: suggestions } as const];
  return finding('wrong-type', node.range, message, fixes === undefined ? {} : { fixes });
}

function butIs(node: ScalarNode, type: ValueType): string {
  if (node.value === null) return ', but nothing stands here';
  if (typeof node.value === 'string') return type.is === 'choice' ? `, not ‘${node.text.slice(0, 40)}’` : '';
  return `, but YAML reads ${node.text.slice(0, 40)} as ${typeof node.value === 'number' ? 'a number' : 'true or false'}`;
}

const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

function isVersion(text: string): boolean {
  return text.length <= 256 && VERSION.test(text);
}

const CRON_FIELD = /^(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(\/\d+)?(,(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(\/\d+)?)*$/;

/** Whoever fires the trigger reads the expression with the same library. */
function cronProblem(node: ScalarNode, text: string): Diagnostic | null {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 || !fields.every((field) => CRON_FIELD.test(field)))
    return finding('wrong-type', node.range, '‘cron’ must be five fields such as 0 6 * * *.');
  try {
    new Cron(text, { paused: true });
    return null;
  } catch {
    const ranges = 'minute 0–59, hour 0–23, day of the month 1–31, month 1–12, day of the week 0–7';
    return finding('wrong-type', node.range, `‘${text}’ names no times: a field is out of its range. Write ${ranges}.`);
  }
}
