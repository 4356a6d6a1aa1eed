import type { Locator, Page } from 'playwright-core';
import { until } from '../wait.ts';
import { rowTexts } from './rows.ts';

export interface Editor {
  /** Puts the keyboard's focus into the active text editor. */
  focus: () => Promise<void>;
  /** Types at the cursor, key by key, as a person does. */
  type: (text: string) => Promise<void>;
  press: (key: string) => Promise<void>;
  save: () => Promise<void>;
  /** The lines that are on screen, top to bottom. */
  lines: () => Promise<string[]>;
  waitForLine: (text: string) => Promise<void>;
  /** The line (from 1) at which the cursor stands. */
  waitForCursor: (line: number) => Promise<void>;
  /** Waits until so many underlines of the kind are on screen; at least one by default. */
  waitForSquiggles: (kind: 'error' | 'warning' | 'info', count?: number) => Promise<void>;
  /** Opens the suggestions at the cursor and waits until all the given labels are among them. */
  suggestions: (...labels: string[]) => Promise<string[]>;
  /** Takes an entry of the open suggestions. */
  accept: (label: string) => Promise<void>;
  /** Opens the quick fixes at the cursor and waits for one with this title. */
  quickFix: (title: string) => Promise<QuickFix>;
  /** The text of the hover over the first occurrence of a word on screen. */
  hover: (word: string) => Promise<string>;
  /** Follows the link of the CodeLens with this title. */
  lens: (title: string) => Promise<void>;
  /** Whatever else a test looks for within the editor. */
  root: Locator;
}

export interface QuickFix {
  apply: () => Promise<void>;
}

export function editor(page: Page): Editor {
  const root = page.locator('.editor-group-container.active .editor-instance');
  const lines = root.locator('.view-lines .view-line');
  const suggest = page.locator('.suggest-widget.visible .monaco-list-row');
  const fixes = page.locator('.action-widget .monaco-list-row');

  const texts = async (): Promise<string[]> => {
    const placed = await lines.evaluateAll((all) =>
      all.map((line) => ({
        top: line.getBoundingClientRect().top,
        text: (line.textContent ?? '').replaceAll('\u00a0', ' '),
      })),
    );
    return placed.sort((a, b) => a.top - b.top).map(({ text }) => text);
  };

  return {
    root,
    focus: async () => {
      await page.locator('.tab.active.selected').first().waitFor();
      // A key that is pressed while a webview still takes the focus is lost, so it is pressed again.
      await until('the focus in the editor', async () => {
        if ((await root.locator('.monaco-editor.focused').count()) > 0) return true;
        await page.keyboard.press('Control+1');
        return false;
      });
    },
    type: async (text) => page.keyboard.type(text),
    press: async (key) => page.keyboard.press(key),
    save: async () => {
      await page.keyboard.press('Control+s');
      await page.locator('.tab.active:not(.dirty)').first().waitFor();
    },
    lines: texts,
    waitForLine: async (text) => {
      await until(`the line “${text}”`, async () => (await texts()).some((line) => line.includes(text)), {
        seen: texts,
      });
    },
    waitForCursor: async (line) => {
      await page.locator('.statusbar-item', { hasText: new RegExp(`Ln ${line}, Col `) }).waitFor();
    },
    waitForSquiggles: async (kind, count) => {
      const all = root.locator(`.squiggly-${kind}`);
      await until(`${count ?? 'any'} underlines of kind ${kind}`, async () => {
        const found = await all.count();
        return count === undefined ? found > 0 : found === count;
      });
    },
    suggestions: async (...labels) => {
      await page.keyboard.press('Control+Space');
      const names = async (): Promise<string[]> => {
        const rows = await suggest.locator('.label-name').allTextContents();
        return rows.map((text) => text.trim());
      };
      return until(
        `the suggestions ${labels.join(', ')}`,
        async () => {
          const all = await names();
          return all.length > 0 && labels.every((label) => all.includes(label)) && all;
        },
        { seen: names },
      );
    },
    accept: async (label) => {
      await suggest
        .filter({ has: page.locator('.label-name', { hasText: label }) })
        .first()
        .click();
      await page.locator('.suggest-widget.visible').waitFor({ state: 'hidden' });
    },
    quickFix: async (title) => {
      const row = fixes.filter({ hasText: title }).first();
      // Before the language server has answered, the menu only says that there is nothing; so it is asked again.
      await until(
        `the quick fix “${title}”`,
        async () => {
          if ((await fixes.count()) === 0) await page.keyboard.press('Control+.');
          await fixes.first().waitFor({ timeout: 2_000 });
          if ((await row.count()) > 0) return true;
          await page.keyboard.press('Escape');
          return false;
        },
        { seen: () => rowTexts(fixes) },
      );
      return {
        apply: async () => {
          await row.click();
          await fixes.first().waitFor({ state: 'hidden' });
        },
      };
    },
    hover: async (word) => {
      const place = await until(`the word “${word}”`, async () => {
        const box = await lines.getByText(word).first().boundingBox();
        return box ?? undefined;
      });
      await page.mouse.move(place.x + 8, place.y + place.height / 2);
      const box = page.locator('.monaco-hover:visible').first();
      await box.waitFor();
      return box.innerText();
    },
    lens: async (title) => {
      const link = root.locator('.codelens-decoration a', { hasText: title });
      // Lenses that VS Code shows from memory are no links; it asks for them anew after the next key.
      await until(`the lens “${title}”`, async () => {
        const isThere = await link.waitFor({ timeout: 4_000 }).then(
          () => true,
          () => false,
        );
        if (isThere) return true;
        await lines.first().click();
        await page.keyboard.press('Space');
        await page.keyboard.press('Control+z');
        return false;
      });
      await link.click();
    },
  };
}
