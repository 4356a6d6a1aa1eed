/** What is known of an operation that a call names: for completion, hover and the schemas of results. */
import {
  type Analysis,
  type JsonObject,
  type KnownOperation,
  type Node,
  stringOf,
  toJson,
  valueOf,
} from '../../language/index.ts';

export type Schema = JsonObject | boolean;

/** The operation that `payments.charge` names, or null. */
export function operationNamed(analysis: Analysis, name: string): KnownOperation | null {
  const dot = name.indexOf('.');
  if (dot < 0) return null;
  return analysis.operations.get(name.slice(0, dot))?.operations.get(name.slice(dot + 1)) ?? null;
}

/** Where the operation leads, in a few words: `POST /charges`. */
export function bindingOf(operation: KnownOperation): string {
  if (operation.own?.http !== null && operation.own?.http !== undefined) return operation.own.http.value;
  if (operation.described !== null) return `${operation.described.method} ${operation.described.path}`;
  if (operation.own?.shell !== null && operation.own?.shell !== undefined) return 'a program';
  return operation.file === null ? '' : `a function of ${operation.file}`;
}

/** What the operation does, for people. */
export function summaryOf(operation: KnownOperation): string | null {
  return stringOf(valueOf(operation.own?.node, 'description')) ?? operation.described?.summary ?? null;
}

/** The schema of what the operation takes; null where nothing says. */
export function inputOf(operation: KnownOperation): Schema | null {
  return schemaIn(valueOf(operation.own?.node, 'input')) ?? operation.described?.input ?? null;
}

/** The schema of what the operation gives; null where nothing says. */
export function outputOf(operation: KnownOperation): Schema | null {
  return schemaIn(valueOf(operation.own?.node, 'output')) ?? operation.described?.output ?? null;
}

/** A node as a schema, if it can be one. */
export function schemaIn(node: Node | null | undefined): Schema | null {
  if (node === null || node === undefined) return null;
  const value = toJson(node);
  if (typeof value === 'boolean') return value;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}
