/** The language server as a client sees it, feature by feature. It is long because all share one client and its workspace. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CancellationTokenSource,
  CompletionItemKind,
  InsertTextFormat,
  InsertTextMode,
  LSPErrorCodes,
} from 'vscode-languageserver/node';
import type {
  CodeAction,
  CodeLens,
  CompletionList,
  DocumentDiagnosticReport,
  DocumentHighlight,
  DocumentLink,
  DocumentSymbol,
  FoldingRange,
  Hover,
  Location,
  LocationLink,
  PublishDiagnosticsParams,
  Range,
  TextEdit,
  WorkspaceEdit,
} from 'vscode-languageserver/node';
import {
  COMMANDS,
  PLAN_CHANGED,
  PLAN_REQUEST,
  type PlanChangedParams,
  type PlanResult,
} from '../../server/protocol.ts';
import { type ClientOptions, startClient, type TestClient } from './client.ts';

const FILE = 'order.workflow.yaml';

const ORDER = `workflow: order
version: 1.0.0
input: { type: object, properties: { id: { type: string, description: The order's number. } } }
vars: { note: "" }
participants:
  payments:
    description: The bank.
    baseUrl: http://localhost:1
    operations:
      charge: { http: POST /charges, description: Takes the money., output: { type: object, properties: { chargeId: { type: string } } } }
      refund: { http: POST /refunds }
policies:
  retry:
    transient: { attempts: 4 }
states:
  # Takes the payment,
  # and gives it back.
  charge:
    call: payments.charge
    with: { id: "\${ input.id }" }
    retry: transient
    timeout: 10s
    compensate:
      call: payments.refund
      after: attempt
      retry: transient
    assign: { note: "\${ $string(result.chargeId) }" }
    next: ship
  ship:
    run: ./ship.workflow.yaml
    with: { note: "\${ vars.note & results.charge.chargeId }" }
    next: end
`;

const SHIP = 'workflow: ship\nstates:\n  go:\n    call: log\n    with: { message: gone }\n    next: end\n';

const clients: TestClient[] = [];
async function start(options: ClientOptions = {}): Promise<TestClient> {
  const client = await startClient({ files: { [FILE]: ORDER, 'ship.workflow.yaml': SHIP }, ...options });
  clients.push(client);
  return client;
}
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

/** The position of the `nth` occurrence of `needle` in `text`, moved right by `by`. */
function position(text: string, needle: string, nth = 1, by = 0): { line: number; character: number } {
  let at = -1;
  for (let found = 0; found < nth; found++) at = text.indexOf(needle, at + 1);
  if (at < 0) throw new Error(`There is no ${needle}.`);
  const before = text.slice(0, at + by);
  return { line: before.split('\n').length - 1, character: before.length - before.lastIndexOf('\n') - 1 };
}

const textIn = (text: string, range: Range): string => {
  const lines = text.split('\n');
  if (range.start.line !== range.end.line) return lines.slice(range.start.line, range.end.line + 1).join('\n');
  return (lines[range.start.line] ?? '').slice(range.start.character, range.end.character);
};

function applied(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split('\n');
  const offset = ({ line, character }: { line: number; character: number }): number =>
    lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0) + character;
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (result, edit) => result.slice(0, offset(edit.range.start)) + edit.newText + result.slice(offset(edit.range.end)),
      text,
    );
}

