/**
 * The type of an expression and of each of its parts, and what in it can never come out right.
 *
 * 1. A finding is made only where every value that the types allow would be wrong: a part of unknown type makes none.
 * 2. Each part is visited once. The body of a function that is handed to `$map` and its like is visited with the types
 *    of the items; elsewhere parameters are unknown.
 * 3. A step of a path is followed through lists item by item, as JSONata does. After `@` and `%`, which change what the
 *    context is, nothing is known.
 *
 * It is a little over 400 lines because it is one walk over one kind of tree, a case for each kind of node.
 */
import { type Node, type Stage, tokenRange } from '../expressions/ast.ts';
import type { Range } from '../text.ts';
import { functionNamed } from '../expressions/functions.ts';
import { nearest } from '../names.ts';
import { checkArguments, resultOf } from './calls.ts';
import { fieldsIn, lookUp } from './look-up.ts';
import { compared, calculated } from './operators.ts';
import {
  BOOLEAN,
  type Field,
  field,
  FUNCTION,
  INTEGER,
  isUnknown,
  itemsOf,
  listOf,
  literal,
  mayBeList,
  mayBeNothing,
  NOTHING,
  NULL,
  OBJECT,
  objectOf,
  sequenceOf,
  STRING,
  type Type,
  unionOf,
  unionOrUnknown,
  UNKNOWN,
  valuesOf,
} from './type.ts';
import type { Argument, TypeProblem, Walk } from './walk.ts';

export interface Inferred {
  readonly type: Type;
  readonly problems: readonly TypeProblem[];
}

export interface InferredParts extends Inferred {
  /** The type of each part. */
  readonly types: ReadonlyMap<Node, Type>;
  /** The field that a name in a path stands for, where it is described. */
  readonly fields: ReadonlyMap<Node, Field>;
  /** What each name is looked up in. */
  readonly contexts: ReadonlyMap<Node, Type>;
}

/** What a part of an expression sees: the context `$`, and variables. */
export interface Sight {
  readonly context: Type;
  readonly variables: Map<string, Type>;
}

/** Infers the tree of an expression; `document` is the object of all roots, on which it is evaluated. */
export function inferTree(tree: Node, source: string, document: Type): Inferred {
  const walk: Walk = { source, document, types: null, fields: null, contexts: null, problems: [], depth: 0 };
  const type = infer(walk, tree, { context: document, variables: new Map() });
  return { type, problems: walk.problems };
}

/** As `inferTree`, and keeps what is known of each part of the expression. */
export function inferParts(tree: Node, source: string, document: Type): InferredParts {
  const types = new Map<Node, Type>();
  const fields = new Map<Node, Field>();
  const contexts = new Map<Node, Type>();
  const walk: Walk = { source, document, types, fields, contexts, problems: [], depth: 0 };
  const type = infer(walk, tree, { context: document, variables: new Map() });
  return { type, types, fields, contexts, problems: walk.problems };
}

/** The type of `node`, which is written down together with those of its parts. */
export function infer(walk: Walk, node: Node, sight: Sight): Type {
  if (walk.depth >= MAX_DEPTH) return UNKNOWN;
  walk.depth++;
  let type = inferOwn(walk, node, sight);
  walk.depth--;
  if (node.type !== 'path') type = afterStages(walk, node, type, sight);
  if (node.group !== undefined) type = grouped(walk, node.group.lhs, type, sight);
  if (node.keepArray === true && type.kind === 'list') type = listOf(type.items);
  if (node.focus !== undefined) {
    sight.variables.set(node.focus, UNKNOWN);
    type = UNKNOWN;
  }
  if (node.index !== undefined) sight.variables.set(node.index, INTEGER);
  walk.types?.set(node, type);
  return type;
}

/** Parts of parts are looked at this far: nobody nests deeper, and the walk is recursive. */
const MAX_DEPTH = 400;

