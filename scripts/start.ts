// `npm start`: builds, starts the example's services, and opens the example in VS Code with the extension loaded: in the
// desktop `code` if there is one, otherwise in the workbench at a loopback address. Ctrl-C ends all of it.
//
//   npm start -- --workbench           the workbench, even where there is a desktop `code`
//   npm start -- --port 8080           the workbench's port; any free one by default
//   npm start -- --folder COPY         a copy of the example instead of the example itself
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, parseEnv, styleText } from 'node:util';
import { ROOT, installWorkbench, startServer, workbenchUrl } from '../test/support/workbench/index.ts';

const PROFILE = join(ROOT, '.cache', 'start', 'user-data');

const { values } = parseArgs({
  options: {
    workbench: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    folder: { type: 'string', default: join(ROOT, 'examples', 'order-fulfillment') },
  },
});
const EXAMPLE = resolve(values.folder);

/** What is to be ended, last started first; each resolves when it has ended. */
const endings: (() => Promise<void>)[] = [];
let ending: Promise<never> | undefined;

// Asked for before anything starts: a signal during the start ends what has started by then.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void end(0));
}

try {
  build();
  await startServices();
  const code = values.workbench ? undefined : desktopCode();
  if (code === undefined) await openInWorkbench(Number(values.port));
  else openOnDesktop(code);
  sayWhatToPress();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await end(1);
}

function build(): void {
  console.log('Building …');
  const { status } = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('The build failed.');
}

/** Starts the example's services by the example's own script, and resolves once they have written their `.env`. */
async function startServices(): Promise<void> {
  const child = spawn(process.execPath, [join(EXAMPLE, 'services.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  endings.push(() => stop(child));
  await new Promise<void>((done, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      console.log(`  ${line}`);
      if (line.includes('Ctrl-C stops the services')) done();
    });
    child.once('error', fail);
    child.once('exit', (code) => {
      fail(new Error(`The example's services ended with ${String(code)}.`));
      if (ending === undefined) void end(1);
    });
  });
}

/** The desktop's `code`, if there is one and a display to show it on. */
function desktopCode(): string | undefined {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) return undefined;
  const names = process.platform === 'win32' ? ['code.cmd'] : ['code', 'code-insiders', 'codium'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

/** Opens a window with a profile of its own, so that it can be ended without touching windows that are open already. */
function openOnDesktop(code: string): void {
  mkdirSync(PROFILE, { recursive: true });
  console.log(`\nOpening the example with ${code} …`);
  const args = ['--wait', '--new-window', '--disable-workspace-trust', `--user-data-dir=${PROFILE}`];
  const child = spawn(code, [...args, `--extensionDevelopmentPath=${ROOT}`, EXAMPLE], {
    stdio: 'ignore',
    shell: process.platform === 'win32',
    env: { ...process.env, ...serviceEnvironment() },
  });
  endings.push(async () => {
    endDesktopWindow();
    await stop(child);
  });
  child.once('error', (error) => {
    console.error(`${code} could not be started: ${error.message}`);
    void end(1);
  });
  child.once('exit', () => void end(0)); // the window was closed
}

/** The window's process is not a child of `code --wait`; VS Code writes its id into the profile. */
function endDesktopWindow(): void {
  const lock = join(PROFILE, 'code.lock');
  const pid = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : NaN;
  if (Number.isInteger(pid) && pid > 0) kill(pid, 'SIGTERM');
}

async function openInWorkbench(port: number): Promise<void> {
  installWorkbench();
  const server = await startServer({ port, env: serviceEnvironment() });
  endings.push(server.stop);
  const url = workbenchUrl(server, { folder: EXAMPLE, extension: ROOT });
  console.log(`\nOpen this address in a browser:\n\n  ${styleText(['bold', 'underline'], url)}`);
}

/** The services' addresses and keys, for whatever is started from the window. */
function serviceEnvironment(): NodeJS.Dict<string> {
  return parseEnv(readFileSync(join(EXAMPLE, '.env'), 'utf8'));
}

function sayWhatToPress(): void {
  console.log(`
  1. Open order-fulfillment.workflow.yaml, and its diagram with F1, “Backstep: Open Diagram to the Side”.
  2. Set a breakpoint left of a state's line number, on a “compensate” line for example.
  3. Press F5, choose an order such as “declined”, and step with F10 and F11.

  Ctrl-C ends VS Code and the services.`);
}

/** Ends everything, once, and then this program. */
function end(code: number): Promise<never> {
  ending ??= (async () => {
    for (const finish of endings.reverse()) await finish();
    process.exit(code);
  })();
  return ending;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended already
  }
}
