import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { VIEWPORT } from '../browser.ts';
import { ROOT } from '../install.ts';
import { workbenchUrl } from '../server.ts';
import type { Server, WorkbenchAddress } from '../server.ts';
import { breakpoints } from './breakpoints.ts';
import type { Breakpoints } from './breakpoints.ts';
import { debug } from './debug.ts';
import type { Debug } from './debug.ts';
import { editor } from './editor.ts';
import type { Editor } from './editor.ts';
import { runHistory } from './history.ts';
import type { RunHistory } from './history.ts';
import { menus } from './menu.ts';
import type { Menus } from './menu.ts';
import { problems } from './problems.ts';
import type { Problems } from './problems.ts';
import { quickInput } from './quick-input.ts';
import type { QuickInput } from './quick-input.ts';
import { webviews } from './webview.ts';
import type { Webviews } from './webview.ts';

const SCREENSHOTS = join(ROOT, '.screenshots');

/** A person's view of VS Code: every method waits for the state it brings about, none for a time. */
export interface Workbench {
  quick: QuickInput;
  editor: Editor;
  problems: Problems;
  breakpoints: Breakpoints;
  debug: Debug;
  history: RunHistory;
  menus: Menus;
  webviews: Webviews;
  /** The page itself, for what the parts above do not cover. */
  page: Page;
  /** What the browser's console and uncaught errors said. */
  consoleLog: () => string[];
  /** Waits until the extension of this name, installed or under development, is activated. */
  waitForActivation: (name: string) => Promise<void>;
  /** Writes `.screenshots/NAME.png`. */
  screenshot: (name: string) => Promise<void>;
  close: () => Promise<void>;
}

/** Opens a folder in a browser context of its own and waits until the workbench is restored. */
export async function openWorkbench(browser: Browser, server: Server, address: WorkbenchAddress): Promise<Workbench> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const log: string[] = [];
  page.on('console', (message) => log.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => log.push(`page error: ${error.message}`));
  await page.goto(workbenchUrl(server, address), { waitUntil: 'domcontentloaded' });
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 60_000 });
  await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });

  const quick = quickInput(page);
  return {
    page,
    quick,
    editor: editor(page),
    problems: problems(page, quick),
    breakpoints: breakpoints(page),
    debug: debug(page, quick),
    history: runHistory(page),
    menus: menus(page),
    webviews: webviews(page),
    consoleLog: () => log,
    waitForActivation: (name) => waitForActivation(page, quick, name),
    screenshot: async (name) => {
      mkdirSync(SCREENSHOTS, { recursive: true });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
    },
    close: () => context.close(),
  };
}

/** The editor of running extensions lists each activated one with the time that its activation took. */
async function waitForActivation(page: Page, quick: QuickInput, name: string): Promise<void> {
  await quick.run('Developer: Show Running Extensions');
  const row = page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: name });
  await row.locator('.activation-time', { hasText: /\d+ms/ }).waitFor();
  await quick.run('View: Close Editor');
  await page.locator('.runtime-extensions-editor').waitFor({ state: 'hidden' });
}
