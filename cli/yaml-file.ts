/** A file of YAML or JSON that is no workflow: its value, and where each part of it stands. */
import { isCollection, isNode, LineCounter, parseDocument } from 'yaml';
import type { Json } from '../language/index.ts';
import { CommandError } from './exit.ts';
import { readText } from './json-option.ts';

export interface YamlFile {
  readonly value: Json;
  /** `FILE:LINE:COLUMN` of the part that is reached by names and numbers of items, or of what is there of the way. */
  placeOf(way: readonly (string | number)[]): string;
}

/** Reads `file`; `what` says what it is for. Raises a CommandError when it cannot be read. */
export function readYamlFile(file: string, what: string): YamlFile {
  const text = readText(file, what);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const [error] = document.errors;
  if (error !== undefined) throw new CommandError(`${place(error.pos[0])}: ${firstLine(error.message)}`);
  return {
    value: valueOf(() => document.toJS({ maxAliasCount: 100 }) as Json, file),
    placeOf(way) {
      let at: unknown = document.contents;
      let offset = isNode(at) ? (at.range?.[0] ?? 0) : 0;
      for (const part of way) {
        at = isCollection(at) ? at.get(part, true) : undefined;
        if (!isNode(at)) break;
        offset = at.range?.[0] ?? offset;
      }
      return place(offset);
    },
  };
}

/** Aliases that would expand without bound are refused by the parser when the value is made. */
function valueOf(make: () => Json, file: string): Json {
  try {
    return make();
  } catch (error) {
    throw new CommandError(`${file}:1:1: ${firstLine(error instanceof Error ? error.message : String(error))}.`);
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
