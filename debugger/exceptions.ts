/** Errors of a run as exceptions of the debugger: which record is one, under which filter, and what is told of it. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { matchesAny } from '../runner/host.ts';
import type { RunError, RunRecord, RunView } from '../runner/host.ts';
import { readErrorPatterns } from './patterns.ts';

export type FilterId = 'uncaught' | 'caught' | 'retry' | 'compensation' | 'compensationFailed';

/** The filters as `initialize` announces them; each takes a pattern of error types as its condition. */
export const FILTERS: readonly (DebugProtocol.ExceptionBreakpointsFilter & { readonly filter: FilterId })[] = [
  filter('uncaught', 'Uncaught Errors', 'Stops when an error is raised that no handler takes.', true),
  filter('caught', 'Caught Errors', 'Stops when an error is raised that a handler takes.', false),
  filter('retry', 'Retries', 'Stops when an attempt failed and will be made again.', false),
  filter('compensation', 'Start of Compensation', 'Stops when completed states are about to be undone.', false),
  filter('compensationFailed', 'Failed Compensations', 'Stops when a compensation failed for good.', true),
];

function filter(
  id: FilterId,
  label: string,
  description: string,
  active: boolean,
): DebugProtocol.ExceptionBreakpointsFilter & { readonly filter: FilterId } {
  const conditionDescription = 'Types of errors, such as: http.5xx, timeout';
  return { filter: id, label, description, default: active, supportsCondition: true, conditionDescription };
}

/** An error that a stop is about. */
export interface Exception {
  readonly filter: FilterId;
  readonly error: RunError;
  /** The activation where it arose, if it is still there; its way stands in the error. */
  readonly activation: number | null;
  /** One line for the view of the stop. */
  readonly headline: string;
  /** Who takes it and what comes of that, in a sentence; null where the headline says it. */
  readonly taken: string | null;
}

/** The exception that `record` is, whatever the filters say. `view` already holds the record. */
export function exceptionOf(record: RunRecord, view: RunView): Exception | null {
  switch (record.type) {
    case 'error.raised': {
      const { error, arose, taker } = record;
      if (taker.by === 'retry') return null;
      if (taker.by !== 'recovery')
        return exception('caught', error, arose, `${named(error)} is caught`, takenBy(record, view));
      const then = { compensate: 'what was done is undone', suspend: 'the run is suspended', fail: 'the run fails' };
      return exception('uncaught', error, arose, `Nothing catches ${named(error)}: ${then[taker.recovery]}`);
    }
    case 'retry.scheduled': {
      const { error, activation, attempt } = record;
      return exception('retry', error, activation, `${named(error)}: attempt ${attempt} follows`);
    }
    case 'rollback.started': {
      const error = view.state.error ?? errorless(view);
      return exception('compensation', error, null, 'Compensation begins');
    }
    case 'compensation.failed':
      return exception('compensationFailed', record.error, null, `The compensation failed with ${named(record.error)}`);
    default:
      return null;
  }
}

/** What the person asked to be stopped by. */
export interface ExceptionFilters {
  /** Replaces all filters; gives one answer for each of `filters`, then for each of `options`, as the protocol wants. */
  set(
    filters: readonly string[],
    options: readonly DebugProtocol.ExceptionFilterOptions[],
  ): readonly { readonly verified: boolean; readonly message?: string }[];
  stops(exception: Exception): boolean;
  /** Whether any filter is set, and whether this one is. */
  readonly active: boolean;
  has(filter: FilterId): boolean;
}

