import type { Page } from 'playwright-core';
import { until } from '../wait.ts';
import type { QuickInput } from './quick-input.ts';
import { rowTexts } from './rows.ts';

export interface Problems {
  /** Shows the view. */
  open: () => Promise<void>;
  /** Waits for a problem with these words, and, if given, at this place (from 1); the view must be open. */
  waitFor: (words: string, at?: { line: number; column: number }) => Promise<void>;
  /** Waits until the view says that there are none. */
  waitForNone: () => Promise<void>;
}

export function problems(page: Page, quick: QuickInput): Problems {
  const rows = page.locator('.markers-panel .monaco-list-row');
  return {
    open: async () => {
      await quick.run('Problems: Focus on Problems View');
      await page.locator('.markers-panel').waitFor();
    },
    waitFor: async (words, at) => {
      const place = at === undefined ? '' : `Ln ${at.line}, Col ${at.column}`;
      await until(
        `the problem “${words}” ${place}`,
        async () => (await rowTexts(rows)).some((row) => row.includes(words) && row.includes(place)),
        { seen: () => rowTexts(rows) },
      );
    },
    waitForNone: async () => {
      await page.locator('.markers-panel', { hasText: 'No problems have been detected' }).waitFor();
    },
  };
}
