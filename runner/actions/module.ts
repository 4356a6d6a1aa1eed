/**
 * Functions of the user's modules, in a process of their own.
 *
 * 1. The modules of one folder share one process, which is started at the first call and again after it ended.
 * 2. A module's file lies inside the workspace's root, links followed.
 * 3. A call that goes on after it was aborted is ended, after a grace, together with the process; other calls that this
 *    ends report the error `error`, and their effect is in doubt. Until an aborted call has ended, later calls go to
 *    another process.
 * 4. A process ends together with all that the modules started in it, and when it takes too much memory.
 * 5. What comes from a process may be anything: a module can send messages, too.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { resolve as resolvePath } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isJsonObject } from '../../language/index.ts';
import type { Json } from '../../language/index.ts';
import type { Outcome } from '../machine/stimulus.ts';
import { allowedFolders, placedIn } from '../boundary.ts';
import { GRACE, excerpt, failed } from './action.ts';
import type { ActionContext } from './action.ts';
import { lineSplitter } from './lines.ts';
import { HEAP_VARIABLE, OUT_OF_MEMORY, isFromWorker } from './module-messages.ts';
import type { ToWorker } from './module-messages.ts';

export interface Modules {
  /** Calls the exported function `name` of the module at `path`, relative to the workflow's folder. */
  call(path: string, name: string, input: Json, context: ActionContext): Promise<Outcome>;
  /** Ends the process at once. */
  close(): void;
}

interface Waiting {
  readonly process: ChildProcess;
  readonly context: ActionContext;
  readonly finish: (outcome: Outcome) => void;
}

/**
 * Megabytes after which the process of the modules ends, so that the machine's memory is not used up;
 * `BACKSTEP_MODULE_MEMORY` sets another limit.
 */
function heapLimit(): number {
  const given = Number(process.env['BACKSTEP_MODULE_MEMORY']);
  return given > 0 ? Math.round(given) : 1024;
}

/** What lets Node load TypeScript, enums and the like included where it can. */
function typeScriptFlags(): string[] {
  if (process.allowedNodeEnvironmentFlags.has('--experimental-transform-types'))
    return ['--experimental-transform-types'];
  return process.features.typescript === false ? ['--experimental-strip-types'] : [];
}

// From source the worker is TypeScript too; bundled it lies beside the bundle.
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './module-worker.ts' : './worker.js', import.meta.url);

