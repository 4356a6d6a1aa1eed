/** Calls of the language's functions: whether their arguments can be right, and what they give. */
import { type Node, rangeOf, tokenRange } from '../expressions/ast.ts';
import type { ExpressionFunction, Parameter, ValueType } from '../expressions/functions.ts';
import { lookUp } from './look-up.ts';
import { never } from './operators.ts';
import {
  BOOLEAN,
  type Field,
  INTEGER,
  isUnknown,
  itemsOf,
  listOf,
  literal,
  mayBeNothing,
  membersOf,
  NOTHING,
  NUMBER,
  OBJECT,
  objectOf,
  perhaps,
  sequenceOf,
  STRING,
  type Type,
  unionOf,
  UNKNOWN,
  valuesOf,
} from './type.ts';
import { type Argument, type Walk, writtenAs } from './walk.ts';
import { typeInSentence } from './words.ts';

/** Reports arguments that can't be what the function takes. `procedure` is the function's name. */
export function checkArguments(
  walk: Walk,
  known: ExpressionFunction,
  procedure: Node,
  given: readonly Argument[],
  context: Type,
): void {
  const { parameters } = known;
  const extra = known.variadic ? undefined : given[parameters.length];
  if (extra !== undefined) {
    const message = `$${known.name} takes at most ${String(parameters.length)} argument${parameters.length === 1 ? '' : 's'}.`;
    report(walk, rangeOf(extra.node, walk.source), message);
    return;
  }
  const needed = parameters.filter((parameter) => !parameter.optional).length;
  if (given.length < needed - (known.contextual ? 1 : 0)) {
    const message = `$${known.name} needs at least ${String(needed)} argument${needed === 1 ? '' : 's'}.`;
    report(walk, tokenRange(procedure, walk.source), message);
    return;
  }
  const plain = wrongArguments(parameters, given);
  if (plain.length === 0) return;
  // The context may stand in for the first parameter, and then the arguments belong to those behind it.
  const [first, ...behind] = parameters;
  const byContext = known.contextual && first !== undefined && !isWrong(first, context);
  if (byContext && given.length <= behind.length && wrongArguments(behind, given).length === 0) return;
  for (const [parameter, argument] of plain) {
    const text = writtenAs(walk, argument.node);
    const value = text === null || argument.node.type === 'string' ? 'this' : `‘${text}’`;
    const message = `‘${parameter.name}’ of $${known.name} must be ${needs(parameter)}, but ${value} is ${typeInSentence(argument.type)}.`;
    report(walk, rangeOf(argument.node, walk.source), message);
  }
}

function report(walk: Walk, range: { readonly start: number; readonly end: number }, message: string): void {
  walk.problems.push({ code: 'type-mismatch', range, message, replacements: [] });
}

function wrongArguments(
  parameters: readonly Parameter[],
  given: readonly Argument[],
): readonly (readonly [Parameter, Argument])[] {
  return given.flatMap((argument, at) => {
    const parameter = parameters[Math.min(at, parameters.length - 1)];
    if (parameter === undefined || !isWrong(parameter, argument.type)) return [];
    // Many functions make do where one of the arguments behind the first is absent.
    const absent = (at > 0 || parameter.optional) && mayBeNothing(argument.type);
    return absent ? [] : [[parameter, argument] as const];
  });
}

function isWrong(parameter: Parameter, type: Type): boolean {
  if (parameter.items !== null) {
    // A single value stands for a list of one.
    const { items } = parameter;
    const values = valuesOf(type);
    return (
      values.length > 0 &&
      values.every((value) =>
        value.kind === 'list' && value.sure ? never(value.items(), [items]) : never(value, [items]),
      )
    );
  }
  if (parameter.types.includes('any') || parameter.types.includes('array')) return false;
  return neverOf(type, parameter.types);
}

