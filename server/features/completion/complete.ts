/** What may be written at the cursor. */
import type { Analysis } from '../../../language/index.ts';
import { matches } from '../matching.ts';
import type { Surroundings } from '../roots.ts';
import { expectedAt, rootShape } from './expected.ts';
import { expressionSuggestions } from './expressions.ts';
import { MAX_SUGGESTIONS, type Suggestion } from './item.ts';
import { keySuggestions } from './keys.ts';
import type { FindSpot } from './spots.ts';
import { type ListFolder, valueSuggestions } from './values.ts';

export interface CompletionWorld extends Surroundings {
  readonly listFolder: ListFolder;
  /** `spotAt`, or what remembers for it. */
  readonly findSpot: FindSpot;
}

export interface Completion {
  readonly suggestions: readonly Suggestion[];
  /** Whether there are no others, however the word goes on. */
  readonly complete: boolean;
}

/** The suggestions at `offset`, best first; of very many those that what is typed already can become. */
export function completionAt(
  analysis: Analysis,
  file: string | undefined,
  offset: number,
  world: CompletionWorld,
): Completion {
  const all = complete(analysis, file, offset, world);
  if (all.length <= MAX_SUGGESTIONS) return { suggestions: all, complete: true };
  const fitting = all.filter(({ label, replace }) => matches(analysis.text.slice(replace.start, offset), label));
  return { suggestions: fitting.slice(0, MAX_SUGGESTIONS), complete: false };
}

/** The suggestions at `offset`, best first. Empty in comments and wherever the language has nothing to say. */
export function complete(
  analysis: Analysis,
  file: string | undefined,
  offset: number,
  world: CompletionWorld,
): readonly Suggestion[] {
  const spot = world.findSpot(analysis.text, offset);
  if (spot === null) return [];
  const root = rootShape(file);
  if (spot.expression !== null) {
    const way = spot.valueOf ?? spot.keyOf ?? [];
    return sorted(expressionSuggestions(analysis, spot.expression, expectedAt(analysis, way, root), world));
  }
  const keys = spot.keyOf === null ? [] : keySuggestions(analysis, spot, expectedAt(analysis, spot.keyOf, root));
  const values =
    spot.valueOf === null
      ? []
      : valueSuggestions(analysis, spot, expectedAt(analysis, spot.valueOf, root), world.listFolder);
  return sorted([...values, ...keys]);
}

/** By rank, then by label; of two with the same label the better one stays. */
function sorted(suggestions: readonly Suggestion[]): readonly Suggestion[] {
  const ordered = [...suggestions].sort(
    (a, b) => a.rank - b.rank || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0),
  );
  const seen = new Set<string>();
  return ordered.filter(({ label }) => !seen.has(label) && seen.add(label));
}
