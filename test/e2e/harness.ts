import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Browser } from 'playwright-core';
import { launchBrowser, openWorkbench, startServer } from '../support/workbench/index.ts';
import type { Server, ServerOptions, Workbench, WorkbenchAddress } from '../support/workbench/index.ts';

export interface Stage {
  /** Opens a folder in a window of its own that closes with the test; a failed test leaves a screenshot. */
  open: (address: WorkbenchAddress) => Promise<Workbench>;
}

/** One server and one browser for all tests of the file that calls this at its top. */
export function stage(options: ServerOptions = {}): Stage {
  let server: Server | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(options), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });
  return {
    open: async (address) => {
      if (server === undefined || browser === undefined) throw new Error('open() is for use within a test');
      const workbench = await openWorkbench(browser, server, address);
      onTestFinished(async ({ task }) => {
        if (task.result?.state === 'fail') {
          await workbench.screenshot(`failed-${task.name.replaceAll(/[^\w-]+/g, '-')}`);
        }
        await workbench.close();
      });
      return workbench;
    },
  };
}
