import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/workbench/index.ts';
import { stage } from './harness.ts';

const { open } = stage();

test('a workflow file activates the extension', async () => {
  const folder = join(ROOT, 'test', 'e2e', 'fixtures', 'workspace');
  const workbench = await open({ folder, extension: ROOT });
  await workbench.quick.openFile('hello.workflow.yaml');
  await workbench.editor.waitForLine('call: log');
  await workbench.waitForActivation('Backstep');
  await workbench.screenshot('activation');
  expect(await workbench.page.title()).toContain('[Extension Development Host]');
});
