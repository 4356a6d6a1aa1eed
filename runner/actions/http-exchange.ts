/**
 * One HTTP request and its answer.
 *
 * 1. The answer's body is bounded; a longer one ends the exchange.
 * 2. A redirect to another origin carries neither the caller's headers nor a body; one that would have to carry a body
 *    is not followed.
 * 3. Each exchange has a connection of its own, so that a service that was restarted never meets a stale one.
 * 4. Nothing is compressed by our wish; what a service has compressed all the same is read, as far as the bound on bodies.
 */
import { Agent as PlainAgent, request as requestPlain } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { PassThrough, pipeline } from 'node:stream';
import type { Duplex, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Headers that the author set: they may hold credentials. They go before the others. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that are sent wherever a redirect leads; those of the body only where the body goes. */
  readonly always: Readonly<Record<string, string>>;
  /** Headers that nobody replaces. */
  readonly own: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Why an exchange gave no answer. `message` is a sentence about the place `where` (origin and path, no query). */
export interface HttpFailure {
  readonly type: 'network' | 'limit' | 'cancelled' | 'validation';
  readonly message: string;
  readonly code: string | null;
}

const MAX_REDIRECTS = 10;
const plain = new PlainAgent({ keepAlive: false });
const tls = new TlsAgent({ keepAlive: false });

/**
 * Sends `request` and reads at most `maxBytes` of the answer's body, as text in the character set that it names, or UTF-8.
 * `alive` is called with each piece that arrives. It never throws.
 */
export async function exchange(
  request: HttpRequest,
  signal: AbortSignal,
  maxBytes: number,
  alive: () => void,
): Promise<HttpAnswer | HttpFailure> {
  let current = request;
  for (let redirects = 0; ; redirects++) {
    const answer = await once(current, signal, maxBytes, alive);
    if (!('headers' in answer)) return answer;
    const next = redirected(current, answer);
    if (next === null) return answer;
    if (redirects === MAX_REDIRECTS) return fault(request, 'network', 'redirects without an end', null);
    current = next;
  }
}

/** A request's method and place, without its query and without credentials. */
export function placeOf(request: Pick<HttpRequest, 'method' | 'url'>): string {
  return `${request.method} ${request.url.origin}${request.url.pathname}`;
}

/** The request that follows `answer`, or null when it is no redirect that may be followed (Fetch standard, HTTP-redirect). */
function redirected(request: HttpRequest, answer: HttpAnswer): HttpRequest | null {
  const { location } = answer.headers;
  if (location === undefined || ![301, 302, 303, 307, 308].includes(answer.status)) return null;
  const url = URL.canParse(location, request.url.href) ? new URL(location, request.url) : null;
  if (url === null || !isHttp(url)) return null;
  const seeOther =
    (answer.status === 303 && request.method !== 'HEAD') || (answer.status < 303 && request.method === 'POST');
  const foreign = url.origin !== request.url.origin;
  if (foreign && !seeOther && request.body !== null) return null;
  const headers = foreign ? {} : request.headers;
  return {
    method: seeOther ? 'GET' : request.method,
    url,
    headers: seeOther ? withoutBody(headers) : headers,
    always: seeOther ? withoutBody(request.always) : request.always,
    own: request.own,
    body: seeOther ? null : request.body,
  };
}

function withoutBody(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-/i.test(name)));
}

function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

