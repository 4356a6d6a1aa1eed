/**
 * Drives all runs that were left at the same time, from the command line.
 *
 * 1. One that waits, or is slow, keeps no other from going on; what goes wrong with one is said and is its own.
 * 2. What another process takes up meanwhile is left to it.
 * 3. An interrupt stops all of them at once; they stand in the journal, without leases.
 */
import { realClock } from '../../runner/clock.ts';
import { createHost, type RunHandle } from '../../runner/host.ts';
import { outcomeOf } from '../../runner/outcome.ts';
import { sideBySide } from '../../runner/side-by-side.ts';
import { exitOf } from '../exit.ts';
import { faultOf } from '../fault.ts';
import { complain, oneLine, paintError } from '../terminal.ts';
import { isSettled, startFailure, type DrivingOptions } from './driving.ts';
import type { OpenedJournal } from './journals.ts';
import { jsonPrinter, textPrinter } from './printer.ts';
import { createRest } from './rest.ts';
import { exitOfSignal, listenForSignals } from './stopping.ts';
import { createTelling } from './telling.ts';

/** How many runs are taken up together: they share a commit. */
const AT_ONCE = 100;

/**
 * Takes up `runs` and drives them to their ends; an outcome is printed for each as it ends. Gives the exit status: that of
 * the first of `runs` that could not be taken up or driven, else of the first that did not complete, else 0.
 */
export async function driveAll(
  { journal }: OpenedJournal,
  options: DrivingOptions,
  runs: readonly string[],
  holder: string,
): Promise<number> {
  const stopping = listenForSignals();
  const printer = options.json === true ? jsonPrinter() : textPrinter(runs.length > 1);
  const telling = createTelling(journal, printer);
  const clock = realClock();
  const rest = createRest(clock, journal);
  const wait = options.wait !== false;
  const host = createHost({
    ...{ journal, clock, holder, attach: options.attach !== false, letsGo: true, complain },
    ...(options.envFile === undefined ? {} : { envFile: options.envFile }),
    observer: {
      committed(records, view) {
        telling.committed(records, view);
        rest.committed();
      },
      output: ({ run, way, level, text }) =>
        complain(`${paintError('dim', `  ${run} ${way} ${level}:`)} ${oneLine(text)}`),
    },
  });
  stopping.onStop(() => void host.close());
  const ends = new Map<string, number>();
  const faults = new Map<string, number>();
  const underWay: Promise<void>[] = [];

  async function drive(run: RunHandle): Promise<void> {
    try {
      telling.taken(run.view());
      const status = await rest.of(host, run, wait);
      if (stopping.signal() !== null && !isSettled(status)) return;
      if (wait && !isSettled(status)) {
        leave(run.id);
        return;
      }
      const { plan, state } = run.view();
      printer.outcome(outcomeOf(plan, state, journal.read(run.id), status));
      ends.set(run.id, exitOf(status));
    } catch (error) {
      faults.set(run.id, faultOf(error));
    }
  }

  function leave(run: string): void {
    const by = journal.holder(run);
    complain(
      `The run ${run} is left to ${by === null ? 'another process' : `${by.name} (process ${by.pid} on ${by.host})`}.`,
    );
  }

  try {
    await sideBySide(runs, AT_ONCE, async (run) => {
      if (stopping.signal() !== null) return;
      const started = await host.resume(run);
      if (started.ok) underWay.push(drive(started.run));
      else if (stopping.signal() !== null) return;
      else if (started.error.code === 'held') leave(run);
      else faults.set(run, faultOf(startFailure(started.error)));
    });
    await Promise.all(underWay);
    await rest.ofDetached(host, wait);
    const signal = stopping.signal();
    if (signal !== null && ends.size + faults.size < runs.length) {
      await host.close();
      complain('The runs that have not ended were left as they stand. Go on with: backstep resume --all');
      return exitOfSignal(signal);
    }
    const firstOf = (statuses: ReadonlyMap<string, number>): number =>
      statuses.get(runs.find((run) => (statuses.get(run) ?? 0) !== 0) ?? '') ?? 0;
    return firstOf(faults) || firstOf(ends);
  } finally {
    await host.close();
    stopping.release();
  }
}
