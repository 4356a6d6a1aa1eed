/** Playing scenarios: `backstep test` as a task, whose terminal shows what went as expected and what did not. */
import type { ExtensionContext } from 'vscode';
import { ProcessExecution, RelativePattern, Task, TaskScope, Uri, commands, tasks, window, workspace } from 'vscode';
import { COMMANDS } from '../server/protocol.ts';
import { trusted } from './trust.ts';

/** Registers the command. It takes URIs of scenario files, or none for those beside the file in the editor. */
export function registerTests(context: ExtensionContext): void {
  context.subscriptions.push(
    commands.registerCommand(COMMANDS.test, async (...targets: readonly unknown[]) => {
      const given = targets.flatMap((target) =>
        target instanceof Uri ? [target] : typeof target === 'string' ? [Uri.parse(target)] : [],
      );
      const files = await scenarioFiles(given.length > 0 ? given : openFile());
      if (files.length === 0) {
        void window.showErrorMessage(
          'Backstep: there are no scenarios (*.workflow.test.yaml) beside this file. Write some, and they are played here.',
        );
        return;
      }
      if (trusted()) await play(context, files);
    }),
  );
}

function openFile(): readonly Uri[] {
  const document = window.activeTextEditor?.document;
  return document?.languageId === 'backstep' ? [document.uri] : [];
}

/** The files of scenarios among `given`; for a workflow those beside it. */
async function scenarioFiles(given: readonly Uri[]): Promise<readonly Uri[]> {
  const found = await Promise.all(
    given.map(async (uri) => {
      if (/\.workflow\.test\.ya?ml$/.test(uri.path)) return [uri];
      const pattern = new RelativePattern(Uri.joinPath(uri, '..'), '*.workflow.test.{yaml,yml}');
      return workspace.findFiles(pattern, null, 1000);
    }),
  );
  return found.flat();
}

async function play(context: ExtensionContext, files: readonly Uri[]): Promise<void> {
  const [first] = files;
  const folder = first && workspace.getWorkspaceFolder(first);
  const program = Uri.joinPath(context.extensionUri, 'dist', 'cli.js').fsPath;
  const execution = new ProcessExecution(process.execPath, [program, 'test', ...files.map(({ fsPath }) => fsPath)], {
    // On a desktop that program is Electron, which is Node when it is told so.
    env: { ELECTRON_RUN_AS_NODE: '1' },
    ...(folder ? { cwd: folder.uri.fsPath } : {}),
  });
  const task = new Task({ type: 'process' }, folder ?? TaskScope.Workspace, 'Test', 'Backstep', execution, []);
  // Unsaved changes would not be played.
  await workspace.saveAll(false);
  await tasks.executeTask(task);
}
