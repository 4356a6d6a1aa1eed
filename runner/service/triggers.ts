/**
 * What starts runs by itself: events, intervals and cron expressions (section 2 of the language).
 *
 * 1. A trigger fires once for each tick and for each event, whatever restarts come between and however many services serve
 *    the same journal: the id of the run that it starts follows from the workflow, the trigger, and the tick or the event.
 * 2. How far a trigger has come is kept after the run was begun. Of the ticks that passed while nothing served, only the
 *    latest is made up for.
 * 3. Events reach a trigger in the order received, beginning with those that wait on the bus when it is first seen.
 * 4. Triggers do not keep each other from firing: one that meets a fault is asked again a little later, the others now.
 */
import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import { evaluateTemplate, isTruthy } from '../../language/index.ts';
import type { Json, PlanTrigger, Template } from '../../language/index.ts';
import { eventData, misfitOf } from '../awaiting.ts';
import type { Clock } from '../clock.ts';
import { readEnvironment } from '../environment.ts';
import type { Host } from '../host.ts';
import type { KeptEvent } from '../journal/bus.ts';
import type { TriggerMark } from '../journal/desk.ts';
import type { Journal } from '../journal/journal.ts';
import { readTraceContext } from '../telemetry/trace-context.ts';
import type { TraceContext } from '../telemetry/trace-context.ts';
import type { CatalogEntry } from './catalog.ts';

export interface TriggerOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly host: Host;
  readonly workflows: () => Iterable<CatalogEntry>;
  readonly log: (line: string) => void;
}

export interface Triggers {
  /** Looks at every trigger: fires what is due, and sets the clock for what is next. Looks do not overlap. */
  look(): Promise<void>;
  close(): void;
}

type EventTrigger = Extract<PlanTrigger, { kind: 'event' }>;
type TimeTrigger = Exclude<PlanTrigger, EventTrigger>;

/** Milliseconds after which triggers are looked at again that could not be dealt with. */
const RETRY = 5000;

/** Something kept a trigger from firing for now, so that it has to be asked again. */
class Later extends Error {}

