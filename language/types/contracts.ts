/** What operations take and give, as types: by the workflow's own schemas, OpenAPI documents, modules, and built in. */
import type { JsonObject } from '../json.ts';
import { type BuiltInOperation, isBuiltIn } from '../names.ts';
import type { KnownOperation, ParticipantOperations } from '../operations.ts';
import { valueOf } from '../tree.ts';
import type { CallAction } from '../workflow.ts';
import { typeOfSchema } from './from-schema.ts';
import {
  BOOLEAN,
  type Field,
  field,
  NUMBER,
  OBJECT,
  type ObjectType,
  STRING,
  type Type,
  unionOf,
  UNKNOWN,
} from './type.ts';
import { typeOfSchemaNode } from './world.ts';

const ANY: JsonObject = {};

/** The arguments of the built-in operations (section 6.1); those that may be written in several ways are left open. */
const BUILT_IN_ARGUMENTS: Readonly<Record<BuiltInOperation, JsonObject>> = {
  http: {
    type: 'object',
    required: ['url'],
    properties: {
      method: { type: 'string', description: 'The method; GET unless told.' },
      url: { type: 'string', description: 'The address.' },
      headers: { type: 'object', description: 'Headers of the request.' },
      query: { type: 'object', description: 'Parameters that are appended to the address.' },
      body: { description: 'The body; anything but text is sent as JSON.' },
    },
  },
  shell: {
    type: 'object',
    required: ['command'],
    properties: {
      command: { type: ['array', 'string'], description: 'The program and its arguments.' },
      env: { type: 'object', description: 'Environment variables.' },
      cwd: { type: 'string', description: 'The folder to run in.' },
      stdin: { description: 'Standard input; anything but text is sent as JSON.' },
    },
  },
  script: {
    type: 'object',
    required: ['module'],
    properties: {
      module: { type: 'string', description: 'The module’s path.' },
      function: { type: 'string', description: 'The exported function.' },
      input: { description: 'What the function is called with.' },
    },
  },
  // A text alone is logged as it is.
  log: {
    type: ['object', 'string'],
    properties: {
      level: { type: 'string', description: '`debug`, `info`, `warn` or `error`; `info` unless told.' },
      message: { description: 'The line.' },
    },
  },
};

const BUILT_IN_RESULTS: Readonly<Record<BuiltInOperation, JsonObject>> = {
  http: {
    type: 'object',
    required: ['status', 'headers', 'body'],
    properties: {
      status: { type: 'integer', description: 'The status of the answer.' },
      headers: { type: 'object', additionalProperties: { type: 'string' }, description: 'The headers of the answer.' },
      body: { description: 'The body of the answer.' },
    },
  },
  shell: ANY,
  script: ANY,
  log: ANY,
};

/** The operation that a call names, with how it is written; null where it is not known, and for a built-in one. */
export function operationOf(
  operations: ReadonlyMap<string, ParticipantOperations>,
  call: CallAction,
): KnownOperation | null {
  const written = call.operation?.value ?? '';
  const dot = written.indexOf('.');
  if (dot < 0) return null;
  return operations.get(written.slice(0, dot))?.operations.get(written.slice(dot + 1)) ?? null;
}

/** What `with` of a call must be. */
export function argumentsOf(operations: ReadonlyMap<string, ParticipantOperations>, call: CallAction): Type {
  const written = call.operation?.value ?? '';
  if (isBuiltIn(written)) return typeOfSchema(BUILT_IN_ARGUMENTS[written]);
  const operation = operationOf(operations, call);
  return operation === null ? UNKNOWN : inputType(operation);
}

/** What a call gives. */
export function answerOf(operations: ReadonlyMap<string, ParticipantOperations>, call: CallAction): Type {
  const written = call.operation?.value ?? '';
  if (isBuiltIn(written)) return typeOfSchema(BUILT_IN_RESULTS[written]);
  const operation = operationOf(operations, call);
  return operation === null ? UNKNOWN : outputType(operation);
}

/** What the operation takes: its schema, and the parameters of its path, which are always needed. */
export function inputType(operation: KnownOperation): Type {
  const schema = valueOf(operation.own?.node, 'input');
  const type =
    schema !== undefined
      ? typeOfSchemaNode(schema)
      : typeOfKnown(operation.described?.input ?? operation.exported?.input);
  const names = pathParameters(operation);
  if (names.length === 0) return type;
  if (type.kind === 'unknown') return withParameters(OBJECT, names);
  return type.kind === 'object' ? withParameters(type, names) : type;
}

/** What the operation gives. */
export function outputType(operation: KnownOperation): Type {
  const schema = valueOf(operation.own?.node, 'output');
  if (schema !== undefined) return typeOfSchemaNode(schema);
  return typeOfKnown(operation.described?.output ?? operation.exported?.output);
}

function typeOfKnown(schema: JsonObject | null | undefined): Type {
  return schema === null || schema === undefined ? UNKNOWN : typeOfSchema(schema);
}

/** Whether nothing says what the operation takes or gives, though it could be said here. */
export function hasNoContract(operation: KnownOperation): boolean {
  const node = operation.own?.node;
  if (node === undefined || operation.described !== null) return false;
  if (operation.own?.http == null && operation.own?.shell == null) return false;
  return valueOf(node, 'input') === undefined && valueOf(node, 'output') === undefined;
}

function pathParameters(operation: KnownOperation): readonly string[] {
  if (operation.described !== null) return [];
  const path = operation.own?.http?.path ?? '';
  return [...path.matchAll(/\{([^{}]+)\}/g)].flatMap((match) => match[1] ?? []);
}

const IN_PATH = unionOf([STRING, NUMBER, BOOLEAN]);

function withParameters(type: ObjectType, names: readonly string[]): ObjectType {
  const fields = new Map<string, Field>();
  for (const name of type.fields.keys()) {
    const found = type.fields.get(name);
    if (found !== undefined) fields.set(name, found);
  }
  for (const name of names) {
    const found = fields.get(name);
    fields.set(
      name,
      found === undefined ? field(IN_PATH, { documentation: 'A part of the path.' }) : { ...found, required: true },
    );
  }
  return { ...type, fields, bare: false };
}
