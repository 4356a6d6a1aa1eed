/** What the language needs of the world around a file. It reads nothing itself: whoever asks it hands in what is known. */
import type { File } from '@babel/types';
import type { Rules } from './diagnostics.ts';

/** A file that a workflow names: its text, or that there is none. */
export type Resource = { readonly kind: 'missing' } | { readonly kind: 'text'; readonly text: string };

/** Parses a TypeScript or JavaScript module by its text and path; null where it can’t be read as one. */
export type ParseModule = (text: string, path: string) => File | null;

export interface LanguageContext {
  /** The path or the name of the file itself, in any form that `resource` is relative to. */
  readonly file?: string;
  /**
   * A file by its path, relative to the folder of this one, with `/` between its parts. `undefined` says that it is not
   * known yet, and then nothing is said about it.
   */
  readonly resource?: (path: string) => Resource | undefined;
  readonly rules?: Rules;
  /** Without it only the names of the functions that modules export are known. */
  readonly parseModule?: ParseModule;
  /** The versions of a workflow, by its id, that runs are known of, each with the ways of its states (section 11). */
  readonly versions?: (workflow: string) => readonly KnownVersion[];
}

/** A version of a workflow, and the ways of its states: `charge`, `notify/email/send`. */
export interface KnownVersion {
  readonly version: string;
  readonly states: readonly string[];
}

/** The path that `path`, written in the file `from`, has seen from where `from` is relative to. */
export function joinPath(from: string, path: string): string {
  const normal = path.replaceAll('\\', '/');
  if (/^([A-Za-z]:)?\//.test(normal)) return normal;
  const folder = from.replaceAll('\\', '/').split('/').slice(0, -1);
  const parts: string[] = [];
  for (const part of [...folder, ...normal.split('/')]) {
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..' && parts.at(-1) !== '') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

/** Whether a file by this name holds scenarios, by its ending. */
export function isScenarioFile(file: string): boolean {
  return /\.workflow\.test\.ya?ml$/.test(file);
}
