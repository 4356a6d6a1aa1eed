/**
 * `backstep serve`: a host that drives every run of a journal, with triggers and HTTP.
 *
 * 1. At the start, and whenever the journal changes, unfinished runs that nobody drives are taken up; suspended ones wait
 *    for a person, children for their parents.
 * 2. Ending takes no further request, takes no further step, and gives up every lease: another process can go on at once,
 *    and nothing that was committed is lost.
 */
import type { AddressInfo } from 'node:net';
import { realClock, steady } from '../clock.ts';
import { createHost } from '../host.ts';
import type { Host, HostOptions } from '../host.ts';
import type { Journal } from '../journal/journal.ts';
import type { RunRecord } from '../machine/index.ts';
import type { RunView } from '../observe.ts';
import { createPulse } from '../pulse.ts';
import { leftRuns } from '../left.ts';
import { sideBySide } from '../side-by-side.ts';
import { isWanted } from '../wanted.ts';
import { createApp } from './app.ts';
import { openCatalog } from './catalog.ts';
import { listening } from './listener.ts';
import { createMetrics } from './metrics.ts';
import { createTriggers } from './triggers.ts';
import { createFollowers } from './updates.ts';

export interface ServiceOptions extends Pick<HostOptions, 'attach' | 'env' | 'envFile' | 'secret' | 'mocks'> {
  /** The folder whose workflows are served; absolute. */
  readonly folder: string;
  readonly journal: Journal;
  /** The port on the loopback interface; 0 takes a free one. */
  readonly port: number;
  readonly hostname?: string;
  readonly token: string;
  /** The origins of pages that may ask from a browser; none by default. */
  readonly origins?: readonly string[];
  readonly version: string;
  /** Called with each line of the log. */
  readonly log: (line: string) => void;
}

export interface Service {
  readonly address: AddressInfo;
  readonly host: Host;
  /** Resolves when nothing is driven and nobody is connected any more; called again it gives the same. */
  close(): Promise<void>;
}

/** The least milliseconds between two looks for runs that nobody drives. */
const LOOK = 1000;

/** How many runs are taken up together: they share a commit, and requests are answered in between. */
const AT_ONCE = 100;

/** Milliseconds for requests that are under way when the service ends. */
const GRACE = 2000;

/** Begins to serve. Rejects when the port cannot be had, and with a JournalError. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { folder, journal, log } = options;
  const ending = new AbortController();
  const clock = realClock();
  const followers = createFollowers();
  const metrics = createMetrics(journal);
  const { env, envFile, secret, mocks } = options;
  const host = createHost({
    ...{ journal, clock, holder: 'backstep serve', forget: true, letsGo: true, attach: options.attach === true },
    ...(env !== undefined && { env }),
    ...(envFile !== undefined && { envFile }),
    ...(secret !== undefined && { secret }),
    ...(mocks !== undefined && { mocks }),
    stopped: (run, fault) => log(`run ${run} stops here: ${fault.message}`),
    complain: log,
    observer: {
      committed(records, view) {
        metrics.committed(records, view);
        tell(records, view);
        followers.wake(view.state.run);
        if (records.some(isPublication)) void triggers.look().catch(fault);
      },
      output: ({ run, way, level, text }) => log(`run ${run} ${way} ${level}: ${text}`),
    },
  });
  const catalog = openCatalog(folder, () => void triggers.look().catch(fault), log);
  const triggers = createTriggers({ journal, clock, host, workflows: () => catalog.workflows().values(), log });
  let shifted = 0;
  const pulse = createPulse({
    journal,
    looked() {
      // Ticks are instants of the clock: where it was set others are next.
      if (steady(clock) && clock.shifted() === shifted) return;
      shifted = clock.shifted();
      void triggers.look().catch(fault);
    },
    changed() {
      followers.wake();
      void triggers.look().catch(fault);
      lookSoon();
    },
    renew() {
      journal.bus.expire(clock.now());
      void takeUp();
    },
    needed: () => true,
    failed: fault,
  });
  let takingUp: Promise<void> | null = null;
  let soon: NodeJS.Timeout | null = null;
  let lookedAt = -Infinity;

  function tell(records: readonly RunRecord[], { state, plan }: RunView): void {
    for (const record of records) {
      const { type } = record;
      if (type === 'run.started') log(`run ${state.run} of ${plan.workflow} ${plan.version} begins`);
      if (type === 'run.completed') log(`run ${state.run} completed`);
      if (type === 'run.ended') log(`run ${state.run} ${record.status}`);
      if (type === 'run.suspended') log(`run ${state.run} is suspended and waits for a person`);
      if (type === 'alert.raised') log(`alert: run ${state.run} ${record.state}: ${record.message}`);
    }
  }

  function fault(error: unknown): void {
    log(`fault: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** Looks for runs that nobody drives, now or when the last look is long enough ago. */
  function lookSoon(): void {
    const left = lookedAt + LOOK - steady(clock);
    if (left <= 0) void takeUp();
    else
      soon ??= setTimeout(() => {
        soon = null;
        void takeUp();
      }, left);
  }

  /** Takes up what was left; one such round at a time. */
  function takeUp(): Promise<void> {
    lookedAt = steady(clock);
    takingUp ??= (async () => {
      await sideBySide(leftRuns(journal, clock.now()), AT_ONCE, async ({ run }) => {
        // Another service may have been quicker.
        if (ending.signal.aborted || journal.holder(run) !== null || isWanted(journal, run)) return;
        const resumed = await host.resume(run);
        if (resumed.ok) log(`run ${run} is taken up`);
        else if (resumed.error.code !== 'held') log(`run ${run} is not taken up: ${resumed.error.message}`);
      });
    })()
      .catch(fault)
      .finally(() => {
        takingUp = null;
      });
    return takingUp;
  }

  const received = (): void => void triggers.look().catch(fault);
  const { token, version, origins = [] } = options;
  const app = createApp({ folder, token, origins, journal, host, catalog, metrics, followers, received, signal: ending.signal, version, log }); // prettier-ignore
  const server = await listening(app.fetch, options.port, options.hostname ?? '127.0.0.1').catch(
    async (error: unknown) => {
      catalog.close();
      await host.close();
      throw error;
    },
  );
  pulse.beat();
  await takeUp();
  await triggers.look().catch(fault);

  async function end(): Promise<void> {
    ending.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    triggers.close();
    catalog.close();
    pulse.close();
    if (soon !== null) clearTimeout(soon);
    await host.close();
    const late = setTimeout(() => server.closeAllConnections(), GRACE);
    server.closeIdleConnections();
    await closed;
    clearTimeout(late);
  }

  let closing: Promise<void> | null = null;
  return { address: server.address() as AddressInfo, host, close: () => (closing ??= end()) };
}

function isPublication(record: RunRecord): boolean {
  return record.type === 'state.completed' && record.emitted !== null;
}
