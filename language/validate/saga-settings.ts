/**
 * How calls and compensations are set up: retried, repeated, timed out, confirmed.
 *
 * Rule: sections 5, 7, 8 and 13 of the language reference. That an operation is not idempotent must be declared.
 * Complexity: linear in the states, the policies looked up by name.
 */
import { stringsAt } from '../build/read.ts';
import { callOf, effectOfCall, isLog, operationCalled, settingOf } from '../calls.ts';
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { retryOf } from '../lower/values.ts';
import type { TemplateSite } from '../sites.ts';
import type { SymbolTable } from '../symbols.ts';
import { entryOf, type Entry, type Node, stringOf } from '../tree.ts';
import type { CallAction, SideAction, State } from '../workflow.ts';
import { covers } from './graph.ts';
import { argumentsWithoutResult, compensationFixes, type FixSource, retryFor } from './saga-fixes.ts';
import { comesAfterPivot, type Saga } from './saga-model.ts';

export interface SettingsSource extends FixSource {
  readonly symbols: SymbolTable;
  readonly sites: readonly TemplateSite[];
}

/** A part of a file: everything in it, or a unit. */
export interface SettingsPart {
  readonly states: readonly State[];
  readonly sites: readonly TemplateSite[];
}

/** The findings about the settings of calls, compensations and confirmations in a part. */
export function checkSettings(saga: Saga, source: SettingsSource, part: SettingsPart): readonly Diagnostic[] {
  const readers = resultReaders(part.sites);
  return part.states.flatMap((state) => checkState(saga, isUndone(saga, state), state, source, readers));
}

/** Whether the compensation of a state may come to be used. */
export function isUndone(saga: Saga, state: State): boolean {
  const one = saga.of.get(state.scope);
  const at = one?.graph.indexOf.get(state);
  if (one === undefined || at === undefined) return true;
  return !one.undoing && one.pivots[at] !== true && !comesAfterPivot(one, at);
}

function checkState(
  saga: Saga,
  isUsed: boolean,
  state: State,
  source: SettingsSource,
  readers: ResultReaders,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const called = callOf(saga.operations, state);
  const compensate = called?.compensate ?? state.compensate;
  if (called !== null) {
    const holder = state.action?.kind === 'foreach' ? state.action.entry.value : null;
    const entry = entryOf(holder, 'retry') ?? entryOf(state.node, 'retry');
    if (entry !== undefined) found.push(...retried(saga, called.call, entry, source, isUsed));
  }
  if (compensate !== null && !compensate.none && isUsed) {
    found.push(...compensation(saga, state, compensate));
    found.push(...unknownOutcome(saga, state, compensate, source, readers));
  }
  const confirm = state.confirm;
  if (confirm === null) return found;
  const entry = entryOf(confirm.entry.value, 'retry');
  if (confirm.action?.kind === 'call' && entry !== undefined) {
    found.push(...retried(saga, confirm.action, entry, source, true));
  }
  if (compensate === null) found.push(onlyConfirmed(state, confirm, source));
  return found;
}

/** `retry-not-idempotent` at the `retry` of a call. */
function retried(
  saga: Saga,
  call: CallAction,
  entry: Entry,
  source: SettingsSource,
  mayFail: boolean,
): readonly Diagnostic[] {
  const operation = operationCalled(saga.operations, call);
  if (operation?.own?.idempotent !== false) return [];
  const name = call.operation?.value ?? '';
  return retriedAt(saga, entry, stringsAt(operation.own.node, 'errors'), name, source, mayFail);
}

/** The same at the `retry` of an operation itself. */
export function operationsRetried(saga: Saga, source: SettingsSource): readonly Diagnostic[] {
  const hasPivot = saga.workflow.states.some((state) => state.pivot);
  return saga.workflow.participants.flatMap((participant) =>
    participant.operations.flatMap((operation) => {
      const entry = entryOf(operation.node, 'retry');
      if (operation.idempotent !== false || entry === undefined) return [];
      const name = `${participant.name}.${operation.name}`;
      return retriedAt(saga, entry, stringsAt(operation.node, 'errors'), name, source, !hasPivot);
    }),
  );
}

/** Errors after which nothing was done (section 8.3). */
const NOTHING_DONE = ['http.4xx', 'validation', 'circuit-open', 'expression'];

function retriedAt(
  saga: Saga,
  entry: Entry,
  declared: readonly { readonly value: string }[],
  name: string,
  source: SettingsSource,
  mayFail: boolean,
): readonly Diagnostic[] {
  const policy = retryOf({ workflow: saga.workflow }, entry.value);
  if (policy === null || policy.attempts < 2) return [];
  const harmless = [...NOTHING_DONE, ...declared.map(({ value }) => value)];
  if (policy.on.every((pattern) => harmless.some((one) => covers(one, pattern)))) return [];
  const message = `${name} is declared as not idempotent, so that a retry after a lost answer does its work twice. Remove the retry, or retry only after errors that say that nothing was done.`;
  const removed: FixData = { kind: 'remove-entry', entry: entry.range };
  const narrowed: FixData = { kind: 'replace', range: entry.value.range, with: ['{ on: [circuit-open] }'] };
  const main = mayFail ? removed : narrowed;
  const unused = policyLeft(source, entry.value);
  const fix: FixData =
    unused === null
      ? main
      : { kind: 'all', title: `${mayFail ? 'Remove' : 'Narrow'} the retry, and remove its policy`, of: [main, unused] };
  return [finding('retry-not-idempotent', entry.key.range, message, { fixes: [fix] })];
}

