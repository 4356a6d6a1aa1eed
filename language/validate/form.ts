/**
 * Family form: whether the tree is made as the schema says. One walk over the tree beside the schema, which also
 * collects where values with expressions stand, because only the schema tells them from plain text.
 *
 * 1. A finding about a whole mapping stands on its name: the key that it is the value of, or its own first key.
 * 2. What is not understood is not looked into: below an unknown key nothing is reported but duplicate keys.
 */
import type { Built } from '../build/build.ts';
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { parseDuration } from '../durations.ts';
import type { ExpressionContext } from '../expressions/roots.ts';
import { checkSchema } from '../json-schema.ts';
import { didYouMean, nameProblem } from '../names.ts';
import { keyNamed, kindKeys, kindsIn, fitsKinds, optionsOf, shapeNamed } from '../schema.ts';
import { describeType } from '../schema/describe.ts';
import type { Key, Shape, ShapeName, ValueType } from '../schema/types.ts';
import type { TemplateSite } from '../sites.ts';
import { within } from '../moving.ts';
import type { Range, Source } from '../text.ts';
import { type Entry, headRange, isMissing, type MapNode, type Node, toJson, valueOf } from '../tree.ts';
import { readValue } from '../value-tree.ts';
import { isMisspelt, meantKeys } from './misspelt.ts';
import { manyKinds, missingKeys, noKind } from './presence.ts';
import type { NamedEntry, Place, Walk } from './walk.ts';
import { checkScalar, isExpression } from './scalars.ts';

export interface FormCheck {
  readonly findings: readonly Diagnostic[];
  readonly sites: readonly TemplateSite[];
}

/**
 * Checks the file against `shape`; `root` is the tree's root.
 *
 * @param apart told of each entry of a mapping that authors name; those for which it gives true are left out
 */
export function checkForm(
  root: Node | null,
  text: Source,
  built: Built,
  shape: ShapeName,
  apart: NonNullable<Walk['apart']> = () => false,
): FormCheck {
  const walk: Walk = { text, built, findings: [], sites: [], apart };
  const start = root === null ? { start: 0, end: 0 } : headRange(root);
  const place: Place = { key: 'The file', owner: start, contexts: [], scope: built.workflow.root, state: null };
  const definition = shapeNamed(shape);
  if (root === null) missingKeys(walk, definition, [], null, place);
  else if (root.kind === 'map') checkShape(walk, root, definition, place);
  else {
    const keys = definition.keys.filter((key) => key.required).map((key) => `‘${key.name}:’`);
    const message = `The file must be a mapping with the keys ${keys.join(' and ')}.`;
    walk.findings.push(finding('wrong-type', firstLine(root.range, text), message));
  }
  return { findings: walk.findings, sites: walk.sites };
}

/** What the form of an entry that was left out reads of what stands around it, to be compared after an edit there. */
export function formReads({ workflow }: Built): string {
  const role = workflow.participants.find((one) => one.role !== null);
  return `${String(workflow.policies.timeout.length > 0)} ${role?.name ?? ''}`;
}

/** Checks an entry that was left out before. */
export function checkFormOf(entry: Entry, checked: NamedEntry, text: Source, built: Built): FormCheck {
  const walk: Walk = { text, built, findings: [], sites: [] };
  checkEntry(walk, entry, checked);
  return { findings: walk.findings, sites: walk.sites };
}

function check(walk: Walk, node: Node, type: ValueType, place: Place): void {
  const chosen = choose(walk, node, type);
  switch (chosen.is) {
    case 'value':
    case 'template':
    case 'expression':
    case 'condition':
      return checkTemplate(walk, node, chosen, place);
    case 'error-type':
      if (node.kind === 'scalar' && node.value !== null) addSite(walk, node, 'template', place);
      return checkPlain(walk, node, chosen, place);
    case 'json':
      return duplicatesBelow(walk, node);
    case 'schema':
      return checkJsonSchema(walk, node, place);
    case 'list':
      return checkList(walk, node, chosen, place);
    case 'map':
      return checkMap(walk, node, chosen, place);
    case 'shape':
      return checkShapeNode(walk, node, chosen, place);
    default:
      return checkPlain(walk, node, chosen, place);
  }
}

