import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CallHierarchyIncomingCall,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  CancellationTokenSource,
  DiagnosticSeverity,
  type Location,
  LSPErrorCodes,
  type SymbolInformation,
  type TextDocumentEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { type ClientOptions, startClient, type TestClient } from './client.ts';
import { applied, find, offsetOf } from './places.ts';

const PARENT = `workflow: order
participants:
  payments: { baseUrl: http://localhost:1, operations: { charge: { http: POST /charges } } }
  clerk: { role: clerks }
vars: { note: "" }
events: { order.paid: {} }
errors: { order.refused: { description: No. } }
states:
  charge: { call: payments.charge, next: notify }
  notify:
    parallel:
      branches:
        mail: { states: { send: { emit: order.paid, next: end } } }
    next: ask
  ask:
    human: { assignee: clerk }
    on: { approved: ship }
  ship:
    run: ./sub/ship.workflow.yaml
    catch: [{ errors: [order.refused], next: end }]
    next: end
`;
const CHILD = `workflow: ship
events: { order.paid: {} }
states:
  go: { listen: { on: { order.paid: end }, timeout: 1h, onTimeout: refuse } }
  refuse: { fail: { error: order.refused } }
`;
const SCENARIOS = `workflow: ./order.workflow.yaml
mocks: { payments.charge: { return: {} } }
scenarios:
  it ships:
    mocks: { "state:charge": { fail: { error: order.refused } } }
    events: [{ at: 5m, type: order.paid }]
    decisions: { ask: { outcome: approved } }
    crash: { after: charge }
    expect:
      path: [charge, notify, notify/mail/send, ask]
      compensated: [charge]
      calls: { payments.charge: 2 }
      vars: { note: "" }
      error: order.refused
`;
const FILES = {
  'order.workflow.yaml': PARENT,
  'order.workflow.test.yaml': SCENARIOS,
  'sub/ship.workflow.yaml': CHILD,
  'node_modules/left/out.workflow.yaml': PARENT,
};

const clients: TestClient[] = [];
async function start(options: ClientOptions = {}): Promise<TestClient> {
  const client = await startClient({ files: FILES, ...options });
  clients.push(client);
  return client;
}
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

const text = (path: string): string => FILES[path as keyof typeof FILES];

/** Every file after the edit, by path; only those that it changes. */
function changed(client: TestClient, edit: WorkspaceEdit): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of Object.keys(FILES)) {
    const edits = edit.changes?.[client.uri(path)];
    if (edits !== undefined) files[path] = applied(text(path), edits);
  }
  expect(Object.keys(edit.changes ?? {})).toHaveLength(Object.keys(files).length);
  return files;
}

const renaming = async (path: string, needle: string, by: number, newName: string): Promise<Record<string, string>> => {
  const client = await start();
  const uri = await client.open(path, text(path));
  const position = find(text(path), needle, 1, by);
  return changed(client, await client.request('textDocument/rename', { textDocument: { uri }, position, newName }));
};

