/**
 * A compensation from the operation's inverse: one of the same participant whose name says the opposite, or that deletes
 * what this one posts. It is offered only where everything that it needs is known.
 */
import {
  type Analysis,
  fieldsIn,
  inputType,
  type KnownOperation,
  outputType,
  type State,
  stringOf,
  valueOf,
} from '../../../language/index.ts';
import { operationNamed } from '../operations.ts';
import { addKey, type Refactoring, textOf } from './text.ts';

/** Verbs and those that undo them, the likeliest first. */
const INVERSES: Readonly<Record<string, readonly string[]>> = {
  reserve: ['release', 'unreserve', 'cancel', 'free'],
  charge: ['refund', 'reverse', 'void'],
  create: ['delete', 'remove', 'cancel', 'destroy'],
  add: ['remove', 'delete', 'subtract'],
  book: ['cancel', 'unbook', 'release'],
  open: ['close', 'cancel'],
  start: ['stop', 'cancel', 'abort'],
  lock: ['unlock', 'release'],
  hold: ['release', 'unhold'],
  allocate: ['deallocate', 'free', 'release'],
  acquire: ['release'],
  authorize: ['void', 'cancel', 'release'],
  capture: ['refund', 'void'],
  pay: ['refund', 'repay'],
  debit: ['credit'],
  credit: ['debit'],
  deposit: ['withdraw'],
  withdraw: ['deposit'],
  transfer: ['reverse', 'refund'],
  register: ['unregister', 'deregister', 'remove'],
  subscribe: ['unsubscribe'],
  enable: ['disable'],
  activate: ['deactivate'],
  grant: ['revoke'],
  issue: ['revoke', 'cancel', 'void'],
  assign: ['unassign', 'release'],
  attach: ['detach'],
  publish: ['unpublish', 'retract'],
  place: ['cancel', 'withdraw'],
  submit: ['withdraw', 'cancel'],
  order: ['cancel'],
  schedule: ['cancel', 'unschedule'],
  ship: ['recall', 'return', 'cancel'],
  send: ['recall', 'cancel'],
  upload: ['delete', 'remove'],
  insert: ['delete', 'remove'],
  provision: ['deprovision', 'release'],
  increment: ['decrement'],
  confirm: ['cancel', 'unconfirm'],
};

/** The compensation of a state that calls an operation with an inverse and has none yet. */
export function compensationFor(analysis: Analysis, state: State): Refactoring | null {
  const { action } = state;
  if (action?.kind !== 'call' || state.compensate !== null || state.pivot) return null;
  const name = action.operation?.value ?? '';
  const known = operationNamed(analysis, name);
  const participant = name.slice(0, Math.max(0, name.indexOf('.')));
  const all = analysis.operations.get(participant)?.operations;
  if (known === null || all === undefined) return null;
  for (const inverse of inversesOf(known, [...all.values()])) {
    const given = argumentsFor(analysis, state, known, inverse);
    if (given === null) continue;
    const keys = [`call: ${participant}.${inverse.name}`];
    if (given.with.length > 0) keys.push(`with: { ${given.with.join(', ')} }`);
    // After a timeout it is not known whether there is something to undo.
    if (state.timeout !== null && !given.fromResult) keys.push('after: attempt');
    const retry = analysis.workflow.policies.retry[0]?.name;
    keys.push(`retry: ${retry ?? '{ attempts: 5 }'}`);
    keys.push('timeout: 10s');
    const edit = addKey(analysis, state, 'compensate', `{ ${keys.join(', ')} }`, keys);
    if (edit === null) return null;
    return {
      title: `Compensate ‘${state.name}’ by ‘${participant}.${inverse.name}’`,
      kind: 'refactor.rewrite',
      edits: [edit],
    };
  }
  return null;
}

/** The operations that undo `operation`, the likeliest first. */
export function inversesOf(operation: KnownOperation, all: readonly KnownOperation[]): readonly KnownOperation[] {
  const words = wordsOf(operation.name);
  const found: KnownOperation[] = [];
  for (const [at, word] of words.entries()) {
    for (const inverse of INVERSES[word] ?? []) {
      const wanted = words.with(at, inverse).join(' ');
      found.push(...all.filter((one) => one !== operation && wordsOf(one.name).join(' ') === wanted));
    }
  }
  for (const word of words) {
    // `charge` beside `refundCharge` or `refund_payment`: the verb alone decides, as long as only one such is there.
    for (const inverse of INVERSES[word] ?? []) {
      const loose = all.filter((one) => one !== operation && wordsOf(one.name).includes(inverse));
      if (loose.length === 1) found.push(...loose);
    }
  }
  const own = bindingOf(operation);
  if (own?.method === 'POST') {
    found.push(
      ...all.filter((one) => {
        const other = bindingOf(one);
        return other?.method === 'DELETE' && other.path.replace(/\/\{[^{}]+\}$/, '') === own.path;
      }),
    );
  }
  return [...new Set(found)];
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
}

function bindingOf({ own, described }: KnownOperation): { readonly method: string; readonly path: string } | null {
  const bound = own?.http ?? described;
  return bound === null ? null : { method: bound.method.toUpperCase(), path: bound.path };
}

interface Given {
  readonly with: readonly string[];
  readonly fromResult: boolean;
}

/** What the inverse has to be given: what the call itself was given, or what it answered. Null if something is missing. */
function argumentsFor(analysis: Analysis, state: State, known: KnownOperation, inverse: KnownOperation): Given | null {
  const own = state.action?.kind === 'call' ? state.action.with : null;
  const answered = fieldsIn(outputType(known));
  const fields: string[] = [];
  let fromResult = false;
  for (const [name, field] of fieldsIn(inputType(inverse))) {
    const written = valueOf(own, name);
    const sources = answered.has(name)
      ? [name]
      : name === 'id'
        ? [...answered.keys()].filter((one) => /id$/i.test(one))
        : [];
    if (written?.kind === 'scalar' && (stringOf(written) !== undefined || written.value !== null)) {
      fields.push(`${name}: ${textOf(analysis, written.range)}`);
    } else if (sources.length === 1) {
      fields.push(`${name}: "\${ result.${sources[0] ?? ''} }"`);
      fromResult = true;
    } else if (field.required) return null;
  }
  return { with: fields, fromResult };
}