/** Of several types the one that the node was meant for, as far as its form tells. */
function choose(walk: Walk, node: Node, type: ValueType): ValueType {
  const options = optionsOf(type);
  const [only] = options;
  if (only !== undefined && options.length === 1) return only;
  const fitting = options.find((option) => fits(walk, node, option, options));
  if (fitting !== undefined) return fitting;
  return options.find((option) => option.is === 'duration' && node.kind === 'scalar') ?? type;
}

function fits(walk: Walk, node: Node, option: ValueType, options: readonly ValueType[]): boolean {
  if (isMissing(node)) return false;
  if (node.kind === 'sequence') return option.is === 'list' || option.is === 'value' || option.is === 'json';
  if (node.kind === 'map') {
    return option.is === 'shape' || option.is === 'map' || option.is === 'value' || option.is === 'json';
  }
  if (option.is === 'choice') return option.options.some((one) => one.value === node.value);
  if (option.is === 'duration') return typeof node.value === 'string' && parseDuration(node.value) !== null;
  if (option.is === 'reference' && option.to === 'timeout-policy') {
    // Without any policy to name, a word is more likely a duration gone wrong.
    return (
      typeof node.value === 'string' && walk.built.workflow.policies.timeout.length > 0 && /^[A-Za-z_]/.test(node.value)
    );
  }
  if (option.is === 'expression') return isExpression(node);
  if (['list', 'map', 'shape', 'schema'].includes(option.is)) return false;
  return typeof node.value === 'string' || !options.some((other) => other.is === 'choice');
}

function checkPlain(walk: Walk, node: Node, type: ValueType, place: Place): void {
  if (isMissing(node)) {
    const message = `‘${place.key}’ has no value. It must be ${describeType(type)}.`;
    walk.findings.push(finding('wrong-type', place.owner, message));
  } else if (node.kind !== 'scalar') {
    const message = `‘${place.key}’ must be ${describeType(type)}, not a ${node.kind === 'map' ? 'mapping' : 'list'}.`;
    walk.findings.push(finding('wrong-type', firstLine(node.range, walk.text), message));
  } else {
    const problem = checkScalar(node, type, place.key);
    if (problem !== null) walk.findings.push(problem);
  }
}

function checkTemplate(walk: Walk, node: Node, type: ValueType & { is: TemplateSite['type'] }, place: Place): void {
  if (type.is === 'value') duplicatesBelow(walk, node);
  else if (node.kind !== 'scalar' || isMissing(node)) return checkPlain(walk, node, type, place);
  else {
    const problem = checkScalar(node, type, place.key);
    if (problem !== null) walk.findings.push(problem);
    else if (type.is === 'expression' || type.is === 'condition') oneExpression(walk, node, type, place);
  }
  addSite(walk, node, type.is, place);
}

/** Text that begins and ends with an expression may still be two of them. */
function oneExpression(walk: Walk, node: Node, type: ValueType, place: Place): void {
  const read = readValue(node, walk.text);
  if (read.template.kind !== 'text' || read.problems.length > 0) return;
  const message = `‘${place.key}’ must be ${describeType(type)}: one expression and nothing beside it.`;
  walk.findings.push(finding('wrong-type', node.range, message));
}

function addSite(walk: Walk, node: Node, type: TemplateSite['type'], place: Place): void {
  const { contexts, scope, state } = place;
  walk.sites.push({ node, read: readValue(node, walk.text), type, contexts, scope, state });
}

function checkJsonSchema(walk: Walk, node: Node, place: Place): void {
  duplicatesBelow(walk, node);
  const isSchema = node.kind === 'map' || (node.kind === 'scalar' && typeof node.value === 'boolean');
  if (!isSchema) return checkPlain(walk, node, { is: 'schema' }, place);
  for (const { path, message } of checkSchema(toJson(node)).slice(0, 5)) {
    const where = nodeAtPointer(node, path);
    const sentence = path === '' ? `The schema ${message}` : `${path.slice(1).replaceAll('/', '.')}: ${message}`;
    walk.findings.push(finding('bad-schema', firstLine(where, walk.text), stop(sentence)));
  }
}

