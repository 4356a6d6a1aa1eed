/**
 * The functions that a module exports, with the types of what they take and give (section 5 of the language reference).
 *
 * 1. Nothing of the module runs. What its syntax does not tell stays open: a list of names that may not be complete, a
 *    schema that is null.
 * 2. A function that is handed on from another module of the workspace is the one that is written there.
 * 3. Types come from annotations, in JavaScript from `@param` and `@returns`, and of a function without either from the
 *    literals that it returns.
 */
import type { Comment, Expression, File, Node, TSType } from '@babel/types';
import type { LanguageContext, ParseModule } from '../context.ts';
import type { JsonObject } from '../json.ts';
import type { Range } from '../text.ts';
import { ANY, documentationIn, NOTHING, type Reader, readerFor, schemaOfType } from './annotations.ts';
import { exportsOf } from './names.ts';
import { type FunctionNode, inferred } from './returned.ts';
import { candidatesOf, type ModuleScope, scopeOf, type Value } from './scope.ts';
import { tagsOf } from './tags.ts';

/** A function that a module exports. */
export interface ModuleFunction {
  readonly name: string;
  /** The file that it is written in, as seen from the workflow’s folder; the ranges count in it. */
  readonly file: string;
  /** The name alone, and the whole statement. */
  readonly range: Range;
  readonly entry: Range;
  /** As it is written, without the body: `format(input: LabelInput): Promise<Label>`. Null where only the name is known. */
  readonly signature: string | null;
  readonly documentation: string | null;
  /** What it takes, and what it gives when it has been awaited; null where nothing tells. */
  readonly input: JsonObject | null;
  readonly output: JsonObject | null;
}

export interface ModuleFunctions {
  readonly functions: readonly ModuleFunction[];
  /** Whether there are no others. */
  readonly complete: boolean;
}

/** The functions of the module at `path`, as the workflow writes it; null where its text is not at hand. */
export function functionsOf(path: string, context: LanguageContext): ModuleFunctions | null {
  const resource = context.resource?.(path);
  if (resource?.kind !== 'text') return null;
  const { parseModule } = context;
  if (parseModule === undefined) return byNames(resource.text, path);
  const key = `${path}\n${resource.text}`;
  const before = read.get(key);
  if (
    before !== undefined &&
    before.parseModule === parseModule &&
    before.others.every(([other, text]) => textAt(context, other) === text)
  ) {
    return before.functions;
  }
  const others: [string, string | null][] = [];
  const scope = scopeAt(parseModule, resource.text, path);
  const follow = (from: ModuleScope, specifier: string): ModuleScope | null => {
    for (const candidate of candidatesOf(from.path, specifier)) {
      const text = textAt(context, candidate);
      others.push([candidate, text]);
      if (text !== null) return scopeAt(parseModule, text, candidate);
    }
    return null;
  };
  const functions = scope === null ? byNames(resource.text, path) : functionsIn(scope, follow, parseModule);
  const [oldest] = read.keys();
  if (read.size >= MAX_READ && oldest !== undefined) read.delete(oldest);
  read.set(key, { parseModule, others, functions });
  return functions;
}

/** Modules are asked for on every keystroke in the workflow, but change rarely: the last few stay read. */
const read = new Map<
  string,
  {
    readonly parseModule: ParseModule;
    /** The other files that were looked for, and what they held. */
    readonly others: readonly (readonly [string, string | null])[];
    readonly functions: ModuleFunctions;
  }
>();
const scopes = new Map<string, ModuleScope | null>();
const MAX_READ = 32;

function textAt(context: LanguageContext, path: string): string | null {
  const resource = context.resource?.(path);
  return resource?.kind === 'text' ? resource.text : null;
}

function scopeAt(parseModule: ParseModule, text: string, path: string): ModuleScope | null {
  const key = `${path}\n${text}`;
  const known = scopes.get(key);
  if (known !== undefined) return known;
  const tree: File | null = parseModule(text, path);
  const scope = tree === null ? null : scopeOf(tree, text, path);
  const [oldest] = scopes.keys();
  if (scopes.size >= MAX_READ && oldest !== undefined) scopes.delete(oldest);
  scopes.set(key, scope);
  return scope;
}

/** The functions as far as the export statements alone tell. */
function byNames(text: string, file: string): ModuleFunctions {
  const { names, complete } = exportsOf(text);
  const unknown = { signature: null, documentation: null, input: null, output: null };
  const functions = names.map(({ value, range }) => ({ name: value, file, range, entry: range, ...unknown }));
  return { functions, complete };
}

