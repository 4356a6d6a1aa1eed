/**
 * Family time and people, as far as it is about time: what may wait without end, and limits that contradict each other.
 *
 * Rule: sections 4, 7 and 13 of the language reference. Retries don’t fit where all attempts at their full length, with
 * the delays between them, take longer than `total`; delays with jitter may be nothing. An inner limit exceeds an outer
 * one where it is longer: it would never be reached. The limit of the whole run counts as an outer one, but does not
 * bound a call well enough.
 * Complexity: linear in the states and the depth of retries.
 */
import { callOf, effectOfCall, isLog, type Operations } from '../calls.ts';
import { type Diagnostic, finding, type FixData } from '../diagnostics.ts';
import { formatDuration } from '../durations.ts';
import { retryOf, timeoutOf } from '../lower/values.ts';
import type { RetryPolicy, TimeoutPolicy } from '../plan.ts';
import type { TemplateSite } from '../sites.ts';
import type { Range, Source } from '../text.ts';
import { entryOf, type Node, valueOf } from '../tree.ts';
import type { State, Workflow } from '../workflow.ts';
import { attemptFix, type ResultReaders, resultReaders } from './saga-settings.ts';
import { fitting, lengthIn, type Limit, limitOf, type Limits, placeOf, tighter } from './time-limits.ts';

export interface TimeCheck {
  readonly text: Source;
  readonly workflow: Workflow;
  readonly operations: Operations;
  readonly sites: readonly TemplateSite[];
}

/** The findings about time in a part of the file, whose scopes `limits` knows. */
export function checkTime(
  of: TimeCheck,
  part: { readonly states: readonly State[]; readonly sites: readonly TemplateSite[] },
  limits: Limits,
): readonly Diagnostic[] {
  const readers = resultReaders(part.sites);
  return part.states.flatMap((state) => [
    ...callWithoutTimeout(of, state, limits, readers),
    ...listenWithoutTimeout(of, state, limits),
    ...contradictions(of, state, limits),
  ]);
}

const CALL_LIMITS = ['30s', '10s', '5s', '1s', '100ms', '10ms', '1ms'];
const LISTEN_LIMITS = ['1h', '10m', '1m', '10s', '1s', '100ms', '1ms'];

function callWithoutTimeout(
  of: TimeCheck,
  state: State,
  limits: Limits,
  readers: ResultReaders,
): readonly Diagnostic[] {
  const called = callOf(of.operations, state);
  if (called === null || called.timeout !== null || isLog(called.call)) return [];
  if (valueOf(state.node, 'heartbeat') !== undefined || limits.isBounded(state.scope)) return [];
  const message = `‘${state.name}’ may wait for its answer without end. Give it a ‘timeout’.`;
  const value = fitting(limits.around(state.scope), CALL_LIMITS);
  const into = state.action?.kind === 'foreach' ? state.action.entry.value.range : state.node.range;
  const fixes: FixData[] = [];
  if (value !== null) {
    const limited: FixData = { kind: 'insert-key', into, key: 'timeout', value };
    const { compensate } = called;
    const isWrite = effectOfCall(of.operations, called.call) === 'write';
    if (!isWrite || compensate === null || compensate.none || compensate.after === 'attempt') fixes.push(limited);
    else {
      // With a timeout the outcome may stay unknown, so that the compensation has to count from the attempt.
      const after = attemptFix(of, state, compensate, readers(state));
      if (after.length > 0) {
        const title = `Add ‘timeout: ${value}’, and let the compensation count from the attempt`;
        fixes.push({ kind: 'all', title, of: [limited, ...after] });
      }
    }
  }
  return [finding('call-without-timeout', state.nameRange, message, { fixes })];
}

function listenWithoutTimeout(of: TimeCheck, state: State, limits: Limits): readonly Diagnostic[] {
  const { action } = state;
  if (action?.kind !== 'listen' || action.timeout !== null || state.timeout !== null) return [];
  if (limits.isBounded(state.scope)) return [];
  const message = `‘${state.name}’ may wait for an event without end. Give ‘listen’ a ‘timeout’, and say with ‘onTimeout’ where to go then.`;
  const value = fitting(limits.around(state.scope), LISTEN_LIMITS);
  return [
    finding('listen-without-timeout', state.nameRange, message, {
      fixes: value === null ? [] : listenFixes(of, state, action.entry.value, value),
    }),
  ];
}

function listenFixes(of: TimeCheck, state: State, listen: Node, value: string): readonly FixData[] {
  if (listen.kind !== 'map') return [];
  const limited: FixData = { kind: 'insert-key', into: listen.range, key: 'timeout', value };
  const { output } = state.scope;
  const reads = of.sites
    .find(({ node }) => node === output)
    ?.read.expressions.some(({ parsed }) => parsed.roots.includes('results'));
  // Where `next` stands it holds for the timeout too. A way to the end must not miss results that the end needs.
  if (state.nextEntry !== null || entryOf(listen, 'onTimeout') !== undefined || reads === true) return [limited];
  const onwards: FixData = { kind: 'insert-key', into: listen.range, key: 'onTimeout', value: 'end' };
  return [{ kind: 'all', title: `Add ‘timeout: ${value}’ and ‘onTimeout: end’`, of: [limited, onwards] }];
}

