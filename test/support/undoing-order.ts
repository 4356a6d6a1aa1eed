/**
 * The order in which a run's records say that entries were undone, against the order that sections 8.4 and 8.5 of the
 * language ask for. That is worked out here from the records alone, by another way than the machine's:
 *
 * 1. Each scope has a list of what it did. An entry counts from its state's completion, or from its attempt if that never
 *    completed. What a state with scopes did goes to the scope around it when it ends: of a branch or an item each entry with
 *    its own moment, of a scope all of it as one group of that moment.
 * 2. What is rolled back together is undone latest first, one at a time; inside a scope with `compensation: parallel`, and
 *    inside the group that it became, in any order.
 */
import type { RunRecord } from '../../runner/machine/index.ts';

interface Item {
  moment: number;
  readonly entry: number | null;
  readonly items: Item[];
  readonly isParallel: boolean;
}

interface Scope {
  readonly owner: number | null;
  readonly isSingle: boolean;
  readonly isParallel: boolean;
  done: Item[];
}

/** When an entry was begun to be undone, and when that was over, in one rollback. */
interface Undone {
  readonly began: number;
  ended: number;
}

interface Rollback {
  readonly places: ReadonlyMap<number, readonly Place[]>;
  readonly undone: Map<number, Undone>;
}

/** Where an entry stands: from the outermost thing that holds it to itself. */
interface Place {
  readonly of: object;
  readonly moment: number;
  readonly isParallel: boolean;
}

/** Sentences of what was undone in another order than it should have been. */
export function misordered(records: readonly RunRecord[]): string[] {
  const scopes = new Map<number, Scope>();
  const activations = new Map<number, { readonly scope: number; readonly isState: boolean; pushed: Item | null }>();
  const rollbacks = new Map<number, Rollback>();
  const undoing = new Map<number, { readonly scope: number; readonly entry: number }>();
  const retried = new Set<number>();
  const faults: string[] = [];

  const push = (activation: number, entry: { readonly entry: number } | null, moment: number): void => {
    const at = activations.get(activation);
    if (entry === null || at === undefined) return;
    const item: Item = { moment, entry: entry.entry, items: [], isParallel: false };
    scopes.get(at.scope)?.done.push(item);
    at.pushed = item;
  };
  const handOver = (activation: number, moment: number): void => {
    const at = activations.get(activation);
    const around = at?.isState === true ? scopes.get(at.scope) : undefined;
    if (around === undefined) return;
    for (const [id, scope] of scopes) {
      if (scope.owner !== activation) continue;
      for (const [inner, { scope: stands }] of activations) if (stands === id) handOver(inner, moment);
      if (scope.done.length === 0) continue;
      if (scope.isSingle) around.done.push(...scope.done);
      else around.done.push({ moment, entry: null, items: scope.done, isParallel: scope.isParallel });
      scope.done = [];
    }
  };
  const judge = (scope: number): void => {
    const rollback = rollbacks.get(scope);
    rollbacks.delete(scope);
    if (rollback === undefined) return;
    const all = [...rollback.undone];
    for (const [one, first] of all)
      for (const [other, second] of all) {
        if (one === other || !comesBefore(rollback.places.get(one), rollback.places.get(other))) continue;
        if (first.ended > second.began)
          faults.push(
            `entry ${String(other)} began to be undone at record ${String(second.began)}, before entry ${String(one)} was`,
          );
      }
  };

  for (const record of records) {
    const { seq } = record;
    switch (record.type) {
      case 'scope.entered':
        scopes.set(record.scope, {
          owner: record.owner,
          isSingle: record.branch !== null || record.item !== null,
          isParallel: record.parallel,
          done: [],
        });
        break;
      case 'state.entered':
        activations.set(record.activation, { scope: record.scope, isState: true, pushed: null });
        break;
      case 'attempt.started':
      case 'state.cancelled':
        push(record.activation, record.entry, seq);
        break;
      case 'error.raised':
        push(record.arose ?? record.activation, record.entry, seq);
        break;
      case 'attempt.succeeded':
        handOver(record.activation, seq);
        break;
      case 'state.completed': {
        const pushed = activations.get(record.activation)?.pushed ?? null;
        if (record.entry !== null) push(record.activation, record.entry, seq);
        else if (pushed !== null) pushed.moment = seq;
        break;
      }
      case 'transition.taken':
        if (record.activation !== null) {
          handOver(record.activation, seq);
          activations.delete(record.activation);
        }
        break;
      case 'rollback.started':
        judge(record.scope);
        rollbacks.set(record.scope, { places: placesOf(scopes, entriesIn(record.undo)), undone: new Map() });
        break;
      case 'rollback.completed':
        judge(record.scope);
        break;
      case 'compensation.entered': {
        activations.set(record.activation, { scope: record.scope, isState: false, pushed: null });
        undoing.set(record.activation, record);
        const rollback = record.role === 'compensation' ? rollbacks.get(record.scope) : undefined;
        // One that a person had retried comes when the person says so.
        if (rollback?.places.has(record.entry) === true && !retried.has(record.entry))
          rollback.undone.set(record.entry, { began: seq, ended: Infinity });
        break;
      }
      case 'compensation.completed':
      case 'compensation.failed': {
        const found = undoing.get(record.activation);
        const undone = found && rollbacks.get(found.scope)?.undone.get(found.entry);
        if (undone?.ended === Infinity) undone.ended = seq;
        break;
      }
      case 'entry.decided':
        retried.add(record.entry);
        break;
      default:
        break;
    }
  }
  for (const scope of [...rollbacks.keys()]) judge(scope);
  return faults;
}

function entriesIn(undo: Extract<RunRecord, { type: 'rollback.started' }>['undo']): number[] {
  if (typeof undo === 'number') return [undo];
  return ('sequence' in undo ? undo.sequence : undo.parallel).flatMap(entriesIn);
}

function placesOf(scopes: ReadonlyMap<number, Scope>, entries: readonly number[]): Map<number, Place[]> {
  const wanted = new Set(entries);
  const places = new Map<number, Place[]>();
  const visit = (item: Item, around: readonly Place[]): void => {
    const { moment, isParallel, entry, items } = item;
    const here = [...around, { of: item, moment, isParallel }];
    if (entry !== null && wanted.has(entry)) places.set(entry, here);
    for (const inner of items) visit(inner, here);
  };
  const holds = ({ entry, items }: Item): boolean => (entry !== null && wanted.has(entry)) || items.some(holds);
  for (const scope of scopes.values()) {
    const held = scope.done.filter(holds);
    const moment = Math.max(...held.map((item) => item.moment));
    const around = scope.isParallel ? [{ of: scope, moment, isParallel: true }] : [];
    for (const item of held) visit(item, around);
  }
  return places;
}

/** Whether what stands at the first place has to be undone before the other. */
function comesBefore(one: readonly Place[] | undefined, other: readonly Place[] | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  let isParallel = false;
  for (const [at, mine] of one.entries()) {
    const theirs = other[at];
    if (theirs === undefined) return false;
    if (mine.of !== theirs.of) return !isParallel && mine.moment > theirs.moment;
    ({ isParallel } = mine);
  }
  return false;
}
