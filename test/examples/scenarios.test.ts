/** Every scenario under `examples/` goes as expected, as `backstep test examples` plays them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isScenarioPath, readScenarios, runScenario } from '../../runner/scenarios.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

const workspaces = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

it.each(workspaces.map(({ name }) => name))('%s has scenarios and a page', (name) => {
  const files = readdirSync(join(EXAMPLES, name));
  expect(files).toContain('README.md');
  expect(files.filter(isScenarioPath)).not.toEqual([]);
});

describe.each(workspaces.map(({ name }) => name))('%s', (workspace) => {
  const files = readdirSync(join(EXAMPLES, workspace)).filter(isScenarioPath);
  const scenarios = files.flatMap((file) => {
    const read = readScenarios(join(EXAMPLES, workspace, file));
    if ('error' in read) throw new Error(read.error.message);
    return read.scenarios;
  });

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    const { failures } = await runScenario(scenario);
    expect(failures).toEqual([]);
  });
});