function neverOf(type: Type, types: readonly ValueType[]): boolean {
  const values = valuesOf(type);
  if (values.length === 0) return false;
  return values.every((value) => {
    if (value.kind === 'function') return !types.includes('function');
    return never(value, types);
  });
}

function needs(parameter: Parameter): string {
  if (parameter.items !== null) return `a list of ${parameter.items}s`;
  return parameter.types.map((type) => `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`).join(' or ');
}

/** What the function gives for these arguments. */
export function resultOf(known: ExpressionFunction, given: readonly Argument[], context: Type): Type {
  const first = given[0]?.type ?? (known.contextual ? context : NOTHING);
  const type = special(known.name, first, given) ?? plainResult(known);
  // Of nothing most functions make nothing.
  const total = ['count', 'exists', 'now', 'millis', 'random', 'append', 'error', 'assert'].includes(known.name);
  const absent =
    known.contextual && given.length === 0 ? mayBeNothing(context) : given.some((one) => mayBeNothing(one.type));
  return total || !absent ? type : unionOf([type, NOTHING]);
}

function plainResult(known: ExpressionFunction): Type {
  switch (known.result) {
    case 'string':
      return STRING;
    case 'number':
      return ['count', 'length', 'floor', 'ceil', 'parseInteger', 'millis'].includes(known.name) ? INTEGER : NUMBER;
    case 'boolean':
      return BOOLEAN;
    case 'array':
      return sequenceOf(listOf(UNKNOWN));
    case 'object':
      return OBJECT;
    case 'nothing':
      return NOTHING;
    case 'any':
    case 'function':
      return UNKNOWN;
  }
}

/** The result where it follows from the arguments, or null. */
function special(name: string, first: Type, given: readonly Argument[]): Type | null {
  const second = given[1]?.type ?? UNKNOWN;
  switch (name) {
    case 'split':
    case 'keys':
      return sequenceOf(listOf(STRING));
    case 'sort':
    case 'reverse':
    case 'shuffle':
    case 'distinct':
    case 'filter':
      return sequenceOf(first);
    case 'single':
      return itemsOf(first);
    case 'append':
      return sequenceOf(unionOf([first, second]));
    case 'map':
      return second.kind === 'function' ? sequenceOf(listOf(second.result)) : UNKNOWN;
    case 'max':
    case 'min':
    case 'average':
      return unionOf([NUMBER, NOTHING]);
    case 'each':
      return sequenceOf(listOf(UNKNOWN));
    case 'clone':
      return first;
    case 'merge':
      return merged(first);
    case 'sift':
      return isUnknown(first) ? OBJECT : perhaps(first);
    case 'lookup':
      return second.kind === 'literal' && typeof second.value === 'string' ? lookedUp(first, second.value) : UNKNOWN;
    case 'type':
      return unionOf(['null', 'number', 'string', 'boolean', 'array', 'object', 'function'].map(literal));
    default:
      return null;
  }
}

/** Unlike in a path, a field that is not there is no mistake here: asking is what the function is for. */
function lookedUp(type: Type, name: string): Type {
  const found = lookUp(type, name);
  return found.is === 'there' ? unionOf([found.type, NOTHING]) : UNKNOWN;
}

/** The fields of all objects in a list; which come first is not known, so that each may be of any of its types. */
function merged(list: Type): Type {
  const items = membersOf(itemsOf(list)).filter((member) => member.kind !== 'nothing');
  const fields = new Map<string, Field>();
  for (const item of items) {
    if (item.kind !== 'object' || item.rest !== null || !item.sure) return perhaps(OBJECT);
    for (const name of item.fields.keys()) {
      const found = item.fields.get(name);
      const before = fields.get(name);
      if (found === undefined) continue;
      const type = before === undefined ? found.type : (): Type => unionOf([before.type(), found.type()]);
      fields.set(name, { ...found, type, required: false });
    }
  }
  return items.length === 0 ? UNKNOWN : objectOf(fields);
}
