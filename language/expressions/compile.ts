/**
 * The synchronous form of simple expressions. Most guards and arguments are paths, comparisons and a little arithmetic;
 * JSONata needs dozens of promises for each of them, and a decision of the machine would have to wait.
 *
 * 1. A compiled form gives exactly the value that JSONata gives, or it throws `UNSURE` and JSONata is asked. It never
 *    raises a fault of its own: on anything that JSONata refuses, it is unsure.
 * 2. It is unsure of: a list in the middle of a path, numbers out of range, texts of objects, objects with JSONata's
 *    reserved keys.
 * 3. It creates ordinary objects and lists, and otherwise gives values of the document as they are.
 */
import type { Json, JsonObject } from '../json.ts';
import type { Node } from './ast.ts';
import { looksLikeFunction, setOwn } from './plain.ts';

/** What a compiled form works on: the roots by name. */
export interface Document {
  readonly [root: string]: Json | undefined;
}

/** Gives a value, or undefined for nothing; throws `UNSURE`. */
export type Compiled = (document: Document) => Json | undefined;

/** Thrown by a compiled form to leave the expression to JSONata. It is one frozen value, so that throwing is cheap. */
export const UNSURE: unknown = Object.freeze({ unsure: true });

/** Longest list that a compiled form makes; JSONata's bound on lists is larger. */
const MAX_ITEMS = 1000;

const PLAIN_KEYS = ['predicate', 'stages', 'group', 'focus', 'index', 'keepArray', 'tuple', 'consarray'] as const;

/** The synchronous form of a tree, or null when it needs JSONata. */
export function compile(node: Node): Compiled | null {
  if (PLAIN_KEYS.some((key) => node[key] !== undefined)) return null;
  switch (node.type) {
    case 'string':
    case 'number':
    case 'value': {
      const { value } = node;
      return () => value;
    }
    case 'path':
      return node.keepSingletonArray === true ? null : compilePath(node.steps);
    case 'binary':
      return compileBinary(node);
    case 'unary':
      if (node.value === '[') return compileList(node.expressions);
      return node.value === '{' ? compileObject(node.lhs) : negation(compile(node.expression));
    case 'condition':
      return compileCondition(node);
    case 'block':
      return compileBlock(node.expressions);
    case 'function':
      return compileCall(node);
    default:
      return null;
  }
}

function compilePath(steps: readonly Node[]): Compiled | null {
  const names: string[] = [];
  for (const step of steps) {
    if (step.type !== 'name' || PLAIN_KEYS.some((key) => step[key] !== undefined)) return null;
    names.push(step.value);
  }
  return (document) => {
    let value: Json | undefined | Document = document;
    for (const name of names) {
      if (typeof value !== 'object' || value === null) return undefined;
      if (Array.isArray(value) || looksLikeFunction(value)) throw UNSURE;
      if (!Object.hasOwn(value, name)) return undefined;
      value = (value as Document)[name];
    }
    // At least one name was followed, so that this is no longer the document.
    return value as Json | undefined;
  };
}

function compileBinary(node: Node & { readonly type: 'binary' }): Compiled | null {
  const left = compile(node.lhs);
  const right = compile(node.rhs);
  if (left === null || right === null) return null;
  switch (node.value) {
    case 'and':
      return (document) => truth(left(document)) && truth(right(document));
    case 'or':
      return (document) => truth(left(document)) || truth(right(document));
    case '=':
      return (document) => {
        const [first, second] = [left(document), right(document)];
        return first !== undefined && second !== undefined && same(first, second);
      };
    case '!=':
      return (document) => {
        const [first, second] = [left(document), right(document)];
        return first !== undefined && second !== undefined && !same(first, second);
      };
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const { value } = node;
      return (document) => compare(value, left(document), right(document));
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%': {
      const { value } = node;
      return (document) => calculate(value, left(document), right(document));
    }
    case '&':
      return (document) => text(left(document)) + text(right(document));
    case 'in':
      return (document) => {
        const [item, list] = [left(document), right(document)];
        if (item === undefined || list === undefined) return false;
        // JSONata compares objects by identity, and its copies of them are not these.
        if (typeof item === 'object' && item !== null) throw UNSURE;
        return Array.isArray(list) ? (list as readonly Json[]).some((other) => other === item) : list === item;
      };
    default:
      return null;
  }
}