export function createTriggers({ journal, clock, host, workflows, log }: TriggerOptions): Triggers {
  let looking: Promise<void> | null = null;
  let again = false;
  let closed = false;
  let cancel = (): void => undefined;

  /** Raises the first fault that a trigger met, once all have been looked at. */
  async function lookOnce(): Promise<void> {
    let next = Infinity;
    const faults: unknown[] = [];
    const entries = [...workflows()];
    let isForNew = (_: KeptEvent): boolean => false;
    try {
      const all = entries.flatMap(keyed);
      const isNew = all.some(([{ kind }, key]) => kind === 'event' && journal.triggers.mark(key) === null);
      if (isNew) isForNew = waitingNow();
    } catch (error) {
      ring(clock.now() + RETRY);
      throw error;
    }
    for (const entry of entries) {
      for (const [trigger, key] of keyed(entry)) {
        if (closed) return;
        try {
          if (trigger.kind === 'event') await hear(entry, trigger, key, isForNew);
          else next = Math.min(next, await tick(entry, trigger, key));
        } catch (error) {
          next = Math.min(next, clock.now() + RETRY);
          if (error instanceof Later) log(`A trigger of ${entry.plan.workflow} waits: ${error.message}`);
          else faults.push(error);
        }
      }
    }
    ring(next);
    if (faults.length > 0) throw faults[0];
  }

  /** Looks again at `next`; Infinity is never. */
  function ring(next: number): void {
    cancel();
    cancel = next === Infinity || closed ? () => undefined : clock.at(next, () => void look().catch(tell));
  }

  function tell(fault: unknown): void {
    log(`fault: ${fault instanceof Error ? fault.message : String(fault)}`);
  }

  /** Fires for the latest tick that is due; gives the instant of the next one. */
  async function tick(entry: CatalogEntry, trigger: TimeTrigger, key: string): Promise<number> {
    const now = clock.now();
    const known = journal.triggers.mark(key);
    // A clock that was set back would keep an interval silent until it is as late again: it is counted from now on.
    const isAhead = trigger.kind === 'every' && known !== null && Math.max(known.since, known.tick ?? 0) > now;
    const mark = known === null || isAhead ? first(key) : known;
    const due = trigger.kind === 'every' ? latestOf(mark.since, trigger.every, now) : latestOfCron(trigger.cron, now);
    if (due !== null && due > (mark.tick ?? mark.since)) {
      await strike(entry, trigger, key, due);
      journal.triggers.keep(key, { ...mark, tick: due });
    }
    return trigger.kind === 'every'
      ? mark.since + (Math.floor((now - mark.since) / trigger.every) + 1) * trigger.every
      : (new Cron(trigger.cron, { paused: true }).nextRun(new Date(now))?.getTime() ?? Infinity);
  }

  async function strike(entry: CatalogEntry, trigger: TimeTrigger, key: string, due: number): Promise<void> {
    const at = new Date(due).toISOString();
    try {
      const input = await valueOf(entry, trigger.input, {}, due, key);
      await start(entry, runIdOf(entry, key, at.replaceAll(/[-:]/g, '')), input ?? {}, `the tick of ${at}`);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      log(`${entry.plan.workflow} is not started by the tick of ${at}: ${error.message}`);
    }
  }

  /**
   * Tells the events that are for triggers seen for the first time: those that wait for somebody now, and all that come. Each
   * new trigger is to have them, and none takes them from another.
   */
  function waitingNow(): (event: KeptEvent) => boolean {
    const now = clock.now();
    const head = journal.bus.head();
    const waiting = journal.bus.events().filter(({ number, until }) => until >= now && journal.bus.takers(number).length === 0); // prettier-ignore
    const numbers = new Set(waiting.map(({ number }) => number));
    return ({ number }) => number > head || numbers.has(number);
  }

  /** Fires for each event since the last one that it dealt with. */
  async function hear(
    entry: CatalogEntry,
    trigger: EventTrigger,
    key: string,
    isForNew: (event: KeptEvent) => boolean,
  ): Promise<void> {
    const known = journal.triggers.mark(key);
    let mark = known ?? { since: clock.now(), tick: null, event: 0 };
    if (known !== null && journal.bus.head() <= mark.event) return;
    for (const event of journal.bus.events(mark.event)) {
      if (closed) return;
      const mine = event.type === trigger.event && event.family === null;
      // What came before the trigger was there is for it only as long as it waits for somebody.
      const waits = known !== null || isForNew(event);
      if (mine && waits) await fire(entry, trigger, key, event);
      mark = { ...mark, event: event.number };
      // Of a trigger that is new nothing is kept before it has been through all that was there.
      if (mine && known !== null) journal.triggers.keep(key, mark);
    }
    journal.triggers.keep(key, mark);
  }

  async function fire(entry: CatalogEntry, trigger: EventTrigger, key: string, event: KeptEvent): Promise<void> {
    const { plan } = entry;
    const misfit = misfitOf(plan, event);
    if (misfit !== null) {
      journal.bus.bury(event.number, plan.workflow, misfit, clock.now());
      return;
    }
    try {
      const bindings = { event: eventData(event) };
      if (trigger.when !== null) {
        const holds = await valueOf(entry, { kind: 'expression', expression: trigger.when }, bindings, event.at, key);
        if (!isTruthy(holds)) return;
      }
      const input = trigger.input === null ? event.data : await valueOf(entry, trigger.input, bindings, event.at, key);
      const run = runIdOf(entry, key, hash(JSON.stringify([event.source, event.id])).slice(0, 16));
      await start(entry, run, input ?? {}, `the event ${event.type} ${event.id}`, event);
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      journal.bus.bury(event.number, plan.workflow, error.message, clock.now());
    }
  }

  /** Begins the run, unless it was begun before. Raises Unfit when it never can be, and Later when it cannot be now. */
  async function start(entry: CatalogEntry, id: string, input: Json, why: string, event?: KeptEvent): Promise<void> {
    if (journal.summary(id) !== null) return;
    const trace = event === undefined ? null : traceOf(event);
    const started = await host.start({
      file: entry.file,
      input,
      id,
      by: { name: why },
      ...(event !== undefined && { event }),
      ...(trace !== null && { trace }),
    });
    if (started.ok) {
      log(`${entry.plan.workflow} is started as run ${id} by ${why}.`);
      return;
    }
    const { code, message } = started.error;
    if (code === 'held') return;
    if (code === 'journal') throw new Later(message);
    if (event !== undefined) throw new Unfit(message);
    log(`${entry.plan.workflow} is not started by ${why}: ${message}`);
  }

  async function valueOf(
    { file }: CatalogEntry,
    template: Template | null,
    bindings: Readonly<Record<string, Json>>,
    now: number,
    seed: string,
  ): Promise<Json> {
    if (template === null) return null;
    const environment = readEnvironment(file, {});
    if ('unreadable' in environment) throw new Unfit(environment.unreadable);
    const given = await evaluateTemplate(template, { env: environment.env, ...bindings }, { now, seed });
    if (given.ok) return given.value;
    throw new Unfit(given.message);
  }

  function first(key: string): TriggerMark {
    const mark = { since: clock.now(), tick: null, event: 0 };
    journal.triggers.keep(key, mark);
    return mark;
  }

  async function look(): Promise<void> {
    again = true;
    looking ??= (async () => {
      while (again && !closed) {
        again = false;
        await lookOnce();
      }
    })().finally(() => {
      looking = null;
    });
    return looking;
  }

  return {
    look,
    close() {
      closed = true;
      cancel();
    },
  };
}

