/**
 * What is kept of a file that is taken to units: its model, each part with what was found in it, and what whole rules
 * found. Made in one go here; `analysis-again.ts` follows edits.
 *
 * 1. Parts stand in the order of the file; what stands around the states is a part of its own.
 * 2. Findings hold ranges that move along with their units.
 */
import type { Analysis } from './analysis.ts';
import { shapeOf, shown } from './analysis.ts';
import { type Built, buildWorkflow } from './build/build.ts';
import { type Declared, declareSymbols } from './build/symbols.ts';
import { type CheckedFile, type Part, PART_RULES, type PartRuleName, WHOLE_RULES } from './check.ts';
import type { LanguageContext } from './context.ts';
import type { Diagnostic } from './diagnostics.ts';
import { type Facts, factsOf, type Used } from './facts.ts';
import { type Anchors, moving } from './moving.ts';
import { operationsOf, type ParticipantOperations } from './operations.ts';
import type { TemplateSite } from './sites.ts';
import type { Steps } from './steps.ts';
import type { Reference } from './symbols.ts';
import { lineIndex, type LineIndex } from './text.ts';
import type { Comment, MapNode, Tree } from './tree.ts';
import { sourceOf, type Unit, unitAt, unitsInSteps } from './units.ts';
import { checkForm, checkFormOf, type FormCheck } from './validate/form.ts';
import { isUndone } from './validate/saga-settings.ts';
import { type Saga, sagaOf } from './validate/saga-model.ts';
import type { NamedEntry } from './validate/walk.ts';
import type { Scope, State } from './workflow.ts';

/** A part with what is known of it. */
export interface Checked {
  /** Null for what stands around the states. */
  unit: Unit | null;
  part: Part;
  facts: Facts;
  found: Readonly<Record<PartRuleName, readonly Diagnostic[]>>;
  /** All that was found. */
  all: readonly Diagnostic[];
  /** Which of its states may be undone, as `settings` saw them. */
  undone: string;
}

/** What is known of the last text of a file that could be read. */
export interface Kept {
  text: string;
  lines: LineIndex;
  readonly units: Unit[];
  comments: readonly Comment[];
  readonly tree: Tree & { readonly root: MapNode };
  /** The mapping below `states`. */
  readonly statesMap: MapNode;
  readonly built: Built;
  operations: ReadonlyMap<string, ParticipantOperations>;
  readonly checkedAs: NamedEntry;
  readonly head: Checked;
  /** One for each unit that is a state. */
  parts: readonly Checked[];
  readonly partOf: WeakMap<Unit['anchor'], Checked>;
  /** The parts that read `results/NAME`, `vars/NAME`, or any of them: `*`. */
  readonly readers: Map<string, Set<Checked>>;
  /** How many parts name each declaration. */
  readonly users: Map<Used, number>;
  declared: Declared;
  whole: (readonly Diagnostic[])[];
  /** Made from all parts when somebody first asks. */
  sites: readonly TemplateSite[] | null;
  references: readonly Reference[] | null;
  saga: Saga | null;
  /** Whether the last one had a pivot: only then it matters which states may be undone. */
  hasPivot: boolean;
  readonly file: CheckedFile;
}

