/**
 * Where the files that a workflow names may lie: modules, OpenAPI documents and other workflows.
 *
 * A workflow is often somebody else's. What it names is read and executed, so it has to lie in the workspace, links
 * followed: below the nearest folder with `.git` or `.backstep.yaml`; without one, below the current folder if the workflow
 * is in that, else beside the workflow. `BACKSTEP_ALLOW_PATHS`, set for the process, names further folders.
 */
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, parse, relative, sep } from 'node:path';
import process from 'node:process';
import { declaredRoot, workspaceRoot } from './journal/locate.ts';

export type Placed = { readonly path: string } | { readonly refused: 'absent' | 'outside' };

/** The folders in which what the workflow in `file` names may lie; the first is its workspace. */
export function boundariesOf(file: string): readonly string[] {
  return [declaredRoot(file) ?? workingFolderAround(file) ?? workspaceRoot(file), ...allowedFolders()];
}

/** The folders that are allowed besides the workspace. */
export function allowedFolders(): readonly string[] {
  return (process.env['BACKSTEP_ALLOW_PATHS'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

/** The real path of `path`, if it lies in one of `folders`. */
export function placedIn(folders: readonly string[], path: string): Placed {
  const real = realPath(path);
  if (real === null) return { refused: 'absent' };
  return folders.some((folder) => contains(realPath(folder), real)) ? { path: real } : { refused: 'outside' };
}

/** The current folder, if it holds the file and is more than the whole disk or everything that a person has. */
function workingFolderAround(file: string): string | null {
  const folder = process.cwd();
  if (folder === parse(folder).root || folder === homedir()) return null;
  return contains(realPath(folder), realPath(dirname(file)) ?? dirname(file)) ? folder : null;
}

function contains(folder: string | null, path: string): boolean {
  if (folder === null) return false;
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // It is not there, or may not be seen, which comes to the same.
  }
}
