/** What a run left in the world that it should not have: writes that nothing undid although the run did not complete. */
import { compensatedOf, indexOf } from '../machine/index.ts';
import type { Played, PlayedRun } from './play.ts';

export interface LeftBehind {
  /** The run's workflow, and the state's way in it. */
  readonly workflow: string;
  readonly state: string;
  /** Whether it is not even known that the write was made. */
  readonly inDoubt: boolean;
}

/** The writes of `played` and its children that stayed undone, in the order in which they were made. */
export function leftBehind({ status, runs }: Played): readonly LeftBehind[] {
  return status === 'completed' ? [] : runs.flatMap(leftBy);
}

function leftBy({ plan, records }: PlayedRun): readonly LeftBehind[] {
  const states = new Map<number, { readonly way: string; readonly plan: string }>();
  const left: LeftBehind[] = [];
  for (const record of records) {
    if (record.type === 'state.entered') states.set(record.activation, record);
    const ended = record.type === 'attempt.succeeded' || (record.type === 'attempt.failed' && !record.nothingDone);
    if (!ended) continue;
    const at = states.get(record.activation);
    const state = at === undefined ? undefined : indexOf(plan).states.get(at.plan);
    if (at === undefined || state?.action.kind !== 'call') continue;
    const { effect, operation } = state.action;
    if (effect !== 'write' || operation === 'log' || state.compensate?.none === true) continue;
    const inDoubt = record.type === 'attempt.failed';
    const known = left.findIndex((each) => each.state === at.way && each.inDoubt);
    if (known >= 0) left.splice(known, 1);
    left.push({ workflow: plan.workflow, state: at.way, inDoubt });
  }
  for (const way of compensatedOf(records)) {
    const at = left.findIndex(({ state }) => state === way);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}
