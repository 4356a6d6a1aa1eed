// `npm test` and `npm run verify`: build, checks, and every suite. The counts of all suites are summed and printed
// last, alone on a line. `--without-e2e` leaves out the tests in a real VS Code.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Counts {
  passed: number;
  failed: number;
}

interface Step {
  name: string;
  /** A program of node_modules/.bin, or node, with its arguments. */
  command: [string, ...string[]];
  /** Reads the counts that the step left, if it is a suite. */
  counts?: () => Counts;
}

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'backstep-test-'));

/** What is built and checked at the same time: none of them depends on another. */
const checks: Step[] = [
  { name: 'build', command: ['node', 'esbuild.mjs'] },
  { name: 'types', command: ['tsc', '-b'] },
  { name: 'lint', command: ['npm', 'run', '--silent', 'lint'] },
];

const suites: Step[] = [vitest('unit'), vitest('crash')];
if (!process.argv.includes('--without-e2e')) {
  const report = join(scratch, 'e2e.json');
  const counts = (): Counts => JSON.parse(readFileSync(report, 'utf8')) as Counts;
  suites.push({ name: 'in VS Code', command: ['node', 'test/e2e/run.ts', '--report', report], counts });
}

const failures: string[] = [];
const total: Counts = { passed: 0, failed: 0 };
const outcomes = await Promise.all(checks.map(async (step) => ({ step, ...(await run(step, 'collected')) })));
for (const { step, ok, output, seconds } of outcomes) {
  console.log(`── ${step.name}: ${ok ? 'ok' : 'FAILED'} (${seconds} s)\n${output}`.trimEnd());
  if (!ok) failures.push(step.name);
}
for (const step of suites) {
  console.log(`\n── ${step.name}`);
  const { ok, seconds } = await run(step, 'shown');
  console.log(`── ${step.name}: ${ok ? 'ok' : 'FAILED'} (${seconds} s)`);
  const { passed, failed } = counted(step);
  total.passed += passed;
  total.failed += ok ? failed : Math.max(failed, 1);
  if (!ok) failures.push(step.name);
}
rmSync(scratch, { recursive: true, force: true });
if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = failures.length === 0 && total.failed === 0 && total.passed > 0 ? 0 : 1;

function vitest(project: string): Step {
  const report = join(scratch, `${project}.json`);
  return {
    name: project,
    command: [
      'vitest',
      'run',
      '--project',
      project,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    counts: () => {
      const json = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number };
      return { passed: json.numPassedTests, failed: json.numFailedTests };
    },
  };
}

/** A suite that broke before it could count has no counts; it is a failure all the same. */
function counted({ counts }: Step): Counts {
  try {
    return counts?.() ?? { passed: 0, failed: 0 };
  } catch (error) {
    console.error(`No counts: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 0 };
  }
}

interface Outcome {
  ok: boolean;
  output: string;
  seconds: string;
}

function run({ command: [name, ...args] }: Step, output: 'shown' | 'collected'): Promise<Outcome> {
  const own = join(root, 'node_modules', '.bin', name);
  const program = name === 'node' ? process.execPath : existsSync(own) ? own : name;
  const start = performance.now();
  // Where nobody looks on, colours would only be noise in the log.
  const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', ...collectedOr(output)] });
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (text += data.toString()));
  return new Promise((done) => {
    const end = (ok: boolean): void =>
      done({ ok, output: text, seconds: ((performance.now() - start) / 1000).toFixed(1) });
    child.once('error', (error) => {
      text += error.message;
      end(false);
    });
    child.once('close', (code) => end(code === 0));
  });
}

function collectedOr(output: 'shown' | 'collected'): ['inherit' | 'pipe', 'inherit' | 'pipe'] {
  return output === 'shown' ? ['inherit', 'inherit'] : ['pipe', 'pipe'];
}
