import { existsSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../support/workbench/index.ts';
import { stage } from './harness.ts';

const { open } = stage({ restricted: true });

test('in a folder that nobody trusts a workflow is checked and drawn, and not run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'backstep-stranger-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(ROOT, 'test', 'e2e', 'fixtures', 'workspace'), folder, { recursive: true });
  const workbench = await open({ folder, extension: ROOT });
  const { editor, menus, quick, page } = workbench;
  await quick.openFile('saga.workflow.yaml');
  await quick.run('Backstep: Open Diagram to the Side');
  await workbench.webviews.document().locator('[role=button][aria-label^="charge,"]').waitFor();
  for (const lens of ['Run', 'Debug']) {
    await editor.lens(lens);
    expect(await menus.dialog()).toContain('Do you trust the authors');
    await workbench.screenshot('restricted');
    await menus.press('Cancel');
  }
  // No command that runs anything is offered.
  await quick.offers('>Backstep: ', 'Backstep: Open Diagram to the Side', [
    'Run Workflow',
    'Debug Workflow',
    'Debug a Run',
  ]);
  expect(existsSync(join(folder, '.backstep'))).toBe(false);
  expect(await page.locator('.debug-toolbar:visible').count()).toBe(0);
});
