/** The colour of each status of a run. */
import type { RunStatus } from '../../runner/machine/index.ts';
import type { Style } from '../terminal.ts';

export const STATUS_STYLES: Readonly<Record<RunStatus, Style>> = {
  running: 'cyan',
  waiting: 'cyan',
  compensating: 'yellow',
  suspended: 'red',
  completed: 'green',
  compensated: 'yellow',
  failed: 'red',
  cancelled: 'red',
};