/** Filters that stop at nothing until they are set. */
export function exceptionFilters(): ExceptionFilters {
  let active = new Map<string, readonly string[]>();
  return {
    set(filters, options) {
      active = new Map();
      const asked = [...filters.map((filterId) => ({ filterId, condition: undefined })), ...options];
      return asked.map(({ filterId, condition }) => {
        if (!FILTERS.some((each) => each.filter === filterId)) {
          const known = FILTERS.map((each) => each.filter).join(', ');
          return {
            verified: false,
            message: `There is no exception filter \`${filterId}\`. The filters are ${known}.`,
          };
        }
        const patterns = readErrorPatterns(condition ?? '');
        if (typeof patterns === 'string') return { verified: false, message: patterns };
        active.set(filterId, patterns);
        return { verified: true };
      });
    },
    get active() {
      return active.size > 0;
    },
    has: (id) => active.has(id),
    stops({ filter: id, error }) {
      const patterns = active.get(id);
      if (patterns === undefined) return false;
      return patterns.length === 0 || matchesAny(patterns, error.type);
    },
  };
}

/** The answer to `exceptionInfo`. */
export function describeException(
  { filter: id, error, headline, taken }: Exception,
  causes: readonly RunError[] = [],
): DebugProtocol.ExceptionInfoResponse['body'] {
  const facts = [
    `state: ${error.state === '' ? 'the run itself' : error.state}`,
    `attempt: ${error.attempt}`,
    ...(error.status === null ? [] : [`status: ${error.status}`]),
    ...(error.code === null ? [] : [`code: ${error.code}`]),
    ...(error.data === null ? [] : [`data: ${JSON.stringify(error.data).slice(0, 2000)}`]),
  ];
  return {
    exceptionId: error.type,
    description: [`${headline}.`, error.message, ...(taken === null ? [] : [taken])].join('\n'),
    breakMode: id === 'uncaught' || id === 'compensationFailed' ? 'unhandled' : 'always',
    details: {
      message: error.message,
      typeName: error.type,
      fullTypeName: error.type,
      evaluateName: 'error',
      stackTrace: facts.join('\n'),
      ...(causes.length > 0 && { innerException: [detailsOf(causes)] }),
    },
  };
}

/** The errors of child runs that led to this one, each inside of the one that it led to. */
function detailsOf([error, ...causes]: readonly RunError[]): DebugProtocol.ExceptionDetails {
  if (error === undefined) return {};
  const { type, message, state, attempt } = error;
  return {
    message,
    typeName: type,
    fullTypeName: type,
    stackTrace: `state: ${state === '' ? 'the run itself' : state}\nattempt: ${attempt}`,
    ...(causes.length > 0 && { innerException: [detailsOf(causes)] }),
  };
}

function exception(
  id: FilterId,
  error: RunError,
  activation: number | null,
  headline: string,
  taken: string | null = null,
): Exception {
  return { filter: id, error, activation, headline, taken };
}

/** Which handler takes an error, and where the run goes on by it. */
function takenBy(record: Extract<RunRecord, { type: 'error.raised' }>, { state }: RunView): string | null {
  const { taker, leave, activation } = record;
  const way = state.activations.get(activation)?.way ?? '';
  const to = leave?.kind === 'transition' ? ` and goes on to ${leave.transition.to}` : '';
  switch (taker.by) {
    case 'state':
      return `The \`catch\` of ${way} takes it (handler ${taker.handler + 1})${to}.`;
    case 'scope': {
      const around = way.includes('/') ? way.slice(0, way.lastIndexOf('/')) : 'the workflow';
      return `The \`catch\` of ${around} takes it (handler ${taker.handler + 1})${to}.`;
    }
    case 'warn':
      return `${way} only warns${to}.`;
    case 'collect':
      return `It is collected by the state around ${way}.`;
    case 'retry':
    case 'recovery':
      return null;
  }
}

function named(error: RunError): string {
  return error.state === '' ? error.type : `${error.type} of ${error.state}`;
}

/** A rollback without an error: a person cancelled the run, or a state rolls back. */
function errorless(view: RunView): RunError {
  const message = view.state.lifecycle === 'active' ? 'What was done is rolled back.' : 'The run is rolled back.';
  return { type: 'cancelled', message, code: null, status: null, data: null, state: '', attempt: 0 };
}