/** The contradictions in and around one state. */
function contradictions(of: TimeCheck, state: State, limits: Limits): readonly Diagnostic[] {
  const { workflow } = of;
  const called = callOf(of.operations, state);
  const inner = state.action?.kind === 'foreach' && called !== null ? state.action.entry.value : null;
  const timeout = valueOf(inner, 'timeout') ?? state.timeout;
  const retry = called?.retry ?? state.retry;
  const outer = limits.around(state.scope);
  const found: Diagnostic[] = [];
  if (timeout !== null) {
    found.push(...withinTimeout(workflow, timeout, retry), ...exceeding(workflow, timeout, state.name, outer));
  }
  for (const side of [called?.compensate ?? state.compensate, state.confirm]) {
    if (side?.timeout != null) found.push(...withinTimeout(workflow, side.timeout, side.retry));
  }
  const own = limitOf(workflow, timeout, retry, `the timeout of ‘${state.name}’`);
  const heartbeat = valueOf(state.node, 'heartbeat');
  found.push(...longer(heartbeat, 'heartbeat', tighter(own, outer)));
  const within = tighter(own, outer);
  const { action } = state;
  if (action?.kind === 'listen') found.push(...longer(valueOf(action.entry.value, 'timeout'), 'timeout', within));
  if (action?.kind === 'wait') found.push(...longer(action.entry.value, 'wait', within));
  if (action?.kind === 'human') {
    found.push(...longer(valueOf(action.entry.value, 'due'), 'due', within));
    for (const step of action.escalate) found.push(...longer(valueOf(step.node, 'after'), 'after', within));
  }
  return found;
}

/** The contradictions in policies and operations, and in the timeout of the run. */
export function declaredContradictions(workflow: Workflow): readonly Diagnostic[] {
  return [
    ...workflow.policies.timeout.flatMap(({ node }) => attemptBeyondTotal(node)),
    ...workflow.participants.flatMap(({ operations }) =>
      operations.flatMap(({ timeout, retry }) => (timeout === null ? [] : withinTimeout(workflow, timeout, retry))),
    ),
    ...(workflow.timeout === null ? [] : attemptBeyondTotal(workflow.timeout)),
  ];
}

function attemptBeyondTotal(timeout: Node): readonly Diagnostic[] {
  const [attempt, total] = [valueOf(timeout, 'attempt'), valueOf(timeout, 'total')];
  const [one, all] = [lengthIn(attempt), lengthIn(total)];
  if (attempt === undefined || total === undefined || one === null || all === null || one <= all) return [];
  const message = `One attempt may take ${formatDuration(one)}, but all of them together only ${formatDuration(all)}. Shorten ‘attempt’, or lengthen ‘total’.`;
  return [
    finding('timeout-contradiction', attempt.range, message, {
      related: [{ message: 'This is the limit of all attempts.', range: total.range }],
    }),
  ];
}

/** A timeout and the retries that have to fit into it. */
function withinTimeout(workflow: Workflow, timeout: Node, retry: Node | null): readonly Diagnostic[] {
  const beyond = attemptBeyondTotal(timeout);
  if (beyond.length > 0) return beyond;
  const policy = timeoutOf({ workflow }, timeout);
  const retries = retryOf({ workflow }, retry);
  if (policy?.total == null || retries === null || retries.attempts < 2) return [];
  const needed = timeNeeded(policy, retries);
  if (needed <= policy.total) return [];
  const message = `${String(retries.attempts)} attempts with the delays between them can take ${formatDuration(needed)}, which does not fit into the total of ${formatDuration(policy.total)}. Allow fewer attempts, or lengthen ‘total’.`;
  const related = retry === null ? [] : [{ message: 'The retries are set here.', range: retry.range }];
  return [finding('timeout-contradiction', placeOf(timeout, 'total'), message, { related })];
}

/** More attempts than these are not added up one by one. */
const MAX_ATTEMPTS = 1000;

/** How long all attempts take at their full length, with the delays between them. */
function timeNeeded({ attempt, extend }: TimeoutPolicy, retry: RetryPolicy): number {
  const { attempts, factor, maxDelay, jitter } = retry;
  let needed = 0;
  let delay = jitter === 'full' ? 0 : retry.delay;
  let length = attempt ?? 0;
  for (let at = 0; at < Math.min(attempts, MAX_ATTEMPTS); at++) {
    needed += length + (at === 0 ? 0 : Math.min(delay, maxDelay ?? Infinity));
    if (at > 0) delay *= factor;
    length *= extend;
  }
  return Math.min(needed, Number.MAX_SAFE_INTEGER);
}

/** A timeout whose limits are longer than what stands around. */
function exceeding(workflow: Workflow, timeout: Node, name: string, outer: Limit | null): readonly Diagnostic[] {
  const policy = timeoutOf({ workflow }, timeout);
  if (policy === null || outer === null) return [];
  for (const key of ['attempt', 'total'] as const) {
    const length = policy[key];
    if (length !== null && length > outer.length) return [tooLong(placeOf(timeout, key), `‘${name}’`, length, outer)];
  }
  return [];
}

function longer(node: Node | null | undefined, key: string, outer: Limit | null): readonly Diagnostic[] {
  const length = lengthIn(node);
  if (node == null || length === null || outer === null || length <= outer.length) return [];
  return [tooLong(node.range, `‘${key}’`, length, outer)];
}

function tooLong(range: Range, what: string, length: number, outer: Limit): Diagnostic {
  const message = `${what} allows ${formatDuration(length)}, but ${outer.of} ends it after ${formatDuration(outer.length)}. Shorten this limit, or lengthen that one.`;
  const related = [{ message: 'This limit ends it before.', range: outer.range }];
  return finding('timeout-contradiction', range, message, { related });
}