/** Analyses a text so that it can be followed; null where it can’t be. */
export function* keep(text: string, context: LanguageContext): Steps<Kept | null> {
  const read = yield* unitsInSteps(text);
  if (read === null || shapeOf(read.tree, context) !== 'workflow') return null;
  const { tree } = read;
  const units = [...read.units];
  const { root } = tree;
  const statesMap = root?.kind === 'map' ? root.entries.find(({ key }) => key.text === 'states')?.value : undefined;
  if (root?.kind === 'map' && root.entries.filter(({ key }) => key.text === 'states').length > 1) return null;
  if (root?.kind !== 'map' || statesMap?.kind !== 'map') return null;
  const built = buildWorkflow(tree);
  yield;
  const { workflow } = built;
  const operations = operationsOf(workflow, context);
  const form = formAround(root, text, built, units);
  if (form === null) return null;
  yield;
  const declared = declareSymbols(workflow, operations);
  const kept: Kept = {
    text,
    lines: lineIndex(text),
    units,
    comments: tree.comments,
    tree: { ...tree, root },
    statesMap,
    built,
    operations,
    checkedAs: form.checkedAs,
    head: unchecked(null, partOf({ isHead: true, root, scopes: [workflow.root], states: [] }, form, declared)),
    parts: [],
    partOf: new WeakMap(),
    readers: new Map(),
    users: new Map(),
    declared,
    whole: [],
    sites: null,
    references: null,
    saga: null,
    hasPivot: false,
    file: {
      get text() {
        return kept.text;
      },
      tree,
      shape: 'workflow',
      workflow,
      get operations() {
        return kept.operations;
      },
      get sites() {
        return (kept.sites ??= allSites(kept));
      },
      symbols: {
        get declarations() {
          return kept.declared.declarations();
        },
        get references() {
          return (kept.references ??= [kept.head, ...kept.parts].flatMap(({ part }) => part.references));
        },
      },
      context,
      get saga() {
        if (kept.saga !== null) return kept.saga;
        kept.saga = sagaOf(workflow, kept.operations);
        kept.hasPivot = kept.saga.scopes.some(({ pivots }) => pivots.includes(true));
        return kept.saga;
      },
    },
  };
  const owned = ownedBy(units, built);
  const parts: Checked[] = [];
  for (const unit of units) {
    if (!unit.isState || unit.entry === null) continue;
    yield;
    const own = checkFormOf(unit.entry, kept.checkedAs, sourceOf(unit), built);
    const { scopes, states } = owned.get(unit) ?? { scopes: [], states: [] };
    const made = partOf({ isHead: false, root: unit.entry.value, scopes, states }, own, declared);
    const checked = unchecked(unit, made);
    kept.partOf.set(unit.anchor, checked);
    parts.push(checked);
  }
  kept.parts = parts;
  const at = anchorsIn(kept);
  for (const checked of [kept.head, ...parts]) {
    yield;
    addReads(kept, checked);
    checkPart(kept, checked, RULE_NAMES, at);
  }
  for (const { check } of WHOLE_RULES) {
    yield;
    kept.whole.push(moving(check(kept.file), at));
  }
  return kept;
}

export const RULE_NAMES = Object.keys(PART_RULES) as readonly PartRuleName[];

const NOTHING: Checked['found'] = { own: [], names: [], around: [], types: [], results: [], settings: [] };

/** A part before any rule has run. */
export function unchecked(unit: Unit | null, part: Part): Checked {
  return { unit, part, facts: factsOf(part), found: NOTHING, all: [], undone: '' };
}

/** Takes over what a part is now, with its facts. */
export function setPart(kept: Kept, checked: Checked, part: Part): void {
  const { readers, users } = kept;
  for (const source of checked.facts.sources) readers.get(source)?.delete(checked);
  for (const one of checked.facts.uses) {
    const left = (users.get(one) ?? 0) - 1;
    if (left > 0) users.set(one, left);
    else users.delete(one);
  }
  checked.part = part;
  checked.facts = factsOf(part);
  addReads(kept, checked);
}

function addReads({ readers, users }: Kept, checked: Checked): void {
  for (const one of checked.facts.uses) users.set(one, (users.get(one) ?? 0) + 1);
  for (const source of checked.facts.sources) {
    const known = readers.get(source);
    if (known === undefined) readers.set(source, new Set([checked]));
    else known.add(checked);
  }
}

/** A part with what its form gives and what it names. */
export function partOf(
  about: Pick<Part, 'isHead' | 'root' | 'scopes' | 'states'>,
  { sites, findings }: FormCheck,
  declared: Declared,
): Part {
  return { ...about, sites, form: findings, references: declared.usesIn({ ...about, sites }) };
}

