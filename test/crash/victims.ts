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
  /** The first group of `pattern` in what it says, as soon as it has said it; rejects when it ends without. */
  said(pattern: RegExp): Promise<string>;
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
  const looks = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const look of looks) look();
  });
  const ended = new Promise<End>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, output })));
  const spoke = new Promise<void>((resolve) => {
    child.stdout.once('data', () => resolve());
    void ended.then(() => resolve());
  });
  const said = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const [, found] = pattern.exec(output) ?? [];
        if (found === undefined) return;
        looks.delete(look);
        resolve(found);
      };
      looks.add(look);
      look();
      void ended.then(() => reject(new Error(`It ended and said: ${output}`)));
    });
  return { process: child, ended, spoke, said };
}
