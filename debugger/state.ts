/** What one debug session knows, and the few things that all of its requests do with it. */
import type { DebugProtocol } from '@vscode/debugprotocol';
import { positionAt } from '../language/index.ts';
import type { Range } from '../language/index.ts';
import type { RunView } from '../runner/host.ts';
import { RequestError } from './arguments.ts';
import { createAhead, type Ahead } from './ahead.ts';
import { createBreakpoints, type Breakpoints } from './breakpoints.ts';
import type { Stop } from './control.ts';
import { createDataBreakpoints, type DataBreakpoints } from './data.ts';
import type { Debuggee } from './debuggee.ts';
import { exceptionFilters, type ExceptionFilters } from './exceptions.ts';
import type { Launch } from './launching.ts';
import { placesOf } from './places.ts';
import type { Drift } from './postmortem/drift.ts';
import type { SetTarget } from './scopes.ts';
import { createSources, type Sources } from './sources.ts';
import { framesOf, standingIn, type FrameSpot } from './stack.ts';
import { valueTable, type ValueTable } from './values.ts';

export interface SessionWiring {
  event(event: string, body?: object): void;
  /** Runs `job` after the answer to the present request was sent. */
  later(job: () => void): void;
  /** The client has disconnected, and everything is given up. */
  over(): void;
  /** Resolves when the client is gone, with or without a word. */
  readonly gone: Promise<void>;
}

export interface Session extends SessionWiring {
  initialized: boolean;
  /** What the client counts from: 0 or 1. */
  base: { line: number; column: number };
  /** Whether the client takes the word that what it shows is not true any more. */
  invalidates: boolean;
  readonly breakpoints: Breakpoints;
  readonly filters: ExceptionFilters;
  readonly data: DataBreakpoints;
  readonly ahead: Ahead;
  /** What `gotoTargets` and `stepInTargets` offered at this stop, by number. */
  readonly targets: Map<number, Target>;
  readonly values: ValueTable<SetTarget>;
  readonly sources: Sources;
  /** What is debugged; null before `launch` or `attach` succeeded. */
  debuggee: Debuggee | null;
  /** Where another definition would have decided otherwise than the runs that are looked at, at most one in each. */
  drifts: readonly Drift[];
  /** The definition that was named with `attach`. */
  program: string | null;
  /** The environment that was given with `launch` or `attach`. */
  env: Readonly<Record<string, string>>;
  /** Starts what was launched again, with other arguments if there are any; null when nothing can be. */
  relaunch: ((other?: Launch) => Promise<void>) | null;
  /** The run whose end is not told, because another one follows it. */
  restarting: Debuggee | null;
  configured: boolean;
  /** Transitions since the last stop, of which only the first are told. */
  transitions: number;
  /** The stop whose frames and values are handed out, with the stacks of the threads that were asked for. */
  shown: { readonly thread: number; readonly stop: Stop; readonly stacks: Map<number, Stack> } | null;

  output(
    text: string,
    category: DebugProtocol.OutputEvent['body']['category'],
    where?: { view: RunView; range: Range },
  ): void;
  /** Where the client shows `range` of a run's text. */
  locate(
    view: RunView,
    range: Range,
  ): { source: DebugProtocol.Source; line: number; column: number; endLine: number; endColumn: number };
  /** What is debugged; a RequestError when nothing is. */
  running(): Debuggee;
  /** The present stop; a RequestError while the run goes on. */
  standing(): Stop;
  /** The stop at the live end; a RequestError also when the view is in the past. */
  present(): Stop;
  /** Takes up a new stop: what was handed out for the one before is stale. */
  show(stop: Stop): void;
  forget(): void;
  /** The frames of a thread at the present stop; a RequestError when there is no such thread. */
  stack(thread: number): Stack;
  frame(id: number): FrameSpot;
  /** Whether this was a frame of an earlier stop: a client may ask for it while the run has already gone on. */
  wasFrame(id: number): boolean;
  close(): Promise<void>;
}

