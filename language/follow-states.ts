/**
 * Follows an edit of states: one that is written in another way, several, new ones, ones that are gone.
 *
 * 1. First the model takes over what is written now, then the facts of the parts are compared with those before, and only
 *    then rules run: those of the parts themselves, and those that read something of them that changed.
 * 2. Whatever a rule reads of other parts must be told here by an aspect, by a name or by a type.
 */
import { buildState, type Collected } from './build/states.ts';
import { type Aspect, type Part, type PartRuleName, WHOLE_RULES } from './check.ts';
import { changedSources, forgetParts, givenBy, readersOf } from './dependents.ts';
import type { Diagnostic } from './diagnostics.ts';
import { forgetFlow } from './flow.ts';
import type { Facts, Used } from './facts.ts';
import {
  anchorsIn,
  type Checked,
  checkPart,
  formAround,
  type Kept,
  partOf,
  RULE_NAMES,
  setPart,
  unchecked,
  undoneIn,
} from './kept.ts';
import { moving, SpanRange } from './moving.ts';
import type { Node } from './tree.ts';
import { replacePart, worldOf } from './types/typing.ts';
import { editEntry } from './unit-edit.ts';
import { sourceOf, type Splice, type Unit } from './units.ts';
import { forgetGraphs } from './validate/data-results.ts';
import { checkFormOf } from './validate/form.ts';
import { forgetNames, type Scope, type State } from './workflow.ts';

/** Takes over states that are written anew; `move` takes over the units themselves. */
export function statesChanged(kept: Kept, { at, removed, added }: Splice, move: () => void): void {
  const { file, partOf: known } = kept;
  const before = removed.flatMap((unit) => known.get(unit.anchor) ?? []);
  const partsBefore = before.map(({ part }) => part);
  const factsBefore = before.map(({ facts }) => facts);
  const given = givenBy(kept, partsBefore);
  const first = kept.units.slice(0, at).filter(({ isState }) => isState).length;
  move();
  const aspects = new Set<Aspect>();
  let isLabel = true;
  const isOther =
    removed.length !== added.length || removed.some(({ anchor }, index) => added[index]?.anchor !== anchor);
  const moved = added.map((unit, index) => {
    const edit = takeOver(kept, unit, at + index);
    isLabel &&= edit.isLabel;
    for (const aspect of edit.aspects) aspects.add(aspect);
    return edit;
  });
  const after = moved.map(({ checked }) => checked);
  const gone = before.filter((checked) => !after.includes(checked));
  for (const { part } of gone) forgetModel(kept, part);
  if (isOther) {
    aspects.add('names').add('model');
    isLabel = false;
    namesChanged(kept);
  } else if (moved.some(({ isOther: others }) => others)) statesOf(kept);
  for (const { checked, isModel } of moved) if (isModel) declareAgain(kept, checked.part);
  if (isOther) kept.declared.statesAgain(file.workflow.root);
  const world = worldOf(file);
  if (moved.some(({ isModel }) => isModel) || isOther) world.assignments = null;
  for (const checked of gone) {
    replacePart(world, checked.part, NO_PART);
    setPart(kept, checked, NO_PART);
  }
  for (const checked of after) refresh(kept, checked);
  const to = new Map<Checked, Set<PartRuleName>>();
  const plan = (checked: Checked, ...rules: readonly PartRuleName[]): void => {
    const known = to.get(checked) ?? new Set();
    for (const rule of rules) known.add(rule);
    to.set(checked, known);
  };
  for (const checked of after) plan(checked, ...RULE_NAMES);
  if (isOther) {
    const names = new Set([...removed, ...added].map((unit) => unit.entry?.key.text ?? ''));
    refreshAround(kept);
    for (const checked of [kept.head, ...kept.parts]) {
      if (!isNaming(checked.facts, names) && checked !== kept.head) continue;
      if (!after.includes(checked)) nameAgain(kept, checked);
      forgetParts(kept, [checked.part]);
      plan(checked, 'names', 'types', 'results');
    }
    plan(kept.head, ...RULE_NAMES);
    // A fix names the state behind.
    const neighbour = kept.parts[first - 1];
    if (neighbour !== undefined) plan(neighbour, 'around');
  }
  addFacts(
    kept,
    aspects,
    factsBefore,
    after.map(({ facts }) => facts),
  );
  const sources = new Set(
    isLabel
      ? []
      : changedSources(
          kept,
          given,
          after.map(({ part }) => part),
        ),
  );
  if (isOther) for (const unit of [...removed, ...added]) sources.add(`results/${unit.entry?.key.text ?? ''}`);
  for (const checked of readersOf(kept, sources)) plan(checked, 'types');
  if (isAny(aspects, 'names', 'model', 'flow', 'guards')) {
    forgetGraphs(world);
    for (const checked of [kept.head, ...kept.parts]) if (checked.facts.readsResults) plan(checked, 'results');
  }
  if (isAny(aspects, 'names', 'model', 'flow', 'settings')) {
    kept.saga = null;
    const { hasPivot } = kept;
    const { saga } = file;
    if (hasPivot || kept.hasPivot) {
      for (const checked of kept.parts) if (undoneIn(saga, checked.part) !== checked.undone) plan(checked, 'settings');
    }
  }
  if (aspects.has('model')) for (const checked of kept.parts) if (checked.facts.hasUnknown) plan(checked, 'names');
  if (isAny(aspects, 'uses', 'model')) {
    for (const checked of kept.parts) {
      // Such a finding tells whether a policy is left over.
      if (checked.found.settings.some(({ code }) => code === 'retry-not-idempotent')) plan(checked, 'settings');
    }
  }
  const anchors = anchorsIn(kept);
  for (const [checked, rules] of to) checkPart(kept, checked, [...rules], anchors);
  if (isLabel) return;
  const touched = added.map(({ anchor, text }) => ({ start: anchor.start, end: anchor.start + text.length }));
  const isInside = ({ range, related = [] }: Diagnostic): boolean =>
    [range, ...related.map((place) => place.range)].some((one) =>
      touched.some(({ start, end }) => one.start >= start && one.start < end),
    );
  kept.whole = WHOLE_RULES.map(({ reads, check }, index) => {
    const found = kept.whole[index] ?? [];
    return reads.some((aspect) => aspects.has(aspect)) || found.some(isInside) ? moving(check(file), anchors) : found;
  });
}

