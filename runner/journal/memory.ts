/** A journal in memory, for scenarios and tests: the same promises as the one in SQLite, but for the disk. */
import type { RunRecord } from '../machine/record.ts';
import type { RunStatus } from '../machine/state.ts';
import { isDead } from './holders.ts';
import { JournalError } from './journal.ts';
import type { Append, Holder, Journal, KeptEvent, Lease, Message, NewRun, RunSummary } from './journal.ts';

interface MemoryRun {
  readonly about: NewRun;
  status: RunStatus;
  readonly records: RunRecord[];
  token: number;
  holder: Holder | null;
  until: number;
}

/** A new, empty journal. Several hosts of one process may share it. */
export function memoryJournal(): Journal {
  const runs = new Map<string, MemoryRun>();
  const texts = new Map<string, string>();
  const events = new Map<string, KeptEvent>();
  let messages: Message[] = [];
  let lastMessage = 0;
  let version = 0;

  function held(lease: Lease): MemoryRun {
    const run = runs.get(lease.run);
    if (run === undefined || run.token !== lease.token) {
      throw new JournalError(
        'lease-lost',
        `Run ${lease.run} was taken over by another process; this one goes no further.`,
      );
    }
    return run;
  }

  function grant(run: MemoryRun, holder: Holder, ttl: number): Lease {
    run.token++;
    run.holder = holder;
    run.until = Date.now() + ttl;
    return { run: run.about.run, holder, token: run.token, until: run.until };
  }

  function add(run: MemoryRun, append: Append): void {
    const first = append.records[0];
    if (first !== undefined && first.seq !== run.records.length + 1) {
      const gap = `was to go on with record ${first.seq} after record ${run.records.length}`;
      throw new JournalError('journal-damaged', `The journal in memory is damaged: run ${run.about.run} ${gap}.`);
    }
    for (const record of append.records) run.records.push(record);
    run.status = append.status;
    if (append.delivered?.length) messages = messages.filter(({ id }) => !append.delivered?.includes(id));
    for (const event of append.published ?? []) {
      if (events.has(event.id)) continue;
      const at = append.records[append.records.length - 1]?.at ?? Date.now();
      events.set(event.id, { ...event, number: events.size + 1, run: run.about.run, at });
    }
  }

  function summaryOf(run: MemoryRun): RunSummary {
    const last = run.records[run.records.length - 1];
    return { ...run.about, status: run.status, updatedAt: last?.at ?? run.about.startedAt, seq: run.records.length };
  }

  return {
    create(about, kept, holder, ttl, begin) {
      if (runs.has(about.run)) return 'exists';
      const run: MemoryRun = { about, status: 'running', records: [], token: 0, holder: null, until: 0 };
      if (begin !== undefined) add(run, begin);
      for (const [hash, text] of kept) texts.set(hash, text);
      runs.set(about.run, run);
      return grant(run, holder, ttl);
    },
    append(lease, append) {
      add(held(lease), append);
    },
    read(run, from = 1, to = Infinity) {
      return runs.get(run)?.records.slice(Math.max(0, from - 1), Math.max(0, to)) ?? [];
    },
    summary(run) {
      const found = runs.get(run);
      return found === undefined ? null : summaryOf(found);
    },
    list(filter = {}) {
      return [...runs.values()]
        .map(summaryOf)
        .filter(
          (run) =>
            (filter.status === undefined || run.status === filter.status) &&
            (filter.workflow === undefined || run.workflow === filter.workflow) &&
            (filter.parent === undefined || run.parent === filter.parent),
        );
    },
    text(hash) {
      return texts.get(hash) ?? null;
    },
    acquire(id, holder, ttl) {
      const run = runs.get(id);
      if (run === undefined) throw new JournalError('journal-unreadable', `The journal in memory has no run ${id}.`);
      const free = run.holder === null || run.holder.id === holder.id || run.until <= Date.now() || isDead(run.holder);
      if (run.holder !== null && !free) return { heldBy: run.holder };
      return grant(run, holder, ttl);
    },
    renew(lease, ttl) {
      const run = runs.get(lease.run);
      if (run === undefined || run.token !== lease.token) return false;
      run.until = Date.now() + ttl;
      return true;
    },
    release(lease) {
      const run = runs.get(lease.run);
      if (run === undefined || run.token !== lease.token) return;
      run.holder = null;
      run.until = 0;
    },
    holder(id) {
      const run = runs.get(id);
      if (run === undefined || run.holder === null || run.until <= Date.now() || isDead(run.holder)) return null;
      return run.holder;
    },
    post(run, stimulus) {
      messages.push({ id: ++lastMessage, run, at: Date.now(), stimulus });
      version++;
      return lastMessage;
    },
    inbox(run) {
      return messages.filter((message) => message.run === run);
    },
    events(after = 0) {
      return [...events.values()].filter(({ number }) => number > after);
    },
    version() {
      return version;
    },
    close() {
      version++;
    },
  };
}
