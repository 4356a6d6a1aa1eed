/** Interrupts: the first one asks the command to stop, any later one changes nothing. */
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Stopping {
  /** The signal that asked to stop; null until then. */
  readonly signal: () => (typeof SIGNALS)[number] | null;
  /** Calls `stop` when a signal comes, or at once if one has come. */
  onStop(stop: () => void): void;
  /** Stops listening. */
  release(): void;
}

/** Begins to listen for signals, which then don't end the process. */
export function listenForSignals(): Stopping {
  let received: (typeof SIGNALS)[number] | null = null;
  const stops: (() => void)[] = [];
  const listeners = SIGNALS.map((signal) => {
    const listener = () => {
      if (received !== null) return;
      received = signal;
      for (const stop of stops) stop();
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return {
    signal: () => received,
    onStop(stop) {
      stops.push(stop);
      if (received !== null) stop();
    },
    release() {
      for (const { signal, listener } of listeners) process.off(signal, listener);
    },
  };
}

/** The exit status of a process that a signal ended, as a shell reports it. */
export function exitOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
