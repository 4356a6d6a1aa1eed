/** The limits of time that stand around each state, the tightest of them first. Section 4 of the language reference. */
import { parseDuration } from '../durations.ts';
import { retryOf, timeoutOf } from '../lower/values.ts';
import type { TimeoutPolicy } from '../plan.ts';
import type { Range } from '../text.ts';
import { isMissing, type Node, valueOf } from '../tree.ts';
import type { Scope, SideAction, State, Workflow } from '../workflow.ts';
import { scopesOf } from '../workflow.ts';

/** A length of time with the place that says so. */
export interface Limit {
  /** Milliseconds. */
  readonly length: number;
  readonly range: Range;
  /** What it bounds, as it ends a sentence: the timeout of ‘pay’. */
  readonly of: string;
}

export interface Limits {
  /** The tightest limit around the states of a scope; null when nothing bounds them. */
  readonly around: (scope: Scope) => Limit | null;
  /** Whether a scope, and not only the run, is bounded. */
  readonly isBounded: (scope: Scope) => boolean;
}

/** Works out the limits of the outermost scope and of `scopes`, each of which stands behind those around it. */
export function limitsOf(workflow: Workflow, scopes: readonly Scope[]): Limits {
  const around = new Map<Scope, Limit | null>();
  const bounded = new Map<Scope, boolean>();
  for (const scope of [workflow.root, ...scopes]) {
    const { owner, parent } = scope;
    if (owner === null || parent === null) {
      around.set(scope, limitOf(workflow, workflow.timeout, null, 'the timeout of the run'));
      bounded.set(scope, false);
      continue;
    }
    const side = sideOf(owner, scope);
    const [timeout, retry] = side === null ? [owner.timeout, owner.retry] : [side.timeout, side.retry];
    const own = limitOf(workflow, timeout, retry, `the timeout of ‘${owner.name}’`);
    // Undoing is not bounded by what bounds the way forward.
    const outer = side === null ? (around.get(parent) ?? null) : null;
    around.set(scope, tighter(own, outer));
    bounded.set(scope, timeout !== null || (side === null && bounded.get(parent) === true));
  }
  return {
    around: (scope) => around.get(scope) ?? null,
    isBounded: (scope) => bounded.get(scope) === true,
  };
}

/** The compensation or the confirmation that a scope belongs to; null when it is part of the way forward. */
export function sideOf(owner: State, scope: Scope): SideAction | null {
  const { action } = owner;
  if (action?.kind === 'foreach' ? action.body === scope : scopesOf(action).includes(scope)) return null;
  const sides = [owner.compensate, owner.confirm, action?.kind === 'foreach' ? action.compensate : null];
  return sides.find((side) => side?.action?.kind === 'scope' && side.action.scope === scope) ?? null;
}

/** How long what has this timeout can take at most; null without one. */
export function limitOf(workflow: Workflow, timeout: Node | null, retry: Node | null, of: string): Limit | null {
  const policy = timeoutOf({ workflow }, timeout);
  const length = policy === null ? null : longest(policy, retryOf({ workflow }, retry)?.attempts ?? 1);
  return length === null || timeout === null ? null : { length, range: timeout.range, of };
}

function longest({ attempt, total, extend }: TimeoutPolicy, attempts: number): number | null {
  const last = attempt === null ? null : attempt * extend ** (attempts - 1);
  if (last === null) return total;
  return total === null ? last : Math.min(last, total);
}

export function tighter(one: Limit | null, other: Limit | null): Limit | null {
  if (one === null || other === null) return one ?? other;
  return one.length <= other.length ? one : other;
}

/** The duration that stands in `node` itself. */
export function lengthIn(node: Node | null | undefined): number | null {
  if (node?.kind !== 'scalar' || isMissing(node) || typeof node.value !== 'string') return null;
  return parseDuration(node.value);
}

/** Where a duration of a timeout is written: at its key, or where the policy is named. */
export function placeOf(timeout: Node, key: 'attempt' | 'total'): Range {
  return valueOf(timeout, key)?.range ?? timeout.range;
}

/** The longest of `lengths` that the limit leaves room for, as it is written; null when none does. */
export function fitting(limit: Limit | null, lengths: readonly string[]): string | null {
  return lengths.find((length) => (parseDuration(length) ?? 0) <= (limit?.length ?? Infinity)) ?? null;
}