describe('renaming across files', () => {
  it('takes the scenarios along that mention a state', async () => {
    const files = await renaming('order.workflow.yaml', '  charge: {', 3, 'pay');
    expect(files).toEqual({
      'order.workflow.yaml': PARENT.replace('  charge: {', '  pay: {'),
      'order.workflow.test.yaml': SCENARIOS.replace('"state:charge"', '"state:pay"')
        .replace('after: charge', 'after: pay')
        .replace('[charge, notify,', '[pay, notify,')
        .replace('[charge]', '[pay]'),
    });
  });

  it('tells states on a way apart', async () => {
    expect(await renaming('order.workflow.yaml', 'send:', 0, 'post')).toEqual({
      'order.workflow.yaml': PARENT.replace('send:', 'post:'),
      'order.workflow.test.yaml': SCENARIOS.replace('mail/send', 'mail/post'),
    });
    expect(await renaming('order.workflow.yaml', 'next: notify', 7, 'tell')).toEqual({
      'order.workflow.yaml': PARENT.replaceAll('notify', 'tell'),
      'order.workflow.test.yaml': SCENARIOS.replaceAll('notify', 'tell'),
    });
  });

  it('begins at a mention in a scenario as well', async () => {
    expect(await renaming('order.workflow.test.yaml', 'payments.charge', 10, 'take')).toEqual({
      'order.workflow.yaml': PARENT.replace('{ charge: {', '{ take: {').replace('payments.charge', 'payments.take'),
      'order.workflow.test.yaml': SCENARIOS.replaceAll('payments.charge', 'payments.take'),
    });
  });

  it.each([
    ['a participant', 'payments:', 'bank', ['payments'], []],
    ['an outcome', 'approved:', 'accepted', ['approved'], []],
    ['a variable', 'note:', 'memo', ['note:'], []],
  ])('takes %s along', async (_, needle, newName, [word = '']) => {
    const files = await renaming('order.workflow.yaml', needle, 0, newName);
    const to = word.endsWith(':') ? `${newName}:` : newName;
    expect(files).toEqual({
      'order.workflow.yaml': PARENT.replaceAll(word, to),
      'order.workflow.test.yaml': SCENARIOS.replaceAll(word, to),
    });
  });

  it('renames events and errors in the whole family', async () => {
    for (const [path, needle, old, newName] of [
      ['order.workflow.yaml', 'order.paid', 'order.paid', 'order.settled'],
      ['sub/ship.workflow.yaml', 'order.paid: end', 'order.paid', 'order.settled'],
      ['order.workflow.yaml', 'order.refused', 'order.refused', 'order.denied'],
    ] as const) {
      expect(await renaming(path, needle, 2, newName)).toEqual({
        'order.workflow.yaml': PARENT.replaceAll(old, newName),
        'order.workflow.test.yaml': SCENARIOS.replaceAll(old, newName),
        'sub/ship.workflow.yaml': CHILD.replaceAll(old, newName),
      });
    }
  });

  it('names versions, and the text of the editor counts', async () => {
    const client = await start({ capabilities: { workspace: { workspaceEdit: { documentChanges: true } } } });
    const uri = await client.open('order.workflow.yaml', PARENT);
    const scenarios = await client.open('order.workflow.test.yaml', SCENARIOS.replace('compensated: [charge]', ''));
    await client.replace('order.workflow.test.yaml', `# new\n${SCENARIOS}`);
    const position = find(PARENT, '  charge: {', 1, 3);
    const edit = await client.request<WorkspaceEdit>('textDocument/rename', {
      textDocument: { uri },
      position,
      newName: 'pay',
    });
    const changes = (edit.documentChanges ?? []) as TextDocumentEdit[];
    expect(changes.map(({ textDocument }) => [textDocument.uri, textDocument.version])).toEqual([
      [uri, 1],
      [scenarios, 2],
    ]);
    expect(changes[1]?.edits).toHaveLength(4);
  });

  it('is refused where another file has the name already', async () => {
    const client = await start();
    client.write('sub/ship.workflow.yaml', CHILD.replace('order.paid: {}', 'order.paid: {}, order.lost: {}'));
    const uri = await client.open('order.workflow.yaml', PARENT);
    await expect(
      client.request('textDocument/rename', {
        textDocument: { uri },
        position: find(PARENT, 'order.paid', 1, 2),
        newName: 'order.lost',
      }),
    ).rejects.toThrow(/another event called ‘order.lost’ already.*ship\.workflow\.yaml/);
  });
});

