// VS Code's server: started for one test file or one `npm start`, in folders of its own that vanish with it.
//
// 1. Nothing of the caller's editor reaches it: own home, own settings, no VSCODE_* variables.
// 2. It does not outlive us: its process group is killed when it is stopped, when we end and when a signal ends us.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { SERVER_ENTRY, cleanEnvironment } from './install.ts';

export interface ServerOptions {
  /** User settings on top of the quiet defaults. */
  settings?: Record<string, unknown>;
  /** Environment variables on top of ours. */
  env?: NodeJS.ProcessEnv;
  /** Packaged extensions to install before the start. */
  vsix?: string[];
  /** The port to listen on; any free one by default. */
  port?: number;
  /** Folders are opened as strangers' ones, that nobody has trusted yet. */
  restricted?: boolean;
}

export interface Server {
  /** `127.0.0.1:PORT` */
  host: string;
  /** What the server has printed so far. */
  log: () => string;
  stop: () => Promise<void>;
}

const START_LIMIT_MS = 60_000;

/** No telemetry, no updates, no welcome, nothing that moves: a test looks at our extension alone. */
const QUIET = {
  'chat.disableAIFeatures': true,
  'debug.openDebug': 'openOnDebugBreak',
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'extensions.webWorker': false,
  'files.autoSave': 'off',
  'files.simpleDialog.enable': true,
  'git.enabled': false,
  'json.schemaDownload.enable': false,
  'remote.autoForwardPorts': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.showReleaseNotes': false,
  'window.dialogStyle': 'custom',
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** Nobody is asked about trust when a folder opens: it is not given. */
const RESTRICTED = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
};

const running = new Set<number>();
let reaping = false;

/** Starts the server and resolves once it listens; the workbench must be installed. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const home = mkdtempSync(join(tmpdir(), 'backstep-workbench-'));
  const userData = join(home, 'user-data');
  const extensions = join(home, 'extensions');
  mkdirSync(join(userData, 'User'), { recursive: true });
  mkdirSync(extensions);
  const settings = { ...QUIET, ...(options.restricted ? RESTRICTED : {}), ...options.settings };
  writeFileSync(join(userData, 'User', 'settings.json'), JSON.stringify(settings, null, 2));
  const env = {
    ...cleanEnvironment(),
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_RUNTIME_DIR: home,
    ...options.env,
  };
  const folders = [
    '--server-data-dir',
    join(home, 'server'),
    '--user-data-dir',
    userData,
    '--extensions-dir',
    extensions,
  ];
  const base = [SERVER_ENTRY, ...folders, '--accept-server-license-terms', '--disable-telemetry'];
  for (const vsix of options.vsix ?? []) {
    const args = [...base, '--install-extension', resolve(vsix), '--force'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${vsix} could not be installed into the workbench:\n${stdout}${stderr}`);
  }
  const listen = ['--host', '127.0.0.1', '--port', String(options.port ?? 0), '--without-connection-token'];
  // The smoke test driver lets an address name the extension under development, as `code` does by arguments.
  const modes = ['--enable-smoke-test-driver', '--disable-experiments'];
  if (!options.restricted) modes.push('--disable-workspace-trust');
  const child = spawn(process.execPath, [...base, ...listen, ...modes], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`VS Code's server could not be started: ${process.execPath}`);
  running.add(pid);
  reapAtEnd();

  const lines: string[] = [];
  const exited = new Promise<void>((done) => child.once('exit', () => done()));
  const port = await new Promise<string>((done, fail) => {
    const late = setTimeout(() => fail(notStarted(`does not listen after ${START_LIMIT_MS} ms`)), START_LIMIT_MS);
    const notStarted = (why: string): Error => new Error(`VS Code's server ${why}:\n${lines.join('\n')}`);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const listening = /Extension host agent listening on (\d+)/.exec(line);
        if (listening?.[1] === undefined) return;
        clearTimeout(late);
        done(listening[1]);
      });
    }
    child.once('exit', (code) => {
      clearTimeout(late);
      fail(notStarted(`ended with ${String(code)}`));
    });
  });

  return {
    host: `127.0.0.1:${port}`,
    log: () => lines.join('\n'),
    stop: async () => {
      kill(pid);
      await exited;
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

export interface WorkbenchAddress {
  /** The folder to open. */
  folder: string;
  /** The extension to load from its sources. */
  extension?: string;
  /** The test index to run instead of waiting for a person. */
  tests?: string;
}

/** The address at which a browser finds a folder opened in this server. */
export function workbenchUrl(server: Server, { folder, extension, tests }: WorkbenchAddress): string {
  const remote = (path: string): string => `vscode-remote://${server.host}${resolve(path)}`;
  const payload: [string, string][] = [];
  if (extension !== undefined) payload.push(['extensionDevelopmentPath', remote(extension)]);
  if (tests !== undefined) payload.push(['extensionTestsPath', remote(tests)]);
  const query = new URLSearchParams({ folder: resolve(folder) });
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  return `http://${server.host}/?${query.toString()}`;
}

function kill(pid: number): void {
  if (!running.delete(pid)) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended by itself: what was wanted
  }
}

function reapAtEnd(): void {
  if (reaping) return;
  reaping = true;
  process.on('exit', () => [...running].forEach(kill));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // A program that ends in its own way after a signal comes to 'exit' by itself.
    if (process.listenerCount(signal) > 0) continue;
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}
