import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../support/workbench/index.ts';
import type { Workbench } from '../support/workbench/index.ts';
import type { Copy } from './example.ts';
import { WORKFLOW, copyExample } from './example.ts';
import { stage } from './harness.ts';

const { open } = stage();
// The editor keeps what was not saved for the folder, so each test has its own.
let order: Copy;
beforeEach(() => {
  order = copyExample();
});
afterEach(() => order.remove());

async function openOrder(): Promise<Workbench> {
  const workbench = await open({ folder: order.folder, extension: ROOT });
  await workbench.quick.openFile(WORKFLOW);
  await workbench.editor.waitForLine('workflow: order-fulfillment');
  return workbench;
}

/** Puts the cursor behind the last character of a line. */
async function goToEnd(workbench: Workbench, line: number): Promise<void> {
  const text = readFileSync(join(order.folder, WORKFLOW), 'utf8').split('\n')[line - 1] ?? '';
  await workbench.editor.focus();
  await workbench.quick.goTo(line, text.length + 1);
}

test('a misspelt state is underlined, and the quick fix spells it right', async () => {
  const workbench = await openOrder();
  const { editor, problems } = workbench;
  const line = order.line('next: check_amount', 'reserve_stock');
  await problems.open();
  await problems.waitForNone();
  await goToEnd(workbench, line);
  for (const key of ['Backspace', 'Backspace']) await editor.press(key);
  await editor.type('t');
  await editor.press('Escape');
  await editor.waitForSquiggles('error');
  await problems.waitFor('check_amout', { line, column: 11 });
  await workbench.screenshot('misspelt-state');
  const fix = await editor.quickFix('check_amount');
  await workbench.screenshot('quick-fix');
  await fix.apply();
  await editor.waitForLine('next: check_amount');
  await problems.waitForNone();
});

test('after next: the states are offered', async () => {
  const workbench = await openOrder();
  const { editor } = workbench;
  await goToEnd(workbench, order.line('next: ship', 'charge'));
  for (const key of ['Backspace', 'Backspace', 'Backspace', 'Backspace']) await editor.press(key);
  await editor.press('Escape');
  const offered = await editor.suggestions(
    'approve',
    'charge',
    'check_amount',
    'refuse',
    'reserve_stock',
    'ship',
    'end',
  );
  expect(offered).not.toContain('payments');
  await workbench.screenshot('completion');
  await editor.accept('ship');
  await editor.waitForLine('next: ship');
});

test('the diagram follows the text and the cursor, and a click on it goes to the source', async () => {
  const workbench = await openOrder();
  const { editor } = workbench;
  await workbench.quick.run('Backstep: Open Diagram to the Side');
  await workbench.webviews.waitForTab(`Diagram: ${WORKFLOW}`);
  const diagram = workbench.webviews.document();
  const node = (name: string) => diagram.locator(`[role=button][aria-label^="${name},"]`);
  await node('Reserve stock').waitFor();
  await node('inventory.release').click();
  await editor.waitForCursor(order.line('compensate:', 'reserve_stock'));
  await node('Ship').click();
  await editor.waitForCursor(order.state('ship'));
  await diagram.locator('.at-cursor[aria-label^="Ship,"]').waitFor();
  await workbench.screenshot('diagram');

  // The zoom stays as the text changes.
  await diagram.locator('#zoom-in').click();
  const canvas = diagram.locator('#canvas');
  const zoomed = await canvas.getAttribute('style');
  await goToEnd(workbench, order.line('title: Ship', 'ship'));
  await editor.type('ping');
  await node('Shipping').waitFor();
  expect(scale(await canvas.getAttribute('style'))).toBe(scale(zoomed));
  await workbench.screenshot('diagram-live');
});

/** The zoom in a style attribute. */
function scale(style: string | null): string | undefined {
  return /scale\(([\d.]+)\)/.exec(style ?? '')?.[1];
}

test('the diagram takes the colours of the theme, and is there again when the window is', async () => {
  const workbench = await openOrder();
  await workbench.quick.run('Backstep: Open Diagram to the Side');
  const diagram = workbench.webviews.document();
  await diagram.locator('[role=button][aria-label^="Ship,"]').waitFor();
  await diagram.locator('body.vscode-light').waitFor();
  await workbench.quick.run('Preferences: Toggle between Light/Dark Themes');
  await diagram.locator('body.vscode-dark').waitFor();
  await workbench.screenshot('diagram-dark');
  const { page } = workbench;
  const colour = (selector: string) =>
    diagram
      .locator(selector)
      .first()
      .evaluate((it) => getComputedStyle(it).stroke || getComputedStyle(it).color);
  expect(await colour('path.edge-next')).toBe(
    await diagram.locator('body').evaluate((body) => getComputedStyle(body).color),
  );

  const reloaded = page.waitForEvent('load');
  await workbench.quick.run('Developer: Reload Window');
  await reloaded;
  await diagram.locator('[role=button][aria-label^="Ship,"]').waitFor({ timeout: 60_000 });
  await workbench.webviews.waitForTab(`Diagram: ${WORKFLOW}`);
  await workbench.screenshot('diagram-restored');
});
