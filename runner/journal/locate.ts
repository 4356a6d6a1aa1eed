/** Where the journal of a workflow is: the last paragraph of the command line's reference. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The journal's file for `start`, a workflow file or a folder: `.backstep/runs.db` in the nearest folder upwards that has
 * one, else beside the workspace root (the nearest folder with `.git` or `.backstep.yaml`), else beside `start` itself.
 * Nothing is created.
 */
export function locateJournal(start: string): string {
  const folder = folderOf(resolve(start));
  const folders = upwards(folder);
  const existing = folders.map(journalIn).find((file) => existsSync(file));
  return existing ?? journalIn(folders.find(isRoot) ?? folder);
}

/** The workspace root of `start`: the nearest folder upwards with `.git`, `.backstep.yaml` or a journal, else its own. */
export function workspaceRoot(start: string): string {
  const folder = folderOf(resolve(start));
  return upwards(folder).find((candidate) => isRoot(candidate) || existsSync(journalIn(candidate))) ?? folder;
}

/** The nearest folder upwards of `start` that says that it is a workspace's root: by `.git` or `.backstep.yaml`. */
export function declaredRoot(start: string): string | undefined {
  return upwards(folderOf(resolve(start))).find(isRoot);
}

/** Where the settings for the workflow in `file` are, if there are any: `.backstep.yaml` at the root of its workspace. */
export function settingsOf(file: string): string {
  return join(workspaceRoot(dirname(resolve(file))), '.backstep.yaml');
}

function journalIn(folder: string): string {
  return join(folder, '.backstep', 'runs.db');
}

function isRoot(folder: string): boolean {
  return existsSync(join(folder, '.git')) || existsSync(join(folder, '.backstep.yaml'));
}

function folderOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true ? path : dirname(path);
}

function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}
