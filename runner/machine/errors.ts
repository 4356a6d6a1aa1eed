/** Errors of a run: their patterns, and what may be concluded from their types (sections 7 and 8.3 of the language). */
import { positionAt } from '../../language/index.ts';
import type { ExpressionFault, Plan } from '../../language/index.ts';
import type { RunError } from './record.ts';
import type { OutcomeError } from './stimulus.ts';

/** Types after which it is certain that the attempt did nothing. */
const NOTHING_DONE = ['http.4xx', 'validation', 'circuit-open', 'expression'];

/**
 * Whether an error of type `type` fits `pattern`: the type itself, a prefix of it that ends at a dot, `http.4xx` and the
 * like for a hundred of statuses, or `any`. Section 7.
 */
export function matches(pattern: string, type: string): boolean {
  if (pattern === 'any' || pattern === type) return true;
  if (type.startsWith(pattern) && type[pattern.length] === '.') return true;
  const hundred = /^http\.([1-5])xx$/.exec(pattern);
  return hundred !== null && new RegExp(`^http\\.${hundred[1] ?? ''}\\d\\d$`).test(type);
}

export function matchesAny(patterns: readonly string[], type: string): boolean {
  return patterns.some((pattern) => matches(pattern, type));
}

/**
 * Whether the failed attempt surely did nothing. `declared` are the operation's `errors`. An action that knows better,
 * because the other side had already answered with success, says so in `acted`.
 */
export function nothingDone(error: OutcomeError, declared: readonly string[]): boolean {
  if (error.acted === true) return false;
  return matchesAny(NOTHING_DONE, error.type) || matchesAny(declared, error.type);
}

/** An error that the machine itself raises, without a status or data. */
export function ownError(type: string, message: string): OutcomeError {
  return { type, message, code: null, status: null, data: null };
}

/**
 * The error `expression` of a fault (section 3): its message ends with the expression and its place in the file, and its
 * `data` has both. `file` is the path of the workflow's file, of which the name is told; lines and columns count from 1.
 */
export function expressionError(plan: Plan, file: string, { message, range, source }: ExpressionFault): OutcomeError {
  const { line, character } = positionAt(plan.lines, range.start);
  const expression = source.trim();
  const place = [...nameOf(file), line + 1, character + 1].join(':');
  const said = `${message} See \`${expression}\` at ${place}.`;
  return { ...ownError('expression', said), data: { expression, line: line + 1, column: character + 1 } };
}

function nameOf(file: string): string[] {
  const name = file.split(/[\\/]/).at(-1) ?? '';
  return name === '' ? [] : [name];
}

/** `error` with the place where it arose. */
export function located(error: OutcomeError, state: string, attempt: number): RunError {
  const { type, message, code, status, data } = error;
  return { type, message, code, status, data, state, attempt };
}
