// What the extension costs: the sizes of its bundles, the time until it is active, and the time until a diagram stands.
//   node test/bench/extension.bench.ts
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT, installWorkbench, launchBrowser, openWorkbench, startServer } from '../support/workbench/index.ts';
import { bundleView, openView } from '../webview/page.ts';
import { longPlan } from '../webview/plans.ts';

/** One measured figure; `spread` is the smallest and the largest of several runs, `value` their median. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'KiB';
  readonly spread?: readonly [number, number];
}

/** Builds the extension as it is packaged, in a folder of its own, and measures it. Takes about a minute. */
export async function measureExtension(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-bench-'));
  try {
    const { status } = spawnSync(process.execPath, ['esbuild.mjs', '--production', `--outdir=${folder}`], {
      cwd: ROOT,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('the extension could not be built');
    return [...sizes(folder), loading(folder), await activation(), ...(await drawing())];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each entry with every chunk that it can load, as files and as they are compressed in the package. */
function sizes(folder: string): Figure[] {
  const figures: Figure[] = [];
  for (const entry of ['extension.cjs', 'server.js', 'debugger.js', 'cli.js', 'webview/view.js']) {
    const files = reachable(folder, entry).map((name) => readFileSync(join(folder, name)));
    const raw = files.reduce((sum, file) => sum + file.length, 0);
    const packed = files.reduce((sum, file) => sum + gzipSync(file).length, 0);
    figures.push({ name: `size of ${entry} with its chunks`, value: raw / 1024, unit: 'KiB' });
    figures.push({ name: `size of ${entry} with its chunks, compressed`, value: packed / 1024, unit: 'KiB' });
  }
  return figures;
}

function reachable(folder: string, entry: string): string[] {
  const base = entry.includes('/') ? entry.slice(0, entry.lastIndexOf('/') + 1) : '';
  const chunks = readdirSync(join(folder, base)).filter((name) => name.endsWith('.js'));
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const text = readFileSync(join(folder, name), 'utf8');
    for (const chunk of chunks) if (text.includes(`"./${chunk}"`)) visit(base + chunk);
  };
  visit(entry);
  return [...found];
}

const STAND_IN = `
const Module = require('node:module');
const load = Module._load;
const anything = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === 'then' ? undefined : anything),
  apply: () => anything,
  construct: () => anything,
});
Module._load = function (name, ...rest) {
  return name === 'vscode' ? anything : load.call(this, name, ...rest);
};
const began = performance.now();
require(process.argv[1]).activate({ subscriptions: { push() {} }, globalState: anything, secrets: anything, extensionUri: anything });
process.stdout.write(String(performance.now() - began));
process.exit(0);
`;

/** The extension host's share: loading the bundle and registering, with a stand-in for VS Code's API. */
function loading(folder: string): Figure {
  const program = join(folder, 'stand-in.cjs');
  writeFileSync(program, STAND_IN.replace('process.argv[1]', JSON.stringify(join(folder, 'extension.cjs'))));
  const times = Array.from({ length: 15 }, () =>
    Number(spawnSync(process.execPath, [program], { encoding: 'utf8' }).stdout),
  );
  return summary('loading and registering the extension, in Node', times);
}

/** What VS Code itself says that the activation took, in windows of their own. Uses the build in dist/. */
async function activation(): Promise<Figure> {
  installWorkbench();
  const [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  try {
    const times: number[] = [];
    for (let at = 0; at < 5; at++) {
      const folder = join(ROOT, 'test', 'e2e', 'fixtures', 'workspace');
      const workbench = await openWorkbench(browser, server, { folder, extension: ROOT });
      await workbench.quick.openFile('hello.workflow.yaml');
      await workbench.quick.run('Developer: Show Running Extensions');
      const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row', {
        hasText: 'backstep.backstep',
      });
      const text = await row.locator('.activation-time', { hasText: /\d+ms/ }).textContent();
      times.push(Number(/(\d+)ms/.exec(text ?? '')?.[1]));
      await workbench.close();
    }
    return summary('activation of the extension, in the workbench', times);
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** From a plan to its drawing on the screen, in Chromium. */
async function drawing(): Promise<Figure[]> {
  const browser = await launchBrowser();
  try {
    const files = await bundleView();
    const figures: Figure[] = [];
    for (const [count, runs] of [
      [20, 5],
      [100, 3],
      [500, 3],
    ] as const) {
      const view = await openView(browser, files);
      await view.send({ type: 'plan', plan: longPlan(2), complete: true });
      await view.take('drawn');
      const times: number[] = [];
      for (let at = 0; at < runs; at++) {
        // Another number of states each time, because the same text is not drawn twice.
        await view.send({ type: 'plan', plan: longPlan(count + at), complete: true });
        times.push((await view.take('drawn')).milliseconds);
      }
      figures.push(summary(`drawing a diagram of ${count} states`, times));
      await view.page.close();
    }
    return figures;
  } finally {
    await browser.close();
  }
}

function summary(name: string, times: number[]): Figure {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (place: number): number => sorted[place] ?? NaN;
  return { name, value: at(sorted.length >> 1), unit: 'ms', spread: [at(0), at(sorted.length - 1)] };
}

if (import.meta.main) {
  for (const { name, value, unit, spread } of await measureExtension()) {
    const range = spread ? `  (${spread.map((it) => it.toFixed(1)).join(' … ')})` : '';
    console.log(`${name.padEnd(58)} ${value.toFixed(1).padStart(9)} ${unit}${range}`);
  }
}
