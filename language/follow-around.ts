/**
 * Follows an edit of what stands around the states: participants, events, policies, the input and the like.
 *
 * 1. The states themselves stay what they are: their nodes and their model.
 * 2. What is only for people, and the version, is read by no rule about states. Of participants, events, errors and
 *    policies a rule about a state reads those that the state names, by their declarations. Anything else may be read by
 *    every state.
 */
import { buildAround, buildDeclared, buildNames } from './build/build.ts';
import { declareSymbols } from './build/symbols.ts';
import { type PartRuleName, WHOLE_RULES } from './check.ts';
import { changedSources, givenBy, readersOf } from './dependents.ts';
import { anchorsIn, checkPart, formAround, type Kept, partOf, RULE_NAMES, setPart } from './kept.ts';
import { type Anchors, moving, SpanRange } from './moving.ts';
import { operationsOf } from './operations.ts';
import type { Declaration } from './symbols.ts';
import type { Entry, Node } from './tree.ts';
import { placeAround } from './types/places.ts';
import { forgetTypes, replacePart, worldOf } from './types/typing.ts';
import { keepEntries } from './unit-edit.ts';
import { sourceOf, type Splice, type Unit } from './units.ts';
import { checkFormOf, formReads } from './validate/form.ts';
import { retryFor } from './validate/saga-fixes.ts';

/** Keys that no rule about states reads. */
const APART: readonly string[] = ['workflow', 'version', 'title', 'description'];

/** Keys below which something is declared that states name. */
const DECLARING: readonly string[] = ['participants', 'events', 'errors', 'policies'];

/** Rules of states that read what stands around them. */
const DEPENDENT: readonly PartRuleName[] = ['names', 'around', 'types', 'results', 'settings'];

/** Takes over what is written anew around the states; `move` takes over the units themselves. */
export function aroundChanged(kept: Kept, { removed, added }: Splice, move: () => void): void {
  const { file, head } = kept;
  const keys = [...removed, ...added].map(({ entry }) => entry?.key.text ?? '');
  const names = keys.every((key) => DECLARING.includes(key)) ? changedNames(removed, added) : null;
  if (names !== null) keepDeclarations(removed, added, names);
  move();
  takeEntries(kept);
  const at = anchorsIn(kept);
  const isApart = keys.every((key) => APART.includes(key));
  if (isApart) {
    buildNames(kept.built, kept.tree.root);
    refreshHead(kept);
    checkPart(kept, head, ['own'], at);
  } else {
    kept.saga = null;
    if (names === null || !declaredChanged(kept, names, at)) allChanged(kept, at);
    checkPart(kept, head, RULE_NAMES, at);
  }
  kept.whole = WHOLE_RULES.map(({ reads, check }, index) => {
    return isApart && !reads.includes('version') ? (kept.whole[index] ?? []) : moving(check(file), at);
  });
}

/** Keeps the nodes of what is declared as before, in sections of which other entries were edited. */
function keepDeclarations(removed: readonly Unit[], added: readonly Unit[], names: ReadonlySet<string>): void {
  for (const { anchor, entry } of added) {
    const before = removed.find((unit) => unit.anchor === anchor)?.entry;
    if (entry === null || before == null || before.key.text !== entry.key.text) continue;
    const { text } = entry.key;
    if (text !== 'policies')
      keepEntries(before.value, entry.value, (name) => names.has(`${KINDS[text] ?? ''} ${name}`));
    else {
      for (const { key, value } of entriesOf(entry.value)) {
        const policies = entriesOf(before.value).find((one) => one.key.text === key.text);
        if (policies !== undefined)
          keepEntries(policies.value, value, (name) => names.has(`policy ${key.text} ${name}`));
      }
    }
  }
}

function entriesOf(node: Node): readonly Entry[] {
  return node.kind === 'map' ? node.entries : [];
}

/** Takes the entries of the units into the tree. */
function takeEntries({ tree, units, statesMap }: Kept): void {
  const states = tree.root.entries.find(({ value }) => value === statesMap);
  const isHeader = (unit: Unit): boolean => unit.entry === null && unit.text.startsWith('states:');
  const entries = units.flatMap((unit) => {
    if (isHeader(unit)) return states ?? [];
    return unit.isState ? [] : (unit.entry ?? []);
  });
  Object.assign(tree.root, { entries });
  const [first, last] = [entries[0], entries.at(-1)];
  if (tree.root.range instanceof SpanRange && first !== undefined && last !== undefined) {
    tree.root.range.follow(first.range, last.range);
  }
}

/** Reads what stands around the states again. */
function refreshHead(kept: Kept): void {
  const before = kept.head.part;
  readHead(kept);
  replacePart(worldOf(kept.file), before, kept.head.part);
}

