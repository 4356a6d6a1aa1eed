/** Locks, triggers and tasks in SQLite. */
import { leastLoaded } from './desk.ts';
import type { Locks, OwnedTask, Tasks, TriggerMark, Triggers } from './desk.ts';
import type { Access } from './sqlite-bus.ts';

/** What runs share, and the parts of it that stand in a run's own commits; `number` is that of the run in the file. */
export interface SqliteDesk {
  readonly locks: Locks;
  readonly triggers: Triggers;
  readonly tasks: Tasks;
  queue(number: number, key: string): void;
  /** Gives up what a run has that has ended. */
  leave(number: number): void;
  own(number: number, tasks: readonly OwnedTask[]): void;
}

interface LockRow {
  readonly number: number;
  readonly run: string;
  readonly held: number;
}

/** `isDriven` says whether a process drives the run of that number. */
export function deskOver(
  { db, guarded, transaction, changed }: Access,
  isDriven: (run: number) => boolean,
): SqliteDesk {
  const sql = {
    run: db.prepare('SELECT number, parent FROM runs WHERE run = ?'),
    queue: db.prepare('INSERT INTO locks (run, key, held) VALUES (?, ?, 0)'),
    lock: db.prepare('SELECT key, held FROM locks WHERE run = ?'),
    line: db.prepare(
      'SELECT number, runs.run, held FROM locks JOIN runs ON number = locks.run WHERE key = ? ORDER BY number',
    ),
    hold: db.prepare('UPDATE locks SET held = 1 WHERE run = ?'),
    unlock: db.prepare('DELETE FROM locks WHERE run = ?'),
    trigger: db.prepare('SELECT since, tick, event FROM triggers WHERE id = ?'),
    keepTrigger: db.prepare(
      `INSERT INTO triggers (id, since, tick, event) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET since = excluded.since, tick = excluded.tick, event = excluded.event`,
    ),
    loads: db.prepare('SELECT owner, count(*) AS count FROM owners GROUP BY owner'),
    own: db.prepare('INSERT INTO owners (run, activation, owner) VALUES (?, ?, ?)'),
    takeAway: db.prepare('DELETE FROM owners WHERE run = ? AND activation = ?'),
    disown: db.prepare('DELETE FROM owners WHERE run = ?'),
    turn: db.prepare(
      `INSERT INTO turns (people, count) VALUES (?, 1)
       ON CONFLICT (people) DO UPDATE SET count = count + 1 RETURNING count`,
    ),
  };

  /** The run and the runs above it, by name. */
  function familyOf(run: string): ReadonlySet<string> {
    const family = new Set<string>();
    for (let at: string | null = run; at !== null && !family.has(at);) {
      family.add(at);
      at = (sql.run.get(at) as { parent: string | null } | undefined)?.parent ?? null;
    }
    return family;
  }

  /** What stands in the way of `run`'s key. */
  function obstacleOf(
    run: string,
  ): { readonly number: number; readonly obstacle: LockRow | null; held: boolean } | null {
    const number = (sql.run.get(run) as { number: number } | undefined)?.number;
    const lock = number === undefined ? undefined : (sql.lock.get(number) as { key: string; held: number } | undefined);
    if (number === undefined || lock === undefined) return null;
    if (lock.held === 1) return { number, obstacle: null, held: true };
    const family = familyOf(run);
    const line = sql.line.all(lock.key) as unknown as LockRow[];
    const others = line.filter((row) => !family.has(row.run));
    const keeper = others.find((row) => row.held === 1);
    const inherited = line.some((row) => row.held === 1 && family.has(row.run));
    const before = inherited ? undefined : others.find((row) => row.number < number && isDriven(row.number));
    return { number, obstacle: keeper ?? before ?? null, held: false };
  }

  function loads(): ReadonlyMap<string, number> {
    const rows = sql.loads.all() as { owner: string; count: number }[];
    return new Map(rows.map(({ owner, count }) => [owner, count]));
  }

  return {
    locks: {
      take(run) {
        // Most looks find somebody in the way: those need no write.
        const seen = guarded(() => obstacleOf(run));
        if (seen === null || seen.held) return true;
        if (seen.obstacle !== null) return false;
        return transaction(() => {
          const now = obstacleOf(run);
          if (now !== null && now.obstacle !== null) return false;
          if (now !== null) sql.hold.run(now.number);
          return true;
        });
      },
      holderOf(run) {
        return guarded(() => obstacleOf(run)?.obstacle?.run ?? null);
      },
    },
    triggers: {
      mark(trigger) {
        return guarded(() => (sql.trigger.get(trigger) as TriggerMark | undefined) ?? null);
      },
      keep(trigger, { since, tick, event }) {
        guarded(() => sql.keepTrigger.run(trigger, since, tick, event));
      },
    },
    tasks: {
      loads: () => guarded(loads),
      give(run, activation, members) {
        return transaction(() => {
          const number = (sql.run.get(run) as { number: number } | undefined)?.number;
          // What a process had given before it ended counts no longer.
          if (number !== undefined) sql.takeAway.run(number, activation);
          const owner = leastLoaded(members, loads());
          if (number !== undefined) sql.own.run(number, activation, owner);
          return owner;
        });
      },
      turn(group) {
        return guarded(() => (sql.turn.get(group) as { count: number }).count - 1);
      },
    },
    queue(number, key) {
      sql.queue.run(number, key);
    },
    leave(number) {
      if (sql.unlock.run(number).changes > 0) changed();
      sql.disown.run(number);
    },
    own(number, tasks) {
      sql.disown.run(number);
      for (const { activation, owner } of tasks) sql.own.run(number, activation, owner);
    },
  };
}
