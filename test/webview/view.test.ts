import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ROOT, launchBrowser } from '../support/workbench/index.ts';
import type { View } from './page.ts';
import { bundleView, openView, setTheme } from './page.ts';
import { call, longPlan, nestedPlan, orderPlan, plan, scope, state, to } from './plans.ts';

let browser: Browser;
let files: Map<string, string>;
let views: View[] = [];

beforeAll(async () => {
  [browser, files] = await Promise.all([launchBrowser(), bundleView()]);
  mkdirSync(join(ROOT, '.screenshots'), { recursive: true });
}, 60_000);
afterAll(() => browser.close());
afterEach(() => {
  for (const { complaints } of views) expect(complaints).toEqual([]);
  views = [];
});

async function open(theme: 'light' | 'dark' | 'hc' = 'light'): Promise<View> {
  const view = await openView(browser, files, theme);
  views.push(view);
  onTestFinished(() => view.page.close());
  return view;
}

const picture = (view: View, name: string) =>
  view.page.screenshot({ path: join(ROOT, '.screenshots', `view-${name}.png`) });

const transform = (view: View) =>
  view.page.locator('#canvas').evaluate((canvas: HTMLElement) => canvas.style.transform);

describe('the diagram in its page', () => {
  test('draws states, kinds of edges and compensations in every kind of theme', async () => {
    const view = await open();
    await view.send({ type: 'plan', plan: orderPlan(), complete: true });
    expect((await view.take('drawn')).nodes).toBe(8);
    for (const theme of ['light', 'dark', 'hc'] as const) {
      await setTheme(view.page, theme);
      await picture(view, `order-${theme}`);
    }
    expect(await view.page.locator('path.edge-undo').count()).toBe(2);
    expect(await view.page.locator('path.edge-error').count()).toBe(1);
    const dashes = view.page.locator('path.edge-undo').first();
    expect(await dashes.evaluate((path) => getComputedStyle(path).strokeDasharray)).toBe('5px, 4px');
    expect(await view.page.locator('.choice-name').textContent()).toBe('check_amount');
  });

  test('a click on a node, and Enter on it, ask for its place in the file', async () => {
    const order = orderPlan();
    const view = await open();
    await view.send({ type: 'plan', plan: order, complete: true });
    await view.take('drawn');
    const [reserve, check] = order.root.states;
    await view.page.locator('[aria-label="reserve_stock, call"]').click();
    expect((await view.take('reveal')).range).toEqual(reserve?.nameRange);
    await view.page.locator('[aria-label="payments.refund, compensation of charge"]').click();
    expect((await view.take('reveal')).range).toEqual(order.root.states[4]?.compensate?.lineRange);
    await view.page.locator('[aria-label="reserve_stock, call"]').focus();
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('Enter');
    expect((await view.take('reveal')).range).toEqual(check?.nameRange);
  });

  test('a change keeps the zoom, and never shows an empty page', async () => {
    const view = await open();
    await view.send({ type: 'plan', plan: orderPlan(), complete: true });
    await view.take('drawn');
    await view.page.locator('#zoom-in').click();
    const before = await transform(view);
    await view.page.evaluate(() => {
      const counts: number[] = [];
      Object.assign(globalThis, { counts });
      const canvas = document.getElementById('canvas');
      if (!canvas) return;
      const look = () => counts.push(canvas.querySelectorAll('svg').length);
      new MutationObserver(look).observe(canvas, { childList: true });
    });
    const changed = orderPlan();
    const more = [...changed.root.states, state('later', { kind: 'set' }, { next: [to('end')] })];
    await view.send({ type: 'plan', plan: { ...changed, root: { ...changed.root, states: more } }, complete: true });
    expect((await view.take('drawn')).nodes).toBe(9);
    expect(await transform(view)).toBe(before);
    expect(await view.page.evaluate(() => (globalThis as unknown as { counts: number[] }).counts)).toEqual([1]);
    await view.send({ type: 'stale' });
    await view.page.locator('#notice', { hasText: 'last diagram' }).waitFor();
    expect(await view.page.locator('#canvas [role=button]').count()).toBe(9);
  });

  test('marks the innermost node under the cursor', async () => {
    const order = orderPlan();
    const view = await open();
    await view.send({ type: 'plan', plan: order, complete: true });
    await view.take('drawn');
    await view.send({ type: 'cursor', offset: order.root.states[2]?.range.start ?? 0 });
    await view.page.locator('.at-cursor[aria-label="approve, human"]').waitFor();
    await view.send({ type: 'cursor', offset: order.root.states[4]?.compensate?.range.start ?? 0 });
    await view.page.locator('.at-cursor[aria-label^="payments.refund"]').waitFor();
    expect(await view.page.locator('.at-cursor').count()).toBe(1);
    const box = view.page.locator('.at-cursor rect').first();
    expect(await box.evaluate((rect) => getComputedStyle(rect).stroke)).toBe('rgb(0, 95, 184)');
  });

  test('marks where a run stands, its path, and what it undoes', async () => {
    const view = await open('dark');
    await view.send({ type: 'plan', plan: orderPlan(), complete: true });
    await view.take('drawn');
    const path = ['reserve_stock', 'check_amount', 'charge'];
    const run = { run: 'r1', path, undone: [] };
    await view.send({ type: 'run', marks: { ...run, status: 'running', current: 'charge', undoing: false } });
    await view.page.locator('.run-current[aria-label="Charge the card, call"]').waitFor();
    expect(await view.page.locator('.run-visited').count()).toBe(3);
    expect(await view.page.locator('path.run-taken').count()).toBe(3);
    await picture(view, 'run');
    const undone = ['charge'];
    await view.send({
      type: 'run',
      marks: { ...run, undone, status: 'compensating', current: 'reserve_stock', undoing: true },
    });
    await view.page.locator('.run-current[aria-label^="inventory.release"]').waitFor();
    expect(await view.page.locator('.run-current').count()).toBe(1);
    await picture(view, 'compensating');
    await view.send({ type: 'run', marks: null });
    await view.page.locator('body:not(.running)').waitFor();
    expect(await view.page.locator('.run-current, .run-visited, .run-undone').count()).toBe(0);
  });

  test('marks a path that leads through what is inside of states', async () => {
    const view = await open();
    const log = call(null, 'log');
    const inner = scope([state('i', log, { next: [to('j')] }, 's'), state('j', log, { next: [to('end')] }, 's')], {
      id: 's',
    });
    const s = state('s', { kind: 'scope', scope: inner, on: [] }, { next: [to('b')] });
    const all = scope([state('a', log, { next: [to('s')] }), s, state('b', log, { next: [to('a'), to('end')] })]);
    await view.send({ type: 'plan', plan: plan(all), complete: true });
    await view.take('drawn');
    const path = ['a', 's', 's/i', 's/j', 'b', 'a', 's', 's/i', 's/j', 'b'];
    const marks = { run: 'r1', undone: [], current: '', undoing: false };
    const taken = async (): Promise<number> => view.page.locator('path.run-taken').count();
    await view.send({ type: 'run', marks: { ...marks, path: path.slice(0, 5), status: 'running', current: 'b' } });
    await view.page.locator('.run-current[aria-label="b, call"]').waitFor();
    // To a, to s, to i, from i to j, and from s to b.
    expect(await taken()).toBe(5);
    await view.send({ type: 'run', marks: { ...marks, path, status: 'completed' } });
    await view.page.locator('#status', { hasText: 'completed' }).waitFor();
    // And back from b to a, and to the end.
    expect(await taken()).toBe(7);
  });

  test('zooms, moves and shows all by keyboard and by wheel', async () => {
    const view = await open();
    await view.send({ type: 'plan', plan: orderPlan(), complete: true });
    await view.take('drawn');
    const first = await transform(view);
    await view.page.locator('#frame').focus();
    await view.page.keyboard.press('+');
    await view.page.keyboard.press('ArrowRight');
    await view.page.mouse.move(300, 300);
    await view.page.mouse.wheel(0, 120);
    expect(await transform(view)).not.toBe(first);
    await view.page.keyboard.press('0');
    await expect.poll(() => transform(view)).toBe(first);
    expect((await view.state())?.uri).toBe('file:///test.workflow.yaml');
  });

  test('fits itself into its frame until somebody zooms', async () => {
    const view = await open();
    await view.send({ type: 'plan', plan: orderPlan(), complete: true });
    await view.take('drawn');
    const first = await transform(view);
    await view.page.setViewportSize({ width: 700, height: 500 });
    await expect.poll(() => transform(view)).not.toBe(first);
    const fitted = await transform(view);
    await view.page.locator('#zoom-in').click();
    const zoomed = await transform(view);
    expect(zoomed).not.toBe(fitted);
    await view.page.setViewportSize({ width: 900, height: 700 });
    await view.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await transform(view)).toBe(zoomed);
    await view.page.locator('#zoom-fit').click();
    expect(await transform(view)).toBe(first);
  });

  test('draws branches, items and scopes inside of their states', async () => {
    const view = await open();
    await view.send({ type: 'plan', plan: nestedPlan(), complete: true });
    const { nodes } = await view.take('drawn');
    await picture(view, 'nested');
    expect(await view.page.locator('#canvas [role=button]').count()).toBe(nodes);
    expect(await view.page.locator('g.statediagram-cluster[role=button]').count()).toBe(3);
    await view.page.locator('[aria-label="send, call"]').last().click();
    expect((await view.take('reveal')).range.start).toBeGreaterThan(0);
    await view.page.locator('[aria-label="notify, parallel"] .cluster-label').click();
    await view.take('reveal');
  });

  test('draws 500 states', async () => {
    const view = await open();
    await view.send({ type: 'plan', plan: longPlan(500), complete: true });
    expect((await view.take('drawn')).nodes).toBe(667);
    await picture(view, '500-states');
    expect(await view.page.locator('#canvas [role=button]').count()).toBe(667);
  }, 120_000);

  test('shows any text as it is', async () => {
    const view = await open();
    const titles = [
      '<img src=x onerror="document.title=1">',
      '__proto__ **bold** `code` ~~gone~~',
      '"quotes": %% and {braces} --> [*]; #35; &amp;',
      'direction TB <<choice>> end',
      '1. one\n- two\n# three',
      '日本語 العربية 🎉',
    ];
    const states = titles.map((title, at) =>
      state(`s${at}`, call(null, 'log'), { title, next: [to(at + 1 < titles.length ? `s${at + 1}` : 'end', title)] }),
    );
    await view.send({ type: 'plan', plan: plan(scope(states)), complete: true });
    await view.take('drawn');
    await picture(view, 'any-text');
    const shown = await view.page.locator('#canvas .node .nodeLabel').allTextContents();
    const labels = shown.filter((text) => text !== 'log' && text !== '');
    expect(labels).toEqual(titles.map((title) => title.replace(/\s+/g, ' ')));
    expect(await view.page.title()).toBe('Workflow diagram');
  });
});
