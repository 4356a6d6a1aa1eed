/** An answer of a service, before it is sent. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * A request that a service refuses. It is thrown inside the service's transaction, which is then rolled back, and
 * answered as problem details (RFC 9457).
 */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  /** `status` is the HTTP status, `code` a stable name in snake case, `detail` one sentence for people. */
  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authorised',
  402: 'Payment required',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Body too large',
  422: 'Unprocessable content',
  500: 'Internal error',
  503: 'Service unavailable',
};

/** The problem details document for a refusal. */
export function problem(refusal: Refusal): Answer {
  return {
    status: refusal.status,
    body: {
      type: `/problems/${refusal.code.replaceAll('_', '-')}`,
      title: TITLES[refusal.status] ?? 'Error',
      status: refusal.status,
      detail: refusal.message,
      code: refusal.code,
    },
  };
}
