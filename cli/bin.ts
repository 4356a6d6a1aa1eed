#!/usr/bin/env node
// The program `backstep`. It runs on a Node with SQLite inside; started by an older one it hands over to the Node that
// is installed beside it. Nothing else may be imported here at the top: an older Node must be able to load this file.
//
// 1. The handed-over run has the caller's standard streams, working directory, environment and arguments.
// 2. Its exit status, or the signal that ended it, becomes ours; signals that reach us reach it.
// 3. It never outlives us, so that a killed run is a dead run: where the system can tie a child to its parent
//    (setpriv on Linux) it does; everywhere the child kills itself once the channel to us closes.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HANDED_OVER = 'BACKSTEP_HANDED_OVER';
const SETPRIV = '/usr/bin/setpriv';
const EX_SOFTWARE = 70;
const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR2'];

const self = fileURLToPath(import.meta.url);

if (isBuiltin('node:sqlite')) {
  if (process.env[HANDED_OVER] !== undefined) endWithParent();
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
  // What was written goes out first. Whatever else is still open, such as a call of a collector that is silent, keeps
  // nobody waiting.
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => stream.write('', () => resolve()));
  process.exit();
} else {
  const node = newerNode(dirname(self));
  if (node === undefined || process.env[HANDED_OVER] !== undefined) {
    process.stderr.write(
      `backstep needs Node 22.13 or later, and this is Node ${process.versions.node}: install a newer one, or npm's package "node@24" beside it.\n`,
    );
    process.exitCode = EX_SOFTWARE;
  } else {
    handOver(node);
  }
}

/** The `node` of npm's package of that name in the nearest `node_modules` upwards, if there is one. */
function newerNode(from: string): string | undefined {
  const candidate = join(from, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(candidate)) return candidate;
  const up = dirname(from);
  return up === from ? undefined : newerNode(up);
}

function handOver(node: string): void {
  const tied = process.platform === 'linux' && existsSync(SETPRIV);
  const command = tied ? SETPRIV : node;
  const args = [...(tied ? ['--pdeathsig', 'KILL', node] : []), self, ...process.argv.slice(2)];
  const child = spawn(command, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [HANDED_OVER]: '1' },
  });
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  // A terminal sends the interrupt to the child as well; anyone else sends it to us alone.
  process.on('SIGINT', () => {
    if (process.stdin.isTTY !== true) child.kill('SIGINT');
  });
  child.on('error', (error) => {
    process.stderr.write(`backstep could not start ${node}: ${error.message}\n`);
    process.exitCode = EX_SOFTWARE;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exit(code ?? EX_SOFTWARE);
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // A signal that cannot end this process still ends it, with the status a shell would report.
    process.exit(128 + constants.signals[signal]);
  });
}

function endWithParent(): void {
  delete process.env[HANDED_OVER];
  if (!process.connected) process.kill(process.pid, 'SIGKILL');
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel?.unref();
}
