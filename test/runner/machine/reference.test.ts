/** The machine does with random sagas what the second reading of the language foretells. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compensatedOf, errorOf, fold, pathOf, pendingStack, statusOf } from '../../../runner/machine/index.ts';
import type { RunRecord } from '../../../runner/machine/index.ts';
import { play } from '../../support/machine.ts';
import { asWorkflow, randomSaga } from '../../support/random-saga.ts';
import { foretell } from '../../support/reference.ts';

const RUNS = Number(process.env['BACKSTEP_RANDOM_RUNS'] ?? 300);
const SEED = Number(process.env['BACKSTEP_RANDOM_SEED'] ?? 8);

const CANCEL = { by: { name: 'someone' }, compensate: true, force: false };

it('undoes, confirms and ends as the reference foretells', { timeout: 3_600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(randomSaga(), async (saga) => {
      const { text, services } = asWorkflow(saga);
      const foretold = await foretell(saga);
      const { interruption } = saga;
      const hands =
        interruption?.kind === 'cancel'
          ? [{ after: interruption.at, give: { type: 'cancel', ...CANCEL } } as const]
          : [];
      const played = await play(text, { services, hands });
      const records = untilEnd(played.records);
      const { plan } = played;
      const state = fold(records);
      const status = statusOf(plan, state);
      const confirming = new Set<number>();
      const ways = new Map<number, string>();
      const confirmed: string[] = [];
      for (const record of records) {
        if ('entry' in record && typeof record.entry === 'object' && record.entry !== null)
          ways.set(record.entry.entry, record.entry.way);
        if (record.type === 'compensation.entered' && record.role === 'confirmation') confirming.add(record.activation);
        if (record.type === 'compensation.completed' && confirming.has(record.activation))
          confirmed.push(ways.get(record.entry) ?? '');
      }
      expect({
        status,
        // Several rollbacks may run at once: a suspended run names the error of one of them.
        error: status === 'suspended' ? foretold.error : (errorOf(state)?.type ?? null),
        entered: pathOf(records).toSorted(),
        compensated: compensatedOf(records),
        confirmed,
        pending: pendingStack(plan, state).map((entry) => entry.state),
        duration: state.now - state.startedAt,
      }).toEqual(foretold);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

/** Up to where the run ended or came to stand still: what is under way then still reports later. */
function untilEnd(records: readonly RunRecord[]): readonly RunRecord[] {
  return records.slice(0, 1 + records.findIndex(({ type }) => /^run\.(completed|ended|suspended)$/.test(type)));
}
