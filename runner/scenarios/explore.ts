/**
 * Explores what can become of a run: fails every step in turn, lets people decide otherwise and events not come, fails
 * what undoes, and crashes after every commit.
 *
 * 1. The first variation is the run as it goes by its mocks; all others differ from it in one thing.
 * 2. A crash must change nothing of how a run ends: each variation is played again with a crash after each of its commits,
 *    failures of one step by several errors only once. Of a long run only some commits, spread evenly, are taken, so that
 *    the work grows with the run's length and not with its square.
 * 3. What stayed undone are writes that were made, or may have been, in a run that did not complete, and that nothing undid.
 */
import type { Json, Plan, PlanState } from '../../language/index.ts';
import type { Mocks } from '../actions/mocks.ts';
import type { Host } from '../host.ts';
import { load, misfitOfInput } from '../load.ts';
import { indexOf } from '../machine/index.ts';
import type { Observer } from '../observe.ts';
import type { StartError } from '../start-error.ts';
import { defaultsFor } from './defaults.ts';
import { playRun } from './play.ts';
import type { Played } from './play.ts';
import { sampleOf } from './samples.ts';
import { createStage } from './stage.ts';
import type { Staged } from './stage.ts';
import { leftBehind } from './left-behind.ts';
import type { LeftBehind } from './left-behind.ts';

export interface ExploreRequest {
  readonly file: string;
  /** Without it one is made from the workflow's schema. */
  readonly input?: Json | undefined;
  /** Go before the defaults, operation by operation. */
  readonly mocks?: Mocks | undefined;
  /** Told of each variation as soon as it was played. */
  readonly found?: (explored: Explored) => void;
}

/** What differs from the run as it goes by itself. */
export type Variation =
  | { readonly kind: 'none' }
  | { readonly kind: 'failure'; readonly state: string; readonly error: string }
  | { readonly kind: 'outcome'; readonly state: string; readonly outcome: string }
  | { readonly kind: 'silence'; readonly event: string }
  | { readonly kind: 'stuck'; readonly state: string; readonly error: string; readonly undoing: string };

export interface Explored {
  readonly variation: Variation;
  readonly played: Played;
  readonly left: readonly LeftBehind[];
  /** How many crashes were tried, and those after which the run ended otherwise. */
  readonly crashes: number;
  readonly differing: readonly { readonly afterCommit: number; readonly played: Played }[];
}

export type Exploring =
  { readonly ok: true; readonly explored: readonly Explored[] } | { readonly ok: false; readonly error: StartError };

/** Explores the workflow in `file`. Gives a StartError when it cannot be begun. Raises a JournalError. */
export async function explore(request: ExploreRequest): Promise<Exploring> {
  const loaded = load(request.file);
  if ('error' in loaded) return { ok: false, error: loaded.error };
  const { plan, file } = loaded;
  const input = request.input ?? (typeof plan.input === 'boolean' || plan.input === null ? {} : sampleOf(plan.input));
  const misfit = misfitOfInput(plan, input);
  if (misfit !== null) return { ok: false, error: { code: 'invalid-input', message: misfit, file } };
  const defaults = defaultsFor(plan, file);
  const staged: Staged = {
    ...defaults,
    mocks: new Map([...defaults.mocks, ...(request.mocks ?? [])]),
    env: {},
    secrets: new Map(),
    crash: null,
  };
  const play = (variation: Variation, crashAfter: number | null) =>
    playVaried({ file, input, staged, variation, crashAfter });

  const explored: Explored[] = [];
  const crashed = new Set<string>();
  const tryOut = async (variation: Variation): Promise<StartError | Played> => {
    const first = await play(variation, null);
    if (!first.ok) return first.error;
    const { played, commits } = first;
    const mark = 'state' in variation && variation.kind === 'failure' ? variation.state : JSON.stringify(variation);
    const differing: { afterCommit: number; played: Played }[] = [];
    const points = crashed.has(mark) ? [] : crashPoints(commits);
    crashed.add(mark);
    for (const afterCommit of points) {
      const again = await play(variation, afterCommit);
      if (again.ok && endOf(again.played) !== endOf(played)) differing.push({ afterCommit, played: again.played });
    }
    const found = { variation, played, left: leftBehind(played), crashes: points.length, differing };
    explored.push(found);
    request.found?.(found);
    return played;
  };

  const first = await tryOut({ kind: 'none' });
  if ('code' in first) return { ok: false, error: first };
  const stuck = new Set<string>();
  for (const variation of variationsOf(plan, first.path, staged)) {
    const played = await tryOut(variation);
    if ('code' in played || variation.kind !== 'failure') continue;
    for (const undoing of played.compensated) {
      if (stuck.has(undoing)) continue;
      stuck.add(undoing);
      await tryOut({ ...variation, kind: 'stuck', undoing });
    }
  }
  return { ok: true, explored };
}

