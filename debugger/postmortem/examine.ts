/**
 * Post-mortem: recorded runs that are only looked at.
 *
 * 1. Nothing is driven, performed or written: there is no host, and no journal is opened for it.
 * 2. The session stands after the last record, steps back and forward over what is recorded, and ends when it goes on from
 *    there.
 * 3. What would change a run is refused with a sentence.
 */
import { apply, newState, statusOf, virtualClock } from '../../runner/host.ts';
import type { RunView } from '../../runner/host.ts';
import { RequestError } from '../arguments.ts';
import { createControl } from '../control.ts';
import type { Debuggee, Ending, Surroundings, Watching } from '../debuggee.ts';
import { groundsOf } from '../grounds.ts';
import { standingOf, type FindRun } from '../stack.ts';
import { createThreads } from '../threads.ts';
import { createTimeline, inOrder } from '../travel/timeline.ts';
import { createTravel } from '../travel/travel.ts';
import type { Archive } from './archive.ts';

/** Runs of an archive, at their last records. `close` is called when the session lets go of them. */
export function examine(archive: Archive, around: Surroundings, watching: Watching, close: () => void): Debuggee {
  const { strands, definition, origin } = archive;
  const [first] = strands;
  if (first === undefined) throw new RequestError(`There is no run in ${origin}.`);
  const main = first.run;
  const refusal = `The runs of ${origin} are only looked at: nothing of them can be changed.`;
  const records = new Map(strands.map((strand) => [strand.run, strand.records]));
  const states = new Map(strands.map(({ run }) => [run, newState()]));
  const finals = new Map<string, RunView | null>();
  const final: FindRun = (run) => {
    const known = finals.get(run);
    if (known !== undefined) return known;
    const state = states.get(run);
    const defined = state === undefined ? null : definition(run, state.seq);
    const view = state === undefined || defined === null ? null : { plan: defined.plan, text: defined.text, state };
    finals.set(run, view);
    return view;
  };
  const ground = groundsOf(around);
  const control = createControl({
    ...watching,
    clock: virtualClock(),
    find: final,
    ground,
    send: () => Promise.resolve(refusal),
    stopOnEntry: false,
    noDebug: false,
  });
  const timeline = createTimeline((run, from, to) => (records.get(run) ?? []).slice(from - 1, to));
  for (const [run, record] of inOrder(strands)) {
    timeline.add(record, run);
    control.traceOf(run).add(record);
    const state = states.get(run);
    if (state === undefined) continue;
    apply(state, record);
    timeline.keep(state, run);
  }
  const travel = createTravel({
    timeline,
    breakpoints: watching.breakpoints,
    data: watching.data,
    definition,
    ground,
    last: (run, seq) => control.traceOf(run).last(seq),
    log: watching.log,
  });
  if (final(main) === null)
    throw new RequestError(`The text of the run ${main} in ${origin} cannot be compiled any more.`);
  const views = function* (): Iterable<RunView> {
    if (travel.at !== null) return yield* travel.views();
    for (const { run } of strands) {
      const view = final(run);
      if (view !== null) yield view;
    }
  };
  const find: FindRun = (run) => (travel.at === null ? final(run) : travel.view(run));
  const mainView = (): RunView => {
    const view = find(main) ?? final(main);
    if (view === null) throw new RequestError(`The run ${main} is not there any more.`);
    return view;
  };
  let over = false;
  const ending = control.free().then((): Ending => {
    over = true;
    const view = mainView();
    return { view, status: statusOf(view.plan, view.state), fault: null };
  });
  const refused = { ok: false, error: { code: 'unknown-run', message: refusal } } as const;
  return {
    control,
    timeline,
    travel,
    get stop() {
      return travel.stop ?? control.stop;
    },
    find,
    threads: createThreads(find, views),
    views,
    main: mainView,
    here: () => standingOf(mainView(), find, control.traceOf(main).last(mainView().state.seq)),
    ground,
    send: () => Promise.resolve(refusal),
    get over() {
      return over;
    },
    ending,
    publish() {
      throw new RequestError(refusal);
    },
    fork: () => refused,
    foreseeFork: () => refused,
    isKnown: (run) => records.has(run),
    examined: true,
    refresh: () => undefined,
    holder: null,
    definition: (run, seq) => definition(run, seq),
    reopen: () => Promise.reject(new RequestError(refusal)),
    close() {
      control.freeze();
      close();
      return Promise.resolve();
    },
  };
}
