/** What parts of a plan are called in a specification. */
import { formatDuration } from '../../language/index.ts';
import type {
  Expression,
  JsonObject,
  PlanAction,
  PlanHandler,
  PlanTransition,
  RetryPolicy,
  RollbackTarget,
  Template,
  TimeoutPolicy,
} from '../../language/index.ts';
import { actionName } from '../../runner/machine/index.ts';
import { code, codes, joined } from './markdown.ts';
import type { Words } from './markdown.ts';

/** A template as it would stand in a file, on one line. */
export function templateText(template: Template): string {
  switch (template.kind) {
    case 'literal':
      return JSON.stringify(template.value);
    case 'expression':
      return inBraces(template.expression);
    case 'text':
      return template.parts.map((part) => (typeof part === 'string' ? part : inBraces(part))).join('');
    case 'list':
      return `[${template.items.map(templateText).join(', ')}]`;
    case 'object':
      return `{ ${template.fields.map(({ name, value }) => `${name}: ${templateText(value)}`).join(', ')} }`;
  }
}

/** As `templateText`, but a text without expressions as it is. */
export function literalText(template: Template): string {
  return template.kind === 'literal' && typeof template.value === 'string' ? template.value : templateText(template);
}

function inBraces({ source }: Expression): string {
  return `\${ ${source.trim()} }`;
}

/** What a state, a compensation or a confirmation does, in a few words. */
export function actionWords(action: PlanAction): Words {
  switch (action.kind) {
    case 'call':
      return [code(actionName(action))];
    case 'run':
      return [action.detached ? 'starts ' : 'runs ', code(action.file), ...(action.version === null ? [] : [' ', code(action.version)])]; // prettier-ignore
    case 'emit':
      return ['sends ', code(action.event)];
    case 'listen':
      return ['waits for ', ...piecesOf(codes(action.on.map(({ event }) => event)))];
    case 'wait':
      return action.until === null
        ? `waits ${formatDuration(action.for ?? 0)}`
        : ['waits until ', code(action.until.source)];
    case 'human':
      return joined([['asks '], codes([action.assignee, ...action.candidates].filter((name) => name !== null))], '');
    case 'parallel':
      return ['branches ', ...piecesOf(codes(action.branches.map(({ name }) => name))), joinWords(action.join)];
    case 'foreach':
      return ['for each ', code(action.as), ' of ', code(templateText(action.in)), ...itemWords(action.call)];
    case 'rollback':
      return `rolls back ${reach(action.to)}`;
    case 'fail':
      return ['fails with ', code(literalText(action.error))];
    case 'switch':
      return 'decides';
    case 'set':
      return 'sets variables';
    case 'scope':
      return 'a scope';
  }
}

function piecesOf(words: Words): Exclude<Words, string> {
  return typeof words === 'string' ? [words] : words;
}

function itemWords(call: PlanAction | null): Exclude<Words, string> {
  return call === null ? [] : [': ', ...piecesOf(actionWords(call))];
}

function joinWords(join: 'all' | 'any' | { readonly atLeast: number }): string {
  if (join === 'all') return '';
  return join === 'any' ? ', until one is done' : `, until ${String(join.atLeast)} are done`;
}

/** How far something rolls back. */
export function reach(target: RollbackTarget): string {
  if (target === 'all') return 'the run';
  return target === 'scope' ? 'the scope' : `to ${target.to}`;
}

/** Where a state goes when it ends, a line for each transition. */
export function transitionWords({ when, rollback, next }: PlanTransition): Words {
  return joined(
    [
      when === null ? '' : ['if ', code(when.source)],
      rollback === null ? '' : `roll back ${reach(rollback)}`,
      next === 'end' ? 'end' : [code(next)],
    ],
    ' → ',
  );
}

export function handlerWords({ errors, when, rollback, next }: PlanHandler): Words {
  return joined(
    [
      joined([errors.length === 0 ? 'any error' : codes(errors), when === null ? '' : ['if ', code(when.source)]], ' '),
      rollback === null ? '' : `roll back ${reach(rollback)}`,
      next === 'end' ? 'end' : [code(next)],
    ],
    ' → ',
  );
}

/** A retry policy in a sentence without its full stop; empty for none. */
export function retryWords(retry: RetryPolicy | null): Words {
  if (retry === null || retry.attempts < 2) return '';
  const { on, attempts, delay, factor, maxDelay, jitter } = retry;
  const growth = factor === 1 ? '' : `, times ${String(factor)} each time${maxDelay === null ? '' : `, at most ${formatDuration(maxDelay)}`}`; // prettier-ignore
  const spread = jitter === 'full' ? ', with jitter' : '';
  return ['after ', ...piecesOf(codes(on)), ` up to ${String(attempts)} attempts, ${formatDuration(delay)} apart${growth}${spread}`]; // prettier-ignore
}

/** The limits of an action; empty for none. */
export function timeoutWords(timeout: TimeoutPolicy | null): string {
  if (timeout === null) return '';
  const { attempt, total, extend } = timeout;
  const grown = extend === 1 ? '' : `, times ${String(extend)} at each retry`;
  return [
    attempt === null ? '' : `${formatDuration(attempt)} an attempt${grown}`,
    total === null ? '' : `${formatDuration(total)} in all`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** The fields that a schema asks for, with their types; a `?` marks those that may be missing. */
export function schemaWords(schema: JsonObject | boolean | null): Words {
  if (schema === null || typeof schema === 'boolean') return schema === false ? 'nothing' : '';
  const { properties, required, type } = schema;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties))
    return typeof type === 'string' ? [code(type)] : '';
  const needed = new Set(Array.isArray(required) ? required : []);
  return codes(
    Object.entries(properties).map(([name, field]) => {
      const kind = typeof field === 'object' && field !== null && 'type' in field ? field['type'] : undefined;
      return `${name}${needed.has(name) ? '' : '?'}${typeof kind === 'string' ? `: ${kind}` : ''}`;
    }),
  );
}
