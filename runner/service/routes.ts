/** Every operation of the HTTP interface with what it takes and what it answers. The OpenAPI document is made of this. */
import type { JsonObject } from '../../language/index.ts';
import { BODIES, described, STATUSES, the } from './schemas.ts';
import type { BodyName } from './schemas.ts';

export interface Route {
  readonly method: 'get' | 'post' | 'put';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  /** What comes of it by its status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** The statuses of the problems that it may meet, besides those of every operation. */
  readonly problems: readonly number[];
  readonly body?: RequestBody;
  /** Parameters of the query and headers, by name. */
  readonly query?: Readonly<Record<string, JsonObject>>;
  readonly headers?: Readonly<Record<string, JsonObject>>;
}

export interface Answer {
  readonly description: string;
  /** Of a JSON answer. */
  readonly schema?: JsonObject;
  /** The media type, where it is not JSON. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, JsonObject>>;
}

export interface RequestBody {
  readonly required: boolean;
  /** Schemas by media type. */
  readonly content: Readonly<Record<string, JsonObject>>;
}

/** The most items of one page. */
export const LARGEST_PAGE = 1000;
/** How many there are without asking. */
export const PAGE = 100;

const LIMIT = described('The most items.', { type: 'integer', minimum: 1, maximum: LARGEST_PAGE, default: PAGE });
const BEGIN = 'Where the page begins: the `next` of the one before.';
const PAGED = { after: described(BEGIN, { type: 'integer', minimum: 0 }), limit: LIMIT };
const TRACE = {
  traceparent: described('The trace that the run shall be part of (W3C Trace Context).', { type: 'string' }),
  tracestate: described('What goes with it.', { type: 'string' }),
};

function json(id: BodyName): RequestBody {
  const schema: JsonObject = BODIES[id];
  return { required: 'required' in schema, content: { 'application/json': schema } };
}

const TAKEN = {
  200: { description: 'The run has taken it.', schema: the('Taken') },
  202: { description: 'Left for the process that drives the run.', schema: the('Taken') },
};
const LOCATION = { location: described('Where the run is.', { type: 'string' }) };
const STARTED = {
  200: { description: 'The run was there.', schema: the('Summary'), headers: LOCATION },
  201: { description: 'The run was begun.', schema: the('Summary'), headers: LOCATION },
};
const STARTING = [400, 409, 413, 415, 422, 503] as const;
const TELLING = [400, 404, 409, 413, 415, 422, 503] as const;

