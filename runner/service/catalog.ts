/** The workflows of a workspace, by their ids, kept up to date while files change. */
import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { relative } from 'node:path';
import type { Plan } from '../../language/index.ts';
import { workflowFiles } from '../events/declarations.ts';
import { load } from '../load.ts';
import { findingsOf } from './findings.ts';

export interface CatalogEntry {
  /** Absolute. */
  readonly file: string;
  readonly plan: Plan;
}

export interface Catalog {
  /** Every workflow without errors, by its id; of two files with the same id the first by path. */
  workflows(): ReadonlyMap<string, CatalogEntry>;
  close(): void;
}

/** Milliseconds of quiet after which changed files are read again. */
const QUIET = 200;

/**
 * Reads the workflows below `folder`, and again when one of them changes; `changed` is called after that. Files that cannot
 * be used are told to `log`.
 */
export function openCatalog(folder: string, changed: () => void, log: (line: string) => void): Catalog {
  let entries = read();
  let soon: NodeJS.Timeout | null = null;
  const watcher = watching();

  function read(): ReadonlyMap<string, CatalogEntry> {
    const found = new Map<string, CatalogEntry>();
    for (const path of workflowFiles(folder)) {
      const loaded = load(path);
      if ('error' in loaded) {
        const [first] = findingsOf(loaded.error);
        const why = first === undefined ? loaded.error.message : `${first.line}:${first.column}: ${first.message}`;
        log(`${relative(folder, path)} is passed over: ${why}`);
        continue;
      }
      const { file, plan } = loaded;
      const other = found.get(plan.workflow);
      if (other === undefined) found.set(plan.workflow, { file, plan });
      else log(`${relative(folder, path)} is passed over: ${other.file} has the same id ${plan.workflow}.`);
    }
    return found;
  }

  function watching(): FSWatcher | null {
    try {
      const watcher = watch(folder, { recursive: true }, (_, name) => {
        // Other files may be named by workflows: schemas, service descriptions; not those of the journal.
        if (name === null || /(^|[\\/])(\.[^\\/]*|node_modules)([\\/]|$)/.test(name)) return;
        if (soon !== null) clearTimeout(soon);
        soon = setTimeout(again, QUIET);
      });
      watcher.on('error', (error) => log(`Files are not watched any more: ${error.message}`));
      return watcher;
    } catch (error) {
      log(`Files cannot be watched here, so that changes are seen at the next start: ${(error as Error).message}`);
      return null;
    }
  }

  function again(): void {
    soon = null;
    entries = read();
    changed();
  }

  return {
    workflows: () => entries,
    close() {
      watcher?.close();
      if (soon !== null) clearTimeout(soon);
    },
  };
}
