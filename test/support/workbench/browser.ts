import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { installChromium } from './install.ts';

/** The window of every test, so that screenshots are alike. */
export const VIEWPORT = { width: 1440, height: 900 };

/** A headless Chromium that reaches nothing but loopback on its own account. */
export async function launchBrowser(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  return chromium.launch({
    executablePath: installChromium(),
    // Inside a container, or as root, Chromium's own sandbox cannot be set up; the pages are ours.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', ...quiet],
  });
}
