/**
 * The analysis of a text that is typed in, from the analysis of the text before: what the edit touched is read and
 * checked again, everything else stays.
 *
 * 1. What comes out is what `analyse` gives for the same text and the same surroundings.
 * 2. An analysis that was given to `analyseAgain` is spent: its ranges count in the new text from then on.
 * 3. An edit is followed inside of states, over several of them, and inside of what stands around them. Any other, and a
 *    file that is not taken to units, is analysed anew.
 * 4. A text that can’t be read leaves what is kept as it was; the next one that can be is compared with the last that
 *    could.
 * 5. States, scopes and nodes of units that were not edited stay the same objects. So do the states and scopes of an
 *    edited one, with other contents.
 */
import { type Analysis, analyseInSteps } from './analysis.ts';
import type { LanguageContext } from './context.ts';
import { difference, linesAfter, type Replaced } from './edits.ts';
import { aroundChanged } from './follow-around.ts';
import { statesChanged } from './follow-states.ts';
import { analysisOf, keep, type Kept } from './kept.ts';
import { type Steps, toEnd } from './steps.ts';
import { type Splice, spliceUnits } from './units.ts';

const keptOf = new WeakMap<Analysis, Kept>();

/**
 * Analyses `text`.
 *
 * @param before the analysis of the text as it was a moment ago, with the same context; null where there is none
 */
export function analyseAgain(before: Analysis | null, text: string, context: LanguageContext): Analysis {
  return toEnd(analyseAgainInSteps(before, text, context));
}

/**
 * The same in slices of a few milliseconds. An edit that can be followed is one slice. An analysis that nobody asks for
 * any more is left as it is: `before` is spent only by the last slice.
 */
export function* analyseAgainInSteps(before: Analysis | null, text: string, context: LanguageContext): Steps<Analysis> {
  const known = before === null || before.context !== context ? undefined : keptOf.get(before);
  const kept = known !== undefined && update(known, text) ? known : yield* keep(text, context);
  const analysis = kept === null ? yield* analyseInSteps(text, context) : analysisOf(kept);
  const last = kept ?? (analysis.tree.problems.length > 0 ? known : undefined);
  if (last !== undefined) keptOf.set(analysis, last);
  return analysis;
}

/** Follows the text to what it is now; false, with nothing changed, where that can’t be done. */
function update(kept: Kept, text: string): boolean {
  const replaced = difference(kept.text, text);
  const { start, oldEnd, newEnd } = replaced;
  if (start === oldEnd && start === newEnd) return true;
  const splice = spliceUnits(kept.units, text, replaced);
  if (splice === null) return false;
  const move = (): void => moveUnits(kept, splice, text, replaced);
  const isState = [...splice.added, ...splice.removed].every((unit) => unit.isState);
  if (isState) statesChanged(kept, splice, move);
  else aroundChanged(kept, splice, move);
  return true;
}

/** Takes the units over, and moves what stands behind them. */
function moveUnits(kept: Kept, { at, removed, added, starts }: Splice, text: string, replaced: Replaced): void {
  const { units } = kept;
  const by = replaced.newEnd - replaced.oldEnd;
  for (let behind = at + removed.length; behind < units.length; behind++) {
    const unit = units[behind];
    if (unit !== undefined) unit.anchor.start += by;
  }
  for (const [index, { anchor }] of added.entries()) anchor.start = starts[index] ?? anchor.start;
  units.splice(at, removed.length, ...added);
  kept.lines = linesAfter(kept.lines, text, replaced);
  kept.text = text;
  kept.sites = null;
  kept.references = null;
  if ([...removed, ...added].some(({ comments }) => comments.length > 0)) {
    kept.comments = units.flatMap(({ comments }) => comments);
  }
}
