import type { Locator, Page } from 'playwright-core';
import { until } from '../wait.ts';
import type { QuickInput } from './quick-input.ts';
import { rowTexts } from './rows.ts';

export interface Place {
  /** The line, from 1. */
  line: number;
  /** Part of the top frame's name. */
  frame?: string;
  /** The name of the file that the top frame is in. */
  file?: string;
}

export interface Debug {
  /** F5: starts, or continues a session that has stopped. */
  start: () => Promise<void>;
  continue: () => Promise<void>;
  stepOver: () => Promise<void>;
  stepIn: () => Promise<void>;
  stepOut: () => Promise<void>;
  stepBack: () => Promise<void>;
  /** Presses a button of the debug toolbar by its title. */
  tool: (title: string) => Promise<void>;
  restart: () => Promise<void>;
  stop: () => Promise<void>;
  /** Waits until the session has stopped, with its top frame there and its line marked in the editor. */
  waitForStop: (place: Place) => Promise<void>;
  /** Whether no session is left. */
  isOver: () => Promise<boolean>;
  /** Waits until no session is left. */
  waitForEnd: () => Promise<void>;
  /** The rows of the call stack, top first. */
  callStack: () => Promise<string[]>;
  /** Opens a scope of the Variables view. */
  expandScope: (scope: string) => Promise<void>;
  /** Opens a variable that has parts, below scopes that are open. */
  expand: (variable: string) => Promise<void>;
  /** Waits until a variable that is shown has this value (or a value that contains it). */
  waitForVariable: (name: string, value: string) => Promise<void>;
  /** All rows of the Variables view that are on screen. */
  variables: () => Promise<string[]>;
  /** Sets a variable that is shown, by its context menu. */
  setVariable: (name: string, value: string) => Promise<void>;
  /** Evaluates in the Debug Console. */
  evaluate: (expression: string) => Promise<void>;
  /** Waits for words in the Debug Console. */
  waitForOutput: (words: string) => Promise<void>;
}

export function debug(page: Page, quick: QuickInput): Debug {
  const toolbar = page.locator('.debug-toolbar');
  const frames = page.locator('.debug-call-stack .monaco-list-row');
  const variables = page.locator('.debug-variables .monaco-list-row');
  const consoleRows = page.locator('.repl .monaco-list-row');
  const variable = (name: string): Locator => page.locator(`.debug-variables .monaco-list-row[aria-label^="${name},"]`);
  const scopeRow = (name: string): Locator =>
    page.locator(`.debug-variables .monaco-list-row[aria-label^="Scope ${name}"]`);

  const open = async (row: Locator, what: string): Promise<void> => {
    await until(
      what,
      async () => {
        if ((await row.getAttribute('aria-expanded', { timeout: 1_000 })) === 'true') return true;
        await row.locator('.monaco-tl-twistie').click({ timeout: 1_000 });
        return false;
      },
      { seen: () => rowTexts(variables) },
    );
  };
  const ended = async (): Promise<boolean> =>
    (await page.locator('.debug-toolbar:visible').count()) === 0 &&
    (await page.locator('.statusbar.debugging, .part.statusbar.debugging').count()) === 0;
  const press = (key: string) => (): Promise<void> => page.keyboard.press(key);

  return {
    start: press('F5'),
    continue: async () => toolbar.locator('.action-label[aria-label^="Continue"]').click(),
    stepOver: press('F10'),
    stepIn: press('F11'),
    stepOut: press('Shift+F11'),
    tool: async (title) => toolbar.locator(`.action-label[aria-label^="${title}"]`).click(),
    stepBack: async () => toolbar.locator('.action-label[aria-label^="Step Back"]').click(),
    restart: press('Control+Shift+F5'),
    stop: press('Shift+F5'),
    waitForStop: async ({ line, frame = '', file = '' }) => {
      await until(
        `a stop at line ${line} ${frame} ${file}`,
        async () => {
          const rows = await rowTexts(frames);
          const top = rows.find((row) => /, line \d+,/.test(row));
          const marked = await page.locator('.editor-instance .debug-top-stack-frame-line').count();
          return (
            marked > 0 &&
            top !== undefined &&
            top.includes(`, line ${line},`) &&
            top.includes(frame) &&
            top.includes(file)
          );
        },
        { seen: () => rowTexts(frames) },
      );
    },
    isOver: ended,
    waitForEnd: async () => {
      await until('the end of the session', ended, { seen: () => rowTexts(frames) });
    },
    callStack: () => rowTexts(frames),
    expandScope: (scope) => open(scopeRow(scope), `the scope ${scope} opened`),
    expand: (name) => open(variable(name), `the variable ${name} opened`),
    waitForVariable: async (name, value) => {
      await until(
        `${name} = ${value}`,
        async () =>
          (await rowTexts(variables)).some((row) => {
            const label = row.slice(row.lastIndexOf(' | ') + 3);
            return label.startsWith(`${name}, value `) && label.slice(`${name}, value `.length).includes(value);
          }),
        { seen: () => rowTexts(variables) },
      );
    },
    variables: () => rowTexts(variables),
    setVariable: async (name, value) => {
      await variable(name).first().dblclick();
      const box = page.locator('.debug-variables .monaco-inputbox input');
      await box.waitFor();
      await box.fill(value);
      await page.keyboard.press('Enter');
      await box.waitFor({ state: 'hidden' });
    },
    evaluate: async (expression) => {
      await quick.run('Debug Console: Focus on Debug Console View');
      await page.locator('.repl .repl-input-wrapper .monaco-editor').click();
      await page.keyboard.insertText(expression);
      await page.keyboard.press('Enter');
    },
    waitForOutput: async (words) => {
      await until(
        `“${words}” in the Debug Console`,
        async () => (await rowTexts(consoleRows)).some((row) => row.includes(words)),
        { seen: () => rowTexts(consoleRows) },
      );
    },
  };
}