const NO_PART: Part = { isHead: false, root: null, scopes: [], states: [], sites: [], form: [], references: [] };

function isAny(aspects: ReadonlySet<Aspect>, ...of: readonly Aspect[]): boolean {
  return of.some((aspect) => aspects.has(aspect));
}

/** Adds the aspects that the facts of parts tell. */
function addFacts({ users }: Kept, aspects: Set<Aspect>, before: readonly Facts[], after: readonly Facts[]): void {
  const text = (all: readonly Facts[], key: 'reads' | 'guards' | 'declares'): string =>
    all.map((facts) => facts[key]).join('\f');
  if (text(before, 'reads') !== text(after, 'reads')) aspects.add('reads');
  if (text(before, 'guards') !== text(after, 'guards')) aspects.add('guards');
  if (text(before, 'declares') !== text(after, 'declares')) aspects.add('declares');
  // Rules ask whether anything names a declaration, and whether anything else does.
  const change = new Map<Used, number>();
  for (const { uses } of before) for (const one of uses) change.set(one, (change.get(one) ?? 0) - 1);
  for (const { uses } of after) for (const one of uses) change.set(one, (change.get(one) ?? 0) + 1);
  for (const [one, by] of change) {
    const now = users.get(one) ?? 0;
    if (by !== 0 && Math.min(now, now - by) <= 1) aspects.add('uses');
  }
}

/** Whether a part names one of these states, or one that there is not. */
function isNaming({ states, hasUnknown, readsAny }: Facts, names: ReadonlySet<string>): boolean {
  if (hasUnknown || readsAny) return true;
  for (const name of names) if (states.has(name)) return true;
  return false;
}

interface Taken {
  readonly checked: Checked;
  readonly isModel: boolean;
  readonly isLabel: boolean;
  /** Whether it has other states or scopes than before. */
  readonly isOther: boolean;
  readonly aspects: Iterable<Aspect>;
}

