import type { Page } from 'playwright-core';
import { until } from '../wait.ts';
import { rowTexts } from './rows.ts';

export interface RunHistory {
  /** Opens the view, which is folded at first. */
  open: () => Promise<void>;
  /** Moves the session to the record with these words. */
  goTo: (words: string) => Promise<void>;
  /** Waits until the record with these words is marked as where the view stands. */
  waitForView: (words: string) => Promise<void>;
  /** The records that are on screen. */
  records: () => Promise<string[]>;
}

export function runHistory(page: Page): RunHistory {
  const header = page.locator('.pane-header[aria-label^="History"]');
  const list = page.locator('.pane', { has: header }).locator('.monaco-list');
  const rows = list.locator('.monaco-list-row');
  const records = (): Promise<string[]> => rowTexts(rows);
  return {
    records,
    open: async () => {
      await header.click();
      await rows.first().waitFor();
    },
    goTo: async (words) => {
      const row = rows.filter({ hasText: words }).first();
      await list.hover();
      // Only the rows on screen are there, so the list is scrolled through, from its end to its beginning.
      await until(
        `a click on the record “${words}”`,
        async () => {
          if ((await row.count()) > 0) {
            // A row that is half out of sight does not take a click.
            const taken = await row.click({ timeout: 500 }).then(
              () => true,
              () => false,
            );
            if (taken) return true;
          }
          await page.mouse.wheel(0, -40);
          return false;
        },
        { seen: records },
      );
    },
    waitForView: async (words) => {
      const here = async (): Promise<boolean> =>
        (await records()).some((row) => row.includes(words) && row.includes('where the view stands'));
      await until(`the view at “${words}”`, here, { seen: records });
    },
  };
}
