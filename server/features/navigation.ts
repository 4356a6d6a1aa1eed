/** From a name to where it is declared and to where it is used. */
import {
  type Analysis,
  declarationAt,
  type Range,
  referenceAt,
  type ReferencedFile,
  referencedFiles,
  referencesTo,
  touches,
} from '../../language/index.ts';

/** A place, in this file or in another that this one names by a path relative to it. */
export interface Place {
  readonly file: string | null;
  readonly range: Range;
}

export interface Definition {
  /** The name at the cursor. */
  readonly origin: Range;
  /** The whole entry, and its name. */
  readonly target: Place;
  readonly nameRange: Range;
}

/** What the name at `offset` was declared as; a path to a file leads to its beginning. */
export function definitionAt(analysis: Analysis, offset: number): Definition | null {
  const declaration = declarationAt(analysis.symbols, offset);
  if (declaration !== null) {
    const origin = referenceAt(analysis.symbols, offset)?.range ?? declaration.range;
    return {
      origin,
      target: { file: declaration.file, range: declaration.entry },
      nameRange: declaration.range,
    };
  }
  const link = fileLinks(analysis).find(({ range }) => touches(range, offset));
  if (link === undefined) return null;
  const start = { start: 0, end: 0 };
  return { origin: link.range, target: { file: link.path, range: start }, nameRange: start };
}

/** Every use of what the name at `offset` stands for, its declaration first where it is wanted. */
export function referencesAt(analysis: Analysis, offset: number, withDeclaration: boolean): readonly Place[] {
  const declaration = declarationAt(analysis.symbols, offset);
  if (declaration === null) return [];
  const uses = referencesTo(analysis.symbols, declaration).map(({ range }) => ({ file: null, range }));
  return withDeclaration ? [{ file: declaration.file, range: declaration.range }, ...uses] : uses;
}

export interface Highlight {
  readonly range: Range;
  readonly writes: boolean;
}

/** The places of this file that name the same thing as the one at `offset`. */
export function highlightsAt(analysis: Analysis, offset: number): readonly Highlight[] {
  const declaration = declarationAt(analysis.symbols, offset);
  if (declaration === null) return [];
  const own = declaration.file === null ? [{ range: declaration.range, writes: true }] : [];
  return [...own, ...referencesTo(analysis.symbols, declaration).map(({ range, writes }) => ({ range, writes }))];
}

/** The paths in the file that name other files. */
export function fileLinks(analysis: Analysis): readonly ReferencedFile[] {
  return referencedFiles(analysis.workflow);
}
