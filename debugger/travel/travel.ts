/**
 * Travel: the view of a session moved to a moment of its timeline.
 *
 * 1. Nothing is executed or undone by it: the past is read, and the live runs stand where they stand.
 * 2. Backwards and forwards the view goes from stop to stop, as the session would have while the runs went on.
 * 3. What is looked at in the past is a fold of records, which nobody changes.
 */
import { steps } from '../../runner/host.ts';
import type { RunState, RunView } from '../../runner/host.ts';
import type { Breakpoint, Breakpoints, Definition, TestBreakpoint } from '../breakpoints.ts';
import { standingTests, testedBy } from '../conditions.ts';
import { reaches } from '../goals.ts';
import type { Goal } from '../goals.ts';
import { testBreakpoint } from '../testing.ts';
import type { Stop } from '../control.ts';
import type { Ground } from '../expressions.ts';
import { lastStanding, standingAt, standingOf } from '../stack.ts';
import type { FrameSpot, Standing } from '../stack.ts';
import type { LastPlace } from '../trace.ts';
import type { DataBreakpoints } from '../data.ts';
import { changesAfter, changesBefore, changesBetween } from './changes.ts';
import type { PastChange } from './changes.ts';
import { createCursor } from './cursor.ts';
import type { Cursor } from './cursor.ts';
import type { Moment, Timeline } from './timeline.ts';

export interface TravelOptions {
  readonly timeline: Timeline;
  readonly breakpoints: Breakpoints;
  readonly data: DataBreakpoints;
  /** The plan and the text that a run was bound to after its record `seq`. */
  readonly definition: (run: string, seq: number) => Definition | null;
  readonly ground: (spot: FrameSpot) => Ground;
  /** The last place that a run was in after the record `seq`. */
  readonly last: (run: string, seq: number) => LastPlace | null;
  readonly log: (text: string, category: 'console' | 'stderr', spot: FrameSpot) => void;
}

export interface Travel {
  /** Where the view stands in the past; null at the live end. */
  readonly stop: Stop | null;
  /** The moment of the view; null at the live end. */
  readonly at: number | null;
  /** A run as it was at the moment of the view; null when it had not begun. Not to be asked at the live end. */
  view(run: string): RunView | null;
  /** The runs that had begun. */
  views(): readonly RunView[];
  /** Undoes one step over, as seen from `from`, as far as the first stop; null when the live end is that. */
  back(from: FrameSpot): Stop | null;
  /**
   * Goes back to the previous breakpoint, else to the first stop; null when the live end is that. `standing` is why the
   * session stands where it does.
   */
  reverse(standing?: Stop['reason']): Promise<Stop | null>;
  /** Goes on through what is recorded; null when nothing of it stops before the live end. */
  forward(goal: Goal, from: FrameSpot): Promise<Stop | null>;
  /** Stands right after a record; null when there is no such record. */
  goTo(run: string, seq: number): Stop | null;
  /** The scope of a spot and all around it, across workflows, from the inside out. */
  line(spot: FrameSpot): readonly string[];
  /** Back at the live end. */
  leave(): void;
}

/** The most records that one step makes before it says where the state goes. */
const AFTER = 4;

/** How many stops are looked at in one go when breakpoints with conditions are looked for backwards. */
const BLOCK = 512;

