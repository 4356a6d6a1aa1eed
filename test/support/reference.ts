/**
 * A second reading of the language: what comes of a saga, worked out from its description alone, without the machine, its
 * records or its plan. Coroutines on a clock of their own play sections 6 to 8: who takes an error, what is stopped and
 * waited for, what is undone in which order, what is confirmed, and when a run stands still for a person.
 *
 * 1. Nothing here is shared with the runner but the names of statuses.
 * 2. No two calls may end at the same instant, which the delays of a saga see to; of what is ready at one instant the scope
 *    that was entered first goes on first. Then there is one right answer.
 * 3. A scope in a branch, or a branch in a scope, is a `Frame`: it holds what it did, and what stands in it.
 *
 * It is long because it is a whole interpreter, which only in one piece can be held against the reference.
 */
import type { RunStatus } from '../../runner/machine/index.ts';

/** How a service answers one call after `delay` milliseconds; `deaf` to being stopped, it ends as it would have. */
export interface Reply {
  readonly delay: number;
  readonly fail: string | null;
  readonly deaf: boolean;
}

/** An operation with its replies, one a call, the last one serving all later calls. */
export interface Operation {
  readonly name: string;
  readonly replies: readonly Reply[];
}

export interface Retry {
  readonly attempts: number;
  readonly delay: number;
}

export interface Undo extends Operation {
  readonly after: boolean;
  readonly retry: Retry | null;
  readonly halt: boolean;
}

export interface Confirm extends Operation {
  readonly retry: Retry | null;
}

/** `errors` are types; an empty list takes every error. */
export interface Handler {
  readonly errors: readonly string[];
  readonly rollback: 'all' | 'scope' | null;
  readonly next: string;
}

export type Action =
  | ({ readonly kind: 'call' } & Operation)
  | { readonly kind: 'wait'; readonly time: number }
  | { readonly kind: 'fail'; readonly error: string }
  | { readonly kind: 'rollback'; readonly to: 'all' | 'scope' | { readonly to: string } }
  | { readonly kind: 'scope'; readonly body: Body; readonly parallel: boolean }
  | {
      readonly kind: 'parallel';
      readonly join: 'all' | 'any' | 2;
      readonly collect: boolean;
      readonly branches: readonly (readonly [string, Body])[];
    }
  | {
      readonly kind: 'foreach';
      readonly items: number;
      readonly concurrency: number;
      readonly collect: boolean;
      readonly body: Body;
    };

export interface Step {
  readonly name: string;
  readonly action: Action;
  readonly next: string;
  readonly undo: Undo | 'none' | null;
  readonly confirm: Confirm | null;
  readonly retry: Retry | null;
  readonly timeout: number | null;
  readonly pivot: boolean;
  readonly catch: readonly Handler[] | 'warn';
}

export interface Body {
  readonly steps: readonly Step[];
  readonly catch: readonly Handler[];
}

export interface Saga {
  readonly body: Body;
  readonly recovery: 'compensate' | 'suspend' | 'fail';
  /** When the run as a whole has taken too long, or somebody cancels it. */
  readonly interruption: { readonly at: number; readonly kind: 'timeout' | 'cancel' } | null;
}

export interface Foretold {
  readonly status: RunStatus;
  readonly error: string | null;
  /** Ways of the states entered, sorted: which of two branches is entered first at one instant is not foretold. */
  readonly entered: readonly string[];
  readonly compensated: readonly string[];
  readonly confirmed: readonly string[];
  /** What may still have to be undone, the next first. */
  readonly pending: readonly string[];
  readonly duration: number;
}

interface Entry {
  readonly way: string;
  readonly undo: Undo | null;
  readonly confirm: Confirm | null;
  order: number;
  completed: boolean;
  status: 'pending' | 'running' | 'failed' | 'gone';
}

type Item = Entry | { readonly order: number; readonly isParallel: boolean; readonly items: Item[] };

interface Frame {
  /** How many were entered before it. */
  readonly index: number;
  readonly way: string;
  readonly around: Frame | null;
  readonly isParallel: boolean;
  stack: Item[];
  /** It has come to its end and confirms: that decision stands. */
  isCompleting: boolean;
  readonly completions: Map<string, number>;
  /** Frames of the state in which this one stands. */
  inner: Frame[];
  /** Everything that was begun for the inner frames. */
  active: Promise<unknown>[];
  stop: Stop;
  /** Told when what stands in this frame is left. */
  holding: Stop;
  /** A rollback of this frame itself, which is brought to its end before the frame is left. */
  undoing: Promise<boolean> | null;
  /** What it undoes, which may be further out. */
  undone: readonly Item[];
}

