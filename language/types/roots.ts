/** What each root of section 3 is at a place in the file. */
import { rootNamed } from '../expressions/roots.ts';
import { stringOf, valueOf } from '../tree.ts';
import { itemScopes, stateNamed } from '../workflow.ts';
import type { Scope, State } from '../workflow.ts';
import { inputType } from './contracts.ts';
import { typeOfSchema } from './from-schema.ts';
import type { Place } from './places.ts';
import { eventType, rawResultOf, resultOf } from './results.ts';
import type { Schema } from './schema.ts';
import {
  type Field,
  type Fields,
  field,
  INTEGER,
  itemsOf,
  literal,
  NULL,
  type ObjectType,
  objectOf,
  perhaps,
  STRING,
  type Type,
  unionOf,
  UNKNOWN,
  valuesOf,
} from './type.ts';
import { variableIn } from './variables.ts';
import { type Spot, typeOfSchemaNode, typeOfValue, type World } from './world.ts';

const ROOT_NAMES = [
  'input',
  'vars',
  'results',
  'run',
  'env',
  'secrets',
  'result',
  'error',
  'args',
  'event',
  'form',
  'outcome',
  'actor',
];

/** The object of all roots that an expression at `spot` is evaluated on. Whether a root may be read there is not asked. */
export function documentAt(world: World, spot: Spot): ObjectType {
  const types = new Map<string, Field>();
  const fields: Fields = {
    get: (name) => {
      const known = types.get(name);
      if (known !== undefined) return known;
      const made = rootAt(world, spot, name);
      if (made !== undefined) types.set(name, made);
      return made;
    },
    keys: () => [...itemNames(spot), ...ROOT_NAMES],
  };
  // A name that is no root is reported as such.
  return { kind: 'object', fields, rest: () => UNKNOWN, sure: true, bare: false };
}

function rootAt(world: World, spot: Spot, name: string): Field | undefined {
  const item = itemAt(world, spot, name);
  if (item !== null) return field(item);
  switch (name) {
    case 'vars':
      return inScope(world, spot.scope).vars;
    case 'results':
      return inScope(world, spot.scope).results;
    case 'input':
    case 'env':
    case 'secrets':
    case 'run':
      return everywhere(world, name);
    case 'result':
      return root(name, () => resultRoot(world, spot));
    case 'error':
      return root(name, () => errorRoot(world, placeOf(world, spot)));
    case 'args': {
      const operation = placeOf(world, spot)?.operation ?? null;
      return root(name, () => (operation === null ? UNKNOWN : inputType(operation)));
    }
    case 'event':
      return root(name, () => eventType(world, placeOf(world, spot)?.events ?? null));
    case 'form':
    case 'outcome':
    case 'actor':
      return root(name, () => humanRoot(spot.state, name));
    default:
      return undefined;
  }
}

function root(name: string, type: Type | (() => Type)): Field {
  return field(type, { documentation: rootNamed(name)?.documentation ?? null });
}

function everywhere(world: World, name: 'input' | 'env' | 'secrets' | 'run'): Field {
  let made = world.roots.get(name);
  if (made === undefined) {
    const type =
      name === 'input' ? (): Type => typeOfSchemaNode(world.file.workflow.input) : name === 'run' ? fixed(name) : NAMED;
    world.roots.set(name, (made = root(name, type)));
  }
  return made;
}

/** `env` and `secrets`: texts by any name. */
const NAMED: Type = { ...objectOf(new Map()), rest: () => STRING };

function placeOf(world: World, { node, place }: Spot): Partial<Place> | null {
  return place ?? (node === null ? null : (world.places.get(node) ?? null));
}

/** The type of a root that the language itself fixes. */
function fixed(name: string): Type {
  const schema: Schema | null = rootNamed(name)?.schema ?? null;
  return schema === null ? UNKNOWN : typeOfSchema(schema);
}

function inScope(world: World, scope: Scope): { readonly vars: Field; readonly results: Field } {
  let roots = world.scopes.get(scope);
  if (roots === undefined) {
    roots = { vars: root('vars', variables(world, scope)), results: root('results', results(world, scope)) };
    world.scopes.set(scope, roots);
  }
  return roots;
}

function variables(world: World, scope: Scope): Type {
  const get = (name: string): Field | undefined => {
    const type = variableIn(world, scope, name);
    return type === null ? undefined : field(type, { documentation: 'A variable.' });
  };
  const names = new Set<string>();
  for (let at: Scope | null = scope; at !== null; at = at.parent) for (const { name } of at.vars) names.add(name);
  // A variable that is not declared is reported as such.
  return { kind: 'object', fields: { get, keys: () => names }, rest: () => UNKNOWN, sure: true, bare: false };
}

