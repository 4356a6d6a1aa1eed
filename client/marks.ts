/** From where the debugger says that a run stands to what its diagram marks. Pure. */
import type { PositionEvent } from '../debugger/protocol.ts';
import type { RunMarks } from '../webview/protocol.ts';

/** The marks of a run in its file at `position`; a run that has ended stands nowhere. */
export function marksAt({ run, status, state, undoing, path, undone }: PositionEvent): RunMarks {
  return { run, status, current: ENDED.has(status) ? '' : state, undoing, path, undone };
}

const ENDED = new Set(['completed', 'compensated', 'failed', 'cancelled']);
