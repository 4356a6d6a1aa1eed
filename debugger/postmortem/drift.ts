/** Recorded runs held against another definition, and what is said of the first difference. */
import { existsSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import type { Range } from '../../language/index.ts';
import { findDrift, fold, load } from '../../runner/host.ts';
import type { Drift as FoundDrift, RunRecord, RunView } from '../../runner/host.ts';
import { RequestError } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import { describeRecord } from '../narration.ts';
import { placesOf, stateOf } from '../places.ts';
import { describeStartError } from '../workflows.ts';

/** The first record of a run that another definition would have made otherwise. */
export interface Drift {
  readonly run: string;
  readonly seq: number;
  readonly sentence: string;
  /** The run under the other definition, and the place in that one's text. */
  readonly view: RunView;
  readonly range: Range;
}

/**
 * Holds all runs of a session against other definitions: the main one against `program`, and its children against the
 * files that lie to it as theirs did. Without `program` each is held against its own file. Raises a RequestError when
 * `program` cannot be read or compiled.
 */
export async function driftsOf(debuggee: Debuggee, program: string | null): Promise<readonly Drift[]> {
  const { timeline } = debuggee;
  const main = debuggee.main().state;
  const drifts: Drift[] = [];
  for (const run of timeline.runsAt(timeline.length)) {
    const length = timeline.seqAt(run, timeline.length);
    const bound = debuggee.definition(run, length);
    if (bound === null) continue;
    const asked = run === main.run && program !== null;
    const file = program === null ? bound.file : asked ? program : besides(program, main.file, bound.file);
    const loaded = asked || existsSync(file) ? load(file) : null;
    if (asked && loaded !== null && 'error' in loaded) throw new RequestError(describeStartError(loaded.error));
    if (loaded === null || 'error' in loaded || loaded.text === bound.text) continue;
    const records = timeline.read(run, 1, length);
    const state = { ...fold(records), run };
    const { env } = debuggee.ground({ view: { ...bound, state }, standing: debuggee.here().standing }).bindings;
    const found = await findDrift({
      records,
      recorded: (seq) => debuggee.definition(run, seq)?.plan ?? null,
      plan: loaded.plan,
      // Whoever makes a ground puts the environment there.
      env: (env ?? {}) as Readonly<Record<string, string>>,
    });
    if (found === null) continue;
    const range = stateOf(placesOf(loaded.plan, loaded.text), found.plan)?.state.nameRange ?? loaded.plan.root.range;
    const view: RunView = { plan: loaded.plan, text: loaded.text, state: { ...state, file, hash: loaded.hash } };
    drifts.push({ run, seq: found.seq, sentence: sentenceOf(found, basename(file), records), view, range });
  }
  return drifts;
}

/** The file that lies to `program` as a child's lay to its parent's. */
function besides(program: string, main: string, child: string): string {
  return resolve(dirname(program), relative(dirname(main), child));
}

function sentenceOf({ seq, record, way, why }: FoundDrift, file: string, records: readonly RunRecord[]): string {
  const wayOf = (activation: number): string => {
    const entered = records.find((each) => each.type === 'state.entered' && each.activation === activation);
    return entered?.type === 'state.entered' ? entered.way : '';
  };
  const at = `From record ${seq} on ${file} decides otherwise`;
  const here = way === '' ? '' : ` at ${way}`;
  const was = describeRecord(record, wayOf).text;
  switch (why.kind) {
    case 'no-state':
      return `${at}: it has no state${way === '' ? ' in which the run stands' : ` ${way}`}.`;
    case 'sooner':
      return `${at}: ${way === '' ? 'the run' : way} would have timed out before.`;
    case 'later':
      return `${at}: ${way === '' ? 'the run' : way} would not have timed out there.`;
    case 'other': {
      if (why.instead === null) return `${at}${here}: it was “${was}”, and would be nothing of that kind.`;
      const instead = describeRecord({ ...why.instead, seq, at: record.at }, wayOf).text;
      const what = instead === was ? `${was}, with another ${why.fields.join(' and ')}` : instead;
      return `${at}${here}: it was “${was}”, and would be “${what}”.`;
    }
  }
}
