/**
 * Type annotations as JSON Schemas, read from the syntax alone: no type checker runs.
 *
 * 1. Followed are literals, unions, intersections and lists of objects, interfaces and aliases with their parameters, in
 *    the module and in those that it imports by relative paths, and the common helpers (`Record`, `Partial`, `Pick` …).
 * 2. Everything else is `ANY`, so that a schema is never narrower than the type. A type that leads back to itself is
 *    `ANY` there.
 * 3. `undefined`, `void` and `never` are no values in JSON: a union drops them, and a field that may be them is optional.
 */
import type { Comment, Expression, Node, TSEntityName, TSType, TSTypeElement } from '@babel/types';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { type ModuleScope, nameOf } from './scope.ts';

/** The schema that any value fits. */
export const ANY: JsonObject = {};

/** What stands for `undefined`, `void` and `never`. */
export const NOTHING: JsonObject = { not: {} };

const NULL: JsonObject = { type: 'null' };
const STRING: JsonObject = { type: 'string' };
const NUMBER: JsonObject = { type: 'number' };
const BOOLEAN: JsonObject = { type: 'boolean' };

/** Types inside types are followed this far. */
const MAX_DEPTH = 32;

/** Types that name each other many times over are read so often. */
const MAX_TYPES = 5_000;

/** Finds the module behind an import; null where it is none of the workspace’s, or can’t be read. */
export type Follow = (from: ModuleScope, specifier: string) => ModuleScope | null;

/** What a type is read with. */
export interface Reader {
  readonly follow: Follow;
  readonly scope: ModuleScope;
  /** The arguments of the type parameters that can be named here. */
  readonly parameters: ReadonlyMap<string, JsonObject>;
  /** The declarations that are being read, one inside the other. */
  readonly open: readonly Node[];
  /** Schemas of unions that had `undefined` among them. */
  readonly absent: WeakSet<JsonObject>;
  /** How many more types are read. */
  readonly budget: { left: number };
}

/** A reader for the types of one module. */
export function readerFor(scope: ModuleScope, follow: Follow): Reader {
  return { follow, scope, parameters: new Map(), open: [], absent: new WeakSet(), budget: { left: MAX_TYPES } };
}

/** The schema of the values that a type has. */
export function schemaOfType(reader: Reader, type: TSType | null | undefined): JsonObject {
  if (type == null || reader.open.length > MAX_DEPTH || reader.budget.left-- <= 0) return ANY;
  const inner: Reader = { ...reader, open: [...reader.open, type] };
  switch (type.type) {
    case 'TSStringKeyword':
    case 'TSTemplateLiteralType':
      return STRING;
    case 'TSNumberKeyword':
      return NUMBER;
    case 'TSBooleanKeyword':
    case 'TSTypePredicate':
      return BOOLEAN;
    case 'TSNullKeyword':
      return NULL;
    case 'TSObjectKeyword':
      return { type: 'object' };
    case 'TSUndefinedKeyword':
    case 'TSVoidKeyword':
    case 'TSNeverKeyword':
      return NOTHING;
    case 'TSLiteralType':
      return literal(type.literal);
    case 'TSParenthesizedType':
      return schemaOfType(reader, type.typeAnnotation);
    case 'TSTypeOperator':
      return type.operator === 'readonly' ? schemaOfType(reader, type.typeAnnotation) : ANY;
    case 'TSArrayType':
      return { type: 'array', items: schemaOfType(inner, type.elementType) };
    case 'TSTupleType': {
      const items = type.elementTypes.map((one) => {
        const element = one.type === 'TSNamedTupleMember' ? one.elementType : one;
        return element.type === 'TSRestType' || element.type === 'TSOptionalType' ? ANY : schemaOfType(inner, element);
      });
      return { type: 'array', items: union(inner, items) };
    }
    case 'TSUnionType':
      return union(
        inner,
        type.types.map((one) => schemaOfType(inner, one)),
      );
    case 'TSIntersectionType':
      return intersection(type.types.map((one) => schemaOfType(inner, one)));
    case 'TSTypeLiteral':
      return objectOf(inner, type.members);
    case 'TSIndexedAccessType': {
      const object = schemaOfType(inner, type.objectType);
      const index = type.indexType.type === 'TSLiteralType' ? literal(type.indexType.literal) : ANY;
      const name = index['const'];
      if (typeof name === 'string') return fieldsOf(object)?.[name] ?? ANY;
      return type.indexType.type === 'TSNumberKeyword' ? (asSchema(object['items']) ?? ANY) : ANY;
    }
    case 'TSTypeReference':
      return reference(inner, type.typeName, type.typeArguments?.params ?? []);
    default:
      return ANY;
  }
}

/** The fields of an object’s schema; null for any other schema. */
function fieldsOf(schema: JsonObject): Readonly<Record<string, JsonObject>> | null {
  const properties = schema['properties'];
  if (schema['type'] !== 'object' || properties === undefined || !isJsonObject(properties)) return null;
  return properties as Readonly<Record<string, JsonObject>>;
}

