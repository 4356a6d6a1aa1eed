/** The changes that are offered for the state at a place. */
import { type Analysis, type Range, type State, touches } from '../../../language/index.ts';
import { compensationFor } from './compensation.ts';
import { childExtraction, scopeExtraction } from './extract.ts';
import { childInlining } from './inline.ts';
import { partAt } from './part.ts';
import { switchMerge } from './switches.ts';
import type { Refactoring } from './text.ts';
import { catchWrap, retryWrap } from './wrap.ts';

/** What can be done with the state around `range`, and with the states that it covers; `childAt` gives a child by its path. */
export function refactorings(
  analysis: Analysis,
  range: Range,
  childAt: (path: string) => Analysis | undefined,
): readonly Refactoring[] {
  if (analysis.shape !== 'workflow' || analysis.tree.problems.length > 0) return [];
  const state = stateAt(analysis, range);
  const single =
    state === null ? [] : [compensationFor, retryWrap, catchWrap, switchMerge].map((make) => make(analysis, state));
  // Taking states out needs a selection: nobody wants it offered at every step of the cursor.
  const part = range.start < range.end ? partAt(analysis, range) : null;
  const extractions = part === null ? [] : [scopeExtraction(analysis, part), childExtraction(analysis, part)];
  const inlining = state === null ? null : childInlining(analysis, state, childAt);
  return [...extractions, inlining, ...single].filter((one) => one !== null);
}

/** The innermost state that holds the range. */
function stateAt({ workflow }: Analysis, range: Range): State | null {
  return (
    workflow.states.findLast((state) => touches(state.range, range.start) && touches(state.range, range.end)) ?? null
  );
}
