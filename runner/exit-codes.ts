/** The exit statuses by which programs learn how a run ended, of `backstep run` and of a debug session alike. */
import type { RunStatus } from './machine/index.ts';

const EXIT_OF_STATUS = {
  completed: 0,
  compensated: 3,
  failed: 4,
  suspended: 5,
  cancelled: 6,
  waiting: 7,
  // A run is left in these only by a signal, which has an exit status of its own.
  running: 7,
  compensating: 7,
} as const satisfies Record<RunStatus, number>;

/** The exit status of `run`, `resume` and their like for a run that was left with `status`. */
export function exitOf(status: RunStatus): number {
  return EXIT_OF_STATUS[status];
}

/** A fault of Backstep itself. */
export const EXIT_FAULT = 70;
