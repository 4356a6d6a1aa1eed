/**
 * One HTTP request and its answer.
 *
 * 1. The answer's body is bounded; a longer one ends the exchange.
 * 2. A redirect to another origin carries neither the caller's headers nor a body; one that would have to carry a body
 *    is not followed.
 * 3. Each exchange has a connection of its own, so that a service that was restarted never meets a stale one.
 */
import { Agent as PlainAgent, request as requestPlain } from 'node:http';
import { Agent as TlsAgent, request as requestTls } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  /** Headers that the author set: they may hold credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that are sent wherever a redirect leads. */
  readonly always: Readonly<Record<string, string>>;
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

/** Sends `request` and reads at most `maxBytes` of the answer's body, as UTF-8. It never throws. */
export async function exchange(
  request: HttpRequest,
  signal: AbortSignal,
  maxBytes: number,
): Promise<HttpAnswer | HttpFailure> {
  let current = request;
  for (let redirects = 0; ; redirects++) {
    const answer = await once(current, signal, maxBytes);
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
  return {
    method: seeOther ? 'GET' : request.method,
    url,
    headers: foreign ? {} : request.headers,
    always: request.always,
    body: seeOther ? null : request.body,
  };
}

function isHttp(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

function once(request: HttpRequest, signal: AbortSignal, maxBytes: number): Promise<HttpAnswer | HttpFailure> {
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
      const headers: Record<string, string> = {
        'user-agent': 'backstep',
        // Bodies are read as they are.
        'accept-encoding': 'identity',
        ...lowered(request.headers),
        ...lowered(request.always),
      };
      if (body !== null) headers['content-length'] = String(Buffer.byteLength(body));
      const secure = url.protocol === 'https:';
      const options = { method, headers, signal, agent: secure ? tls : plain };
      const sent = (secure ? requestTls : requestPlain)(url, options, (response) => {
        read(response, maxBytes).then(
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
async function read(response: IncomingMessage, maxBytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
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
  const reason = code?.startsWith('HPE_') === true ? `the answer is not HTTP (${message})` : REASONS[code ?? ''];
  return fault(request, 'network', reason ?? message, code ?? null);
}

function cancelled(request: HttpRequest): HttpFailure {
  return fault(request, 'cancelled', 'the call was stopped', null);
}

function fault(request: HttpRequest, type: HttpFailure['type'], reason: string, code: string | null): HttpFailure {
  return { type, message: `${placeOf(request)}: ${reason}.`, code };
}
