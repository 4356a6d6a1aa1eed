// Installs what the full-editor tests and `npm start` need beyond `npm ci`: VS Code's server and workbench (the npm
// package code-server carries them) into the ignored folder .workbench/, and a Chromium for the tests.
//
// 1. The versions are those of the lock file beside this file; a change of it, or of this file, installs anew.
// 2. An install that was interrupted is never taken for a complete one: the stamp is written last.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const HERE = import.meta.dirname;
const FOLDER = join(ROOT, '.workbench');
const STAMP = join(FOLDER, 'installed');
const SERVER = join(FOLDER, 'node_modules', 'code-server', 'lib', 'vscode');

/** Extensions that come with the server and would only activate, log in or draw beside ours. */
const UNWANTED =
  /^(copilot|emmet|extension-editing|git|git-base|github|github-authentication|grunt|gulp|ipynb|jake|merge-conflict|mermaid-markdown-features|microsoft-authentication|ms-vscode\..*|notebook-renderers|npm|php-language-features|debug-.*|terminal-suggest|tunnel-forwarding|typescript-language-features)$/;

/** VS Code's own server program. (code-server's wrapper around it does not take the arguments that tests need.) */
export const SERVER_ENTRY = join(SERVER, 'out', 'server-main.js');

/** The environment in which `node` and `npm` are those of this project, without what npm told a script. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|VSCODE_|VITEST|NODE_OPTIONS$|PORT$)/.test(name));
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path };
}

/** Installs the workbench unless it is there; a message on standard error says that it may take a moment. */
export function installWorkbench(): void {
  const made = ['package-lock.json', 'install.ts'].map((file) => readFileSync(join(HERE, file)));
  const wanted = createHash('sha256').update(Buffer.concat(made)).digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  console.error(`Installing the VS Code workbench into ${basename(FOLDER)}/ (once, about 230 MB) …`);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(HERE, file), join(FOLDER, file));
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], FOLDER);
  // The server serves its libraries to the browser from its own folder; they are installed one by one above it,
  // because its own list is three times as large and mostly not needed here.
  symlinkSync(join(FOLDER, 'node_modules'), join(SERVER, 'node_modules'), 'dir');
  const extensions = join(SERVER, 'extensions');
  for (const name of readdirSync(extensions)) {
    if (UNWANTED.test(name)) rmSync(join(extensions, name), { recursive: true });
  }
  writeFileSync(STAMP, wanted);
}

/** A Chromium on this machine, installed first if need be: by apt as root, else as Playwright's own download. */
export function installChromium(): string {
  const found = findChromium();
  if (found !== undefined) return found;
  console.error('Installing Chromium for the tests in the editor (once) …');
  const root = process.getuid?.() === 0;
  if (root && existsSync('/usr/bin/apt-get')) {
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'] });
    const args = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env });
  } else {
    const cli = join(ROOT, 'node_modules', 'playwright-core', 'cli.js');
    spawnSync(process.execPath, [cli, 'install', 'chromium'], { stdio: 'inherit' });
  }
  const installed = findChromium();
  if (installed !== undefined) return installed;
  throw new Error(
    'The tests in the editor need Chromium, and it could not be installed. Install it (on Debian, as root: ' +
      '`apt-get install chromium`; elsewhere: `npx playwright-core install chromium`) or name it in CHROMIUM_PATH.',
  );
}

function findChromium(): string | undefined {
  const candidates = [
    process.env['CHROMIUM_PATH'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    chromium.executablePath(),
  ];
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
}

function run(command: string, args: string[], cwd: string): void {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: cleanEnvironment(),
  });
  if (error !== undefined) throw new Error(`${command} could not be started: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} in ${cwd} ended with ${String(status)}`);
}
