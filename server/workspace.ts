/**
 * The workflow files of the workspace, open and closed: where they are, what they declare and which of them name which.
 *
 * 1. Folders are walked once, when somebody first asks, and again when a client that watches no files asks later. A
 *    client that watches tells of what comes and goes.
 * 2. What is known of a file is small, and is read again as soon as the file may have changed. Whole analyses are kept
 *    by `documents.ts`, and only a few.
 * 3. Walking and reading let other messages be handled in between.
 */
import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Range as LspRange } from 'vscode-languageserver/node';
import { type Analysis, isScenarioFile, referencedFiles, stringOf, valueOf } from '../language/index.ts';
import { toLspRange } from './convert.ts';
import type { Documents } from './documents.ts';
import { outline, type OutlineItem, type OutlineKind } from './features/outline.ts';
import { pathBeside } from './uri.ts';

/** What is known of one file without looking at it again. */
export interface FileFacts {
  readonly path: string;
  readonly shape: Analysis['shape'];
  /** The workflow's id. */
  readonly id: string | null;
  readonly symbols: readonly FileSymbol[];
  /** The workflows that it names: those that it runs, or for a file of scenarios the one that they are about. */
  readonly names: readonly string[];
}

export interface FileSymbol {
  readonly name: string;
  readonly kind: OutlineKind | 'workflow';
  readonly range: LspRange;
  /** What it stands in: the workflow's id, or the name of a participant or state. */
  readonly container: string;
}

/** Awaited between one file and the next; false when there is no use in going on. */
type Pause = () => Promise<boolean>;

export interface Workspace {
  /** Takes folders in, and leaves others out. */
  setFolders(added: readonly string[], removed?: readonly string[]): void;
  /** Whether the client tells of files that come, change and go. */
  setWatched(watched: boolean): void;
  /** These files came, changed or went. */
  changed(paths: readonly string[]): void;
  /** The paths of all workflow files and files of scenarios that can be read, in order. */
  files(): Promise<readonly string[]>;
  /** What is known of a file, or undefined if it cannot be read. */
  factsOf(path: string): FileFacts | undefined;
  /** The files of scenarios about the workflow at `path`. */
  scenariosOf(path: string, pause: Pause): Promise<readonly string[]>;
  /** The files that name `path`: workflows that run it, and scenarios about it. */
  namersOf(path: string, pause: Pause): Promise<readonly FileFacts[]>;
}

/** Whether a file by this name holds a workflow or scenarios. */
export function isWorkflowFile(path: string): boolean {
  return /\.workflow(?:\.test)?\.ya?ml$/.test(path);
}

/** More files than this are not looked for: such a folder is no workspace of workflows. */
const MAX_FOLDERS = 20_000;

/** Makes the index of a session; it knows no folder yet. */
export function createWorkspace(documents: Documents): Workspace {
  const folders = new Set<string>();
  const found = new Set<string>();
  const facts = new Map<string, { readonly stamp: string; readonly facts: FileFacts }>();
  let watched = false;
  let walked: Promise<void> | null = null;

  const walk = async (): Promise<void> => {
    found.clear();
    const open = [...folders];
    for (let seen = 0; open.length > 0 && seen < MAX_FOLDERS; seen++) {
      const folder = open.pop() ?? '';
      for (const entry of await entriesOf(folder)) {
        const path = join(folder, entry.name);
        if (entry.isDirectory() && !isLeftOut(entry.name)) open.push(path);
        else if (!entry.isDirectory() && isWorkflowFile(path)) found.add(path);
      }
    }
  };

  const factsOf = (path: string): FileFacts | undefined => {
    const stamp = documents.stampOf(path);
    const known = facts.get(path);
    if (known?.stamp === stamp) return known.facts;
    const analysis = documents.analyseFile(path);
    if (analysis === undefined) {
      facts.delete(path);
      return undefined;
    }
    const made = factsFrom(path, analysis);
    facts.set(path, { stamp, facts: made });
    return made;
  };

  const files = async (): Promise<readonly string[]> => {
    walked ??= walk();
    const walking = walked;
    await walking;
    if (!watched && walked === walking) walked = null;
    const open = documents.paths().filter(isWorkflowFile);
    return [...new Set([...found, ...open])].sort();
  };

  return {
    setFolders: (added, removed = []) => {
      for (const folder of removed) folders.delete(folder);
      for (const folder of added) folders.add(folder);
      walked = null;
    },
    setWatched: (now) => {
      watched = now;
    },
    changed: (paths) => {
      for (const path of paths) {
        if (!isWorkflowFile(path) || !isInside(path, folders)) continue;
        if (documents.stampOf(path) === 'missing') found.delete(path);
        else found.add(path);
      }
    },
    files,
    factsOf,
    scenariosOf: async (path, pause) => {
      const found: string[] = [];
      for (const one of await files()) {
        // Only files of scenarios are looked at: other names cost nothing.
        if (!isScenarioFile(one)) continue;
        if (factsOf(one)?.names.includes(path) === true) found.push(one);
        if (!(await pause())) break;
      }
      return found;
    },
    namersOf: async (path, pause) => {
      const namers: FileFacts[] = [];
      for (const one of await files()) {
        const known = factsOf(one);
        if (known?.names.includes(path) === true) namers.push(known);
        if (!(await pause())) break;
      }
      return namers;
    },
  };
}

function isLeftOut(name: string): boolean {
  return name === 'node_modules' || name.startsWith('.');
}

function isInside(path: string, folders: ReadonlySet<string>): boolean {
  for (const folder of folders) {
    if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) continue;
    const below = path.slice(folder.length).split(sep).slice(0, -1);
    if (!below.some(isLeftOut)) return true;
  }
  return false;
}

async function entriesOf(folder: string): Promise<readonly { readonly name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    // A folder that has gone, or is not ours to read, holds no workflows.
    return [];
  }
}

function factsFrom(path: string, analysis: Analysis): FileFacts {
  const { shape, workflow, tree } = analysis;
  const id = workflow.id?.value ?? null;
  const about = stringOf(valueOf(tree.root, 'workflow'));
  const written =
    shape === 'scenarios'
      ? about === undefined
        ? []
        : [about]
      : referencedFiles(workflow).flatMap((file) => (file.kind === 'workflow' ? [file.path] : []));
  const names = [...new Set(written.flatMap((one) => pathBeside(path, one) ?? []))];
  return { path, shape, id, symbols: symbolsOf(analysis), names };
}

function symbolsOf(analysis: Analysis): readonly FileSymbol[] {
  const { workflow, lines } = analysis;
  const id = workflow.id?.value ?? '';
  const symbols: FileSymbol[] = [];
  if (workflow.id !== null) {
    symbols.push({ name: id, kind: 'workflow', range: toLspRange(lines, workflow.id.range), container: '' });
  }
  const add = (items: readonly OutlineItem[], container: string): void => {
    for (const item of items) {
      if (item.kind !== 'undo' && item.name !== '') {
        symbols.push({ name: item.name, kind: item.kind, range: toLspRange(lines, item.nameRange), container });
      }
      add(item.children, item.name);
    }
  };
  add(outline(analysis), id);
  return symbols;
}
