import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createTimeline, inOrder } from '../../../debugger/travel/timeline.ts';
import { createHost, fold, memoryJournal, virtualClock } from '../../../runner/host.ts';
import type { Journal, Observer, RunRecord } from '../../../runner/host.ts';
import { randomCase } from '../../support/random-workflow.ts';
import type { RandomCase } from '../../support/random-workflow.ts';
import { mocksOf } from '../support/random-mocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstep-stops-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** Plays a random workflow on a virtual clock, seen by `observer`. */
async function play(random: RandomCase, journal: Journal, observer: Observer): Promise<void> {
  const file = join(folder, `w${String(files++)}.workflow.yaml`);
  writeFileSync(file, random.text);
  const host = createHost({ journal, clock: virtualClock(), holder: 'test', mocks: mocksOf(random), observer });
  const started = await host.start({ file, input: {}, id: 'r' });
  if (!started.ok) throw new Error(started.error.message);
  await started.run.settled('ended');
  await host.close();
}

function readerOf(journal: Journal) {
  return (run: string, from: number, to: number): readonly RunRecord[] => journal.read(run, from, to);
}

describe('the stops of a run', () => {
  it('are read off its records as they were while it ran', async () => {
    await fc.assert(
      fc.asyncProperty(randomCase(), async (random) => {
        const journal = memoryJournal();
        const seen: string[] = [];
        const timeline = createTimeline(readerOf(journal));
        await play(random, journal, {
          before(step, view) {
            if (step.place === 'inner') return;
            seen.push(`${view.state.seq} ${step.place} ${step.plan} ${step.scope} ${step.activation ?? ''}`);
          },
          committed(records, view) {
            for (const record of records) timeline.add(record, view.state.run);
            timeline.keep(view.state, view.state.run);
          },
        });
        const found = timeline.stops.map(
          ({ at, place, plan, scope, activation }) => `${at} ${place} ${plan} ${scope} ${activation}`,
        );
        expect(seen.length).toBeGreaterThan(0);
        expect(found).toEqual(seen);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('and the states there are those of a fold, whatever was looked at before', async () => {
    await fc.assert(
      fc.asyncProperty(randomCase(), fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), async (random, looks) => {
        const journal = memoryJournal();
        const timeline = createTimeline(readerOf(journal));
        await play(random, journal, {
          committed(records, view) {
            for (const record of records) timeline.add(record, view.state.run);
            timeline.keep(view.state, view.state.run);
          },
        });
        for (const look of looks) {
          const at = 1 + (look % timeline.length);
          expect(timeline.stateAt('r', at)).toEqual(fold(journal.read('r', 1, at)));
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

describe('the order of the records of several runs', () => {
  const link = (run: string) => ({ run, way: 'w', detached: false, depth: 1 });
  const make = (records: readonly object[]) =>
    records.map((record, index) => ({ seq: index + 1, at: 0, ...record })) as unknown as readonly RunRecord[];

  it('puts a child between the attempt that starts it and its outcome, also within one millisecond', () => {
    const parent = make([
      { type: 'run.started', parent: null },
      { type: 'attempt.started', child: 'c' },
      { type: 'attempt.succeeded', at: 5 },
      { type: 'run.completed', at: 5 },
    ]);
    const child = make([
      { type: 'run.started', parent: link('p') },
      { type: 'run.completed', at: 5 },
    ]);
    const order = [
      ...inOrder([
        { run: 'p', records: parent },
        { run: 'c', records: child },
      ]),
    ];
    expect(order.map(([run, { seq }]) => `${run}${seq}`)).toEqual(['p1', 'p2', 'c1', 'c2', 'p3', 'p4']);
  });

  it('puts the rolling back of a child after the attempt that asks for it', () => {
    const parent = make([
      { type: 'run.started', parent: null },
      { type: 'attempt.started', child: 'c' },
      { type: 'attempt.succeeded' },
      { type: 'attempt.started', child: 'c' },
      { type: 'attempt.succeeded' },
    ]);
    const child = make([
      { type: 'run.started', parent: link('p') },
      { type: 'run.completed' },
      { type: 'run.rolling-back' },
      { type: 'run.ended' },
    ]);
    const order = [
      ...inOrder([
        { run: 'p', records: parent },
        { run: 'c', records: child },
      ]),
    ];
    expect(order.map(([run, { seq }]) => `${run}${seq}`).join(' ')).toBe('p1 p2 c1 c2 p3 p4 c3 c4 p5');
  });
});
