/** Requests for the records of a run: a page of them, the view moved to one, and what each state came to so far. */
import { RequestError } from '../arguments.ts';
import type { Arguments } from '../arguments.ts';
import { describeRecord } from '../narration.ts';
import { placesOf } from '../places.ts';
import type { HistoryAnswer, StateFacts, StatesAnswer } from '../protocol.ts';
import type { Session } from '../state.ts';
import { preview } from '../values.ts';
import { fileKey } from '../breakpoints.ts';
import { checkThread, look } from './move.ts';

/** The most records of one page. */
const PAGE = 1_000;
/** The longest text of a result beside its state. */
const RESULT = 80;

/** A page of a run's records, with the number of the one at which the view stands. */
export function history(session: Session, args: Arguments): HistoryAnswer {
  const debuggee = session.running();
  const run = args.optionalText('run') ?? debuggee.main().state.run;
  const { timeline, travel } = debuggee;
  const total = timeline.seqAt(run, timeline.length);
  if (total === 0) throw new RequestError(`There is no run ${run} in this session.`);
  const start = Math.max(1, args.optionalNumber('start') ?? 1);
  const count = Math.min(PAGE, args.optionalNumber('count') ?? PAGE);
  const records = timeline.read(run, start, Math.min(total, start + count - 1));
  const ways = debuggee.control.traceOf(run);
  const drift = session.drifts.find((each) => each.run === run);
  return {
    run,
    total,
    ...(drift !== undefined && { drift: drift.seq }),
    seq: timeline.seqAt(run, travel.at ?? timeline.length),
    records: records.map((record) => {
      const { seq, at, type } = record;
      const { way, text } = describeRecord(record, (activation) => ways.wayOf(activation));
      return { seq, at, type, state: way, text, ...(drift?.seq === seq && { drift: drift.sentence }) };
    }),
  };
}

/** Moves the view to right after a record; nothing is executed or undone. */
export function goToRecord(session: Session, args: Arguments): void {
  if (args.raw('threadId') !== undefined) checkThread(session, args);
  session.standing();
  const { travel, main, control, timeline } = session.running();
  const seq = args.number('seq');
  const run = args.optionalText('run') ?? main().state.run;
  const moment = timeline.after(run, seq);
  if (moment === null) {
    const total = timeline.seqAt(run, timeline.length);
    throw new RequestError(`The run ${run} has no record ${seq}: it has 1 to ${total}.`);
  }
  if (moment === timeline.length && control.stop !== null) {
    travel.leave();
    look(session, { ...control.stop, reason: 'goto', hits: [], description: 'The live end' });
    return;
  }
  const stop = travel.goTo(run, seq);
  if (stop !== null) look(session, stop);
}

/** What each state of a file came to, as of the moment of the view: for values inline in an editor. */
export function states(session: Session, args: Arguments): StatesAnswer {
  const debuggee = session.running();
  const path = args.object('source')?.optionalText('path') ?? args.optionalText('path');
  const found: StateFacts[] = [];
  for (const view of debuggee.views()) {
    const { state, plan, text } = view;
    if (path !== null && fileKey(path) !== fileKey(state.file)) continue;
    const facts = debuggee.control.traceOf(state.run).facts(state.seq);
    for (const each of placesOf(plan, text).states) {
      const known = facts.get(each.state.id);
      if (known === undefined) continue;
      const { name, id, nameRange } = each.state;
      const scope = [...state.scopes.values()].findLast(
        ({ plan: of, results }) => of === each.scope.id && Object.hasOwn(results, name),
      );
      const active = [...state.activations.values()].findLast((activation) => activation.plan === id);
      const result = scope === undefined ? null : preview(scope.results[name] ?? null, RESULT);
      const { line, column } = session.locate(view, nameRange);
      const { visits, duration, outcome } = known;
      found.push({
        run: state.run,
        state: id,
        line,
        column,
        visits,
        duration,
        outcome,
        result,
        attempt: active?.attempt ?? null,
      });
    }
  }
  return { states: found };
}
