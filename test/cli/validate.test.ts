import { describe, expect, it } from 'vitest';
import { backstep, folderWith, jsonLines, PATIENCE_MS } from './backstep.ts';

const GOOD = `workflow: good
states:
  a:
    set: {}
    next: end
`;
const MISSPELT = `workflow: misspelt
states:
  first:
    set: {}
    next: secnod
  second:
    set: {}
    next: end
`;
/** A state that nothing leads to is worth a warning. */
const WARNING = `workflow: warning
states:
  a:
    set: {}
    next: end
  lonely:
    set: {}
    next: end
`;

describe.concurrent('validate', { timeout: PATIENCE_MS }, () => {
  it('says where each finding is, file by file, and leaves other people’s files alone', async () => {
    const cwd = folderWith({
      'good.workflow.yaml': GOOD,
      'inner/misspelt.workflow.yml': MISSPELT,
      'node_modules/other/misspelt.workflow.yaml': MISSPELT,
      '.git/misspelt.workflow.yaml': MISSPELT,
      'notes.yaml': 'no: workflow',
    });
    const { status, stdout, stderr } = await backstep(['validate'], { cwd });
    expect(status).toBe(1);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^inner\/misspelt\.workflow\.yml:5:11 error unknown-state: .*second/);
    for (const line of lines) expect(line).toMatch(/^inner\/misspelt\.workflow\.yml:\d+:\d+ \w+ [a-z-]+: /);
    expect(stderr).toMatch(/^2 files checked: /);
    const good = await backstep(['validate', 'good.workflow.yaml'], { cwd });
    expect(good).toMatchObject({ status: 0, stdout: '', stderr: '1 file checked, nothing found\n' });
  });

  it('prints a line of JSON for each finding, counted from 1', async () => {
    const cwd = folderWith({ 'm.workflow.yaml': MISSPELT });
    const { status, stdout } = await backstep(['validate', 'm.workflow.yaml', '--format', 'json'], { cwd });
    expect(status).toBe(1);
    const [first] = jsonLines(stdout);
    expect(Object.keys(first ?? {})).toEqual([
      'file',
      'line',
      'column',
      'endLine',
      'endColumn',
      'severity',
      'code',
      'message',
    ]);
    expect(first).toMatchObject({
      file: 'm.workflow.yaml',
      line: 5,
      column: 11,
      endLine: 5,
      endColumn: 17,
      severity: 'error',
      code: 'unknown-state',
    });
    expect((await backstep(['validate', 'm.workflow.yaml', '--json'], { cwd })).stdout).toBe(stdout);
  });

  it('writes SARIF and commands of GitHub', async () => {
    const cwd = folderWith({ 'a folder/m.workflow.yaml': MISSPELT });
    const sarif = await backstep(['validate', '--format', 'sarif'], { cwd });
    expect(sarif.status).toBe(1);
    expect(JSON.parse(sarif.stdout)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'Backstep' } },
          results: expect.arrayContaining([
            expect.objectContaining({
              ruleId: 'unknown-state',
              level: 'error',
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri: 'a%20folder/m.workflow.yaml', uriBaseId: 'ROOT' },
                    region: { startLine: 5, startColumn: 11, endLine: 5, endColumn: 17 },
                  },
                },
              ],
            }),
          ]) as unknown,
        },
      ],
    });
    const github = await backstep(['validate', '--format', 'github'], { cwd });
    expect(github.stdout).toMatch(
      /^::error file=a folder\/m\.workflow\.yaml,line=5,endLine=5,col=11,endColumn=17,title=unknown-state::/,
    );
  });

  it('fails for warnings only with --strict, and sets severities by the workspace’s rules', async () => {
    const cwd = folderWith({ 'w.workflow.yaml': WARNING });
    const mild = await backstep(['validate'], { cwd });
    expect(mild.status).toBe(0);
    expect(mild.stdout).toMatch(/^w\.workflow\.yaml:6:3 warning unreachable-state: /m);
    expect((await backstep(['validate', '--strict'], { cwd })).status).toBe(1);

    const raised = folderWith({
      '.backstep.yaml': 'rules: { unreachable-state: error }\n',
      'inner/w.workflow.yaml': WARNING,
    });
    expect((await backstep(['validate', '.'], { cwd: raised })).status).toBe(1);
    const silenced = folderWith({
      '.backstep.yaml': 'rules: { unreachable-state: off, no-such-code: off }\n',
      'w.workflow.yaml': WARNING,
    });
    const { status, stdout } = await backstep(['validate'], { cwd: silenced });
    expect(status).toBe(1);
    expect(stdout).toMatch(/\.backstep\.yaml:1:34 error unknown-key: .*no-such-code/);
    expect(stdout).not.toContain('unreachable-state:');
  });

  it('says so when there is nothing to check', async () => {
    const cwd = folderWith({ 'inner/notes.txt': '' });
    const none = await backstep(['validate', 'inner'], { cwd });
    expect(none).toMatchObject({ status: 1, stdout: '' });
    expect(none.stderr).toBe('backstep: There is no workflow file (NAME.workflow.yaml) in inner.\n');
    const missing = await backstep(['validate', 'gone.workflow.yaml'], { cwd });
    expect(missing).toMatchObject({ status: 1, stdout: '' });
    expect(missing.stderr).toContain('There is no file gone.workflow.yaml');
  });
});
