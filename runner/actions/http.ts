/** HTTP: operations of participants with a `baseUrl` or an `openapi` document, and the built-in operation `http`. */
import { isJsonObject } from '../../language/index.ts';
import type { Json, JsonObject, PlanOperation } from '../../language/index.ts';
import type { Outcome, OutcomeError } from '../machine/stimulus.ts';
import { MAX_BYTES, excerpt, failed, parsedJson, succeeded } from './action.ts';
import type { ActionContext } from './action.ts';
import { exchange, placeOf } from './http-exchange.ts';
import type { HttpAnswer, HttpRequest } from './http-exchange.ts';

export type HttpBinding = Extract<PlanOperation['binding'], { kind: 'http' }>;

type Headers = Readonly<Record<string, string>>;

/** Why a request cannot be made of the arguments: one sentence. */
interface Unfit {
  readonly unfit: string;
}

/**
 * Performs an operation: fields of `input` fill the path's parameters, then the query (GET, HEAD, DELETE) or the JSON
 * body (section 5). Gives the body of a 2xx answer; any other status is the error `http.STATUS` (section 7).
 */
export async function performHttp(
  binding: HttpBinding,
  baseUrl: string,
  headers: Headers,
  input: Json,
  context: ActionContext,
): Promise<Outcome> {
  const request = requestOf(binding, baseUrl, headers, input, context);
  if ('unfit' in request) return failed('validation', request.unfit);
  const answer = await exchange(request, context.signal, MAX_BYTES);
  if (!('headers' in answer))
    return failed(answer.type, answer.message, { code: answer.code, acted: answer.type === 'limit' });
  if (!isGood(answer)) return { ok: false, error: errorOf(request, answer) };
  const body = bodyOf(answer);
  return body === undefined ? notJson(request, answer) : succeeded(body);
}

/** Performs the built-in `http` with `{ method, url, headers, query, body }`; gives `{ status, headers, body }`. */
export async function performBuiltInHttp(input: Json, context: ActionContext): Promise<Outcome> {
  const request = builtInRequest(input, context);
  if ('unfit' in request) return failed('validation', request.unfit);
  const answer = await exchange(request, context.signal, MAX_BYTES);
  if (!('headers' in answer))
    return failed(answer.type, answer.message, { code: answer.code, acted: answer.type === 'limit' });
  if (!isGood(answer)) return { ok: false, error: errorOf(request, answer) };
  const body = bodyOf(answer);
  if (body === undefined) return notJson(request, answer);
  const headers = Object.entries(answer.headers).map(([name, value]): [string, Json] => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? null),
  ]);
  return succeeded({ status: answer.status, headers: Object.fromEntries(headers), body });
}

function requestOf(
  binding: HttpBinding,
  baseUrl: string,
  headers: Headers,
  input: Json,
  context: ActionContext,
): HttpRequest | Unfit {
  const method = binding.method.toUpperCase();
  if (input !== null && !isJsonObject(input) && (binding.body === 'none' || binding.path.includes('{'))) {
    return { unfit: `${method} ${binding.path} takes its arguments by name: \`with\` must be an object.` };
  }
  const fields = new Map(isJsonObject(input) ? Object.entries(input) : []);
  const path = filledPath(binding, method, fields);
  if (typeof path !== 'string') return path;
  const url = joined(baseUrl, path);
  if (url === null)
    return { unfit: `The base URL "${excerpt(baseUrl)}" is not a URL. Write it as http://HOST or https://HOST.` };
  const own: Record<string, string> = {};
  for (const parameter of binding.parameters) {
    const value = fields.get(parameter.name);
    if (parameter.in === 'path') continue;
    fields.delete(parameter.name);
    if (value === undefined || value === null) {
      if (parameter.required) return { unfit: `${method} ${binding.path} needs "${parameter.name}" in \`with\`.` };
    } else if (parameter.in === 'header') own[parameter.name] = textOf(value);
    else addQuery(url, parameter.name, value);
  }
  if (binding.body === 'none') {
    for (const [name, value] of fields) addQuery(url, name, value);
    return { method, url, headers: { ...headers, ...own }, always: alwaysSent(context, null), body: null };
  }
  const body = JSON.stringify(isJsonObject(input) ? Object.fromEntries(fields) : (input ?? {}));
  return { method, url, headers: { ...headers, ...own }, always: alwaysSent(context, 'application/json'), body };
}

