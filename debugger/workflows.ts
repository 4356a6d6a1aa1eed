/** Workflows as files: their plans for breakpoints, and what is wrong with one in words that name the place. */
import { lineIndex, positionAt } from '../language/index.ts';
import { load } from '../runner/host.ts';
import type { StartError } from '../runner/host.ts';
import type { Placed } from './breakpoints.ts';

/** The plan of `file` as it is on the disk, or why it has none. */
export function planOfFile(file: string): Placed {
  const loaded = load(file);
  return 'error' in loaded ? { reason: `Nothing can be stopped at here: ${describeStartError(loaded.error)}` } : loaded;
}

/** How many findings one message names. */
const MOST = 5;

/** What kept a run from beginning, each finding with its file, line and column. */
export function describeStartError({ message, file, text, findings, heldBy }: StartError): string {
  const holder =
    heldBy === undefined || message.includes(heldBy.name)
      ? ''
      : ` It is held by ${heldBy.name} (process ${heldBy.pid} on ${heldBy.host}).`;
  if (findings === undefined || findings.length === 0 || text === undefined) return `${message}${holder}`;
  const lines = lineIndex(text);
  const told = findings.slice(0, MOST).map((finding) => {
    const { line, character } = positionAt(lines, finding.range.start);
    return `${file ?? ''}:${line + 1}:${character + 1}: ${finding.message}`;
  });
  const rest = findings.length > MOST ? [`and ${findings.length - MOST} more`] : [];
  return [message, ...told, ...rest].join('\n');
}
