import type { FrameLocator, Page } from 'playwright-core';

export interface Webviews {
  /** The document of a webview that is shown: the only one, or the one in the tab with this title. */
  document: () => FrameLocator;
  /** Waits for the tab of a webview. */
  waitForTab: (title: string) => Promise<void>;
}

export function webviews(page: Page): Webviews {
  return {
    document: () => page.frameLocator('iframe.webview.ready').frameLocator('#active-frame'),
    waitForTab: async (title) => {
      await page.locator('.tab', { hasText: title }).first().waitFor();
    },
  };
}