/** Takes the path's parameters out of `fields`. */
function filledPath(binding: HttpBinding, method: string, fields: Map<string, Json>): string | Unfit {
  let missing: string | null = null;
  const path = binding.path.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const value = fields.get(name);
    const text = value === undefined || value === null || typeof value === 'object' ? '' : String(value);
    // A parameter is one segment: `..` would reach another operation.
    if (text === '' || text === '.' || text === '..') missing ??= name;
    return encodeURIComponent(text);
  });
  if (missing !== null) {
    return {
      unfit: `${method} ${binding.path} needs "${String(missing)}" in \`with\`, as a text or a number that can stand in a path.`,
    };
  }
  for (const [, name] of binding.path.matchAll(/\{([^{}]+)\}/g)) fields.delete(name ?? '');
  return path;
}

function joined(baseUrl: string, path: string): URL | null {
  if (!URL.canParse(baseUrl)) return null;
  const base = new URL(baseUrl);
  const [pathname = '', query] = path.split('?', 2);
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/${pathname.replace(/^\/+/, '')}`;
  if (query !== undefined) base.search = base.search === '' ? query : `${base.search}&${query}`;
  return base;
}

function builtInRequest(input: Json, context: ActionContext): HttpRequest | Unfit {
  if (!isJsonObject(input)) return { unfit: '`http` takes { method, url, headers, query, body } in `with`.' };
  const { method, url: place, headers, query, body } = ownFields(input);
  if (typeof place !== 'string' || !URL.canParse(place)) {
    return { unfit: '`http` needs `url` in `with`: a whole URL, such as https://HOST/PATH.' };
  }
  if (method !== undefined && (typeof method !== 'string' || !/^[A-Za-z]+$/.test(method))) {
    return { unfit: '`method` of `http` must be the name of an HTTP method, such as GET.' };
  }
  const url = new URL(place);
  for (const [name, value] of isJsonObject(query) ? Object.entries(query) : []) addQuery(url, name, value);
  const own: Record<string, string> = {};
  for (const [name, value] of isJsonObject(headers) ? Object.entries(headers) : []) {
    if (value !== null) own[name] = textOf(value);
  }
  const sent = body === undefined || body === null ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const typed = Object.keys(own).some((name) => name.toLowerCase() === 'content-type');
  const type =
    sent === null || typed ? null : typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  const verb = typeof method === 'string' ? method.toUpperCase() : sent === null ? 'GET' : 'POST';
  return { method: verb, url, headers: own, always: alwaysSent(context, type), body: sent };
}

/** Names come from the author, so that only own properties count. */
function ownFields(object: JsonObject): { readonly [name: string]: Json | undefined } {
  return Object.assign(Object.create(null) as Record<string, Json>, object);
}

function alwaysSent({ key, trace }: ActionContext, type: string | null): Headers {
  return {
    accept: 'application/json, text/plain;q=0.9, */*;q=0.8',
    ...trace,
    'idempotency-key': headerSafe(key),
    ...(type === null ? {} : { 'content-type': type }),
  };
}

/** An author's own key may hold letters that a header cannot. */
function headerSafe(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

function addQuery(url: URL, name: string, value: Json): void {
  if (value === null) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) addQuery(url, name, item);
    return;
  }
  url.searchParams.append(name, textOf(value));
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isGood(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}

/** The answer's body: JSON where it says so or does not say, else text; undefined when it says JSON and is not. */
function bodyOf(answer: HttpAnswer): Json | undefined {
  if (answer.body.trim() === '') return null;
  const type = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || type.endsWith('+json')) return parsedJson(answer.body);
  return type === '' ? (parsedJson(answer.body) ?? answer.body) : answer.body;
}

function notJson(request: HttpRequest, answer: HttpAnswer): Outcome {
  const message = `${placeOf(request)} answered ${answer.status} with something that is not JSON: "${excerpt(answer.body)}".`;
  return failed('validation', message, { acted: true, status: answer.status, data: excerpt(answer.body, 1000) });
}

/** Section 7: of a failed call `data` is the body, `message` its detail, title or message, and `code` its error_code or code. */
function errorOf(request: HttpRequest, answer: HttpAnswer): OutcomeError {
  const data = bodyOf(answer) ?? answer.body;
  const fields = isJsonObject(data) ? ownFields(data) : {};
  const said = [fields.detail, fields.title, fields.message].find((text) => typeof text === 'string' && text !== '');
  const code = [fields.error_code, fields.code].find((value) => typeof value === 'string' || typeof value === 'number');
  const plainly = `${placeOf(request)} answered ${answer.status} ${answer.statusText}`.trim();
  return {
    type: `http.${answer.status}`,
    message: typeof said === 'string' ? said : `${plainly}.`,
    code: code === undefined ? null : String(code),
    status: answer.status,
    data,
  };
}
