/**
 * Reading requests. Whatever does not fit is a Problem.
 *
 * 1. No more of a body than its bound is kept. What is beyond is read to its end and thrown away, so that the client, who
 *    is still sending, hears the answer; past a second bound the connection is closed.
 * 2. A body is checked against the schema that the OpenAPI document shows for it.
 */
import type { Context } from 'hono';
import { isJsonObject, validateJson } from '../../language/index.ts';
import type { Json, JsonObject } from '../../language/index.ts';
import { Problem } from './problems.ts';
import { LARGEST_PAGE, PAGE } from './routes.ts';
import { BODIES } from './schemas.ts';
import type { BodyName } from './schemas.ts';

/** The most bytes of a body, and the most that are thrown away of one that is larger. */
const LARGEST_BODY = 1024 * 1024;
const MOST_IGNORED = 32 * 1024 * 1024;

/** How deep a body may nest: what works on it is recursive. */
const DEEPEST = 200;

/** The text of the body, which may be empty. */
export async function textOf(c: Context): Promise<string> {
  const encoding = c.req.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new Problem('unsupported-type', `A body must be sent as it is, and not with the encoding ${encoding}.`);
  const bytes = await bytesOf(c);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('bad-request', 'The body is not in UTF-8.');
  }
}

async function bytesOf(c: Context): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: ReadableStream<Uint8Array> | null = c.req.raw.body;
  const reader = body?.getReader();
  const next = () =>
    reader?.read().catch(() => {
      throw new Problem('bad-request', 'The body broke off.');
    });
  for (let read = await next(); read?.done === false; read = await next()) {
    size += read.value.length;
    if (size <= LARGEST_BODY) chunks.push(read.value);
    else if (size > MOST_IGNORED) throw tooLarge({ connection: 'close' });
  }
  if (size > LARGEST_BODY) throw tooLarge({});
  return Buffer.concat(chunks);
}

function tooLarge(headers: Readonly<Record<string, string>>): Problem {
  return new Problem('too-large', `A body may have up to ${LARGEST_BODY} bytes.`, {}, headers);
}

/** The JSON body of an operation; an empty one is an empty object. */
export async function bodyOf(c: Context, operation: BodyName): Promise<JsonObject> {
  const text = await textOf(c);
  const body = text === '' ? {} : jsonOf(text);
  if (!isJsonObject(body)) throw new Problem('bad-request', 'The body must be a JSON object.');
  const findings = validateJson(BODIES[operation], body);
  if (findings.length === 0) return body;
  const errors = findings.map(({ path, message }) => ({ pointer: path, message }));
  throw new Problem('invalid', `The body does not fit: ${findings.map(({ message }) => message).join('; ')}.`, {
    errors,
  });
}

/** The value that a JSON text stands for. */
function jsonOf(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new Problem('bad-request', `The body is no JSON: ${(error as Error).message}.`);
  }
  mustBeShallow(value);
  return value;
}

/** Raises a Problem when a value nests too deep to be worked on. */
export function mustBeShallow(value: Json): void {
  if (nestsDeeper(value, DEEPEST)) throw new Problem('invalid', `The body nests more than ${DEEPEST} levels deep.`);
}

function nestsDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}

/** A text of a body that was checked. */
export function textIn(body: JsonObject, name: string): string | null {
  const value = body[name];
  return typeof value === 'string' ? value : null;
}

export function actorIn(body: JsonObject): { readonly name: string } {
  return { name: textIn(body, 'by') ?? 'somebody' };
}

/** A whole number of the query from 0 on. */
export function numberIn(c: Context, name: string, without: number): number {
  const text = c.req.query(name);
  if (text === undefined) return without;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new Problem('bad-request', `\`${name}\` must be a whole number from 0 on.`);
}

/** How many items a page shall have. */
export function limitOf(c: Context): number {
  const limit = numberIn(c, 'limit', PAGE);
  if (limit >= 1 && limit <= LARGEST_PAGE) return limit;
  throw new Problem('bad-request', `\`limit\` must be a number from 1 to ${LARGEST_PAGE}.`);
}