function inferOwn(walk: Walk, node: Node, sight: Sight): Type {
  switch (node.type) {
    case 'string':
    case 'number':
      return literal(node.value);
    case 'value':
      return node.value === null ? NULL : literal(node.value);
    case 'regex':
      return FUNCTION;
    case 'path':
      return path(walk, node.steps, sight);
    case 'name':
      return named(walk, node, sight.context, undefined, true);
    case 'variable':
      return variable(walk, node.value, sight);
    case 'binary':
      return binary(walk, node, sight);
    case 'unary':
      if (node.value === '-') return calculated(walk, '-', [[node.expression, infer(walk, node.expression, sight)]]);
      return node.value === '[' ? list(walk, node.expressions, sight) : object(walk, node.lhs, sight);
    case 'condition': {
      infer(walk, node.condition, sight);
      const then = infer(walk, node.then, sight);
      return unionOf([then, node.else === undefined ? NOTHING : infer(walk, node.else, sight)]);
    }
    case 'block': {
      const inner: Sight = { ...sight, variables: new Map(sight.variables) };
      return node.expressions.map((expression) => infer(walk, expression, inner)).at(-1) ?? NOTHING;
    }
    case 'bind': {
      // A function may call itself by the name that it is bound to.
      sight.variables.set(node.lhs.value, UNKNOWN);
      const type = infer(walk, node.rhs, sight);
      sight.variables.set(node.lhs.value, type);
      walk.types?.set(node.lhs, type);
      return type;
    }
    case 'apply':
      return applied(walk, node, sight);
    case 'function':
      return call(walk, node, null, sight);
    case 'lambda':
      return lambda(walk, node, [], sight);
    case 'partial':
      infer(walk, node.procedure, sight);
      for (const argument of node.arguments) if (argument.type !== 'operator') infer(walk, argument, sight);
      return FUNCTION;
    case 'sort':
      for (const term of node.terms) infer(walk, term.expression, { ...sight, context: itemsOf(sight.context) });
      return sequenceOf(sight.context);
    case 'transform':
    case 'wildcard':
    case 'descendant':
    case 'parent':
    case 'operator':
      return UNKNOWN;
  }
}

function path(walk: Walk, steps: readonly Node[], sight: Sight): Type {
  let context = sight.context;
  let type: Type = UNKNOWN;
  let lost = false;
  // Nearly every expression has paths, so that no iterator is made for each.
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at];
    if (step === undefined) break;
    if (step.type === 'name') {
      type = named(walk, step, context, steps[at - 1], at === steps.length - 1);
      type = afterStages(walk, step, type, sight);
      if (step.group !== undefined) type = grouped(walk, step.group.lhs, type, sight);
      walk.types?.set(step, type);
    } else if (step.type === 'sort') {
      type = infer(walk, step, { ...sight, context });
    } else if (at === 0) {
      type = infer(walk, step, sight);
    } else {
      const each = infer(walk, step, { ...sight, context: itemsOf(context) });
      type = mayBeList(context) ? sequenceOf(each) : mayBeNothing(context) ? unionOf([each, NOTHING]) : each;
    }
    lost ||= step.focus !== undefined || step.type === 'parent' || step.tuple === true;
    if (step.index !== undefined) sight.variables.set(step.index, INTEGER);
    if (step.focus !== undefined) sight.variables.set(step.focus, UNKNOWN);
    if (lost) type = UNKNOWN;
    context = type;
  }
  return type;
}

/** A name in a path; `owner` is the step before it, for a message, and `last` says that none comes behind it. */
function named(
  walk: Walk,
  node: Node & { readonly type: 'name' },
  context: Type,
  owner: Node | undefined,
  last: boolean,
): Type {
  walk.contexts?.set(node, context);
  const found = lookUp(context, node.value);
  if (found.field !== null) walk.fields?.set(node, found.field);
  if (found.is !== 'absent') return found.type;
  const range = tokenRange(node, walk.source);
  const values = valuesOf(itemsOf(context));
  if (values.every((value) => value.kind !== 'object')) {
    // What a call or an operator gives is described nowhere.
    if (owner?.type !== 'name') return UNKNOWN;
    const kinds = [...new Set(values.map((value) => (value.kind === 'literal' ? typeof value.value : value.kind)))];
    const message = `‘${owner.value}’ is a ${kinds.join(' or ')}, which has no properties such as ‘${node.value}’.`;
    const isBare = last && node.predicate === undefined && node.stages === undefined && node.group === undefined;
    const removal = isBare ? withDot(walk.source, range) : null;
    walk.problems.push({ code: 'unknown-property', range, message, replacements: [], removal });
    return UNKNOWN;
  }
  const names = [...fieldsIn(context).keys()];
  const suggestions = nearest(node.value, names);
  const message = `${ownerOf(owner)} no property ‘${node.value}’.${hint(suggestions, names)}`;
  const others = suggestions.length > 0 ? suggestions : names.slice(0, MAX_OTHERS);
  walk.problems.push({ code: 'unknown-property', range, message, replacements: others.map(asName) });
  return UNKNOWN;
}

