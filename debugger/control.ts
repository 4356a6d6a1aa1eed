/**
 * Control: stands between the runner and the person. The runner asks before each step; here it is decided whether the
 * run goes on or stands.
 *
 * 1. While a gate is closed, no step of any run of the session is taken and no outcome is decided; what is under way
 *    outside goes on, and a virtual clock stands still.
 * 2. There is at most one stop at a time. Stops that come up meanwhile wait in `waiting` and follow one another.
 * 3. A step at which the run stood is let through once, also when the runner asks for it again because a value was set.
 * 4. A step that nothing stops costs one look into a map, and neither a promise nor a commit of its own.
 * 5. While one thread goes on alone, the steps of all others are kept back until it stops or ends.
 *
 * The file is longer than most because the gate, the aim and what waits are the state of one closure.
 */
import { closedGate, plainGate, steps } from '../runner/host.ts';
import type { Clock, Gate, Observer, RunRecord, RunView, StimulusBody, Step } from '../runner/host.ts';
import type { Breakpoint, Breakpoints } from './breakpoints.ts';
import type { Ahead } from './ahead.ts';
import { definitionOf, standingTests, testedAt } from './conditions.ts';
import type { Change, DataBreakpoints } from './data.ts';
import { exceptionOf, type Exception, type ExceptionFilters } from './exceptions.ts';
import { evaluateAt, holds, type Ground } from './expressions.ts';
import { reaches, type Aim, type Goal } from './goals.ts';
import {
  lastStanding,
  lineOf,
  scopeLine,
  scopeName,
  standingAt,
  standingOf,
  type FindRun,
  type FrameSpot,
} from './stack.ts';
import { testBreakpoint } from './testing.ts';
import { createTrace, type Trace, type TraceLine } from './trace.ts';

/** Why the run stands. */
export interface StopCause {
  readonly reason:
    | 'entry'
    | 'breakpoint'
    | 'function breakpoint'
    | 'data breakpoint'
    | 'step'
    | 'pause'
    | 'exception'
    | 'goto'
    | 'restart';
  readonly hits: readonly number[];
  readonly exception: Exception | null;
  /** What the client shows instead of the reason. */
  readonly description?: string;
}

export interface Stop extends StopCause {
  readonly spot: FrameSpot;
}

export interface ControlOptions {
  readonly clock: Clock;
  readonly breakpoints: Breakpoints;
  readonly filters: ExceptionFilters;
  readonly data: DataBreakpoints;
  readonly ahead: Ahead;
  /** Says something to a run before its next step. */
  readonly send: (run: string, stimulus: StimulusBody) => Promise<string | null>;
  readonly stopOnEntry: boolean;
  /** Never stops; `before` is not asked for at all then. */
  readonly noDebug: boolean;
  readonly find: FindRun;
  /** What a step's expressions are evaluated on. */
  ground(spot: FrameSpot): Ground;
  stopped(stop: Stop): void;
  /** The message of a log point, or of a condition that failed. */
  log(text: string, category: 'console' | 'stderr', spot: FrameSpot): void;
  /** `line` is what the trace says that the record is about. */
  committed(record: RunRecord, view: RunView, line: TraceLine | null): void;
}

/** Which steps have to be asked for: every one, those that an error leads to and those with breakpoints, only these, or none. */
export type Asking = 'every' | 'errors' | 'breakpoints' | 'none';

