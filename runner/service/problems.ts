/** Errors of the service as problem details (RFC 9457). */
import type { JsonObject } from '../../language/index.ts';

export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request is not one that is understood' },
  unauthorized: { status: 401, title: 'The token is missing or wrong' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'This cannot be done here' },
  'too-slow': { status: 408, title: 'The request took too long to arrive' },
  conflict: { status: 409, title: 'The run does not allow this now' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-type': { status: 415, title: 'The body has a type that is not understood' },
  'unmet-expectation': { status: 417, title: 'What the request expects cannot be met' },
  invalid: { status: 422, title: 'What was given does not fit' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  fault: { status: 500, title: 'A fault of Backstep itself' },
  unavailable: { status: 503, title: 'The service cannot do this now' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

type Headers = Readonly<Record<string, string>>;

/** Headers that every answer with such a problem has. */
const HEADERS: Partial<Record<ProblemCode, Headers>> = {
  unauthorized: { 'www-authenticate': 'Bearer' },
  unavailable: { 'retry-after': '1' },
};

/** Ends a request with a problem; `detail` is one sentence for a person. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly more: JsonObject;
  readonly headers: Headers;
  constructor(code: ProblemCode, detail: string, more: JsonObject = {}, headers: Headers = {}) {
    super(detail);
    this.code = code;
    this.more = more;
    this.headers = headers;
  }
}

/** The body of a problem. */
export function problemDetails(code: ProblemCode, detail: string, more: JsonObject = {}): JsonObject {
  return { type: `urn:backstep:problem:${code}`, ...PROBLEMS[code], detail, ...more };
}

export function problemResponse({ code, message, more, headers }: Problem): Response {
  return new Response(JSON.stringify(problemDetails(code, message, more)), {
    status: PROBLEMS[code].status,
    headers: { 'content-type': 'application/problem+json', ...HEADERS[code], ...headers },
  });
}

/** The same as the bytes of a whole answer of HTTP/1.1, after which the connection is closed. */
export function problemBytes(code: ProblemCode, detail: string, headers: Headers = {}): string {
  const body = JSON.stringify(problemDetails(code, detail));
  const { status, title } = PROBLEMS[code];
  const lines = Object.entries({
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...HEADERS[code],
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${title}`, ...lines, '', body].join('\r\n');
}
