/** What the journals tell the language server and `backstep validate` of runs. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createHistory } from '../../cli/history.ts';
import { thisHolder } from '../../runner/journal/holders.ts';
import { openJournal } from '../../runner/journal/sqlite.ts';
import type { Hover } from 'vscode-languageserver/node';
import { startClient, type TestClient } from '../server/client.ts';
import { find } from '../server/places.ts';
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

describe('the last run of a text', { timeout: PATIENCE_MS }, () => {
  const TEXT = `workflow: shop
input: { type: object, properties: { sku: { type: string }, list: { type: array, items: { type: integer } } } }
vars: { total: 0 }
participants: { till: { operations: { ring: { shell: [node, -e, "console.log(JSON.stringify({ sum: 12, key: process.env.KEY }))"] } } } }
states:
  first: { call: till.ring, with: { key: "\${ secrets.KEY }" }, assign: { total: "\${ result.sum }" }, next: inside }
  inside:
    scope:
      vars: { note: "a \`note\`" }
      states: { deep: { set: {}, output: "\${ results.first.sum & vars.note & input.list }", next: end } }
    next: each
  each: { foreach: { in: "\${ input.list }", as: n, states: { one: { set: {}, output: "\${ n * 2 }", next: end } } }, next: last }
  last: { set: { total: "\${ vars.total + $sum(results.each) }" }, output: "\${ results.inside & input.sku }", next: end }
`;
  let client: TestClient | null = null;
  afterEach(async () => {
    await client?.close();
    client = null;
  });

  it('is shown where its values are read and declared, and only for this text', async () => {
    const file = 'shop.workflow.yaml';
    client = await startClient({ history: createHistory(), files: { [file]: TEXT } });
    const { folder, request } = client;
    await client.open(file, TEXT);
    const uri = client.uri(file);
    const last = async (word: string, by = 1): Promise<string | null> => {
      const position = find(TEXT, word, 1, by);
      const hover = await request<Hover | null>('textDocument/hover', { textDocument: { uri }, position });
      return (
        /Last run .*$/m.exec(
          JSON.stringify(hover?.contents ?? '')
            .replaceAll('\\n', '\n')
            .replaceAll('\\"', '"'),
        )?.[0] ?? null
      );
    };
    expect(await last('results.first.sum', 15)).toBeNull();
    const input = ['--input', '{"sku":"b","list":[1,2]}', '--id', 'r1'];
    const ran = await backstep(['run', file, ...input], {
      cwd: folder,
      env: { BACKSTEP_SECRET_KEY: 'hush-hush-hush', KEY: 'hush-hush-hush' },
    });
    expect(ran).toMatchObject({ status: 0 });
    const found = await Promise.all([
      last('results.first.sum', 15),
      last('results.first.sum', 9),
      last('  first: {', 3),
      last('vars.note', 6),
      last('deep: {'),
      last('input.list', 7),
      last('each: {'),
      last('one: {'),
      last('vars.total', 6),
      last('{ total: 0', 3),
      last('results.inside', 9),
      last('workflow: shop', 11),
    ]);
    expect(found.map((one) => one?.replace(/"?\}?$/, ''))).toEqual([
      'Last run r1 (completed): `12`',
      expect.stringContaining('{"sum":12,"key":"•••"'),
      expect.stringContaining('{"sum":12,"key":"•••"'),
      'Last run r1 (completed): `` "a `note`" ``',
      'Last run r1 (completed): `` "12a `note`[1,2]" ``',
      'Last run r1 (completed): `[1,2]`',
      'Last run r1 (completed): `[2,4]`',
      'Last run r1 (completed): `4`',
      'Last run r1 (completed): `18`',
      'Last run r1 (completed): `18`',
      expect.stringContaining('12a `note`'),
      undefined,
    ]);
    await client.replace(file, `${TEXT}# another text\n`);
    expect(await last('results.first.sum', 15)).toBeNull();
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
