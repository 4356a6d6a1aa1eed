import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/workbench/index.ts';
import type { Workbench } from '../support/workbench/index.ts';
import type { Example } from './example.ts';
import { WORKFLOW, example } from './example.ts';
import { stage } from './harness.ts';

const { open } = stage();
let order: Example;
beforeAll(async () => {
  order = await example({ withSecret: false });
});
afterAll(() => order.stop());

async function setSecret({ quick, page }: Workbench, name: string, value: string): Promise<void> {
  await quick.run('Backstep: Set a Secret…');
  await quick.answer(name);
  await page.locator('.quick-input-widget input[type=password]').waitFor();
  await quick.answer(value);
  await notification({ quick, page }, `The secret ${name} is stored`);
}

/** Waits for a notification, in their list: under a driver the editor shows none of them by itself. */
async function notification({ quick, page }: Pick<Workbench, 'quick' | 'page'>, text: string): Promise<void> {
  await quick.run('Notifications: Show Notifications');
  await page.locator('.notifications-center', { hasText: text }).waitFor();
  await quick.run('Notifications: Hide Notifications');
}

test('a secret of the editor reaches the run, and is shown nowhere', async () => {
  const workbench = await open({ folder: order.folder, extension: ROOT });
  const { debug, editor, quick } = workbench;
  await quick.openFile(WORKFLOW);
  await setSecret(workbench, 'PAYMENTS_KEY', order.paymentsKey);
  await editor.lens('Run');
  await quick.pick('inputs/completed.json');
  await debug.waitForEnd();
  await quick.run('Debug Console: Focus on Debug Console View');
  await debug.waitForOutput('completed');
  await workbench.screenshot('run-completed');
  const [held] = order.databases().filter(({ orderId }) => orderId === 'o-1001');
  expect(held?.shipment).toBe('booked');
  expect(await workbench.page.locator('.repl').innerText()).not.toContain(order.paymentsKey);
});

test('a person at the editor decides on a large order', async () => {
  const workbench = await open({ folder: order.folder, extension: ROOT });
  const { debug, page, quick } = workbench;
  await quick.openFile(WORKFLOW);
  await setSecret(workbench, 'PAYMENTS_KEY', order.paymentsKey);
  await quick.run('Backstep: Open Diagram to the Side');
  const diagram = workbench.webviews.document();
  await diagram.locator('[role=button]').first().waitFor();
  await workbench.editor.lens('Debug');
  await quick.pick('inputs/needs-approval.json');
  await diagram.locator('.run-current[aria-label^="Approve a large order,"]').waitFor();
  await workbench.screenshot('waiting-for-a-person');
  await quick.run('View: Show Run and Debug');
  await notification(workbench, 'approve waits for a person');
  await quick.run('Backstep: Complete the Waiting Task…');
  await quick.pick('rejected');
  await page.locator('.quick-input-widget', { hasText: 'Form of approve' }).waitFor();
  await quick.answer('{"note":"too much"}');
  await debug.waitForStop({ line: order.line('fail:', 'refuse'), frame: 'refuse' });
  await debug.continue();
  await debug.waitForEnd();
  await quick.run('Debug Console: Focus on Debug Console View');
  await debug.waitForOutput('order.refused');
  await debug.waitForOutput('compensated');
  await workbench.screenshot('refused');
});
