/** Random runs saved as scenarios go, when they are played, as they went. */
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { inOrder } from '../../debugger/travel/timeline.ts';
import { virtualClock } from '../../runner/clock.ts';
import { createHost } from '../../runner/host.ts';
import { memoryJournal } from '../../runner/journal/memory.ts';
import { loadRecorded } from '../../runner/load.ts';
import { saveScenario } from '../../runner/scenarios.ts';
import { mocksOf } from '../debugger/support/random-mocks.ts';
import { begin, makePlace } from '../runner/support/hosting.ts';
import { randomCase } from '../support/random-workflow.ts';

const place = makePlace();
afterAll(() => place.close());
let count = 0;

it('every random run goes again as its scenario', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(randomCase(), async (random) => {
      const id = `r${String(++count)}`;
      const file = place.write(`${id}/${id}.workflow.yaml`, random.text);
      const journal = memoryJournal();
      const host = createHost({ journal, clock: virtualClock(0), holder: 'test', mocks: mocksOf(random) });
      const run = await begin(host, { file, id });
      await run.settled('ended');
      await host.close();
      const summary = journal.summary(id);
      const loaded = summary === null ? null : loadRecorded(journal, summary);
      const plan = loaded === null || 'error' in loaded ? null : loaded.plan;
      const records = [...inOrder([{ run: id, records: journal.read(id) }])];
      const saved = await saveScenario({
        recording: { run: id, records, planOf: () => plan },
        workflow: file,
        name: 'as it went',
      });
      expect('error' in saved ? saved.error : saved.differences).toEqual([]);
    }),
    { numRuns: 150 },
  );
});
