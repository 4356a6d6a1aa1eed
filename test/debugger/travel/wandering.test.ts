import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createAhead } from '../../../debugger/ahead.ts';
import { createBreakpoints } from '../../../debugger/breakpoints.ts';
import { createDataBreakpoints } from '../../../debugger/data.ts';
import type { Stop } from '../../../debugger/control.ts';
import { startRun } from '../../../debugger/debuggee.ts';
import { exceptionFilters } from '../../../debugger/exceptions.ts';
import { fold, openJournal } from '../../../runner/host.ts';
import type { Step } from '../../../runner/host.ts';
import { randomCase } from '../../support/random-workflow.ts';
import { mocksOf } from '../support/random-mocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstep-wandering-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

const MOVES = ['back', 'back', 'reverse', 'continue', 'over', 'in', 'out', 'goTo'] as const;
const ENDINGS = ['completed', 'compensated', 'failed', 'suspended'];
const PLACES: readonly Step['place'][] = ['enter', 'undo'];

describe('wandering through the past of a live session', () => {
  it('a thousand times performs nothing, shows what a fold gives, and leaves the run as it would have been', async () => {
    let moves = 0;
    const path = fc.array(fc.record({ move: fc.constantFrom(...MOVES), number: fc.nat() }), {
      minLength: 60,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(randomCase(), fc.nat(15), path, async (random, steps, wishes) => {
        const name = `w${String(count++)}`;
        const file = join(folder, `${name}.workflow.yaml`);
        const journal = join(folder, `${name}.db`);
        writeFileSync(file, random.text);
        const stops: Stop[] = [];
        let heard = (): void => undefined;
        const breakpoints = createBreakpoints();
        const debuggee = await startRun(
          { file, input: {}, id: name, stopOnEntry: true, noDebug: false },
          { journal, clock: 'virtual', env: null, envFile: null, mocks: mocksOf(random) },
          {
            breakpoints,
            filters: exceptionFilters(),
            data: createDataBreakpoints(),
            ahead: createAhead(),
            stopped(stop) {
              stops.push(stop);
              heard();
            },
            log: () => undefined,
            committed: () => undefined,
            output: () => undefined,
          },
        );
        const { control, travel, timeline } = debuggee;
        const stopped = (): Promise<unknown> =>
          Promise.race([
            debuggee.ending,
            new Promise<void>((resolve) => {
              heard = resolve;
            }),
          ]);
        let next = stopped();
        control.begin();
        await next;
        for (let step = 0; step < steps && control.stop !== null; step++) {
          next = stopped();
          control.go('in', null);
          await next;
        }
        const live = control.stop;
        const read = openJournal(journal);
        if (live !== null) {
          breakpoints.setFunctions([{ name: 's1' }], [{ plan: debuggee.main().plan, text: random.text }]);
          const recorded = read.summary(name)?.seq ?? 0;
          let from = live.spot;
          for (const { move, number } of wishes) {
            const before = travel.at ?? timeline.length;
            moves++;
            if (move === 'back' || move === 'reverse') {
              const stop = move === 'back' ? travel.back(from) : await travel.reverse();
              expect(travel.at ?? timeline.length).toBeLessThanOrEqual(before);
              if (stop?.reason === 'step') expect(PLACES).toContain(stop.spot.standing.doing);
              from = stop?.spot ?? from;
            } else if (move === 'goTo') {
              from = travel.goTo(name, 1 + (number % recorded))?.spot ?? from;
              expect(travel.at).toBe(1 + (number % recorded));
            } else {
              const stop = await travel.forward(move, from);
              // What is asked of the live end crosses it; that is not what is tested here.
              if (stop === null) travel.leave();
              else expect(travel.at).toBeGreaterThanOrEqual(before);
              from = stop?.spot ?? live.spot;
            }
            expect(read.summary(name)?.seq).toBe(recorded);
            expect(control.stop).toBe(live);
            if (travel.at !== null) {
              expect(debuggee.main().state).toEqual(fold(read.read(name, 1, travel.at)));
              expect(from.view.state.seq).toBe(travel.at);
            }
          }
          travel.leave();
          breakpoints.setFunctions([], []);
          control.go('continue', null);
        }
        const { status, view } = await debuggee.ending;
        const { seq } = view.state;
        await debuggee.close();

        const again = join(folder, `${name}.again.db`);
        const undisturbed = await startRun(
          { file, input: {}, id: name, stopOnEntry: false, noDebug: true },
          { journal: again, clock: 'virtual', env: null, envFile: null, mocks: mocksOf(random) },
          {
            breakpoints: createBreakpoints(),
            filters: exceptionFilters(),
            data: createDataBreakpoints(),
            ahead: createAhead(),
            stopped: () => undefined,
            log: () => undefined,
            committed: () => undefined,
            output: () => undefined,
          },
        );
        undisturbed.control.begin();
        const plain = await undisturbed.ending;
        // Of things that go on at once, what happens in the same millisecond may be recorded in either order.
        const alone = !/concurrency: 2|parallel:/.test(random.text);
        if (alone) expect({ status, seq }).toEqual({ status: plain.status, seq: plain.view.state.seq });
        else expect(ENDINGS).toContain(status);
        await undisturbed.close();
        read.close();
      }),
      { numRuns: 40 },
    );
    expect(moves).toBeGreaterThanOrEqual(1000);
  }, 120_000);
});
