/** The OpenAPI document of the service's interface. */
import type { JsonObject } from '../../language/index.ts';

type Method = 'get' | 'post' | 'put';

interface Route {
  readonly method: Method;
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly answers: Readonly<Record<number, string>>;
  /** Fields of the body; those with `!` are required. */
  readonly body?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
}

const BY = { by: 'Who says so.' };
const PAGED = { after: 'Where the page begins: the `next` of the one before.', limit: 'The most items; up to 1000.' };
const TAKEN = { 200: 'The run has taken it.', 202: 'Left for the process that drives the run.' };
const START = { 'workflow!': 'The id of a workflow in the folder that is served, or the path of its file.', input: 'The input; {} by default.' }; // prettier-ignore

export const ROUTES: readonly Route[] = [
  { method: 'get', path: '/healthz', id: 'health', summary: 'Whether the service is up; needs no token', answers: { 200: 'It is.', 503: 'It is ending.' } },
  { method: 'get', path: '/metrics', id: 'metrics', summary: 'Figures in the text format of Prometheus', answers: { 200: 'The figures.' }, type: 'text/plain' },
  { method: 'get', path: '/v1/openapi.json', id: 'openapi', summary: 'This document', answers: { 200: 'The document.' } },
  { method: 'get', path: '/v1/workflows', id: 'listWorkflows', summary: 'The workflows in the folder that is served', answers: { 200: 'The workflows.' } },
  { method: 'get', path: '/v1/runs', id: 'listRuns', summary: 'Runs, the oldest first', answers: { 200: 'A page of runs.' }, query: { ...PAGED, status: 'Only those with this status.', workflow: 'Only those of this workflow.' } },
  { method: 'post', path: '/v1/runs', id: 'startRun', summary: 'Start a run; the same key again gives the same run', answers: { 200: 'The run was there.', 201: 'The run was begun.' }, body: { ...START, id: 'The id of the run; a new one by default.' }, headers: { 'Idempotency-Key': 'Makes a repeated request recognisable.' } },
  { method: 'put', path: '/v1/runs/{run}', id: 'putRun', summary: 'Start a run with an id; the same again gives the same run', answers: { 200: 'The run was there.', 201: 'The run was begun.' }, body: START },
  { method: 'get', path: '/v1/runs/{run}', id: 'getRun', summary: 'Where a run stands and what would be undone', answers: { 200: 'The run.' } },
  { method: 'get', path: '/v1/runs/{run}/history', id: 'getHistory', summary: 'The records of a run', answers: { 200: 'A page of records.' }, query: PAGED },
  { method: 'get', path: '/v1/runs/{run}/updates', id: 'followRun', summary: 'The records of a run as server-sent events, until it has ended', answers: { 200: 'The stream.' }, headers: { 'Last-Event-ID': 'The number of the last record that was seen.' }, type: 'text/event-stream' },
  { method: 'post', path: '/v1/runs/{run}/cancel', id: 'cancelRun', summary: 'Stop a run and undo what it did', answers: TAKEN, body: { ...BY, compensate: 'false to undo nothing.', force: 'true to stop it as it is, also past the pivot.' } },
  { method: 'post', path: '/v1/runs/{run}/retry', id: 'retryRun', summary: 'Try again what a suspended run could not do', answers: TAKEN, body: { ...BY, state: 'Only what this state left.' } },
  { method: 'post', path: '/v1/runs/{run}/skip', id: 'skipState', summary: 'Leave what a state did, and go on', answers: TAKEN, body: { ...BY, 'state!': 'The state.' } },
  { method: 'post', path: '/v1/runs/{run}/resolve', id: 'resolveState', summary: 'Record that what a state did was undone by hand', answers: TAKEN, body: { ...BY, 'state!': 'The state.' } },
  { method: 'get', path: '/v1/tasks', id: 'listTasks', summary: 'Tasks that wait for people', answers: { 200: 'The tasks.' } },
  { method: 'post', path: '/v1/runs/{run}/tasks/{state}/claim', id: 'claimTask', summary: 'Take a task over', answers: TAKEN, body: BY },
  { method: 'post', path: '/v1/runs/{run}/tasks/{state}/delegate', id: 'delegateTask', summary: 'Give a task to somebody else', answers: TAKEN, body: { ...BY, 'to!': 'Who shall do it.' } },
  { method: 'post', path: '/v1/runs/{run}/tasks/{state}/release', id: 'releaseTask', summary: 'Give a claimed task back', answers: TAKEN, body: BY },
  { method: 'post', path: '/v1/runs/{run}/tasks/{state}/complete', id: 'completeTask', summary: 'Answer a task', answers: TAKEN, body: { ...BY, 'outcome!': 'Which way it goes.', form: 'The answer to its form.' } },
  { method: 'get', path: '/v1/events', id: 'listEvents', summary: 'Events of the bus, with the runs that they were given to', answers: { 200: 'A page of events.' }, query: PAGED },
  { method: 'post', path: '/v1/events', id: 'sendEvents', summary: 'Put events onto the bus: CloudEvents 1.0 in structured, binary or batched mode', answers: { 202: 'They are kept.' }, body: {}, type: 'application/cloudevents+json' },
  { method: 'get', path: '/v1/dead-letters', id: 'listDeadLetters', summary: 'Events that could not be delivered', answers: { 200: 'The dead letters.' } },
  { method: 'post', path: '/v1/dead-letters/{letter}/resend', id: 'resendDeadLetter', summary: 'Put the event of a dead letter onto the bus again', answers: { 202: 'It is kept.' } },
]; // prettier-ignore

/** The document, for `version` of Backstep. */
export function openApiDocument(version: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { title: 'Backstep', version, description: 'Runs of workflows, their tasks and their events.' },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: PROBLEM },
    },
  };
}

/** RFC 9457. */
const PROBLEM: JsonObject = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
};

function operationOf({ method, path, id, summary, answers, body, query = {}, headers = {}, type }: Route): JsonObject {
  const isEvents = path === '/v1/events' && method === 'post';
  const answerType = isEvents || type === undefined ? 'application/json' : type;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter(name, 'path', 'As it stands in the answers of this service.')); // prettier-ignore
  const parameters = [
    ...inPath,
    ...Object.entries(query).map(([name, description]) => parameter(name, 'query', description)),
    ...Object.entries(headers).map(([name, description]) => parameter(name, 'header', description)),
  ];
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return {
    operationId: id,
    summary,
    ...(id === 'health' && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: bodyOf(body, isEvents && type !== undefined ? type : 'application/json'),
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, description]) => [
          status,
          { description, content: { [answerType]: {} } },
        ]),
      ),
      default: { description: 'What is wrong.', content: problem },
    },
  };
}

function parameter(name: string, where: string, description: string): JsonObject {
  return { name, in: where, description, required: where === 'path', schema: { type: 'string' } };
}

function bodyOf(fields: Readonly<Record<string, string>>, type: string): JsonObject {
  const names = Object.keys(fields);
  const required = names.filter((name) => name.endsWith('!')).map((name) => name.slice(0, -1));
  const properties = Object.fromEntries(
    names.map((name) => [name.replace(/!$/, ''), { description: fields[name] ?? '' }]),
  );
  const schema = { type: 'object', ...(required.length > 0 && { required }), properties };
  return { required: required.length > 0, content: { [type]: { schema } } };
}