/** Takes a unit into the model: as another form of the one with its anchor, or as a new one. */
function takeOver(kept: Kept, unit: Unit, index: number): Taken {
  const { built, partOf: known } = kept;
  const { root } = built.workflow;
  const checked = known.get(unit.anchor);
  if (unit.entry === null) throw new Error('A unit that is a state has an entry.');
  if (checked?.unit?.entry == null) {
    const into = collecting(kept, []);
    buildState(unit.entry, root, into);
    const { states, scopes } = into;
    const made = unchecked(unit, { ...NO_PART, root: unit.entry.value, states, scopes });
    known.set(unit.anchor, made);
    return { checked: made, isModel: true, isLabel: false, isOther: true, aspects: [] };
  }
  const { entry } = checked.unit;
  const { part } = checked;
  const nodes = [...part.states, ...part.scopes].map(({ node }) => node);
  const edit = editEntry(entry, unit.entry, part.sites);
  kept.units[index] = checked.unit = { ...unit, entry };
  if (!edit.isModel) {
    // Whether a condition is written as `true` decides which transitions are there.
    if (edit.aspects.has('flow')) for (const state of part.states) forgetFlow(state);
    return { ...edit, isOther: false, checked };
  }
  forgetNodes(kept, nodes);
  const into = collecting(kept, [part]);
  buildState(entry, root, into);
  const { states, scopes } = into;
  checked.part = { ...part, root: entry.value, states, scopes };
  return { ...edit, isOther: !isSame(states, part.states) || !isSame(scopes, part.scopes), checked };
}

function isSame<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at]);
}

function collecting({ built }: Kept, before: readonly Part[]): Collected {
  return {
    before: {
      states: new Map(before.flatMap(({ states }) => states.map((state) => [state.id, state]))),
      scopes: new Map(before.flatMap(({ scopes }) => scopes.map((scope) => [scope.id, scope]))),
    },
    scopes: [],
    states: [],
    scopeOf: built.scopeOf as Map<Node, Scope>,
    stateOf: built.stateOf as Map<Node, State>,
  };
}

function forgetModel(kept: Kept, { states, scopes }: Part): void {
  forgetNodes(
    kept,
    [...states, ...scopes].map(({ node }) => node),
  );
}

function forgetNodes({ built }: Kept, nodes: readonly (Node | null)[]): void {
  const [scopeOf, stateOf] = [built.scopeOf as Map<Node, Scope>, built.stateOf as Map<Node, State>];
  for (const node of nodes) {
    if (node === null) continue;
    scopeOf.delete(node);
    stateOf.delete(node);
  }
}

/** The states of the outermost scope are others, or stand in another order. */
function namesChanged(kept: Kept): void {
  const { built, units, partOf: known, statesMap, tree } = kept;
  const { root } = built.workflow;
  kept.parts = units.flatMap((unit) => (unit.isState ? (known.get(unit.anchor) ?? []) : []));
  const entries = kept.parts.flatMap(({ unit }) => unit?.entry ?? []);
  Object.assign(statesMap, { entries });
  const [first, last] = [entries[0], entries.at(-1)];
  if (statesMap.range instanceof SpanRange && first !== undefined && last !== undefined) {
    statesMap.range.follow(first.range, last.range);
  }
  if (tree.root.entries.length === 0) throw new Error('A file that is taken to units has entries.');
  Object.assign(root, { states: kept.parts.flatMap(({ part }) => part.states.slice(0, 1)) });
  forgetNames(root);
  statesOf(kept);
}

/** Takes the states and scopes of all parts into the workflow. */
function statesOf({ built, parts }: Kept): void {
  const { workflow } = built;
  Object.assign(workflow, {
    states: parts.flatMap(({ part }) => part.states),
    scopes: [workflow.root, ...parts.flatMap(({ part }) => part.scopes)],
  });
}

function declareAgain({ declared }: Kept, { scopes, states }: Part): void {
  declared.again(scopes, states[0]);
}

/** Checks the form of a part and reads its expressions again. */
function refresh(kept: Kept, checked: Checked): void {
  const { unit, part } = checked;
  if (unit?.entry == null) return;
  const form = checkFormOf(unit.entry, kept.checkedAs, sourceOf(unit), kept.built);
  const after = partOf(part, form, kept.declared);
  replacePart(worldOf(kept.file), part, after);
  setPart(kept, checked, after);
}

/** The same for what stands around the states. */
function refreshAround(kept: Kept): void {
  const { head, tree, text, built, units, declared, file } = kept;
  const form = formAround(tree.root, text, built, units);
  if (form === null) throw new Error('States stay states while units follow an edit.');
  const after = partOf(head.part, form, declared);
  replacePart(worldOf(file), head.part, after);
  setPart(kept, head, after);
}

/** Looks again for what the names in a part mean. */
function nameAgain(kept: Kept, checked: Checked): void {
  const { part } = checked;
  setPart(kept, checked, { ...part, references: kept.declared.usesIn(part) });
}
