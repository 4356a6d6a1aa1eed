/** What must hold of the records of every run, whatever happened to it (section 8 of the language). */
import type { RunRecord, RunState } from '../../runner/machine/index.ts';
import { ENDED, fold } from '../../runner/machine/index.ts';
import type { RunStatus } from '../../runner/machine/index.ts';

/** The sentences of the invariants that do not hold; an empty list when all do. */
export function broken(records: readonly RunRecord[], status: RunStatus, state: RunState): string[] {
  return [
    ...numbering(records),
    ...once(records),
    ...order(records),
    ...ending(records, status, state),
    ...refolding(records, state),
  ];
}

function numbering(records: readonly RunRecord[]): string[] {
  return records.flatMap((record, at) =>
    record.seq === at + 1 ? [] : [`record ${String(at + 1)} has the number ${String(record.seq)}`],
  );
}

/** A completed state or compensation is never attempted again, and nothing is undone twice. */
function once(records: readonly RunRecord[]): string[] {
  const faults: string[] = [];
  const succeeded = new Set<string>();
  const undone = new Set<number>();
  for (const record of records) {
    if (record.type === 'attempt.succeeded') succeeded.add(String(record.activation));
    if (record.type === 'attempt.started' && succeeded.has(String(record.activation)))
      faults.push(`activation ${String(record.activation)} is attempted after it succeeded`);
    if (record.type === 'compensation.completed') {
      if (undone.has(record.entry)) faults.push(`entry ${String(record.entry)} is undone twice`);
      undone.add(record.entry);
    }
    if (record.type === 'compensation.entered' && undone.has(record.entry))
      faults.push(`entry ${String(record.entry)} is entered after it was undone`);
  }
  return faults;
}

/** Within one rollback that runs in sequence, entries begin in the reverse of the order in which their states completed. */
function order(records: readonly RunRecord[]): string[] {
  const faults: string[] = [];
  const completed = new Map<number, number>();
  const pushed = new Map<number, number>();
  const retried = new Set<number>();
  let last: { scope: number; moment: number } | null = null;
  const parallel = records.some((record) => record.type === 'scope.entered' && record.parallel);
  const grouped = records.some(
    (record) =>
      record.type === 'scope.entered' && record.owner !== null && record.branch === null && record.item === null,
  );
  if (parallel || grouped) return [];
  for (const record of records) {
    if (
      (record.type === 'attempt.started' ||
        record.type === 'state.completed' ||
        record.type === 'state.cancelled' ||
        record.type === 'error.raised') &&
      record.entry
    ) {
      pushed.set(record.entry.entry, record.seq);
    }
    if (record.type === 'state.completed') completed.set(record.activation, record.seq);
    if (record.type === 'rollback.started') last = { scope: record.scope, moment: Number.MAX_SAFE_INTEGER };
    if (record.type === 'rollback.completed') last = null;
    // One that a person had retried comes when the person says so.
    if (record.type === 'entry.decided') retried.add(record.entry);
    if (record.type === 'compensation.entered' && last?.scope === record.scope && !retried.has(record.entry)) {
      const moment = momentOf(records, record.entry) ?? pushed.get(record.entry) ?? 0;
      if (moment > last.moment)
        faults.push(
          `entry ${String(record.entry)} of moment ${String(moment)} is undone after one of moment ${String(last.moment)}`,
        );
      last = { ...last, moment };
    }
  }
  return faults;
}

/** The number of the record from which an entry counts: its state's completion, if that came. */
function momentOf(records: readonly RunRecord[], entry: number): number | null {
  const owner = records.find((record) => record.type === 'attempt.started' && record.entry?.entry === entry);
  if (owner?.type !== 'attempt.started') return null;
  const end = records.find((record) => record.type === 'state.completed' && record.activation === owner.activation);
  return end?.seq ?? owner.seq;
}

/** The status tells the truth about what was undone and what is left. */
function ending(records: readonly RunRecord[], status: RunStatus, state: RunState): string[] {
  const undone = records.filter((record) => record.type === 'compensation.completed').length;
  const left = [...state.entries.values()].filter((entry) => entry.compensate !== null || entry.child !== null);
  const faults: string[] = [];
  if (status === 'compensated' && undone === 0) faults.push('compensated with nothing undone');
  if (status === 'compensated' && left.length > 0) faults.push(`compensated with ${String(left.length)} entries left`);
  if (status === 'failed' && undone > 0) faults.push('failed although something was undone');
  if (status === 'failed' && left.length > 0) faults.push('failed with entries left');
  if (status === 'suspended' && ![...state.entries.values()].some((entry) => entry.status === 'failed'))
    faults.push('suspended with nothing that waits for a person');
  if (ENDED.has(status) && state.activations.size > 0) faults.push('ended with something active');
  if (status === 'running' || status === 'waiting' || status === 'compensating') faults.push(`stuck as ${status}`);
  return faults;
}

function refolding(records: readonly RunRecord[], state: RunState): string[] {
  const again = fold(JSON.parse(JSON.stringify(records)) as RunRecord[]);
  return plain(again) === plain(state) ? [] : ['a replay gives another state'];
}

function plain(state: RunState): string {
  return JSON.stringify(state, (_key, value: unknown) =>
    value instanceof Map
      ? [...(value as Map<unknown, unknown>)]
      : value instanceof Set
        ? [...(value as Set<unknown>)]
        : value,
  );
}