describe('diagnostics', () => {
  it('are pushed to a client that cannot pull, with code, place and related places', async () => {
    const client = await start();
    const broken = ORDER.replace('next: ship', 'next: shipp');
    await client.open(FILE, broken);
    const { diagnostics } = await client.pushed(FILE);
    const [unknown] = diagnostics.filter((one) => one.severity === 1);
    expect(unknown).toMatchObject({ code: 'unknown-state', source: 'backstep' });
    expect(unknown?.codeDescription?.href).toMatch(/docs\/reference\/diagnostics\.md#unknown-state$/);
    expect(textIn(broken, unknown?.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } })).toBe(
      'shipp',
    );
  });

  it('follow the text, and go when the file is closed', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER.replace('next: ship', 'next: shipp'));
    expect((await client.pushed(FILE)).diagnostics.map(({ code }) => code)).toContain('unknown-state');
    await client.replace(FILE, ORDER);
    expect((await client.pushed(FILE)).diagnostics.filter(({ severity }) => severity === 1)).toEqual([]);
    const cleared = client.next<PublishDiagnosticsParams>('textDocument/publishDiagnostics');
    await client.notify('textDocument/didClose', { textDocument: { uri } });
    expect(await cleared).toEqual({ uri, diagnostics: [] });
  });

  it('are pulled, and unchanged as long as nothing changes', async () => {
    const client = await start({ capabilities: { textDocument: { diagnostic: {} } } });
    const uri = await client.open(FILE, ORDER.replace('next: ship', 'next: shipp'));
    const pull = (previousResultId?: string): Promise<DocumentDiagnosticReport> =>
      client.request('textDocument/diagnostic', { textDocument: { uri }, previousResultId });
    const first = await pull();
    if (first.kind !== 'full') throw new Error('The first report is full.');
    expect(first.items.map(({ code }) => code)).toContain('unknown-state');
    expect(await pull(first.resultId)).toEqual({ kind: 'unchanged', resultId: first.resultId });
    await client.replace(FILE, ORDER);
    expect(await pull(first.resultId)).toMatchObject({ kind: 'full' });
  });

  it('follow the files that the document refers to, open or not', async () => {
    const client = await start({ capabilities: { textDocument: { diagnostic: {} } } });
    const text = ORDER.replace('./ship.workflow.yaml', './later.workflow.yaml');
    const uri = await client.open(FILE, text);
    const codes = async (): Promise<unknown[]> => {
      const report = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', {
        textDocument: { uri },
      });
      return report.kind === 'full' ? report.items.map(({ code }) => code) : [];
    };
    expect(await codes()).toContain('missing-file');
    client.write('later.workflow.yaml', SHIP);
    expect(await codes()).not.toContain('missing-file');
  });

  it('are sent again when a file that is referred to changes on the disk', async () => {
    const client = await start();
    await client.open(FILE, ORDER.replace('./ship.workflow.yaml', './later.workflow.yaml'));
    expect((await client.pushed(FILE)).diagnostics.map(({ code }) => code)).toContain('missing-file');
    const again = client.next<PublishDiagnosticsParams>('textDocument/publishDiagnostics');
    client.write('later.workflow.yaml', SHIP);
    await client.notify('workspace/didChangeWatchedFiles', {
      changes: [{ uri: client.uri('later.workflow.yaml'), type: 1 }],
    });
    expect((await again).diagnostics.map(({ code }) => code)).not.toContain('missing-file');
  });

  it('have the severities of the workspace’s file, and over them those of the settings', async () => {
    const files = { '.backstep.yaml': 'rules: { unknown-state: warning, unreachable-state: off }\n' };
    const broken = ORDER.replace('next: ship', 'next: shipp');
    const severity = async (client: TestClient): Promise<unknown> => {
      await client.open(FILE, broken);
      const { diagnostics } = await client.pushed(FILE);
      return diagnostics.find(({ code }) => code === 'unknown-state')?.severity;
    };
    const client = await start({ files });
    expect(await severity(client)).toBe(2);
    await client.notify('workspace/didChangeConfiguration', {
      settings: { backstep: { rules: { 'unknown-state': 'hint' } } },
    });
    const changed = await client.next<PublishDiagnosticsParams>('textDocument/publishDiagnostics');
    expect(changed.diagnostics.find(({ code }) => code === 'unknown-state')?.severity).toBe(4);
  });
});

describe('the settings of a workspace', () => {
  it('hold as they stand in the editor, else on the disk, whether or not a client tells of files', async () => {
    const client = await start({ capabilities: { textDocument: { diagnostic: {} } } });
    const uri = await client.open('sub/order.workflow.yaml', ORDER.replace('next: ship', 'next: shipp'));
    const severity = async (): Promise<unknown> => {
      const report = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', {
        textDocument: { uri },
      });
      const items = report.kind === 'full' ? report.items : [];
      return items.find(({ code }) => code === 'unknown-state')?.severity;
    };
    expect(await severity()).toBe(1);
    client.write('.backstep.yaml', 'rules: { unknown-state: warning }\n');
    expect(await severity()).toBe(2);
    client.write('.backstep.yaml', 'rules: { unknown-state: info } # otherwise\n');
    expect(await severity()).toBe(3);
    const settings = await client.open('.backstep.yaml', 'rules: { unknown-state: hint }\n');
    expect(await severity()).toBe(4);
    await client.notify('textDocument/didClose', { textDocument: { uri: settings } });
    expect(await severity()).toBe(3);
  });

  it('are checked by their own rules', async () => {
    const client = await start();
    await client.open('.backstep.yaml', 'rules: { unknown-state: loud, unknwon-state: off }\n');
    const { diagnostics } = await client.pushed('.backstep.yaml');
    expect(diagnostics.map(({ code }) => code)).toEqual(['wrong-type', 'unknown-key']);
  });
});