describe('names across files', () => {
  it('lead from a scenario into the workflow', async () => {
    const client = await start();
    const uri = await client.open('order.workflow.test.yaml', SCENARIOS);
    const lead = async (needle: string, by: number): Promise<string> => {
      const position = find(SCENARIOS, needle, 1, by);
      const found = await client.request<Location[] | null>('textDocument/definition', {
        textDocument: { uri },
        position,
      });
      const [one] = found ?? [];
      if (one === undefined) return '';
      expect(one.uri).toBe(client.uri('order.workflow.yaml'));
      return PARENT.slice(offsetOf(PARENT, one.range.start), offsetOf(PARENT, one.range.end));
    };
    expect(await lead('state:charge', 7)).toBe('charge');
    expect(await lead('payments.charge', 2)).toBe('payments');
    expect(await lead('mail/send', 6)).toBe('send');
    expect(await lead('outcome: approved', 10)).toBe('approved');
    expect(await lead('./order', 3)).toBe('');
    expect(await lead('it ships', 1)).toBe('');
  });

  it('know their uses everywhere', async () => {
    const client = await start();
    const uri = await client.open('order.workflow.yaml', PARENT);
    const uses = await client.request<Location[]>('textDocument/references', {
      textDocument: { uri },
      position: find(PARENT, '  ask:', 1, 3),
      context: { includeDeclaration: false },
    });
    expect(uses.map((one) => one.uri.replace(/^.*\//, ''))).toEqual([
      'order.workflow.yaml',
      'order.workflow.test.yaml',
      'order.workflow.test.yaml',
    ]);
  });
});

describe('symbols of the workspace', () => {
  const symbols = async (client: TestClient, query: string): Promise<string[]> => {
    const found = await client.request<SymbolInformation[]>('workspace/symbol', { query });
    return found.map(
      ({ name, containerName, location }) => `${containerName ?? ''}/${name} ${location.uri.replace(/^.*\//, '')}`,
    );
  };

  it('are found by letters of their names, in files that nobody opened', async () => {
    const client = await start();
    expect(await symbols(client, 'refuse')).toEqual([
      'order/order.refused order.workflow.yaml',
      'ship/refuse ship.workflow.yaml',
    ]);
    expect(await symbols(client, 'CHRG')).toEqual([
      'payments/charge order.workflow.yaml',
      'order/charge order.workflow.yaml',
    ]);
  });

  it('follow what is made, changed and opened', async () => {
    const client = await start();
    expect(await symbols(client, 'later')).toEqual([]);
    client.write('new.workflow.yaml', 'workflow: new\nstates: { later: { set: {}, next: end } }\n');
    expect(await symbols(client, 'later')).toEqual(['new/later new.workflow.yaml']);
    await client.open('new.workflow.yaml', 'workflow: new\nstates: { laterer: { set: {}, next: end } }\n');
    expect(await symbols(client, 'later')).toEqual(['new/laterer new.workflow.yaml']);
  });

  it('are told of by a client that watches files', async () => {
    const client = await start({
      capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
    });
    expect(await symbols(client, 'later')).toEqual([]);
    client.write('new.workflow.yaml', 'workflow: new\nstates: { later: { set: {}, next: end } }\n');
    const changes = [{ uri: client.uri('new.workflow.yaml'), type: 1 }];
    await client.notify('workspace/didChangeWatchedFiles', { changes });
    expect(await symbols(client, 'later')).toEqual(['new/later new.workflow.yaml']);
    rmSync(join(client.folder, 'new.workflow.yaml'));
    await client.notify('workspace/didChangeWatchedFiles', { changes: [{ ...changes[0], type: 3 }] });
    expect(await symbols(client, 'later')).toEqual([]);
  });

  it('are those of all folders, as they come and go', async () => {
    const client = await start({ capabilities: { workspace: { workspaceFolders: true } } });
    const folder = mkdtempSync(join(tmpdir(), 'backstep-second-'));
    try {
      writeFileSync(
        join(folder, 'other.workflow.yaml'),
        'workflow: other\nstates: { second: { set: {}, next: end } }\n',
      );
      const second = { uri: pathToFileURL(folder).href, name: 'second' };
      await client.notify('workspace/didChangeWorkspaceFolders', { event: { added: [second], removed: [] } });
      expect(await symbols(client, 'second')).toEqual(['other/second other.workflow.yaml']);
      await client.notify('workspace/didChangeWorkspaceFolders', { event: { added: [], removed: [second] } });
      expect(await symbols(client, 'second')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are checked by the settings of the folder that they are in', async () => {
    const folders = ['second', 'third'].map((name) => mkdtempSync(join(tmpdir(), `backstep-${name}-`)));
    const [second = '', third = ''] = folders;
    const broken = 'workflow: w\nstates: { a: { set: {}, next: nowhere } }\n';
    const settings = (severity: string): string => `rules: { unknown-state: ${severity} }\n`;
    try {
      for (const [folder, severity] of [
        [second, 'warning'],
        [third, 'hint'],
      ] as const) {
        writeFileSync(join(folder, 'w.workflow.yaml'), broken);
        writeFileSync(join(folder, '.backstep.yaml'), settings(severity));
      }
      const client = await start({
        capabilities: { workspace: { workspaceFolders: true } },
        files: { 'w.workflow.yaml': broken, '.backstep.yaml': settings('info') },
        moreFolders: [second],
      });
      await client.notify('workspace/didChangeConfiguration', {
        settings: { backstep: { diagnostics: { workspace: true } } },
      });
      const severityIn = async (folder: string): Promise<unknown> => {
        const uri = pathToFileURL(join(folder, 'w.workflow.yaml')).href;
        const { diagnostics } = await client.pushedTo(uri, (pushed) => pushed.diagnostics.length > 0);
        return diagnostics.find(({ code }) => code === 'unknown-state')?.severity;
      };
      expect(await severityIn(client.folder)).toBe(DiagnosticSeverity.Information);
      expect(await severityIn(second)).toBe(DiagnosticSeverity.Warning);
      const event = {
        added: [{ uri: pathToFileURL(third).href, name: 'third' }],
        removed: [{ uri: pathToFileURL(second).href, name: 'second' }],
      };
      await client.notify('workspace/didChangeWorkspaceFolders', { event });
      expect(await severityIn(third)).toBe(DiagnosticSeverity.Hint);
      const gone = pathToFileURL(join(second, 'w.workflow.yaml')).href;
      expect(await client.pushedTo(gone, ({ diagnostics }) => diagnostics.length === 0)).toBeDefined();
    } finally {
      for (const folder of folders) rmSync(folder, { recursive: true });
    }
  });

  it('stop being looked for when nobody waits any more', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`w${at}.workflow.yaml`, CHILD] as const));
    const client = await start({ files: many });
    const source = new CancellationTokenSource();
    const answer = client.connection.sendRequest('workspace/symbol', { query: '' }, source.token);
    source.cancel();
    await expect(answer).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled });
  });
});