function readHead(kept: Kept): void {
  const { tree, text, built, units, head, declared } = kept;
  const form = formAround(tree.root, text, built, units);
  if (form === null) throw new Error('States stay states while units follow an edit.');
  setPart(kept, head, partOf(head.part, form, declared));
}

/** What states read of all that is declared, beyond what they name. */
function readOfAll({ built }: Kept): string {
  return `${formReads(built)} ${retryFor(built.workflow)}`;
}

/** Follows an edit of some declarations, by `names`; false where more than those who name them may read it. */
function declaredChanged(kept: Kept, names: ReadonlySet<string>, at: Anchors): boolean {
  const { file, tree, built, declared } = kept;
  const { workflow } = built;
  const around = declared.around();
  const changed = new Set(around.filter((one) => isChanged(one, names)));
  // Operations have policies, so that whoever calls them depends on those.
  if ([...changed].some(({ kind }) => kind === 'policy')) {
    for (const one of around) if (one.kind === 'participant') changed.add(one);
  }
  const affected = kept.parts.filter(
    ({ facts }) => facts.hasUnknown || [...facts.uses].some((one) => isOf(changed, one)),
  );
  const partsBefore = affected.map(({ part }) => part);
  const given = givenBy(kept, partsBefore);
  const before = readOfAll(kept);
  buildDeclared(built, tree.root);
  if (readOfAll(kept) !== before) return false;
  kept.operations = operationsOf(workflow, file.context);
  declared.aroundAgain(kept.operations);
  refreshHead(kept);
  placeAround(worldOf(file).places, workflow, kept.operations);
  for (const [index, checked] of affected.entries()) {
    const part = partsBefore[index] ?? checked.part;
    setPart(kept, checked, { ...part, references: declared.usesIn(part) });
  }
  const sources = changedSources(
    kept,
    given,
    affected.map(({ part }) => part),
  );
  const isAffected = new Set(affected);
  for (const checked of affected) checkPart(kept, checked, DEPENDENT, at);
  for (const checked of readersOf(kept, sources)) if (!isAffected.has(checked)) checkPart(kept, checked, ['types'], at);
  return true;
}

function isOf(declarations: ReadonlySet<Declaration>, one: Declaration | 'vars'): boolean {
  return one !== 'vars' && declarations.has(one);
}

function isChanged({ kind, policy, name }: Declaration, names: ReadonlySet<string>): boolean {
  return names.has(policy === null ? `${kind} ${name}` : `${kind} ${policy} ${name}`);
}

/** Follows an edit that every state may depend on. */
function allChanged(kept: Kept, at: Anchors): void {
  const { built, tree, file, checkedAs } = kept;
  buildAround(built, tree.root);
  kept.operations = operationsOf(built.workflow, file.context);
  kept.declared = declareSymbols(built.workflow, kept.operations);
  readHead(kept);
  for (const checked of kept.parts) {
    const { part, unit } = checked;
    if (unit?.entry == null) continue;
    setPart(kept, checked, partOf(part, checkFormOf(unit.entry, checkedAs, sourceOf(unit), built), kept.declared));
  }
  forgetTypes(file);
  for (const checked of kept.parts) checkPart(kept, checked, RULE_NAMES, at);
}

/** The kinds and names of all that is written in another way, gone or new; null where the form is another. */
function changedNames(removed: readonly Unit[], added: readonly Unit[]): ReadonlySet<string> | null {
  const names = new Set<string>();
  const [before, after] = [removed, added].map(declaredIn);
  if (before == null || after == null) return null;
  for (const [name, text] of [...before, ...after]) {
    if (before.get(name) !== text || after.get(name) !== text) names.add(name);
  }
  return names;
}

/** What units declare, with how it is written; null where they have another form. */
function declaredIn(units: readonly Unit[]): ReadonlyMap<string, string> | null {
  const found = new Map<string, string>();
  const add = (unit: Unit, kind: string, value: Node): boolean => {
    if (value.kind !== 'map') return false;
    for (const { key, range } of value.entries) {
      const name = `${kind} ${key.text}`;
      if (found.has(name)) return false;
      found.set(name, sourceOf(unit).slice(range.start, range.end));
    }
    return true;
  };
  for (const unit of units) {
    const { entry } = unit;
    if (entry === null) return null;
    const isRead =
      entry.key.text === 'policies' ? addPolicies(entry) : add(unit, KINDS[entry.key.text] ?? '', entry.value);
    if (!isRead) return null;

    function addPolicies({ value }: Entry): boolean {
      return value.kind === 'map' && value.entries.every(({ key, value: of }) => add(unit, `policy ${key.text}`, of));
    }
  }
  return found;
}

const KINDS: Readonly<Record<string, string>> = { participants: 'participant', events: 'event', errors: 'error' };