/** A view at the live end. */
export function createTravel(options: TravelOptions): Travel {
  const { timeline, breakpoints, data, definition } = options;
  let at: number | null = null;
  let stop: Stop | null = null;
  let views = new Map<string, RunView | null>();

  const view = (run: string): RunView | null => {
    const known = views.get(run);
    if (known !== undefined) return known;
    const seq = at === null ? 0 : timeline.seqAt(run, at);
    const begun = seq === 0 ? null : viewOf(run, timeline.stateAt(run, at ?? 0));
    views.set(run, begun);
    return begun;
  };
  const viewOf = (run: string, state: RunState): RunView | null => {
    const defined = definition(run, state.seq);
    return defined === null ? null : { plan: defined.plan, text: defined.text, state };
  };
  const move = (moment: number): void => {
    at = moment;
    views = new Map();
  };

  /** The spot of a stop, in the state that `state` is. */
  const spotOf = (moment: Moment, state: RunState): FrameSpot | null => {
    const seen = viewOf(moment.run, state);
    if (seen === null) return null;
    const step = steps(seen.plan, state).find(
      ({ place, activation }) => place === moment.place && activation === moment.activation,
    );
    return step === undefined ? null : { view: seen, standing: standingAt(step, seen) };
  };
  const standAt = (moment: Moment, cause: Pick<Stop, 'reason' | 'hits'> & { description?: string }): Stop => {
    move(moment.at);
    const seen = view(moment.run);
    const spot = seen === null ? null : spotOf(moment, seen.state);
    return take(spot === null ? insideOf(moment.run) : shownAt(spot, moment, cause.hits), cause);
  };
  /** A condition or a transition is shown where the breakpoint on it stands. */
  const shownAt = (spot: FrameSpot, moment: Moment, hits: readonly number[]): FrameSpot => {
    const [first] = hits;
    const defined = first === undefined ? null : definition(moment.run, moment.seq);
    if (first === undefined || defined === null) return spot;
    const tested = testedFrom(moment).find(({ breakpoint }) => breakpoint.id === first)?.range;
    const range = tested ?? (moment.place === 'transition' ? breakpoints.rangeOf(first, defined) : null);
    return range === null ? spot : { ...spot, standing: { ...spot.standing, range } };
  };
  const insideOf = (run: string): FrameSpot => {
    const seen = view(run);
    if (seen === null) throw new Error(`The text of the run ${run} is not there any more.`);
    return standingOf(seen, view, options.last(run, seen.state.seq));
  };
  const take = (spot: FrameSpot, cause: Pick<Stop, 'reason' | 'hits'> & { description?: string }): Stop => {
    stop = { ...cause, exception: null, spot };
    return stop;
  };

  /** The breakpoints of a stop, as far as they can be told without its state. */
  const foundAt = (moment: Moment): readonly Breakpoint[] => {
    const defined = definition(moment.run, moment.seq);
    return defined === null ? [] : breakpoints.of(moment, defined);
  };
  /** Breakpoints on conditions that the step from there tested. */
  const testedFrom = (moment: Moment): readonly TestBreakpoint[] => {
    const defined = definition(moment.run, moment.seq);
    const there = defined === null ? [] : standingTests(breakpoints, moment, defined);
    if (defined === null || there.length === 0) return [];
    return testedBy(there, timeline.read(moment.run, moment.seq + 1, moment.seq + AFTER), moment.plan, defined);
  };
  /** All that may stop there. */
  const wantedAt = (moment: Moment): readonly Breakpoint[] => {
    const found = foundAt(moment);
    const tested = testedFrom(moment);
    return tested.length === 0 ? found : [...found, ...tested.map(({ breakpoint }) => breakpoint)];
  };
  /** Which breakpoints stop there; `quiet` writes no message of a log point. */
  const hitsAt = async (moment: Moment, cursor: Cursor, quiet: boolean): Promise<readonly number[]> => {
    const hits: number[] = [];
    for (const breakpoint of wantedAt(moment)) {
      const { condition, log, hitTest } = breakpoint;
      if (condition === null && log === null && hitTest === null) {
        hits.push(breakpoint.id);
        continue;
      }
      const spot = spotOf(moment, cursor.at(moment.run, moment.seq));
      if (spot === null) continue;
      const count = hitTest === null ? null : await hitsUpTo(breakpoint, moment);
      const stops = await testBreakpoint(breakpoint, options.ground(spot), {
        count: () => count ?? 0,
        log: (text, category) => {
          if (!quiet) options.log(text, category, spot);
        },
      });
      if (stops) hits.push(breakpoint.id);
    }
    return hits;
  };
  /** The how manieth hit of a breakpoint a stop is, counted from the beginning. */
  const hitsUpTo = async (breakpoint: Breakpoint, until: Moment): Promise<number> => {
    const cursor = createCursor(timeline);
    let hits = 0;
    for (const moment of timeline.stops) {
      if (moment.at > until.at) break;
      if (!wantedAt(moment).includes(breakpoint)) continue;
      if (breakpoint.condition === null) {
        hits++;
        continue;
      }
      const spot = spotOf(moment, cursor.at(moment.run, moment.seq));
      const bare = { ...breakpoint, hitTest: null, log: null };
      const ignored = { count: () => 0, log: () => undefined };
      if (spot !== null && (await testBreakpoint(bare, options.ground(spot), ignored))) hits++;
    }
    return hits;
  };

  /** The first change at which its breakpoint stops. */
  const firstThatStops = async (changes: Iterable<PastChange>): Promise<PastChange | null> => {
    for (const change of changes) if (await stopsAfter(change)) return change;
    return null;
  };
  const stopsAfter = async (change: PastChange, counts = true): Promise<boolean> => {
    const { condition, hitTest } = change.breakpoint;
    if (condition === null && hitTest === null) return true;
    const seen = viewOf(change.run, timeline.prefix(change.run, change.seq));
    if (seen === null) return false;
    const ground = options.ground({ view: seen, standing: standingAfter(seen, change) });
    const tested = counts ? change.breakpoint : { ...change.breakpoint, hitTest: null };
    const hits = counts && hitTest !== null ? await changesUpTo(change) : 0;
    return testBreakpoint(tested, ground, { count: () => hits, log: () => undefined });
  };
  /** The how manieth hit of its breakpoint a change is. */
  const changesUpTo = async (until: PastChange): Promise<number> => {
    let hits = 0;
    for (const change of changesBetween(timeline, data, 0, until.at))
      if (change.breakpoint === until.breakpoint && (await stopsAfter(change, false))) hits++;
    return hits;
  };
  const standingAfter = (seen: RunView, { run, seq }: PastChange): Standing => {
    const last = options.last(run, seq);
    const alive = last === null ? undefined : seen.state.activations.get(last.activation);
    return { ...lastStanding(seen, last), activation: alive?.id ?? null };
  };
  const standAfter = async (change: PastChange): Promise<Stop> => {
    // One record may change several variables.
    const together: PastChange[] = [];
    for (const other of changesBetween(timeline, data, change.at - 1, change.at))
      if (await stopsAfter(other)) together.push(other);
    move(change.at);
    const seen = view(change.run);
    if (seen === null) throw new Error(`The text of the run ${change.run} is not there any more.`);
    const hits = together.map(({ breakpoint }) => breakpoint.id);
    const description = together.map(({ headline }) => headline).join(', ');
    return take(
      { view: seen, standing: standingAfter(seen, change) },
      { reason: 'data breakpoint', hits, description },
    );
  };

  const lineAt = ({ view: seen, standing }: FrameSpot): readonly string[] => {
    const { run } = seen.state;
    const line = timeline.lineOf(run, standing.scope);
    // A run that has ended may stand in a scope that is gone; its own outermost one is always around it.
    return line.includes(`${run}#0`) ? line : [...line, ...timeline.lineOf(run, 0)];
  };
  const now = (): number => at ?? timeline.length;

  return {
    get stop() {
      return stop;
    },
    get at() {
      return at;
    },
    view,
    views: () => timeline.runsAt(now()).flatMap((run) => view(run) ?? []),
    back(from) {
      const line = lineAt(from);
      let index = timeline.indexOf(now()) - 1;
      for (; index >= 0; index--) {
        const moment = timeline.stops[index];
        if (moment === undefined || (moment.place !== 'enter' && moment.place !== 'undo')) continue;
        if (line.includes(`${moment.run}#${moment.scope}`)) return standAt(moment, { reason: 'step', hits: [] });
      }
      return beginning();
    },
    async reverse(standing) {
      const cursor = createCursor(timeline);
      // The record before where the view is may have made a change, unless that is why it is there.
      const until = standing === 'data breakpoint' ? now() : now() + 1;
      const changed = data.active ? await firstThatStops(changesBefore(timeline, data, until)) : null;
      for (let end = timeline.indexOf(now()); end > 0; end -= BLOCK) {
        let last: { moment: Moment; hits: readonly number[] } | null = null;
        for (const moment of timeline.stops.slice(Math.max(0, end - BLOCK), end)) {
          if (wantedAt(moment).length === 0) continue;
          const hits = await hitsAt(moment, cursor, true);
          if (hits.length > 0) last = { moment, hits };
        }
        // What is further back than the change is not looked for.
        const bound = timeline.stops[Math.max(0, end - BLOCK)]?.at ?? 0;
        if (changed !== null && changed.at >= (last?.moment.at ?? bound)) return standAfter(changed);
        if (last !== null) return standAt(last.moment, { reason: 'breakpoint', hits: last.hits });
      }
      return changed === null ? beginning() : standAfter(changed);
    },
    async forward(goal, from) {
      const line = lineAt(from);
      const cursor = createCursor(timeline);
      const here = now();
      const changed = data.active ? await firstThatStops(changesAfter(timeline, data, here)) : null;
      for (let index = timeline.indexOf(here); index < timeline.stops.length; index++) {
        const moment = timeline.stops[index];
        if (changed !== null && moment !== undefined && changed.at <= moment.at) break;
        if (moment === undefined || (moment.at === here && stop?.spot.standing.doing === moment.place)) continue;
        const hits = wantedAt(moment).length === 0 ? [] : await hitsAt(moment, cursor, false);
        if (hits.length > 0) return standAt(moment, { reason: 'breakpoint', hits });
        const around = (): readonly string[] => timeline.lineOf(moment.run, moment.scope);
        if (reaches({ goal, line }, moment.place, `${moment.run}#${moment.scope}`, around))
          return standAt(moment, { reason: 'step', hits: [] });
      }
      return changed === null ? null : standAfter(changed);
    },
    goTo(run, seq) {
      const moment = timeline.after(run, seq);
      if (moment === null) return null;
      move(moment);
      const next = timeline.stops[timeline.indexOf(moment)];
      const seen = view(run);
      const spot = next?.at === moment && next.run === run && seen !== null ? spotOf(next, seen.state) : null;
      return take(spot ?? insideOf(run), { reason: 'goto', hits: [] });
    },
    line: lineAt,
    leave() {
      at = null;
      stop = null;
      views = new Map();
    },
  };

  /** As far back as it goes: the first stop, or where the view is when that is further back. */
  function beginning(): Stop | null {
    const [first] = timeline.stops;
    const cause = { reason: 'entry', hits: [], description: 'The beginning of the run' } as const;
    if (first !== undefined && first.at <= now()) return standAt(first, cause);
    return stop === null ? null : take(stop.spot, cause);
  }
}
