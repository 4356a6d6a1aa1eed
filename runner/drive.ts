/**
 * The loop that drives one run: takes what reached it, lets the machine decide, commits, and only then performs.
 *
 * 1. A command is performed after the records that announce it are committed, never before. Nothing is decided while a
 *    commit is on its way.
 * 2. Decisions are made one at a time. Steps that perform nothing are gathered into one commit, unless an observer wants
 *    to see each.
 * 3. What comes from outside (outcomes, timers, messages) waits while an observer holds the run; what is sent through
 *    `send` is taken at once, so that a person who holds the run can still act on it.
 * 4. After `stop`, or a fault of the journal, nothing more is decided, committed or performed; actions are aborted and
 *    what they report is not heard. What was committed stands, and another process can take the run up.
 * 5. The clock is held from the first thing to do until there is nothing left to do but to wait.
 * 6. What the run wants of the journal (its lock, somebody for a task, an event) is asked for when no step is ready.
 *
 * It is a little over 400 lines because the loop and what wakes, holds and stops it share the state of one closure.
 */
import { createAlarm } from './alarm.ts';
import { decided } from './deciding.ts';
import type { EnvironmentVariables } from './deciding.ts';
import { createDraft, refuse } from './draft.ts';
import type { DraftOptions, Incoming } from './draft.ts';
import { JournalError } from './journal/journal.ts';
import { createErrands } from './errands.ts';
import type { KeptEvent } from './journal/bus.ts';
import type { Message } from './journal/journal.ts';
import { ENDED, decide, isSameStep, nextStep, timersOf } from './machine/index.ts';
import type { Decision, RunState, RunStatus, Step, StimulusBody } from './machine/index.ts';
import type { RunView } from './observe.ts';
import { createPerforming } from './performing.ts';
import type { Perform } from './performing.ts';
import { runClock } from './run-clock.ts';

/** `state` is the run as it is; the driver changes it from now on. */
export interface DriveOptions extends DraftOptions {
  readonly text: string;
  /** The root `env`. */
  readonly env: EnvironmentVariables;
  readonly perform: Perform;
  /** Whether no event from outside of its family reaches the run. */
  readonly alone: boolean;
}

export interface Drive {
  readonly view: RunView;
  /** Decides `stimulus`, before anything that waits; resolves, once committed, with null or why it was refused. */
  send(stimulus: StimulusBody): Promise<string | null>;
  /** Takes over messages of the journal that it does not know yet. */
  receive(messages: readonly Message[]): void;
  /** Takes over events that were received, in their order; with none, something else that runs wait for may be there. */
  hear(events: readonly KeptEvent[]): void;
  /** Looks again at what other runs do. */
  look(): void;
  /** Whether the run has nothing to do now but to wait for time, people or events, or for a person to see to it. */
  readonly rests: boolean;
  /** Looks whether the clock was set. */
  lookAtClock(): void;
  /** Resolves when the run has ended or is suspended; by `waiting` also when nothing but time, people or events is left. */
  settled(until: 'ended' | 'waiting'): Promise<RunStatus>;
  /** Resolves when the run has ended for good, with its status; null when this process no longer drives it. */
  readonly ended: Promise<RunStatus | null>;
  /** Stops at once, for `fault` if there is one; resolves when the driver has come to rest. */
  stop(fault?: Error): Promise<void>;
}

/** Statuses of a run that only waits. */
export const RESTING: ReadonlySet<RunStatus | undefined> = new Set(['waiting', 'suspended'] as const);

/** Milliseconds that the loop may decide without letting anything else in the process run, and after how many turns it looks. */
const SLICE = 20;
const TURNS = 8;

