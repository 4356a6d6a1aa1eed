/** How an expected and an actual value differ, line by line. */
import { diffLines } from 'diff';
import type { Json } from '../../language/index.ts';
import type { Failure } from '../../runner/scenarios.ts';

export interface DifferenceLine {
  readonly sign: '-' | '+' | ' ';
  readonly text: string;
}

/** Lines around a difference that are shown as they are. */
const CONTEXT = 3;

/** `-` stands before what was expected and is not there, `+` before what is there instead. Empty without two values. */
export function differenceOf({ expected, actual }: Failure): readonly DifferenceLine[] {
  if (expected === undefined || actual === undefined) return [];
  const parts = diffLines(pretty(expected), pretty(actual));
  return parts.flatMap(({ added, removed, value }, at) => {
    const lines = value.replace(/\n$/, '').split('\n');
    const sign = removed ? '-' : added ? '+' : ' ';
    const shown = sign === ' ' ? shortened(lines, at === 0, at === parts.length - 1) : lines;
    return shown.map((text) => ({ sign, text }));
  });
}

/** A stretch without differences: only its ends that stand beside one. */
function shortened(lines: readonly string[], first: boolean, last: boolean): readonly string[] {
  const head = first ? 0 : CONTEXT;
  const tail = last ? 0 : CONTEXT;
  if (lines.length <= head + tail + 1) return lines;
  return [...lines.slice(0, head), '…', ...lines.slice(lines.length - tail)];
}

/** A text as it is, anything else as indented JSON; keys are sorted, so that their order is no difference. */
function pretty(value: Json): string {
  return `${typeof value === 'string' ? value : JSON.stringify(sorted(value), null, 2)}\n`;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, field]) => [name, sorted(field)]));
}
