/**
 * What operations, child workflows and events are given, against what they take: arguments that are missing, that do not
 * exist, or that can't have the type that is needed. Section 13, family data.
 *
 * 1. `with` is compared field by field as far as it is written as a mapping; an expression is compared by its type.
 * 2. Of several things that an operation may take, a field counts that any of them has.
 */
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { didYouMean, nearest } from '../names.ts';
import type { LocatedExpression } from '../expressions/template.ts';
import type { Range } from '../text.ts';
import { type Entry, entryOf, type MapNode, type Node } from '../tree.ts';
import { childOf } from '../types/children.ts';
import { neverEqual } from '../types/compare.ts';
import { argumentsOf, hasNoContract, operationOf } from '../types/contracts.ts';
import { asName } from '../types/infer.ts';
import { lookUp } from '../types/look-up.ts';
import { visibleState } from '../types/roots.ts';
import {
  type Field,
  isUnknown,
  literal,
  NULL,
  type ObjectType,
  STRING,
  type Type,
  unionOf,
  UNKNOWN,
  valuesOf,
} from '../types/type.ts';
import { typeInSentence } from '../types/words.ts';
import { inferredOf, type TypedFile, typeOfSchemaNode, type World } from '../types/world.ts';
import type { Action, CallAction, SideAction, State } from '../workflow.ts';

/** The findings about the calls and child runs of `states`. */
export function checkCalls(world: World, states: readonly State[]): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const side = (state: State, one: SideAction | null): void => {
    if (one?.action != null) found.push(...checkAction(world, state, one.action, one.entry.value));
  };
  for (const state of states) {
    const { action } = state;
    if (action !== null) found.push(...checkAction(world, state, action, state.node));
    if (action?.kind === 'foreach') {
      if (action.call !== null) found.push(...checkAction(world, state, action.call, action.entry.value));
      side(state, action.compensate);
    }
    side(state, state.compensate);
    side(state, state.confirm);
  }
  return found;
}

function checkAction(world: World, state: State, action: Action, beside: Node): readonly Diagnostic[] {
  switch (action.kind) {
    case 'call': {
      const name = action.operation?.value ?? '';
      if (action.operation === null) return [];
      const needed = argumentsOf(world.file.operations, action);
      // Beside a foreach, `with` may stand outside of it.
      const holder = action.with === null || entryWith(beside, action.with) !== null ? beside : state.node;
      return checkWith({ world, what: name, needed, range: action.operation.range }, action.with, holder);
    }
    case 'run': {
      const child = action.file === null ? null : childOf(world, action.file.value);
      if (child === null || action.file === null) return [];
      const needed = typeOfSchemaNode(child.file.workflow.input);
      const { range, value } = action.file;
      return checkWith({ world, what: value, needed, range }, action.with, beside);
    }
    default:
      return [];
  }
}

export interface Taker {
  readonly world: World;
  /** What takes the arguments, as it is written. */
  readonly what: string;
  readonly needed: Type;
  /** Where it is named. */
  readonly range: Range;
}

function checkWith(taker: Taker, node: Node | null, holder: Node): readonly Diagnostic[] {
  if (isUnknown(taker.needed)) return [];
  if (node === null) return missingWith(taker, holder);
  const entry = entryWith(holder, node);
  return entry === null ? [] : compareValue(taker, node, entry.key.range);
}

/**
 * What keeps the value at `node` from being what `taker` needs.
 *
 * @param owner the key that it is the value of, where a finding about the whole stands
 */
export function compareValue(taker: Taker, node: Node, owner: Range): readonly Diagnostic[] {
  const site = taker.world.siteOf.get(node);
  if (site === undefined) return [];
  let written: ReadonlyMap<string, LocatedExpression> | null = null;
  const typeOf = (path: Path): Type => {
    written ??= new Map(site.read.expressions.map((one) => [one.path.join('\n'), one]));
    const one = written.get(path.join('\n'));
    if (one === undefined) return UNKNOWN;
    return one.whole ? inferredOf(taker.world, site, one).type : STRING;
  };
  return compare({ ...taker, typeOf, owner, path: [] }, node, taker.needed);
}

function entryWith(holder: Node, value: Node | null): Entry | null {
  const entry = entryOf(holder, 'with');
  return entry !== undefined && entry.value === value ? entry : null;
}

