/** Random workflows under random services keep the promises of section 8, also when the process dies in between. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { broken } from '../../support/invariants.ts';
import { play } from '../../support/machine.ts';
import { everyKind } from '../../support/random-workflow.ts';

const RUNS = Number(process.env['BACKSTEP_RANDOM_RUNS'] ?? 300);
const SEED = Number(process.env['BACKSTEP_RANDOM_SEED'] ?? 8);

it('keeps every invariant, plain and replayed', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(everyKind(), async ({ text, services }) => {
      const plain = await play(text, { services });
      expect(broken(plain.records, plain.status, plain.state)).toEqual([]);
      const replayed = await play(text, { services }, { kind: 'replayed' });
      expect(replayed.records).toEqual(plain.records);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

it('keeps every invariant when the process dies after any commit', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(everyKind(), fc.nat(), fc.boolean(), async ({ text, services }, at, performed) => {
      const plain = await play(text, { services });
      const crashed = await play(
        text,
        { services },
        { kind: 'crash', afterCommit: 1 + (at % plain.commits), performed },
      );
      expect(broken(crashed.records, crashed.status, crashed.state)).toEqual([]);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

it(
  'keeps every invariant when the run is cancelled at any moment, and then taken up by a person',
  { timeout: 120_000 },
  async () => {
    const by = { name: 'someone' };
    await fc.assert(
      fc.asyncProperty(everyKind(), fc.nat({ max: 120 }), async ({ text, services }, at) => {
        const cancel = {
          when: (state: { seq: number }) => state.seq >= at,
          give: { type: 'cancel', by, compensate: true, force: false },
        } as const;
        const retry = {
          when: (state: { lifecycle: string }) => state.lifecycle === 'suspended',
          give: { type: 'retry', by, state: null },
        } as const;
        const stop = { ...retry, give: cancel.give } as const;
        const played = await play(text, { services, hands: [cancel, retry, retry, retry, stop] });
        expect(broken(played.records, played.status, played.state)).toEqual([]);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  },
);
