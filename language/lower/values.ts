/** Values of the file in their executable form: templates, expressions, durations, policies. */
import { parseDuration } from '../durations.ts';
import type { ParticipantOperations } from '../operations.ts';
import type { Expression, Field, RetryPolicy, Template, TimeoutPolicy } from '../plan.ts';
import type { ReadTemplate } from '../expressions/template.ts';
import { located, numberAt, stringAt, stringsAt } from '../build/read.ts';
import { type Entry, isMissing, type Node, toJson, valueOf } from '../tree.ts';
import type { JsonObject } from '../json.ts';
import { readValue } from '../value-tree.ts';
import type { Policy, Workflow } from '../workflow.ts';

/** What lowering reads. */
export interface Source {
  readonly text: string;
  readonly workflow: Workflow;
  readonly operations: ReadonlyMap<string, ParticipantOperations>;
  /** Values that have been read already, by their node. */
  readonly values: ReadonlyMap<Node, ReadTemplate>;
}

/** The template that stands in `node`. */
export function template(source: Source, node: Node): Template {
  return (source.values.get(node) ?? readValue(node, source.text)).template;
}

/** The template in `node`, or null where nothing is written. */
export function templateOrNull(source: Source, node: Node | null | undefined): Template | null {
  return node === null || node === undefined || isMissing(node) ? null : template(source, node);
}

/** The values of a mapping's entries. Of duplicate keys the first counts. */
export function fields(source: Source, entries: readonly Entry[]): readonly Field[] {
  const seen = new Set<string>();
  return entries.flatMap(({ key, value, range }) => {
    if (seen.has(key.text)) return [];
    seen.add(key.text);
    return [{ name: key.text, value: template(source, value), range }];
  });
}

/** The one expression that `node` stands for; text around expressions and plain values become parts of it. */
export function expression(source: Source, node: Node): Expression {
  const written = template(source, node);
  if (written.kind === 'expression') return written.expression;
  const { range } = node;
  if (written.kind === 'text') {
    const parts = written.parts.map((part) =>
      typeof part === 'string' ? JSON.stringify(part) : `$string(${part.source})`,
    );
    const roots = new Set(written.parts.flatMap((part) => (typeof part === 'string' ? [] : part.roots)));
    return { language: 'jsonata', source: parts.join(' & '), range, roots: [...roots] };
  }
  return { language: 'jsonata', source: JSON.stringify(toJson(node)), range, roots: [] };
}

/** The expression in `node`, or null where nothing is written. */
export function expressionOrNull(source: Source, node: Node | null | undefined): Expression | null {
  return node === null || node === undefined || isMissing(node) ? null : expression(source, node);
}

/** The JSON Schema in `node`. */
export function schemaOf(node: Node | null | undefined): JsonObject | boolean | null {
  if (node === null || node === undefined) return null;
  if (node.kind === 'scalar') return typeof node.value === 'boolean' ? node.value : null;
  const json = toJson(node);
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as JsonObject) : null;
}

/** The duration at `key` in milliseconds. */
export function durationAt(node: Node | null | undefined, key: string): number | null {
  return durationOf(valueOf(node, key));
}

/** The duration in `node` in milliseconds. */
export function durationOf(node: Node | null | undefined): number | null {
  const text = located(node);
  return text === null ? null : parseDuration(text.value);
}

/** The retry policy that `node` names or writes, all defaults filled in. */
export function retryOf(source: Pick<Source, 'workflow'>, node: Node | null | undefined): RetryPolicy | null {
  const settings = settingsOf(source.workflow.policies.retry, node);
  if (settings === null) return null;
  const on = stringsAt(settings, 'on').map((pattern) => pattern.value);
  return {
    on: on.length === 0 ? ['any'] : on,
    attempts: numberAt(settings, 'attempts')?.value ?? 3,
    delay: durationAt(settings, 'delay') ?? 1000,
    factor: numberAt(settings, 'factor')?.value ?? 2,
    maxDelay: durationAt(settings, 'maxDelay'),
    jitter: stringAt(settings, 'jitter')?.value === 'full' ? 'full' : 'none',
  };
}

/** The timeout policy that `node` names or writes; a plain duration bounds each attempt. */
export function timeoutOf(source: Pick<Source, 'workflow'>, node: Node | null | undefined): TimeoutPolicy | null {
  const plain = durationOf(node);
  if (plain !== null) return { attempt: plain, total: null, extend: 1 };
  const settings = settingsOf(source.workflow.policies.timeout, node);
  if (settings === null) return null;
  const named = durationOf(settings);
  if (named !== null) return { attempt: named, total: null, extend: 1 };
  return {
    attempt: durationAt(settings, 'attempt'),
    total: durationAt(settings, 'total'),
    extend: numberAt(settings, 'extend')?.value ?? 1,
  };
}

/** The settings themselves, or those of the policy that is named. */
export function settingsOf(policies: readonly Policy[], node: Node | null | undefined): Node | null {
  const name = located(node);
  if (name !== null) return policies.find((policy) => policy.name === name.value)?.node ?? null;
  return node === null || node === undefined || isMissing(node) ? null : node;
}
