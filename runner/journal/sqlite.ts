/**
 * The journal in one SQLite file.
 *
 * 1. A commit is a row: its records as JSON, inserted only if the lease's token is still the run's newest one. With WAL
 *    and synchronous=FULL it is on the disk when the statement, or the transaction around several, returns.
 * 2. Whatever belongs to a commit (a changed status, delivered messages, published events) is in the same transaction.
 *    So are commits that several runs share; one that may not write is left out before anything of it is written.
 * 3. Each row holds a checksum over its records and the checksum of the run's row before it; reading checks them, and
 *    the numbers of the records for gaps, so that damage is named instead of executed.
 *
 * The file is longer than most because every statement on runs and their leases stands in one closure over the
 * connection; commits, the bus and what runs share are in files of their own.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { RunRecord } from '../machine/record.ts';
import { ENDED } from '../machine/state.ts';
import type { RunStatus } from '../machine/state.ts';
import type { StimulusBody } from '../machine/stimulus.ts';
import { chained, checked } from './checksums.ts';
import { damaged, journalError } from './faults.ts';
import { JournalError } from './journal.ts';
import type { Append, Holder, Journal, Lease, Message, NewRun, RunFilter, RunSummary } from './journal.ts';
import { createLeaseWatch, sinceStart } from './lease-watch.ts';
import type { KeptLease } from './lease-watch.ts';
import { MIGRATIONS, RUN_SPAN } from './migrations.ts';
import { databaseToRead } from './read-only.ts';
import { busOver } from './sqlite-bus.ts';
import { commitsOver } from './sqlite-commits.ts';
import { deskOver } from './sqlite-desk.ts';

export interface OpenOptions {
  /** The file may grow to this many pages of 4096 bytes; past it the journal is full. */
  readonly maxPages?: number;
  /** How long to wait for another process's lock, in milliseconds. */
  readonly busyTimeout?: number;
  /** Only look into it: nothing is made, brought up to date or written. */
  readonly readOnly?: boolean;
}

/** Where a run's records end: with which one, the checksum up to it, and the run's latest shared commit. */
interface End {
  readonly seq: number;
  readonly sum: string;
  readonly shared: number | null;
}

/** Where a run's next commit goes: its number in the file, and the end of what is committed. */
interface Tail {
  readonly number: number;
  seq: number;
  sum: string;
  shared: number | null;
  status: RunStatus;
}

interface RunRow {
  number: number;
  run: string;
  workflow: string;
  version: string;
  file: string;
  hash: string;
  resources: string | null;
  status: RunStatus;
  started_at: number;
  parent: string | null;
}

/**
 * Opens the journal in `file` and creates it, with its folder, if there is none. Raises a JournalError when the file
 * cannot be used, is no journal, or was written by a newer Backstep.
 */
export function openJournal(file: string, options: OpenOptions = {}): Journal {
  let db: DatabaseSync | undefined;
  try {
    if (options.readOnly === true) {
      db = databaseToRead(file, options.busyTimeout ?? 5000);
      if (versionOf(db) > MIGRATIONS.length) throw newer(file);
      if (versionOf(db) < MIGRATIONS.length) throw older(file);
      return journalOver(db, file);
    }
    makeFolder(dirname(file));
    db = new DatabaseSync(file, { timeout: options.busyTimeout ?? 5000, enableForeignKeyConstraints: true });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
    migrate(db, file);
    return journalOver(db, file);
  } catch (error) {
    db?.close();
    throw journalError(error, file);
  }
}

