/** What is known of the roots of expressions at a place: schemas of their values, as far as the file tells them. */
import {
  type Action,
  type Analysis,
  isJsonObject,
  type Json,
  type JsonObject,
  type Node,
  rootNamed,
  schemaAt,
  type Scope,
  type State,
  stringOf,
  toJson,
  valueOf,
  type Workflow,
} from '../../language/index.ts';
import type { Expected } from './completion/expected.ts';
import { scopeOf } from './completion/names.ts';
import { inputOf, operationNamed, outputOf, type Schema, schemaIn } from './operations.ts';

/** What a file does not say itself. */
export interface Surroundings {
  /** Names of environment variables that the `.env` file beside the workflow sets. */
  readonly environment: readonly string[];
}

const anything: JsonObject = {};

/** A schema, and the names that lead on from it: a `$ref` inside of it counts from its own root. */
export interface SchemaAt {
  readonly schema: Schema;
  readonly rest: readonly string[];
}

/**
 * What is known of `path`, which begins with a root, at the place that `expected` describes; null where the root means
 * nothing there.
 */
export function schemaOfPath(
  analysis: Analysis,
  path: readonly string[],
  expected: Expected,
  surroundings: Surroundings,
): SchemaAt | null {
  const [name = '', ...rest] = path;
  const { workflow } = analysis;
  const scope = scopeOf(workflow, expected.scope);
  const [first, ...others] = rest;
  if (first !== undefined && (name === 'results' || name === 'vars')) {
    const known = (name === 'results' ? results(analysis, scope) : variables(scope)).get(first);
    return { schema: known ?? anything, rest: others };
  }
  const schema = rootSchema(analysis, name, expected, surroundings);
  if (schema === null) return null;
  if (name === 'event' && first === 'data') return { schema: eventData(workflow, expected) ?? anything, rest: others };
  return { schema, rest };
}

function rootSchema(analysis: Analysis, name: string, expected: Expected, surroundings: Surroundings): Schema | null {
  const { workflow } = analysis;
  const scope = scopeOf(workflow, expected.scope);
  const state = scope.states.find((candidate) => candidate.name === expected.state.at(-1));
  if (name === itemName(analysis, expected)) return itemSchema(analysis, scope, expected, surroundings);
  switch (name) {
    case 'input':
      return schemaIn(workflow.input) ?? anything;
    case 'vars':
      return object(variables(scope));
    case 'results':
      return object(results(analysis, scope));
    case 'env':
      return named(namesRead(analysis, 'env', surroundings.environment), 'An environment variable.');
    case 'secrets':
      return named(namesRead(analysis, 'secrets', []), 'A secret. Its value is never shown.');
    case 'result':
      return state === undefined ? anything : rawResult(analysis, state.action);
    case 'args':
      return argumentsSchema(analysis, expected) ?? anything;
    case 'form':
      return state?.action?.kind === 'human' ? (schemaIn(state.action.form) ?? anything) : anything;
    case 'index':
      return { type: 'integer' };
    default: {
      const root = rootNamed(name);
      return root === null ? null : (root.schema ?? anything);
    }
  }
}

/** The name of the current item of the innermost `foreach` around, or null outside of one. */
export function itemName(analysis: Analysis, expected: Expected): string | null {
  for (let at: Scope | null = scopeOf(analysis.workflow, expected.scope); at !== null; at = at.parent) {
    if (at.item !== null) return at.item.name;
  }
  return null;
}

function itemSchema(analysis: Analysis, scope: Scope, expected: Expected, surroundings: Surroundings): Schema {
  let body: Scope | null = scope;
  while (body !== null && body.item === null) body = body.parent;
  const action = body?.owner?.action;
  if (action?.kind !== 'foreach') return anything;
  const source = /^\$\{\s*([A-Za-z_][\w.]*)\s*\}$/.exec(stringOf(action.in) ?? '')?.[1];
  if (source === undefined) return anything;
  const around: Expected = { ...expected, scope: body?.parent?.id ?? '', state: [body?.owner?.name ?? ''] };
  const list = schemaOfPath(analysis, source.split('.'), around, surroundings);
  const found = list === null ? null : schemaAt(list.schema, list.rest);
  return isJsonObject(found) && isSchema(found.items) ? found.items : anything;
}

