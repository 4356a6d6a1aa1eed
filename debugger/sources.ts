/** Texts of workflows for the client: the file where it still is what the run began with, else the recorded text. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { RunView } from '../runner/host.ts';

export interface Sources {
  /** The source of a run's frames. */
  of(view: RunView): DebugProtocol.Source;
  /** The recorded text behind a `sourceReference`; null when there is none. */
  text(reference: number): string | null;
}

/** No texts yet. References stay valid for the whole session. */
export function createSources(): Sources {
  const references = new Map<string, number>();
  const texts: string[] = [];
  const compared = new Map<string, { readonly stamp: string; readonly same: boolean }>();
  /** Whether the file still holds `text`; it is read again only when it was written since. */
  const isCurrent = (file: string, hash: string, text: string): boolean => {
    const key = `${hash} ${file}`;
    const stamp = stampOf(file);
    const known = compared.get(key);
    if (known?.stamp === stamp) return known.same;
    const same = currentText(file) === text;
    compared.set(key, { stamp, same });
    return same;
  };
  return {
    of({ state, text }) {
      const { file, hash } = state;
      const name = basename(file);
      if (isCurrent(file, hash, text)) return { name, path: file };
      const key = `${hash} ${file}`;
      const known = references.get(key);
      const reference = known ?? texts.push(text);
      references.set(key, reference);
      return { name, path: file, sourceReference: reference, origin: 'the text that the run began with' };
    },
    text: (reference) => texts[reference - 1] ?? null,
  };
}

function currentText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? 'gone' : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}
