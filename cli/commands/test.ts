/** `backstep test`: plays scenarios on the virtual clock and says which of them went as expected. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createCoverage, isScenarioPath, readScenarios, runScenario } from '../../runner/scenarios.ts';
import type { ScenarioFileError } from '../../runner/scenarios.ts';
import { CommandError, EXIT_INPUT } from '../exit.ts';
import { findFiles } from '../find-files.ts';
import { findingsOf } from '../findings/finding.ts';
import { formatFinding } from '../findings/text.ts';
import { complain } from '../terminal.ts';
import { jsonReporter } from '../scenarios/json.ts';
import { junitReporter } from '../scenarios/junit.ts';
import type { Reporter } from '../scenarios/reporter.ts';
import { specReporter } from '../scenarios/spec.ts';
import { tapReporter } from '../scenarios/tap.ts';

export const REPORTERS = { spec: specReporter, tap: tapReporter, junit: junitReporter, json: jsonReporter } as const;

export interface TestOptions {
  readonly reporter: keyof typeof REPORTERS;
  readonly coverage?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Plays the scenarios at `paths` and gives the exit status: 0 when all of them went as expected. */
export async function test(paths: readonly string[], options: TestOptions): Promise<number> {
  const files = scenarioFiles(paths.length === 0 ? ['.'] : paths);
  if (files.length === 0) {
    const where = paths.join(', ') || 'this folder';
    throw new CommandError(`There is no scenario file (NAME.workflow.test.yaml) in ${where}.`);
  }
  const reporter: Reporter = REPORTERS[options.json === true ? 'json' : options.reporter]();
  const coverage = createCoverage();
  const begun = performance.now();
  let passed = 0;
  let failed = 0;
  let broken = 0;
  for (const file of files) {
    const read = readScenarios(file);
    if ('error' in read) {
      broken++;
      printFindings(read.error);
      reporter.broken(read.error);
      continue;
    }
    reporter.file(read);
    for (const scenario of read.scenarios) {
      const since = performance.now();
      const result = await runScenario(scenario);
      reporter.result({ ...result, ms: performance.now() - since });
      if (result.failures.length === 0) passed++;
      else failed++;
      const { error } = result;
      if (error?.findings !== undefined && error.text !== undefined && error.file !== undefined)
        for (const finding of findingsOf(error.file, error.text, error.findings)) complain(formatFinding(finding));
      if (result.played !== null) coverage.add(result.played.runs);
    }
  }
  if (options.coverage === true) reporter.coverage(coverage.report());
  reporter.end({ files: files.length, passed, failed, broken, ms: performance.now() - begun });
  return failed + broken === 0 ? 0 : EXIT_INPUT;
}

/** Folders are searched; a workflow stands for the scenario files beside it that run it. */
function scenarioFiles(paths: readonly string[]): readonly string[] {
  const files = paths.flatMap((path) => {
    const found = findFiles([path]);
    if (found.length !== 1 || found[0] !== path || isScenarioPath(path)) return found.filter(isScenarioPath);
    return statSync(path).isDirectory() ? [] : scenariosBeside(path);
  });
  return [...new Set(files)];
}

function scenariosBeside(workflow: string): readonly string[] {
  const folder = dirname(workflow);
  return readdirSync(folder)
    .filter(isScenarioPath)
    .sort()
    .map((name) => (folder === '.' && !workflow.startsWith('.') ? name : join(folder, name)))
    .filter((file) => {
      const read = readScenarios(file);
      return 'error' in read || read.workflow === resolve(workflow);
    });
}

function printFindings({ file, text, findings }: ScenarioFileError): void {
  if (text === null) return;
  for (const finding of findingsOf(file, text, findings)) complain(formatFinding(finding));
}
