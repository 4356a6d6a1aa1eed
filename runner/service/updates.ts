/** A run's records as server-sent events: those that are there, then each as it is committed, until the run has ended. */
import type { JsonObject } from '../../language/index.ts';
import type { Journal } from '../journal/journal.ts';
import { ENDED } from '../machine/index.ts';
import { summaryView } from './views.ts';

/** Wakes those who follow runs. */
export interface Followers {
  /** Something was committed here or elsewhere. */
  wake(): void;
  /** Resolves at the next `wake`, after `ms` milliseconds, or when `signal` is aborted. */
  next(ms: number, signal: AbortSignal): Promise<'woken' | 'quiet'>;
}

export function createFollowers(): Followers {
  const waiting = new Set<() => void>();
  return {
    wake() {
      for (const resolve of [...waiting]) resolve();
    },
    next(ms, signal) {
      if (signal.aborted) return Promise.resolve('quiet');
      return new Promise((resolve) => {
        const end = (how: 'woken' | 'quiet') => {
          waiting.delete(wake);
          clearTimeout(timer);
          signal.removeEventListener('abort', aborted);
          resolve(how);
        };
        const wake = () => end('woken');
        const aborted = () => end('quiet');
        const timer = setTimeout(() => end('quiet'), ms);
        signal.addEventListener('abort', aborted);
        waiting.add(wake);
      });
    },
  };
}

/** Milliseconds of quiet after which a comment keeps the connection alive. */
const QUIET = 15_000;

/** Records that are read at once. */
const PAGE = 500;

/** The stream from the record after `last` on; each record is an event `record` whose id is its number, the end is `end`. */
export function updatesOf(
  journal: Journal,
  run: string,
  last: number,
  followers: Followers,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const gone = new AbortController();
  const either = AbortSignal.any([signal, gone.signal]);
  let seq = last;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const write = (text: string) => controller.enqueue(encoder.encode(text));
      while (!either.aborted) {
        // Asked for before reading, so that nothing is missed that is committed between.
        const status = journal.summary(run)?.status ?? 'failed';
        const waiting = followers.next(QUIET, either);
        const records = journal.read(run, seq + 1, seq + PAGE);
        const latest = records[records.length - 1];
        if (latest !== undefined) {
          seq = latest.seq;
          write(
            records.map((record) => message('record', { ...record } as unknown as JsonObject, record.seq)).join(''),
          );
          return;
        }
        if (ENDED.has(status)) {
          const summary = journal.summary(run);
          if (summary !== null) write(message('end', summaryView(summary), seq));
          break;
        }
        if ((await waiting) === 'quiet' && !either.aborted) {
          write(': still here\n\n');
          return;
        }
      }
      controller.close();
    },
    cancel() {
      gone.abort();
    },
  });
}

function message(event: string, data: JsonObject, id: number): string {
  return `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