function compare(
  operator: '<' | '<=' | '>' | '>=',
  left: Json | undefined,
  right: Json | undefined,
): boolean | undefined {
  const comparable = (value: Json | undefined): boolean =>
    value === undefined || typeof value === 'string' || typeof value === 'number';
  if (!comparable(left) || !comparable(right)) throw UNSURE;
  if (left === undefined || right === undefined) return undefined;
  if (typeof left !== typeof right || left === null || right === null) throw UNSURE;
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

function calculate(
  operator: '+' | '-' | '*' | '/' | '%',
  left: Json | undefined,
  right: Json | undefined,
): number | undefined {
  for (const side of [left, right]) if (side !== undefined && !Number.isFinite(side)) throw UNSURE;
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function negation(inner: Compiled | null): Compiled | null {
  if (inner === null) return null;
  return (document) => {
    const value = inner(document);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw UNSURE;
    return -value;
  };
}

function compileCondition(node: Node & { readonly type: 'condition' }): Compiled | null {
  const condition = compile(node.condition);
  const then = compile(node.then);
  const otherwise = node.else === undefined ? (): undefined => undefined : compile(node.else);
  if (condition === null || then === null || otherwise === null) return null;
  return (document) => (truth(condition(document)) ? then(document) : otherwise(document));
}

function compileBlock(expressions: readonly Node[]): Compiled | null {
  const [only, ...more] = expressions;
  return only === undefined || more.length > 0 ? null : compile(only);
}

/** A list: nothing is left out, a list inside is spread unless it is written as one. */
function compileList(expressions: readonly Node[]): Compiled | null {
  const items: { readonly value: Compiled; readonly list: boolean }[] = [];
  for (const item of expressions) {
    const value = compile(item);
    if (value === null) return null;
    items.push({ value, list: item.type === 'unary' && item.value === '[' });
  }
  return (document) => {
    const list: Json[] = [];
    for (const item of items) {
      const value = item.value(document);
      if (value === undefined) continue;
      if (Array.isArray(value) && !item.list) list.push(...(value as readonly Json[]));
      else list.push(finite(value));
      if (list.length > MAX_ITEMS) throw UNSURE;
    }
    return list;
  };
}

/** An object whose keys are different literal strings; a field without a value is left out. */
function compileObject(pairs: readonly (readonly [Node, Node])[]): Compiled | null {
  const fields: { readonly key: string; readonly value: Compiled }[] = [];
  for (const [keyNode, valueNode] of pairs) {
    const value = compile(valueNode);
    if (keyNode.type !== 'string' || keyNode.predicate !== undefined || value === null) return null;
    const key = keyNode.value;
    if (key.startsWith('_jsonata_') || fields.some((field) => field.key === key)) return null;
    fields.push({ key, value });
  }
  return (document) => {
    const object: Record<string, Json> = {};
    for (const field of fields) {
      const value = field.value(document);
      if (value !== undefined) setOwn(object, field.key, finite(value));
    }
    return object;
  };
}

function finite(value: Json): Json {
  if (typeof value === 'number' && !Number.isFinite(value)) throw UNSURE;
  return value;
}

/** Calls of the few functions that guards are made of, with one argument. */
function compileCall(node: Node & { readonly type: 'function' | 'partial' }): Compiled | null {
  const [argument, ...more] = node.arguments;
  if (node.procedure.type !== 'variable' || argument === undefined || more.length > 0) return null;
  if (PLAIN_KEYS.some((key) => node.procedure[key] !== undefined)) return null;
  const inner = compile(argument);
  if (inner === null) return null;
  switch (node.procedure.value) {
    case 'not':
      return (document) => {
        const value = inner(document);
        return value === undefined ? undefined : !truth(value);
      };
    case 'boolean':
      return (document) => {
        const value = inner(document);
        return value === undefined ? undefined : truth(value);
      };
    case 'exists':
      return (document) => inner(document) !== undefined;
    case 'count':
      return (document) => {
        const value = inner(document);
        if (value === undefined) return 0;
        return Array.isArray(value) ? value.length : 1;
      };
    default:
      return null;
  }
}

/** JSONata's `$boolean`, with nothing counting as false. Throws `UNSURE` for what only JSONata knows. */
export function truth(value: Json | undefined): boolean {
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'string':
      return value !== '';
    case 'number':
      // JSONata refuses infinite numbers here, and NaN is false.
      if (value === Infinity || value === -Infinity) throw UNSURE;
      return value !== 0 && !Number.isNaN(value);
    case 'undefined':
      return false;
    default:
  }
  if (value === null) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).some(truth);
  return Object.keys(value).length > 0 && !looksLikeFunction(value);
}

/** JSONata's equality: deep, and blind to the order of keys. */
function same(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) throw UNSURE;
  if (Array.isArray(left) && Array.isArray(right)) {
    return (
      left.length === right.length && left.every((item: Json, at) => same(item, (right as readonly Json[])[at] ?? null))
    );
  }
  const [first, second] = [left as JsonObject, right as JsonObject];
  const keys = Object.keys(first);
  if (keys.length !== Object.keys(second).length) return false;
  return keys.every((key) => Object.hasOwn(second, key) && same(first[key] ?? null, second[key] ?? null));
}

/** The text of a scalar as `&` and `$string` give it: numbers with at most 15 digits. */
function text(value: Json | undefined): string {
  switch (typeof value) {
    case 'undefined':
      return '';
    case 'string':
      return value;
    case 'boolean':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) throw UNSURE;
      return numberText(value);
    default:
      if (value === null) return 'null';
      throw UNSURE;
  }
}

/** A number as JSONata writes it into a text: without the noise that binary fractions leave in the last digits. */
export function numberText(value: number): string {
  return JSON.stringify(Number.isInteger(value) ? value : Number(value.toPrecision(15)));
}