describe('a request about many files', () => {
  it('ends when the document that it is about moves on', async () => {
    const scenarios = Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [`s${at}.workflow.test.yaml`, SCENARIOS] as const),
    );
    const client = await start({ files: { ...FILES, ...scenarios } });
    const uri = await client.open('order.workflow.yaml', PARENT);
    const position = find(PARENT, '  charge: {', 1, 3);
    const answer = client.request('textDocument/rename', { textDocument: { uri }, position, newName: 'pay' });
    const refused = expect(answer).rejects.toMatchObject({ code: LSPErrorCodes.ContentModified });
    await client.replace('order.workflow.yaml', `# moved on\n${PARENT}`);
    await refused;
  });
});

describe('the call hierarchy', () => {
  const prepare = (
    client: TestClient,
    uri: string,
    source: string,
    needle: string,
  ): Promise<CallHierarchyItem[] | null> =>
    client.request('textDocument/prepareCallHierarchy', {
      textDocument: { uri },
      position: find(source, needle, 1, 3),
    });

  it('leads from a workflow to those that run it and those that it runs', async () => {
    const client = await start();
    const uri = await client.open('order.workflow.yaml', PARENT);
    const [child] = (await prepare(client, uri, PARENT, './sub')) ?? [];
    expect(child).toMatchObject({ name: 'ship', uri: client.uri('sub/ship.workflow.yaml') });
    const callers = await client.request<CallHierarchyIncomingCall[]>('callHierarchy/incomingCalls', { item: child });
    expect(callers.map(({ from, fromRanges }) => [from.name, fromRanges.map(({ start }) => start.line)])).toEqual([
      ['order', [18]],
    ]);
    const [parent] = (await prepare(client, uri, PARENT, 'order')) ?? [];
    const called = await client.request<CallHierarchyOutgoingCall[]>('callHierarchy/outgoingCalls', { item: parent });
    expect(called.map(({ to, fromRanges }) => [to.name, fromRanges.map(({ start }) => start.line)])).toEqual([
      ['ship', [18]],
    ]);
    expect(await prepare(client, uri, PARENT, 'events:')).toBeNull();
  });
});
