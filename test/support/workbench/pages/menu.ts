import type { Locator, Page } from 'playwright-core';
import { until } from '../wait.ts';

export interface Menus {
  /** Opens the context menu of what is found and chooses an entry of it. */
  choose: (on: Locator, entry: string) => Promise<void>;
  /** The modal dialog: what it says, once it is there. */
  dialog: () => Promise<string>;
  /** Presses a button of the modal dialog and waits until it is gone. */
  press: (button: string) => Promise<void>;
}

export function menus(page: Page): Menus {
  const dialog = page.locator('.monaco-dialog-box');
  return {
    choose: async (on, entry) => {
      await on.click({ button: 'right' });
      const menu = page.locator('.monaco-menu');
      const item = menu.locator('.action-item', { hasText: entry }).first();
      await item.waitFor();
      // A menu that has just opened takes the click that opened it for a stray one, so it may need another.
      await until(`the entry ${entry} taken`, async () => {
        if ((await menu.count()) === 0) return true;
        await item.click({ timeout: 1_000 });
        return (await menu.count()) === 0;
      });
    },
    dialog: async () => {
      await dialog.waitFor();
      return dialog.innerText();
    },
    press: async (button) => {
      await dialog.locator('.monaco-button', { hasText: new RegExp(`^${button}$`) }).click();
      await dialog.waitFor({ state: 'hidden' });
    },
  };
}
