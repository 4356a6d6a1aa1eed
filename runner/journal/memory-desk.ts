/** Locks, triggers and tasks in memory. */
import { leastLoaded } from './desk.ts';
import type { Locks, OwnedTask, Tasks, TriggerMark, Triggers } from './desk.ts';

export interface MemoryDesk {
  readonly locks: Locks;
  readonly triggers: Triggers;
  readonly tasks: Tasks;
  queue(run: string, key: string): void;
  /** Gives up what a run has that has ended. */
  leave(run: string): void;
  own(run: string, tasks: readonly OwnedTask[]): void;
}

export interface MemoryDeskOptions {
  readonly parentOf: (run: string) => string | null;
  readonly isDriven: (run: string) => boolean;
  readonly changed: () => void;
}

export function memoryDesk({ parentOf, isDriven, changed }: MemoryDeskOptions): MemoryDesk {
  // In the order in which the runs were created.
  const line = new Map<string, { readonly key: string; held: boolean }>();
  const marks = new Map<string, TriggerMark>();
  const owned = new Map<string, readonly OwnedTask[]>();
  const turns = new Map<string, number>();

  function familyOf(run: string): ReadonlySet<string> {
    const family = new Set<string>();
    for (let at: string | null = run; at !== null; at = parentOf(at)) family.add(at);
    return family;
  }

  /** The run that stands in the way of `run`'s key. */
  function obstacleOf(run: string): string | null {
    const mine = line.get(run);
    if (mine === undefined || mine.held) return null;
    const family = familyOf(run);
    const same = [...line].filter(([, { key }]) => key === mine.key);
    const others = same.filter(([other]) => !family.has(other));
    const keeper = others.find(([, { held }]) => held);
    if (keeper !== undefined) return keeper[0];
    if (same.some(([other, { held }]) => held && family.has(other))) return null;
    const place = same.findIndex(([other]) => other === run);
    return same.slice(0, place).find(([other]) => !family.has(other) && isDriven(other))?.[0] ?? null;
  }

  function loads(): ReadonlyMap<string, number> {
    const loads = new Map<string, number>();
    for (const { owner } of [...owned.values()].flat()) loads.set(owner, (loads.get(owner) ?? 0) + 1);
    return loads;
  }

  return {
    locks: {
      take(run) {
        if (obstacleOf(run) !== null) return false;
        const mine = line.get(run);
        if (mine !== undefined) mine.held = true;
        return true;
      },
      holderOf: obstacleOf,
    },
    triggers: {
      mark: (trigger) => marks.get(trigger) ?? null,
      keep: (trigger, mark) => void marks.set(trigger, mark),
    },
    tasks: {
      loads,
      give(run, activation, members) {
        const others = (owned.get(run) ?? []).filter((task) => task.activation !== activation);
        owned.set(run, others);
        const owner = leastLoaded(members, loads());
        owned.set(run, [...others, { activation, owner }]);
        return owner;
      },
      turn(group) {
        const turn = turns.get(group) ?? 0;
        turns.set(group, turn + 1);
        return turn;
      },
    },
    queue: (run, key) => void line.set(run, { key, held: false }),
    leave(run) {
      if (line.delete(run)) changed();
      owned.delete(run);
    },
    own: (run, tasks) => void owned.set(run, tasks),
  };
}
