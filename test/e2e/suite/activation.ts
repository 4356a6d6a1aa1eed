import assert from 'node:assert/strict';
import { extensions, workspace } from 'vscode';

describe('activation', () => {
  it('activates on a workflow file', async () => {
    const extension = extensions.getExtension('backstep.backstep');
    assert.ok(extension, 'the extension is installed');
    const [file] = await workspace.findFiles('**/*.workflow.yaml');
    assert.ok(file, 'the folder has a workflow file');
    const document = await workspace.openTextDocument(file);
    assert.equal(document.languageId, 'backstep');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