function nodeAtPointer(node: Node, pointer: string): Range {
  let range = headRange(node);
  let at: Node | undefined = node;
  for (const raw of pointer.split('/').slice(1)) {
    const name = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at?.kind === 'sequence') {
      at = at.items[Number(name)];
      if (at !== undefined) range = headRange(at);
      continue;
    }
    const entry: Entry | undefined = at?.kind === 'map' ? at.entries.find(({ key }) => key.text === name) : undefined;
    if (entry === undefined) return range;
    range = entry.value.kind === 'scalar' && !isMissing(entry.value) ? entry.value.range : entry.key.range;
    at = entry.value;
  }
  return range;
}

function checkList(walk: Walk, node: Node, type: ValueType & { is: 'list' }, place: Place): void {
  if (node.kind !== 'sequence') return checkPlain(walk, node, type, place);
  if (node.items.length === 0 && place.key === 'switch') {
    walk.findings.push(finding('wrong-type', node.range, 'A switch needs at least one transition.'));
  }
  for (const item of node.items) {
    const owner = isMissing(item) ? place.owner : headRange(item);
    check(walk, item, type.of, { ...place, owner });
  }
}

function checkMap(walk: Walk, node: Node, type: ValueType & { is: 'map' }, place: Place): void {
  const needed = type.names === 'state' || place.key === 'branches';
  if (isMissing(node) && !needed) return;
  if (node.kind !== 'map') return checkPlain(walk, node, type, place);
  if (needed && node.entries.length === 0) {
    const what = type.names === 'state' ? 'state' : 'branch';
    walk.findings.push(finding('wrong-type', node.range, `There must be at least one ${what} here.`));
  }
  duplicates(walk, node);
  for (const entry of node.entries) {
    if (walk.apart?.(entry, { type, place }) !== true) checkEntry(walk, entry, { type, place });
  }
}

function checkEntry(walk: Walk, entry: Entry, { type, place }: NamedEntry): void {
  const problem = nameProblem(entry.key.text, type.names);
  if (problem !== null) walk.findings.push(finding('bad-name', entry.key.range, problem));
  const inner = inside(walk, entry.value, { ...place, key: entry.key.text, owner: entry.key.range });
  if (!(type.of.is === 'value' && isMissing(entry.value))) check(walk, entry.value, type.of, inner);
}

function checkShapeNode(walk: Walk, node: Node, type: ValueType & { is: 'shape' }, place: Place): void {
  const shape = shapeNamed(type.shape);
  const mayBeEmpty = shape.kinds !== 'one' && !shape.keys.some((key) => key.required);
  if (isMissing(node) && mayBeEmpty && shape.name !== 'participant') return;
  if (isMissing(node)) {
    if (shape.kinds === 'one') return noKind(walk, shape, null, place);
    return missingKeys(walk, shape, [], null, place);
  }
  if (node.kind !== 'map') return checkPlain(walk, node, type, place);
  checkShape(walk, node, shape, inside(walk, node, place));
}

/** The place of a value, with the scope or the state that it is. */
function inside(walk: Walk, node: Node, place: Place): Place {
  const state = walk.built.stateOf.get(node);
  // The states of a scope that compensates read the result of the state that they undo.
  const contexts = place.contexts.filter((context) => context === 'completion');
  if (state !== undefined) return { ...place, state, scope: state.scope, contexts };
  const scope = walk.built.scopeOf.get(node);
  return scope === undefined ? place : { ...place, scope };
}

function checkShape(walk: Walk, node: MapNode, shape: Shape, place: Place): void {
  duplicates(walk, node);
  const kinds = kindsIn(shape, node);
  const unknown = node.entries.filter((entry) => !keyNamed(shape, entry.key.text, kinds));
  if (shape.kinds === 'one' && kinds.length === 0) {
    if (!kindKeys(shape).some((kind) => isMisspelt(shape, node, kind))) noKind(walk, shape, node, place);
  }
  if (kinds.length > 1) manyKinds(walk, node, shape, kinds);
  for (const entry of unknown) unknownKey(walk, node, entry, shape);
  missingKeys(walk, shape, kinds, node, place);
  const seen = new Set<string>();
  for (const entry of node.entries) {
    const key = keyNamed(shape, entry.key.text, kinds);
    if (key === undefined || seen.has(key.name)) {
      duplicatesBelow(walk, entry.value);
      continue;
    }
    seen.add(key.name);
    if (!fitsKinds(key, kinds) && !isTolerated(node, key)) misplacedKey(walk, entry, key, kinds);
    check(walk, entry.value, key.type, {
      ...inside(walk, entry.value, place),
      key: key.name,
      owner: entry.key.range,
      contexts: contextsBelow(place, key, kinds),
    });
  }
}

