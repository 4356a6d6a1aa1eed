/** Looks at a journal again and again while there is a reason to: for changes by other processes, and to keep leases. */
import { JournalError } from './journal/journal.ts';
import type { Journal } from './journal/journal.ts';

/** Milliseconds between two looks for changes, and between two renewals. */
const LOOK = 200;
const RENEWAL = 10_000;

export interface PulseOptions {
  readonly journal: Journal;
  /** Called after another process has changed the journal. */
  changed(): void;
  /** Called at each look. */
  looked?(): void;
  /** Called at each renewal. */
  renew(): void;
  /** Whether there is something to look out for; else the pulse stops until `beat`. */
  needed(): boolean;
  /** A fault of the journal, but for another process's lock, which passes. */
  failed(fault: Error): void;
}

export interface Pulse {
  /** Begins to look, if it does not already. */
  beat(): void;
  /** Resolves with true after the next change or renewal (a holder that died leaves no change), with false when closed. */
  next(): Promise<boolean>;
  close(): void;
}

export function createPulse(options: PulseOptions): Pulse {
  const { journal } = options;
  let version = journal.version();
  let timers: NodeJS.Timeout[] = [];
  const waiting: ((goesOn: boolean) => void)[] = [];
  let closed = false;
  let renewed = Date.now();

  function tell(goesOn: boolean): void {
    for (const resolve of waiting.splice(0)) resolve(goesOn);
  }

  function look(): void {
    options.looked?.();
    // Others read the leases by the clock: where that was set, or the machine slept, they may be long over.
    if (Math.abs(Date.now() - renewed) > RENEWAL + LOOK) renew();
    const now = journal.version();
    if (now === version) return;
    version = now;
    options.changed();
    tell(true);
  }

  function renew(): void {
    renewed = Date.now();
    options.renew();
    tell(true);
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof JournalError && error.code === 'journal-busy') return;
      options.failed(error instanceof Error ? error : new Error(String(error)));
    }
    if (waiting.length === 0 && !options.needed()) rest();
  }

  function rest(): void {
    for (const timer of timers) clearInterval(timer);
    timers = [];
  }

  function beat(): void {
    if (closed || timers.length > 0) return;
    renewed = Date.now();
    timers = [setInterval(() => guarded(look), LOOK), setInterval(() => guarded(renew), RENEWAL)];
  }

  return {
    beat,
    next() {
      if (closed) return Promise.resolve(false);
      beat();
      return new Promise((resolve) => waiting.push(resolve));
    },
    close() {
      closed = true;
      rest();
      tell(false);
    },
  };
}
