/**
 * Programs: operations with `shell`, and the built-in `shell`.
 *
 * 1. Never a shell string, always a program and its arguments.
 * 2. A program that is told to stop is told together with all that it started (its process group): SIGTERM, and after a
 *    grace SIGKILL. The call ends when all of them have.
 * 3. No program outlives this process, unless this one is killed.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve as resolvePath } from 'node:path';
import { isJsonObject } from '../../language/index.ts';
import type { Json } from '../../language/index.ts';
import type { Outcome } from '../machine/stimulus.ts';
import { GRACE, MAX_BYTES, excerpt, failed, succeeded } from './action.ts';
import type { ActionContext } from './action.ts';
import { lineSplitter } from './lines.ts';
import { parsedJson } from './parsed-json.ts';

export interface ProgramCall {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly stdin: string;
  /** Added to the run's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** How much of the standard error is kept for the message of a failure, in characters. */
const KEPT_ERROR = 4000;

/** How long to wait for the output of a program that has ended, while others that it left still hold it: milliseconds. */
const OUTPUT_GRACE = 2000;

/**
 * Runs a program. Gives its standard output as JSON if it is JSON, else as text without the last line's end, null for
 * none. An exit code n is the error `exit.n`; of a program that a signal ended n is 128 and the signal's number, and one
 * that cannot be started is 127 (not found) or 126, as shells count. Its standard error goes to the log.
 */
export function performProgram(call: ProgramCall, context: ActionContext): Promise<Outcome> {
  const [program = '', ...args] = call.command;
  if (program === '') return Promise.resolve(failed('validation', 'The command is empty; it needs a program.'));
  if (context.signal.aborted)
    return Promise.resolve(failed('cancelled', `${program} was not started: the call was stopped.`));
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        cwd: call.cwd,
        env: { ...context.env, ...call.env, IDEMPOTENCY_KEY: context.key },
        stdio: ['pipe', 'pipe', 'pipe'],
        shell: false,
        windowsHide: true,
        // A group of its own, so that what the program started ends with it.
        detached: process.platform !== 'win32',
      });
    } catch (error) {
      resolve(notStarted(program, call.cwd, error as NodeJS.ErrnoException));
      return;
    }
    const output: Buffer[] = [];
    let bytes = 0;
    let errors = '';
    let tooLong = false;
    const stop = stopper(child);
    const aborted = () => stop.gently();
    context.signal.addEventListener('abort', aborted, { once: true });
    const lines = lineSplitter((line) => context.log('info', line), context.mask);

    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      context.heartbeat();
      if (bytes <= MAX_BYTES) output.push(chunk);
      else if (!tooLong) {
        tooLong = true;
        stop.now();
      }
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // More than is kept, so that what begins with half a secret is cut off once the rest is masked.
      errors = (errors + text).slice(-4 * KEPT_ERROR);
      lines.push(text);
      context.heartbeat();
    });
    // A program need not read what it is given.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(call.stdin);

    const finish = (outcome: Outcome) => {
      context.signal.removeEventListener('abort', aborted);
      stop.done();
      lines.end();
      resolve(outcome);
    };
    child.on('error', (error: NodeJS.ErrnoException) => finish(notStarted(program, call.cwd, error)));
    let ending: NodeJS.Timeout | undefined;
    child.on('exit', () => {
      ending = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, OUTPUT_GRACE);
    });
    const outcomeOf = (code: number | null, signal: NodeJS.Signals | null): Outcome => {
      const text = Buffer.concat(output).toString('utf8');
      if (tooLong)
        return failed('limit', `${program} wrote more than ${MAX_BYTES} bytes and was stopped.`, { acted: true });
      // A program that had done its work before it heard that it should stop has done it.
      if (code === 0) return succeeded(resultOf(text));
      if (context.signal.aborted) return failed('cancelled', `${program} was stopped.`);
      return exited(program, code, signal, text, context.mask(errors).slice(-KEPT_ERROR));
    };
    child.on('close', (code, signal) => {
      clearTimeout(ending);
      void stop.ended().then(() => finish(outcomeOf(code, signal)));
    });
  });
}

