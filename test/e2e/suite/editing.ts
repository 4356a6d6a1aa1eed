import assert from 'node:assert/strict';
import type { CodeAction, CompletionList, Diagnostic, TextDocument } from 'vscode';
import { TabInputWebview, WorkspaceEdit, commands, languages, window, workspace } from 'vscode';
import { openDocument, rangeOf, seen } from './support.ts';

/** The finding with that code, once there is one. */
function finding(document: TextDocument, code: string): Promise<Diagnostic> {
  return seen(
    () => languages.getDiagnostics(document.uri).find((it) => it.code === code || codeOf(it) === code),
    languages.onDidChangeDiagnostics,
  );
}

function codeOf({ code }: Diagnostic): string {
  return String(typeof code === 'object' ? code.value : code);
}

async function replace(document: TextDocument, before: string, after: string): Promise<void> {
  const edit = new WorkspaceEdit();
  edit.replace(document.uri, rangeOf(document, before), after);
  assert.ok(await workspace.applyEdit(edit));
}

describe('editing', () => {
  afterEach(() => commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  it('finds a misspelt state and spells it right', async () => {
    const document = await openDocument('saga.workflow.yaml');
    await window.showTextDocument(document);
    await replace(document, 'next: charge', 'next: chrage');
    const found = await finding(document, 'unknown-state');
    assert.deepEqual(found.range, rangeOf(document, 'chrage'));
    const actions = await commands.executeCommand<CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      found.range,
    );
    const fix = actions.find(({ title, edit }) => edit && title.includes('charge'));
    assert.ok(fix?.edit, `a fix among ${actions.map(({ title }) => title).join(', ')}`);
    assert.ok(await workspace.applyEdit(fix.edit));
    assert.match(document.getText(), /next: charge\n/);
    await seen(
      () => (languages.getDiagnostics(document.uri).some((it) => codeOf(it) === 'unknown-state') ? undefined : true),
      languages.onDidChangeDiagnostics,
    );
  });

  it('offers the states after next:', async () => {
    const document = await openDocument('saga.workflow.yaml');
    await window.showTextDocument(document);
    const { start } = rangeOf(document, 'charge\n');
    const { items } = await commands.executeCommand<CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      start,
    );
    const labels = items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    for (const name of ['reserve', 'charge', 'refuse', 'end'])
      assert.ok(labels.includes(name), `${name} in ${labels.join()}`);
  });

  it('opens the diagram beside the file', async () => {
    const document = await openDocument('saga.workflow.yaml');
    await window.showTextDocument(document);
    await commands.executeCommand('backstep.openDiagram');
    const tab = await seen(
      () =>
        window.tabGroups.all
          .flatMap(({ tabs }) => tabs)
          .find(({ input }) => input instanceof TabInputWebview && input.viewType.endsWith('backstep.diagram')),
      window.tabGroups.onDidChangeTabs,
    );
    assert.equal(tab.label, 'Diagram: saga.workflow.yaml');
    await window.tabGroups.close(tab);
  });
});
