/** W3C Trace Context: the trace that somebody outside has begun, and that a run shall be part of. */

export interface TraceContext {
  /** The header `traceparent`: version, trace, span of the caller and flags. */
  readonly parent: string;
  /** The header `tracestate`, handed on as it came; empty without one. */
  readonly state: string;
}

export interface TraceParent {
  /** 16 bytes and 8 bytes in hex. */
  readonly trace: string;
  readonly span: string;
  /** Whether the caller records the trace. */
  readonly sampled: boolean;
}

/** Longer ones may be left out, and are. */
const LONGEST_STATE = 512;

/** The context of a request; null where there is none that can be used, which is no error. */
export function readTraceContext(parent: string | undefined, state = ''): TraceContext | null {
  if (parent === undefined || readTraceParent(parent) === null) return null;
  return { parent, state: state.length > LONGEST_STATE ? '' : state };
}

/** What a header `traceparent` says; null when it is none. Versions above 00 may have more fields. */
export function readTraceParent(header: string): TraceParent | null {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(header);
  if (match === null) return null;
  const [, version = '', trace = '', span = '', flags = '', more = ''] = match;
  if (version === 'ff' || (version === '00' && more !== '') || /^0+$/.test(trace) || /^0+$/.test(span)) return null;
  return { trace, span, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