/** Performs the built-in `shell` with `{ command, env, cwd, stdin }`; relative paths start at the workflow's folder. */
export function performBuiltInShell(input: Json, context: ActionContext): Promise<Outcome> {
  const { command, env, cwd, stdin } = isJsonObject(input) ? input : {};
  if (!Array.isArray(command) || command.length === 0) {
    const message = '`shell` needs `command` in `with`: a list of the program and its arguments.';
    return Promise.resolve(failed('validation', message));
  }
  return performProgram(
    {
      command: (command as readonly Json[]).map(argumentText),
      stdin: stdin === undefined || stdin === null ? '' : typeof stdin === 'string' ? stdin : JSON.stringify(stdin),
      env: Object.fromEntries(
        (isJsonObject(env) ? Object.entries(env) : []).map(([name, value]) => [name, argumentText(value)]),
      ),
      cwd: resolvePath(context.folder, typeof cwd === 'string' ? cwd : '.'),
    },
    context,
  );
}

/** A value as one argument of a program: text as it is, null as nothing, the rest as JSON. */
export function argumentText(value: Json): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}

function resultOf(stdout: string): Json {
  const text = stdout.replace(/\r?\n$/, '');
  return text === '' ? null : (parsedJson(text) ?? text);
}

function exited(
  program: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  stdout: string,
  stderr: string,
): Outcome {
  const status = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  const how = signal === null ? `ended with ${status}` : `was ended by ${signal}`;
  const last = excerpt(stderr.trim().split('\n').at(-1) ?? '', 300);
  return failed(`exit.${status}`, `${program} ${how}${last === '' ? '' : `: ${last}`}.`, {
    data: { stdout: resultOf(stdout), stderr },
  });
}

function notStarted(program: string, cwd: string, error: NodeJS.ErrnoException): Outcome {
  if (error.code === 'ENOENT') {
    return failed('exit.127', `The program ${program} was not found (or the folder ${cwd} does not exist).`, {
      code: 'ENOENT',
    });
  }
  return failed('exit.126', `The program ${program} cannot be started: ${error.message}.`, {
    code: error.code ?? null,
  });
}

/** How often is looked whether all that a stopped program started has ended: milliseconds. */
const LOOK = 20;

/** How long is waited for the end of what was killed, which only a broken system delays: milliseconds. */
const LAST_LOOKS = 200;

/** Ends a program with all that it started: gently with SIGTERM and a grace, or at once. */
function stopper(child: ChildProcess): {
  gently(): void;
  now(): void;
  /** Resolves when a program that was told to stop has ended with all that it started; at once for any other. */
  ended(): Promise<void>;
  done(): void;
} {
  let timer: NodeJS.Timeout | undefined;
  let told = false;
  let lastLook = Infinity;
  const send = (signal: NodeJS.Signals) => {
    told = true;
    if (signal === 'SIGKILL') lastLook = performance.now() + LAST_LOOKS;
    signalGroup(child, signal);
  };
  running.add(child);
  endWithThisProcess();
  return {
    gently() {
      send('SIGTERM');
      timer ??= setTimeout(() => send('SIGKILL'), GRACE);
    },
    now: () => send('SIGKILL'),
    ended: () =>
      new Promise((resolve) => {
        const look = () => {
          if (told && performance.now() < lastLook && isGroupAlive(child)) setTimeout(look, LOOK);
          else resolve();
        };
        look();
      }),
    done() {
      clearTimeout(timer);
      running.delete(child);
    },
  };
}

/** Sends a signal to a program and all that it started; false when none of them is there. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    // Without groups a program is alone, and its number is another one's as soon as it has ended.
    if (process.platform !== 'win32') return process.kill(-child.pid, signal);
    return child.exitCode === null && child.signalCode === null && child.kill(signal);
  } catch {
    return false; // There is nobody left, or nobody whom this process may signal.
  }
}

/**
 * Whether anything that a program started still runs. Where the system's first process fetches the dead late or never, as
 * in many containers, they stay in the group without running.
 */
function isGroupAlive(child: ChildProcess): boolean {
  if (!signalGroup(child, 0)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readdirSync('/proc').some((name) => /^\d+$/.test(name) && runsIn(name, String(child.pid)));
  } catch {
    return true; // Nobody says more than that there is something.
  }
}

/** Whether the process `name` stands in `group` and is not dead: proc(5), `stat`, fields 3 and 5. */
function runsIn(name: string, group: string): boolean {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return itsGroup === group && state !== 'Z' && state !== 'X';
  } catch {
    return false; // It has ended since.
  }
}

/** Programs under way. */
const running = new Set<ChildProcess>();
let endsWithThisProcess = false;

/** A program stands in a group of its own, so that nothing else tells it that this process is gone. */
function endWithThisProcess(): void {
  if (endsWithThisProcess) return;
  endsWithThisProcess = true;
  process.on('exit', () => running.forEach((child) => signalGroup(child, 'SIGKILL')));
}
