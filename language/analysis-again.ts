/**
 * The analysis of a text that is typed in, from the analysis of the text before: what the edit touched is read and
 * checked again, everything else stays.
 *
 * 1. What comes out is what `analyse` gives for the same text and the same surroundings.
 * 2. An analysis that was given to `analyseAgain` is spent: its ranges count in the new text from then on.
 * 3. Only an edit inside of one state is followed. Any other, and a file that is not taken to units, is analysed anew.
 * 4. A text that can’t be read leaves what is kept as it was; the next one that can be is compared with the last that
 *    could.
 * 5. States, scopes and nodes of units that were not edited stay the same objects. So do those of the edited one, as
 *    long as its form is the same; else its states and scopes stay the objects they are, with other contents.
 */
import { type Analysis, analyseInSteps, shapeOf, shown } from './analysis.ts';
import { type Built, buildWorkflow } from './build/build.ts';
import { buildState, type Collected } from './build/states.ts';
import { type Declared, declareSymbols } from './build/symbols.ts';
import { type Aspect, type CheckedFile, checkDeclared, checkOwn, checkTypes, type Part, WHOLE_RULES } from './check.ts';
import type { LanguageContext } from './context.ts';
import type { Diagnostic } from './diagnostics.ts';
import { difference, linesAfter, type Replaced } from './edits.ts';
import { MovingRange, SpanRange } from './moving.ts';
import { operationsOf } from './operations.ts';
import type { TemplateSite } from './sites.ts';
import { type Steps, toEnd } from './steps.ts';
import type { Reference } from './symbols.ts';
import { lineIndex, type LineIndex, type Range } from './text.ts';
import type { Entry, MapNode, Node } from './tree.ts';
import { forgetTypes, replaceSites, worldOf } from './types/typing.ts';
import { sameType } from './types/same.ts';
import { typeOfSite } from './types/world.ts';
import { compareEntries, follow, type UnitEdit } from './unit-edit.ts';
import { sourceOf, type Unit, unitAgain, unitsInSteps } from './units.ts';
import { checkForm, checkFormOf, type FormCheck } from './validate/form.ts';
import { forgetGraphs } from './validate/data-results.ts';
import type { NamedEntry } from './validate/walk.ts';
import { forgetNames, type Scope, type State } from './workflow.ts';

/** A part with what was found in it; `unit` is null for what stands around the units. */
interface Checked {
  unit: Unit | null;
  part: Part;
  own: readonly Diagnostic[];
  declared: readonly Diagnostic[];
  typed: readonly Diagnostic[];
}

/** What is known of the last text of a file that could be read. */
interface Kept {
  text: string;
  lines: LineIndex;
  readonly units: Unit[];
  readonly built: Built;
  readonly checkedAs: NamedEntry;
  readonly head: Checked;
  /** The states, by the anchors of their units. */
  readonly states: Map<Unit['anchor'], Checked>;
  declared: Declared;
  whole: (readonly Diagnostic[])[];
  /** Made from all parts when somebody first asks. */
  sites: readonly TemplateSite[] | null;
  references: readonly Reference[] | null;
  readonly file: CheckedFile;
}

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
  const kept = before === null || before.context !== context ? undefined : keptOf.get(before);
  if (kept !== undefined && update(kept, text)) return analysisOf(kept);
  const fresh = yield* keep(text, context);
  if (fresh !== null) return analysisOf(fresh);
  const analysis = yield* analyseInSteps(text, context);
  if (kept !== undefined && analysis.tree.problems.length > 0) keptOf.set(analysis, kept);
  return analysis;
}

function analysisOf(kept: Kept): Analysis {
  const { text, lines, file, built } = kept;
  const { tree, shape, workflow, operations, context } = file;
  const parts = [kept.head, ...kept.states.values()];
  const all = [...parts.flatMap(({ own, declared, typed }) => [...own, ...declared, ...typed]), ...kept.whole.flat()];
  const comments = kept.units.flatMap((unit) => unit.comments);
  const found = shown(text, lines, { ...tree, comments }, all, context);
  const analysis: Analysis = {
    text,
    lines,
    tree: { ...tree, comments },
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
    ...found,
    context,
  };
  keptOf.set(analysis, kept);
  return analysis;
}

