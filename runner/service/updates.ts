/**
 * A run's records as server-sent events: those that are there, then each as it is committed, until the run has ended.
 *
 * 1. The id of an event says what the client has seen: the number of a record, and at the end that number with `.end`. A
 *    client that comes again with it misses nothing and is told nothing twice.
 * 2. No fault of the journal breaks the stream off without a word: it is an event `problem`.
 */
import type { JsonObject } from '../../language/index.ts';
import type { Journal } from '../journal/journal.ts';
import { ENDED } from '../machine/index.ts';
import { summaryView } from './views.ts';

/** Wakes those who follow runs. */
export interface Followers {
  /** Something of `run` was committed here; or, without a run, of any run elsewhere. */
  wake(run?: string): void;
  /** Resolves at the next `wake` for `run`, after `ms` milliseconds, or when `signal` is aborted. */
  next(run: string, ms: number, signal: AbortSignal): Promise<'woken' | 'quiet'>;
}

export function createFollowers(): Followers {
  const waiting = new Map<string, Set<() => void>>();
  return {
    wake(run) {
      const runs = run === undefined ? [...waiting.keys()] : [run];
      for (const each of runs) for (const resolve of [...(waiting.get(each) ?? [])]) resolve();
    },
    next(run, ms, signal) {
      if (signal.aborted) return Promise.resolve('quiet');
      return new Promise((resolve) => {
        const end = (how: 'woken' | 'quiet') => {
          const left = waiting.get(run);
          left?.delete(wake);
          if (left?.size === 0) waiting.delete(run);
          clearTimeout(timer);
          signal.removeEventListener('abort', aborted);
          resolve(how);
        };
        const wake = () => end('woken');
        const aborted = () => end('quiet');
        const timer = setTimeout(() => end('quiet'), ms);
        signal.addEventListener('abort', aborted);
        waiting.set(run, (waiting.get(run) ?? new Set()).add(wake));
      });
    },
  };
}

/** Milliseconds of quiet after which a comment keeps the connection alive. */
const QUIET = 15_000;

/** Records that are read at once. */
const PAGE = 500;

/** Milliseconds after which a client whose connection broke shall come again. */
const RETRY = 1000;

/** What a client has seen of a run. */
export interface Seen {
  /** The number of the last record; 0 for none. */
  readonly seq: number;
  /** Whether that was the end, as far as it knows. */
  readonly ended: boolean;
}

/** What the id of the last event says, or `after` where there is none; null for something that is no such id. */
export function lastSeen(id: string | undefined, after: number): Seen | null {
  if (id === undefined || id === '') return { seq: after, ended: false };
  const match = /^(\d{1,15})(\.end)?$/.exec(id);
  return match === null ? null : { seq: Number(match[1]), ended: match[2] !== undefined };
}

/**
 * The stream from the record after `last` on; each record is an event `record` whose id is its number, the end is `end`.
 * `problemOf` makes of a fault what the client is told.
 */
export function updatesOf(
  journal: Journal,
  run: string,
  last: number,
  followers: Followers,
  signal: AbortSignal,
  problemOf: (fault: unknown) => JsonObject,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const either = AbortSignal.any([signal, gone.signal]);
  let seq = last;

  /** Waits until there is something to say, and says it; whether more may come. */
  async function next(write: (text: string) => void): Promise<boolean> {
    while (!either.aborted) {
      const status = journal.summary(run)?.status ?? 'failed';
      const records = journal.read(run, seq + 1, seq + PAGE);
      seq = records[records.length - 1]?.seq ?? seq;
      if (records.length > 0) {
        write(records.map((record) => message('record', { ...record } as unknown as JsonObject, record.seq)).join(''));
        return true;
      }
      if (ENDED.has(status)) {
        const summary = journal.summary(run);
        if (summary !== null) write(message('end', summaryView(summary), `${seq}.end`));
        return false;
      }
      if ((await followers.next(run, QUIET, either)) === 'quiet' && !either.aborted) {
        write(': still here\n\n');
        return true;
      }
    }
    return false;
  }

  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`retry: ${RETRY}\n\n`));
    },
    async pull(controller) {
      const write = (text: string) => {
        if (!gone.signal.aborted) controller.enqueue(encoder.encode(text));
      };
      try {
        if (await next(write)) return;
      } catch (error) {
        write(message('problem', problemOf(error)));
      }
      if (gone.signal.aborted) return;
      gone.abort();
      controller.close();
    },
    cancel() {
      gone.abort();
    },
  });
}

function message(event: string, data: JsonObject, id?: number | string): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