/** Nothing is given at all: one finding names everything that is needed. */
function missingWith(taker: Taker, holder: Node): readonly Diagnostic[] {
  if (valuesOf(taker.needed).some(({ kind }) => kind === 'null')) return [];
  const objects = objectsOf(taker.needed);
  const required = objects === null ? [] : requiredIn(objects);
  if (required.length === 0) return [];
  const names = required.map(([name]) => `‘${name}’`).join(' and ');
  const message = `${taker.what} needs ${names}. Give ${required.length === 1 ? 'it' : 'them'} under ‘with’.`;
  const fields = required.map(([name, field]) => `${keyText(name)}: ${suggested(taker.world, name, field)}`);
  const fixes: FixData[] = [{ kind: 'insert-key', into: holder.range, key: 'with', value: `{ ${fields.join(', ')} }` }];
  return [finding('missing-argument', taker.range, message, { fixes })];
}

/** Names of fields and numbers of items, from the outermost. */
type Path = LocatedExpression['path'];

interface Comparison extends Taker {
  /** The type of the text with expressions at a path. */
  readonly typeOf: (path: Path) => Type;
  /** The key whose value is compared: where a finding about the whole value stands. */
  readonly owner: Range;
  readonly path: Path;
}

function compare(at: Comparison, node: Node, needed: Type): readonly Diagnostic[] {
  if (isUnknown(needed)) return [];
  switch (node.kind) {
    case 'map':
      return compareMap(at, node, needed);
    case 'sequence': {
      const items = valuesOf(needed).flatMap((value) => (value.kind === 'list' ? [value.items()] : []));
      if (items.length === 0) return mismatch(at, node.range, needed, 'a list', valuesOf(needed).some(isUnsure));
      const item = unionOf(items);
      return node.items.flatMap((inner, index) => compare({ ...at, path: [...at.path, index] }, inner, item));
    }
    case 'scalar': {
      const given = typeOfScalar(at, node);
      if (!neverEqual(given, needed)) return [];
      return mismatch(at, node.range, needed, typeInSentence(given), false);
    }
  }
}

function isUnsure(type: Type): boolean {
  return (type.kind === 'object' || type.kind === 'list') && !type.sure;
}

function typeOfScalar({ typeOf, path }: Comparison, node: Node & { readonly kind: 'scalar' }): Type {
  if (typeof node.value !== 'string') return node.value === null ? NULL : literal(node.value);
  if (!node.value.includes('${')) return literal(node.value);
  // What is null or absent at times may be there most often: only what can never be right is reported.
  return unionOf(valuesOf(typeOf(path)).filter((one) => one.kind !== 'null'));
}

function mismatch(at: Comparison, range: Range, needed: Type, given: string, unsure: boolean): readonly Diagnostic[] {
  if (unsure) return [];
  const name = at.path.filter((step) => typeof step === 'string').at(-1);
  const subject = name === undefined ? 'What is given to' : `‘${name}’ of`;
  const message = `${subject} ${at.what} must be ${typeInSentence(needed)}, but this is ${given}.`;
  return [finding('type-mismatch', range, message)];
}

function compareMap(at: Comparison, node: MapNode, needed: Type): readonly Diagnostic[] {
  const objects = objectsOf(needed);
  if (objects === null) return mismatch(at, at.owner, needed, 'an object', valuesOf(needed).some(isUnsure));
  const found: Diagnostic[] = [];
  const given = new Set<string>();
  const meant = new Set<string>();
  for (const entry of node.entries) {
    const name = entry.key.text;
    if (given.has(name)) continue;
    given.add(name);
    const fields = objects.flatMap((object) => object.fields.get(name) ?? []);
    const further = objects.flatMap((object) => (object.rest === null ? [] : [object.rest()]));
    const [first] = fields;
    if (first === undefined && further.length === 0) {
      const suggestions = argumentsLike(name, node, objects);
      for (const suggestion of suggestions) meant.add(suggestion);
      found.push(unknownArgument(at, entry, suggestions));
    } else {
      const type = unionOf([...fields.map((field) => field.type()), ...(first === undefined ? further : [])]);
      found.push(...compare({ ...at, owner: entry.key.range, path: [...at.path, name] }, entry.value, type));
    }
  }
  for (const [name, field] of requiredIn(objects)) {
    // One slip is one finding: a misspelt argument is not missing besides.
    if (given.has(name) || meant.has(name)) continue;
    const inside = at.path.length === 0 ? '' : ` in ‘${at.path.join('.')}’`;
    const message = `${at.what} needs ‘${name}’${inside}. Add it.`;
    const value = suggested(at.world, name, field, at.path.length === 0);
    const fixes: FixData[] = [{ kind: 'insert-key', into: node.range, key: keyText(name), value }];
    found.push(finding('missing-argument', at.owner, message, { fixes }));
  }
  return found;
}

