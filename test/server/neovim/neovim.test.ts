import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { neovim } from './install.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const COMMAND = [process.execPath, join(ROOT, 'cli/bin.ts'), 'lsp', '--stdio'];

const ORDER = `workflow: order
states:
  pay: { call: log, with: { message: paid }, next: shpi }
  ship: { call: log, with: { message: sent }, next: end }
`;
const SCENARIOS = `workflow: ./order.workflow.yaml
scenarios:
  it ships: { expect: { path: [pay, ship] } }
`;

interface Result {
  readonly failure?: string;
  readonly diagnostics: readonly { readonly code: string; readonly line: number; readonly source: string }[];
  readonly completion: readonly string[];
  readonly definition: readonly number[];
  readonly renamed: string;
  readonly others: Readonly<Record<string, string>>;
}

beforeAll(() => {
  neovim();
}, 180_000);

describe('Neovim, with backstep lsp --stdio', () => {
  it('shows diagnostics, completes, finds definitions and renames', { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'backstep-neovim-'));
    try {
      writeFileSync(join(folder, 'order.workflow.yaml'), ORDER);
      writeFileSync(join(folder, 'order.workflow.test.yaml'), SCENARIOS);
      const script = fileURLToPath(new URL('./drive.lua', import.meta.url));
      const { status, stderr } = spawnSync('nvim', ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-S', script], {
        cwd: folder,
        encoding: 'utf8',
        timeout: 100_000,
        env: {
          ...process.env,
          COMMAND: JSON.stringify(COMMAND),
          FILE: 'order.workflow.yaml',
          RESULT: join(folder, 'result.json'),
          XDG_STATE_HOME: folder,
          XDG_CACHE_HOME: folder,
        },
      });
      const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as Result;
      expect(result.failure, stderr).toBeUndefined();
      expect(status).toBe(0);
      expect(result.diagnostics).toEqual([{ code: 'unknown-state', line: 2, source: 'backstep' }]);
      expect(result.completion).toEqual(['pay', 'ship', 'end']);
      expect(result.definition).toEqual([3, 2]);
      expect(result.renamed).toBe(ORDER.replace('shpi', 'deliver').replace('  ship:', '  deliver:'));
      expect(result.others).toEqual({ 'order.workflow.test.yaml': SCENARIOS.replace('[pay, ship]', '[pay, deliver]') });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
