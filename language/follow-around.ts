/**
 * Follows an edit of what stands around the states: participants, events, policies, the input and the like.
 *
 * 1. The states themselves stay what they are: their nodes, their model and their form.
 * 2. What is only for people, and the version, is read by no rule about states.
 */
import { buildAround, buildNames } from './build/build.ts';
import { declareSymbols } from './build/symbols.ts';
import { type PartRuleName, WHOLE_RULES } from './check.ts';
import { anchorsIn, checkPart, formAround, type Kept, partOf, RULE_NAMES, setPart } from './kept.ts';
import { moving, SpanRange } from './moving.ts';
import { operationsOf } from './operations.ts';
import { forgetTypes, replacePart, worldOf } from './types/typing.ts';
import { sourceOf, type Splice, type Unit } from './units.ts';
import { checkFormOf, formReads } from './validate/form.ts';

/** Keys that no rule about states reads. */
const APART: readonly string[] = ['workflow', 'version', 'title', 'description'];

/** Rules of states that read what stands around them. */
const DEPENDENT: readonly PartRuleName[] = ['names', 'around', 'types', 'results', 'settings'];

/** Takes over what is written anew around the states; `move` takes over the units themselves. */
export function aroundChanged(kept: Kept, { removed, added }: Splice, move: () => void): void {
  const { tree, built, file, head, checkedAs } = kept;
  const formBefore = formReads(built);
  const { workflow, context } = file;
  const isApart = [...removed, ...added].every(({ entry }) => APART.includes(entry?.key.text ?? ''));
  move();
  const states = tree.root.entries.find(({ value }) => value === kept.statesMap);
  const isHeader = (unit: Unit): boolean => unit.entry === null && unit.text.startsWith('states:');
  const entries = kept.units.flatMap((unit) => {
    if (isHeader(unit)) return states ?? [];
    return unit.isState ? [] : (unit.entry ?? []);
  });
  Object.assign(tree.root, { entries });
  const [first, last] = [entries[0], entries.at(-1)];
  if (tree.root.range instanceof SpanRange && first !== undefined && last !== undefined) {
    tree.root.range.follow(first.range, last.range);
  }
  if (isApart) buildNames(built, tree.root);
  else {
    buildAround(built, tree.root);
    forgetTypes(file);
    kept.saga = null;
    kept.operations = operationsOf(workflow, context);
    kept.declared = declareSymbols(workflow, kept.operations);
  }
  const form = formAround(tree.root, kept.text, built, kept.units);
  if (form === null) throw new Error('States stay states while units follow an edit.');
  const after = partOf(head.part, form, kept.declared);
  if (isApart) replacePart(worldOf(file), head.part, after);
  setPart(kept, head, after);
  const at = anchorsIn(kept);
  if (isApart) checkPart(kept, head, ['own'], at);
  else {
    const isForm = formReads(built) !== formBefore;
    for (const checked of kept.parts) {
      const { part, unit } = checked;
      if (!isForm || unit?.entry == null) setPart(kept, checked, { ...part, references: kept.declared.usesIn(part) });
      else
        setPart(kept, checked, partOf(part, checkFormOf(unit.entry, checkedAs, sourceOf(unit), built), kept.declared));
    }
    checkPart(kept, head, RULE_NAMES, at);
    for (const checked of kept.parts) checkPart(kept, checked, isForm ? RULE_NAMES : DEPENDENT, at);
  }
  kept.whole = WHOLE_RULES.map(({ check }) => moving(check(file), at));
}