/** The folder `.backstep` keeps itself out of version control. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  // One by one: where a folder cannot be made at all, as in /proc, Node's own recursion tries for ever.
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (basename(folder) === '.backstep') writeFileSync(join(folder, '.gitignore'), '*\n');
}

function versionOf(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

function migrate(db: DatabaseSync, file: string): void {
  const version = () => versionOf(db);
  if (version() > MIGRATIONS.length) throw newer(file);
  if (version() === MIGRATIONS.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have migrated the file while this one waited for the lock.
    for (let next = version(); next < MIGRATIONS.length; next++) {
      db.exec(MIGRATIONS[next] ?? '');
      db.exec(`PRAGMA user_version = ${next + 1}`);
    }
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function older(file: string): JournalError {
  return new JournalError(
    'journal-read-only',
    `The journal ${file} was written by an older Backstep and may not be brought up to date. Make the file and its folder writable, or copy it.`,
  );
}

function newer(file: string): JournalError {
  return new JournalError(
    'journal-newer',
    `The journal ${file} was written by a newer Backstep. Update Backstep, or name another file with --journal.`,
  );
}

function journalOver(db: DatabaseSync, file: string): Journal {
  const prepare = (sql: string): StatementSync => db.prepare(sql);
  const sql = {
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    rollback: prepare('ROLLBACK'),
    insertText: prepare('INSERT INTO texts (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    text: prepare('SELECT text FROM texts WHERE hash = ?'),
    insertRun: prepare(
      `INSERT INTO runs (run, workflow, version, file, hash, resources, status, started_at, parent)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (run) DO NOTHING`,
    ),
    run: prepare('SELECT * FROM runs WHERE run = ?'),
    runs: prepare('SELECT * FROM runs ORDER BY number'),
    runsOfParent: prepare('SELECT * FROM runs WHERE parent = ? ORDER BY number'),
    setStatus: prepare('UPDATE runs SET status = ? WHERE number = ?'),
    bind: prepare('UPDATE runs SET version = ?, file = ?, hash = ?, resources = ? WHERE number = ?'),
    lease: prepare('SELECT token, holder, until FROM leases WHERE run = ?'),
    setLease: prepare(
      `INSERT INTO leases (run, token, holder, until) VALUES (?, ?, ?, ?)
       ON CONFLICT (run) DO UPDATE SET token = excluded.token, holder = excluded.holder, until = excluded.until`,
    ),
    renew: prepare(`UPDATE leases SET until = ?, holder = json_set(holder, '$.ends', ?) WHERE run = ? AND token = ?`),
    release: prepare('UPDATE leases SET holder = NULL, until = 0 WHERE run = ? AND token = ?'),
    post: prepare('INSERT INTO messages (run, at, stimulus) VALUES (?, ?, ?)'),
    inbox: prepare('SELECT id, run, at, stimulus FROM messages WHERE run = ? ORDER BY id'),
    messages: prepare('SELECT id, run, at, stimulus FROM messages ORDER BY id'),
    deliver: prepare('DELETE FROM messages WHERE id = ?'),
    version: prepare('PRAGMA data_version'),
  };
  const tails = new Map<string, Tail>();
  /** Changes of this connection that other hosts of the process have to see. */
  let ownChanges = 0;
  /** Whether a transaction is open that several share: what is done then is a part of it, and its faults are, too. */
  let isTogether = false;
  const access = { db, guarded, transaction, changed: () => void ownChanges++ };
  const commits = commitsOver(db);
  const watch = createLeaseWatch();
  const { bus, ...busCommits } = busOver(access);
  const { locks, triggers, tasks, ...deskCommits } = deskOver(access, (number) =>
    watch.holds(number, lastHolder(number)),
  );

  /** Runs `work` and gives its faults as the journal's own. */
  function guarded<T>(work: () => T): T {
    if (isTogether) return work();
    try {
      return work();
    } catch (error) {
      throw journalError(error, file);
    }
  }

  function transaction<T>(work: () => T): T {
    if (isTogether) return work();
    return guarded(() => {
      sql.begin.run();
      try {
        const result = work();
        sql.commit.run();
        return result;
      } catch (error) {
        // SQLite has already rolled back after some faults, a full disk among them.
        if (db.isTransaction) sql.rollback.run();
        throw error;
      }
    });
  }

  const runRow = (run: string) => sql.run.get(run) as RunRow | undefined;

  /** Read once, and then kept as this connection appends. */
  function tailOf(row: RunRow): Tail {
    const { last = 0, sum = '', shared = null } = commits.end(row.number) ?? {};
    return { number: row.number, seq: last, sum, shared, status: row.status };
  }

  function summaryOf(row: RunRow): RunSummary {
    const end = commits.end(row.number);
    const { run, workflow, version, hash, resources, status, parent } = row;
    return {
      ...{ run, workflow, version, file: row.file, hash, resources, status, parent },
      startedAt: row.started_at,
      updatedAt: end?.at ?? row.started_at,
      seq: end?.last ?? 0,
    };
  }

  function lost(run: string): JournalError {
    return new JournalError('lease-lost', `Run ${run} was taken over by another process; this one goes no further.`);
  }

  function insertCommit(tail: Tail, lease: Lease, records: readonly RunRecord[], isShared: boolean): End {
    const first = records[0];
    const last = records[records.length - 1];
    if (first === undefined || last === undefined) return tail;
    if (first.seq !== tail.seq + 1) {
      // The one who took the run over may have written on, or this connection has let the run go.
      if (!isLatest(tail.number, lease.token)) throw lost(lease.run);
      throw damaged(file, `run ${lease.run} was to go on with record ${first.seq} after record ${tail.seq}`);
    }
    const json = JSON.stringify(records);
    const sum = chained(tail.sum, json);
    const row = { first: first.seq, last: last.seq, at: last.at, sum, records: json };
    const shared = commits.insert(tail.number, lease.token, row, isShared ? { before: tail.shared } : null);
    if (shared === null) throw lost(lease.run);
    return { seq: last.seq, sum, shared: isShared ? shared : tail.shared };
  }

  /** Where the next commit of a run goes. Raises `lease-lost` when there is no such run. */
  function tailFor({ run }: Lease): Tail {
    const known = tails.get(run);
    if (known !== undefined) return known;
    const row = runRow(run);
    if (row === undefined) throw lost(run);
    return tailOf(row);
  }

  /** Writes a commit in the transaction that is open; what keeps the run from writing is raised before anything is written. */
  function write(tail: Tail, lease: Lease, append: Append, isShared = false): End {
    if (append.records.length === 0 && !isLatest(tail.number, lease.token)) throw lost(lease.run);
    const end = insertCommit(tail, lease, append.records, isShared);
    for (const id of append.delivered ?? []) sql.deliver.run(id);
    if (append.published?.length) busCommits.publish(append.published);
    if (append.received?.length) busCommits.deliver(append.received, lease.run);
    if (append.owned !== undefined) deskCommits.own(tail.number, append.owned);
    if (append.bound !== undefined) bind(tail.number, append.bound);
    if (append.status !== null && append.status !== tail.status) {
      sql.setStatus.run(append.status, tail.number);
      if (ENDED.has(append.status)) deskCommits.leave(tail.number);
    }
    if (append.release === true) sql.release.run(tail.number, lease.token);
    return end;
  }

  /** Only what was committed moves the tail. */
  function move(tail: Tail, lease: Lease, append: Append, end: End): void {
    tail.seq = end.seq;
    tail.sum = end.sum;
    tail.shared = end.shared;
    tail.status = append.status ?? tail.status;
    if (append.release === true) tails.delete(lease.run);
    else tails.set(lease.run, tail);
  }

  function bind(number: number, { version, file: path, hash, resources, texts }: NonNullable<Append['bound']>): void {
    for (const [key, text] of texts) sql.insertText.run(key, text);
    sql.bind.run(version, path, hash, resources, number);
  }

  function isLatest(number: number, token: number): boolean {
    return (sql.lease.get(number) as { token: number } | undefined)?.token === token;
  }

  function lastHolder(number: number): KeptLease {
    const row = sql.lease.get(number) as { token: number; holder: string | null; until: number } | undefined;
    if (row === undefined) return { token: 0, holder: null, until: 0 };
    if (row.holder === null) return { ...row, holder: null };
    const { ends, ...holder } = JSON.parse(row.holder) as Holder & Pick<KeptLease, 'ends'>;
    return { ...row, holder, ends };
  }

  function grant(number: number, run: string, token: number, holder: Holder, ttl: number): Lease {
    const until = Date.now() + ttl;
    sql.setLease.run(number, token, JSON.stringify({ ...holder, ends: sinceStart(false) + ttl }), until);
    return { run, holder, token, until };
  }

  return {
    create(run, texts, holder, ttl, begin) {
      return transaction(() => {
        for (const [hash, text] of texts) sql.insertText.run(hash, text);
        const { changes, lastInsertRowid } = sql.insertRun.run(...columnsOf(run, begin?.status ?? 'running'));
        if (changes === 0) return 'exists';
        const number = Number(lastInsertRowid);
        const lease = grant(number, run.run, 1, holder, ttl);
        if (run.lock != null) deskCommits.queue(number, run.lock);
        const tail: Tail = { number, seq: 0, sum: '', shared: null, status: begin?.status ?? 'running' };
        if (begin !== undefined) Object.assign(tail, write(tail, lease, begin));
        tails.set(run.run, tail);
        return lease;
      });
    },

    append(lease, append) {
      const tail = guarded(() => tailFor(lease));
      const end = isPlain(append, tail)
        ? guarded(() => insertCommit(tail, lease, append.records, false))
        : transaction(() => write(tail, lease, append));
      move(tail, lease, append, end);
    },

    appendAll(all) {
      const written = transaction(() =>
        all.map(({ lease, append }) => {
          try {
            const tail = tailFor(lease);
            return { tail, lease, append, end: write(tail, lease, append, all.length > 1) };
          } catch (error) {
            // Why this run may not write, raised before anything of it was written; a fault of SQLite takes all with it.
            if (error instanceof JournalError) return error;
            throw error;
          }
        }),
      );
      return written.map((each) => {
        if (each instanceof JournalError) return each;
        move(each.tail, each.lease, each.append, each.end);
        return null;
      });
    },

    together(work) {
      try {
        transaction(() => {
          isTogether = true;
          try {
            work();
          } finally {
            isTogether = false;
          }
        });
      } catch (error) {
        // What was thought to be committed is not: where each run's commits end is read again.
        tails.clear();
        throw error;
      }
    },

    read(run, from = 1, to = RUN_SPAN - 1) {
      return guarded(() => {
        const row = runRow(run);
        if (row === undefined || to < from) return [];
        const { rows, before } = commits.read(row.number, from, to);
        const records = checked(rows, { seq: before?.last ?? 0, sum: before?.sum ?? '' }, run, file);
        return records.filter((record) => record.seq >= from && record.seq <= to);
      });
    },

    summary(run) {
      return guarded(() => {
        const row = runRow(run);
        return row === undefined ? null : summaryOf(row);
      });
    },

    list(filter = {}) {
      return guarded(() => {
        const rows = (filter.parent === undefined
          ? sql.runs.all()
          : sql.runsOfParent.all(filter.parent)) as unknown as RunRow[];
        return rows.filter((row) => fits(row, filter)).map(summaryOf);
      });
    },

    text(hash) {
      return guarded(() => (sql.text.get(hash) as { text: string } | undefined)?.text ?? null);
    },

    acquire(run, holder, ttl) {
      return transaction(() => {
        const row = runRow(run);
        if (row === undefined) throw new JournalError('journal-unreadable', `The journal ${file} has no run ${run}.`);
        const last = lastHolder(row.number);
        const free = last.holder?.id === holder.id || !watch.holds(row.number, last);
        if (last.holder !== null && !free) return { heldBy: last.holder };
        tails.set(run, tailOf(row));
        return grant(row.number, run, last.token + 1, holder, ttl);
      });
    },

    renew(leases, ttl) {
      const until = Date.now() + ttl;
      const ends = sinceStart(true) + ttl;
      return transaction(() =>
        leases.filter(({ run, token }) => {
          const number = tails.get(run)?.number ?? runRow(run)?.number;
          return number === undefined || sql.renew.run(until, ends, number, token).changes === 0;
        }),
      );
    },

    release(lease) {
      guarded(() => {
        const number = tails.get(lease.run)?.number ?? runRow(lease.run)?.number;
        if (number !== undefined) sql.release.run(number, lease.token);
        tails.delete(lease.run);
      });
    },

    holder(run) {
      return guarded(() => {
        const row = runRow(run);
        if (row === undefined) return null;
        const last = lastHolder(row.number);
        return watch.holds(row.number, last) ? last.holder : null;
      });
    },

    post(run, stimulus) {
      return guarded(() => {
        const { lastInsertRowid } = sql.post.run(run, Date.now(), JSON.stringify(stimulus));
        ownChanges++;
        return Number(lastInsertRowid);
      });
    },

    inbox(run) {
      return guarded(() => {
        const rows = (run === undefined ? sql.messages.all() : sql.inbox.all(run)) as unknown as (Omit<
          Message,
          'stimulus'
        > & { stimulus: string })[];
        return rows.map((row) => ({ ...row, stimulus: JSON.parse(row.stimulus) as StimulusBody }));
      });
    },

    bus,
    locks,
    triggers,
    tasks,

    version() {
      return guarded(() => (sql.version.get() as { data_version: number }).data_version + ownChanges);
    },

    close() {
      if (db.isOpen) guarded(() => db.close());
    },
  };
}

/** Whether a commit is nothing but records, so that one statement is enough for it. */
function isPlain(append: Append, tail: Tail): boolean {
  return (
    append.records.length > 0 &&
    append.status === tail.status &&
    !append.delivered?.length &&
    !append.published?.length &&
    !append.received?.length &&
    append.owned === undefined &&
    append.bound === undefined &&
    append.release !== true
  );
}

function columnsOf(run: NewRun, status: RunStatus): (string | number | null)[] {
  return [run.run, run.workflow, run.version, run.file, run.hash, run.resources, status, run.startedAt, run.parent];
}

function fits(row: RunRow, filter: RunFilter): boolean {
  if (filter.status !== undefined && row.status !== filter.status) return false;
  return filter.workflow === undefined || row.workflow === filter.workflow;
}