/** Analyses a text so that it can be followed; null where it can’t be. */
function* keep(text: string, context: LanguageContext): Steps<Kept | null> {
  const read = yield* unitsInSteps(text);
  if (read === null || shapeOf(read.tree, context) !== 'workflow') return null;
  const { tree } = read;
  const units = [...read.units];
  const unitOf = new Map(units.flatMap((unit) => (unit.isState && unit.entry !== null ? [[unit.entry, unit]] : [])));
  const built = buildWorkflow(tree);
  const { workflow } = built;
  const operations = operationsOf(workflow, context);
  let checkedAs: NamedEntry | null = null;
  const form = checkForm(tree.root, text, built, 'workflow', (entry, checked) => {
    if (!unitOf.has(entry)) return false;
    checkedAs = checked;
    return true;
  });
  if (checkedAs === null) return null;
  const declared = declareSymbols(workflow, operations);
  const owned = ownedBy(units, built);
  const head = checkedPart(null, tree.root, [workflow.root], [], form, true, declared);
  const kept: Kept = {
    text,
    lines: lineIndex(text),
    units,
    built,
    checkedAs,
    head,
    states: new Map(),
    declared,
    whole: [],
    sites: null,
    references: null,
    file: {
      get text() {
        return kept.text;
      },
      tree,
      shape: 'workflow',
      workflow,
      operations,
      get sites() {
        return (kept.sites ??= allSites(kept));
      },
      symbols: {
        get declarations() {
          return kept.declared.declarations;
        },
        get references() {
          return (kept.references ??= [kept.head, ...kept.states.values()].flatMap(({ part }) => part.references));
        },
      },
      context,
    },
  };
  for (const unit of units) {
    if (!unit.isState || unit.entry === null) continue;
    yield;
    const own = checkFormOf(unit.entry, checkedAs, sourceOf(unit), built);
    const { scopes, states } = owned.get(unit) ?? { scopes: [], states: [] };
    kept.states.set(unit.anchor, checkedPart(unit, unit.entry.value, scopes, states, own, false, declared));
  }
  const at = anchors(kept);
  for (const checked of [head, ...kept.states.values()]) {
    yield;
    checkAgain(kept, checked, at);
  }
  for (const { check } of WHOLE_RULES) {
    yield;
    kept.whole.push(moving(check(kept.file), at));
  }
  return kept;
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

function checkedPart(
  unit: Unit | null,
  root: Node | null,
  scopes: readonly Scope[],
  states: readonly State[],
  form: FormCheck,
  isHead: boolean,
  declared: Declared,
): Checked {
  const { sites } = form;
  const references = declared.usesIn({ isHead, scopes, states, sites });
  const part: Part = { isHead, root, scopes, states, sites, references, form: form.findings };
  return { unit, part, own: [], declared: [], typed: [] };
}

function checkAgain({ file }: Kept, checked: Checked, at: Anchors): void {
  checked.own = moving(checkOwn(file, checked.part), at);
  checked.declared = moving(checkDeclared(file, checked.part), at);
  checked.typed = moving(checkTypes(file, checked.part), at);
}

/** The sites of all parts, in the order of the text. */
function allSites({ head, states }: Kept): readonly TemplateSite[] {
  const inside = [...states.values()].flatMap(({ part }) => part.sites);
  const [first] = states.keys();
  const from = first?.start ?? 0;
  const before = head.part.sites.filter(({ node }) => node.range.start < from);
  return [...before, ...inside, ...head.part.sites.filter(({ node }) => node.range.start >= from)];
}

/** Follows the text to what it is now; false, with nothing changed, where that can’t be done. */
function update(kept: Kept, text: string): boolean {
  const replaced = difference(kept.text, text);
  const { start, oldEnd, newEnd } = replaced;
  if (start === oldEnd && start === newEnd) return true;
  const index = unitAt(kept.units, start);
  const unit = kept.units[index];
  const next = kept.units[index + 1];
  if (unit === undefined || !unit.isState || unit.entry === null) return false;
  const end = unit.anchor.start + unit.text.length;
  if (oldEnd > end || (oldEnd === end && next !== undefined)) return false;
  const written = text.slice(unit.anchor.start, end + newEnd - oldEnd);
  const after = unitAgain(unit, written, next === undefined);
  const checked = kept.states.get(unit.anchor);
  if (after?.entry == null || checked === undefined) return false;
  if (after.entry.key.text !== unit.entry.key.text) return false;
  moveBehind(kept, index, replaced);
  kept.lines = linesAfter(kept.lines, text, replaced);
  kept.text = text;
  const edit = compareEntries(unit.entry, after.entry, checked.part.sites);
  if (edit === null) replaceEntry(kept, index, after, checked);
  else {
    follow(unit.entry, after.entry, edit.scalars);
    kept.units[index] = checked.unit = { ...after, entry: unit.entry };
  }
  kept.sites = null;
  kept.references = null;
  if (edit === null) modelChanged(kept, checked);
  else valuesChanged(kept, checked, edit);
  return true;
}

function unitAt(units: readonly Unit[], offset: number): number {
  let low = 0;
  let high = units.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((units[middle]?.anchor.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function moveBehind({ units }: Kept, index: number, { oldEnd, newEnd }: Replaced): void {
  for (let at = index + 1; at < units.length; at++) {
    const unit = units[at];
    if (unit !== undefined) unit.anchor.start += newEnd - oldEnd;
  }
}

/** Titles or values of a unit are other ones: its nodes and states are the same. */
function valuesChanged(kept: Kept, checked: Checked, edit: UnitEdit): void {
  const { file, built, checkedAs, declared } = kept;
  const { part, unit } = checked;
  if (unit?.entry == null) return;
  const world = worldOf(file);
  const typesBefore = new Map(
    part.sites.flatMap((site) =>
      edit.typed.includes(site.node) ? [[site.node, typeOfSite(world, site)] as const] : [],
    ),
  );
  const { scopes, states } = part;
  checked.part = checkedPart(
    unit,
    unit.entry.value,
    scopes,
    states,
    checkFormOf(unit.entry, checkedAs, sourceOf(unit), built),
    false,
    declared,
  ).part;
  replaceSites(world, part.sites, checked.part.sites);
  const aspects = new Set<Aspect>(edit.aspects);
  if (readsOf(part.sites) !== readsOf(checked.part.sites)) aspects.add('reads');
  const isTyped = checked.part.sites.some((site) => {
    const type = typesBefore.get(site.node);
    return type !== undefined && !sameType(type, typeOfSite(world, site));
  });
  if (isTyped) forgetTypes(file);
  if (aspects.has('guards')) forgetGraphs(world);
  const at = anchors(kept);
  checkAgain(kept, checked, at);
  if (isTyped || aspects.has('guards')) {
    for (const other of [kept.head, ...kept.states.values()]) other.typed = moving(checkTypes(file, other.part), at);
  }
  checkWhole(kept, aspects, checked, at);
}

/** What the expressions of some sites read, in one string. */
function readsOf(sites: readonly TemplateSite[]): string {
  const reads = sites.flatMap(({ read }) =>
    read.expressions.flatMap(({ parsed }) => [
      ...parsed.roots,
      ...parsed.reads.map(({ root, path }) => [root, ...path.map(({ name }) => name)].join('.')),
    ]),
  );
  return reads.join('\n');
}

/** Runs the rules of the whole file again that read one of these aspects, or that found something in the part. */
function checkWhole(kept: Kept, aspects: ReadonlySet<Aspect>, { unit }: Checked, at: Anchors): void {
  const { start } = unit?.anchor ?? { start: 0 };
  const end = start + (unit?.text.length ?? 0);
  const isInside = ({ range, related = [] }: Diagnostic): boolean =>
    [range, ...related.map((place) => place.range)].some((one) => one.start >= start && one.start < end);
  kept.whole = WHOLE_RULES.map(({ reads, check }, index) => {
    const known = kept.whole[index] ?? [];
    const again = reads.some((aspect) => aspects.has(aspect)) || (aspects.size > 0 && known.some(isInside));
    return again ? moving(check(kept.file), at) : known;
  });
}

/** The unit writes something else: its entry is another one, its states and scopes take over what is written now. */
function replaceEntry(kept: Kept, index: number, after: Unit, checked: Checked): void {
  const { built, units } = kept;
  const before = units[index]?.entry;
  if (before == null || after.entry === null) return;
  const root: Scope = built.workflow.root;
  const map = statesMap(kept);
  const entries = [...map.entries];
  // What spans all states begins and ends with the places of their entries.
  if (before.range instanceof MovingRange) before.range.follow(after.entry.range);
  const entry: Entry = { ...after.entry, range: before.range };
  entries[entries.indexOf(before)] = entry;
  Object.assign(map, { entries });
  kept.units[index] = checked.unit = { ...after, entry };
  const { states, scopes } = checked.part;
  const stateOf = built.stateOf as Map<Node, State>;
  const scopeOf = built.scopeOf as Map<Node, Scope>;
  for (const { node } of states) stateOf.delete(node);
  for (const { node } of scopes) if (node !== null) scopeOf.delete(node);
  const into: Collected = {
    before: {
      states: new Map(states.map((state) => [state.id, state])),
      scopes: new Map(scopes.map((scope) => [scope.id, scope])),
    },
    scopes: [],
    states: [],
    scopeOf,
    stateOf,
  };
  buildState(entry, root, into);
  forgetNames(root);
  checked.part = { ...checked.part, root: entry.value, states: into.states, scopes: into.scopes };
  const all = [...kept.states.values()];
  Object.assign(built.workflow, {
    states: all.flatMap(({ part }) => part.states),
    scopes: [root, ...all.flatMap(({ part }) => part.scopes)],
  });
}

/** The mapping below `states`. */
function statesMap({ built }: Kept): MapNode {
  const entry = built.workflow.node?.entries.find(({ key }) => key.text === 'states');
  if (entry?.value.kind !== 'map') throw new Error('A file with states as units has a mapping of them.');
  return entry.value;
}

/** Anything may depend on the model of a unit: everything is checked again but what looks only at other units. */
function modelChanged(kept: Kept, checked: Checked): void {
  const { file, built, checkedAs } = kept;
  const { unit } = checked;
  if (unit?.entry == null) return;
  forgetTypes(file);
  kept.declared = declareSymbols(file.workflow, file.operations);
  const form = checkFormOf(unit.entry, checkedAs, sourceOf(unit), built);
  checked.part = { ...checked.part, sites: form.sites, form: form.findings };
  const parts = [kept.head, ...kept.states.values()];
  for (const one of parts) one.part = { ...one.part, references: kept.declared.usesIn(one.part) };
  const at = anchors(kept);
  checked.own = moving(checkOwn(file, checked.part), at);
  for (const one of parts) {
    one.declared = moving(checkDeclared(file, one.part), at);
    one.typed = moving(checkTypes(file, one.part), at);
  }
  kept.whole = WHOLE_RULES.map(({ check }) => moving(check(file), at));
}

/** Finds the anchor of the unit at an offset. */
type Anchors = (offset: number) => Unit['anchor'];

function anchors({ units }: Kept): Anchors {
  return (offset) => units[unitAt(units, offset)]?.anchor ?? { start: 0 };
}

/** Findings whose places move along with their units. */
function moving(found: readonly Diagnostic[], at: Anchors): readonly Diagnostic[] {
  return found.map((one) => movingParts(one, at));
}

function movingParts<T>(value: T, at: Anchors): T;
function movingParts(value: unknown, at: Anchors): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof MovingRange || value instanceof SpanRange) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => movingParts(item, at));
  if (isRange(value)) {
    const anchor = at(value.start);
    return new MovingRange(anchor, value.start - anchor.start, value.end - anchor.start);
  }
  // A place in another file does not move with this one.
  if ('file' in value && value.file !== undefined) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, movingParts(inner as unknown, at)]));
}

function isRange(value: object): value is Range {
  return 'start' in value && 'end' in value && typeof value.start === 'number' && typeof value.end === 'number';
}
