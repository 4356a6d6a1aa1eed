/**
 * The compensation that a call probably needs: the operation of the same participant that undoes its own, by name
 * (refund for charge) or by path (DELETE for POST), as far as its arguments can be told.
 */
import { callOf, operationCalled, type Operations } from '../calls.ts';
import type { FixData } from '../diagnostics.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { schemaOf } from '../lower/values.ts';
import type { KnownOperation } from '../operations.ts';
import type { Source } from '../text.ts';
import { type MapNode, type Node, valueOf } from '../tree.ts';
import type { CallAction, State, Workflow } from '../workflow.ts';

export interface FixSource {
  readonly text: Source;
  readonly workflow: Workflow;
  readonly operations: Operations;
}

/** Verbs and those that undo them, the likeliest first. */
const INVERSES: ReadonlyMap<string, readonly string[]> = new Map([
  ['activate', ['deactivate']],
  ['add', ['remove', 'delete']],
  ['allocate', ['release', 'deallocate', 'free']],
  ['assign', ['unassign']],
  ['attach', ['detach']],
  ['authorize', ['void', 'cancel', 'release']],
  ['authorise', ['void', 'cancel', 'release']],
  ['block', ['unblock', 'release']],
  ['book', ['cancel', 'unbook']],
  ['capture', ['refund']],
  ['charge', ['refund']],
  ['create', ['delete', 'remove', 'cancel']],
  ['credit', ['debit']],
  ['debit', ['credit']],
  ['deposit', ['withdraw']],
  ['enable', ['disable']],
  ['enroll', ['unenroll', 'withdraw']],
  ['grant', ['revoke']],
  ['hold', ['release']],
  ['insert', ['delete', 'remove']],
  ['invite', ['revoke', 'uninvite']],
  ['issue', ['revoke', 'void', 'cancel']],
  ['lock', ['unlock', 'release']],
  ['mount', ['unmount']],
  ['open', ['close']],
  ['order', ['cancel']],
  ['pay', ['refund']],
  ['place', ['cancel']],
  ['publish', ['unpublish']],
  ['register', ['unregister', 'deregister']],
  ['rent', ['return']],
  ['reserve', ['release', 'cancel', 'unreserve']],
  ['schedule', ['unschedule', 'cancel']],
  ['start', ['stop', 'cancel']],
  ['submit', ['withdraw', 'cancel']],
  ['subscribe', ['unsubscribe']],
  ['transfer', ['reverse']],
  ['upload', ['delete', 'remove']],
  ['withdraw', ['deposit']],
]);

/** The ways to say how `state`, a call, is undone: by its inverse, if it can be told, and with nothing. */
export function compensationFixes(source: FixSource, state: State): readonly FixData[] {
  const { action } = state;
  const into = action?.kind === 'foreach' ? action.entry.value.range : state.node.range;
  const none: FixData = { kind: 'insert-key', into, key: 'compensate', value: 'none' };
  const inverse = inverseCall(source, state);
  return inverse === null ? [none] : [{ kind: 'insert-key', into, key: 'compensate', value: inverse }, none];
}

function inverseCall(source: FixSource, state: State): string | null {
  const called = callOf(source.operations, state);
  const own = called === null ? null : operationCalled(source.operations, called.call);
  const name = called?.call.operation?.value ?? '';
  const participant = name.slice(0, Math.max(0, name.indexOf('.')));
  const known = source.operations.get(participant);
  if (called === null || own === null || known === undefined) return null;
  const inverse = inverseOf(own, [...known.operations.values()]);
  if (inverse === null || inverse.own?.idempotent === false) return null;
  const late = called.timeout !== null;
  const args = argumentsFor(source, inverse, own, called.call.with, !late);
  if (args === null) return null;
  const parts = [`call: ${participant}.${inverse.name}`];
  if (args !== '') parts.push(`with: ${args}`);
  // After a timeout it is unknown whether there is something to undo.
  if (late) parts.push('after: attempt');
  if (inverse.own?.retry == null) parts.push(`retry: ${retryFor(source.workflow)}`);
  return `{ ${parts.join(', ')} }`;
}

/**
 * What the compensation of `state` may be given without the result of the call, in braces: each argument that its operation
 * needs, from the call’s own. Null where one of them can’t be told, or none is needed.
 */
export function argumentsWithoutResult(source: FixSource, state: State, undoing: CallAction): string | null {
  const called = callOf(source.operations, state);
  const own = called === null ? null : operationCalled(source.operations, called.call);
  const inverse = operationCalled(source.operations, undoing);
  if (called === null || own === null || inverse === null) return null;
  const given = argumentsFor(source, inverse, own, called.call.with, false);
  return given === '' ? null : given;
}

