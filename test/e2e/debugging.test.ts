import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/workbench/index.ts';
import type { Example } from './example.ts';
import { WORKFLOW, example } from './example.ts';
import { stage } from './harness.ts';

const { open } = stage();
let order: Example;
beforeAll(async () => {
  order = await example();
});
afterAll(() => order.stop());

test('an order that cannot be shipped is debugged to its failure, and its compensations one by one', async () => {
  const workbench = await open({ folder: order.folder, extension: ROOT });
  const { breakpoints, debug, quick } = workbench;
  await quick.openFile(WORKFLOW);
  await quick.run('Backstep: Open Diagram to the Side');
  const diagram = workbench.webviews.document();
  const node = (name: string) => diagram.locator(`[role=button][aria-label^="${name},"]`);
  await node('Ship').waitFor();

  const charge = order.state('charge');
  const ship = order.state('ship');
  await quick.goTo(charge);
  await breakpoints.setInGutter(charge);
  await debug.start();
  await quick.pick('inputs/shipping-fails.json');
  await debug.waitForStop({ line: charge, frame: 'charge' });
  await breakpoints.waitForCount(1);
  await diagram.locator('.run-current[aria-label^="Charge the card,"]').waitFor();
  await debug.expandScope('Compensation stack');
  await debug.expandScope('Data');
  await workbench.screenshot('stopped-at-charge');
  expect((await debug.variables()).join('\n')).toContain('inventory.release');

  await debug.stepOver();
  await debug.waitForStop({ line: ship, frame: 'ship' });
  // The error arises in the child workflow, in its own file.
  await debug.stepOver();
  await debug.waitForStop({ line: 43, frame: 'book', file: 'shipping.workflow.yaml' });
  // The editor may still be opening when VS Code would put its exception widget there, so the call stack is asked.
  await workbench.page.locator('.call-stack-state-message', { hasText: 'Nothing catches http.422' }).waitFor();
  await diagram.locator('.run-current[aria-label^="Ship,"]').waitFor();
  await workbench.screenshot('failure');
  // The child had nothing to undo, and nothing catches its error further out either: what was done there is undone.
  await debug.stepOver();
  await debug.waitForStop({ line: order.line('compensate:', 'charge'), file: WORKFLOW });
  await diagram.locator('.run-current[aria-label^="payments.refund,"]').waitFor();
  await workbench.screenshot('undoing-charge');
  await debug.stepOver();
  await debug.waitForStop({ line: order.line('compensate:', 'reserve_stock') });
  await diagram.locator('.run-current[aria-label^="inventory.release,"]').waitFor();
  await diagram.locator('.run-undone[aria-label^="Charge the card,"]').waitFor();
  await debug.expandScope('State');
  await debug.waitForVariable('input', 'o-1011');
  await workbench.screenshot('undoing-reserve');
  await debug.stepOver();
  await debug.waitForEnd();
  await quick.run('Debug Console: Focus on Debug Console View');
  await debug.waitForOutput('compensated');
  await workbench.screenshot('compensated');

  const [held] = order.databases().filter(({ orderId }) => orderId === 'o-1011');
  expect(held).toMatchObject({ reserved: [], charged: 0 });
});
