import type { Locator, Page } from 'playwright-core';
import { until } from '../wait.ts';
import { rowTexts } from './rows.ts';

export interface QuickInput {
  /** Runs a command by its exact title in the palette, e.g. `View: Toggle Terminal`. */
  run: (title: string) => Promise<void>;
  /** Opens a file of the folder by its path. */
  openFile: (path: string) => Promise<void>;
  /** Moves the cursor of the active editor; both counted from 1. */
  goTo: (line: number, column?: number) => Promise<void>;
  /** Chooses an entry of the quick pick that is open. */
  pick: (label: string | RegExp) => Promise<void>;
  /** Waits until typing `text` offers `there`, fails if it offers any of `absent`, and closes the list. */
  offers: (text: string, there: string, absent: readonly string[]) => Promise<void>;
  /** Waits until a question with these words in its title is open. */
  waitFor: (title: string) => Promise<void>;
  /** Answers the input box that is open. */
  answer: (text: string) => Promise<void>;
}

export function quickInput(page: Page): QuickInput {
  const widget = page.locator('.quick-input-widget');
  const input = widget.locator('input.input');
  const rows = widget.locator('.quick-input-list .monaco-list-row');

  const closed = (): Promise<void> => widget.waitFor({ state: 'hidden' });
  const open = async (key: string): Promise<void> => {
    // What is typed must not reach the question before, which may still be on its way out.
    await closed();
    await page.keyboard.press(key);
    await input.waitFor({ state: 'visible' });
  };
  const rowOf = (label: string | RegExp): Locator =>
    rows.filter({ has: page.locator('.label-name', { hasText: label }) }).first();
  const pick = (label: string | RegExp): Promise<void> => rowOf(label).click();

  return {
    run: async (title) => {
      // What is offered is settled when the palette opens, and soon after a start trust in the folder may be unsettled.
      await until(
        `the command “${title}”`,
        async () => {
          await open('F1');
          await input.fill(`>${title}`);
          const isOffered = await rowOf(title)
            .waitFor({ timeout: 3_000 })
            .then(
              () => true,
              () => false,
            );
          if (!isOffered) await page.keyboard.press('Escape');
          return isOffered;
        },
        { seen: () => rowTexts(rows) },
      );
      await pick(title);
    },
    openFile: async (path) => {
      await open('Control+p');
      await input.fill(path);
      const name = path.slice(path.lastIndexOf('/') + 1);
      await pick(name);
      await closed();
      await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
      await page.locator('.editor-instance .view-line').first().waitFor();
    },
    goTo: async (line, column = 1) => {
      await open('Control+g');
      await input.fill(`:${line}:${column}`);
      await rows.filter({ hasText: `go to line ${line} at column ${column}` }).click();
      await closed();
      await page.locator('.statusbar-item', { hasText: new RegExp(`Ln ${line}, Col ${column}\\b`) }).waitFor();
    },
    pick,
    offers: async (text, there, absent) => {
      await open('F1');
      await input.fill(text);
      await rows.filter({ hasText: there }).first().waitFor();
      const found = (await rowTexts(rows)).filter((row) => absent.some((words) => row.includes(words)));
      await page.keyboard.press('Escape');
      await closed();
      if (found.length > 0) throw new Error(`Offered: ${found.join('; ')}`);
    },
    waitFor: (title) => widget.locator('.quick-input-title', { hasText: title }).waitFor(),
    answer: async (text) => {
      await input.waitFor({ state: 'visible' });
      await input.fill(text);
      await page.keyboard.press('Enter');
    },
  };
}
