#!/usr/bin/env node
// A stand-in for the program `code`, for `runTests` of @vscode/test-electron: it takes the same arguments, runs the
// same test index in the workbench in a headless Chromium, and ends with the same status.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import { VIEWPORT, launchBrowser } from './browser.ts';
import { installWorkbench } from './install.ts';
import { startServer, workbenchUrl } from './server.ts';

const LIMIT_MS = Number(process.env['BACKSTEP_E2E_LIMIT_MS'] ?? 300_000);

const args = process.argv.slice(2);
const valueOf = (name: string): string | undefined =>
  args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);

process.exitCode = await main();

async function main(): Promise<number> {
  const extension = valueOf('extensionDevelopmentPath');
  const tests = valueOf('extensionTestsPath');
  if (extension === undefined || tests === undefined) {
    console.error('The stand-in for `code` needs --extensionDevelopmentPath=… and --extensionTestsPath=….');
    return 2;
  }
  const folder = args.find((arg) => !arg.startsWith('-')) ?? mkdtempSync(join(tmpdir(), 'backstep-folder-'));
  installWorkbench();
  const server = await startServer();
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: VIEWPORT });
    const ended = new Promise<number>((done) => {
      void page.exposeFunction('codeAutomationExit', (code: number) => done(code));
      page.on('crash', () => done(70));
    });
    const said: string[] = [];
    await page.exposeFunction('codeAutomationLog', (_kind: string, values: unknown[]) => {
      said.push(format(...values).trimEnd());
    });
    await page.goto(workbenchUrl(server, { folder, extension, tests }), { waitUntil: 'domcontentloaded' });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<number>((done) => (timer = setTimeout(() => done(124), LIMIT_MS)));
    const code = await Promise.race([ended, late]);
    clearTimeout(timer);
    // What the workbench says is of interest only when something went wrong; tests report their results by themselves.
    if (code !== 0 || process.env['VERBOSE'] !== undefined) console.log(said.join('\n'));
    if (code === 124) console.error(`The tests did not end within ${LIMIT_MS / 1000} s.\n${server.log()}`);
    return code;
  } finally {
    await browser.close();
    await server.stop();
  }
}
