/**
 * The world around a run that plays a scenario (section 12): the virtual clock, mocks, events at their times, people who
 * decide after their delays, and a process that dies.
 *
 * 1. The stage outlives hosts: after a crash the next host finds the same clock, and mocks as far as they were played.
 * 2. Between a crash and the next host the clock stands still.
 * 3. What the stage does to a run follows from committed records alone, so that a crash changes nothing of it.
 */
import { playMocks, withoutItems } from '../actions/mocks.ts';
import type { MockPlayer } from '../actions/mocks.ts';
import { virtualClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Host, HostOptions } from '../host.ts';
import type { RunRecord } from '../machine/index.ts';
import type { Observer, RunView } from '../observe.ts';
import type { Scenario, ScenarioDecision } from './read.ts';

export interface Stage {
  readonly clock: Clock;
  /** What a host of the scenario is created with, besides its journal, its holder and its observer. */
  readonly options: Pick<HostOptions, 'clock' | 'mocks' | 'env' | 'secret' | 'events'>;
  /** What the host's observer has to do for the scenario. */
  readonly observer: Required<Pick<Observer, 'committed'>> & Pick<Observer, 'before'>;
  /** Names the host that drives the run from now on; to be called before it begins to. */
  enter(host: Host): void;
  /** Lets the clock go on after a crash; to be called when the host drives the run. */
  proceed(): void;
  /** Lets the process die now, once. */
  die(): void;
  /** Whether the process has died and the clock stands still since. */
  readonly down: boolean;
  /** Whether the process has died at all. */
  readonly crashed: boolean;
  /** Decisions that an open task refused, each with the sentence that says why. */
  readonly refusals: readonly { readonly decision: ScenarioDecision; readonly message: string }[];
  readonly mocks: MockPlayer;
}

/** The parts of a scenario that are about the run, and not about what is expected of it. */
export type Staged = Pick<Scenario, 'env' | 'secrets' | 'mocks' | 'events' | 'decisions' | 'crash'>;

/** A stage at the beginning of `scenario`, with mocks of its own; times count by `clock`. */
export function createStage(scenario: Staged, clock: Clock = virtualClock()): Stage {
  const { crash } = scenario;
  const player = playMocks(scenario.mocks, clock);
  const ways = new Map<string, string>();
  const asked = new Map<string, number>();
  const refusals: { decision: ScenarioDecision; message: string }[] = [];
  let host: Host | null = null;
  let family = '';
  let crashed = false;
  let dead: Host | null = null;
  let awake: (() => void) | null = null;

  /** Everything but the journal is lost. */
  function die(): void {
    if (crashed) return;
    crashed = true;
    dead = host;
    awake = clock.busy();
    void host?.close();
  }

  function publishAll(begun: number): void {
    for (const { at, type, data, id, source } of scenario.events) {
      clock.at(begun + at, () => {
        const event = { id, source, type, time: new Date(clock.now()).toISOString(), data, attributes: {} };
        host?.publish(event, { family });
      });
    }
  }

  function decide(run: string, way: string, activation: number, at: number): void {
    const key = [way, withoutItems(way)].find((each) => scenario.decisions.has(each)) ?? way;
    const list = scenario.decisions.get(key) ?? [];
    const turn = asked.get(key) ?? 0;
    asked.set(key, turn + 1);
    const decision = list[Math.min(turn, list.length - 1)];
    if (decision === undefined) return;
    const { outcome, form, actor, after } = decision;
    clock.at(at + after, () => {
      const handle = host?.runs.get(run);
      handle?.send({ type: 'decision', state: way, by: { name: actor }, outcome, form }).then(
        (message) => {
          // A task that is gone was decided otherwise meanwhile, which a scenario may well be about.
          const task = handle.view().state.activations.get(activation)?.task;
          if (message !== null && task != null) refusals.push({ decision, message });
        },
        // A run that stopped says so itself.
        () => undefined,
      );
    });
  }

  function see(record: RunRecord, { state }: RunView): void {
    if (record.type === 'run.started' && record.parent === null) {
      family = record.run;
      publishAll(record.at);
    }
    if (record.type === 'state.entered') ways.set(`${state.run}/${record.activation}`, record.way);
    // What undoes may ask somebody, too.
    const undoing = record.type === 'compensation.entered' ? state.activations.get(record.activation) : undefined;
    if (undoing) ways.set(`${state.run}/${undoing.id}`, undoing.way);
    if (!('activation' in record) || record.activation === null) return;
    const way = ways.get(`${state.run}/${record.activation}`);
    if (way === undefined) return;
    if (record.type === 'task.created') decide(state.run, way, record.activation, record.at);
    if (crash === null || (crash.state !== way && crash.state !== withoutItems(way))) return;
    const waits = record.type === 'wait.started' || record.type === 'task.created';
    if (crash.when === 'after' ? record.type === 'state.completed' : waits) die();
  }

  const mocks: MockPlayer = {
    ...player,
    async answer(call, signal) {
      const outcome = await player.answer(call, signal);
      const here = call.way !== null && (crash?.state === call.way || crash?.state === withoutItems(call.way));
      if (crash?.when === 'before' && here) die();
      return outcome;
    },
  };

  return {
    clock,
    options: {
      clock,
      mocks,
      env: scenario.env,
      secret: (name) => scenario.secrets.get(name),
      events: 'family',
    },
    observer: {
      // With `before` every step is a commit of its own, so that nothing follows the completion after which it crashes.
      ...(crash === null ? {} : { before: () => undefined }),
      committed(records, view) {
        for (const record of records) see(record, view);
      },
    },
    enter(next) {
      host = next;
    },
    die,
    proceed() {
      // A host may have died before whoever began to drive with it was told that it drives.
      if (host === dead) return;
      awake?.();
      awake = null;
    },
    get down() {
      return awake !== null;
    },
    get crashed() {
      return crashed;
    },
    refusals,
    mocks,
  };
}