export interface Control {
  readonly observer: Observer;
  /** What `wants` says yes to, as things stand, or somewhat more. */
  readonly asking: Asking;
  /** The thread that alone goes on; null when all do. */
  readonly alone: Single | null;
  /** Where the run stands, or null while it runs. */
  readonly stop: Stop | null;
  traceOf(run: string): Trace;
  /** Opens the gate for the first time. */
  begin(): void;
  /** Goes on from the present stop; a step is one of `from`, or of where the run stands, or of what `line` is around. */
  go(goal: Goal, from: FrameSpot | null, how?: GoOptions): void;
  /** Whether a step that began within `line` has come to its end at the present stop. */
  reachedBy(goal: Goal, line: readonly string[]): boolean;
  /** Closes the gate where `view` stands now. */
  pause(view: RunView, reason: 'pause' | 'entry' | 'goto', description?: string): void;
  /** Tells the stop anew, because the run stands elsewhere in `view` by a person's hand. */
  restand(view: RunView): void;
  /** From now on nothing stops: for the way to the end. */
  finish(): void;
  /** From now on nothing is let through: for leaving the run as it stands. */
  freeze(): void;
  /** Lets nothing go on until what it gives is called, unless the session stands by then. */
  keep(): () => void;
  /** Resolves when no stop is left. */
  free(): Promise<void>;
}

export interface GoOptions {
  readonly line?: readonly string[];
  readonly target?: string;
  /** The reason of the stop at the aim. */
  readonly reason?: StopCause['reason'];
  /** The only thread that goes on meanwhile; the others stand as long as it is there. */
  readonly only?: Single;
}

/** One thread of all. */
export interface Single {
  /** Whether a scope of a run belongs to it. */
  has(view: RunView, scope: number): boolean;
  /** Whether it is still there. */
  isThere(): boolean;
}

