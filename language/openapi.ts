/**
 * OpenAPI 3.0 and 3.1 documents, as far as workflows call what they describe (section 5): each operation with an
 * `operationId`, what `with` must fit, and what comes back.
 */
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { resolve, schemaReader, type ObjectFields, type SchemaReader } from './openapi-schema.ts';
import { parse } from './parse.ts';
import type { ParameterStyle, PlanAnswer, PlanParameter } from './plan.ts';
import type { Range } from './text.ts';
import { entryOf, type MapNode, stringOf, toJson, valueOf } from './tree.ts';

export interface OpenApiParameter extends PlanParameter {
  readonly style: ParameterStyle;
  readonly schema: JsonObject;
}

export interface OpenApiOperation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** With `{param}` places. */
  readonly path: string;
  readonly summary: string | null;
  readonly parameters: readonly OpenApiParameter[];
  readonly body: 'json' | 'none';
  /** The media type of the body where it is not `application/json`. */
  readonly contentType: string | null;
  /** The first server of the operation or its path, where they have their own. */
  readonly serverUrl: string | null;
  /** What `with` must fit: parameters and fields of the body side by side. A JSON Schema that stands alone. */
  readonly input: JsonObject;
  /** The first successful answer in JSON; null when there is none. */
  readonly output: JsonObject | null;
  /** What each successful answer must fit. */
  readonly answers: readonly PlanAnswer[];
  /** The value of `operationId` in the document. */
  readonly range: Range;
}

export interface OpenApiProblem {
  readonly message: string;
  readonly range: Range;
}

export type OpenApi =
  | {
      readonly ok: true;
      readonly title: string | null;
      /** The first server's URL, its variables filled in with their defaults. */
      readonly serverUrl: string | null;
      readonly operations: readonly OpenApiOperation[];
      /** What could not be read and was left out. */
      readonly problems: readonly OpenApiProblem[];
    }
  | { readonly ok: false; readonly message: string; readonly range: Range };

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/** Headers that are no arguments: the runner sets them, or OpenAPI says that they are not described as parameters. */
const OWN_HEADERS = ['idempotency-key', 'accept', 'content-type', 'authorization'];

const START: Range = { start: 0, end: 0 };

/**
 * Reads a document.
 *
 * @param text YAML or JSON
 * @returns its operations; operations without an `operationId` are passed over. Text that is no OpenAPI 3 document gives
 *   `ok: false` with a sentence and its place
 */
export function readOpenApi(text: string): OpenApi {
  const tree = parse(text);
  const [syntax] = tree.problems;
  if (syntax !== undefined) return { ok: false, message: syntax.message, range: syntax.range };
  const { root } = tree;
  if (root?.kind !== 'map')
    return { ok: false, message: 'This is no OpenAPI document: it holds no object.', range: START };
  if (valueOf(root, 'swagger') !== undefined) {
    const message = 'This is a Swagger 2 document. Convert it to OpenAPI 3.0 or 3.1.';
    return { ok: false, message, range: entryOf(root, 'swagger')?.range ?? START };
  }
  const version = valueOf(root, 'openapi');
  const written = version?.kind === 'scalar' ? version.text : '';
  if (!/^3\.\d/.test(written)) {
    const message = 'This is no OpenAPI document: its key `openapi` must say 3.0 or 3.1, such as `openapi: 3.1.0`.';
    return { ok: false, message, range: version?.range ?? START };
  }
  return readDocument(root);
}

interface Reading {
  readonly document: Json;
  readonly schemas: SchemaReader;
  readonly problems: OpenApiProblem[];
  /** The operation that is being read: where problems are shown. */
  range: Range;
}

function readDocument(root: MapNode): OpenApi {
  const document = toJson(root);
  const problems: OpenApiProblem[] = [];
  const told = new Set<string>();
  const schemas = schemaReader(document, (message) => {
    if (!told.has(message)) problems.push({ message, range: reading.range });
    told.add(message);
  });
  const reading: Reading = { document, schemas, problems, range: START };
  const operations = new Map<string, OpenApiOperation>();
  const paths = valueOf(root, 'paths');
  for (const { key, value } of paths?.kind === 'map' ? paths.entries : []) {
    const item = resolve(document, toJson(value));
    if (item === undefined) {
      const message =
        'This path is a reference that leads nowhere in the document, so that its operations are left out.';
      problems.push({ message, range: key.range });
      continue;
    }
    for (const method of METHODS) {
      const written = field(item, method);
      // An operation of a path that is a reference is shown at the path.
      const range = valueOf(valueOf(value, method), 'operationId')?.range ?? key.range;
      const operation = written === undefined ? null : readOperation(reading, key.text, method, item, written, range);
      if (operation === null) continue;
      if (operations.has(operation.id)) {
        const message = `The operationId ${operation.id} is used twice. The first one counts; rename this one.`;
        problems.push({ message, range: operation.range });
      } else operations.set(operation.id, operation);
    }
  }
  return {
    ok: true,
    title: stringOf(valueOf(valueOf(root, 'info'), 'title')) ?? null,
    serverUrl: serverUrl(document),
    operations: [...operations.values()],
    problems,
  };
}