describe('quick fixes', () => {
  it('put a misspelt state right', async () => {
    const client = await start();
    const broken = ORDER.replace('next: ship', 'next: shpi');
    const uri = await client.open(FILE, broken);
    const at = position(broken, 'shpi');
    const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: { start: at, end: at },
      context: { diagnostics: [] },
    });
    const fix = actions.find(({ isPreferred }) => isPreferred === true);
    expect(fix?.diagnostics?.[0]?.code).toBe('unknown-state');
    expect(applied(broken, fix?.edit?.changes?.[uri] ?? [])).toBe(ORDER);
  });

  it('put everything right at once', async () => {
    const client = await start();
    const broken = ORDER.replace('next: ship', 'next: shpi').replace(
      'retry: transient\n    timeout',
      'retry: transint\n    timeout',
    );
    const uri = await client.open(FILE, broken);
    const actions = await client.request<CodeAction[]>('textDocument/codeAction', {
      textDocument: { uri },
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
      context: { diagnostics: [], only: ['source.fixAll'] },
    });
    expect(actions.map(({ kind }) => kind)).toEqual(['source.fixAll.backstep']);
    expect(applied(broken, actions[0]?.edit?.changes?.[uri] ?? [])).toBe(ORDER);
  });
});

describe('completion', () => {
  it('offers the states behind next, as an edit at the cursor', async () => {
    const client = await start();
    const text = ORDER.replace('next: ship', 'next: ');
    const uri = await client.open(FILE, text);
    const list = await client.request<CompletionList>('textDocument/completion', {
      textDocument: { uri },
      position: position(text, 'next: \n', 1, 6),
    });
    expect(list.items.map(({ label }) => label)).toEqual(['charge', 'ship', 'end']);
    const edit = list.items[1]?.textEdit as TextEdit;
    expect(applied(text, [edit])).toBe(ORDER);
  });

  it('has snippets only for a client that takes them', async () => {
    const snippetSupport = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };
    for (const [capabilities, expected] of [
      [{}, 1],
      [snippetSupport, 2],
    ] as const) {
      const client = await start({ capabilities });
      const uri = await client.open(FILE, '');
      const list = await client.request<CompletionList>('textDocument/completion', {
        textDocument: { uri },
        position: { line: 0, character: 0 },
      });
      expect(list.items.find(({ label }) => label === 'states')?.insertTextFormat).toBe(expected);
    }
  });

  it('says once for a whole list what a client takes so', async () => {
    const itemDefaults = ['editRange', 'insertTextFormat', 'insertTextMode'];
    const completion = { completionList: { itemDefaults }, completionItem: { snippetSupport: true } };
    const client = await start({ capabilities: { textDocument: { completion } } });
    const text = ORDER.replace('next: ship', 'next: ');
    const uri = await client.open(FILE, text);
    const at = position(text, 'next: \n', 1, 6);
    const list = await client.request<CompletionList>('textDocument/completion', {
      textDocument: { uri },
      position: at,
    });
    expect(list.itemDefaults).toEqual({
      editRange: { start: at, end: at },
      insertTextFormat: InsertTextFormat.PlainText,
      insertTextMode: InsertTextMode.adjustIndentation,
    });
    expect(list.items).toContainEqual({
      label: 'ship',
      kind: CompletionItemKind.Class,
      detail: 'run',
      sortText: '0001',
    });
  });

  it('asks for what has to follow with the command of a client that has one', async () => {
    const suggestions = async (initializationOptions?: unknown): Promise<unknown> => {
      const client = await start({ initializationOptions });
      const uri = await client.open(FILE, '');
      const list = await client.request<CompletionList>('textDocument/completion', {
        textDocument: { uri },
        position: { line: 0, character: 0 },
      });
      return list.items.find(({ label }) => label === 'states')?.command?.command;
    };
    expect(await suggestions({ suggestCommand: 'show.again' })).toBe('show.again');
    expect(await suggestions()).toBeUndefined();
  });
});