/** Somewhere that a person may choose to go. */
export type Target =
  /** Null where there is only one way in. */
  | { readonly kind: 'in'; readonly way: string | null }
  | { readonly kind: 'jump'; readonly spot: FrameSpot; readonly state: string; readonly plan: string };

/** The frames of one thread, innermost first; their ids follow one another from `firstId`. */
export interface Stack {
  readonly frames: readonly FrameSpot[];
  readonly firstId: number;
}

/** A session before its first request. */
export function createState(wiring: SessionWiring): Session {
  let nextFrame = 1;
  const session: Session = {
    ...wiring,
    initialized: false,
    base: { line: 1, column: 1 },
    invalidates: false,
    breakpoints: createBreakpoints(),
    filters: exceptionFilters(),
    data: createDataBreakpoints(),
    ahead: createAhead(),
    targets: new Map(),
    values: valueTable(),
    sources: createSources(),
    debuggee: null,
    drifts: [],
    program: null,
    env: {},
    relaunch: null,
    restarting: null,
    configured: false,
    transitions: 0,
    shown: null,
    output(text, category, where) {
      const place = where === undefined ? {} : session.locate(where.view, where.range);
      const { source, line, column } = place as Partial<ReturnType<Session['locate']>>;
      session.event('output', {
        category,
        output: text.endsWith('\n') ? text : `${text}\n`,
        ...(source !== undefined && { source, line, column }),
      });
    },
    locate(view, range) {
      const { lines } = placesOf(view.plan, view.text);
      const start = positionAt(lines, range.start);
      const end = positionAt(lines, range.end);
      const { line, column } = session.base;
      return {
        source: session.sources.of(view),
        line: start.line + line,
        column: start.character + column,
        endLine: end.line + line,
        endColumn: end.character + column,
      };
    },
    running() {
      if (session.debuggee === null)
        throw new RequestError('Nothing is debugged yet: `launch` or `attach` comes first.');
      return session.debuggee;
    },
    standing() {
      const { stop } = session.running();
      if (stop === null) throw new RequestError('The run is going on. Pause it first, or wait until it stops.');
      return stop;
    },
    present() {
      if (session.running().travel.at !== null) {
        throw new RequestError(
          'What is shown is past: go on to the live end first, or fork the run from here with `backstep/fork`.',
        );
      }
      return session.standing();
    },
    show(stop) {
      session.forget();
      const { view, standing } = stop.spot;
      session.shown = { thread: session.running().threads.of(view, standing.scope), stop, stacks: new Map() };
    },
    stack(thread) {
      session.standing();
      const { find, threads, main } = session.running();
      const { shown } = session;
      const known = shown?.stacks.get(thread);
      if (known !== undefined) return known;
      const at = threads.list(main()).find(({ id }) => id === thread)?.at;
      const spot = shown?.thread === thread ? shown.stop.spot : at && standingIn(at.view, at.scope, find);
      const frames = spot == null ? [] : framesOf(spot.view, spot.standing, find);
      const stack = { frames, firstId: nextFrame };
      nextFrame += frames.length;
      shown?.stacks.set(thread, stack);
      return stack;
    },
    forget() {
      session.shown = null;
      session.values.clear();
      session.targets.clear();
    },
    wasFrame(id) {
      const now = [...(session.shown?.stacks.values() ?? [])];
      const here = now.some(({ frames, firstId }) => id >= firstId && id < firstId + frames.length);
      return Number.isInteger(id) && id > 0 && id < nextFrame && !here;
    },
    frame(id) {
      session.standing();
      const stacks = [...(session.shown?.stacks.values() ?? [])];
      const spot = stacks.flatMap(({ frames, firstId }) => frames[id - firstId] ?? [])[0];
      if (spot === undefined) throw new RequestError(`There is no frame ${id} at this stop.`);
      return spot;
    },
    async close() {
      const { debuggee } = session;
      session.debuggee = null;
      session.forget();
      await debuggee?.close();
    },
  };
  return session;
}