/** The first server of a document, a path or an operation, its variables filled in with their defaults. */
function serverUrl(owner: Json): string | null {
  const server = itemsOf(field(owner, 'servers'))[0];
  const url = field(server, 'url');
  if (typeof url !== 'string') return null;
  return url.replaceAll(/\{([^{}]+)\}/g, (place, name: string) => {
    const value = field(field(field(server, 'variables'), name), 'default');
    return typeof value === 'string' ? value : place;
  });
}

function readOperation(
  reading: Reading,
  path: string,
  method: string,
  item: Json,
  operation: Json,
  range: Range,
): OpenApiOperation | null {
  const id = field(operation, 'operationId');
  if (typeof id !== 'string' || id === '') return null;
  reading.range = range;
  const body = readBody(reading, operation);
  const fields = body === null ? null : reading.schemas.fields(body.schema, 'request');
  const parameters = readParameters(reading, item, operation).map((parameter): OpenApiParameter => {
    const inBody = fields?.properties.get(parameter.name);
    // What only the server sets is not sent in the body.
    return inBody === undefined || field(inBody, 'readOnly') === true ? parameter : { ...parameter, inBody: true };
  });
  const summary = field(operation, 'summary');
  const answers = readAnswers(reading, operation);
  return {
    id,
    method: method.toUpperCase(),
    path,
    summary: typeof summary === 'string' ? summary : null,
    parameters,
    body: body === null ? 'none' : 'json',
    contentType: body === null || body.type === 'application/json' ? null : body.type,
    serverUrl: serverUrl(operation) ?? serverUrl(item),
    input:
      body !== null && parameters.length === 0 && isNoObject(reading, body)
        ? wholeBody(reading, body)
        : inputSchema(reading, parameters, body, fields),
    output: answers.find(({ schema }) => schema !== null)?.schema ?? null,
    answers,
    range,
  };
}

/** The parameters of the path and of the operation; the operation's own win. */
function readParameters(reading: Reading, item: Json, operation: Json): readonly OpenApiParameter[] {
  const found = new Map<string, OpenApiParameter>();
  for (const written of [...itemsOf(field(item, 'parameters')), ...itemsOf(field(operation, 'parameters'))]) {
    const parameter = resolve(reading.document, written);
    const name = field(parameter, 'name');
    const place = field(parameter, 'in');
    if (typeof name !== 'string') {
      reading.problems.push({ message: 'A parameter of this operation cannot be read.', range: reading.range });
      continue;
    }
    if (place !== 'path' && place !== 'query' && place !== 'header' && place !== 'cookie') continue;
    if (place === 'header' && OWN_HEADERS.includes(name.toLowerCase())) continue;
    const description = field(parameter, 'description');
    const schema = field(parameter, 'schema') ?? jsonContent(reading, field(parameter, 'content')) ?? {};
    found.set(`${place}:${name}`, {
      name,
      in: place,
      required: place === 'path' || field(parameter, 'required') === true,
      style: styleOf(parameter, place),
      schema: {
        ...(typeof description === 'string' ? { description } : {}),
        ...reading.schemas.read(schema, 'request'),
      },
    });
  }
  return [...found.values()];
}

const STYLES = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
} as const satisfies Readonly<Record<OpenApiParameter['in'], readonly ParameterStyle['form'][]>>;

/** How a parameter is written: as it says, or as OpenAPI does by default in its place. */
function styleOf(parameter: Json | undefined, place: OpenApiParameter['in']): ParameterStyle {
  if (field(parameter, 'content') !== undefined) return { form: 'json', explode: false };
  const written = field(parameter, 'style');
  const form = STYLES[place].find((style) => style === written) ?? STYLES[place][0];
  const explode = field(parameter, 'explode');
  return { form, explode: typeof explode === 'boolean' ? explode : form === 'form' || form === 'deepObject' };
}

