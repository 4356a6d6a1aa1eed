/** What is known of an operation that a call names: for completion and hover. */
import { type Analysis, type KnownOperation, stringOf, valueOf } from '../../language/index.ts';

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

/** The signature of the function that the operation is, as it is written; null for any other operation. */
export function signatureOf(operation: KnownOperation): string | null {
  return operation.exported?.signature ?? null;
}

/** What the operation does, for people. */
export function summaryOf(operation: KnownOperation): string | null {
  const { own, described, exported } = operation;
  return stringOf(valueOf(own?.node, 'description')) ?? described?.summary ?? exported?.documentation ?? null;
}
