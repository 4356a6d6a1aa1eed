/** What runs share besides events: locks, the order of triggers, and who has how many tasks. */

/** Locks: a run of a workflow with `lock` goes on only while it has its key (section 2 of the language). */
export interface Locks {
  /**
   * Takes the key that `run` was created with. False while another run has it, or an earlier one that a process drives
   * waits for it. A run that its parent, or a parent of that, keeps the key for has it, too. The key is free again in the
   * commit that ends the run.
   */
  take(run: string): boolean;
  /** The run that has the key of `run`, or the first that waits for it; null when there is none or it is `run` itself. */
  holderOf(run: string): string | null;
}

/** How far a trigger has come, kept so that it fires once for each tick and event. */
export interface TriggerMark {
  /** When it was first seen; milliseconds. */
  readonly since: number;
  /** The latest tick that it fired for; milliseconds. */
  readonly tick: number | null;
  /** The number of the latest event that it has dealt with. */
  readonly event: number;
}

export interface Triggers {
  mark(trigger: string): TriggerMark | null;
  keep(trigger: string, mark: TriggerMark): void;
}

/** A task that somebody has. */
export interface OwnedTask {
  readonly activation: number;
  readonly owner: string;
}

export interface Tasks {
  /** How many tasks of unfinished runs each person has. */
  loads(): ReadonlyMap<string, number>;
  /**
   * Gives a task of `run` to who of `members` (at least one) has the fewest, the first named of several. It counts from now
   * on: others may ask before the run has committed who has it.
   */
  give(run: string, activation: number, members: readonly string[]): string;
  /** Counts the assignments in turn of a group of people: 0 the first time. */
  turn(group: string): number;
}

/** Who of `members` has the fewest tasks, the first named of several. */
export function leastLoaded(members: readonly string[], loads: ReadonlyMap<string, number>): string {
  const load = (member: string) => loads.get(member) ?? 0;
  return members.reduce((least, member) => (load(member) < load(least) ? member : least));
}
