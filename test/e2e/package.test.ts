import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/workbench/index.ts';
import { stage } from './harness.ts';

const scratch = mkdtempSync(join(tmpdir(), 'backstep-package-'));
const vsix = join(scratch, 'backstep.vsix');

beforeAll(() => {
  const args = [join(ROOT, 'scripts', 'package.ts'), '--out', vsix];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
});

afterAll(() => rmSync(scratch, { recursive: true }));

const { open } = stage({ vsix: [vsix] });

test('the package is small, and works where it is installed', async () => {
  expect(statSync(vsix).size).toBeLessThan(2 * 1024 * 1024);
  const workbench = await open({ folder: join(ROOT, 'test', 'e2e', 'fixtures', 'workspace') });
  await workbench.quick.openFile('broken.workflow.yaml');
  await workbench.waitForActivation('Backstep');
  await workbench.problems.open();
  await workbench.problems.waitFor('gret', { line: 5, column: 8 });
  expect(await workbench.page.title()).not.toContain('[Extension Development Host]');
});

test('the package draws, runs and debugs where it is installed', async () => {
  const folder = join(scratch, 'workspace');
  cpSync(join(ROOT, 'test', 'e2e', 'fixtures', 'workspace'), folder, { recursive: true });
  const workbench = await open({ folder });
  const { debug, editor, quick } = workbench;
  await quick.openFile('saga.workflow.yaml');
  await quick.run('Backstep: Open Diagram to the Side');
  const diagram = workbench.webviews.document();
  await diagram.locator('[role=button][aria-label^="reserve,"]').waitFor();
  await quick.run('View: Show Run and Debug');
  await editor.lens('Debug');
  await workbench.page.locator('.quick-input-widget', { hasText: 'Input of the run, as JSON' }).waitFor();
  await quick.answer('{"orderId":"o-1"}');
  await debug.waitForStop({ line: 29, frame: 'refuse' });
  await workbench.screenshot('packaged');
  await debug.continue();
  await debug.waitForEnd();
  await quick.run('Debug Console: Focus on Debug Console View');
  await debug.waitForOutput('compensated: order.refused');
  await diagram.locator('.run-undone[aria-label^="reserve,"]').waitFor();
});
