/** The OpenAPI document of the service's interface. */
import type { JsonObject } from '../../language/index.ts';
import { PROBLEMS } from './problems.ts';
import { ROUTES } from './routes.ts';
import type { Answer, Route } from './routes.ts';
import { COMPONENTS, described, the } from './schemas.ts';

/** The document, for `version` of Backstep. */
export function openApiDocument(version: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { title: 'Backstep', version, description: 'Runs of workflows, their tasks and their events.' },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { ...COMPONENTS },
    },
  };
}

function operationOf({ path, id, summary, answers, problems, body, query = {}, headers = {} }: Route): JsonObject {
  const isOpen = id === 'health';
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) =>
      parameter(name, 'path', described('As it stands in the answers of this service.')),
    ),
    ...Object.entries(query).map(([name, schema]) => parameter(name, 'query', schema)),
    ...Object.entries(headers).map(([name, schema]) => parameter(name, 'header', schema)),
  ];
  const statuses = [...(isOpen ? [] : [401]), ...problems].sort((one, other) => one - other);
  return {
    operationId: id,
    summary,
    ...(isOpen && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: {
        required: body.required,
        content: Object.fromEntries(Object.entries(body.content).map(([type, schema]) => [type, { schema }])),
      },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, responseOf(answer)])),
      ...Object.fromEntries(statuses.map((status) => [status, problemOf(titleOf(status))])),
      default: problemOf('A request that is none, or a fault of Backstep itself'),
    },
  };
}

function responseOf({ description, schema, type = 'application/json', headers }: Answer): JsonObject {
  const content = schema === undefined ? { [type]: { schema: { type: 'string' } } } : { [type]: { schema } };
  return {
    description,
    ...(headers !== undefined && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, schema]) => [name, headerOf(schema)])),
    }),
    ...((schema !== undefined || type !== 'application/json') && { content }),
  };
}

function problemOf(title: string): JsonObject {
  return { description: title, content: { 'application/problem+json': { schema: the('Problem') } } };
}

function titleOf(status: number): string {
  return Object.values(PROBLEMS).find((problem) => problem.status === status)?.title ?? '';
}

function parameter(name: string, where: string, { description = '', ...schema }: JsonObject): JsonObject {
  return { name, in: where, description, required: where === 'path', schema };
}

function headerOf({ description = '', ...schema }: JsonObject): JsonObject {
  return { description, schema };
}
