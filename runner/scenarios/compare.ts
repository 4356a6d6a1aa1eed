/** What a scenario expects, compared with what came of its run (section 12). Only what `expect` names is compared. */
import { isDeepStrictEqual } from 'node:util';
import { formatDuration, isJsonObject, parseDuration } from '../../language/index.ts';
import type { Json, JsonObject } from '../../language/index.ts';
import { matchesAny } from '../machine/index.ts';
import type { Played } from './play.ts';
import type { Place, Scenario, Way } from './read.ts';

/** One thing that is not as expected; `expected` and `actual` are there where two values differ. */
export interface Failure {
  readonly message: string;
  /** Where the expectation is written. */
  readonly place: Place;
  readonly expected?: Json;
  readonly actual?: Json;
}

/** Everything in `played` that differs from what `scenario` expects, in the order of the language reference. */
export function compare(scenario: Scenario, played: Played): readonly Failure[] {
  const failures: Failure[] = [];
  const { expect } = scenario;
  const check = (way: Way, what: string, expected: Json, actual: Json): void => {
    if (isDeepStrictEqual(plain(expected), plain(actual))) return;
    failures.push({ message: `Another ${what}`, place: scenario.placeOf(['expect', ...way]), expected, actual });
  };
  for (const operation of played.missing) {
    const message = `There is no mock for ${operation}, which was called`;
    failures.push({ message, place: scenario.placeOf(['mocks']) });
  }
  for (const { decision, message } of played.refusals)
    failures.push({ message, place: scenario.placeOf(decision.way) });
  if (scenario.crash !== null && !played.crashed) {
    const { when, state } = scenario.crash;
    const message = `The crash ${when} ${state} did not come: the run never came that far`;
    failures.push({ message, place: scenario.placeOf(['crash', when]) });
  }

  const why = played.error === null ? '' : ` (${played.error.type} in ${played.error.state}: ${played.error.message})`;
  if (expect.status !== undefined) check(['status'], `status${why}`, expect.status, played.status);
  if (expect.error !== undefined) checkError(expect.error, played, check);
  if (expect.path !== undefined) check(['path'], 'path', expect.path, played.path);
  if (expect.compensated !== undefined) check(['compensated'], 'compensated', expect.compensated, played.compensated);
  for (const [name, count] of fieldsOf(expect.calls)) {
    const counted = name.startsWith('state:') ? played.attempts.get(name.slice(6)) : played.calls.get(name);
    check(['calls', name], `number of calls of ${name}`, count, counted ?? 0);
  }
  if (expect.output !== undefined) check(['output'], 'output', expect.output, played.output);
  for (const [name, value] of fieldsOf(expect.vars)) {
    check(['vars', name], `vars.${name}`, value, played.vars[name] ?? null);
  }
  if (expect.emitted !== undefined) checkEmitted(expect.emitted, played, check);
  if (expect.suspended !== undefined) checkSuspended(expect.suspended, played, check);
  if (expect.duration !== undefined) checkDuration(expect.duration, played, check);
  return failures;
}

type Check = (way: Way, what: string, expected: Json, actual: Json) => void;

/** A pattern of types, or an object of which the named fields count. */
function checkError(expected: Json, { error }: Played, check: Check): void {
  const type = error?.type ?? null;
  if (!isJsonObject(expected)) {
    const fits = expected === type || (typeof expected === 'string' && type !== null && matchesAny([expected], type));
    if (!fits) check(['error'], 'error', expected, type);
    return;
  }
  const pattern = expected['error'];
  const fits = typeof pattern === 'string' && type !== null && matchesAny([pattern], type);
  const actual = error === null ? {} : { ...error, error: fits ? pattern : error.type };
  check(['error'], 'error', expected, named(expected, actual));
}

/** Types alone, or objects of which the named fields count. */
function checkEmitted(expected: Json, { emitted }: Played, check: Check): void {
  const list = listOf(expected);
  const actual = emitted.map((event, at): Json => {
    const wanted = list[at];
    return isJsonObject(wanted) ? named(wanted, { ...event }) : event.type;
  });
  check(['emitted'], 'emitted', list, actual);
}

/** Whether anything is left, or the states that are left, or of each the fields that are named. */
function checkSuspended(expected: Json, { status, pending }: Played, check: Check): void {
  if (typeof expected === 'boolean') {
    check(['suspended'], 'suspended', expected, status === 'suspended');
    return;
  }
  const list = listOf(expected);
  const actual = pending.map((left, at): Json => {
    const wanted = list[at];
    if (!isJsonObject(wanted)) return left.state;
    const { state, action, error } = left;
    return named(wanted, { state, action, with: left.with, error: error?.type ?? null });
  });
  check(['suspended'], 'suspended', list, actual);
}

function checkDuration(expected: Json, { duration }: Played, check: Check): void {
  const ms = typeof expected === 'string' ? parseDuration(expected) : null;
  if (ms !== duration) check(['duration'], 'duration', expected, formatDuration(duration));
}

/** Of `actual` the fields that `expected` names. */
function named(expected: JsonObject, actual: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(expected).map((name) => [name, actual[name] ?? null]));
}

function fieldsOf(value: Json | undefined): [string, Json][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [value];
}

/** Values of expressions may have no prototype, which is no difference. */
function plain(value: Json): unknown {
  return JSON.parse(JSON.stringify(value));
}
