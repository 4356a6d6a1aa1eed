/** Recorded runs to look at: those of a file that `backstep history RUN --export` wrote, or of a journal. */
import { readFileSync } from 'node:fs';
import { lineIndex, positionAt } from '../../language/index.ts';
import { loadRecorded, readExport, textAt } from '../../runner/host.ts';
import type { Journal } from '../../runner/host.ts';
import { RequestError } from '../arguments.ts';
import type { Definition } from '../breakpoints.ts';
import type { Strand } from '../travel/timeline.ts';
import { offsetIn } from './json-place.ts';

export interface Archive {
  /** For a person: where the runs come from. */
  readonly origin: string;
  /** The run that is looked at first, then all that it and its children began. */
  readonly strands: readonly Strand[];
  /** What a run was bound to after its record `seq`; null when the text cannot be compiled any more. */
  definition(run: string, seq: number): Definition | null;
}

/**
 * Reads the file of an export; `run` is one of its runs, by default the one that was exported. Raises a RequestError with
 * the file and the line where it is damaged or something else.
 */
export function readArchive(file: string, run: string | null): Archive {
  const text = readText(file);
  const value = parseJson(file, text);
  const read = readExport(value);
  if ('where' in read) throw new RequestError(`${placed(file, text, offsetIn(text, read.where))}: ${read.message}`);
  const { runs, texts } = read;
  const main = run === null ? runs[0] : runs.find((each) => each.run === run);
  if (main === undefined) {
    const known = runs.map((each) => each.run).join(', ');
    throw new RequestError(`${file} holds no run ${run ?? ''}. It holds ${known}.`);
  }
  const journal: Texts = {
    text: (hash) => (Object.hasOwn(texts, hash) ? (texts[hash] ?? null) : null),
  };
  const below = (parent: string): typeof runs =>
    runs.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.run)]);
  const family = [main, ...below(main.run)];
  return archiveOf(file, journal, family);
}

/** A run of a journal and all that it and its children began. The journal must stay open. */
export function archiveIn(journal: Journal, file: string, run: string): Archive {
  const family = (each: string): { run: string; records: Strand['records'] }[] => [
    { run: each, records: journal.read(each) },
    ...journal.list({ parent: each }).flatMap((child) => family(child.run)),
  ];
  const runs = family(run).flatMap(({ run: id, records }) => {
    const summary = journal.summary(id);
    return summary === null ? [] : [{ ...summary, records }];
  });
  return archiveOf(file, journal, runs);
}

type Texts = Parameters<typeof loadRecorded>[0];
type Bound = Parameters<typeof textAt>[0] & { readonly records: Strand['records'] };

function archiveOf(origin: string, texts: Texts, runs: readonly Bound[]): Archive {
  const known = new Map<string, Definition | null>();
  return {
    origin,
    strands: runs.map(({ run, records }) => ({ run, records })),
    definition(run, seq) {
      const found = runs.find((each) => each.run === run);
      if (found === undefined) return null;
      const bound = textAt(found, found.records, seq);
      const key = `${run} ${bound.hash}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const loaded = loadRecorded(texts, bound);
      const definition = 'error' in loaded ? null : loaded;
      known.set(key, definition);
      return definition;
    },
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RequestError(`The history ${file} cannot be read: ${messageOf(error)}`);
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = messageOf(error);
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    throw new RequestError(`${placed(file, text, offset)}: The history is not whole, or no JSON: ${message}`);
  }
}

function placed(file: string, text: string, offset: number): string {
  const { line, character } = positionAt(lineIndex(text), offset);
  return `${file}:${line + 1}:${character + 1}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
