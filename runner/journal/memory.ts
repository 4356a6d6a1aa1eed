/** A journal in memory, for scenarios and tests: the same promises as the one in SQLite, but for the disk. */
import type { RunRecord } from '../machine/record.ts';
import { ENDED } from '../machine/state.ts';
import type { RunStatus } from '../machine/state.ts';
import { JournalError } from './journal.ts';
import type { Append, Holder, Journal, Lease, Message, NewRun, RunSummary } from './journal.ts';
import { createLeaseWatch } from './lease-watch.ts';
import { memoryBus } from './memory-bus.ts';
import { memoryDesk } from './memory-desk.ts';

interface MemoryRun {
  about: NewRun;
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
  let messages: Message[] = [];
  let lastMessage = 0;
  let version = 0;
  const watch = createLeaseWatch();
  const changed = () => void version++;
  const { bus, ...busCommits } = memoryBus(changed);
  const { locks, triggers, tasks, ...deskCommits } = memoryDesk({
    parentOf: (run) => runs.get(run)?.about.parent ?? null,
    isDriven: (run) => holderOf(run) !== null,
    changed,
  });

  function holderOf(id: string): Holder | null {
    const run = runs.get(id);
    if (run === undefined || !watch.holds(id, run)) return null;
    return run.holder;
  }

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
    if (append.delivered?.length) messages = messages.filter(({ id }) => !append.delivered?.includes(id));
    busCommits.publish(append.published ?? []);
    busCommits.deliver(append.received ?? [], run.about.run);
    if (append.owned !== undefined) deskCommits.own(run.about.run, append.owned);
    if (append.bound !== undefined) {
      const { texts: kept, ...text } = append.bound;
      for (const [hash, content] of kept) texts.set(hash, content);
      run.about = { ...run.about, ...text };
    }
    if (append.release === true) release(run);
    if (append.status === null || append.status === run.status) return;
    run.status = append.status;
    if (ENDED.has(run.status)) deskCommits.leave(run.about.run);
  }

  function release(run: MemoryRun): void {
    run.holder = null;
    run.until = 0;
  }

  function summaryOf(run: MemoryRun): RunSummary {
    const last = run.records[run.records.length - 1];
    const { lock: _, ...about } = run.about;
    return { ...about, status: run.status, updatedAt: last?.at ?? about.startedAt, seq: run.records.length };
  }

  return {
    create(about, kept, holder, ttl, begin) {
      if (runs.has(about.run)) return 'exists';
      const run: MemoryRun = { about, status: 'running', records: [], token: 0, holder: null, until: 0 };
      if (about.lock != null) deskCommits.queue(about.run, about.lock);
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
      const free = run.holder?.id === holder.id || holderOf(id) === null;
      if (run.holder !== null && !free) return { heldBy: run.holder };
      return grant(run, holder, ttl);
    },
    renew(leases, ttl) {
      return leases.filter((lease) => {
        const run = runs.get(lease.run);
        if (run === undefined || run.token !== lease.token) return true;
        run.until = Date.now() + ttl;
        return false;
      });
    },
    release(lease) {
      const run = runs.get(lease.run);
      if (run !== undefined && run.token === lease.token) release(run);
    },
    holder: holderOf,
    post(run, stimulus) {
      messages.push({ id: ++lastMessage, run, at: Date.now(), stimulus });
      version++;
      return lastMessage;
    },
    inbox(run) {
      return run === undefined ? messages : messages.filter((message) => message.run === run);
    },
    bus,
    locks,
    triggers,
    tasks,
    version() {
      return version;
    },
    close() {
      version++;
    },
  };
}
