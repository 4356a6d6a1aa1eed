/** Asks a person for the input of a run. */
import { dirname, isAbsolute, join } from 'node:path';
import type { QuickPickItem } from 'vscode';
import { FileType, Uri, window, workspace } from 'vscode';
import { askForJson } from './asking.ts';
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
  const typed = await askForJson('Input of the run, as JSON', skeleton(schema));
  return typed && { input: typed.value };
}

/** Asks for another input than the one that a run had: `before`, a value or a file's path, is there to be changed. */
export async function askForInputAgain(program: Uri, schema: unknown, before: unknown): Promise<Answer | undefined> {
  const first = typeof before === 'string' ? await readInput(program, before) : before;
  const typed = await askForJson('Another input of the run, as JSON', first ?? skeleton(schema) ?? {});
  return typed && { input: typed.value };
}

async function readInput(program: Uri, path: string): Promise<unknown> {
  try {
    const file = Uri.file(isAbsolute(path) ? path : join(dirname(program.fsPath), path));
    const parsed = parseInput(new TextDecoder().decode(await workspace.fs.readFile(file)));
    return parsed.ok ? parsed.value : undefined;
  } catch {
    // The file is gone: then the input is typed anew.
    return undefined;
  }
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
