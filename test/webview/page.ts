/** The diagram's page in a browser, bundled from source, with the editor's side played by the test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { diagramPage } from '../../client/page.ts';
import type { FromView, ToView, ViewState } from '../../webview/protocol.ts';
import { ROOT } from '../support/workbench/index.ts';

const ORIGIN = 'https://view.test';

/** The bundle of webview/view.ts: paths below the origin and their contents. */
export async function bundleView(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: { view: join(ROOT, 'webview/view.ts') },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    outdir: '/bundle',
    write: false,
    logLevel: 'error',
  });
  return new Map(outputFiles.map((file) => [file.path.replace(/^.*[\\/]bundle[\\/]/, '/'), file.text]));
}

/** What the editor of the page has been told, and how it answers. */
export interface View {
  readonly page: Page;
  /** Everything that went wrong in the page: uncaught errors, refused loads, requests to anywhere else. */
  readonly complaints: string[];
  send(message: ToView): Promise<void>;
  /** The next message of that type that was not taken yet. */
  take<T extends FromView['type']>(type: T): Promise<Extract<FromView, { type: T }>>;
  state(): Promise<ViewState | undefined>;
}

type Editor = { messages: FromView[]; state: ViewState | undefined };

/** Opens the page in `browser`, in one of VS Code's own themes (test/webview/themes/), under the product's policy. */
export async function openView(
  browser: Browser,
  files: Map<string, string>,
  theme: 'light' | 'dark' | 'hc' = 'light',
): Promise<View> {
  const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const html = diagramPage({
    cspSource: ORIGIN,
    nonce: 'testnonce',
    script: `${ORIGIN}/view.js`,
    style: `${ORIGIN}/view.css`,
    uri: 'file:///test.workflow.yaml',
  });
  await page.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if (url.origin !== ORIGIN) {
      complaints.push(`a request to ${url.href}`);
      return route.abort();
    }
    if (url.pathname === '/') return route.fulfill({ contentType: 'text/html', body: html });
    const body = files.get(url.pathname);
    if (body === undefined) return route.fulfill({ status: 404, body: '' });
    return route.fulfill({ contentType: url.pathname.endsWith('.css') ? 'text/css' : 'text/javascript', body });
  });
  await page.addInitScript(() => {
    const editor: { messages: unknown[]; state: unknown } = { messages: [], state: undefined };
    Object.assign(globalThis, {
      editor,
      acquireVsCodeApi: () => ({
        postMessage: (message: unknown) => editor.messages.push(message),
        getState: () => editor.state,
        setState: (state: unknown) => {
          editor.state = state;
        },
      }),
    });
  });
  await page.goto(`${ORIGIN}/`);
  await setTheme(page, theme);
  const view: View = {
    page,
    complaints,
    send: (message) => page.evaluate((json) => window.postMessage(JSON.parse(json), '*'), JSON.stringify(message)),
    take: async (type) => {
      const handle = await page.waitForFunction((wanted) => {
        const { messages } = (globalThis as unknown as { editor: Editor }).editor;
        const at = messages.findIndex((message) => message.type === wanted);
        return at < 0 ? undefined : messages.splice(at, 1)[0];
      }, type);
      return (await handle.jsonValue()) as Extract<FromView, { type: typeof type }>;
    },
    state: () => page.evaluate(() => (globalThis as unknown as { editor: Editor }).editor.state),
  };
  await view.take('ready');
  return view;
}

/** Sets the variables that VS Code sets for `theme`, as it does when the user changes it. */
export async function setTheme(page: Page, theme: 'light' | 'dark' | 'hc'): Promise<void> {
  const variables = JSON.parse(readFileSync(join(import.meta.dirname, 'themes.json'), 'utf8')) as Record<
    string,
    { class: string; variables: Record<string, string> }
  >;
  await page.evaluate(
    ({ class: name, variables: values }) => {
      document.body.className = name;
      for (const [key, value] of Object.entries(values)) document.documentElement.style.setProperty(key, value);
    },
    variables[theme] ?? { class: '', variables: {} },
  );
}
