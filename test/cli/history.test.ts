/** What the journals tell the language server and `backstep validate` of runs. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createHistory } from '../../cli/history.ts';
import { thisHolder } from '../../runner/journal/holders.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import { startClient, type TestClient } from '../server/client.ts';
import { backstep, folderWith, jsonLines, PATIENCE_MS } from './backstep.ts';

const OLD = `workflow: post
version: 1.2.0
states:
  stamp: { set: {}, next: sort }
  sort: { set: {}, next: bundle }
  bundle: { scope: { states: { tie: { set: {}, next: end } } }, next: end }
`;
const NEW = `workflow: post
version: 2.0.0
migrations:
  - { from: 1.x, states: { sort: stamp } }
states:
  stamp: { set: {}, next: end }
`;

/** Begins a run of a text in the journal of a folder. */
function begin(folder: string, run: string, version: string, text: string): void {
  const journal = openJournal(join(folder, '.backstep', 'runs.db'));
  const row = { run, workflow: 'post', version, file: '/post.yaml', hash: run, resources: null, startedAt: 1 };
  journal.create({ ...row, parent: null }, [[run, text]], thisHolder('test'), 30_000);
  journal.close();
}

describe('the older versions that runs are known of', () => {
  let client: TestClient | null = null;
  afterEach(async () => {
    await client?.close();
    client = null;
  });

  it('show what a migration leaves out, as soon as the journal has a run of them', async () => {
    client = await startClient({ history: createHistory() });
    const file = 'post.workflow.yaml';
    await client.open(file, NEW);
    expect((await client.pushed(file)).diagnostics).toEqual([]);
    begin(client.folder, 'r1', '1.2.0', OLD);
    await client.replace(file, `${NEW}# more\n`);
    const { diagnostics } = await client.pushed(file);
    expect(
      diagnostics.map(({ code, range, message }) => [code, range.start, JSON.stringify(message).slice(1, 36)]),
    ).toEqual([['migration-gap', { line: 3, character: 17 }, '‘bundle’ of version 1.2.0 has no pl']]);
    // Typing on is answered from what is known; a run of a version that is not taken over changes nothing.
    begin(client.folder, 'r2', '0.9.0', OLD.replace('stamp', 'lick'));
    await client.replace(file, `${NEW}# even more\n`);
    expect((await client.pushed(file)).diagnostics).toHaveLength(1);
  });

  it('are asked for in the journal of each file, and stay the same list until it changes', () => {
    const folder = folderWith({ 'a/.backstep.yaml': 'rules: {}', 'b/.backstep.yaml': 'rules: {}' });
    const history = createHistory();
    const versions = (part: string): unknown => history.versions(join(folder, part, 'post.workflow.yaml'), 'post');
    begin(join(folder, 'a'), 'r1', '1.2.0', OLD);
    const first = versions('a');
    expect(first).toEqual([{ version: '1.2.0', states: ['stamp', 'sort', 'bundle', 'bundle/tie'] }]);
    expect(versions('b')).toEqual([]);
    begin(join(folder, 'a'), 'r2', '1.2.0', OLD.replace(' sort:', ' pick:'));
    expect(versions('a')).not.toBe(first);
    const second = versions('a');
    expect(versions('a')).toBe(second);
  });
});

describe('validate', { timeout: PATIENCE_MS }, () => {
  it('knows the older versions from the journal of the runs', async () => {
    const cwd = folderWith({ 'post.workflow.yaml': NEW, 'old/post.workflow.yaml': OLD });
    const clean = await backstep(['validate', 'post.workflow.yaml'], { cwd });
    expect(clean).toMatchObject({ status: 0, stdout: '' });
    const run = ['run', 'old/post.workflow.yaml', '--journal', '.backstep/runs.db'];
    expect(await backstep(run, { cwd })).toMatchObject({ status: 0 });
    const { stdout } = await backstep(['validate', 'post.workflow.yaml', '--format', 'json'], { cwd });
    expect(jsonLines(stdout)).toMatchObject([{ code: 'migration-gap', line: 4, severity: 'warning' }]);
  });
});
