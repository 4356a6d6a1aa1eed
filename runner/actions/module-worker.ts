/**
 * The process in which the user's modules run, apart from the runner: it imports a module when it is first called and
 * calls its functions. It ends with the runner.
 */
import { stat } from 'node:fs/promises';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Json } from '../../language/index.ts';
import type { Outcome } from '../machine/stimulus.ts';
import { MAX_BYTES, failed, succeeded } from './action.ts';
import { HEAP_VARIABLE, OUT_OF_MEMORY } from './module-messages.ts';
import type { FromWorker, ToWorker } from './module-messages.ts';

type Call = Extract<ToWorker, { type: 'call' }>;

/** Memory beside the heap that Node itself needs, in megabytes. */
const NODE_ITSELF = 256;

const running = new Map<number, AbortController>();

if (process.send !== undefined) {
  process.on('message', (message: ToWorker) => {
    if (message.type === 'abort') running.get(message.call)?.abort();
    else void perform(message);
  });
  process.on('disconnect', end);
  watch();
}

/** Ends this process with all that the modules started in it. */
function end(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(); // There are no groups here, or this process is not the first of its own.
  }
}

/**
 * Ends the process when it takes more memory than it may (buffers do not count as heap), and when the runner has gone
 * without a word. In a thread of its own, as a module may keep this one busy for ever.
 */
function watch(): void {
  const heap = Number(process.env[HEAP_VARIABLE]);
  Reflect.deleteProperty(process.env, HEAP_VARIABLE);
  const limit = (heap > 0 ? heap + NODE_ITSELF : Infinity) * 1024 * 1024;
  const code = `
    const { writeSync } = require('node:fs');
    const { parent, limit, words } = require('node:worker_threads').workerData;
    const kill = () => {
      try { process.kill(-process.pid, 'SIGKILL'); } catch { process.kill(process.pid, 'SIGKILL'); }
    };
    setInterval(() => {
      if (process.ppid !== parent) kill();
      if (process.memoryUsage.rss() < limit) return;
      writeSync(2, words + '\\n');
      kill();
    }, 50);
  `;
  const workerData = { parent: process.ppid, limit, words: OUT_OF_MEMORY };
  new Worker(code, { eval: true, workerData, env: {}, execArgv: [] }).unref();
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
    if (text !== undefined && Buffer.byteLength(text) > MAX_BYTES) {
      const message = `The result of ${call.function} has more than ${MAX_BYTES} bytes. Keep it in a file, and return its name.`;
      return failed('limit', message, { acted: true });
    }
    return succeeded(text === undefined ? null : (JSON.parse(text) as Json));
  } catch (error) {
    const message = `The result of ${call.function} cannot be written as JSON: ${messageOf(error)}`;
    return failed('validation', message, { acted: true });
  }
}

/**
 * An error with a string `type` is that error, with its `data`; any other throw is the error `error` (section 7). What is
 * thrown may be anything, also something that throws again when it is looked at.
 */
function thrown(error: unknown): Outcome {
  const [type, data, code, status] = ['type', 'data', 'code', 'status'].map((name) => fieldOf(error, name));
  return failed(typeof type === 'string' && type !== '' ? type : 'error', messageOf(error), {
    data: plain(data),
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
    status: typeof status === 'number' && Number.isInteger(status) ? status : null,
  });
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined; // A field that cannot be read is as good as none.
  }
}

function plain(data: unknown): Json {
  try {
    const text = JSON.stringify(data ?? null) as string | undefined;
    return text === undefined ? shown(data) : (JSON.parse(text) as Json);
  } catch {
    return shown(data); // What is no JSON is still worth reading.
  }
}

function messageOf(error: unknown): string {
  const message = fieldOf(error, 'message');
  return typeof message === 'string' ? message : shown(error);
}

function shown(value: unknown): string {
  try {
    return typeof value === 'string' ? value : inspect(value);
  } catch {
    return 'a value that cannot be shown';
  }
}