function contextsBelow(place: Place, key: Key, kinds: readonly string[]): readonly ExpressionContext[] {
  if (key.contexts === undefined) return place.contexts;
  return [...place.contexts, ...key.contexts, ...kindContexts(key, kinds)];
}

/** What a state's completion may read depends on what kind of state it is. */
function kindContexts(key: Key, kinds: readonly string[]): readonly ExpressionContext[] {
  if (key.contexts?.includes('completion') !== true) return [];
  if (kinds.includes('human')) return ['human'];
  return kinds.includes('listen') ? ['event'] : [];
}

/** The arguments of a foreach's call are understood beside `foreach` too. */
function isTolerated(node: MapNode, key: Key): boolean {
  return (
    (key.name === 'with' || key.name === 'idempotencyKey') && valueOf(valueOf(node, 'foreach'), 'call') !== undefined
  );
}

function unknownKey(walk: Walk, node: MapNode, entry: Entry, shape: Shape): void {
  const suggestions = meantKeys(shape, node, entry);
  const message = `${shape.title} has no key ‘${entry.key.text}’.${didYouMean(suggestions) || ' Remove it, or move it to where it belongs.'}`;
  const fixes: FixData[] =
    suggestions.length > 0
      ? [{ kind: 'replace', range: entry.key.range, with: suggestions }]
      : [{ kind: 'remove-entry', entry: entry.range }];
  walk.findings.push(finding('unknown-key', entry.key.range, message, { fixes }));
}

function misplacedKey(walk: Walk, entry: Entry, key: Key, kinds: readonly string[]): void {
  const homes = (key.with ?? []).map((kind) => `‘${kind}’`).join(' or ');
  const message = `‘${key.name}’ belongs beside ${homes}, not beside ‘${kinds.join('’ and ‘')}’. Remove it.`;
  const fixes: FixData[] = [{ kind: 'remove-entry', entry: entry.range }];
  walk.findings.push(finding('unknown-key', entry.key.range, message, { fixes }));
}

function duplicates(walk: Walk, node: MapNode): void {
  if (!hasDuplicates(node.entries)) return;
  const first = new Map<string, Entry>();
  for (const entry of node.entries) {
    const before = first.get(entry.key.text);
    if (before === undefined) {
      first.set(entry.key.text, entry);
      continue;
    }
    const message = `‘${entry.key.text}’ stands here a second time. Remove one of the two, or rename it.`;
    const related = [{ message: 'The first one stands here.', range: before.key.range }];
    const fixes: FixData[] = [{ kind: 'remove-entry', entry: entry.range }];
    walk.findings.push(finding('duplicate-key', entry.key.range, message, { related, fixes }));
  }
}

/** Nearly all mappings are small and have none; those are told without making anything. */
function hasDuplicates(entries: readonly Entry[]): boolean {
  if (entries.length > 12) return new Set(entries.map((entry) => entry.key.text)).size < entries.length;
  for (let at = 1; at < entries.length; at++) {
    for (let before = 0; before < at; before++) {
      if (entries[at]?.key.text === entries[before]?.key.text) return true;
    }
  }
  return false;
}

function duplicatesBelow(walk: Walk, node: Node): void {
  if (node.kind === 'scalar') return;
  if (node.kind === 'sequence') {
    for (const item of node.items) duplicatesBelow(walk, item);
    return;
  }
  duplicates(walk, node);
  for (const entry of node.entries) duplicatesBelow(walk, entry.value);
}

/** The part of `range` on its first line: a finding that covers many lines hides more than it shows. */
function firstLine(range: Range, text: Source): Range {
  const end = text.slice(range.start, range.end).search(/[\r\n]/);
  return end < 0 ? range : within(range, range.start, range.start + end);
}

function stop(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
