import assert from 'node:assert/strict';
import { commands, extensions, workspace } from 'vscode';

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

  it('takes every command that it offers', async () => {
    const manifest = extensions.getExtension('backstep.backstep')?.packageJSON as {
      readonly contributes: { readonly commands: readonly { readonly command: string }[] };
    };
    const known = new Set(await commands.getCommands(true));
    assert.deepEqual(
      manifest.contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    );
  });
});