/** The arguments that are not given and that `name` was probably meant for. */
function argumentsLike(name: string, node: MapNode, objects: readonly ObjectType[]): readonly string[] {
  const present = new Set(node.entries.map((one) => one.key.text));
  const names = new Set(objects.flatMap((object) => [...object.fields.keys()]));
  return nearest(
    name,
    [...names].filter((one) => !present.has(one)),
  );
}

function unknownArgument(at: Comparison, entry: Entry, suggestions: readonly string[]): Diagnostic {
  const name = entry.key.text;
  const inside = at.path.length === 0 ? '' : ` in ‘${at.path.join('.')}’`;
  const message = `${at.what} takes no ‘${name}’${inside}.${didYouMean(suggestions) || ' Remove it, or correct its name.'}`;
  const fixes: FixData[] = [];
  if (suggestions.length > 0) fixes.push({ kind: 'replace', range: entry.key.range, with: suggestions.map(keyText) });
  else fixes.push({ kind: 'remove-entry', entry: entry.range });
  return finding('unknown-argument', entry.key.range, message, { fixes });
}

/** The objects among what is needed; null when it can't be one. */
function objectsOf(needed: Type): readonly ObjectType[] | null {
  const objects = valuesOf(needed).flatMap((member) => (member.kind === 'object' ? [member] : []));
  return objects.length === 0 ? null : objects;
}

/** The fields that every one of the objects requires. */
function requiredIn(objects: readonly ObjectType[]): readonly (readonly [string, Field])[] {
  const [first, ...others] = objects;
  if (first === undefined) return [];
  return [...first.fields.keys()].flatMap((name) => {
    const found = first.fields.get(name);
    const always = found?.required === true && others.every((other) => other.fields.get(name)?.required === true);
    return always && found !== undefined ? [[name, found] as const] : [];
  });
}

/** A value for an argument that is missing: the field of the input, or the variable, of the same name; else a sample. */
function suggested(world: World, name: string, field: Field, outermost = true): string {
  const needed = field.type();
  const input = typeOfSchemaNode(world.file.workflow.input);
  const candidates: (readonly [string, Type])[] = [['input', input]];
  for (const [root, type] of outermost ? candidates : []) {
    const found = lookUp(type, name);
    if (found.is === 'there' && !neverEqual(found.type, needed)) return `"\${ ${root}.${asName(name)} }"`;
  }
  return sample(needed, 0);
}

/** The simplest value of a type, as YAML in one line. */
function sample(type: Type, depth: number): string {
  const [member] = valuesOf(type);
  switch (member?.kind) {
    case 'literal':
      return JSON.stringify(member.value);
    case 'number':
      return '0';
    case 'boolean':
      return 'false';
    case 'list':
      return '[]';
    case 'null':
      return 'null';
    case 'object': {
      const required = depth > 3 ? [] : requiredIn([member]);
      const fields = required.map(([name, field]) => `${keyText(name)}: ${sample(field.type(), depth + 1)}`);
      return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
    }
    default:
      return '""';
  }
}

function keyText(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) && !/^(true|false|null)$/i.test(name) ? name : JSON.stringify(name);
}

/** Operations of this file that say nothing of what they give, though some expression reads a field of it. */
export function operationsWithoutContract({ workflow, operations, sites }: TypedFile): readonly Diagnostic[] {
  const silent = new Map<State, CallAction>();
  for (const state of workflow.states) {
    const call = state.action?.kind === 'call' ? state.action : null;
    const operation = call === null ? null : operationOf(operations, call);
    if (call !== null && operation !== null && hasNoContract(operation)) silent.set(state, call);
  }
  if (silent.size === 0) return [];
  const found = new Map<Node, Diagnostic>();
  for (const site of sites) {
    for (const { parsed } of site.read.expressions) {
      for (const { root, path } of parsed.reads) {
        const [first, second] = path;
        const state =
          root === 'result' && first !== undefined
            ? site.state
            : root === 'results' && second !== undefined
              ? visibleState(site.scope, first?.name ?? '')
              : null;
        const call = state === null ? undefined : silent.get(state);
        const operation = call === undefined ? null : operationOf(operations, call);
        if (operation?.own == null || found.has(operation.own.node)) continue;
        const name = call?.operation?.value ?? operation.name;
        const message = `Nothing describes what ${name} gives, though ‘${[root, ...path.map((one) => one.name)].join('.')}’ is read. Give it an ‘output’ schema.`;
        found.set(operation.own.node, finding('no-contract', operation.own.nameRange, message));
      }
    }
  }
  return [...found.values()];
}