/** So many fields are offered in place of a name that resembles none. */
const MAX_OTHERS = 3;

/** The name with the dot before it; null where there is none. */
function withDot(source: string, { start, end }: Range): Range | null {
  const [dot] = /\.\s*$/.exec(source.slice(0, start)) ?? [];
  return dot === undefined ? null : { start: start - dot.length, end };
}

function ownerOf(owner: Node | undefined): string {
  if (owner?.type === 'name' && owner.value === 'results') return 'Of the states that can be seen here, ‘results’ has';
  return owner?.type === 'name' ? `‘${owner.value}’ has` : 'This object has';
}

function hint(suggestions: readonly string[], names: readonly string[]): string {
  if (suggestions[0] !== undefined) return ` Did you mean ‘${suggestions[0]}’?`;
  if (names.length === 0) return ' It has none.';
  const shown = names.slice(0, 8).map((name) => `‘${name}’`);
  return ` It has ${shown.join(', ')}${names.length > 8 ? ' and others' : ''}.`;
}

/** A name as it is written in an expression. */
export function asName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !['and', 'or', 'in'].includes(name) ? name : `\`${name}\``;
}

function variable(walk: Walk, name: string, sight: Sight): Type {
  if (name === '') return sight.context;
  if (name === '$') return walk.document;
  return sight.variables.get(name) ?? (functionNamed(name) === null ? UNKNOWN : FUNCTION);
}

/** Filters and the numbering of items. */
function afterStages(walk: Walk, node: Node, type: Type, sight: Sight): Type {
  if (node.predicate === undefined && node.stages === undefined) return type;
  let left = type;
  for (const stage of node.predicate ?? []) left = afterStage(walk, stage, left, sight);
  for (const stage of node.stages ?? []) left = afterStage(walk, stage, left, sight);
  return left;
}

function afterStage(walk: Walk, stage: Stage, type: Type, sight: Sight): Type {
  if (stage.type === 'index') {
    sight.variables.set(stage.value, INTEGER);
    return type;
  }
  const items = itemsOf(type);
  const condition = infer(walk, stage.expr, { ...sight, context: items });
  // A number picks one item, a list of numbers several; anything else keeps those for which it holds.
  const kinds = valuesOf(condition).map((one) => (one.kind === 'literal' ? typeof one.value : one.kind));
  const picks = kinds.length > 0 && kinds.every((kind) => kind === 'number');
  return picks ? unionOf([items, NOTHING]) : sequenceOf(type);
}

function grouped(walk: Walk, pairs: readonly (readonly [Node, Node])[], type: Type, sight: Sight): Type {
  for (const [key, value] of pairs) {
    infer(walk, key, { ...sight, context: itemsOf(type) });
    infer(walk, value, { ...sight, context: sequenceOf(type) });
  }
  return OBJECT;
}

function list(walk: Walk, expressions: readonly Node[], sight: Sight): Type {
  const items = expressions.flatMap((expression) => {
    const type = infer(walk, expression, sight);
    // A list that is written inside stays a list; the items of any other are joined.
    const written = expression.type === 'unary' && expression.value === '[';
    const item = written ? type : itemsOf(type);
    return item.kind === 'nothing' ? [] : [item];
  });
  return listOf(unionOrUnknown(items.map(withoutNothing)));
}

function withoutNothing(type: Type): Type {
  return type.kind === 'union' ? unionOf(type.members.filter((member) => member.kind !== 'nothing')) : type;
}

