/** A cursor over the states of past moments, for looking at many of them one after the other. */
import { apply } from '../../runner/host.ts';
import type { RunRecord, RunState } from '../../runner/host.ts';
import type { Timeline } from './timeline.ts';

export interface Cursor {
  /** The state of a run after `seq` records; it holds only until the next call. */
  at(run: string, seq: number): RunState;
}

/** How many records a cursor goes on by itself, and how many it reads at a time. */
const REACH = 1_000;

/** A cursor that has looked at nothing yet. Going forwards costs what the records in between cost. */
export function createCursor(timeline: Pick<Timeline, 'prefix' | 'read'>): Cursor {
  const held = new Map<string, { state: RunState; ahead: readonly RunRecord[] }>();
  return {
    at(run, seq) {
      const known = held.get(run);
      const near = known !== undefined && known.state.seq <= seq && seq - known.state.seq <= REACH;
      const reading = near ? known : { state: timeline.prefix(run, seq), ahead: [] };
      held.set(run, reading);
      const { state } = reading;
      while (state.seq < seq) {
        const next = reading.ahead[state.seq + 1 - (reading.ahead[0]?.seq ?? 0)];
        if (next === undefined) {
          reading.ahead = timeline.read(run, state.seq + 1, state.seq + REACH);
          if (reading.ahead.length === 0) break;
          continue;
        }
        apply(state, next);
      }
      return state;
    },
  };
}
