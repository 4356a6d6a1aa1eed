/** From where the debugger says that runs stand to what their diagrams mark. Pure. */
import type { PositionEvent } from '../debugger/protocol.ts';
import type { RunMarks } from '../webview/protocol.ts';

/** The marks of a run in its file after `position`, given those before it in the same session. */
export function marksAfter(before: RunMarks | undefined, position: PositionEvent): RunMarks {
  const same = before?.run === position.run ? before : undefined;
  return {
    run: position.run,
    status: position.status,
    current: ENDED.has(position.status) ? '' : position.state,
    undoing: position.undoing,
    path: position.path,
    undone: undoneAfter(same, position),
  };
}

/**
 * The states that were undone. A run that stood at an undoing and stands elsewhere now has done it; one that stands
 * again at an undoing that was done has been stepped back to it.
 */
function undoneAfter(before: RunMarks | undefined, position: PositionEvent): readonly string[] {
  const undone = before?.undone ?? [];
  const again = position.undoing ? undone.indexOf(position.state) : -1;
  if (again >= 0) return undone.slice(0, again);
  const left = before?.undoing === true && before.current !== position.state ? before.current : '';
  if (left !== '' && !undone.includes(left)) return [...undone, left];
  return before?.status === 'compensating' && position.status === 'running' ? [] : undone;
}

const ENDED = new Set(['completed', 'compensated', 'failed', 'cancelled']);
