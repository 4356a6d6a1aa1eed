/** Which files `validate` checks: those that are named, and the workflow and scenario files in the folders that are. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from './exit.ts';
import { unreadable } from './json-option.ts';

const WORKFLOW = /\.workflow(\.test)?\.ya?ml$/;
/** Folders that hold other people's files, or no files at all. */
const SKIPPED = new Set(['node_modules', '.git']);

/**
 * The files at `paths`, in order: a file as it is named, a folder as the workflow and scenario files anywhere below it,
 * sorted. Folders behind symbolic links are not searched. Raises a CommandError for a path that is not there.
 */
export function findFiles(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap(filesAt))];
}

function filesAt(path: string): readonly string[] {
  try {
    return statSync(path).isDirectory() ? search(path) : [path];
  } catch (error) {
    throw new CommandError(unreadable(path, 'to be checked', error));
  }
}

function search(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : search(path);
      return WORKFLOW.test(entry.name) && isFile(path) ? [path] : [];
    });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