function results(world: World, scope: Scope): Type {
  const get = (name: string): Field | undefined => {
    const state = visibleState(scope, name);
    if (state === null) return undefined;
    const documentation = stringOf(valueOf(state.node, 'title')) ?? `The result of the state ‘${name}’.`;
    return { type: () => resultOf(world, state), required: false, documentation };
  };
  const keys = (): Iterable<string> => {
    const names = new Set<string>();
    for (let at: Scope | null = scope; at !== null; at = at.parent) for (const { name } of at.states) names.add(name);
    return names;
  };
  return objectOf({ get, keys });
}

/** The state that `results.NAME` means in `scope`: the nearest one of that name, outwards. */
export function visibleState(scope: Scope, name: string): State | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const state = stateNamed(at, name);
    if (state !== undefined) return state;
  }
  return null;
}

/** `result`: what the action of the state gave, and for what stands beside the call of a foreach, that of each item. */
function resultRoot(world: World, spot: Spot): Type {
  const { state, scope } = spot;
  if (state === null || isUndoing(scope)) return UNKNOWN;
  const { action, compensate } = state;
  if (isWithin(spot.node, compensate?.entry.range) && compensate?.after === 'attempt') return UNKNOWN;
  if (action?.kind !== 'foreach') return rawResultOf(world, state);
  if (scope === state.scope && isWithin(spot.node, compensate?.entry.range)) return UNKNOWN;
  if (scope === state.scope) return rawResultOf(world, state);
  if (action.compensate?.after === 'attempt') return UNKNOWN;
  return action.call === null ? UNKNOWN : rawResultOf(world, state, action.call);
}

/** Whether the scope is, or stands in, one that compensates or confirms. */
function isUndoing(scope: Scope): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const owner = at.owner;
    if (owner === null) continue;
    for (const side of [owner.compensate, owner.confirm]) if (isWithin(at, side?.entry.range)) return true;
  }
  return false;
}

function isWithin(
  one: { readonly range: { readonly start: number; readonly end: number } } | null,
  range: { readonly start: number; readonly end: number } | undefined,
): boolean {
  return range !== undefined && one !== null && one.range.start >= range.start && one.range.end <= range.end;
}

/** `error`; the data of errors that the workflow declares is a guess, since services may raise the same types. */
function errorRoot(world: World, place: Partial<Place> | null): Type {
  const error = fixed('error');
  const patterns = place?.handler?.errors ?? [];
  const declared = patterns.map((pattern) => world.file.workflow.errors.find((one) => one.name === pattern.value));
  const data = declared.map((one) => (one === undefined ? UNKNOWN : typeOfSchemaNode(one.data)));
  if (error.kind !== 'object' || data.length === 0) return error;
  const { fields } = error;
  const guess = field(() => perhaps(unionOf(data)));
  return {
    ...error,
    fields: { get: (name) => (name === 'data' ? guess : fields.get(name)), keys: () => fields.keys() },
  };
}

function humanRoot(state: State | null, name: string): Type {
  const { action } = state ?? {};
  if (action?.kind !== 'human') return UNKNOWN;
  switch (name) {
    case 'outcome': {
      const outcomes = action.outcomes ?? action.on.map((one) => one.outcome);
      return outcomes.length === 0 ? STRING : unionOf(outcomes.map((one) => literal(one.value)));
    }
    case 'actor':
      return unionOf([STRING, NULL]);
    default:
      return unionOf([typeOfSchemaNode(action.form), NULL]);
  }
}

/** The names that `foreach` gives to items at a place, the innermost first, and to the item’s number. */
export function itemNames(spot: Pick<Spot, 'scope' | 'state'>): ReadonlySet<string> {
  const names = new Set(itemScopes(spot).flatMap((scope) => scope.item?.name ?? []));
  return names.size === 0 ? names : names.add('index');
}

/** The type of the item called `name`, or null when no item is called so. */
function itemAt(world: World, spot: Spot, name: string): Type | (() => Type) | null {
  const scopes = itemScopes(spot);
  const scope = name === 'index' ? scopes[0] : scopes.find((one) => one.item?.name === name);
  if (scope === undefined) return null;
  if (scope.item?.name !== name) return INTEGER;
  const action = scope.owner?.action;
  return () => (action?.kind === 'foreach' ? itemOf(typeOfValue(world, action.in)) : UNKNOWN);
}

function itemOf(list: Type): Type {
  const lists = valuesOf(list).filter((member) => member.kind !== 'null');
  return unionOf(
    lists.length === 0 ? [UNKNOWN] : lists.map((member) => (member.kind === 'list' ? itemsOf(member) : UNKNOWN)),
  );
}