type Follow = (from: ModuleScope, specifier: string) => ModuleScope | null;

function functionsIn(scope: ModuleScope, follow: Follow, parse: ParseModule): ModuleFunctions {
  const found = new Map<string, ModuleFunction>();
  const complete = collect(scope, follow, parse, found, new Set());
  return { functions: [...found.values()], complete };
}

/** Collects what a module exports; false where there may be more than that. */
function collect(
  scope: ModuleScope,
  follow: Follow,
  parse: ParseModule,
  into: Map<string, ModuleFunction>,
  seen: Set<string>,
): boolean {
  if (seen.has(scope.path)) return true;
  seen.add(scope.path);
  let complete = !scope.open;
  for (const [name, { at, value }] of scope.exports) {
    if (into.has(name)) continue;
    const range = at.type === 'ExportDefaultDeclaration' ? startOf(at) : rangeOf(at);
    const found = functionFrom(name, { scope, range }, value, follow, parse, 0);
    if (found !== null) into.set(name, found);
  }
  for (const specifier of scope.all) {
    const other = follow(scope, specifier);
    if (other === null) complete = false;
    else {
      const handed = new Map<string, ModuleFunction>();
      if (!collect(other, follow, parse, handed, seen)) complete = false;
      handed.delete('default');
      for (const [name, one] of handed) if (!into.has(name)) into.set(name, one);
    }
  }
  return complete;
}

/** Where a function is exported under its name, for when nothing better is found. */
interface Exported {
  readonly scope: ModuleScope;
  readonly range: Range;
}

const MAX_HOPS = 16;

/** What a name stands for as an operation; null where that is no function. */
function functionFrom(
  name: string,
  at: Exported,
  value: Value,
  follow: Follow,
  parse: ParseModule,
  hops: number,
): ModuleFunction | null {
  const { scope } = at;
  const only: ModuleFunction = {
    name,
    file: scope.path,
    range: at.range,
    entry: at.range,
    signature: null,
    documentation: null,
    input: null,
    output: null,
  };
  switch (value.kind) {
    case 'class':
      return null;
    case 'import': {
      if (value.name === '*') return null;
      const other = hops < MAX_HOPS ? follow(scope, value.from) : null;
      const exported = other?.exports.get(value.name);
      if (other === null || exported === undefined) return only;
      const range = exported.at.type === 'ExportDefaultDeclaration' ? startOf(exported.at) : rangeOf(exported.at);
      return functionFrom(name, { scope: other, range }, exported.value, follow, parse, hops + 1);
    }
    case 'function': {
      const [node] = value.nodes;
      if (node === undefined) return only;
      const range = node.id == null ? startOf(node) : rangeOf(node.id);
      const comments = value.statement.leadingComments ?? [];
      const place = { ...only, range, entry: rangeOf(value.statement), documentation: documentationIn(comments) };
      // Which of several signatures a call means is for TypeScript to say.
      if (value.nodes.length > 1) return place;
      return { ...place, ...typed({ name, node, declared: null, comments }, scope, follow, parse) };
    }
    case 'variable': {
      const { node, statement } = value;
      const { id, init } = node;
      const type =
        id.type === 'Identifier' && id.typeAnnotation?.type === 'TSTypeAnnotation' ? id.typeAnnotation : null;
      const comments = statement.leadingComments ?? [];
      const place = {
        ...only,
        range: rangeOf(id),
        entry: rangeOf(statement),
        documentation: documentationIn(comments),
      };
      const declared = type?.typeAnnotation ?? null;
      return fromExpression(place, init ?? null, { declared, comments }, scope, follow, parse, hops);
    }
    case 'expression': {
      const comments = value.statement.leadingComments ?? [];
      const place = { ...only, entry: rangeOf(value.statement), documentation: documentationIn(comments) };
      return fromExpression(place, value.node, { declared: null, comments }, scope, follow, parse, hops);
    }
  }
}

function fromExpression(
  place: ModuleFunction,
  written: Expression | null,
  about: Pick<Written, 'declared' | 'comments'>,
  scope: ModuleScope,
  follow: Follow,
  parse: ParseModule,
  hops: number,
): ModuleFunction | null {
  const node = unwrapped(written);
  switch (node?.type) {
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return { ...place, ...typed({ name: place.name, node, ...about }, scope, follow, parse) };
    case 'Identifier': {
      const value = scope.values.get(node.name);
      if (value === undefined || hops > MAX_HOPS) return place;
      return functionFrom(place.name, { scope, range: place.range }, value, follow, parse, hops + 1);
    }
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
    case 'NullLiteral':
    case 'BigIntLiteral':
    case 'RegExpLiteral':
    case 'TemplateLiteral':
    case 'ObjectExpression':
    case 'ArrayExpression':
    case 'ClassExpression':
    case 'NewExpression':
      return null;
    default:
      return place;
  }
}