/** The removal of a policy that nothing but this place names. */
function policyLeft(source: SettingsSource, node: Node): FixData | null {
  if (stringOf(node) === undefined) return null;
  const use = source.symbols.references.find(
    ({ kind, range }) => kind === 'policy' && range.start >= node.range.start && range.end <= node.range.end,
  );
  if (use?.target == null) return null;
  const others = source.symbols.references.some((one) => one !== use && one.target === use.target);
  return others ? null : { kind: 'remove-entry', entry: use.target.entry };
}

/** `compensation-not-idempotent` and `compensation-without-retry`. */
function compensation(saga: Saga, state: State, side: SideAction): readonly Diagnostic[] {
  if (side.action?.kind !== 'call' || side.action.operation === null || isLog(side.action)) return [];
  const found: Diagnostic[] = [];
  const { value: name, range } = side.action.operation;
  if (operationCalled(saga.operations, side.action)?.own?.idempotent === false) {
    const message = `The compensation of ‘${state.name}’ may run more than once, but ${name} is declared as not idempotent. Use an operation that heeds the idempotency key.`;
    found.push(finding('compensation-not-idempotent', range, message));
  }
  if (settingOf(saga.operations, 'retry', side.retry, side.action) === null) {
    const message = `The compensation of ‘${state.name}’ is tried only once; if it fails, the run is suspended until a person decides. Give it ‘retry’.`;
    const into = side.entry.value.range;
    const fixes: FixData[] = [{ kind: 'insert-key', into, key: 'retry', value: retryFor(saga.workflow) }];
    found.push(finding('compensation-without-retry', side.entry.key.range, message, { fixes }));
  }
  return found;
}

/** `unknown-outcome-on-timeout`: the write may have taken effect although its answer never came. */
function unknownOutcome(
  saga: Saga,
  state: State,
  side: SideAction,
  source: FixSource,
  readers: ResultReaders,
): readonly Diagnostic[] {
  const called = callOf(saga.operations, state);
  if (called?.timeout == null || side.after === 'attempt') return [];
  if (effectOfCall(saga.operations, called.call) !== 'write') return [];
  const message = `When ‘${state.name}’ runs into its timeout, it is unknown whether it took effect, and nothing undoes it. Let the compensation count from the attempt with ‘after: attempt’.`;
  const fixes = attemptFix(source, state, side, readers(state));
  return [finding('unknown-outcome-on-timeout', side.entry.key.range, message, { fixes })];
}

/**
 * Makes a compensation count from the attempt. There is no result then: where the compensation reads it, it is given what
 * the call itself was given, if that is enough; else there is no fix.
 */
export function attemptFix(
  source: FixSource,
  state: State,
  side: SideAction,
  readers: readonly TemplateSite[],
): readonly FixData[] {
  const { range } = side.entry.value;
  const within = (node: Node, around: Node['range']): boolean =>
    node.range.start >= around.start && node.range.end <= around.end;
  const inside = readers.filter(({ node }) => within(node, range));
  if (inside.length === 0) return countFromAttempt(side);
  const { action } = side;
  const given = action?.kind === 'call' ? action.with : null;
  if (action?.kind !== 'call' || given === null || !inside.every(({ node }) => within(node, given.range))) return [];
  const text = argumentsWithoutResult(source, state, action);
  if (text === null) return [];
  const title = 'Let the compensation count from the attempt, with what the call was given';
  const rewritten: FixData = { kind: 'replace', range: given.range, with: [text] };
  return [{ kind: 'all', title, of: [rewritten, ...countFromAttempt(side)] }];
}

function countFromAttempt(side: SideAction): readonly FixData[] {
  const { range } = side.entry.value;
  const after = entryOf(side.entry.value, 'after');
  if (after !== undefined) return [{ kind: 'replace', range: after.value.range, with: ['attempt'] }];
  return [{ kind: 'insert-key', into: range, key: 'after', value: 'attempt' }];
}

/** The values of a state that read its own result. */
export type ResultReaders = (state: State) => readonly TemplateSite[];

/** Finds the values that read the results of their own states, when the first is asked for. */
export function resultReaders(sites: readonly TemplateSite[]): ResultReaders {
  let found: Map<State, TemplateSite[]> | null = null;
  return (state) => {
    found ??= readersIn(sites);
    return found.get(state) ?? [];
  };
}

function readersIn(sites: readonly TemplateSite[]): Map<State, TemplateSite[]> {
  const found = new Map<State, TemplateSite[]>();
  for (const site of sites) {
    const { state } = site;
    if (state === null) continue;
    const reads = site.read.expressions.some(({ parsed }) =>
      parsed.reads.some(({ root, path }) => root === 'result' || (root === 'results' && path[0]?.name === state.name)),
    );
    if (reads) found.set(state, [...(found.get(state) ?? []), site]);
  }
  return found;
}

/** `confirm-without-compensate` */
function onlyConfirmed(state: State, confirm: SideAction, source: SettingsSource): Diagnostic {
  const message = `‘${state.name}’ has ‘confirm’, but nothing cancels it when the scope is rolled back. Give it ‘compensate’, or ‘compensate: none’.`;
  const fixes = compensationFixes(source, state);
  return finding('confirm-without-compensate', confirm.entry.key.range, message, { fixes });
}
