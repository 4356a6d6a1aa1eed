// `npm run test:e2e`: the tests in a real VS Code, both kinds.
//
// - Against VS Code's API (test/e2e/suite): on a desktop VS Code when CI_DESKTOP is set (it is downloaded), otherwise in
//   the workbench, through the same `runTests`.
// - A person's way (test/e2e/*.test.ts): the workbench in a browser.
//
// Its last line is the sum of both. `--report FILE` writes the counts as JSON too.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { ROOT, installChromium, installWorkbench } from '../support/workbench/index.ts';
import type { Counts, Result } from './report.ts';

const { values } = parseArgs({ options: { report: { type: 'string' } } });
const scratch = mkdtempSync(join(tmpdir(), 'backstep-e2e-'));
installWorkbench();
installChromium();

const suites = [await apiSuite(), workbenchSuite()];
rmSync(scratch, { recursive: true, force: true });
const total = suites.reduce((sum, { passed, failed }) => ({
  passed: sum.passed + passed,
  failed: sum.failed + failed,
}));
if (values.report !== undefined) writeFileSync(values.report, JSON.stringify(total));
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function apiSuite(): Promise<Counts> {
  console.log('\n── in VS Code, against its API');
  const report = join(scratch, 'api.json');
  let ended = true;
  try {
    await runTests({
      ...(process.env['CI_DESKTOP'] === undefined
        ? { vscodeExecutablePath: join(ROOT, 'test', 'support', 'workbench', 'code.ts') }
        : {}),
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: join(ROOT, 'dist', 'test', 'suite.cjs'),
      launchArgs: [join(ROOT, 'test', 'e2e', 'fixtures', 'workspace')],
      extensionTestsEnv: { BACKSTEP_TEST_REPORT: report },
    });
  } catch (error) {
    ended = false;
    console.error(error instanceof Error ? error.message : error);
  }
  const results = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as Result[]) : [];
  for (const { title, error } of results) console.log(error === undefined ? ` ✓ ${title}` : ` ✗ ${title}\n${error}`);
  const failed = results.filter(({ error }) => error !== undefined).length;
  // A run that broke before it could report is one failure.
  return { passed: results.length - failed, failed: ended ? failed : Math.max(failed, 1) };
}

function workbenchSuite(): Counts {
  console.log('\n── in the workbench, as a person');
  const report = join(scratch, 'workbench.json');
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'e2e', ...reporters], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const json = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number };
  const failed = status === 0 || json.numFailedTests > 0 ? json.numFailedTests : 1;
  return { passed: json.numPassedTests, failed };
}
