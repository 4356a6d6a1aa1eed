// The full-editor harness: what tests and `npm start` use of it.
export { launchBrowser } from './browser.ts';
export { ROOT, installChromium, installWorkbench } from './install.ts';
export { openWorkbench } from './pages/workbench.ts';
export type { Workbench } from './pages/workbench.ts';
export { startServer, workbenchUrl } from './server.ts';
export type { Server, ServerOptions, WorkbenchAddress } from './server.ts';
export { until } from './wait.ts';
