/**
 * Which errors a state can raise, and which of them nothing takes before they leave it.
 *
 * Rule: section 7 of the language reference. Calls, child runs and `fail` raise errors, as does whatever has a timeout;
 * a state around others raises what leaves those, unless it collects. Mistakes that are findings of their own (a list of
 * transitions without a default, an expression that can’t be evaluated) do not count as errors that may come.
 * Complexity: linear in the states and their handlers.
 */
import { booleanAt, stringAt } from '../build/read.ts';
import { isLog } from '../calls.ts';
import { alwaysHolds } from '../edges.ts';
import { hasExpression } from '../expressions/template.ts';
import type { Handler, Scope, State } from '../workflow.ts';
import { covers } from './graph.ts';

/** Types of errors; `ANY` stands for all that can’t be told from the file. */
export type Failures = ReadonlySet<string>;

export const ANY = '*';
export const NONE: Failures = new Set();
const EVERY: Failures = new Set([ANY]);

/**
 * The errors that the state itself can raise.
 *
 * @param leaving the errors that leave a scope inside of the state
 */
export function raisedBy(state: State, leaving: (scope: Scope) => Failures): Failures {
  const { action } = state;
  const late: Failures = state.timeout === null ? NONE : new Set(['timeout']);
  switch (action?.kind) {
    case 'call':
      return isLog(action) ? NONE : EVERY;
    case 'run':
      return booleanAt(state.node, 'detached') === true ? NONE : EVERY;
    case 'fail': {
      const type = action.error?.value;
      return type === undefined || hasExpression(type) ? EVERY : new Set([type]);
    }
    case 'parallel':
      return collects(state) ? late : union([late, ...action.branches.map(leaving)]);
    case 'foreach':
      if (collects(state)) return late;
      if (action.call !== null) return isLog(action.call) ? NONE : EVERY;
      return union([late, leaving(action.body)]);
    case 'scope':
      return union([late, leaving(action.scope)]);
    default:
      return late;
  }
}

/** Whether the errors of branches or items become results instead of being raised. */
export function collects(state: State): boolean {
  const { action } = state;
  if (action?.kind === 'parallel') return stringAt(action.entry.value, 'onBranchError')?.value === 'collect';
  return action?.kind === 'foreach' && stringAt(action.entry.value, 'onItemError')?.value === 'collect';
}

/** What `handlers` leave of `failures`: all that none of them is sure to take. */
export function notTaken(failures: Failures, handlers: readonly Handler[], warn = false): Failures {
  if (warn) return NONE;
  let left = failures;
  for (const handler of handlers) {
    if (!alwaysHolds(handler)) continue;
    const patterns = handler.errors.map((pattern) => pattern.value);
    if (patterns.length === 0 || patterns.includes('any')) return NONE;
    left = new Set([...left].filter((type) => type === ANY || !patterns.some((pattern) => covers(pattern, type))));
  }
  return left;
}

/** Whether one of `failures` may be taken by a handler with these patterns. */
export function mayTake(handler: Handler, failures: Failures): boolean {
  const patterns = handler.errors.map((pattern) => pattern.value);
  if (patterns.length === 0 || patterns.includes('any')) return failures.size > 0;
  return failures.has(ANY) || [...failures].some((type) => patterns.some((pattern) => covers(pattern, type)));
}

function union(all: readonly Failures[]): Failures {
  return new Set(all.flatMap((one) => [...one]));
}