export const ROUTES: readonly Route[] = [
  {
    ...{ method: 'get', path: '/healthz', id: 'health', summary: 'Whether the service is up; needs no token' },
    ...{ answers: { 200: { description: 'It is.', schema: the('Health') } }, problems: [503] },
  },
  {
    ...{ method: 'get', path: '/metrics', id: 'metrics', summary: 'Figures in the text format of Prometheus' },
    ...{ answers: { 200: { description: 'The figures.', type: 'text/plain' } }, problems: [503] },
  },
  {
    ...{ method: 'get', path: '/v1/openapi.json', id: 'openapi', summary: 'This document' },
    ...{ answers: { 200: { description: 'The document.', schema: { type: 'object' } } }, problems: [] },
  },
  {
    ...{ method: 'get', path: '/v1/workflows', id: 'listWorkflows', summary: 'The workflows in the folder that is served' },
    ...{ answers: { 200: { description: 'The workflows.', schema: the('Workflows') } }, problems: [] },
  },
  {
    ...{ method: 'get', path: '/v1/runs', id: 'listRuns', summary: 'Runs, in the order in which they began' },
    answers: { 200: { description: 'A page of runs.', schema: the('Runs') } },
    problems: [400, 503],
    query: {
      after: described(BEGIN),
      limit: LIMIT,
      status: described('Only those with this status.', { type: 'string', enum: [...STATUSES] }),
      workflow: described('Only those of this workflow.'),
    },
  },
  {
    ...{ method: 'post', path: '/v1/runs', id: 'startRun', summary: 'Start a run; the same key, or the same id, again gives the same run' },
    ...{ answers: STARTED, problems: STARTING, body: json('startRun') },
    headers: {
      'Idempotency-Key': described('Makes a repeated request recognisable; an `id` in the body goes before it.'),
      ...TRACE,
    },
  },
  {
    ...{ method: 'put', path: '/v1/runs/{run}', id: 'putRun', summary: 'Start a run with an id; the same again gives the same run' },
    ...{ answers: STARTED, problems: STARTING, body: json('putRun'), headers: TRACE },
  },
  {
    ...{ method: 'get', path: '/v1/runs/{run}', id: 'getRun', summary: 'Where a run stands and what would be undone' },
    ...{ answers: { 200: { description: 'The run.', schema: the('Run') } }, problems: [404, 503] },
  },
  {
    ...{ method: 'get', path: '/v1/runs/{run}/history', id: 'getHistory', summary: 'The records of a run' },
    ...{ answers: { 200: { description: 'A page of records.', schema: the('Records') } }, problems: [400, 404, 503] },
    query: PAGED,
  },
  {
    ...{ method: 'get', path: '/v1/runs/{run}/updates', id: 'followRun' },
    summary: 'The records of a run as server-sent events, until it has ended',
    answers: {
      200: {
        description:
          'Each record is an event `record` whose id is its number and whose data is a Record. The last event is `end`, with ' +
          'the Summary of the run. What goes wrong between is an event `problem`, with a Problem.',
        type: 'text/event-stream',
      },
      204: { description: 'The client has the end already, and need not ask again.' },
    },
    problems: [400, 404, 503],
    query: { after: described('The number of the last record that was seen.', { type: 'integer', minimum: 0 }) },
    headers: { 'Last-Event-ID': described('The id of the last event that was seen; goes before `after`.') },
  },
  {
    ...{ method: 'post', path: '/v1/runs/{run}/cancel', id: 'cancelRun', summary: 'Stop a run and undo what it did' },
    ...{ answers: TAKEN, problems: TELLING, body: json('cancelRun') },
  },
  {
    ...{ method: 'post', path: '/v1/runs/{run}/retry', id: 'retryRun', summary: 'Try again what a suspended run could not do' },
    ...{ answers: TAKEN, problems: TELLING, body: json('retryRun') },
  },
  {
    ...{ method: 'post', path: '/v1/runs/{run}/skip', id: 'skipState', summary: 'Leave what a state did, and go on' },
    ...{ answers: TAKEN, problems: TELLING, body: json('skipState') },
  },
  {
    ...{ method: 'post', path: '/v1/runs/{run}/resolve', id: 'resolveState', summary: 'Record that what a state did was undone by hand' },
    ...{ answers: TAKEN, problems: TELLING, body: json('resolveState') },
  },
  {
    ...{ method: 'get', path: '/v1/tasks', id: 'listTasks', summary: 'Tasks that wait for people, the oldest first' },
    ...{ answers: { 200: { description: 'The tasks.', schema: the('Tasks') } }, problems: [503] },
  },
  {
    ...{ method: 'post', path: '/v1/runs/{run}/tasks/{state}/claim', id: 'claimTask', summary: 'Take a task over' },
    ...{ answers: TAKEN, problems: TELLING, body: json('claimTask') },
  },
  {
    ...{ method: 'post', path: '/v1/runs/{run}/tasks/{state}/delegate', id: 'delegateTask', summary: 'Give a task to somebody else' },
    ...{ answers: TAKEN, problems: TELLING, body: json('delegateTask') },
  },
  {
    ...{ method: 'post', path: '/v1/runs/{run}/tasks/{state}/release', id: 'releaseTask', summary: 'Give a claimed task back' },
    ...{ answers: TAKEN, problems: TELLING, body: json('releaseTask') },
  },
  {
    ...{ method: 'post', path: '/v1/runs/{run}/tasks/{state}/complete', id: 'completeTask', summary: 'Answer a task' },
    ...{ answers: TAKEN, problems: TELLING, body: json('completeTask') },
  },
  {
    ...{ method: 'get', path: '/v1/events', id: 'listEvents', summary: 'Events of the bus, with the runs that they were given to' },
    ...{ answers: { 200: { description: 'A page of events.', schema: the('Events') } }, problems: [400, 503] },
    query: PAGED,
  },
  {
    ...{ method: 'post', path: '/v1/events', id: 'sendEvents' },
    summary: 'Put events onto the bus: CloudEvents 1.0 in structured, batched or binary mode',
    answers: { 202: { description: 'They are kept.', schema: the('Received') } },
    problems: [400, 413, 415, 422, 503],
    body: {
      required: true,
      content: {
        'application/cloudevents+json': the('CloudEvent'),
        'application/cloudevents-batch+json': { type: 'array', items: the('CloudEvent') },
        'application/json': described('The data of an event whose attributes are headers: ce-id, ce-source, ce-type and ce-specversion.', {}),
        'text/plain': described('The same, where the data are a text.', { type: 'string' }),
      },
    },
  },
  {
    ...{ method: 'get', path: '/v1/dead-letters', id: 'listDeadLetters', summary: 'Events that could not be delivered' },
    ...{ answers: { 200: { description: 'The dead letters.', schema: the('DeadLetters') } }, problems: [503] },
  },
  {
    ...{ method: 'post', path: '/v1/dead-letters/{letter}/resend', id: 'resendDeadLetter', summary: 'Put the event of a dead letter onto the bus again' },
    ...{ answers: { 202: { description: 'It is kept.', schema: the('Resent') } }, problems: [404, 503] },
  },
]; // prettier-ignore

/** The methods that there are for a path as it was asked for, in capitals; none when there is no such path. */
export function methodsOf(path: string): readonly string[] {
  const methods = ROUTES.filter((route) => patternOf(route.path).test(path)).map(({ method }) => method.toUpperCase());
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