/** An event that can never start the run: its input does not fit, or an expression faults. */
class Unfit extends Error {}

/** The trace that an event is part of, as CloudEvents' extension for distributed tracing names it. */
function traceOf({ attributes }: KeptEvent): TraceContext | null {
  const { traceparent, tracestate } = attributes;
  if (typeof traceparent !== 'string') return null;
  return readTraceContext(traceparent, typeof tracestate === 'string' ? tracestate : '');
}

function latestOf(since: number, every: number, now: number): number | null {
  const ticks = Math.floor((now - since) / every);
  return ticks < 1 ? null : since + ticks * every;
}

function latestOfCron(cron: string, now: number): number | null {
  // The reference itself does not count as passed, and has whole seconds.
  const passed = new Cron(cron, { paused: true }).previousRuns(2, new Date(now + 1000));
  return passed.map((date) => date.getTime()).find((tick) => tick <= now) ?? null;
}

/** The triggers of a workflow with their keys; of several that differ in nothing but their input each has its own. */
function keyed(entry: CatalogEntry): readonly (readonly [PlanTrigger, string])[] {
  const seen = new Map<string, number>();
  return entry.plan.triggers.map((trigger) => {
    const key = keyOf(entry, trigger);
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return [trigger, before === 0 ? key : `${key} ${before + 1}`] as const;
  });
}

/** What tells a trigger from others, so that it is the same one after a restart. */
function keyOf({ plan }: CatalogEntry, trigger: PlanTrigger): string {
  switch (trigger.kind) {
    case 'event':
      return JSON.stringify([plan.workflow, 'event', trigger.event, trigger.when?.source ?? null]);
    case 'every':
      return JSON.stringify([plan.workflow, 'every', trigger.every]);
    case 'cron':
      return JSON.stringify([plan.workflow, 'cron', trigger.cron]);
  }
}

/** `nightly-20260101T060000.000Z-1f2e3d`, fit to be a run's id. */
function runIdOf({ plan }: CatalogEntry, key: string, what: string): string {
  const name = plan.workflow.replace(/^_+/, '').slice(0, 120) || 'workflow';
  return `${name}-${what}-${hash(key).slice(0, 6)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