/** Headers of the connection, which is ours: one that an author sets would say something else than is sent. */
const OF_CONNECTION = ['connection', 'content-length', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']; // prettier-ignore

function headersOf({ headers, always, own, body }: HttpRequest): Record<string, string> {
  const all: Record<string, string> = {
    'user-agent': 'backstep',
    'accept-encoding': 'identity',
    ...lowered(always),
    ...lowered(headers),
    ...lowered(own),
  };
  for (const name of OF_CONNECTION) Reflect.deleteProperty(all, name);
  if (body !== null) all['content-length'] = String(Buffer.byteLength(body));
  return all;
}

function once(
  request: HttpRequest,
  signal: AbortSignal,
  maxBytes: number,
  alive: () => void,
): Promise<HttpAnswer | HttpFailure> {
  const { url, method, body } = request;
  if (!isHttp(url)) {
    return Promise.resolve(
      fault(request, 'validation', `${url.protocol} is no protocol for calls; use http: or https:`, null),
    );
  }
  return new Promise((resolve) => {
    const failure = (error: Error) => resolve(signal.aborted ? cancelled(request) : networkFault(request, error));
    if (signal.aborted) {
      resolve(cancelled(request));
      return;
    }
    try {
      const secure = url.protocol === 'https:';
      const options = { method, headers: headersOf(request), signal, agent: secure ? tls : plain };
      const sent = (secure ? requestTls : requestPlain)(url, options, (response) => {
        alive();
        read(response, maxBytes, alive).then(
          (text) => {
            if (text === null) {
              sent.destroy();
              resolve(fault(request, 'limit', `answered with more than ${maxBytes} bytes`, null));
              return;
            }
            const { statusCode = 0, statusMessage = '' } = response;
            resolve({ status: statusCode, statusText: statusMessage, headers: response.headers, body: text });
          },
          (error: unknown) => failure(error instanceof Error ? error : new Error(String(error))),
        );
      });
      sent.on('error', failure);
      // Node hands such a connection over, and then reports nothing more of the request.
      const handedOver = ({ statusCode }: IncomingMessage, socket: Duplex) => {
        socket.destroy();
        const reason = `answered ${String(statusCode)}, to go on with something other than HTTP`;
        resolve(fault(request, 'network', reason, null));
      };
      sent.on('upgrade', handedOver);
      sent.on('connect', handedOver);
      sent.end(body ?? undefined);
    } catch (error) {
      // Node refuses a method or a header with characters that HTTP does not allow.
      resolve(fault(request, 'validation', error instanceof Error ? error.message : String(error), null));
    }
  });
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The body as text, or null when it is longer than `maxBytes`. */
async function read(response: IncomingMessage, maxBytes: number, alive: () => void): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', alive);
  const body = decompressed(response);
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return textOf(Buffer.concat(chunks), response.headers['content-type'] ?? '');
}

const DECOMPRESSORS = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** The body without the compressions that it names; one that is not known is left to whoever reads the text. */
function decompressed(response: IncomingMessage): Readable {
  const { statusCode, req, headers } = response as IncomingMessage & { readonly req: ClientRequest };
  const isEmpty =
    req.method === 'HEAD' || statusCode === 204 || statusCode === 304 || headers['content-length'] === '0';
  const names = isEmpty ? [] : (headers['content-encoding'] ?? '').toLowerCase().split(',');
  const made = names.reverse().flatMap((name) => DECOMPRESSORS.get(name.trim())?.() ?? []);
  // A pipeline hands every fault on to its last stream, which is the one that is read.
  return pipeline([response, ...made, new PassThrough()], () => undefined) as unknown as Readable;
}

/** The text without a mark of its byte order. */
function textOf(bytes: Buffer, type: string): string {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes); // There is no such character set.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there (connection refused)',
  ECONNRESET: 'the connection was cut before the answer was complete',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EPIPE: 'the connection was cut while the request was sent',
};

function networkFault(request: HttpRequest, error: Error): HttpFailure {
  // One error for each address of the host; the first tells enough.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = first as NodeJS.ErrnoException;
  if (code?.startsWith('Z_') === true || code?.startsWith('ERR__ERROR') === true)
    return fault(request, 'network', 'the answer is not compressed as it says', code);
  const reason = code?.startsWith('HPE_') === true ? `the answer is not HTTP (${message})` : REASONS[code ?? ''];
  return fault(request, 'network', reason ?? message, code ?? null);
}

function cancelled(request: HttpRequest): HttpFailure {
  return fault(request, 'cancelled', 'the call was stopped', null);
}

function fault(request: HttpRequest, type: HttpFailure['type'], reason: string, code: string | null): HttpFailure {
  return { type, message: `${placeOf(request)}: ${reason}.`, code };
}