/** How many commits may be played again for the crashes of one variation, and how many crashes are tried in any case. */
const REPLAYED_COMMITS = 20_000;
const FEWEST_CRASHES = 3;

/** The commits after which a run of `commits` of them is made to crash: all but the last, or an even choice of them. */
function crashPoints(commits: number): number[] {
  const all = Math.max(0, commits - 1);
  const most = Math.min(all, Math.max(FEWEST_CRASHES, Math.floor(REPLAYED_COMMITS / Math.max(1, commits))));
  return Array.from({ length: most }, (_, at) => 1 + Math.floor((at * all) / most));
}

/** What can go otherwise on the way that the run took. */
function variationsOf(plan: Plan, path: readonly string[], { events }: Staged): readonly Variation[] {
  const variations: Variation[] = [];
  for (const way of new Set(path)) {
    const state = indexOf(plan).states.get(way.replace(/\/\d+(?=\/|$)/g, ''));
    if (state === undefined) continue;
    for (const error of errorsOf(plan, state)) variations.push({ kind: 'failure', state: way, error });
    const { action } = state;
    if (action.kind === 'human')
      for (const outcome of action.outcomes.slice(1)) variations.push({ kind: 'outcome', state: state.id, outcome });
    if (action.kind !== 'listen') continue;
    const event = action.on.find((listener) => events.some(({ type }) => type === listener.event))?.event;
    if (event !== undefined) variations.push({ kind: 'silence', event });
  }
  return variations;
}

/** Errors that differ in what they mean: surely nothing done, in doubt, and each that the file names for this state. */
function errorsOf(plan: Plan, { action, catch: handlers, retry }: PlanState): readonly string[] {
  if (action.kind === 'run') return ['error'];
  if (action.kind !== 'call' || action.operation === 'log') return [];
  const participant = plan.participants.find(({ name }) => name === action.participant);
  const kind = participant?.provider.kind ?? action.operation;
  const usual =
    kind === 'http'
      ? ['http.400', 'http.503', 'network']
      : kind === 'module' || kind === 'script'
        ? ['error']
        : ['exit.1'];
  const named = [...handlers.flatMap(({ errors }) => errors), ...(retry?.on ?? []), ...action.errors];
  const exact = named.filter((type) => type !== 'any' && !/^http(\.[1-5]xx)?$|^exit$/.test(type));
  return [...new Set([...usual, 'timeout', ...exact])];
}

interface Varied {
  readonly file: string;
  readonly input: Json;
  readonly staged: Staged;
  readonly variation: Variation;
  readonly crashAfter: number | null;
}

async function playVaried({ file, input, staged, variation, crashAfter }: Varied) {
  const stage = createStage(stagedFor(staged, variation));
  let commits = 0;
  const observer: Observer = {
    before: (step, { state }) => {
      if (step.activation === null || state.parent !== null) return;
      const activation = state.activations.get(step.activation);
      if (activation === undefined || activation.injected !== null) return;
      const fails = (variation.kind === 'failure' || variation.kind === 'stuck') && variation.state === activation.way;
      const isStuck = variation.kind === 'stuck' && variation.undoing === activation.way;
      const acts = step.place === 'enter' || step.place === 'call' || step.place === 'undo';
      if (!acts || !(activation.role === 'state' ? fails : isStuck && activation.role === 'compensation')) return;
      const type = activation.role === 'state' && 'error' in variation ? variation.error : 'error';
      const error = { type, message: `${activation.way} is made to fail.` };
      const handle = hostOf?.runs.get(state.run);
      return handle?.send({ type: 'inject', activation: step.activation, error }).then(() => undefined);
    },
    committed() {
      commits++;
      if (commits === crashAfter) stage.die();
    },
  };
  let hostOf: Host | null = null;
  const playing = await playRun({
    file,
    input,
    stage: {
      ...stage,
      enter(host) {
        hostOf = host;
        stage.enter(host);
      },
      get down() {
        return stage.down;
      },
      get crashed() {
        return stage.crashed;
      },
    },
    observer,
  });
  return playing.ok ? { ...playing, commits } : playing;
}

function stagedFor(staged: Staged, variation: Variation): Staged {
  switch (variation.kind) {
    case 'outcome': {
      const decisions = new Map(staged.decisions);
      const given = (decisions.get(variation.state) ?? []).map((each) => ({ ...each, outcome: variation.outcome }));
      return { ...staged, decisions: decisions.set(variation.state, given) };
    }
    case 'silence':
      return { ...staged, events: staged.events.filter(({ type }) => type !== variation.event) };
    case 'none':
    case 'failure':
    case 'stuck':
      return staged;
  }
}

/** What a crash must not change. */
function endOf({ status, error, path, compensated, output, emitted }: Played): string {
  return JSON.stringify([status, error?.type ?? null, path, compensated, output, emitted]);
}
