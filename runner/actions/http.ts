/** HTTP: operations of participants with a `baseUrl` or an `openapi` document, and the built-in operation `http`. */
import { isJsonObject } from '../../language/index.ts';
import type { Json, JsonObject, PlanOperation } from '../../language/index.ts';
import type { Outcome, OutcomeError } from '../machine/stimulus.ts';
import { MAX_BYTES, excerpt, failed, succeeded } from './action.ts';
import type { ActionContext } from './action.ts';
import { exchange, placeOf } from './http-exchange.ts';
import type { HttpAnswer, HttpRequest } from './http-exchange.ts';
import { parsedJson } from './parsed-json.ts';
import { formOf, inCookie, inHeader, inPath, inQuery, textOf } from './parameters.ts';

export type HttpBinding = Extract<PlanOperation['binding'], { kind: 'http' }>;

type Headers = Readonly<Record<string, string>>;

/** How much of an answer that cannot be read is looked at for a message, in characters. */
const READ_OF_GARBAGE = 16_384;

/** Why a request cannot be made of the arguments: one sentence. */
interface Unfit {
  readonly unfit: string;
}

/** What came of an operation; `status` is that of a good answer, null without one. */
export interface Performed {
  readonly outcome: Outcome;
  readonly status: number | null;
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
): Promise<Performed> {
  const request = requestOf(binding, baseUrl, headers, input, context);
  if ('unfit' in request) return { outcome: failed('validation', request.unfit), status: null };
  const answer = await answerTo(request, context);
  if (!('headers' in answer)) return { outcome: answer, status: null };
  const body = bodyOf(answer);
  const outcome = body === undefined ? notJson(request, answer, context) : succeeded(body);
  return { outcome, status: answer.status };
}

/** A good answer, or the failure that stands for any other end. */
async function answerTo(request: HttpRequest, context: ActionContext): Promise<HttpAnswer | Outcome> {
  const answer = await exchange(request, context.signal, MAX_BYTES, context.heartbeat);
  if (!('headers' in answer))
    return failed(answer.type, answer.message, { code: answer.code, acted: answer.type === 'limit' });
  return isGood(answer) ? answer : { ok: false, error: errorOf(request, answer) };
}

/** Performs the built-in `http` with `{ method, url, headers, query, body }`; gives `{ status, headers, body }`. */
export async function performBuiltInHttp(input: Json, context: ActionContext): Promise<Outcome> {
  const request = builtInRequest(input, context);
  if ('unfit' in request) return failed('validation', request.unfit);
  const answer = await answerTo(request, context);
  if (!('headers' in answer)) return answer;
  const body = bodyOf(answer);
  if (body === undefined) return notJson(request, answer, context);
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
  if (url === null) {
    const shown = excerpt(context.mask(baseUrl));
    return { unfit: `The base URL "${shown}" is not a URL. Write it as http://HOST or https://HOST.` };
  }
  const own: Record<string, string> = {};
  const cookies: string[] = [];
  const query: string[] = [];
  const whole = new Map(fields);
  for (const { name, in: place, required, style, inBody } of binding.parameters) {
    const value = whole.get(name);
    if (place === 'path') continue;
    if (inBody !== true) fields.delete(name);
    if (value === undefined || value === null) {
      if (required) return { unfit: `${method} ${binding.path} needs "${name}" in \`with\`.` };
    } else if (place === 'header') own[name] = inHeader(value, style);
    else if (place === 'cookie') cookies.push(...inCookie(name, value, style));
    else query.push(...inQuery(name, value, style));
  }
  const all = lowered({ ...headers, ...own });
  if (cookies.length > 0) all['cookie'] = [all['cookie'] ?? '', ...cookies].filter((text) => text !== '').join('; ');
  if (binding.body === 'none') {
    for (const [name, value] of fields) query.push(...inQuery(name, value, undefined));
    addQuery(url, query);
    return { method, url, headers: all, ...sentBy(context, null), body: null };
  }
  addQuery(url, query);
  const sent = isJsonObject(input) ? Object.fromEntries(fields) : (input ?? {});
  const type = all['content-type'] ?? binding.contentType ?? 'application/json';
  return { method, url, headers: all, ...sentBy(context, type), body: bodyText(sent, type) };
}

function lowered(headers: Headers): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** A body of the type that its header names: JSON, unless it is a form. */
function bodyText(body: Json, type: string): string {
  const isForm = /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type);
  return isForm && isJsonObject(body) ? formOf(Object.entries(body)) : JSON.stringify(body);
}

/** Takes the path's parameters out of `fields`. */
function filledPath(binding: HttpBinding, method: string, fields: Map<string, Json>): string | Unfit {
  let missing: string | null = null;
  const parameters = new Map(binding.parameters.filter((one) => one.in === 'path').map((one) => [one.name, one]));
  const path = binding.path.replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const text = inPath(name, fields.get(name), parameters.get(name)?.style);
    if (text === null) missing ??= name;
    return text ?? '';
  });
  if (missing !== null) {
    return {
      unfit: `${method} ${binding.path} needs "${String(missing)}" in \`with\`, as a text or a number that can stand in a path.`,
    };
  }
  for (const [, name = ''] of binding.path.matchAll(/\{([^{}]+)\}/g))
    if (parameters.get(name)?.inBody !== true) fields.delete(name);
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
  addQuery(url, (isJsonObject(query) ? Object.entries(query) : []).flatMap(([name, value]) => inQuery(name, value, undefined))); // prettier-ignore
  const own: Record<string, string> = {};
  for (const [name, value] of isJsonObject(headers) ? Object.entries(headers) : []) {
    if (value !== null) own[name] = textOf(value);
  }
  const given = lowered(own)['content-type'];
  const type = given ?? (typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json');
  const sent = body === undefined || body === null ? null : typeof body === 'string' ? body : bodyText(body, type);
  const verb = typeof method === 'string' ? method.toUpperCase() : sent === null ? 'GET' : 'POST';
  return { method: verb, url, headers: own, ...sentBy(context, sent === null ? null : type), body: sent };
}

/** Names come from the author, so that only own properties count. */
function ownFields(object: JsonObject): { readonly [name: string]: Json | undefined } {
  return Object.assign(Object.create(null) as Record<string, Json>, object);
}

/** Headers that the runner sends; the author may set the first ones otherwise. `type` is that of the body. */
function sentBy({ key, trace }: ActionContext, type: string | null): Pick<HttpRequest, 'always' | 'own'> {
  const accept = 'application/json, text/plain;q=0.9, */*;q=0.8';
  return {
    always: { accept, ...(type === null ? {} : { 'content-type': type }) },
    own: { ...trace, 'idempotency-key': headerSafe(key) },
  };
}

/** An author's own key may hold letters that a header cannot. */
function headerSafe(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

function addQuery(url: URL, parts: readonly string[]): void {
  if (parts.length === 0) return;
  const query = parts.join('&');
  url.search = url.search === '' ? query : `${url.search}&${query}`;
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

function notJson(request: HttpRequest, answer: HttpAnswer, { mask }: ActionContext): Outcome {
  const said = mask(answer.body.slice(0, READ_OF_GARBAGE));
  const message = `${placeOf(request)} answered ${answer.status} with something that is not JSON: "${excerpt(said)}".`;
  return failed('validation', message, { acted: true, status: answer.status, data: excerpt(said, 1000) });
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
