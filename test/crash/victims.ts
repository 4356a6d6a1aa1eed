/** Processes that are there to be killed. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

export interface Victim {
  readonly process: ChildProcess;
  readonly ended: Promise<End>;
  /** Resolves when it has said something, or has ended without. */
  readonly spoke: Promise<void>;
}

/** Makes a victim's program one file in `folder`, because it is started often, and gives its path. */
export async function bundleVictim(folder: string, source = join(import.meta.dirname, 'victim.ts')): Promise<string> {
  const program = join(folder, 'victim.mjs');
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return program;
}

/** Starts a victim with the arguments that `victim.ts` takes. */
export function startVictim(program: string, args: readonly string[], env: Record<string, string> = {}): Victim {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<End>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, output })));
  const spoke = new Promise<void>((resolve) => {
    child.stdout.once('data', () => resolve());
    void ended.then(() => resolve());
  });
  return { process: child, ended, spoke };
}