function object(walk: Walk, pairs: readonly (readonly [Node, Node])[], sight: Sight): Type {
  const fields = new Map<string, Field>();
  let known = true;
  for (const [key, value] of pairs) {
    infer(walk, key, sight);
    const type = infer(walk, value, sight);
    if (key.type !== 'string') known = false;
    else if (type.kind !== 'nothing') {
      fields.set(key.value, field(withoutNothing(type), { required: !mayBeNothing(type) }));
    }
  }
  return known ? objectOf(fields) : { ...OBJECT, fields, bare: false };
}

function binary(walk: Walk, node: Node & { readonly type: 'binary' }, sight: Sight): Type {
  const left = infer(walk, node.lhs, sight);
  const right = infer(walk, node.rhs, sight);
  switch (node.value) {
    case 'and':
    case 'or':
      return BOOLEAN;
    case '&':
      return STRING;
    case '..':
      calculated(walk, '..', [
        [node.lhs, left],
        [node.rhs, right],
      ]);
      return sequenceOf(listOf(INTEGER));
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return calculated(walk, node.value, [
        [node.lhs, left],
        [node.rhs, right],
      ]);
    default:
      return compared(walk, node, left, right);
  }
}

function applied(walk: Walk, node: Node & { readonly type: 'apply' }, sight: Sight): Type {
  const given = infer(walk, node.lhs, sight);
  if (node.rhs.type === 'function') {
    const type = call(walk, node.rhs, { node: node.lhs, type: given }, sight);
    walk.types?.set(node.rhs, type);
    return type;
  }
  const rhs = infer(walk, node.rhs, sight);
  return rhs.kind === 'function' ? rhs.result : UNKNOWN;
}

/** A call; `first` is the argument that `~>` hands over. */
function call(
  walk: Walk,
  node: Node & { readonly type: 'function' | 'partial' },
  first: Argument | null,
  sight: Sight,
): Type {
  const { procedure } = node;
  const name = procedure.type === 'variable' ? procedure.value : '';
  const own = sight.variables.get(name);
  const known = own === undefined ? functionNamed(name) : null;
  const given: Argument[] = first === null ? [] : [first];
  const functions: number[] = [];
  for (const argument of node.arguments) {
    if (argument.type === 'lambda') functions.push(given.length);
    given.push({ node: argument, type: argument.type === 'lambda' ? FUNCTION : infer(walk, argument, sight) });
  }
  for (const at of functions) {
    const argument = given[at];
    if (argument?.node.type !== 'lambda') continue;
    const types = known === null ? [] : parametersFor(name, given[0]?.type ?? UNKNOWN);
    given[at] = { ...argument, type: lambda(walk, argument.node, types, sight) };
    walk.types?.set(argument.node, given[at].type);
  }
  if (known === null) {
    const called = own ?? infer(walk, procedure, sight);
    return called.kind === 'function' ? called.result : UNKNOWN;
  }
  // `??` stands for a call of `$exists` that nobody wrote.
  if (procedure.position !== undefined) checkArguments(walk, known, procedure, given, sight.context);
  walk.types?.set(procedure, FUNCTION);
  return resultOf(known, given, sight.context);
}

/** What a function that is handed to the function `name` is called with, as far as it is known. */
function parametersFor(name: string, list: Type): readonly Type[] {
  switch (name) {
    case 'map':
    case 'filter':
    case 'single':
      return [itemsOf(list), INTEGER, list];
    case 'sort':
      return [itemsOf(list), itemsOf(list)];
    case 'reduce':
      return [UNKNOWN, itemsOf(list), INTEGER, list];
    default:
      return [];
  }
}

function lambda(walk: Walk, node: Node & { readonly type: 'lambda' }, types: readonly Type[], sight: Sight): Type {
  const inner: Sight = { ...sight, variables: new Map(sight.variables) };
  for (const [at, parameter] of node.arguments.entries()) {
    const type = types[at] ?? UNKNOWN;
    inner.variables.set(parameter.value, type);
    walk.types?.set(parameter, type);
  }
  const result = infer(walk, node.body, inner);
  // The parser wraps a call at the end of a function into a function of its own, which nobody wrote.
  return node.thunk === true ? result : { kind: 'function', result: isUnknown(result) ? UNKNOWN : result };
}
