/** Asks a person for the input of a run. */
import { dirname } from 'node:path';
import type { QuickPickItem } from 'vscode';
import { FileType, Uri, window, workspace } from 'vscode';
import { needsInput, parseInput, skeleton } from './input-schema.ts';

/** A JSON value, or a JSON file's path; `undefined` inside says that the run begins without asking. */
export interface Answer {
  readonly input: unknown;
}

interface Choice extends QuickPickItem {
  readonly file?: string;
}

/**
 * Offers the JSON files beside `program` (in its folder `inputs`, and those named after it) and typing a value, if
 * `schema` demands anything. Gives undefined when the person gave up.
 */
export async function askForInput(program: Uri, schema: unknown): Promise<Answer | undefined> {
  if (!needsInput(schema)) return { input: undefined };
  const files = await inputFiles(program);
  const typing: Choice = { label: '$(edit) Type the input as JSON…' };
  const choices: Choice[] = [
    ...files.map((file) => ({ label: workspace.asRelativePath(file), file: file.fsPath })),
    typing,
  ];
  const choice =
    files.length === 0
      ? typing
      : await window.showQuickPick(choices, { title: 'Input of the run', placeHolder: 'The workflow needs an input' });
  if (!choice) return undefined;
  if (choice.file !== undefined) return { input: choice.file };
  const text = await window.showInputBox({
    title: 'Input of the run, as JSON',
    value: JSON.stringify(skeleton(schema)),
    ignoreFocusOut: true,
    validateInput: (typed) => {
      const parsed = parseInput(typed);
      return parsed.ok ? null : parsed.message;
    },
  });
  if (text === undefined) return undefined;
  const parsed = parseInput(text);
  return parsed.ok ? { input: parsed.value } : undefined;
}

async function inputFiles(program: Uri): Promise<Uri[]> {
  const folder = Uri.joinPath(Uri.file(dirname(program.fsPath)), 'inputs');
  try {
    const entries = await workspace.fs.readDirectory(folder);
    return entries
      .filter(([name, type]) => (type & FileType.File) !== 0 && name.endsWith('.json'))
      .map(([name]) => Uri.joinPath(folder, name))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  } catch {
    // There is no such folder: then there is nothing to offer.
    return [];
  }
}
