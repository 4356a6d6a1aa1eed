/** What a session knows of a run and of those that it began, in the order in which it came. */
import type { Recording } from '../runner/scenarios.ts';
import type { Debuggee } from './debuggee.ts';
import { inOrder, type Strand } from './travel/timeline.ts';

/** The records of a run and of all below it. */
export function recordingOf({ timeline, definition }: Debuggee, run: string): Recording {
  const strands = timeline.runsAt(timeline.length).map((each): Strand => {
    const records = timeline.read(each, 1, timeline.seqAt(each, timeline.length));
    return { run: each, records };
  });
  const parents = new Map(strands.map(({ run: each, records: [first] }) => [each, parentOf(first)]));
  const isBelow = (each: string | null): boolean =>
    each !== null && (each === run || isBelow(parents.get(each) ?? null));
  return {
    run,
    records: [...inOrder(strands.filter((strand) => isBelow(strand.run)))],
    planOf: (each, seq) => definition(each, seq)?.plan ?? null,
  };
}

function parentOf(first: Strand['records'][number] | undefined): string | null {
  return first?.type === 'run.started' ? (first.parent?.run ?? null) : null;
}
