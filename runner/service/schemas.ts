/** What the service takes and gives, as JSON Schemas: the OpenAPI document shows them, and bodies are checked against them. */
import type { JsonObject } from '../../language/index.ts';

const TEXT: JsonObject = { type: 'string' };
const NAME: JsonObject = { type: 'string', minLength: 1 };
const FLAG: JsonObject = { type: 'boolean' };
const COUNT: JsonObject = { type: 'integer', minimum: 0 };
const TIME: JsonObject = { type: 'string', format: 'date-time' };
const NAMES = listOf(TEXT);

export const STATUSES = ['running', 'waiting', 'compensating', 'suspended', 'completed', 'compensated', 'failed', 'cancelled'] as const; // prettier-ignore

const STATUS: JsonObject = { type: 'string', enum: [...STATUSES] };

/** `description` beside what a schema says. */
export function described(description: string, schema: JsonObject = NAME): JsonObject {
  return { description, ...schema };
}

/** An object with these properties and no others; those whose name ends in `?` may be missing. */
export function objectOf(properties: Readonly<Record<string, JsonObject>>): JsonObject {
  const names = Object.keys(properties);
  const required = names.filter((name) => !name.endsWith('?'));
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), properties[name] ?? {}])),
    additionalProperties: false,
  };
}

function listOf(items: JsonObject): JsonObject {
  return { type: 'array', items };
}