/** Whether something is told to stop, and who wants to hear of it. */
interface Stop {
  told: boolean;
  readonly heard: Set<() => void>;
}

class Fault extends Error {
  readonly type: string;
  constructor(type: string) {
    super(type);
    this.type = type;
  }
}

class Stopped extends Error {}

const NOTHING_DONE = /^(http\.4\d\d|validation|circuit-open|expression)$/;

/** What comes of the saga. */
export async function foretell(saga: Saga): Promise<Foretold> {
  let now = 0;
  let order = 0;
  let pivoted = false;
  let undone = 0;
  let ended: { status: RunStatus; error: string | null } | null = null;
  const agenda: { at: number; act: () => void }[] = [];
  const turns: { readonly index: number; readonly resolve: () => void }[] = [];
  const used = new Map<string, number>();
  const entered: string[] = [];
  const compensated: string[] = [];
  const confirmed: string[] = [];
  const unconfirmed: string[] = [];
  const frames: Frame[] = [];

  const tick = (): number => (order += 1);
  const at = (instant: number, act: () => void): (() => void) => {
    const item = { at: instant, act };
    agenda.push(item);
    return () => {
      const found = agenda.indexOf(item);
      if (found >= 0) agenda.splice(found, 1);
    };
  };
  /** Resolves when nothing that was entered earlier can go on. */
  const turn = (of: Frame): Promise<void> => new Promise((resolve) => turns.push({ index: of.index, resolve }));
  /** The run stands still for a person: nothing that is awaited from now on ever comes. */
  const suspend = (error: string | null): Promise<never> => {
    ended ??= { status: 'suspended', error };
    return new Promise<never>(() => undefined);
  };

  function frame(way: string, around: Frame | null, isParallel = false): Frame {
    const made: Frame = {
      index: frames.length,
      way,
      around,
      isParallel,
      stack: [],
      isCompleting: false,
      completions: new Map(),
      inner: [],
      active: [],
      stop: { told: false, heard: new Set() },
      holding: { told: false, heard: new Set() },
      undoing: null,
      undone: [],
    };
    frames.push(made);
    return made;
  }

  const wayOf = ({ way }: Frame, state: string): string => (way === '' ? state : `${way}/${state}`);
  const below = (of: Frame): Frame[] => of.inner.flatMap((each) => [each, ...below(each)]);
  const tell = (stop: Stop): void => {
    stop.told = true;
    for (const hear of [...stop.heard]) hear();
  };

  /** Sleeps, or is woken by being stopped. */
  function sleep(time: number, stop: Stop | null): Promise<void> {
    return new Promise((resolve, reject) => {
      if (stop?.told === true) return reject(new Stopped());
      const heard = (): void => {
        cancel();
        stop?.heard.delete(heard);
        reject(new Stopped());
      };
      const cancel = at(now + time, () => {
        stop?.heard.delete(heard);
        resolve();
      });
      stop?.heard.add(heard);
    });
  }

  /** One call: gives the type of its error, or null. */
  function perform({ name, replies }: Operation, timeout: number | null, stop: Stop | null): Promise<string | null> {
    const turn = used.get(name) ?? 0;
    used.set(name, turn + 1);
    const reply = replies[Math.min(turn, replies.length - 1)] ?? { delay: 0, fail: null, deaf: false };
    return new Promise((resolve) => {
      const over = (error: string | null): void => {
        for (const cancel of cancels) cancel();
        stop?.heard.delete(hear);
        resolve(error);
      };
      const hear = (): void => {
        // That it has ended is heard like everything else that comes from outside: after what is ready goes on.
        if (!reply.deaf) cancels.push(at(now, () => over('cancelled')));
      };
      const cancels = [at(now + reply.delay, () => over(reply.fail))];
      if (timeout !== null) cancels.push(at(now + timeout, () => over('timeout')));
      stop?.heard.add(hear);
      if (stop?.told === true) hear();
    });
  }

  // What is undone, and in which order.

  function pieces(of: Frame, wanted: (item: Item) => boolean = () => true): Item[] {
    const items = of.stack.filter((item) => wanted(item) && isLeft(item));
    if (!of.isParallel || items.length < 2) return items;
    return [{ order: Math.max(...items.map((item) => item.order)), isParallel: true, items }];
  }
  const isLeft = (item: Item): boolean =>
    'items' in item ? item.items.some(isLeft) : item.status === 'pending' && item.undo !== null;
  const isUnresolved = (item: Item): boolean =>
    'items' in item ? item.items.some(isUnresolved) : item.status === 'failed';
  const isCutShort = ({ stack, undone: reached }: Frame): boolean =>
    stack.some(isUnresolved) || reached.some(isUnresolved);
  const latestFirst = (items: readonly Item[]): Item[] => items.toSorted((one, other) => other.order - one.order);

  /** Undoes `items`, latest first; gives whether all of it is undone. `stop` lets what has not begun be. */
  async function undoAll(
    items: readonly Item[],
    isParallel: boolean,
    stop: Stop,
    cause: string | null,
  ): Promise<boolean> {
    if (isParallel) {
      const all = await Promise.all(latestFirst(items).map((item) => undoItem(item, stop, cause)));
      return all.every(Boolean);
    }
    let whole = true;
    for (const item of latestFirst(items)) {
      if (stop.told) return whole;
      if (!(await undoItem(item, stop, cause))) whole = false;
    }
    return whole;
  }

  async function undoItem(item: Item, stop: Stop, cause: string | null): Promise<boolean> {
    if ('items' in item) return undoAll(item.items.filter(isLeft), item.isParallel, stop, cause);
    const { undo } = item;
    if (undo === null || item.status !== 'pending') return true;
    item.status = 'running';
    if (await tryOften(undo, undo.retry)) {
      item.status = 'gone';
      undone += 1;
      compensated.push(item.way);
      return true;
    }
    item.status = 'failed';
    if (undo.halt) return suspend(cause);
    return false;
  }

  async function tryOften(operation: Operation, retry: Retry | null): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      if ((await perform(operation, null, null)) === null) return true;
      if (retry === null || attempt >= retry.attempts) return false;
      await sleep(retry.delay, null);
    }
  }

  /**
   * Stops what stands in `of`, waits for it, and undoes it, with what `reach` names of what `of` and those around it did.
   * The rest is let be when something further out is left. `cause` is the error for which it happens.
   */
  async function leave(
    of: Frame,
    cause: string | null,
    undoes: boolean,
    reach: 'all' | 'scope' | ((item: Item) => boolean) | null,
  ): Promise<void> {
    const stopped = below(of);
    tell(of.holding);
    for (const each of of.inner) halt(each);
    await Promise.allSettled([of, ...stopped].flatMap(({ active }) => active));
    if (of.stop.told) throw new Stopped();
    const left = undoes ? stopped.flatMap((each) => pieces(each)) : [];
    if (reach !== null) left.push(...pieces(of, typeof reach === 'function' ? reach : undefined));
    if (reach === 'all') for (let each = of.around; each !== null; each = each.around) left.push(...pieces(each));
    if (left.length > 0) {
      const undoing = undoAll(left, false, of.stop, cause);
      of.undoing = undoing;
      of.undone = left;
      const whole = await undoing;
      of.undoing = null;
      if (of.stop.told) throw new Stopped();
      if (!whole) await suspend(cause);
      of.undone = [];
    }
    if (stopped.some(isCutShort)) await suspend(cause);
    // What has nothing to undo it is not confirmed any more either.
    const withdraw = (item: Item): void => {
      if ('items' in item) item.items.forEach(withdraw);
      else if (item.undo === null) item.status = 'gone';
    };
    if (undoes) for (const each of stopped) each.stack.forEach(withdraw);
    if (reach !== null) of.stack.filter(typeof reach === 'function' ? reach : () => true).forEach(withdraw);
    if (reach === 'all') for (let each = of.around; each !== null; each = each.around) each.stack.forEach(withdraw);
    of.inner = [];
    of.active = [];
  }

  function halt(of: Frame): void {
    tell(of.stop);
    tell(of.holding);
    for (const each of of.inner) halt(each);
  }

  // States and scopes.

  /** Runs the states of a frame to its end, confirmations included. */
  async function play(body: Body, of: Frame, from = body.steps[0]?.name ?? 'end'): Promise<void> {
    let name = from;
    while (name !== 'end') {
      const step = body.steps.find((each) => each.name === name);
      if (step === undefined) throw new Error(`There is no state ${name}.`);
      if (of.stop.told) throw new Stopped();
      entered.push(wayOf(of, name));
      await turn(of);
      if (of.stop.told) throw new Stopped();
      name = await visit(body, step, of);
      if (of.stop.told || (of === root && isInterrupted)) throw new Stopped();
    }
    of.isCompleting = true;
    const due = of.stack.filter((item): item is Entry => !('items' in item) && item.confirm !== null && item.completed);
    for (const entry of due.toSorted((one, other) => one.order - other.order)) {
      const { confirm } = entry;
      if (confirm === null || entry.status !== 'pending') continue;
      if (await tryOften(confirm, confirm.retry)) {
        entry.status = 'gone';
        confirmed.push(entry.way);
      } else if (!of.stop.told) {
        entry.status = 'failed';
        unconfirmed.push(...(entry.undo === null ? [entry.way] : []));
        await suspend(null);
      }
      if (of.stop.told) throw new Stopped();
    }
  }

  /** Plays one state; gives the next one's name. */
  async function visit(body: Body, step: Step, of: Frame): Promise<string> {
    const way = wayOf(of, step.name);
    const push = (): Entry | null => {
      const undo = step.undo === 'none' || pivoted ? null : step.undo;
      if (undo === null && step.confirm === null) return null;
      const entry: Entry = { way, undo, confirm: step.confirm, order: tick(), completed: false, status: 'pending' };
      of.stack.push(entry);
      return entry;
    };
    let pushed: Entry | null = null;
    let doubt = false;
    for (let attempt = 1; ; attempt++) {
      let error: string | null;
      try {
        if (step.action.kind === 'call') {
          if (step.undo !== 'none' && step.undo?.after === true) pushed ??= push();
          error = await perform(step.action, step.timeout, of.stop);
          if (error !== null && !NOTHING_DONE.test(error)) doubt = true;
          if (error !== null && !doubt && pushed !== null) {
            pushed.status = 'gone';
            of.stack.splice(of.stack.indexOf(pushed), 1);
            pushed = null;
          }
          if (of.stop.told) {
            // What it did after all is undone as if its state had completed.
            if (error === null && pushed === null) push();
            throw new Stopped();
          }
        } else error = await within(step.action, step, of);
      } catch (fault) {
        if (!(fault instanceof Fault)) throw fault;
        error = fault.type;
      }
      if (error === null) break;
      const since = now;
      if (step.retry !== null && attempt < step.retry.attempts && step.action.kind !== 'fail') {
        if (step.action.kind !== 'call') await leave(of, error, true, null);
        await sleep(Math.max(0, since + step.retry.delay - now), of.stop);
        continue;
      }
      const taken =
        step.catch === 'warn'
          ? { errors: [], rollback: null, next: step.next }
          : [...step.catch, ...body.catch].find((each) => takes(each, error));
      if (taken === undefined) throw new Fault(error);
      await leave(of, error, true, taken.rollback);
      return taken.next;
    }
    if (step.action.kind === 'scope' || step.action.kind === 'parallel' || step.action.kind === 'foreach') {
      for (const each of of.inner) {
        if (step.undo !== null) each.stack = [];
        if (step.action.kind === 'scope')
          of.stack.push({ order: tick(), isParallel: each.isParallel, items: each.stack });
        else of.stack.push(...each.stack);
      }
      of.inner = [];
      of.active = [];
    }
    if (pushed === null) pushed = push();
    if (pushed !== null) Object.assign(pushed, { completed: true, order: tick() });
    of.completions.set(step.name, tick());
    if (step.pivot) passPivot();
    if (step.action.kind === 'rollback') {
      const { to } = step.action;
      const kept = typeof to === 'object' ? (of.completions.get(to.to) ?? 0) : 0;
      await leave(of, null, true, typeof to === 'object' ? (item) => item.order > kept : to);
    }
    return step.next;
  }

  const takes = ({ errors }: Handler, type: string): boolean =>
    errors.length === 0 || errors.some((each) => type === each || type.startsWith(`${each}.`));

  function passPivot(): void {
    pivoted = true;
    const drop = (item: Item): void => {
      if ('items' in item) item.items.forEach(drop);
      else Object.assign(item, { undo: null });
    };
    for (const each of frames) each.stack.forEach(drop);
  }

  /** Plays the action of a state that is no call; gives the type of its error, or null. */
  async function within(action: Exclude<Action, { kind: 'call' }>, step: Step, of: Frame): Promise<string | null> {
    const way = wayOf(of, step.name);
    switch (action.kind) {
      case 'wait':
        await sleep(action.time, of.stop);
        return null;
      case 'fail':
        return action.error;
      case 'rollback':
        return null;
      default:
        break;
    }
    of.holding = { told: false, heard: new Set() };
    const work = hold(action, way, of);
    work.catch(() => undefined);
    if (step.timeout === null) {
      await stoppable(work, of);
      return null;
    }
    const limit = { reached: false };
    let cancel = (): void => undefined;
    const alarm = new Promise<void>((resolve) => {
      cancel = at(now + (step.timeout ?? 0), () => {
        limit.reached = true;
        resolve();
      });
    });
    try {
      await stoppable(Promise.race([work, alarm]), of);
    } finally {
      cancel();
    }
    return limit.reached ? 'timeout' : null;
  }

  /** Waits for `work`; when the frame is stopped, for everything in it to come to rest. */
  async function stoppable(work: Promise<void>, of: Frame): Promise<void> {
    let hear = (): void => undefined;
    const stopped = new Promise<void>((resolve) => {
      hear = resolve;
      of.stop.heard.add(hear);
    });
    try {
      await Promise.race([work, stopped]);
      if (of.stop.told) {
        await Promise.allSettled([of, ...below(of)].flatMap(({ active }) => active));
        throw new Stopped();
      }
    } finally {
      of.stop.heard.delete(hear);
    }
  }

  /** Scopes, branches and items. */
  async function hold(
    action: Extract<Action, { kind: 'scope' | 'parallel' | 'foreach' }>,
    way: string,
    of: Frame,
  ): Promise<void> {
    const begin = (inner: Frame, body: Body): Promise<void> => {
      of.inner.push(inner);
      const work = play(body, inner);
      of.active.push(work);
      work.catch(() => undefined);
      return work;
    };
    if (action.kind === 'scope') return begin(frame(way, of, action.parallel), action.body);
    const holding = of.holding;
    /** Branches that have not ended, without those that give up by themselves. */
    const open = new Map<Frame, Promise<unknown>>();
    /** Plays a branch or an item; gives whether it completed, and did not give up as one whose errors are collected. */
    const part = (name: string, body: Body): Promise<boolean> => {
      const inner = frame(`${way}/${name}`, of);
      const work = begin(inner, body);
      open.set(inner, work);
      const over = work.then(
        () => {
          open.delete(inner);
          return true;
        },
        async (fault: unknown) => {
          if (!(fault instanceof Fault) || !action.collect) throw fault;
          open.delete(inner);
          await leave(inner, fault.type, true, 'scope');
          return false;
        },
      );
      of.active.push(over);
      over.catch(() => undefined);
      return over;
    };
    if (action.kind === 'foreach') {
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < action.items && !holding.told) {
          const index = next++;
          await part(String(index), action.body);
        }
      };
      await Promise.all(Array.from({ length: Math.min(action.concurrency, action.items) }, worker));
      return;
    }
    let completed = 0;
    const wanted = action.join === 'all' ? Infinity : action.join === 'any' ? 1 : action.join;
    const parts = action.branches.map(([name, body]) => part(name, body));
    await new Promise<void>((resolve, reject) => {
      let left = parts.length;
      for (const each of parts)
        each.then((whole) => {
          left -= 1;
          if (whole) completed += 1;
          if (left === 0 || completed >= wanted) resolve();
        }, reject);
    });
    const losing = doWithout(new Map([...open].filter(([each]) => !each.isCompleting)), holding);
    of.active.push(losing);
    await losing;
    await Promise.allSettled(parts);
  }

  /** The join is satisfied: the other branches are stopped, waited for, and undone together. */
  async function doWithout(losers: ReadonlyMap<Frame, Promise<unknown>>, holding: Stop): Promise<void> {
    if (losers.size === 0) return;
    // One that undoes something itself is let do that first.
    const halted = [...losers.keys()].map(async (each) => {
      if (each.undoing !== null) await each.undoing;
      halt(each);
    });
    const stopped = [...losers.keys()].flatMap((each) => [each, ...below(each)]);
    await Promise.all(halted);
    await Promise.allSettled([...losers.values(), ...stopped.flatMap(({ active }) => active)]);
    if (holding.told) throw new Stopped();
    const whole = await undoAll(
      stopped.flatMap((each) => pieces(each)),
      false,
      holding,
      null,
    );
    if (holding.told) throw new Stopped();
    if (!whole || stopped.some(isCutShort)) await suspend(null);
    for (const each of losers.keys()) each.stack = [];
  }

  // The run itself.

  const root = frame('', null);
  let playing: Promise<void> = Promise.resolve();
  let isInterrupted = false;
  /** Nothing takes the error any more, or the run is cancelled: it goes forward no more. */
  let isEnding = false;

  async function run(from?: string): Promise<void> {
    playing = play(saga.body, root, from);
    try {
      await playing;
      ended ??= { status: 'completed', error: null };
    } catch (fault) {
      // Whoever stopped it goes on with it.
      if (fault instanceof Stopped) return;
      if (!(fault instanceof Fault)) throw fault;
      await recover(fault.type);
    }
  }

  async function recover(error: string): Promise<void> {
    isEnding = true;
    const recovery = pivoted ? 'suspend' : saga.recovery;
    if (recovery === 'suspend') await suspend(error);
    await leave(root, error, recovery === 'compensate', recovery === 'compensate' ? 'scope' : null);
    if (frames.some(isCutShort)) await suspend(error);
    ended ??= { status: recovery === 'compensate' && undone > 0 ? 'compensated' : 'failed', error };
  }

  /** A rollback of the workflow's own is brought to its end first; then what stands in it is stopped and left. */
  async function interrupt(kind: 'timeout' | 'cancel'): Promise<void> {
    if (isEnding || root.isCompleting || (kind === 'cancel' && pivoted)) return;
    const taken = saga.body.catch.find((each) => takes(each, 'timeout'));
    if (kind === 'timeout' && taken === undefined && (pivoted || saga.recovery === 'suspend')) await suspend('timeout');
    isInterrupted = true;
    isEnding = kind === 'cancel';
    if (root.undoing !== null && !(await root.undoing)) return;
    halt(root);
    await Promise.allSettled([playing]);
    root.stop = { told: false, heard: new Set() };
    isInterrupted = false;
    if (kind === 'cancel') {
      await leave(root, null, true, 'scope');
      if (frames.some(isCutShort)) await suspend(null);
      ended ??= { status: 'cancelled', error: null };
      return;
    }
    if (taken === undefined) return recover('timeout');
    await leave(root, 'timeout', true, taken.rollback);
    await run(taken.next);
  }

  const broken: unknown[] = [];
  run().catch((error: unknown) => broken.push(error));
  const { interruption } = saga;
  if (interruption !== null)
    at(interruption.at, () => {
      interrupt(interruption.kind).catch((error: unknown) => broken.push(error));
    });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (broken.length > 0) throw new Error('The reference is at fault.', { cause: broken[0] });
    if (ended !== null) break;
    turns.sort((one, other) => one.index - other.index);
    const ready = turns.shift();
    if (ready !== undefined) {
      ready.resolve();
      continue;
    }
    agenda.sort((one, other) => one.at - other.at);
    const next = agenda.shift();
    if (next === undefined) throw new Error('Nothing is left to happen, and the run has not ended.');
    now = next.at;
    next.act();
  }
  const { status, error } = ended as { status: RunStatus; error: string | null };
  const flat = (items: readonly Item[]): string[] =>
    latestFirst(items).flatMap((item) =>
      'items' in item ? flat(item.items) : item.status === 'gone' || item.undo === null ? [] : [item.way],
    );
  const alive = [root, ...below(root)];
  const whatever = alive.flatMap((each) =>
    each.isParallel && each.stack.length > 1
      ? [{ order: Math.max(...each.stack.map((item) => item.order)), isParallel: true, items: each.stack }]
      : each.stack,
  );
  return {
    status,
    error,
    entered: entered.toSorted(),
    compensated,
    confirmed,
    pending: [...unconfirmed, ...flat(whatever)],
    duration: now,
  };
}