function variables(scope: Scope): ReadonlyMap<string, Schema> {
  const found = new Map<string, Schema>();
  for (let around: Scope | null = scope; around !== null; around = around.parent) {
    for (const variable of around.vars)
      if (!found.has(variable.name)) found.set(variable.name, valueSchema(toJson(variable.node)));
  }
  return found;
}

function results(analysis: Analysis, scope: Scope): ReadonlyMap<string, Schema> {
  const found = new Map<string, Schema>();
  for (let around: Scope | null = scope; around !== null; around = around.parent) {
    for (const state of around.states) if (!found.has(state.name)) found.set(state.name, resultSchema(analysis, state));
  }
  return found;
}

/** The schema of `results.STATE`. */
function resultSchema(analysis: Analysis, state: State): Schema {
  const reshaped = valueOf(state.node, 'output');
  const raw = reshaped === undefined ? rawResult(analysis, state.action) : templateSchema(reshaped);
  const about = stringOf(valueOf(state.node, 'title')) ?? `The result of ${state.name}.`;
  return isJsonObject(raw) && raw.description === undefined ? { description: about, ...raw } : raw;
}

function rawResult(analysis: Analysis, action: Action | null): Schema {
  switch (action?.kind) {
    case 'call': {
      const operation = action.operation?.value ?? '';
      if (operation === 'http') return HTTP_RESULT;
      const known = operationNamed(analysis, operation);
      return (known === null ? null : outputOf(known)) ?? anything;
    }
    case 'human':
      return object([
        ['outcome', { type: 'string', description: 'What was decided.' }],
        ['form', schemaIn(action.form) ?? anything],
        ['actor', { type: 'string', description: 'Who decided.' }],
      ]);
    case 'parallel':
      return object(action.branches.map((branch) => [branch.name?.value ?? '', outputSchema(branch)]));
    case 'foreach':
      return { type: 'array', items: outputSchema(action.body) };
    case 'scope':
      return outputSchema(action.scope);
    default:
      return anything;
  }
}

const HTTP_RESULT: JsonObject = {
  type: 'object',
  properties: {
    status: { type: 'integer', description: 'The status of the answer.' },
    headers: { type: 'object', description: 'The headers of the answer.' },
    body: { description: 'The body of the answer.' },
  },
};

function outputSchema(scope: Scope): Schema {
  return scope.output === null ? anything : templateSchema(scope.output);
}

/** The schema of a value with expressions: its fields are known, what an expression gives is not. */
function templateSchema(node: Node): Schema {
  if (node.kind === 'map') return object(node.entries.map((entry) => [entry.key.text, templateSchema(entry.value)]));
  if (node.kind === 'sequence') return { type: 'array' };
  return typeof node.value === 'string' && node.value.includes('${') ? anything : valueSchema(node.value);
}

function valueSchema(value: Json): Schema {
  if (Array.isArray(value))
    return value[0] === undefined ? { type: 'array' } : { type: 'array', items: valueSchema(value[0] as Json) };
  if (isJsonObject(value)) return object(Object.entries(value).map(([name, field]) => [name, valueSchema(field)]));
  if (typeof value === 'string') return value.includes('${') ? anything : { type: 'string' };
  return value === null ? anything : { type: typeof value };
}

function argumentsSchema(analysis: Analysis, expected: Expected): Schema | null {
  const { operation } = expected;
  const known = operation === null ? null : operationNamed(analysis, operation);
  return known === null ? null : inputOf(known);
}

function eventData(workflow: Workflow, expected: Expected): Schema | null {
  return schemaIn(workflow.events.find((event) => event.name === expected.event)?.data);
}

/** Names that expressions of the file read of `root`, besides those that are known already. */
function namesRead(analysis: Analysis, root: string, known: readonly string[]): readonly string[] {
  const read = [...analysis.text.matchAll(new RegExp(`\\b${root}\\.([A-Za-z_]\\w*)`, 'g'))].map(
    (match) => match[1] ?? '',
  );
  return [...new Set([...known, ...read])].sort();
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'boolean' || isJsonObject(value);
}

function object(fields: Iterable<readonly [string, Schema]>): JsonObject {
  return { type: 'object', properties: Object.fromEntries(fields) };
}

function named(names: readonly string[], description: string): JsonObject {
  return object(names.map((name) => [name, { type: 'string', description }]));
}
