/** When a run has come to rest: it has ended, is suspended, or only time, people and events can make it go on. */
import type { Clock } from '../../runner/clock.ts';
import type { Host, RunHandle } from '../../runner/host.ts';
import type { Journal } from '../../runner/journal/journal.ts';
import { ENDED, childrenOf, isIdle, statusOf, timersOf } from '../../runner/machine/index.ts';
import type { RunState, RunStatus } from '../../runner/machine/index.ts';

export interface Rest {
  /** To be called after each commit of the host. */
  committed(): void;
  /** Resolves with the status when the run has ended or is suspended, and without `wait` also when it waits. */
  of(host: Host, run: RunHandle, wait: boolean): Promise<RunStatus>;
  /** The same for all child runs of the host that were started and gone on from. */
  ofDetached(host: Host, wait: boolean): Promise<void>;
}

/** Watches the runs of one host on `clock` and `journal`. */
export function createRest(clock: Clock, journal: Journal): Rest {
  let looks: (() => void)[] = [];
  let looking = false;
  const rest: Rest = {
    committed() {
      if (looking || looks.length === 0) return;
      looking = true;
      // Once everything that is under way in this process has come to rest.
      setImmediate(() => {
        looking = false;
        for (const look of looks) look();
      });
    },
    async of(host, run, wait) {
      const ended = run.settled('ended');
      if (wait) return ended;
      const look: { now: () => void } = { now: () => undefined };
      let over = false;
      const waiting = new Promise<RunStatus>((resolve) => {
        look.now = () => {
          if (!over && isWaiting(host, journal, run, clock)) resolve('waiting');
        };
        looks.push(look.now);
        setImmediate(look.now);
      });
      try {
        // By its driver a run that waits for a child is busy, and on a virtual clock it never waits for long.
        const settled = clock.kind === 'real' ? [run.settled('waiting')] : [];
        return await Promise.race([ended, waiting, ...settled]);
      } finally {
        over = true;
        looks = looks.filter((each) => each !== look.now);
      }
    },
    async ofDetached(host, wait) {
      for (const run of host.runs.values())
        if (run.view().state.parent?.detached === true) await rest.of(host, run, wait);
    },
  };
  return rest;
}

/** Whether the run, or every child that it waits for, only waits; on a virtual clock timers are nothing to wait for. */
function isWaiting(host: Host, journal: Journal, run: RunHandle, clock: Clock): boolean {
  const { plan, state } = run.view();
  if (!isCommitted(journal, state)) return false;
  const status = statusOf(plan, state);
  if (ENDED.has(status) || status === 'suspended') return false;
  if (clock.kind === 'virtual' && timersOf(plan, state).length > 0) return false;
  if (status === 'waiting') return true;
  if (!isIdle(plan, state)) return false;
  const children = childrenOf(state).map((child) => host.runs.get(child));
  // What undoes may wait for a person too; the run is `compensating` all the while.
  if (children.length === 0) return status === 'compensating';
  // Whoever looks at the run later is to find it waiting.
  if (journal.summary(state.run)?.status !== 'waiting') return false;
  return children.every(
    (child) => child !== undefined && (isSuspended(journal, child) || isWaiting(host, journal, child, clock)),
  );
}

function isSuspended(journal: Journal, run: RunHandle): boolean {
  const { plan, state } = run.view();
  return isCommitted(journal, state) && statusOf(plan, state) === 'suspended';
}

/** What is decided but not committed may still be told. */
function isCommitted(journal: Journal, { run, seq }: Readonly<RunState>): boolean {
  return journal.summary(run)?.seq === seq;
}
