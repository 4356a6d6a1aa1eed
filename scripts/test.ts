// `npm test`: build, checks, and every suite; the counts of all suites are summed and printed last, alone on a line.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Runs a program with our streams; true when it exits with 0. */
function step(name: string, command: string, args: string[]): boolean {
  console.log(`\n── ${name}`);
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
}

const scratch = mkdtempSync(join(tmpdir(), 'backstep-test-'));
const counts = { passed: 0, failed: 0 };
let ok = step('build', 'npm', ['run', '--silent', 'build']);
ok = step('types', 'npm', ['run', '--silent', 'check']) && ok;
ok = step('lint', 'npm', ['run', '--silent', 'lint']) && ok;
for (const suite of ['unit', 'crash']) {
  const report = join(scratch, `${suite}.json`);
  ok =
    step(suite, 'npx', [
      'vitest',
      'run',
      '--project',
      suite,
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]) && ok;
  const json = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
  counts.passed += json.numPassedTests;
  counts.failed += json.numFailedTests;
}
rmSync(scratch, { recursive: true, force: true });
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = ok && counts.failed === 0 ? 0 : 1;
