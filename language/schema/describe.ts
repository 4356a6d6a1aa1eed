/** Types in words, for messages, hover and the reference. */
import { shapeNamed } from '../schema.ts';
import type { ValueType } from './types.ts';

/** What a value of `type` is, as it goes into a sentence: ‘a duration such as 10s’. */
export function describeType(type: ValueType): string {
  switch (type.is) {
    case 'text':
      return 'text';
    case 'template':
      return 'text, in which expressions may stand';
    case 'boolean':
      return 'true or false';
    case 'integer':
      return `a whole number, at least ${type.minimum}`;
    case 'number':
      return `a number, at least ${type.minimum}`;
    case 'duration':
      return 'a duration such as 10s or 1h30m';
    case 'version':
      return 'a semantic version such as 1.0.0';
    case 'version-range':
      return 'a version range such as ^1.2';
    case 'workflow-id':
      return 'an id such as order-fulfillment';
    case 'choice':
      return oneOf(type.options.map((option) => option.value));
    case 'schema':
      return 'a JSON Schema';
    case 'value':
    case 'json':
      return 'any value';
    case 'expression':
      return 'an expression such as "${ input.id }"';
    case 'condition':
      return 'a condition such as "${ input.amount > 100 }"';
    case 'name':
      return 'a name';
    case 'reference':
      return REFERENCES[type.to];
    case 'pattern':
      return 'an error type such as timeout or http.5xx';
    case 'error-type':
      return 'an error type such as order.refused';
    case 'http':
      return 'a method and a path such as GET /orders/{orderId}';
    case 'cron':
      return 'five fields such as 0 6 * * *';
    case 'file':
      return FILES[type.of];
    case 'list':
      return 'a list';
    case 'map':
      return 'a mapping';
    case 'shape': {
      const { title } = shapeNamed(type.shape);
      return `a mapping (${title.charAt(0).toLowerCase()}${title.slice(1)})`;
    }
    case 'either':
      return joined([...new Set(type.options.map(describeType))]);
  }
}

const REFERENCES: Record<Extract<ValueType, { is: 'reference' }>['to'], string> = {
  state: 'the name of a state',
  operation: 'an operation such as payments.charge',
  event: 'the type of an event',
  role: 'the name of a participant with a role',
  'retry-policy': 'the name of a retry policy',
  'timeout-policy': 'the name of a timeout policy',
  'breaker-policy': 'the name of a circuit breaker policy',
  variable: 'the name of a variable',
  outcome: 'an outcome of the task',
};

const FILES = {
  openapi: 'the path of an OpenAPI document',
  workflow: 'the path of a workflow file',
  module: 'the path of a module',
} as const;

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `one of ${joined(values)}`;
}

function joined(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} or ${last}`;
}