function asSchema(value: Json | undefined): JsonObject | null {
  return value !== undefined && isJsonObject(value) ? value : null;
}

function requiredOf(schema: JsonObject): readonly string[] {
  return Array.isArray(schema['required']) ? (schema['required'] as readonly string[]) : [];
}

function literal(node: Node): JsonObject {
  switch (node.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return { const: node.value };
    case 'UnaryExpression':
      return node.operator === '-' && node.argument.type === 'NumericLiteral' ? { const: -node.argument.value } : ANY;
    case 'TemplateLiteral':
      return STRING;
    default:
      return ANY;
  }
}

function union({ absent }: Reader, members: readonly JsonObject[]): JsonObject {
  const left = members.filter((one) => one !== NOTHING);
  const [first] = left;
  if (first === undefined) return members.length === 0 ? ANY : NOTHING;
  // A union of its own even for one member: that member may be a named type that is never absent elsewhere.
  const schema: JsonObject = left.includes(ANY) ? { anyOf: [ANY] } : { anyOf: [...left] };
  const isAbsent = left.length < members.length || left.some((one) => absent.has(one));
  if (isAbsent) absent.add(schema);
  return schema;
}

function intersection(members: readonly JsonObject[]): JsonObject {
  // A string or number that is only marked by a type of an object is still that string or number.
  const plain = members.find((one) => typeof one['type'] === 'string' && one['type'] !== 'object');
  if (plain !== undefined) return plain;
  return members.reduce((one, other) => merged(one, other));
}

/** An object with the fields of both; with further fields where one of them is not known to be an object. */
function merged(one: JsonObject, other: JsonObject): JsonObject {
  const [first, second] = [fieldsOf(one), fieldsOf(other)];
  const further = one['additionalProperties'] ?? other['additionalProperties'] ?? (first && second ? undefined : true);
  return {
    type: 'object',
    properties: { ...first, ...second },
    required: [...new Set([...requiredOf(one), ...requiredOf(other)])],
    ...(further === undefined ? {} : { additionalProperties: further }),
  };
}

/** The object that has these members. */
function objectOf(reader: Reader, members: readonly TSTypeElement[]): JsonObject {
  const properties: Record<string, JsonObject> = {};
  const required: string[] = [];
  let further: JsonObject | undefined;
  for (const member of members) {
    if (member.type === 'TSIndexSignature') further = schemaOfType(reader, member.typeAnnotation?.typeAnnotation);
    if (member.type !== 'TSPropertySignature' && member.type !== 'TSMethodSignature') continue;
    const name = keyOf(member.key, member.computed);
    if (name === null) further ??= ANY;
    else {
      const type = member.type === 'TSPropertySignature' ? member.typeAnnotation?.typeAnnotation : null;
      const schema = schemaOfType(reader, type);
      define(properties, name, documented(schema === NOTHING ? ANY : schema, member.leadingComments));
      if (member.optional !== true && schema !== NOTHING && !reader.absent.has(schema)) required.push(name);
    }
  }
  if (Object.keys(properties).length === 0 && further === undefined) return ANY;
  return {
    type: 'object',
    properties,
    required,
    ...(further === undefined ? {} : { additionalProperties: further }),
  };
}

/** Sets a field by whatever name the author gave it. */
function define(fields: Record<string, JsonObject>, name: string, schema: JsonObject): void {
  Object.defineProperty(fields, name, { value: schema, enumerable: true, configurable: true, writable: true });
}

function keyOf(key: Expression, computed: boolean): string | null {
  if (key.type === 'Identifier') return computed ? null : key.name;
  if (key.type === 'StringLiteral') return key.value;
  return key.type === 'NumericLiteral' ? String(key.value) : null;
}

function documented(schema: JsonObject, comments: readonly Comment[] | null | undefined): JsonObject {
  const text = documentationIn(comments);
  return text === null || schema === ANY
    ? text === null
      ? schema
      : { description: text }
    : { ...schema, description: text };
}

/** The sentences of the last documentation comment, without its tags; null where there are none. */
export function documentationIn(comments: readonly Comment[] | null | undefined): string | null {
  const comment = comments?.filter(({ type, value }) => type === 'CommentBlock' && value.startsWith('*')).at(-1);
  const text = comment?.value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\*?\s?/, '').trimEnd())
    .join('\n')
    .replace(/(^|\n)@[\s\S]*$/, '')
    .trim();
  return text === undefined || text === '' ? null : text;
}

/** A type that is named: one of the parameters, of the module, of those that it imports, or a helper. */
function reference(reader: Reader, name: TSEntityName, args: readonly TSType[]): JsonObject {
  if (name.type !== 'Identifier') return qualified(reader, name, args);
  const parameter = reader.parameters.get(name.name);
  if (parameter !== undefined) return parameter;
  return named(reader, reader.scope, name.name, args) ?? helper(reader, name.name, args) ?? ANY;
}