/** A retry policy of the file, or one written out. */
export function retryFor(workflow: Workflow): string {
  const [named] = workflow.policies.retry.filter((policy) => /^[A-Za-z_][\w-]*$/.test(policy.name));
  return named?.name ?? '{ attempts: 3 }';
}

function inverseOf(own: KnownOperation, all: readonly KnownOperation[]): KnownOperation | null {
  const words = wordsOf(own.name);
  const [verb = '', ...rest] = words;
  const wanted = [
    ...(INVERSES.get(verb) ?? []).flatMap((inverse) => [[inverse, ...rest], [inverse]]),
    ...(INVERSES.get(words.at(-1) ?? '') ?? []).map((inverse) => [...words.slice(0, -1), inverse]),
    ...['undo', 'cancel', 'revert', 'compensate'].flatMap((prefix) => [
      [prefix, ...words],
      [...words, prefix],
      [prefix, ...rest],
    ]),
  ].map((parts) => parts.join(' '));
  const byName = new Map(all.filter((one) => one !== own).map((one) => [wordsOf(one.name).join(' '), one]));
  for (const one of wanted) {
    const found = byName.get(one);
    if (found !== undefined) return found;
  }
  const posted = pathOf(own, 'POST');
  if (posted === null) return null;
  const deleted = new RegExp(`^${escaped(posted)}/\\{[^/{}]+\\}$`);
  return all.find((one) => deleted.test(pathOf(one, 'DELETE') ?? '')) ?? null;
}

function pathOf({ own, described }: KnownOperation, method: string): string | null {
  const http = own?.http ?? described;
  return http?.method === method ? http.path : null;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

/**
 * The arguments of the inverse in braces, each taken from the call’s own or from its result; `''` where it needs none,
 * null where one that it needs can’t be told.
 *
 * @param withResult whether the result of the call may be read: there is none yet while its outcome is unknown
 */
function argumentsFor(
  source: FixSource,
  inverse: KnownOperation,
  own: KnownOperation,
  given: Node | null,
  withResult: boolean,
): string | null {
  const input =
    schemaOf(valueOf(inverse.own?.node, 'input')) ?? inverse.described?.input ?? inverse.exported?.input ?? null;
  const inPath = [...(inverse.own?.http?.path ?? '').matchAll(/\{([^{}]+)\}/g)].flatMap((match) => match[1] ?? []);
  const required = new Set([...inPath, ...namesIn(input, 'required')]);
  const output = schemaOf(valueOf(own.own?.node, 'output')) ?? own.described?.output ?? own.exported?.output ?? null;
  const results = new Set(namesIn(output, 'properties'));
  if (required.size === 0 && input !== null) return '';
  const fields = given?.kind === 'map' ? given : null;
  if (required.size === 0) return fields === null ? '' : inBraces(source.text, fields);
  const parts: string[] = [];
  for (const name of required) {
    const value = fields === null ? null : written(source.text, fields, name);
    if (value !== null) parts.push(`${name}: ${value}`);
    else if (withResult && results.has(name)) parts.push(`${name}: "\${ result.${name} }"`);
    else return null;
  }
  return `{ ${parts.join(', ')} }`;
}

function namesIn(schema: JsonObject | boolean | null, key: 'required' | 'properties'): readonly string[] {
  if (!isJsonObject(schema)) return [];
  const value = schema[key];
  if (key === 'properties') return isJsonObject(value) ? Object.keys(value) : [];
  return Array.isArray(value) ? (value as readonly unknown[]).filter((name) => typeof name === 'string') : [];
}

/** The value of a field as it is written, if it fits on a line inside of braces. */
function written(text: Source, fields: MapNode, name: string): string | null {
  const value = valueOf(fields, name);
  if (value === undefined || !/^[A-Za-z_]\w*$/.test(name)) return null;
  const slice = text.slice(value.range.start, value.range.end);
  if (/[\r\n]/.test(slice)) return null;
  const plain = value.kind === 'scalar' && value.style === 'plain';
  if (!plain) return value.kind === 'scalar' || value.flow ? slice : null;
  return typeof value.value === 'string' && !/^[\w./-]+$/.test(slice) ? JSON.stringify(value.text) : slice;
}

function inBraces(text: Source, fields: MapNode): string | null {
  const parts = fields.entries.map(({ key }) => {
    const value = written(text, fields, key.text);
    return value === null ? null : `${key.text}: ${value}`;
  });
  return parts.includes(null) ? null : `{ ${parts.join(', ')} }`;
}
