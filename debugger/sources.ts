/** Texts of workflows for the client: the file where it still is what the run began with, else the recorded text. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { RunView } from '../runner/host.ts';

export interface Sources {
  /** The source of a run's frames. */
  of(view: RunView): DebugProtocol.Source;
  /** The recorded text behind a `sourceReference`; null when there is none. */
  text(reference: number): string | null;
  /** The recorded text that goes by `path` in this session, if the file differs from it. */
  recorded(path: string): string | null;
}

/** No texts yet. References stay valid for the whole session. */
export function createSources(): Sources {
  const references = new Map<string, number>();
  const texts: { readonly file: string; readonly text: string }[] = [];
  return {
    of({ state, text }) {
      const { file, hash } = state;
      const name = basename(file);
      if (currentText(file) === text) return { name, path: file };
      const key = `${hash} ${file}`;
      const known = references.get(key);
      const reference = known ?? texts.push({ file, text });
      references.set(key, reference);
      return { name, path: file, sourceReference: reference, origin: 'the text that the run began with' };
    },
    text: (reference) => texts[reference - 1]?.text ?? null,
    recorded: (path) => texts.findLast(({ file }) => file === path)?.text ?? null,
  };
}

function currentText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