/** `namespace.Name` of a module that was imported whole. */
function qualified(reader: Reader, name: TSEntityName, args: readonly TSType[]): JsonObject {
  if (name.type !== 'TSQualifiedName' || name.left.type !== 'Identifier') return ANY;
  const imported = reader.scope.importedTypes.get(name.left.name);
  const module = imported?.name === '*' ? reader.follow(reader.scope, imported.from) : null;
  return module === null ? ANY : (named(reader, module, name.right.name, args) ?? ANY);
}

/** The type that a module declares, imports or hands on under a name; null where it does none of that. */
function named(reader: Reader, scope: ModuleScope, name: string, args: readonly TSType[], hops = 0): JsonObject | null {
  const declared = scope.types.get(name);
  if (declared !== undefined) {
    const given = args.map((one) => schemaOfType(reader, one));
    return declared
      .map((one) => {
        if (reader.open.includes(one)) return ANY;
        const parameters = new Map<string, JsonObject>();
        const inner: Reader = { ...reader, scope, parameters, open: [...reader.open, one] };
        for (const [at, parameter] of (one.typeParameters?.params ?? []).entries()) {
          const own = parameter;
          parameters.set(nameOf(own.name), given[at] ?? schemaOfType(inner, own.default));
        }
        if (one.type === 'TSTypeAliasDeclaration') return schemaOfType(inner, one.typeAnnotation);
        const base = (one.extends ?? []).map((heritage) =>
          heritage.expression.type === 'Identifier'
            ? reference(inner, heritage.expression, heritage.typeArguments?.params ?? [])
            : ANY,
        );
        const own = objectOf(inner, one.body.body);
        return own === ANY && base.length > 0
          ? base.reduce(merged)
          : base.reduce((all, part) => merged(part, all), own);
      })
      .reduce(merged);
  }
  if (hops > MAX_DEPTH) return null;
  const imported = scope.importedTypes.get(name);
  const module = imported === undefined ? null : reader.follow(scope, imported.from);
  if (imported !== undefined) return module === null ? ANY : named(reader, module, imported.name, args, hops + 1);
  const handed = scope.handedOn.get(name);
  if (handed !== undefined && (handed.from !== null || handed.name !== name)) {
    const other = handed.from === null ? scope : reader.follow(scope, handed.from);
    return other === null ? ANY : named(reader, other, handed.name, args, hops + 1);
  }
  for (const specifier of scope.all) {
    const other = reader.follow(scope, specifier);
    const found = other === null ? null : named(reader, other, name, args, hops + 1);
    if (found !== null) return found;
  }
  return null;
}

/** TypeScript’s own generic types that say something about values in JSON; null for any other. */
function helper(reader: Reader, name: string, args: readonly TSType[]): JsonObject | null {
  const [first, second] = args;
  const of = (type: TSType | undefined): JsonObject => schemaOfType(reader, type);
  switch (name) {
    case 'Array':
    case 'ReadonlyArray':
      return { type: 'array', items: of(first) };
    case 'Promise':
    case 'PromiseLike':
    case 'Awaited':
    case 'Readonly':
      return of(first);
    case 'Record':
      return record(reader, of(first), of(second));
    case 'NonNullable': {
      const members = membersOf(of(first)).filter((one) => one['type'] !== 'null');
      return members.length === 0 ? NOTHING : { anyOf: [...members] };
    }
    case 'Partial':
    case 'Required': {
      const object = of(first);
      const fields = fieldsOf(object);
      return fields === null ? ANY : { ...object, required: name === 'Partial' ? [] : Object.keys(fields) };
    }
    case 'Pick':
    case 'Omit':
      return picked(of(first), of(second), name === 'Pick');
    default:
      return null;
  }
}

function membersOf(schema: JsonObject): readonly JsonObject[] {
  const members = schema['anyOf'];
  return Array.isArray(members) ? (members as readonly JsonObject[]).flatMap(membersOf) : [schema];
}

/** The strings that a schema lists; null where it is not known to be only such. */
function namesIn(schema: JsonObject): readonly string[] | null {
  const names = membersOf(schema).map((one) => one['const']);
  return names.every((name) => typeof name === 'string') ? names : null;
}

function record(reader: Reader, key: JsonObject, value: JsonObject): JsonObject {
  const names = namesIn(key);
  if (names === null) return { type: 'object', additionalProperties: value };
  const properties: Record<string, JsonObject> = {};
  for (const name of names) define(properties, name, value);
  return { type: 'object', properties, required: reader.absent.has(value) ? [] : [...names] };
}

function picked(object: JsonObject, keys: JsonObject, keep: boolean): JsonObject {
  const [fields, names] = [fieldsOf(object), namesIn(keys)];
  if (fields === null || names === null) return ANY;
  const left = Object.entries(fields).filter(([name]) => names.includes(name) === keep);
  const properties: Record<string, JsonObject> = {};
  for (const [name, schema] of left) define(properties, name, schema);
  return { ...object, properties, required: requiredOf(object).filter((name) => names.includes(name) === keep) };
}
