/** From a name to where it is declared, and to its other places in the file. */
import {
  type Analysis,
  declarationAt,
  innerRange,
  mentionsIn,
  type Range,
  type ReferencedFile,
  referencedFiles,
  referencesTo,
  touches,
  valueOf,
} from '../../language/index.ts';
import { type File, meaningAt, type Project } from './across.ts';

/** A place, in this file or in another that this one names by a path relative to it. */
export interface Place {
  readonly file: string | null;
  readonly range: Range;
}

export interface Definition {
  /** The name at the cursor. */
  readonly origin: Range;
  /** The file that `target` counts from. */
  readonly from: File;
  /** The whole entry, and its name. */
  readonly target: Place;
  readonly nameRange: Range;
}

/** What the name at `offset` was declared as; a path to a file leads to its beginning. */
export function definitionAt(project: Project, file: File, offset: number): Definition | null {
  const meaning = meaningAt(project, file, offset);
  if (meaning !== null) {
    const { origin, home, declaration } = meaning;
    const target = { file: declaration.file, range: declaration.entry };
    return { origin, from: home, target, nameRange: declaration.range };
  }
  const link = fileLinks(file.analysis).find(({ range }) => touches(range, offset));
  if (link === undefined) return null;
  const start = { start: 0, end: 0 };
  return { origin: link.range, from: file, target: { file: link.path, range: start }, nameRange: start };
}

export interface Highlight {
  readonly range: Range;
  readonly writes: boolean;
}

/** The places of this file that name the same thing as the one at `offset`. */
export function highlightsAt(analysis: Analysis, offset: number): readonly Highlight[] {
  const declaration = declarationAt(analysis.symbols, offset);
  if (declaration === null) return [...mentionHighlights(analysis, offset), ...variableHighlights(analysis, offset)];
  const own = declaration.file === null ? [{ range: declaration.range, writes: true }] : [];
  return [...own, ...referencesTo(analysis.symbols, declaration).map(({ range, writes }) => ({ range, writes }))];
}

/** In a file of scenarios: the same name on the same way. */
function mentionHighlights(analysis: Analysis, offset: number): readonly Highlight[] {
  const mentions = mentionsIn(analysis);
  const here = mentions.find(({ range }) => touches(range, offset));
  if (here === undefined) return [];
  const place = (one: typeof here): string => [one.kind, one.participant, ...one.way, one.name].join('\n');
  return mentions.filter((one) => place(one) === place(here)).map(({ range }) => ({ range, writes: false }));
}

/** Inside an expression: a variable of its own, where it is bound and where it is used. */
function variableHighlights({ sites, text }: Analysis, offset: number): readonly Highlight[] {
  for (const site of sites) {
    if (!touches(site.node.range, offset)) continue;
    for (const { expression, parsed } of site.read.expressions) {
      const { start, end } = expression.range;
      const used = parsed.variables.find(({ range }) => touches(range, offset));
      if (used === undefined || !touches(expression.range, offset)) continue;
      const found = text.slice(start, end).matchAll(new RegExp(`\\$${escaped(used.name)}\\b(\\s*:=)?`, 'g'));
      return [...found].map((match) => {
        const at = start + match.index;
        return { range: { start: at, end: at + used.name.length + 1 }, writes: match[1] !== undefined };
      });
    }
  }
  return [];
}

/** The paths in the file that name other files. */
export function fileLinks(analysis: Analysis): readonly ReferencedFile[] {
  if (analysis.shape !== 'scenarios') return referencedFiles(analysis.workflow);
  const node = valueOf(analysis.tree.root, 'workflow');
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return [];
  return [{ path: node.value, kind: 'workflow', range: innerRange(node) }];
}

function escaped(name: string): string {
  return name.replace(/[^\w]/g, '\\$&');
}
