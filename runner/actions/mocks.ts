/**
 * Mocks: answers that stand in for calls, in the form of a scenario's `mocks` (section 12).
 *
 * A mock stands under an operation (`payments.charge`) or a state (`state:charge`, which goes before; `state:pack/wrap`
 * answers for every item). A list is used up one a call, its last item then serving all later calls. A call without a
 * mock fails with `mock-missing`.
 */
import { isJsonObject, parseDuration } from '../../language/index.ts';
import type { Json } from '../../language/index.ts';
import type { Clock } from '../clock.ts';
import type { Outcome } from '../machine/stimulus.ts';
import { failed, succeeded } from './action.ts';

export interface Mock {
  /** Milliseconds by the run's clock before the answer comes. */
  readonly delay: number;
  readonly outcome: Outcome;
}

/** Answers by the name of an operation or `state:` and a state's way, each list with at least one. */
export type Mocks = ReadonlyMap<string, readonly Mock[]>;

export type ReadMocks =
  | { readonly ok: true; readonly mocks: Mocks }
  /** `where` is the way to the mistake: names of fields and numbers of items. */
  | { readonly ok: false; readonly message: string; readonly where: readonly (string | number)[] };

/** A call as its mock is looked up. */
export interface MockedCall {
  /** `participant.operation`, a built-in operation's name, or null for an action that is no call. */
  readonly operation: string | null;
  /** The state's way; null for a compensation or a confirmation, which are not the state's own action. */
  readonly way: string | null;
}

export interface MockPlayer {
  has(call: MockedCall): boolean;
  /** Answers after the mock's delay, or with `cancelled` when `signal` aborts first. */
  answer(call: MockedCall, signal: AbortSignal): Promise<Outcome>;
  /** How often each operation was called so far. */
  readonly calls: ReadonlyMap<string, number>;
  /** Operations that were called without a mock. */
  readonly missing: ReadonlySet<string>;
}

/** Reads `value`, the `mocks` of a scenario, of `launch` or of a file. */
export function readMocks(value: Json): ReadMocks {
  if (!isJsonObject(value)) return wrong('Mocks are an object: the name of an operation, then its answers.', []);
  const mocks = new Map<string, readonly Mock[]>();
  for (const [name, given] of Object.entries(value)) {
    const list = Array.isArray(given) ? (given as readonly Json[]) : [given];
    if (list.length === 0) return wrong(`The list of mocks for ${name} is empty; give it an answer.`, [name]);
    const read: Mock[] = [];
    for (const [at, item] of list.entries()) {
      const mock = readMock(name, item, Array.isArray(given) ? [name, at] : [name]);
      if ('ok' in mock) return mock;
      read.push(mock);
    }
    mocks.set(name, read);
  }
  return { ok: true, mocks };
}

const KEYS = new Set(['return', 'fail', 'delay']);
const FAIL_KEYS = new Set(['error', 'message', 'data', 'code', 'status']);

function readMock(
  name: string,
  item: Json,
  where: readonly (string | number)[],
): Mock | Extract<ReadMocks, { ok: false }> {
  if (!isJsonObject(item)) return wrong(`A mock of ${name} is { return: … } or { fail: { error: … } }.`, where);
  const unknown = Object.keys(item).find((key) => !KEYS.has(key));
  if (unknown !== undefined)
    return wrong(`A mock has no key "${unknown}"; it takes return or fail, and delay.`, [...where, unknown]);
  const { return: result, fail, delay: text } = item;
  if (result !== undefined && fail !== undefined) return wrong(`A mock of ${name} returns or fails, not both.`, where);
  const delay = text === undefined ? 0 : typeof text === 'string' ? parseDuration(text) : null;
  if (delay === null)
    return wrong(`The delay of a mock of ${name} must be a duration, such as 3s.`, [...where, 'delay']);
  if (fail === undefined) return { delay, outcome: succeeded(result ?? null) };
  if (!isJsonObject(fail) || typeof fail['error'] !== 'string' || fail['error'] === '') {
    return wrong(`A mock of ${name} that fails needs the error's type: { fail: { error: http.402 } }.`, [
      ...where,
      'fail',
    ]);
  }
  const odd = Object.keys(fail).find((key) => !FAIL_KEYS.has(key));
  if (odd !== undefined)
    return wrong(`An error has no key "${odd}"; it takes error, message, data, code and status.`, [
      ...where,
      'fail',
      odd,
    ]);
  const { error, message, data, code, status } = fail;
  const status_ = typeof status === 'number' ? status : /^http\.\d{3}$/.test(error) ? Number(error.slice(5)) : null;
  return {
    delay,
    outcome: failed(error, typeof message === 'string' ? message : `${name} failed with ${error}.`, {
      data: data ?? null,
      code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
      status: status_,
    }),
  };
}

function wrong(message: string, where: readonly (string | number)[]): Extract<ReadMocks, { ok: false }> {
  return { ok: false, message, where };
}

/** Plays `mocks` from their beginning. */
export function playMocks(mocks: Mocks, clock: Clock): MockPlayer {
  const calls = new Map<string, number>();
  const played = new Map<string, number>();
  const missing = new Set<string>();

  function nameFor({ operation, way }: MockedCall): string | null {
    const states = way === null ? [] : [`state:${way}`, `state:${withoutItems(way)}`];
    const state = states.find((name) => mocks.has(name));
    if (state !== undefined) return state;
    return operation !== null && mocks.has(operation) ? operation : null;
  }

  return {
    has: (call) => nameFor(call) !== null,
    async answer(call, signal) {
      const called = call.operation ?? `state:${call.way ?? ''}`;
      calls.set(called, (calls.get(called) ?? 0) + 1);
      const name = nameFor(call);
      const list = name === null ? undefined : mocks.get(name);
      if (name === null || list === undefined) {
        missing.add(called);
        const place = call.way === null ? '' : `, or one for state:${call.way}`;
        return failed('mock-missing', `There is no mock for ${called}. Add one${place}.`);
      }
      const turn = played.get(name) ?? 0;
      played.set(name, turn + 1);
      const mock = list[Math.min(turn, list.length - 1)];
      if (mock === undefined) return succeeded(null);
      // On a virtual clock also what comes at once comes after all that can run: so the order is always the same.
      const atOnce = mock.delay === 0 && clock.kind === 'real';
      const came = atOnce || (await pause(clock, mock.delay, signal));
      return came ? mock.outcome : failed('cancelled', `${called} was stopped.`);
    },
    calls,
    missing,
  };
}

/** A way without the numbers of items: `pack/wrap` for `pack/2/wrap`. */
export function withoutItems(way: string): string {
  return way.replace(/\/\d+(?=\/|$)/g, '');
}

/** Whether `ms` passed by the clock before `signal` aborted. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    });
    const stop = () => {
      cancel();
      resolve(false);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
