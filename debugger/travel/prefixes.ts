/**
 * The states of a run after any number of its records, so that stepping back is a shorter fold.
 *
 * 1. A state that was given out is never changed afterwards.
 * 2. Copies are kept at distances that grow with the size of the state, and some more where somebody looked last, so that
 *    a look costs about the same early and late, and all copies together are not larger than the run's records.
 */
import { apply, copyState, newState, sizeOf } from '../../runner/host.ts';
import type { RunRecord, RunState } from '../../runner/host.ts';

/** The fewest records between two copies. */
const DISTANCE = 500;
/** How many copies are kept besides, where somebody looked. */
const NEAR = 64;
/** How many records are read at a time. */
const CHUNK = 2_000;

export interface Prefixes {
  /** Takes a copy of `state` if there is none near before it. */
  keep(state: Readonly<RunState>): void;
  /** The state after the first `seq` records. */
  at(seq: number): RunState;
}

/** The prefixes of one run; `read` gives its records from one number to another, both included. */
export function createPrefixes(read: (from: number, to: number) => readonly RunRecord[]): Prefixes {
  const kept: Readonly<RunState>[] = [];
  let near: Readonly<RunState>[] = [];

  const distance = (state: Readonly<RunState>): number => Math.max(DISTANCE, sizeOf(state));
  const before = (seq: number): Readonly<RunState> | null => {
    const far = kept[lastAtMost(kept, seq)] ?? null;
    return near.reduce((best, each) => (each.seq <= seq && (best === null || each.seq > best.seq) ? each : best), far);
  };
  const remember = (state: Readonly<RunState>): void => {
    near.push(copyState(state));
    if (near.length > NEAR) near = near.slice(-NEAR);
  };

  return {
    keep(state) {
      const last = kept.at(-1);
      if (state.seq - (last?.seq ?? 0) >= distance(state)) kept.push(copyState(state));
    },
    at(seq) {
      const base = before(seq);
      const state = base === null ? newState() : copyState(base);
      const far = seq - state.seq > 2 * DISTANCE;
      const stride = Math.max(DISTANCE, Math.ceil((seq - state.seq) / (NEAR / 2)));
      let since = state.seq;
      while (state.seq < seq) {
        const from = state.seq;
        for (const record of read(from + 1, Math.min(seq, from + CHUNK))) {
          apply(state, record);
          if (!far || state.seq - since < stride) continue;
          since = state.seq;
          remember(state);
        }
        // A record that is missing ends the fold instead of going round for ever.
        if (state.seq === from) return state;
      }
      return state;
    },
  };
}

/** The index of the last of `states`, which are in order, with at most `seq` records; -1 for none. */
function lastAtMost(states: readonly Readonly<RunState>[], seq: number): number {
  let low = 0;
  let high = states.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((states[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
