/**
 * What a run has decided and not committed yet: records, commands, and what was answered by them.
 *
 * 1. Records are applied to the run's state when they are decided, and committed in that order.
 * 2. Commands are given out only when the records that announce them are committed.
 * 3. Whoever waits for an answer gets it after the commit, or the fault that kept it from being made.
 */
import type { Plan } from '../language/index.ts';
import type { Clock } from './clock.ts';
import type { Commits, PendingCommit } from './commits.ts';
import type { Errand, Errands } from './errands.ts';
import type { NewEvent } from './journal/bus.ts';
import type { Append, Journal, Lease } from './journal/journal.ts';
import { ENDED, apply, statusAmong, statusOf } from './machine/index.ts';
import type { Command, Decision, RecordBody, RunRecord, RunState, RunStatus } from './machine/index.ts';
import type { Observer, RunView } from './observe.ts';
import { publishedBy } from './publishing.ts';

/** A stimulus with what is to be told or taken away when it was decided and committed. */
export interface Incoming extends Errand {
  /** The message of the journal that it came by. */
  readonly message?: number;
  readonly done?: (refused: string | null) => void;
  readonly failed?: (fault: Error) => void;
}

export interface DraftOptions {
  readonly plan: Plan;
  readonly state: RunState;
  readonly journal: Journal;
  readonly lease: Lease;
  readonly commits: Commits;
  /** Commands of decisions that are already committed. */
  readonly commands?: readonly Command[];
  readonly clock: Clock;
  readonly observer: Observer | null;
  /** The outermost run above this one, or itself: events of a virtual clock stay in its family. */
  readonly family: string;
  /** Called after a commit that published events. */
  readonly published: () => void;
  /** Called after a commit that changed the run's status, and whenever the run has come to rest. */
  readonly changed: () => void;
  /** Whether a child run only waits, be it for a person to see to it. */
  readonly rests: (child: string) => boolean;
}

export interface Draft {
  /** The status at the latest commit. */
  readonly status: RunStatus;
  /** Whether the run's end is committed and its lease given back. */
  readonly isOver: boolean;
  /** Takes over what was decided for `incoming`; true when it must be committed before anything else is decided. */
  add(incoming: Incoming, decision: Decision, now: number): boolean;
  /** Commits what was decided, if anything was; gives a promise when that has to wait. Raises or rejects with a JournalError. */
  commit(): Promise<void> | null;
  /** Commands whose records are committed; each is given out once. */
  commands(): readonly Command[];
  /** Commits nothing any more, and answers those who still wait with `why`, or that the run is not driven any more. */
  drop(why: Error | null): void;
  /** Gives the lease back, as far as it was not given back with the run's end. Raises or rejects with a JournalError. */
  release(): Promise<void> | null;
}

/** The most records of one commit. */
const COMMIT_LIMIT = 256;

const NONE: readonly Command[] = [];

export function createDraft(options: DraftOptions, view: RunView, errands: Errands): Draft {
  const { plan, state, lease, commits, observer } = options;
  const family = options.clock.kind === 'virtual' ? options.family : null;

  let records: RunRecord[] = [];
  let commands: Command[] = [...(options.commands ?? [])];
  let delivered: number[] = [];
  let received: number[] = [];
  let published: NewEvent[] = [];
  const answered: { readonly incoming: Incoming; readonly refused: string | null }[] = [];
  let status: RunStatus = statusOf(plan, state);
  let pending: PendingCommit | null = null;
  let isOver = false;
  let before: RunStatus = status;

  function answerAll(): void {
    if (answered.length === 0) return;
    for (const { incoming, refused } of answered.splice(0)) incoming.done?.(refused);
  }

  /** What is to be committed now; the draft is empty afterwards. */
  function taken(): Append {
    const owned = errands.owned();
    // With its end a run gives its lease back, in the same commit.
    const release = ENDED.has(status);
    const append = { records, status, delivered, published, received, release, ...(owned && { owned }) };
    records = [];
    delivered = [];
    received = [];
    published = [];
    return append;
  }

  return {
    get status() {
      return status;
    },
    get isOver() {
      return isOver;
    },

    add(incoming, decision, now) {
      for (const body of decision.records) {
        const record = numbered(body, state.seq + 1, now);
        apply(state, record);
        records.push(record);
      }
      const events = publishedBy(plan, state, decision, family);
      if (events.length > 0) published.push(...events);
      for (const command of decision.commands) if (command.type !== 'publish') commands.push(command);
      if (incoming.event !== undefined) received.push(incoming.event.number);
      if (incoming.message !== undefined) delivered.push(incoming.message);
      const awaited = incoming.done !== undefined;
      if (awaited) answered.push({ incoming, refused: decision.refused });
      const effects = incoming.event !== undefined || decision.commands.some(({ type }) => type !== 'publish');
      return records.length >= COMMIT_LIMIT || effects || awaited;
    },

    commit() {
      before = status;
      status = statusAmong(plan, state, options.rests);
      const isChanged = status !== before;
      if (records.length === 0 && delivered.length === 0 && !isChanged) {
        answerAll();
        return null;
      }
      const append = taken();
      pending = commits.submit({
        lease,
        append,
        committed() {
          pending = null;
          isOver = append.release === true;
          observer?.committed?.(append.records, view);
          if (append.published?.length) options.published();
          if (isChanged) options.changed();
          answerAll();
        },
        failed() {
          pending = null;
          status = before;
        },
      });
      return pending?.settled ?? null;
    },

    commands() {
      if (commands.length === 0) return NONE;
      const all = commands;
      commands = [];
      return all;
    },

    drop(why) {
      // What is on the disk already is about to answer for itself.
      if (pending !== null && !pending.withdraw()) return;
      if (pending !== null) status = before;
      pending = null;
      for (const { incoming } of answered.splice(0)) refuse(incoming, state.run, why);
    },

    release() {
      return isOver ? null : commits.giveBack(lease);
    },
  };
}

/** The decision's own object becomes the record: a copy of each would cost more than to decide it. */
function numbered(body: RecordBody, seq: number, at: number): RunRecord {
  const record: { seq?: number; at?: number } & RecordBody = body;
  record.seq = seq;
  record.at = at;
  return record as RunRecord;
}

/** Tells whoever waits for an answer that there will be none. */
export function refuse({ done, failed }: Incoming, run: string, why: Error | null): void {
  if (why === null) done?.(`The run ${run} is not driven any more.`);
  else failed?.(why);
}
