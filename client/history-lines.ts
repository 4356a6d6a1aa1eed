/** How the records of a run are told apart and paged in the view of its history. Pure. */
import type { HistoryLine } from '../debugger/protocol.ts';

/** How many records one page holds; a run with no more has no pages. */
export const PAGE = 200;

export interface Page {
  readonly from: number;
  readonly to: number;
}

/** The pages of a run with so many records. */
export function pagesOf(total: number): Page[] {
  return Array.from({ length: Math.ceil(total / PAGE) }, (_, at) => pageOf(at * PAGE + 1, total));
}

/** The page that holds a record. */
export function pageOf(seq: number, total: number): Page {
  const from = Math.floor((seq - 1) / PAGE) * PAGE + 1;
  return { from, to: Math.min(total, from + PAGE - 1) };
}

export type Sign = 'here' | 'drift' | 'failed' | 'undoing' | 'done' | 'person' | 'event' | 'moved' | 'plain';

/** What a record is shown as. */
export function signOf({ type, drift }: HistoryLine, here: boolean): Sign {
  if (here) return 'here';
  if (drift !== undefined) return 'drift';
  if (/\.failed$|^error\.|injected$/.test(type)) return 'failed';
  if (/^(rollback|compensation)\./.test(type)) return 'undoing';
  if (/^(state|run|scope)\.completed$|\.succeeded$/.test(type)) return 'done';
  if (/^(task|answer|value)\./.test(type)) return 'person';
  if (/^event\./.test(type)) return 'event';
  return type === 'transition.taken' ? 'moved' : 'plain';
}
