/** Runs of a journal and files of histories, chosen to be debugged afterwards. */
import { execFile } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { open as openFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { DebugConfiguration, ExtensionContext, QuickPickItem } from 'vscode';
import { Uri, commands, debug, window, workspace } from 'vscode';
import { runItem, workflowNameIn } from './run-items.ts';
import type { RunLine } from './run-items.ts';
import { DEBUG_TYPE } from './sessions.ts';
import { trusted } from './trust.ts';

const run = promisify(execFile);

/** Registers the commands; `backstep.pickRun` gives the id of the chosen run, for `${command:backstep.pickRun}`. */
export function registerRuns(context: ExtensionContext): void {
  context.subscriptions.push(
    commands.registerCommand('backstep.pickRun', (configuration?: unknown) =>
      pickRun(context, journalIn(configuration)),
    ),
    commands.registerCommand('backstep.debugRun', async () => {
      if (!trusted()) return;
      const runId = await pickRun(context, null);
      if (runId !== undefined) await attach(`Run ${runId}`, { runId });
    }),
    commands.registerCommand('backstep.openHistory', openHistory),
  );
}

async function openHistory(given?: unknown): Promise<void> {
  if (!trusted()) return;
  const chosen =
    given instanceof Uri
      ? [given]
      : await window.showOpenDialog({
          title: 'History to debug: a file that `backstep history RUN --export` wrote',
          openLabel: 'Debug',
          filters: { 'Run histories': ['json', 'jsonl', 'ndjson'], 'All files': ['*'] },
        });
  const file = chosen?.[0];
  if (!file) return;
  const program = await askForProgram(file);
  if (program === undefined) return;
  const name = `History ${file.path.slice(file.path.lastIndexOf('/') + 1)}`;
  await attach(name, { history: file.fsPath, ...(program !== null && { program }) });
}

/**
 * Asks whether the run is looked at with its own text or with a file of this workspace: null for its own, undefined when
 * the person gave up. Only files of the recorded name are offered.
 */
async function askForProgram(history: Uri): Promise<string | null | undefined> {
  const name = await recordedName(history);
  const files = name === null ? [] : await workspace.findFiles(`**/${name}`, '**/node_modules/**', 20);
  if (files.length === 0) return null;
  const own = { label: 'The text that it ran with', program: null };
  const others = files.map((file) => ({
    label: workspace.asRelativePath(file),
    description: 'marks where it would decide otherwise',
    program: file.fsPath,
  }));
  const chosen = await window.showQuickPick([own, ...others], { title: 'Look at the run with' });
  return chosen?.program;
}

/** The name of the file that the run was made of, from the beginning of what may be a very long history. */
async function recordedName(history: Uri): Promise<string | null> {
  let file: FileHandle | null = null;
  try {
    file = await openFile(history.fsPath);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return workflowNameIn(buffer.toString('utf8', 0, bytesRead));
  } catch {
    // The debugger says what is wrong with a file that cannot be read.
    return null;
  } finally {
    await file?.close();
  }
}

/** Bytes within which a history names its workflow. */
const HEAD = 64 * 1024;

async function attach(name: string, what: Partial<DebugConfiguration>): Promise<void> {
  const configuration: DebugConfiguration = { type: DEBUG_TYPE, request: 'attach', name, ...what };
  await debug.startDebugging(workspace.workspaceFolders?.[0], configuration);
}

async function pickRun(context: ExtensionContext, journal: string | null): Promise<string | undefined> {
  if (!trusted()) return undefined;
  const lines = await runsOf(context, journal);
  if (!lines) return undefined;
  if (lines.length === 0) {
    void window.showInformationMessage('Backstep: the journal has no run yet.');
    return undefined;
  }
  const items = lines.map((line): QuickPickItem & { readonly run: string } => runItem(line, Date.now())).reverse();
  const chosen = await window.showQuickPick(items, {
    title: 'Run to debug',
    placeHolder: 'The newest run stands first',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.run;
}

/** The runs of the journal, the oldest first, as the command line tells them: nothing here opens a journal itself. */
async function runsOf(context: ExtensionContext, journal: string | null): Promise<RunLine[] | null> {
  const program = Uri.joinPath(context.extensionUri, 'dist', 'cli.js').fsPath;
  const args = [program, 'runs', '--json', ...(journal === null ? [] : ['--journal', journal])];
  const cwd = folder();
  try {
    const { stdout } = await run(process.execPath, args, {
      ...(cwd === null ? {} : { cwd }),
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RunLine);
  } catch (error) {
    const told = (error as { readonly stderr?: string }).stderr?.trim();
    void window.showErrorMessage(`Backstep: ${told || (error instanceof Error ? error.message : String(error))}`);
    return null;
  }
}

/** Where the search for the journal begins. */
function folder(): string | null {
  const document = window.activeTextEditor?.document;
  if (document?.uri.scheme === 'file' && document.languageId === DEBUG_TYPE) return dirname(document.uri.fsPath);
  return workspace.workspaceFolders?.[0]?.uri.fsPath ?? null;
}

/** The journal that a launch configuration names, which is handed to the commands in it as it is written. */
function journalIn(configuration: unknown): string | null {
  const journal = (configuration as { readonly journal?: unknown } | null | undefined)?.journal;
  if (typeof journal !== 'string') return null;
  return journal.replaceAll('${workspaceFolder}', workspace.workspaceFolders?.[0]?.uri.fsPath ?? '');
}