function orNull(schema: JsonObject): JsonObject {
  return 'type' in schema && typeof schema['type'] === 'string' && !('enum' in schema)
    ? { ...schema, type: [schema['type'], 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}

/** A schema of `components` by its name. */
export function the(name: keyof typeof COMPONENTS): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

const SUMMARY = {
  run: TEXT,
  workflow: TEXT,
  version: TEXT,
  status: STATUS,
  startedAt: TIME,
  updatedAt: TIME,
  parent: described('The run that started this one.', orNull(TEXT)),
  records: described('How many records there are.', COUNT),
};

const TASK = {
  state: TEXT,
  title: orNull(TEXT),
  description: orNull(TEXT),
  assignee: orNull(TEXT),
  owner: described('Who claimed it.', orNull(TEXT)),
  status: { type: 'string', enum: ['open', 'claimed'] },
  candidates: NAMES,
  members: NAMES,
  outcomes: NAMES,
  form: described('The JSON Schema of the answer.', { type: ['object', 'boolean', 'null'] }),
  createdAt: TIME,
  due: orNull(TIME),
};

const NEXT = 'What `after` is for the next page; null on the last one.';
const pageOf = (name: string, items: JsonObject, next: JsonObject): JsonObject =>
  objectOf({ [name]: listOf(items), next: described(NEXT, orNull(next)) });

export const COMPONENTS = {
  Problem: {
    type: 'object',
    description: 'RFC 9457.',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: { type: 'string', pattern: '^urn:backstep:problem:' },
      title: TEXT,
      status: { type: 'integer' },
      detail: described('One sentence for a person.', TEXT),
      journal: described('What is wrong with the journal.', TEXT),
      errors: listOf(
        objectOf({
          'code?': described('That of a diagnostic of the workflow.', TEXT),
          'line?': described("The place in the workflow's file, counted from 1.", { type: 'integer', minimum: 1 }),
          'column?': { type: 'integer', minimum: 1 },
          'pointer?': described('The place in the body, as a JSON Pointer.', TEXT),
          message: TEXT,
        }),
      ),
    },
    additionalProperties: false,
  },
  Health: objectOf({ status: { const: 'ok' } }),
  Workflow: objectOf({
    workflow: TEXT,
    version: TEXT,
    title: orNull(TEXT),
    file: described('Its path in the folder that is served.', TEXT),
    input: described('The JSON Schema of its input.', { type: ['object', 'boolean', 'null'] }),
  }),
  Summary: objectOf(SUMMARY),
  Error: objectOf({
    type: TEXT,
    message: TEXT,
    state: described('The way of the state where it arose; empty for the run itself.', TEXT),
    attempt: COUNT,
    data: {},
  }),
  Run: objectOf({
    ...SUMMARY,
    input: {},
    output: {},
    error: orNull(ref('Error')),
    current: described('The states that it is in.', NAMES),
    path: described('The states that were entered, in order.', NAMES),
    compensated: described('The states that were undone, in order.', NAMES),
    compensationStack: described(
      'What would be undone, the next first.',
      listOf(
        objectOf({
          state: TEXT,
          action: TEXT,
          with: {},
          status: TEXT,
          error: orNull(ref('Error')),
        }),
      ),
    ),
    tasks: listOf(objectOf(TASK)),
    drivenBy: described('The process that drives it.', orNull(TEXT)),
  }),
  Record: {
    type: 'object',
    description: 'One of the history; what else it holds depends on its type.',
    required: ['type', 'seq', 'at'],
    properties: {
      type: TEXT,
      seq: described('Counts from 1 in each run.', { type: 'integer', minimum: 1 }),
      at: described('Milliseconds since 1970.', { type: 'number' }),
    },
  },
  Task: objectOf({ run: TEXT, ...TASK }),
  Taken: objectOf({ run: TEXT, taken: described('False when it is left for the process that drives the run.', FLAG) }),
  CloudEvent: {
    type: 'object',
    description: 'CloudEvents 1.0, in its JSON format.',
    required: ['id', 'source', 'type', 'specversion'],
    properties: { id: NAME, source: NAME, type: NAME, specversion: { const: '1.0' }, time: TIME, data: {} },
  },
  Event: objectOf({
    number: described('Grows with each event received.', COUNT),
    received: TIME,
    deliveredTo: described('Runs that were given it.', NAMES),
    event: ref('CloudEvent'),
  }),
  DeadLetter: objectOf({
    number: COUNT,
    reason: TEXT,
    workflow: described('The workflow that it does not fit.', orNull(TEXT)),
    at: TIME,
    event: ref('CloudEvent'),
  }),
  Workflows: objectOf({ workflows: listOf(ref('Workflow')) }),
  Runs: pageOf('runs', ref('Summary'), TEXT),
  Records: pageOf('records', ref('Record'), COUNT),
  Tasks: objectOf({ tasks: listOf(ref('Task')) }),
  Events: pageOf('events', ref('Event'), COUNT),
  Received: objectOf({
    events: listOf(
      objectOf({
        id: TEXT,
        source: TEXT,
        new: described('False when it was already seen.', FLAG),
        misfits: described('Why it became a dead letter.', NAMES),
      }),
    ),
  }),
  DeadLetters: objectOf({ deadLetters: listOf(ref('DeadLetter')) }),
  Resent: objectOf({ event: ref('Event') }),
} as const satisfies Record<string, JsonObject>;

const BY = { 'by?': described('Who says so; somebody by default.', orNull(NAME)) };
const STATE = described("The way of the state, as in the run's `compensationStack`.");
const START = {
  workflow: described('The id of a workflow in the folder that is served, or the path of its file.'),
  'input?': described('The input; {} by default.', {}),
  ...BY,
};

/** The JSON bodies, by the ids of their operations. */
export const BODIES = {
  startRun: objectOf({ ...START, 'id?': described('The id of the run; a new one by default.', orNull(NAME)) }),
  putRun: objectOf(START),
  cancelRun: objectOf({
    ...BY,
    'compensate?': described('False to undo nothing.', FLAG),
    'force?': described('True to stop it as it is, also past the pivot.', FLAG),
  }),
  retryRun: objectOf({ ...BY, 'state?': described('Only what this state left.', orNull(NAME)) }),
  skipState: objectOf({ ...BY, state: STATE }),
  resolveState: objectOf({ ...BY, state: STATE }),
  claimTask: objectOf(BY),
  delegateTask: objectOf({ ...BY, to: described('Who shall do it.') }),
  releaseTask: objectOf(BY),
  completeTask: objectOf({
    ...BY,
    outcome: described('Which way it goes.'),
    'form?': described('The answer to its form; {} by default.', {}),
  }),
} as const satisfies Record<string, JsonObject>;

export type BodyName = keyof typeof BODIES;