/** Runs some of the rules for a part. */
export function checkPart({ file }: Kept, checked: Checked, rules: readonly PartRuleName[], at: Anchors): void {
  const found = { ...checked.found };
  for (const rule of rules) found[rule] = moving(PART_RULES[rule](file, checked.part), at);
  checked.found = found;
  checked.all = RULE_NAMES.flatMap((rule) => found[rule]);
  if (rules.includes('settings')) checked.undone = undoneIn(file.saga, checked.part);
}

/** Which states of a part may be undone. */
export function undoneIn(saga: Saga, { states }: Part): string {
  let undone = '';
  for (const state of states) undone += isUndone(saga, state) ? '1' : '0';
  return undone;
}

/** Finds the anchor of the unit at an offset. */
export function anchorsIn({ units }: Kept): Anchors {
  return (offset) => units[unitAt(units, offset)]?.anchor ?? { start: 0 };
}

/** The form of what stands around the states, and how the states are checked. */
export function formAround(
  root: MapNode,
  text: string,
  built: Built,
  units: readonly Unit[],
): (FormCheck & { readonly checkedAs: NamedEntry }) | null {
  const apart = new Set(units.flatMap((unit) => (unit.isState && unit.entry !== null ? [unit.entry] : [])));
  let checkedAs: NamedEntry | null = null;
  const form = checkForm(root, text, built, 'workflow', (entry, checked) => {
    if (!apart.has(entry)) return false;
    checkedAs = checked;
    return true;
  });
  return checkedAs === null ? null : { ...form, checkedAs };
}

/** The states and scopes inside of each unit. */
function ownedBy(
  units: readonly Unit[],
  { workflow, stateOf }: Built,
): ReadonlyMap<Unit, { readonly scopes: readonly Scope[]; readonly states: readonly State[] }> {
  const outermost = new Map<State, Unit>();
  for (const unit of units) {
    const state = unit.entry === null ? undefined : stateOf.get(unit.entry.value);
    if (unit.isState && state !== undefined) outermost.set(state, unit);
  }
  const owned = new Map<Unit, { readonly scopes: Scope[]; readonly states: State[] }>();
  const of = (state: State): { readonly scopes: Scope[]; readonly states: State[] } | undefined => {
    let outer = state;
    while (outer.scope.owner !== null) outer = outer.scope.owner;
    const unit = outermost.get(outer);
    if (unit === undefined) return undefined;
    let found = owned.get(unit);
    if (found === undefined) owned.set(unit, (found = { scopes: [], states: [] }));
    return found;
  };
  for (const state of workflow.states) of(state)?.states.push(state);
  for (const scope of workflow.scopes) if (scope.owner !== null) of(scope.owner)?.scopes.push(scope);
  return owned;
}

/** The sites of all parts, in the order of the text. */
function allSites({ head, parts }: Kept): readonly TemplateSite[] {
  const inside = parts.flatMap(({ part }) => part.sites);
  const from = parts[0]?.unit?.anchor.start ?? 0;
  const before = head.part.sites.filter(({ node }) => node.range.start < from);
  return [...before, ...inside, ...head.part.sites.filter(({ node }) => node.range.start >= from)];
}

/** The analysis as it stands. */
export function analysisOf(kept: Kept): Analysis {
  const { text, lines, file, built, comments } = kept;
  const { shape, workflow, operations, context } = file;
  const all: Diagnostic[] = [...kept.head.all];
  for (const part of kept.parts) if (part.all.length > 0) all.push(...part.all);
  for (const found of kept.whole) all.push(...found);
  const tree = { ...kept.tree, comments };
  return {
    text,
    lines,
    tree,
    shape,
    workflow,
    built,
    operations,
    get sites() {
      return file.sites;
    },
    get symbols() {
      return file.symbols;
    },
    ...shown(text, lines, tree, all, context),
    context,
  };
}