/** Begins to drive a run, with `first` as its first stimuli. */
export function drive(options: DriveOptions, first: readonly StimulusBody[]): Drive {
  const { plan, state, observer, env } = options;
  const clock = runClock(options.clock, state.now);
  const view: RunView = { plan, text: options.text, state };

  const fromOutside: Incoming[] = first.map((stimulus) => ({ stimulus }));
  const sent: Incoming[] = [];
  const known = new Set<number>();
  const alarm = createAlarm(clock, () => wake());
  const errands = createErrands({ ...options, now: () => clock.now() });
  const performing = createPerforming(clock, options.perform, (stimulus) => outside({ stimulus }), giveUp);
  const draft = createDraft(options, view, errands);
  let released = false;

  let stopped = false;
  let fault: Error | null = null;
  let idle = false;
  let wake: () => void = () => undefined;
  let firedAt = '';
  /** Whether the loop is to look once more before it sleeps, because of something that came while it was busy. */
  let nudged = false;
  const watchers = new Set<() => void>();
  let endedWith: (status: RunStatus | null) => void = () => undefined;
  const ended = new Promise<RunStatus | null>((resolve) => {
    endedWith = resolve;
  });

  let free = clock.busy();
  const resting = Promise.resolve().then(loop).catch(giveUp).finally(rest);

  async function loop(): Promise<void> {
    let since = performance.now();
    let turns = 0;
    while (!stopped) {
      if (draft.isOver) {
        performTasks();
        finish();
        break;
      }
      // Looking at the time costs as much as a small step, so that it is done for some of them together.
      if (++turns % TURNS === 0 && performance.now() - since > SLICE) {
        await draft.commit();
        await new Promise((resolve) => setImmediate(resolve));
        queueTimer();
        since = performance.now();
        if (errands.events.listens && observer?.hold?.(state.run) == null && (await giveErrand())) continue;
      }
      if (clock.isSet()) await takeSetting();
      const offered = sent.shift() ?? unheld();
      const next = offered instanceof Promise ? await offered : offered;
      if (stopped) break;
      if (next !== undefined) {
        const taking = take(next);
        if (taking !== null) await taking;
        continue;
      }
      const taken = observer?.before ? takeSeenStep() : advance({ type: 'advance' });
      if (typeof taken === 'boolean' ? taken : await taken) continue;
      await draft.commit();
      if (stopped) break;
      if (performTasks()) continue;
      if (ENDED.has(draft.status)) {
        finish();
        break;
      }
      if (await giveErrand()) continue;
      queueTimer();
      if (fromOutside.length > 0 || nudged || clock.isSet()) {
        nudged = false;
        continue;
      }
      const sleeping = asleep();
      settle(true);
      free();
      await sleeping;
      settle(false);
      free = clock.busy();
      since = performance.now();
    }
  }

  /** Takes over that the machine's clock was set, before anything is decided by it. */
  async function takeSetting(): Promise<void> {
    // Nothing follows on the end of a run but that it is rolled back.
    if (ENDED.has(state.lifecycle as RunStatus) && fromOutside.length === 0) return;
    const { shift, seen } = clock.taken();
    await take({ stimulus: { type: 'clock', shift, heard: seen ? options.journal.bus.head() : null } });
  }

  /** What comes from outside next, as soon as no observer holds the run. */
  function unheld(): Incoming | undefined | Promise<Incoming | undefined> {
    const held = observer?.hold?.(state.run) ?? null;
    return held === null ? fromOutside.shift() : afterHolding(held);
  }

  async function afterHolding(held: Promise<unknown>): Promise<Incoming | undefined> {
    await draft.commit();
    performTasks();
    await serving(held);
    return sent.shift();
  }

  /** Waits for `until`, and takes what is sent meanwhile. */
  async function serving(until: Promise<unknown>): Promise<void> {
    let over = false;
    const end = () => {
      over = true;
      wake();
    };
    until.then(end, giveUp);
    while (!over && !stopped) {
      const next = sent.shift();
      if (next === undefined) {
        await asleep(false);
        continue;
      }
      const taking = take(next);
      if (taking !== null) await taking;
      await draft.commit();
      performTasks();
    }
  }

  /** Takes the step that is ready, once the observer lets it; false when there was nothing to do. */
  function takeSeenStep(): boolean | Promise<boolean> {
    const wish = wishedStep();
    const step = chosenStep(wish);
    if (step === null) return false;
    if (observer?.wants?.(step, view) !== false) return takeAskedStep(step);
    // The machine finds the usual step soonest when it is not asked for a certain one.
    return advance(wish == null ? { type: 'advance' } : stepping(step));
  }

  /** Takes a step that the observer asks for, when it lets it. */
  async function takeAskedStep(step: Step): Promise<boolean> {
    await draft.commit();
    if (stopped) return true;
    performTasks();
    const permission = observer?.before?.(step, view);
    if (permission) {
      const seq = state.seq;
      await serving(permission);
      if (stopped) return true;
      // Whatever was done meanwhile may have made another step ready, which the observer has not seen.
      if (state.seq !== seq && !isSameStep(chosenStep(wishedStep()), step)) return true;
    }
    return advance(stepping(step));
  }

  /** The step that is taken next; null also where an observer lets none be taken now. */
  function chosenStep(wish: Step | null | undefined): Step | null {
    return wish === undefined ? null : (wish ?? nextStep(plan, state));
  }

  /** The step that an observer wishes for: null for the usual one, undefined where it lets none be taken now. */
  function wishedStep(): Step | null | undefined {
    const chosen = observer?.choose?.(view) ?? null;
    if (!(chosen instanceof Promise)) return chosen;
    nudged = false;
    chosen.then(nudge, giveUp);
    return undefined;
  }

  /** Gives the run what it waits for of the journal; false when there is nothing that it could be given. */
  async function giveErrand(): Promise<boolean> {
    const due = errands.events.listens ? earliestTimer() : Infinity;
    const errand = errands.next(due <= clock.now() ? due : Infinity);
    if (errand === null) return false;
    const taking = take(errand);
    if (taking !== null) await taking;
    return true;
  }

  /** Takes a step; false when none was ready. */
  function advance(stimulus: StimulusBody): boolean | Promise<boolean> {
    const { seq } = state;
    const taking = take({ stimulus });
    return taking === null ? state.seq !== seq : taking.then(() => state.seq !== seq);
  }

  /** Decides one stimulus; gives a promise only when an expression or a commit needs one. */
  function take(incoming: Incoming): Promise<void> | null {
    const now = clock.now();
    const stimulus = { ...incoming.stimulus, now };
    const decision = decided((answers) => decide(plan, state, stimulus, answers), env);
    if (decision instanceof Promise) return decision.then((later) => keep(incoming, later, now) ?? undefined);
    return keep(incoming, decision, now);
  }

  function keep(incoming: Incoming, decision: Decision, now: number): Promise<void> | null {
    if (stopped) return null;
    const { event } = incoming;
    if (event !== undefined) {
      const taken = decision.records.length > 0;
      errands.events.offered(event, taken);
      if (!taken || !errands.events.claim(event)) return null;
    }
    if (!draft.add(incoming, decision, now)) return null;
    const why = incoming.stimulus.type === 'timer' ? 'timeout' : 'cancelled';
    const committing = draft.commit();
    if (committing !== null) return committing.then(() => void performTasks(why));
    performTasks(why);
    return null;
  }

  /** Performs what was decided and is committed; true when there was anything. `why` is for what is aborted. */
  function performTasks(why: 'timeout' | 'cancelled' = 'cancelled'): boolean {
    if (stopped) return false;
    const commands = draft.commands();
    for (const command of commands) {
      if (command.type === 'abort') performing.abort(command.activation, why);
      else if (command.type !== 'publish') performing.start(command);
    }
    return commands.length > 0;
  }

  /** Takes what comes from outside into the queue. */
  function outside(incoming: Incoming): void {
    fromOutside.push(incoming);
    wake();
  }

  /** Puts a timer stimulus into the queue when the earliest timer is due, and arms the clock for it otherwise. */
  function queueTimer(): void {
    // Whoever stopped the run meanwhile would find the clock armed again.
    if (stopped) return;
    const earliest = earliestTimer();
    if (earliest > clock.now()) {
      alarm.set(earliest);
      return;
    }
    alarm.clear();
    // A timer that the machine did not answer to would fire for ever.
    const mark = `${earliest}/${state.seq}`;
    if (mark === firedAt) return;
    firedAt = mark;
    fromOutside.push({ stimulus: { type: 'timer' } });
  }

  function earliestTimer(): number {
    return timersOf(plan, state).reduce((least, { at }) => Math.min(least, at), Infinity);
  }

  /** Resolves when there may be something to do. */
  function asleep(alsoOutside = true): Promise<void> {
    if (stopped || nudged || sent.length > 0 || (alsoOutside && fromOutside.length > 0)) {
      nudged = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      wake = () => {
        wake = () => undefined;
        resolve();
      };
    });
  }

  function nudge(): void {
    nudged = true;
    wake();
  }

  function settle(now: boolean): void {
    idle = now;
    for (const watcher of [...watchers]) watcher();
    if (now) options.changed();
  }

  function finish(): void {
    stopped = true;
    alarm.clear();
    void release();
    endedWith(draft.status);
    settle(true);
    refuseRest(null);
  }

  function rest(): Promise<void> {
    free();
    return release();
  }

  /** Gives the run back, as far as it is still this driver's to give. */
  async function release(): Promise<void> {
    if (released || (fault instanceof JournalError && fault.code === 'lease-lost')) return;
    released = true;
    try {
      await draft.release();
    } catch (error) {
      // The lease then ends by itself, or with this process.
      if (!(error instanceof JournalError)) throw error;
    }
  }

  function giveUp(error: unknown): void {
    void stop(error instanceof Error ? error : new Error(String(error)));
  }

  function stop(why?: Error): Promise<void> {
    if (stopped) return resting;
    stopped = true;
    fault = why ?? null;
    alarm.clear();
    performing.stop();
    endedWith(null);
    refuseRest(fault);
    wake();
    settle(true);
    return resting;
  }

  /** Answers those who still wait for an answer. */
  function refuseRest(why: Error | null): void {
    draft.drop(why);
    for (const incoming of sent.splice(0)) refuse(incoming, state.run, why);
  }

  return {
    view,
    ended,
    send(stimulus) {
      if (stopped) return fault === null ? Promise.resolve(notDriven(state, draft.status)) : Promise.reject(fault);
      return new Promise((done, failed) => {
        sent.push({ stimulus, done, failed });
        wake();
      });
    },
    receive(messages) {
      for (const { id, stimulus } of messages) {
        if (stopped || known.has(id)) continue;
        known.add(id);
        outside({ stimulus, message: id });
      }
    },
    hear(events) {
      if (errands.hear(events)) nudge();
    },
    look: nudge,
    get rests() {
      return idle && !stopped && RESTING.has(draft.status);
    },
    lookAtClock: () => clock.isSet() && wake(),
    settled(until) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const { status } = draft;
          if (fault !== null) reject(fault);
          else if (stopped || (idle && status === 'suspended')) resolve(status);
          else if (until === 'waiting' && idle && status === 'waiting') resolve(status);
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      });
    },
    stop,
  };
}

function notDriven(state: RunState, status: RunStatus): string {
  return ENDED.has(status)
    ? `The run ${state.run} has ended: it is ${status}.`
    : `The run ${state.run} is not driven here any more.`;
}

function stepping({ activation }: Step): StimulusBody {
  return activation === null ? { type: 'advance' } : { type: 'advance', activation };
}
