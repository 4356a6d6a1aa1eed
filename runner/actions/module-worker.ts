/**
 * The process in which the user's modules run, apart from the runner: it imports a module when it is first called and
 * calls its functions. It ends with the runner.
 */
import { stat } from 'node:fs/promises';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Json } from '../../language/index.ts';
import type { Outcome } from '../machine/stimulus.ts';
import { failed, succeeded } from './action.ts';
import type { FromWorker, ToWorker } from './module-messages.ts';

type Call = Extract<ToWorker, { type: 'call' }>;

const running = new Map<number, AbortController>();

if (process.send !== undefined) {
  process.on('message', (message: ToWorker) => {
    if (message.type === 'abort') running.get(message.call)?.abort();
    else void perform(message);
  });
  process.on('disconnect', () => process.exit());
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

async function perform(call: Call): Promise<void> {
  const controller = new AbortController();
  running.set(call.call, controller);
  const outcome = await outcomeOf(call, controller.signal);
  running.delete(call.call);
  say({ type: 'outcome', call: call.call, outcome });
}

async function outcomeOf(call: Call, signal: AbortSignal): Promise<Outcome> {
  let named: unknown;
  try {
    named = await exported(call.module, call.function);
  } catch (error) {
    return failed('error', `The module ${call.module} cannot be loaded: ${messageOf(error)}`);
  }
  if (typeof named !== 'function') {
    return failed('validation', `The module ${call.module} exports no function "${call.function}".`);
  }
  const context = {
    idempotencyKey: call.key,
    attempt: call.attempt,
    signal,
    heartbeat: () => say({ type: 'heartbeat', call: call.call }),
    log: (...values: unknown[]) =>
      say({ type: 'log', call: call.call, level: 'info', text: values.map(shown).join(' ') }),
  };
  try {
    const result: unknown = await (named as (input: Json, context: unknown) => unknown)(call.input, context);
    return asJson(call, result);
  } catch (error) {
    return thrown(error);
  }
}

/** A module's exports, under a new name once the file has changed, so that a long-lived process sees the change. */
async function exported(path: string, name: string): Promise<unknown> {
  const url = pathToFileURL(path);
  url.searchParams.set('changed', String((await stat(path)).mtimeMs));
  const module = (await import(url.href)) as Record<string, unknown>;
  if (Object.hasOwn(module, name)) return module[name];
  // The exports of a CommonJS module that Node could not name beforehand.
  const whole = module['default'];
  return typeof whole === 'object' && whole !== null && Object.hasOwn(whole, name)
    ? (whole as Record<string, unknown>)[name]
    : undefined;
}

function asJson(call: Call, result: unknown): Outcome {
  try {
    const text = JSON.stringify(result) as string | undefined;
    return succeeded(text === undefined ? null : (JSON.parse(text) as Json));
  } catch (error) {
    const message = `The result of ${call.function} cannot be written as JSON: ${messageOf(error)}`;
    return failed('validation', message, { acted: true });
  }
}

/** An error with a string `type` is that error, with its `data`; any other throw is the error `error` (section 7). */
function thrown(error: unknown): Outcome {
  const { type, data, code, status } = (typeof error === 'object' && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  return failed(typeof type === 'string' && type !== '' ? type : 'error', messageOf(error), {
    data: plain(data),
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
    status: typeof status === 'number' && Number.isInteger(status) ? status : null,
  });
}

function plain(data: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(data ?? null)) as Json;
  } catch {
    return inspect(data); // What is no JSON is still worth reading.
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string')
    return error.message;
  return shown(error);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value);
}
