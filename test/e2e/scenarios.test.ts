import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { ROOT } from '../support/workbench/index.ts';
import { stage } from './harness.ts';

const { open } = stage();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'backstep-scenarios-'));
  writeFileSync(
    join(folder, 'greet.workflow.yaml'),
    'workflow: greet\ninput: { type: object, required: [name], properties: { name: { type: string } } }\nstates:\n  hello: { call: log, with: { message: "Hello ${ input.name }" }, next: end }\n',
  );
  writeFileSync(
    join(folder, 'greet.workflow.test.yaml'),
    'workflow: ./greet.workflow.yaml\nscenarios:\n  it greets:\n    input: { name: Ada }\n    mocks: { log: { return: null } }\n    expect: { status: completed, path: [hello] }\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a scenario is run from the line of its name, and all are played from their workflow', async () => {
  const { debug, editor, quick, page } = await open({ folder, extension: ROOT });
  await quick.openFile('greet.workflow.test.yaml');
  await editor.lens('Run');
  await debug.waitForEnd();
  await quick.run('Debug Console: Focus on Debug Console View');
  await debug.waitForOutput('completed');

  await quick.openFile('greet.workflow.yaml');
  await editor.lens('Test');
  // The terminal draws its text into a picture; its tab says how the task ended.
  await page.locator('.single-terminal-tab:has(.codicon-check)', { hasText: 'Test' }).waitFor();
});
