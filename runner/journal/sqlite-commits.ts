/**
 * The tables of commits: those of one run alone, and those that runs share.
 *
 * 1. A commit of one run is one row beside its others: a single write at the end of one tree.
 * 2. A commit that runs share is one row for each of them, one after the other: few pages, however many runs there are.
 *    Each names the run's shared commit before it, and only a small table with the latest of each run changes beside it.
 * 3. A row is inserted only if the lease's token is still the run's newest one.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { CommitRow } from './checksums.ts';
import { MIGRATIONS, RUN_SPAN } from './migrations.ts';

/** What a commit ends with: its last record, when that was, the checksum, and the run's latest shared commit, if any. */
export interface CommitEnd {
  readonly last: number;
  readonly at: number;
  readonly sum: string;
  readonly shared: number | null;
}

export interface CommitReader {
  /** The end of a run's latest commit; null when it has none. */
  end(number: number): CommitEnd | null;
  /** The commits with the records `from` to `to` in their order, and the end of what comes before them. */
  read(number: number, from: number, to: number): { readonly rows: CommitRow[]; readonly before: Link | null };
}

export interface SqliteCommits extends CommitReader {
  /** Inserts a commit of run `number`; gives its id among the shared ones, 0 for one that is not, null for a lost lease. */
  insert(
    number: number,
    token: number,
    row: CommitRow,
    share: { readonly before: number | null } | null,
  ): number | null;
}

interface Link {
  readonly last: number;
  readonly sum: string;
}

interface SharedRow extends CommitRow {
  id: number;
  before: number | null;
}

/** The first format of a journal that has shared commits. */
const SHARED_SINCE = 3;

/** Reads the commits of a journal, of whatever `format` it is. */
export function commitsIn(db: DatabaseSync, format: number): CommitReader {
  const last = db.prepare('SELECT last, at, sum FROM commits WHERE id > ? AND id < ? ORDER BY id DESC LIMIT 1');
  const previous = db.prepare(
    'SELECT last, sum FROM commits WHERE id > ? AND id < ? AND last < ? ORDER BY id DESC LIMIT 1',
  );
  const rowsFrom = db.prepare(
    'SELECT id - ? AS first, last, at, sum, records FROM commits WHERE id > ? AND id <= ? AND last >= ? ORDER BY id',
  );
  const shared = format < SHARED_SINCE ? null : sharedIn(db);

  return {
    end(number) {
      const alone = last.get(number * RUN_SPAN, (number + 1) * RUN_SPAN) as Omit<CommitEnd, 'shared'> | undefined;
      const id = shared?.latest(number) ?? null;
      const common = id === null ? undefined : shared?.end(id);
      const latest = alone === undefined || (common !== undefined && common.last > alone.last) ? common : alone;
      return latest === undefined ? null : { last: latest.last, at: latest.at, sum: latest.sum, shared: id };
    },

    read(number, from, to) {
      const base = number * RUN_SPAN;
      const rows = rowsFrom.all(base, base, base + to, from) as unknown as CommitRow[];
      const before = (previous.get(base, base + from, from) as Link | undefined) ?? null;
      const common = shared?.read(number, from, to) ?? { rows: [], before: null };
      const earlier = common.before !== null && common.before.last > (before?.last ?? 0) ? common.before : before;
      if (common.rows.length === 0) return { rows, before: earlier };
      return { rows: [...rows, ...common.rows].sort((one, other) => one.first - other.first), before: earlier };
    },
  };
}

function sharedIn(db: DatabaseSync) {
  const ends = db.prepare('SELECT id FROM shared_ends WHERE run = ?');
  const links = db.prepare('SELECT id, first, last, at, sum, before FROM shared_commits WHERE id = ?');
  const records = db.prepare('SELECT first, last, at, sum, records FROM shared_commits WHERE id = ?');
  const latest = (number: number): number | null => (ends.get(number) as { id: number } | undefined)?.id ?? null;
  const linkOf = (id: number) => links.get(id) as Omit<SharedRow, 'records'> | undefined;
  return {
    latest,
    end: linkOf,
    /** The rows of a run with records `from` to `to`, and the one before them. */
    read(number: number, from: number, to: number): { rows: CommitRow[]; before: Link | null } {
      const rows: CommitRow[] = [];
      for (let id = latest(number); id !== null;) {
        const link = linkOf(id);
        // What was behind a row that is gone is missed when the records are checked.
        if (link === undefined) break;
        if (link.last < from) return { rows: rows.reverse(), before: link };
        if (link.first <= to) rows.push(records.get(id) as unknown as CommitRow);
        id = link.before;
      }
      return { rows: rows.reverse(), before: null };
    },
  };
}

/** The commits of a journal of the newest format. */
export function commitsOver(db: DatabaseSync): SqliteCommits {
  const leased = 'WHERE EXISTS (SELECT 1 FROM leases WHERE run = ? AND token = ?)';
  const alone = db.prepare(`INSERT INTO commits (id, last, at, sum, records) SELECT ?, ?, ?, ?, ? ${leased}`);
  const shared = db.prepare(
    `INSERT INTO shared_commits (run, first, last, at, before, sum, records) SELECT ?, ?, ?, ?, ?, ?, ? ${leased}`,
  );
  const moveEnd = db.prepare(
    'INSERT INTO shared_ends (run, id) VALUES (?, ?) ON CONFLICT (run) DO UPDATE SET id = excluded.id',
  );
  return {
    ...commitsIn(db, MIGRATIONS.length),
    insert(number, token, { first, last, at, sum, records }, share) {
      if (share === null) {
        const { changes } = alone.run(number * RUN_SPAN + first, last, at, sum, records, number, token);
        return changes === 0 ? null : 0;
      }
      const { changes, lastInsertRowid } = shared.run(
        number,
        first,
        last,
        at,
        share.before,
        sum,
        records,
        number,
        token,
      );
      if (changes === 0) return null;
      const id = Number(lastInsertRowid);
      moveEnd.run(number, id);
      return id;
    },
  };
}
