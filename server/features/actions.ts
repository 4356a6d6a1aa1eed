/** Quick fixes: the language's own, for single findings and for all of a file at once. */
import { type Analysis, type Diagnostic, type Fix, fixesFor, type Range } from '../../language/index.ts';

export interface QuickFix extends Fix {
  readonly diagnostic: Diagnostic;
  /** Whether it is the first that is offered for its finding. */
  readonly preferred: boolean;
}

/** The fixes of the findings that touch `range`, in the order of the text. */
export function quickFixes(analysis: Analysis, range: Range): readonly QuickFix[] {
  return analysis.diagnostics
    .filter((diagnostic) => diagnostic.range.start <= range.end && range.start <= diagnostic.range.end)
    .flatMap((diagnostic) => fixesOf(analysis, diagnostic));
}

/**
 * The edits that put everything right that has one obvious fix: the first fix of each finding, as long as no two of them
 * touch the same place. What is left over is found again in the text that results.
 */
export function fixAll(analysis: Analysis): readonly Fix['edits'][number][] {
  const edits: Fix['edits'][number][] = [];
  for (const diagnostic of analysis.diagnostics) {
    const [first] = fixesOf(analysis, diagnostic);
    if (first === undefined || first.silences === true || diagnostic.severity === 'hint') continue;
    const clashes = first.edits.some((edit) => edits.some((other) => overlaps(edit.range, other.range)));
    if (!clashes) edits.push(...first.edits);
  }
  return edits;
}

function fixesOf(analysis: Analysis, diagnostic: Diagnostic): readonly QuickFix[] {
  return fixesFor(analysis, diagnostic).map((fix, index) => ({
    ...fix,
    diagnostic,
    preferred: index === 0 && fix.silences !== true,
  }));
}

function overlaps(a: Range, b: Range): boolean {
  return a.start <= b.end && b.start <= a.end;
}
