/** What must hold of the records of every run, whatever happened to it (section 8 of the language). */
import type { RunRecord, RunState } from '../../runner/machine/index.ts';
import { ENDED, fold } from '../../runner/machine/index.ts';
import type { RunStatus } from '../../runner/machine/index.ts';
import { misordered } from './undoing-order.ts';

/** The sentences of the invariants that do not hold; an empty list when all do. */
export function broken(records: readonly RunRecord[], status: RunStatus, state: RunState): string[] {
  return [
    ...numbering(records),
    ...once(records),
    ...keys(records),
    ...final(records),
    ...misordered(records),
    ...ending(status, state),
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

/** Keys tell what is performed from all else: each belongs to one state's visit, or to undoing or confirming one entry. */
function keys(records: readonly RunRecord[]): string[] {
  const faults: string[] = [];
  const owners = new Map<string, string>();
  for (const record of records) {
    const isStay = record.type === 'state.prepared' || record.type === 'compensation.entered';
    if (!isStay || record.key === null) continue;
    const owner =
      record.type === 'state.prepared'
        ? `activation ${String(record.activation)}`
        : `the ${record.role} of entry ${String(record.entry)}`;
    const known = owners.get(record.key);
    if (known !== undefined && known !== owner)
      faults.push(`the key ${record.key} is that of ${known} and of ${owner}`);
    owners.set(record.key, owner);
  }
  return faults;
}

/** What was confirmed is never undone, and nothing that was discarded is. */
function final(records: readonly RunRecord[]): string[] {
  const faults: string[] = [];
  const over = new Map<number, string>();
  const confirming = new Set<number>();
  for (const record of records) {
    if (record.type === 'compensation.entered') {
      if (record.role === 'confirmation') confirming.add(record.activation);
      const why = over.get(record.entry);
      if (why !== undefined) faults.push(`entry ${String(record.entry)} is undone or confirmed although it was ${why}`);
    }
    if (record.type === 'compensation.completed')
      over.set(record.entry, confirming.has(record.activation) ? 'confirmed' : 'undone');
    if (record.type === 'entries.discarded') for (const entry of record.entries) over.set(entry, 'discarded');
    if (record.type === 'entry.decided' && record.how !== 'retry') over.set(record.entry, 'decided about');
  }
  return faults;
}

/** The status tells the truth about what was undone and what is left. */
function ending(status: RunStatus, state: RunState): string[] {
  const { undone } = state;
  const left = [...state.entries.values()].filter((entry) => entry.compensate !== null || entry.child !== null);
  const faults: string[] = [];
  if (status === 'compensated' && undone === 0) faults.push('compensated with nothing undone');
  if (status === 'compensated' && left.length > 0) faults.push(`compensated with ${String(left.length)} entries left`);
  if (status === 'failed' && undone > 0) faults.push('failed although something was undone');
  if (status === 'failed' && left.length > 0) faults.push('failed with entries left');
  const waits =
    [...state.entries.values()].some((entry) => entry.status === 'failed') ||
    [...state.activations.values()].some((activation) => activation.phase === 'suspended');
  if (status === 'suspended' && !waits) faults.push('suspended with nothing that waits for a person');
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
