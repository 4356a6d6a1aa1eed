/**
 * Holds messages of a language server against the meta model of the protocol.
 *
 * 1. A property that a structure does not name is an error, so that a misspelt one is found. `LSPAny` takes anything.
 * 2. Of a union one member has to fit; if none does, the complaint is that of the member that got furthest.
 * 3. An enumeration that the protocol leaves open takes any value of its base type.
 */
import { readFileSync } from 'node:fs';

type Type =
  | { readonly kind: 'base'; readonly name: string }
  | { readonly kind: 'reference'; readonly name: string }
  | { readonly kind: 'array'; readonly element: Type }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  | { readonly kind: 'and' | 'or' | 'tuple'; readonly items: readonly Type[] }
  | { readonly kind: 'literal'; readonly value: { readonly properties: readonly Property[] } }
  | { readonly kind: 'stringLiteral'; readonly value: string };

interface Property {
  readonly name: string;
  readonly type: Type;
  readonly optional?: boolean;
}

interface Structure {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly extends?: readonly Type[];
  readonly mixins?: readonly Type[];
}

interface Enumeration {
  readonly name: string;
  readonly type: Type;
  readonly values: readonly { readonly value: string | number }[];
  readonly supportsCustomValues?: boolean;
}

interface MetaModel {
  readonly requests: readonly { readonly method: string; readonly params?: Type; readonly result: Type }[];
  readonly notifications: readonly { readonly method: string; readonly params?: Type }[];
  readonly structures: readonly Structure[];
  readonly enumerations: readonly Enumeration[];
  readonly typeAliases: readonly { readonly name: string; readonly type: Type }[];
}

/** A complaint: where in the message (`items[0].kind`), and what is wrong there. */
interface Misfit {
  readonly path: string;
  readonly message: string;
}

const model = JSON.parse(readFileSync(new URL('./lsp-metaModel.json', import.meta.url), 'utf8')) as MetaModel;
const messages = new Map<string, { readonly params?: Type; readonly result?: Type }>(
  [...model.notifications, ...model.requests].map((message) => [message.method, message]),
);
const structures = new Map(model.structures.map((structure) => [structure.name, structure]));
const enumerations = new Map(model.enumerations.map((enumeration) => [enumeration.name, enumeration]));
const aliases = new Map(model.typeAliases.map((alias) => [alias.name, alias.type]));

/**
 * Throws unless `value` fits the protocol. `kind` says which part of the message it is: the `params` of a request or a
 * notification, or the `result` of a request. Methods of our own (`backstep/…`) are not the protocol's business and pass.
 */
export function assertLspMessage(method: string, kind: 'params' | 'result', value: unknown): void {
  if (method.startsWith('backstep/')) return;
  const message = messages.get(method);
  if (message === undefined) throw new Error(`The protocol has no message ${method}.`);
  const type = kind === 'params' ? message.params : message.result;
  if (type === undefined) {
    if (value === undefined || value === null) return;
    throw new Error(`${method} has no ${kind}, but got ${show(value)}.`);
  }
  const misfit = check(type, value, '');
  if (misfit !== undefined) throw new Error(`${method} ${kind}${misfit.path}: ${misfit.message}`);
}

function check(type: Type, value: unknown, path: string): Misfit | undefined {
  switch (type.kind) {
    case 'base':
      return fitsBase(type.name, value) ? undefined : { path, message: `expected ${type.name}, got ${show(value)}` };
    case 'stringLiteral':
      return value === type.value ? undefined : { path, message: `expected '${type.value}', got ${show(value)}` };
    case 'array':
      if (!Array.isArray(value)) return { path, message: `expected a list, got ${show(value)}` };
      return first(value, (item, index) => check(type.element, item, `${path}[${index}]`));
    case 'tuple':
      if (!Array.isArray(value) || value.length !== type.items.length)
        return { path, message: `expected ${type.items.length} items, got ${show(value)}` };
      return first(type.items, (item, index) => check(item, value[index], `${path}[${index}]`));
    case 'map':
      if (!isRecord(value)) return { path, message: `expected an object, got ${show(value)}` };
      return first(Object.entries(value), ([key, item]) => check(type.value, item, `${path}.${key}`));
    case 'literal':
      return checkProperties(type.value.properties, value, path, 'literal');
    case 'and':
      return checkProperties(type.items.flatMap(propertiesOf), value, path, 'intersection');
    case 'or':
      return checkUnion(type.items, value, path);
    case 'reference':
      return checkReference(type.name, value, path);
  }
}

function checkReference(name: string, value: unknown, path: string): Misfit | undefined {
  if (name === 'LSPAny') return undefined;
  const structure = structures.get(name);
  if (structure !== undefined) return checkProperties(propertiesOf({ kind: 'reference', name }), value, path, name);
  const enumeration = enumerations.get(name);
  if (enumeration !== undefined) {
    if (enumeration.supportsCustomValues === true) return check(enumeration.type, value, path);
    const fits = enumeration.values.some((member) => member.value === value);
    return fits ? undefined : { path, message: `${show(value)} is no ${name}` };
  }
  const alias = aliases.get(name);
  if (alias === undefined) throw new Error(`The meta model does not define ${name}.`);
  return check(alias, value, path);
}

function checkUnion(items: readonly Type[], value: unknown, path: string): Misfit | undefined {
  let furthest: Misfit | undefined;
  for (const item of items) {
    const misfit = check(item, value, path);
    if (misfit === undefined) return undefined;
    if (furthest === undefined || misfit.path.length > furthest.path.length) furthest = misfit;
  }
  return furthest;
}

function checkProperties(
  properties: readonly Property[],
  value: unknown,
  path: string,
  name: string,
): Misfit | undefined {
  if (!isRecord(value)) return { path, message: `expected ${name}, got ${show(value)}` };
  const unknown = Object.keys(value).find(
    (key) => value[key] !== undefined && !properties.some((property) => property.name === key),
  );
  if (unknown !== undefined) return { path: `${path}.${unknown}`, message: `${name} has no such property` };
  return first(properties, (property) => {
    const item = value[property.name];
    if (item === undefined)
      return property.optional === true
        ? undefined
        : { path, message: `${name} needs ${property.name}, got ${show(value)}` };
    return check(property.type, item, `${path}.${property.name}`);
  });
}

/** All properties of a structure, those that it inherits included. A property that it names itself comes first. */
function propertiesOf(type: Type): readonly Property[] {
  if (type.kind === 'literal') return type.value.properties;
  if (type.kind !== 'reference') throw new Error(`A structure cannot be made of ${type.kind}.`);
  const structure = structures.get(type.name);
  if (structure === undefined) {
    const alias = aliases.get(type.name);
    if (alias === undefined) throw new Error(`The meta model does not define the structure ${type.name}.`);
    return propertiesOf(alias);
  }
  const inherited = [...(structure.extends ?? []), ...(structure.mixins ?? [])].flatMap(propertiesOf);
  const own = new Set(structure.properties.map((property) => property.name));
  return [...structure.properties, ...inherited.filter((property) => !own.has(property.name))];
}

function fitsBase(name: string, value: unknown): boolean {
  switch (name) {
    case 'string':
    case 'URI':
    case 'DocumentUri':
    case 'RegExp':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31;
    case 'uinteger':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
    case 'decimal':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'null':
      return value === null;
    default:
      throw new Error(`The meta model has an unknown base type ${name}.`);
  }
}

function first<T>(items: readonly T[], find: (item: T, index: number) => Misfit | undefined): Misfit | undefined {
  for (const [index, item] of items.entries()) {
    const misfit = find(item, index);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 120);
}
