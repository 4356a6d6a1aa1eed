/** Save this session as a scenario: what happened becomes an entry of the test file beside the workflow. */
import { dirname } from 'node:path';
import type { DebugConfiguration, DebugSession, ExtensionContext, WorkspaceFolder } from 'vscode';
import { Range, Uri, WorkspaceEdit, commands, debug, window, workspace } from 'vscode';
import type { ScenarioAnswer, ScenarioArguments } from '../debugger/protocol.ts';
import { SCENARIO } from '../debugger/protocol.ts';
import type { Runs } from './sessions.ts';
import { DEBUG_TYPE, activeSession, ask } from './sessions.ts';

/** The run of the session that ended last. */
interface Ended {
  readonly run: string;
  readonly file: string;
  readonly folder: WorkspaceFolder | undefined;
  readonly configuration: DebugConfiguration;
}

/** Registers the command. It is about the session that goes on, or else about the one that ended last. */
export function registerScenario(context: ExtensionContext, runs: Runs): void {
  const stood = new Map<string, Ended>();
  let last: Ended | null = null;
  context.subscriptions.push(
    runs.onPosition(({ session, position: { run, file } }) => {
      const first = stood.get(session.id);
      // The run that the session is about is told of first; those that it starts, later.
      if (first && first.run !== run && !run.startsWith(`${first.run}-fork-`)) return;
      const { workspaceFolder: folder, configuration } = session;
      stood.set(session.id, { run, file, folder, configuration });
    }),
    runs.onEnd(({ id }) => {
      last = stood.get(id) ?? last;
      stood.delete(id);
    }),
    commands.registerCommand('backstep.saveScenario', async () => {
      const session = activeSession();
      const run = session ? runs.positionOf(session)?.run : last?.run;
      if (!session && !last) {
        void window.showInformationMessage('Backstep: no workflow has been debugged yet. Start one with F5 first.');
        return;
      }
      const name = await window.showInputBox({
        title: `Name of the scenario that ${run ?? 'the run'} becomes`,
        ignoreFocusOut: true,
        validateInput: (typed) => (typed.trim() === '' ? 'A scenario has a name.' : null),
      });
      if (name === undefined) return;
      const wish = { name: name.trim() } satisfies ScenarioArguments;
      const answer = session
        ? await ask<ScenarioAnswer>(session, SCENARIO, wish)
        : last && (await askAfterwards(last, wish));
      if (answer) await write(answer);
    }),
  );
}

/** Takes the run up again for as long as the question takes, without showing anything of it. */
async function askAfterwards(
  { run, file, folder, configuration: before }: Ended,
  wish: ScenarioArguments,
): Promise<ScenarioAnswer | undefined> {
  // What the run was begun with, as far as it says where the run is kept and what of its surroundings it used.
  const kept = Object.entries(before).filter(([key]) => ['journal', 'history', 'env', 'envFile'].includes(key));
  const name = `Scenario of ${run}`;
  const configuration: DebugConfiguration = {
    type: DEBUG_TYPE,
    request: 'attach',
    name,
    runId: run,
    cwd: dirname(file),
    ...Object.fromEntries(kept),
  };
  const started = new Promise<DebugSession>((resolve) => {
    const listening = debug.onDidStartDebugSession((session) => {
      if (session.name !== name) return;
      listening.dispose();
      resolve(session);
    });
  });
  const quiet = { suppressDebugStatusbar: true, suppressDebugToolbar: true, suppressDebugView: true };
  if (!(await debug.startDebugging(folder, configuration, quiet))) return undefined;
  const session = await started;
  const answer = await ask<ScenarioAnswer>(session, SCENARIO, wish);
  await debug.stopDebugging(session);
  return answer;
}

/** Writes the new text as one edit that can be undone, saves it, and shows the entry. */
async function write({ file, name, updated, differences }: ScenarioAnswer): Promise<void> {
  const uri = Uri.file(file);
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open?.isDirty) {
    void window.showErrorMessage(
      `Backstep: ${workspace.asRelativePath(uri)} has changes. Save it first, then save the scenario.`,
    );
    return;
  }
  const edit = new WorkspaceEdit();
  edit.createFile(uri, { ignoreIfExists: true });
  await workspace.applyEdit(edit);
  const document = await workspace.openTextDocument(uri);
  const whole = new Range(document.positionAt(0), document.positionAt(document.getText().length));
  const change = new WorkspaceEdit();
  change.replace(uri, whole, updated);
  await workspace.applyEdit(change);
  await document.save();
  const at = document.positionAt(Math.max(0, updated.lastIndexOf(name)));
  await window.showTextDocument(document, { selection: new Range(at, at) });
  if (differences.length === 0) {
    void window.showInformationMessage(`The scenario “${name}” is saved in ${workspace.asRelativePath(uri)}.`);
    return;
  }
  const otherwise = differences.join(' ');
  void window.showWarningMessage(`The scenario “${name}” is saved, but it goes otherwise than the run: ${otherwise}`);
}
