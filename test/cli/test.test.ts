/** `backstep test` and `backstep explore` as processes: what they print, and their exit statuses. */
import { describe, it } from 'vitest';
import { backstep, folderWith, jsonLines, PATIENCE_MS } from './backstep.ts';
import { ORDER } from './fixtures.ts';

const SCENARIOS = `workflow: ./order.workflow.yaml
mocks:
  stock.reserve: { return: { id: r-1 } }
  stock.release: { return: {} }
  cards.charge: { return: { id: c-1 } }
scenarios:
  it works:
    input: { amount: 5 }
    expect: { status: completed }
  it does not:
    input: { amount: 5 }
    expect:
      path: [reserve, charge]
`;

const FILES = { ...ORDER, 'order.workflow.test.yaml': SCENARIOS };

describe.concurrent('test', { timeout: PATIENCE_MS }, () => {
  it('shows what differs, where that is expected, and exits with 1', async ({ expect }) => {
    const cwd = folderWith(FILES);
    const { status, stdout } = await backstep(['test'], { cwd });
    expect(status, stdout).toBe(1);
    expect(stdout).toContain('✓ it works');
    expect(stdout).toMatch(/✗ it does not[\s\S]*order\.workflow\.test\.yaml:13:7 Another path[\s\S]*\+ {3}"pause"/);
    expect(stdout).toContain('1 passed, 1 failed');
  });

  it('reports to programs', async ({ expect }) => {
    const cwd = folderWith(FILES);
    const [json, tap, junit] = await Promise.all(
      (['json', 'tap', 'junit'] as const).map((reporter) =>
        backstep(['test', 'order.workflow.yaml', '--reporter', reporter, '--coverage'], { cwd }),
      ),
    );
    const lines = jsonLines(json?.stdout ?? '');
    expect(lines[0]).toMatchObject({ scenario: 'it works', ok: true, status: 'completed', failures: [] });
    expect(lines[1]).toMatchObject({ scenario: 'it does not', ok: false });
    expect(lines[2]).toMatchObject({ coverage: 'order' });
    expect(lines[3]).toMatchObject({ files: 1, passed: 1, failed: 1, broken: 0 });
    expect(tap?.stdout).toMatch(/^TAP version 14\n[\s\S]*^ok 1 - [\s\S]*^not ok 2 - [\s\S]*^1\.\.2$/m);
    expect(junit?.stdout).toMatch(/<testsuites name="backstep" tests="2" failures="1" errors="0"/);
    expect(junit?.stderr).toContain('compensations');
  });

  it('says what keeps a file from being played', async ({ expect }) => {
    const cwd = folderWith({
      ...ORDER,
      'order.workflow.test.yaml': 'workflow: ./order.workflow.yaml\nscenarois: {}\n',
    });
    const broken = await backstep(['test'], { cwd });
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain('order.workflow.test.yaml:2:1 error unknown-key');
    const none = await backstep(['test'], { cwd: folderWith({}) });
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('There is no scenario file') as string });
  });
});

describe.concurrent('explore', { timeout: PATIENCE_MS }, () => {
  it('tells how each run ends and what stays undone', async ({ expect }) => {
    const cwd = folderWith(ORDER);
    const explore = ['explore', 'order.workflow.yaml', '--mocks', 'good.yaml', '--input', '{"amount": 5}'];
    const { status, stdout, stderr } = await backstep([...explore, '--json'], { cwd });
    expect(status, stderr).toBe(0);
    const lines = jsonLines(stdout);
    expect(lines[0]).toMatchObject({ kind: 'none', status: 'completed', undone: [] });
    expect(lines.at(-1)).toMatchObject({ differing: 0 });
    const text = await backstep(explore, { cwd });
    expect(text.stdout).toMatch(/crashes changed nothing of how the runs end\.\n$/);
  });
});
