/** Errors of the service as problem details (RFC 9457). */
import type { JsonObject } from '../../language/index.ts';

export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request is not one that is understood' },
  unauthorized: { status: 401, title: 'The token is missing or wrong' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'This cannot be done here' },
  conflict: { status: 409, title: 'The run does not allow this now' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-type': { status: 415, title: 'The body has a type that is not understood' },
  invalid: { status: 422, title: 'What was given does not fit' },
  fault: { status: 500, title: 'A fault of Backstep itself' },
  unavailable: { status: 503, title: 'The service cannot do this now' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** Ends a request with a problem; `detail` is one sentence for a person. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly more: JsonObject;
  constructor(code: ProblemCode, detail: string, more: JsonObject = {}) {
    super(detail);
    this.code = code;
    this.more = more;
  }
}

export function problemResponse(code: ProblemCode, detail: string, more: JsonObject = {}): Response {
  const { status, title } = PROBLEMS[code];
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (code === 'unauthorized') headers['www-authenticate'] = 'Bearer';
  const body = { type: `urn:backstep:problem:${code}`, title, status, detail, ...more };
  return new Response(JSON.stringify(body), { status, headers });
}
