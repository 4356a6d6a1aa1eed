/** Values on their way into JSONata and out of it: copies that it may do anything to, and plain JSON again. */
import { MAX_NESTING, type Json, type JsonObject } from '../json.ts';
import type { RootRead } from './analyse.ts';
import type { Bindings } from './bindings.ts';
import { OwnFault } from './faults.ts';
import { ANY_ROOT, SECRETS } from './roots.ts';

/** The largest result of an expression: eight for each value in it and one for each character of a text. */
export const MAX_RESULT = 8_000_000;
const WEIGHT = 8;

/** How many levels a result may nest: what comes from outside, and as much again that the expression puts around it. */
const DEEPEST = 2 * MAX_NESTING;

/** Keys by which JSONata knows its own functions. An object of data that sets one would be taken for a function. */
const RESERVED = ['_jsonata_lambda', '_jsonata_function'];

/** Whether JSONata would take this object for a function. */
export function looksLikeFunction(value: object): boolean {
  return RESERVED.some((key) => Object.hasOwn(value, key) && (value as JsonObject)[key] === true);
}

/** Sets a property without touching prototypes, so that `__proto__` is a key like any other. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/**
 * The part of `bindings` that an expression reads, as ordinary JSON: whole values at the ends of its paths, and nothing
 * beside them. Secrets are never in it. The values are shared with `bindings`, not copied.
 */
export function readBindings(bindings: Bindings, roots: readonly string[], reads: readonly RootRead[]): JsonObject {
  const document: Record<string, Json> = {};
  const names = roots.includes(ANY_ROOT) ? Object.keys(bindings) : roots;
  for (const name of names) {
    const value = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
    if (name === SECRETS || value === undefined) continue;
    const paths = reads.filter((read) => read.root === name).map(certainPath);
    setOwn(document, name, roots.includes(ANY_ROOT) ? value : prune(value, paths));
  }
  return document;
}

/** The names up to the first filter: what lies behind it depends on the items. */
function certainPath(read: RootRead): readonly string[] {
  if (read.filtered) return [];
  const stop = read.path.findIndex((step) => step.filtered);
  return (stop === -1 ? read.path : read.path.slice(0, stop + 1)).map((step) => step.name);
}

function prune(value: Json, paths: readonly (readonly string[])[]): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (looksLikeFunction(value) || paths.some((path) => path.length === 0)) return value;
  const object = value as JsonObject;
  const kept: Record<string, Json> = {};
  for (const name of new Set(paths.map(([first]) => first ?? ''))) {
    const inner = Object.hasOwn(object, name) ? object[name] : undefined;
    if (inner === undefined) continue;
    setOwn(
      kept,
      name,
      prune(
        inner,
        paths.filter(([first]) => first === name).map((path) => path.slice(1)),
      ),
    );
  }
  return kept;
}

/**
 * A deep copy for JSONata, which sets hidden properties on lists and, after some mistakes, visible ones on objects.
 * Objects have no prototype, so that nothing but their own fields can be reached.
 *
 * @throws a fault when an object bears one of JSONata's reserved keys; a RangeError when the value nests too deeply
 */
export function copyIn(value: Json): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyIn);
  if (looksLikeFunction(value))
    throw new OwnFault('The data hold an object with a key that is reserved for functions.');
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value as JsonObject)) copy[key] = copyIn(inner);
  return copy;
}

/**
 * What JSONata gave, as plain JSON: ordinary objects and lists without hidden properties.
 *
 * @returns undefined when the expression gave nothing
 * @throws a fault for a function, a number that JSON cannot hold, or a value larger than `MAX_RESULT`
 */
export function copyOut(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  checkSize(value);
  return out(value);
}

/** Why `value` is too large to be kept, or nests too deeply, in a sentence; null when it may be. */
export function excessOf(value: Json): string | null {
  if (isSmall(value)) return null;
  try {
    checkSize(value);
    return null;
  } catch (error) {
    if (error instanceof OwnFault) return error.message;
    throw error;
  }
}

/** Whether a value holds a few simple ones and nothing further in, as nearly all that expressions give do. */
function isSmall(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  let size = 0;
  for (const inner of Array.isArray(value) ? (value as readonly Json[]) : Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) return false;
    size += typeof inner === 'string' ? WEIGHT + inner.length : WEIGHT;
  }
  return size < MAX_RESULT;
}

/**
 * Makes sure that `value` is no larger than a result may be. A few parts that hold each other many times over make a value
 * that no memory holds, so that each part is looked at once.
 *
 * @throws a fault when it is larger, or nests too deeply
 */
export function checkSize(value: unknown): void {
  if (weightOf(value, new Map(), 0) > MAX_RESULT)
    throw new OwnFault('The expression gives more data than an expression may.');
}

function weightOf(value: unknown, known: Map<object, number>, depth: number): number {
  if (typeof value === 'string') return WEIGHT + value.length;
  // A function leads to all that stands around it, in a circle.
  if (typeof value !== 'object' || value === null || looksLikeFunction(value)) return WEIGHT;
  if (depth > DEEPEST) throw new OwnFault('The expression gives a value that nests too deeply.');
  const before = known.get(value);
  if (before !== undefined) return before;
  let weight = WEIGHT;
  for (const inner of Array.isArray(value) ? (value as unknown[]) : Object.values(value))
    weight += weightOf(inner, known, depth + 1);
  known.set(value, weight);
  return weight;
}

function out(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new OwnFault('The expression gives a number that is out of range.');
      return value;
    case 'undefined':
      return null;
    case 'object':
      break;
    default:
      throw new OwnFault('The expression gives a function. Call it with its arguments.');
  }
  if (value === null) return null;
  if (Array.isArray(value)) return Array.from(value, out);
  if (looksLikeFunction(value)) throw new OwnFault('The expression gives a function. Call it with its arguments.');
  const copy: Record<string, Json> = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) setOwn(copy, key, out(inner));
  return copy;
}