interface Body {
  readonly type: string;
  readonly schema: Json;
  readonly required: boolean;
}

function readBody(reading: Reading, operation: Json): Body | null {
  const body = resolve(reading.document, field(operation, 'requestBody') ?? null);
  const content = field(body, 'content');
  if (content === undefined) return null;
  const required = field(body, 'required') === true;
  const schema = jsonContent(reading, content);
  if (schema !== undefined) {
    const type = Object.keys(isJsonObject(content) ? content : {}).find(isJson) ?? 'application/json';
    return { type: type.trim(), schema, required };
  }
  const form = field(content, FORM);
  if (form !== undefined)
    return { type: FORM, schema: field(resolve(reading.document, form), 'schema') ?? {}, required };
  const message = 'This operation takes neither JSON nor a form, so that its body cannot be sent.';
  reading.problems.push({ message, range: reading.range });
  return null;
}

const FORM = 'application/x-www-form-urlencoded';

function isJson(type: string): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type);
}

/** The schema of the JSON among the media types; `true` for JSON without a schema, undefined without JSON. */
function jsonContent(reading: Reading, content: Json | undefined): Json | undefined {
  if (content === undefined || !isJsonObject(content)) return undefined;
  const types = Object.keys(content);
  const type = types.find(isJson) ?? types.find((name) => name === '*/*' || name === 'application/*');
  if (type === undefined) return undefined;
  return field(resolve(reading.document, content[type] ?? null), 'schema') ?? true;
}

/** Whether a body is a list or a single value: without parameters beside it, it is all that `with` is. */
function isNoObject({ document }: Reading, { schema }: Body): boolean {
  const type = field(resolve(document, schema), 'type');
  return typeof type === 'string' && type !== 'object';
}

/** The body alone; without `with` there is none. */
function wholeBody(reading: Reading, { schema, required }: Body): JsonObject {
  if (required) return reading.schemas.read(schema, 'request');
  const { $defs, ...read } = reading.schemas.read(schema, 'request');
  const either = { anyOf: [read, { type: 'object', maxProperties: 0 }] };
  return $defs === undefined ? either : { ...either, $defs };
}

/** Parameters and fields of the body side by side, as `with` has them. */
function inputSchema(
  reading: Reading,
  parameters: readonly OpenApiParameter[],
  body: Body | null,
  fields: ObjectFields | null,
): JsonObject {
  const properties = new Map<string, Json>(fields?.properties ?? []);
  const required = new Set(body?.required === true ? (fields?.required ?? []) : []);
  const definitions = new Map<string, Json>();
  for (const parameter of parameters) {
    const { $defs: inner = {}, ...schema } = parameter.schema;
    if (isJsonObject(inner)) for (const [name, definition] of Object.entries(inner)) definitions.set(name, definition);
    properties.set(parameter.name, schema);
    if (parameter.required) required.add(parameter.name);
  }
  // A body that is no plain object cannot be told apart into fields, so that any field may be one of it.
  const open = body !== null && fields === null ? true : fields?.additional;
  const schema = reading.schemas.withDefinitions(
    {
      type: 'object',
      properties: Object.fromEntries(properties),
      ...(required.size > 0 ? { required: [...required] } : {}),
      ...(open === undefined ? {} : { additionalProperties: open }),
    },
    'request',
  );
  if (definitions.size === 0) return schema;
  const own = isJsonObject(schema['$defs'] ?? null) ? (schema['$defs'] as JsonObject) : {};
  return { ...schema, $defs: { ...Object.fromEntries(definitions), ...own } };
}

/** The successful answers, in the order of their statuses. */
function readAnswers(reading: Reading, operation: Json): readonly PlanAnswer[] {
  const responses = field(operation, 'responses');
  if (responses === undefined || !isJsonObject(responses)) return [];
  const codes = Object.keys(responses).filter((code) => /^2(?:\d\d|xx)$/i.test(code));
  return codes.sort().map((code) => {
    const response = resolve(reading.document, responses[code] ?? null);
    const schema = jsonContent(reading, field(response, 'content'));
    return {
      status: code.toUpperCase(),
      schema: schema === undefined ? null : reading.schemas.read(schema, 'response'),
    };
  });
}

function field(value: Json | undefined, name: string): Json | undefined {
  return value !== undefined && isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function itemsOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