/** A control whose gate is closed until `begin`. */
export function createControl(options: ControlOptions): Control {
  const { breakpoints, filters, data, find } = options;
  const traces = new Map<string, Trace>();
  const waiting: Stop[] = [];
  let gate: Gate | null = closedGate(options.clock);
  let stop: Stop | null = null;
  let aim: (Aim & { readonly reason: StopCause['reason']; readonly from: string | null }) | null = null;
  let quiet = options.noDebug;
  let entryAhead = options.stopOnEntry;
  let passed: string | null = null;
  let single: { readonly thread: Single; readonly over: Gate } | null = null;
  /** States of parents, each as `RUN WAY`, whose child ended by an error at which the session stood. */
  const raised = new Set<string>();

  const traceOf = (run: string): Trace => {
    const known = traces.get(run);
    if (known !== undefined) return known;
    const trace = createTrace();
    traces.set(run, trace);
    return trace;
  };
  const stand = (next: Stop): void => {
    gate ??= closedGate(options.clock);
    if (stop !== null) {
      waiting.push(next);
      return;
    }
    stop = next;
    aim = null;
    letOthersGo();
    options.stopped(next);
  };
  /** From now on all threads go on again, as far as nothing else holds them. */
  const letOthersGo = (): void => {
    const before = single;
    single = null;
    before?.over.open();
  };
  /** Of the steps that are ready the first one of the thread that alone goes on. */
  const choose = (view: RunView): Step | Promise<void> | null => {
    if (single === null) return null;
    if (!single.thread.isThere()) {
      letOthersGo();
      return null;
    }
    const { has } = single.thread;
    const ready = steps(view.plan, view.state);
    // A step of a scope itself can only be taken in its turn.
    const own = ready.find((step, at) => has(view, step.scope) && (step.activation !== null || at === 0));
    return own ?? (ready.length === 0 ? null : single.over.opened);
  };
  const release = (): void => {
    const opening = gate;
    gate = null;
    opening?.open();
  };
  /** Resolves when no gate is closed; another one may have closed by the time the first is open. */
  const opened = async (): Promise<void> => {
    for (let closed = gate; closed !== null; closed = gate) await closed.opened;
  };

  const reached = (step: Step, view: RunView): boolean => {
    if (aim === null || aim.from === identity(step, view)) return false;
    const { goal, target } = aim;
    const name = scopeName(view, step.scope);
    if (goal === 'goto') return step.place === 'enter' && name === aim.line[0] && step.plan === target;
    if (!reaches(aim, step.place, name, () => scopeLine(view, step.scope, find))) return false;
    if (target === undefined) return true;
    // Another branch than the one that is stepped in to goes on meanwhile.
    const way = view.state.scopes.get(step.scope)?.way ?? '';
    if (way === target || way.startsWith(`${target}/`)) return true;
    // What lies before the branches is no place of them; what comes after them is, if they never came.
    return (
      aim.line.includes(name) && !(step.place === 'call' && (step.way === target || target.startsWith(`${step.way}/`)))
    );
  };

  /** Whether one breakpoint stops, counting its hit and writing its message. */
  const tests = (breakpoint: Breakpoint, spot: FrameSpot): boolean | Promise<boolean> =>
    testBreakpoint(breakpoint, options.ground(spot), {
      count: () => ++breakpoint.hits,
      log: (text, category) => options.log(text, category, spot),
    });

  const causeAt = async (
    found: readonly Breakpoint[],
    spot: FrameSpot,
    step: Step,
    view: RunView,
  ): Promise<StopCause | null> => {
    const hits: Breakpoint[] = [];
    for (const breakpoint of found) if (await tests(breakpoint, spot)) hits.push(breakpoint);
    return causeOf(hits, step, view);
  };
  const causeOf = (hits: readonly Breakpoint[], step: Step, view: RunView): StopCause | null => {
    const ids = hits.map((each) => each.id);
    if (entryAhead && step.place === 'enter') {
      entryAhead = false;
      return { reason: 'entry', hits: ids, exception: null };
    }
    if (hits.length > 0) {
      const reason = hits.every((each) => each.kind === 'function') ? 'function breakpoint' : 'breakpoint';
      return { reason, hits: ids, exception: null };
    }
    return reached(step, view) ? { reason: aim?.reason ?? 'step', hits: [], exception: null } : null;
  };

  const passSlowly = async (step: Step, view: RunView): Promise<void> => {
    // Another run of the session may close the gate while conditions are evaluated, so it is looked at again after.
    await opened();
    if (quiet || step.place === 'inner' || passed === identity(step, view)) return;
    const wish = options.ahead.take(step, view);
    if (wish !== null) {
      const refused = await options.send(view.state.run, wish);
      const spot = { view, standing: standingAt(step, view) };
      if (refused !== null) options.log(`What was asked for at ${step.way} cannot be: ${refused}`, 'stderr', spot);
    }
    const spot = { view, standing: standingAt(step, view) };
    const cause = await causeAt(breakpoints.at(step, view), spot, step, view);
    if (cause !== null && !quiet) {
      passed = identity(step, view);
      stand({ ...cause, spot: shownAt(spot, cause.hits) });
      await opened();
    }
    await passConditions(step, view);
  };

  /** Stands at each condition that the step tests and that has a breakpoint, one after the other. */
  const passConditions = async (step: Step, view: RunView): Promise<void> => {
    if (standingTests(breakpoints, step, definitionOf(view)).length === 0 || !isReady(step, view)) return;
    const tested = await testedAt(breakpoints, step, view, options.clock.now(), () => groundAt(step, view));
    for (const { breakpoint, range } of tested) {
      const spot = { view, standing: { ...standingAt(step, view), range } };
      const { seq } = view.state;
      if (quiet || !(await tests(breakpoint, spot))) continue;
      passed = identity(step, view);
      stand({ reason: 'breakpoint', hits: [breakpoint.id], exception: null, spot });
      await opened();
      // Whatever a person did meanwhile may have made another step ready, or other conditions.
      if (view.state.seq !== seq) return;
    }
  };
  const groundAt = (step: Step, view: RunView): Ground => options.ground({ view, standing: standingAt(step, view) });

  /** A transition is shown where the breakpoint on it stands. */
  const shownAt = (spot: FrameSpot, hits: readonly number[]): FrameSpot => {
    const [first] = hits;
    const { view, standing } = spot;
    if (first === undefined || standing.doing !== 'transition') return spot;
    const range = breakpoints.rangeOf(first, definitionOf(view));
    return range === null ? spot : { view, standing: { ...standing, range } };
  };

  const wants = (step: Step, view: RunView): boolean => {
    if (gate !== null) return true;
    if (quiet) return false;
    // What an error leads to is told by the commit before the next step, so that the run still stands where it happened.
    if (filters.active && (step.place === 'inner' || view.state.error !== null || filters.has('caught'))) return true;
    // A change of a variable is seen at the commit that makes it.
    if (data.active) return true;
    if (step.place === 'inner') return false;
    if (options.ahead.active && options.ahead.has(step, view)) return true;
    if ((entryAhead && step.place === 'enter') || reached(step, view)) return true;
    if (breakpoints.onConditions && standingTests(breakpoints, step, definitionOf(view)).length > 0) return true;
    const here = breakpoints.at(step, view);
    return here.length > 0 && mayStop(here, { view, standing: standingAt(step, view) });
  };

  /** Whether any of them may stop or count. A simple condition that does not hold settles it without a promise. */
  const mayStop = (here: readonly Breakpoint[], spot: FrameSpot): boolean => {
    const ground = options.ground(spot);
    return here.some(({ condition }) => {
      if (condition === null) return true;
      const value = evaluateAt(condition, ground);
      return value instanceof Promise || !value.ok || holds(value.value);
    });
  };

  const before = (step: Step, view: RunView): Promise<void> | void => {
    if (gate !== null) return passSlowly(step, view);
    return wants(step, view) && step.place !== 'inner' ? passSlowly(step, view) : undefined;
  };

  const committed = (records: readonly RunRecord[], view: RunView): void => {
    const trace = traceOf(view.state.run);
    if (records.some(({ type }) => !STILL.has(type))) passed = null;
    for (const record of records) {
      options.committed(record, view, trace.add(record));
      if (quiet) continue;
      for (const change of data.active ? data.live.changes(record, view.state) : []) changed(change, view, trace);
      const exception = exceptionOf(record, view);
      if (exception === null || !filters.stops(exception)) continue;
      if (exception.filter === 'uncaught' && isKnown(exception, view)) continue;
      stand({ reason: 'exception', hits: [], exception, spot: spotOf(exception, view, trace) });
    }
  };

  /**
   * Whether an uncaught error is that of a child run at which the session stood already: it is one error, however many
   * runs it ends. From then on it is known to come from this run.
   */
  const isKnown = ({ error }: Exception, { state }: RunView): boolean => {
    const from = `${state.run} ${error.state}`;
    const known = raised.delete(from);
    if (state.parent !== null && !state.parent.detached) raised.add(`${state.parent.run} ${state.parent.way}`);
    return known;
  };

  /** A variable that is watched has changed: the run stands where that was done. */
  const changed = ({ breakpoint, headline }: Change, view: RunView, trace: Trace): void => {
    const last = trace.last();
    const alive = last === null ? undefined : view.state.activations.get(last.activation);
    const standing = { ...lastStanding(view, last), activation: alive?.id ?? null };
    const spot = { view, standing };
    const tested = testBreakpoint(breakpoint, options.ground(spot), {
      count: () => ++breakpoint.hits,
      log: (text, category) => options.log(text, category, spot),
    });
    const stopIf = (stops: boolean): void => {
      const cause = { reason: 'data breakpoint', hits: [breakpoint.id], exception: null } as const;
      if (stops) stand({ ...cause, description: headline, spot });
    };
    if (!(tested instanceof Promise)) {
      stopIf(tested);
      return;
    }
    // Nothing goes on while the condition is evaluated.
    const held = gate === null ? closedGate(options.clock) : null;
    gate ??= held;
    void tested.then((stops) => {
      stopIf(stops);
      if (stop === null && held !== null && gate === held) release();
    });
  };

  const spotOf = (exception: Exception, view: RunView, trace: Trace): FrameSpot => {
    const arose = exception.activation === null ? undefined : view.state.activations.get(exception.activation);
    const { error } = exception;
    if (arose === undefined) return { view, standing: { ...lastStanding(view, trace.last()), error } };
    const { id: activation, scope, plan, way } = arose;
    const undoing = arose.role === 'compensation';
    const range = lineOf(view, plan, undoing, true);
    const { run } = view.state;
    return { view, standing: { run, scope, activation, plan, way, doing: 'inside', undoing, range, error } };
  };

  return {
    observer: {
      ...(options.noDebug ? {} : { before, wants, choose }),
      hold: () => gate?.opened ?? null,
      committed,
    },
    get asking() {
      if (gate !== null) return 'every';
      if (quiet) return 'none';
      const moving = entryAhead || (aim !== null && aim.goal !== 'continue');
      if (moving || filters.has('caught') || data.active || options.ahead.active) return 'every';
      return filters.active ? 'errors' : 'breakpoints';
    },
    get alone() {
      return single?.thread ?? null;
    },
    get stop() {
      return stop;
    },
    traceOf,
    begin() {
      if (stop === null) release();
    },
    reachedBy(goal, line) {
      if (stop === null) return false;
      const { view, standing } = stop.spot;
      const { doing, scope } = standing;
      if (doing === 'inside' || doing === 'ended') return false;
      return reaches({ goal, line }, doing, scopeName(view, scope), () => scopeLine(view, scope, find));
    },
    go(goal, from, { line, target, reason = 'step', only } = {}) {
      if (stop === null) return;
      if (only !== undefined) single = { thread: only, over: plainGate() };
      const { view, standing } = from ?? stop.spot;
      aim = {
        goal,
        line: line ?? scopeLine(view, standing.scope, find),
        reason,
        // A thread beside the one that stopped stands before a step of its own, which is no step away.
        from: goal === 'goto' ? null : stepOf(view, standing.activation),
        ...(target !== undefined && { target }),
      };
      stop = null;
      const next = waiting.shift();
      if (next === undefined) release();
      else stand(next);
    },
    restand(view) {
      if (stop === null) return;
      stop = null;
      this.pause(view, 'pause');
    },
    pause(view, reason, description) {
      if (stop !== null) return;
      const [step] = steps(view.plan, view.state);
      // Where a step is about to be taken, the run stands there as if it had been stopped by it.
      const ready = step !== undefined && step.place !== 'inner' ? step : null;
      if (ready !== null) passed = identity(ready, view);
      const spot =
        ready === null
          ? standingOf(view, find, traceOf(view.state.run).last())
          : { view, standing: standingAt(ready, view) };
      stand({ reason, hits: [], exception: null, spot, ...(description !== undefined && { description }) });
    },
    finish() {
      letOthersGo();
      quiet = true;
      entryAhead = false;
      waiting.length = 0;
      stop = null;
      release();
    },
    freeze() {
      gate ??= closedGate(options.clock);
    },
    keep() {
      if (gate !== null) return () => undefined;
      const kept = closedGate(options.clock);
      gate = kept;
      return () => {
        if (gate === kept && stop === null) release();
      };
    },
    free: opened,
  };
}

/** Records after which a run stands where it stood. */
const STILL: ReadonlySet<RunRecord['type']> = new Set([
  'value.set',
  'run.recovered',
  'clock.set',
  'failure.injected',
  'answer.given',
]);

/** The step that an activation is ready to take. */
function stepOf(view: RunView, activation: number | null): string | null {
  const step =
    activation === null ? undefined : steps(view.plan, view.state).find((each) => each.activation === activation);
  return step === undefined ? null : identity(step, view);
}

function isReady(step: Step, { plan, state }: RunView): boolean {
  return steps(plan, state).some(({ place, activation }) => place === step.place && activation === step.activation);
}

/** Tells the present asking for a step from the same place at another time. */
function identity(step: Step, view: RunView): string {
  const attempt = step.activation === null ? 0 : (view.state.activations.get(step.activation)?.attempt ?? 0);
  return `${view.state.run} ${step.place} ${step.scope} ${step.activation ?? ''} ${step.way} ${attempt}`;
}
