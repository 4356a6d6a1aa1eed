/** The compensation stacks of a state: what is put on them, handed on and taken off (section 8 of the language). */
import type { EntryDraft } from './record.ts';
import type { Activation, Entry, RunState, ScopeInstance, StackItem } from './state.ts';

/**
 * Gives what the scopes below an activation had done, and nobody undid, to the scope that it stands in: a branch or an
 * item hands over single entries with their own moments, a scope one group that counts from now (section 8.5).
 */
export function handOver(state: RunState, activation: Activation, seq: number): void {
  const parent = state.scopes.get(activation.scope);
  if (!parent || activation.role !== 'state') return;
  for (const id of activation.scopes) {
    const scope = state.scopes.get(id);
    if (!scope) continue;
    const inner = scope.current === null ? undefined : state.activations.get(scope.current);
    if (inner) handOver(state, inner, seq);
    if (scope.stack.length === 0) continue;
    if (scope.branch !== null || scope.item !== null) parent.stack.push(...scope.stack);
    else
      parent.stack.push({
        kind: 'group',
        order: seq,
        parallel: scope.parallel,
        items: scope.stack,
        state: activation.state,
      });
    scope.stack = [];
  }
}

export function push(state: RunState, activation: Activation, draft: EntryDraft, seq: number): void {
  const scope = state.scopes.get(activation.scope);
  if (!scope) return;
  const entry: Entry = {
    ...draft,
    scope: scope.id,
    scopeWay: scope.way,
    status: 'pending',
    error: null,
    unconfirmed: false,
    completed: false,
  };
  state.entries.set(draft.entry, entry);
  state.nextId = Math.max(state.nextId, draft.entry + 1);
  scope.stack.push({ kind: 'entry', entry: draft.entry, order: seq });
}

export function complete(state: RunState, id: number | null): void {
  const entry = id === null ? undefined : state.entries.get(id);
  if (entry) entry.completed = true;
}

/** An entry counts from the moment its state completed, also when it was pushed before the attempt (section 8.4). */
export function moment(state: RunState, entry: number, seq: number): void {
  const stack = state.scopes.get(state.entries.get(entry)?.scope ?? -1)?.stack;
  const at = stack?.findLastIndex((item) => item.kind === 'entry' && item.entry === entry) ?? -1;
  if (!stack || at < 0) return;
  stack.splice(at, 1);
  stack.push({ kind: 'entry', entry, order: seq });
}

/** Forgets an entry. Its places in stacks are passed over from then on, and cut off where they are on top. */
export function discard(state: RunState, entry: number): void {
  const scope = state.scopes.get(state.entries.get(entry)?.scope ?? -1);
  state.entries.delete(entry);
  state.unresolved.delete(entry);
  for (const stack of scope ? [scope.stack, ...above(state, scope)] : above(state, undefined)) trim(state, stack);
}

function above(state: RunState, scope: ScopeInstance | undefined): StackItem[][] {
  const stacks: StackItem[][] = [];
  let next = scope?.parent ?? 0;
  for (;;) {
    const parent = state.scopes.get(next);
    if (!parent) return stacks;
    stacks.push(parent.stack);
    if (parent.parent === null) return stacks;
    next = parent.parent;
  }
}

function trim(state: RunState, stack: StackItem[]): void {
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.kind === 'entry' && state.entries.has(top.entry)) return;
    if (top.kind === 'group') {
      trim(state, top.items);
      if (top.items.length > 0) return;
    }
    stack.pop();
  }
}