describe('hover', () => {
  const hover = async (needle: string, nth = 1, by = 0, text = ORDER): Promise<string | null> => {
    const client = await start();
    const uri = await client.open(FILE, text);
    const found = await client.request<Hover | null>('textDocument/hover', {
      textDocument: { uri },
      position: position(text, needle, nth, by),
    });
    return found === null ? null : (found.contents as { value: string }).value;
  };

  it.each([
    ['a key', 'compensate:', 1, 0, /\*\*compensate\*\* — The action that undoes/],
    ['a key with a default', 'after:', 1, 0, /Default: `completion`/],
    ['a choice', 'attempt\n', 1, 0, /\*\*attempt\*\*/],
    ['a state', 'ship\n', 1, 0, /\*\*state `ship`\*\* — `run .\/ship/],
    ['a state’s own name', 'charge:\n', 1, 0, /Undone by `call payments.refund`, from the attempt on/],
    ['a participant', 'payments.charge', 1, 0, /The bank/],
    ['an operation', 'payments.charge', 1, 10, /`POST \/charges`\s+Takes the money/],
    ['a policy', 'retry: transient', 1, 8, /"attempts":4/],
    ['a root', '${ input.id', 1, 4, /run's input/],
    ['a property', '${ input.id', 1, 9, /\*\*id\*\*: `string`\s+The order's number/],
    ['a function', '$string', 1, 2, /\$string\(/],
    ['a variable', 'vars.note', 1, 6, /variable `note`/],
    ['the result of a state', 'results.charge', 1, 9, /state `charge`/],
  ] as const)('explains %s', async (_, needle, nth, by, expected) => {
    expect(await hover(needle, nth, by)).toMatch(expected);
  });

  it('says nothing where there is nothing', async () => {
    expect(await hover('The bank.')).toBeNull();
    expect(await hover('# Takes')).toBeNull();
  });
});

describe('names', () => {
  it('lead to their declarations', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const define = (needle: string, nth: number, by: number): Promise<Location[] | null> =>
      client.request('textDocument/definition', { textDocument: { uri }, position: position(ORDER, needle, nth, by) });
    expect(await define('next: ship', 1, 7)).toEqual([
      { uri, range: { start: position(ORDER, '  ship:', 1, 2), end: position(ORDER, '  ship:', 1, 6) } },
    ]);
    expect((await define('payments.charge', 1, 2))?.[0]?.range.start).toEqual(position(ORDER, 'payments:'));
    expect((await define('payments.charge', 1, 10))?.[0]?.range.start).toEqual(position(ORDER, 'charge: {'));
    expect((await define('retry: transient', 1, 8))?.[0]?.range.start).toEqual(position(ORDER, 'transient:'));
    expect((await define('vars.note', 1, 6))?.[0]?.range.start).toEqual(position(ORDER, 'note:'));
    expect((await define('./ship', 1, 3))?.[0]).toMatchObject({ uri: client.uri('ship.workflow.yaml') });
    expect(await define('The bank', 1, 1)).toBeNull();
  });

  it('lead there as links, for a client that takes them', async () => {
    const client = await start({ capabilities: { textDocument: { definition: { linkSupport: true } } } });
    const uri = await client.open(FILE, ORDER);
    const found = await client.request<LocationLink[]>('textDocument/definition', {
      textDocument: { uri },
      position: position(ORDER, 'next: ship', 1, 7),
    });
    expect(textIn(ORDER, found[0]?.originSelectionRange as Range)).toBe('ship');
  });

  it('know all their uses', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const at = { textDocument: { uri }, position: position(ORDER, '  charge:\n', 1, 3) };
    const uses = await client.request<Location[]>('textDocument/references', {
      ...at,
      context: { includeDeclaration: true },
    });
    expect(uses.map(({ range }) => range.start)).toEqual([
      position(ORDER, '  charge:\n', 1, 2),
      position(ORDER, 'results.charge', 1, 8),
    ]);
    const highlights = await client.request<DocumentHighlight[]>('textDocument/documentHighlight', at);
    expect(highlights.map(({ kind }) => kind)).toEqual([3, 2]);
  });

  it('are renamed with all their uses', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const renamed = async (needle: string, nth: number, by: number, newName: string): Promise<string> => {
      const params = { textDocument: { uri }, position: position(ORDER, needle, nth, by), newName };
      const edit = await client.request<WorkspaceEdit>('textDocument/rename', params);
      return applied(ORDER, edit.changes?.[uri] ?? []);
    };
    expect(await renamed('next: ship', 1, 7, 'send')).toBe(
      ORDER.replace('next: ship', 'next: send').replace('  ship:', '  send:'),
    );
    expect(await renamed('  charge:\n', 1, 3, 'pay')).toBe(
      ORDER.replace('  charge:\n', '  pay:\n').replace('results.charge', 'results.pay'),
    );
    expect(await renamed('transient:', 1, 0, 'often')).toBe(ORDER.replaceAll('transient', 'often'));
    expect(await renamed('payments:', 1, 0, 'bank')).toBe(
      ORDER.replace('payments:', 'bank:').replaceAll('payments.', 'bank.'),
    );
    expect(await renamed('vars.note', 1, 6, 'memo')).toBe(
      ORDER.replace('vars: { note', 'vars: { memo')
        .replace('assign: { note', 'assign: { memo')
        .replace('vars.note', 'vars.memo'),
    );
  });

  it('are not renamed to what is no name, or is taken', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const renaming = (newName: string): Promise<unknown> =>
      client.request('textDocument/rename', {
        textDocument: { uri },
        position: position(ORDER, 'next: ship', 1, 7),
        newName,
      });
    await expect(renaming('end')).rejects.toThrow(/‘end’/);
    await expect(renaming('a b')).rejects.toThrow(/no name/);
    await expect(renaming('charge')).rejects.toThrow(/another state called ‘charge’/);
    const prepared = await client.request('textDocument/prepareRename', {
      textDocument: { uri },
      position: position(ORDER, 'The bank'),
    });
    expect(prepared).toBeNull();
  });
});

describe('the whole file', () => {
  it('has an outline', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const symbols = await client.request<DocumentSymbol[]>('textDocument/documentSymbol', { textDocument: { uri } });
    expect(symbols.map(({ name, detail }) => `${name} ${detail ?? ''}`.trim())).toEqual([
      'note variable',
      'payments',
      'transient retry',
      'charge call payments.charge',
      'ship run ./ship.workflow.yaml',
    ]);
    expect(symbols[1]?.children?.map(({ name }) => name)).toEqual(['charge', 'refund']);
    expect(symbols[3]?.children?.map(({ name, detail }) => [name, detail])).toEqual([
      ['compensate', 'call payments.refund'],
    ]);
  });

  it('folds its mappings and comments', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const folds = await client.request<FoldingRange[]>('textDocument/foldingRange', { textDocument: { uri } });
    const starts = folds.map(
      ({ startLine, kind }) => `${ORDER.split('\n')[startLine]?.trim() ?? ''}${kind === undefined ? '' : ` (${kind})`}`,
    );
    expect(starts).toEqual([
      'participants:',
      'payments:',
      'operations:',
      'policies:',
      'retry:',
      'states:',
      '# Takes the payment, (comment)',
      'charge:',
      'compensate:',
      'ship:',
    ]);
  });

  it('can be run, debugged and drawn from the line of its name', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses.map(({ command }) => command?.title)).toEqual(['Run', 'Debug', 'Preview']);
    expect(lenses.map(({ command }) => [command?.command, command?.arguments])).toEqual(
      [COMMANDS.run, COMMANDS.debug, COMMANDS.diagram].map((command) => [command, [uri]]),
    );
    expect(lenses.every(({ range }) => range.start.line === 0)).toBe(true);
  });

  it('links to the files that it names', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const links = await client.request<DocumentLink[]>('textDocument/documentLink', { textDocument: { uri } });
    expect(links.map(({ target }) => target)).toEqual([client.uri('ship.workflow.yaml')]);
  });

  it('has a plan to draw, and says when it may have changed', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const plan = (): Promise<PlanResult> => client.request(PLAN_REQUEST, { uri });
    expect(await plan()).toMatchObject({ version: 1, complete: true, plan: { workflow: 'order' } });
    const told = client.next<PlanChangedParams>(PLAN_CHANGED);
    await client.replace(FILE, ORDER.replace('next: ship', 'next: shp'));
    expect(await told).toEqual({ uri, version: 2 });
    const broken = await plan();
    expect(broken).toMatchObject({ version: 2, complete: false });
    expect(broken.plan?.root.states.map(({ name }) => name)).toEqual(['charge', 'ship']);
    expect(await client.request(PLAN_REQUEST, { uri: 'file:///not/open' })).toEqual({
      version: null,
      plan: null,
      complete: false,
    });
  });
});

describe('whatever comes', () => {
  it('answers about a document that is not open with nothing', async () => {
    const client = await start();
    const about = { textDocument: { uri: client.uri('closed.workflow.yaml') } };
    const at = { ...about, position: { line: 3, character: 1 } };
    expect(await client.request('textDocument/hover', at)).toBeNull();
    expect(await client.request('textDocument/completion', at)).toBeNull();
    expect(await client.request('textDocument/definition', at)).toBeNull();
    expect(await client.request('textDocument/references', { ...at, context: { includeDeclaration: true } })).toEqual(
      [],
    );
    expect(await client.request('textDocument/documentSymbol', about)).toEqual([]);
    expect(await client.request('textDocument/diagnostic', about)).toEqual({ kind: 'full', items: [] });
    expect(await client.request('textDocument/rename', { ...at, newName: 'x' })).toBeNull();
  });

  it('answers nothing to a request that was cancelled', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const source = new CancellationTokenSource();
    const answer = client.connection.sendRequest(
      'textDocument/hover',
      { textDocument: { uri }, position: position(ORDER, 'next:') },
      source.token,
    );
    source.cancel();
    const outcome = await answer.catch((error: unknown) => (error as { code: number }).code);
    expect([null, LSPErrorCodes.RequestCancelled]).toContain(outcome);
    expect(
      await client.request('textDocument/hover', { textDocument: { uri }, position: position(ORDER, 'next:') }),
    ).not.toBeNull();
  });

  it('answers about places past the end', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const at = { textDocument: { uri }, position: { line: 9_999, character: 9_999 } };
    expect(await client.request('textDocument/hover', at)).toBeNull();
    expect(await client.request<CompletionList>('textDocument/completion', at)).toMatchObject({ isIncomplete: false });
  });

  it('counts in UTF-16', async () => {
    const client = await start();
    const text = 'workflow: w\nstates:\n  a: { title: "🚀🚀", call: log, with: { message: x }, next: nowhere }\n';
    await client.open(FILE, text);
    const { diagnostics } = await client.pushed(FILE);
    const unknown = diagnostics.find(({ code }) => code === 'unknown-state');
    expect(textIn(text, unknown?.range as Range)).toBe('nowhere');
  });

  it('takes edits one by one', async () => {
    const client = await start();
    const uri = await client.open(FILE, ORDER);
    const at = position(ORDER, 'next: ship', 1, 10);
    await client.notify('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [
        { range: { start: at, end: at }, text: 'X' },
        { range: { start: at, end: { ...at, character: at.character + 1 } }, text: 'Y' },
      ],
    });
    const report = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri } });
    expect(JSON.stringify(report)).toContain('shipY');
  });

  it('works for a document that is no file', async () => {
    const client = await start();
    await client.notify('textDocument/didOpen', {
      textDocument: { uri: 'untitled:Untitled-1', languageId: 'backstep', version: 1, text: ORDER },
    });
    const about = { textDocument: { uri: 'untitled:Untitled-1' } };
    expect(await client.request<CodeLens[]>('textDocument/codeLens', about)).toHaveLength(3);
    expect(await client.request<DocumentLink[]>('textDocument/documentLink', about)).toEqual([]);
  });

  it('has nothing to say about other YAML, which some editors send as well', async () => {
    const client = await start();
    const open = (path: string): Promise<void> =>
      client.notify('textDocument/didOpen', {
        textDocument: { uri: client.uri(path), languageId: 'yaml', version: 1, text: 'states: 1\n' },
      });
    const report = (path: string): Promise<DocumentDiagnosticReport> =>
      client.request('textDocument/diagnostic', { textDocument: { uri: client.uri(path) } });
    await open('compose.yaml');
    await open('a.workflow.yaml');
    expect(await report('compose.yaml')).toEqual({ kind: 'full', items: [] });
    expect(JSON.stringify(await report('a.workflow.yaml'))).toContain('wrong-type');
  });

  it('takes the example as it is', async () => {
    const example = new URL('../../examples/order-fulfillment/order-fulfillment.workflow.yaml', import.meta.url);
    const client = await start();
    await client.notify('textDocument/didOpen', {
      textDocument: { uri: example.href, languageId: 'backstep', version: 1, text: readFileSync(example, 'utf8') },
    });
    const about = { textDocument: { uri: example.href } };
    const report = await client.request<DocumentDiagnosticReport>('textDocument/diagnostic', about);
    expect(report.kind === 'full' ? report.items.filter(({ severity }) => severity === 1) : report).toEqual([]);
    expect(await client.request<PlanResult>(PLAN_REQUEST, { uri: example.href })).toMatchObject({ complete: true });
  });
});
