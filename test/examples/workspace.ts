/** Copies of the examples, with their services and the command line as processes of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { CLI } from '../cli/backstep.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** What running an example leaves behind. */
const LEFT = new Set(['.backstep', '.env', 'data', 'uploads', 'mailbox']);

export interface Workspace {
  readonly folder: string;
  /** Where `backstep` and Node are found, and services take free ports. */
  readonly env: NodeJS.ProcessEnv;
}

export interface Service {
  readonly process: ChildProcess;
  /** Sends the signal, and resolves when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A copy of an example, removed after the test. */
export function workspace(name: string): Workspace {
  const place = emptyWorkspace();
  cpSync(join(EXAMPLES, name), place.folder, {
    recursive: true,
    filter: (path) => !LEFT.has(basename(path)) && !/\.db(-\w+)?$/.test(path),
  });
  return place;
}

/** A new folder, removed after the test. */
export function emptyWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-example-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const copy = join(folder, 'workspace');
  mkdirSync(copy);
  symlinkSync(MODULES, join(folder, 'node_modules'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // A service of runs takes a free port, so that tests do not meet.
  const script = `#!/bin/sh\n[ "$1" = serve ] && set -- "$@" --port 0\nexec "${process.execPath}" "${CLI}" "$@"\n`;
  writeFileSync(join(bin, 'backstep'), script);
  chmodSync(join(bin, 'backstep'), 0o755);
  const path = [bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const cache = join(MODULES, '.cache/compile');
  return { folder: copy, env: { ...process.env, PATH: path, PORT: '0', NO_COLOR: '1', NODE_COMPILE_CACHE: cache } };
}

/** Starts a command of a page, in a shell, and waits for its first line; it is ended after the test. */
export async function service({ folder, env }: Workspace, command: string): Promise<Service> {
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  onTestFinished(() => stop('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout.once('data', () => resolve());
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('close', () => reject(new Error(`${command} has ended:\n${said}`)));
  });
  return { process: child, stop };
}