/** The modules of one folder; no process is started before the first call. */
export function createModules(): Modules {
  /** The process that the next call goes to, and all that live. */
  let worker: ChildProcess | null = null;
  const alive = new Set<ChildProcess>();
  let lastCall = 0;
  let latest: ActionContext | null = null;
  const waiting = new Map<number, Waiting>();

  function running(context: ActionContext): ChildProcess {
    if (worker !== null) return worker;
    const heap = heapLimit();
    const started = fork(fileURLToPath(WORKER), {
      cwd: context.root,
      env: { ...context.env, [HEAP_VARIABLE]: String(heap) },
      execArgv: [`--max-old-space-size=${heap}`, '--disable-warning=ExperimentalWarning', ...typeScriptFlags()],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A group of its own, so that what the modules started ends with it.
      detached: process.platform !== 'win32',
    });
    worker = started;
    alive.add(started);
    let lastLines = '';
    for (const [stream, level] of [
      [started.stdout, 'info'],
      [started.stderr, 'warn'],
    ] as const) {
      const lines = lineSplitter(
        (line) => {
          if (level === 'warn') lastLines = `${lastLines}${line}\n`.slice(-20_000);
          // What a module prints belongs to no call in particular, and may come after the answer; the latest one stands for it.
          latest?.log(level, line);
        },
        (text) => latest?.mask(text) ?? text,
      );
      stream?.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    }
    started.on('message', (message: unknown) => heard(message));
    const ended = (how: string) => {
      gone();
      alive.delete(started);
      const said = UNCAUGHT.exec(lastLines)?.[0];
      for (const [call, { process: of, context: waits, finish }] of [...waiting]) {
        if (of !== started) continue;
        waiting.delete(call);
        const what = said === undefined ? how : `${how} after ${excerpt(waits.mask(said), 300)}`;
        const why = lastLines.includes(OUT_OF_MEMORY) ? `it used more than ${heap} MB of memory` : what;
        finish(failed('error', `The process that runs the workflow's modules ended before it answered: ${why}.`));
      }
    };
    const gone = () => {
      if (worker === started) worker = null;
    };
    // Its last words may come later, but nothing more is asked of it.
    started.on('exit', gone);
    started.on('disconnect', gone);
    started.on('error', (error) => ended(error.message));
    started.on('close', (code, signal) => ended(signal === null ? `exit code ${code}` : `signal ${signal}`));
    return started;
  }

  function heard(message: unknown): void {
    if (!isFromWorker(message)) return;
    const call = waiting.get(message.call);
    if (call === undefined) return;
    if (message.type === 'heartbeat') call.context.heartbeat();
    else if (message.type === 'log') call.context.log(message.level, message.text);
    else {
      waiting.delete(message.call);
      call.finish(message.outcome);
    }
  }

  /** A process that gave way to an aborted call is used again, or ended when another has taken its place. */
  function settle(process: ChildProcess): void {
    if (process === worker || !alive.has(process)) return;
    for (const each of waiting.values()) if (each.process === process) return;
    if (worker === null) worker = process;
    else killGroup(process);
  }

  return {
    call(path, name, input, context) {
      const file = inside(context.root, resolvePath(context.folder, path));
      if ('refused' in file) return Promise.resolve(failed('validation', file.refused));
      if (context.signal.aborted)
        return Promise.resolve(failed('cancelled', `${name} was not called: the call was stopped.`));
      return new Promise((resolve) => {
        const process = running(context);
        const call = ++lastCall;
        let grace: NodeJS.Timeout | undefined;
        const abort = () => {
          send(process, { type: 'abort', call });
          if (worker === process) worker = null;
          grace = setTimeout(() => killGroup(process), GRACE);
        };
        const finish = (outcome: Outcome) => {
          clearTimeout(grace);
          context.signal.removeEventListener('abort', abort);
          settle(process);
          resolve(outcome);
        };
        waiting.set(call, { process, context, finish });
        latest = context;
        context.signal.addEventListener('abort', abort, { once: true });
        const { key, attempt } = context;
        send(process, { type: 'call', call, module: file.path, function: name, input, key, attempt });
      });
    },
    close() {
      for (const process of alive) killGroup(process);
    },
  };
}

/** Performs the built-in `script` with `{ module, function, input }`. */
export function performScript(modules: Modules, input: Json, context: ActionContext): Promise<Outcome> {
  const { module, function: name, input: given } = isJsonObject(input) ? input : {};
  if (typeof module === 'string' && typeof name === 'string') return modules.call(module, name, given ?? null, context);
  const message = '`script` needs `module` (a path) and `function` (the name of an export) in `with`.';
  return Promise.resolve(failed('validation', message));
}

/** The line of a module's last words that says what nobody caught. */
const UNCAUGHT = /^(?:Uncaught |\[?\w*(?:Error|Rejection)\b).*/m;

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    child.kill('SIGKILL'); // It has ended, or has not yet become a group.
  }
}

function send(process: ChildProcess, message: ToWorker): void {
  // A process that has just ended reports it by its `close`, which fails the call.
  process.send(message, () => undefined);
}

/** The real path of a module, or why it may not be used. */
function inside(root: string, path: string): { readonly path: string } | { readonly refused: string } {
  const placed = placedIn([root, ...allowedFolders()], path);
  if ('path' in placed) return placed;
  if (placed.refused === 'absent') return { refused: `There is no module ${path}.` };
  return { refused: `The module ${path} lies outside the workspace ${root}. Move it inside.` };
}