/** The expression without assertions about its type, which change nothing of what it is. */
function unwrapped(node: Expression | null): Expression | null {
  let inner = node;
  while (
    inner?.type === 'TSAsExpression' ||
    inner?.type === 'TSSatisfiesExpression' ||
    inner?.type === 'TSNonNullExpression' ||
    inner?.type === 'ParenthesizedExpression'
  ) {
    inner = inner.expression;
  }
  return inner;
}

interface Written {
  /** The name that it is exported by. */
  readonly name: string;
  readonly node: FunctionNode;
  /** The type of the variable that it is the value of. */
  readonly declared: TSType | null;
  /** What stands before it. */
  readonly comments: readonly Comment[];
}

/** The signature of a function and the types of what it takes and gives. */
function typed(
  { name, node, declared, comments }: Written,
  scope: ModuleScope,
  follow: Follow,
  parse: ParseModule,
): Pick<ModuleFunction, 'signature' | 'input' | 'output'> {
  const reader = readerFor(scope, follow);
  const parameters = node.params.filter((one) => !(one.type === 'Identifier' && one.name === 'this'));
  const returns = node.returnType?.type === 'TSTypeAnnotation' ? node.returnType.typeAnnotation : null;
  const written = parameters.map((one) => sliceOf(scope, one)).join(', ');
  const given = returns === null ? '' : `: ${sliceOf(scope, returns)}`;
  const signature = declared === null ? `${name}(${written})${given}` : `${name}: ${sliceOf(scope, declared)}`;
  const tags = tagsOf(comments, parse, scope.path, nameOfParameter(parameters[0]));
  const own = parametersOf(node);
  const input = declared === null ? inputOf(reader, own, parameters[0], tags.param) : null;
  const output = declared === null && node.generator !== true ? outputOf(reader, node, returns, tags.returns) : null;
  return { signature, input, output };
}

/** The names of a function’s own type parameters, which can be anything. */
function parametersOf(node: FunctionNode): ReadonlyMap<string, JsonObject> {
  const { typeParameters } = node;
  if (typeParameters?.type !== 'TSTypeParameterDeclaration') return new Map();
  return new Map(typeParameters.params.map((one) => [(one as { name: { name: string } }).name.name, ANY]));
}

function nameOfParameter(parameter: FunctionNode['params'][number] | undefined): string | null {
  const target = parameter?.type === 'AssignmentPattern' ? parameter.left : parameter;
  return target?.type === 'Identifier' ? target.name : null;
}

function inputOf(
  reader: Reader,
  own: ReadonlyMap<string, JsonObject>,
  parameter: FunctionNode['params'][number] | undefined,
  tag: TSType | null,
): JsonObject | null {
  if (parameter === undefined) return null;
  const inner = { ...reader, parameters: own };
  const hasDefault = parameter.type === 'AssignmentPattern';
  const target = hasDefault ? parameter.left : parameter;
  if (target.type !== 'Identifier' && target.type !== 'ObjectPattern') return null;
  const annotation = target.typeAnnotation?.type === 'TSTypeAnnotation' ? target.typeAnnotation.typeAnnotation : tag;
  if (annotation === null) return null;
  const schema = schemaOfType(inner, annotation);
  if (schema === ANY || schema === NOTHING) return null;
  const optional = hasDefault || (target.type === 'Identifier' && target.optional === true);
  return optional || reader.absent.has(schema) ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function outputOf(reader: Reader, node: FunctionNode, returns: TSType | null, tag: TSType | null): JsonObject | null {
  const inner = { ...reader, parameters: parametersOf(node) };
  const annotation = returns ?? tag;
  const schema = annotation === null ? inferred(inner, node) : schemaOfType(inner, annotation);
  return schema === ANY || schema === NOTHING ? null : schema;
}

/** A part of the module in one line. */
function sliceOf({ text }: ModuleScope, node: Node): string {
  const { start, end } = rangeOf(node);
  return text.slice(start, end).replace(/\s+/g, ' ');
}

function rangeOf(node: Node): Range {
  return { start: node.start ?? 0, end: node.end ?? 0 };
}

function startOf(node: Node): Range {
  return { start: node.start ?? 0, end: node.start ?? 0 };
}
