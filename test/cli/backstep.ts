/** The command line as a process of its own, from the sources, and folders to run it in. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const CLI = fileURLToPath(new URL('../../cli/bin.ts', import.meta.url));

const NODE_COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url));

/** Milliseconds for a test of several processes on a busy machine. */
export const PATIENCE_MS = 90_000;

export interface Finished {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it has written to standard output so far. */
  printed(): string;
  /** Resolves when standard output or standard error holds the text; rejects when the process ends without. */
  seen(text: string): Promise<void>;
}

export interface StartOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Standard input; empty by default. */
  readonly input?: string;
  /** Whether standard input stays open after that. */
  readonly open?: boolean;
  /** A shell command in whose place the command line is run, such as `ulimit -f 10; exec "$@"`. */
  readonly shell?: string;
}

/** Starts `backstep` with these arguments. */
export function startBackstep(args: readonly string[], options: StartOptions): Started {
  const command = [process.execPath, CLI, ...args];
  const [file = '', ...rest] =
    options.shell === undefined ? command : ['bash', '-c', options.shell, 'bash', ...command];
  // Node keeps what it compiled, so that not every process of a test compiles the sources anew.
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, NODE_COMPILE_CACHE, ...options.env };
  const child = spawn(file, rest, { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A process that ends without reading its input is no fault of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.write(options.input ?? '');
  if (options.open !== true) child.stdin.end();
  let stdout = '';
  let stderr = '';
  let looks: (() => void)[] = [];
  const look = (): void => {
    for (const each of looks) each();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    look();
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      resolve({ status, signal, stdout, stderr });
    });
  });
  return {
    process: child,
    finished,
    printed: () => stdout,
    seen: (text) =>
      new Promise((resolve, reject) => {
        const each = (): void => {
          if (!stdout.includes(text) && !stderr.includes(text)) return;
          looks = looks.filter((other) => other !== each);
          resolve();
        };
        looks.push(each);
        void finished.then(() => {
          reject(new Error(`The process ended without "${text}":\n${stdout}\n${stderr}`));
        });
        each();
      }),
  };
}

/** Runs `backstep` to its end. */
export function backstep(args: readonly string[], options: StartOptions): Promise<Finished> {
  return startBackstep(args, options).finished;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder with these files, removed after the tests of the file. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-cli-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Each line of `text` as JSON. */
export function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** `text` with what differs from run to run replaced: ids, times and the folder. */
export function steady(text: string, folder = ''): string {
  const placed = folder === '' ? text : text.replaceAll(folder, '$FOLDER');
  return placed
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'YYYY-MM-DD hh:mm:ss')
    .replaceAll(/(?<=hh:mm:ss)\.\d{3}/g, '.mmm')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, 'RUN')
    .replaceAll(/process \d+ on [^\s)]+/g, 'process PID on HOST');
}
