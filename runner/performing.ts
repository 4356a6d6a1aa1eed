/**
 * The actions of one run that are under way.
 *
 * 1. An activation has at most one: a newer attempt takes the place of an older one, which is not heard any more.
 * 2. An aborted action is waited for; it reports its end as any other.
 * 3. A call that is silent for longer than its heartbeat allows is reported as `timeout`, and then not heard any more.
 */
import type { Clock } from './clock.ts';
import type { Command, Outcome, StimulusBody } from './machine/index.ts';

/** A command that is carried out by someone else; `publish` and `abort` are the driver's own. */
export type Task = Exclude<Command, { type: 'publish' | 'abort' }>;

/**
 * Performs a command; what it resolves with is the action's outcome, null for none. It never rejects. `signal` is aborted
 * with the reason `timeout`, `cancelled` or `stopped`.
 */
export type Perform = (command: Task, signal: AbortSignal, heartbeat: () => void) => Promise<Outcome | null>;

export interface Performing {
  start(command: Task): void;
  abort(activation: number, why: 'timeout' | 'cancelled'): void;
  /** Aborts everything, and hears nothing from then on. */
  stop(): void;
}

interface UnderWay {
  readonly controller: AbortController;
  /** Takes back the watch over the heartbeat. */
  quiet: () => void;
}

/** Reports each end through `ended`; a fault of the performer itself goes to `failed`. */
export function createPerforming(
  clock: Clock,
  perform: Perform,
  ended: (outcome: Extract<StimulusBody, { type: 'outcome' }>) => void,
  failed: (error: unknown) => void,
): Performing {
  const underWay = new Map<number, UnderWay>();

  function begin(command: Exclude<Task, { type: 'cancel-child' }>): void {
    const { activation, attempt } = command;
    const mine: UnderWay = { controller: new AbortController(), quiet: () => undefined };
    underWay.get(activation)?.quiet();
    underWay.set(activation, mine);
    const report = (outcome: Outcome) => {
      if (underWay.get(activation) !== mine) return;
      mine.quiet();
      underWay.delete(activation);
      ended({ type: 'outcome', activation, attempt, outcome });
    };
    const silence = command.type === 'call' ? command.heartbeat : null;
    const heartbeat = () => {
      mine.quiet();
      if (silence === null || underWay.get(activation) !== mine) return;
      mine.quiet = clock.after(silence, () => {
        report(silent(silence));
        mine.controller.abort('timeout');
      });
    };
    heartbeat();
    perform(command, mine.controller.signal, heartbeat).then((outcome) => {
      if (outcome !== null) report(outcome);
    }, failed);
  }

  return {
    start(command) {
      if (command.type === 'cancel-child')
        perform(command, new AbortController().signal, () => undefined).catch(failed);
      else begin(command);
    },
    abort(activation, why) {
      underWay.get(activation)?.controller.abort(why);
    },
    stop() {
      const all = [...underWay.values()];
      underWay.clear();
      for (const { controller, quiet } of all) {
        quiet();
        controller.abort('stopped');
      }
    },
  };
}

function silent(ms: number): Outcome {
  const message = `There was no heartbeat for ${ms} ms.`;
  return { ok: false, error: { type: 'timeout', message, code: null, status: null, data: null } };
}
