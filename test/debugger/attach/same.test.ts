// An attached session beside a local one, over random workflows and services: it must not make a difference who drives.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createAhead } from '../../../debugger/ahead.ts';
import { createBreakpoints } from '../../../debugger/breakpoints.ts';
import type { Stop } from '../../../debugger/control.ts';
import { createDataBreakpoints } from '../../../debugger/data.ts';
import { attachTo, startRun, type Debuggee, type Surroundings, type Watching } from '../../../debugger/debuggee.ts';
import { exceptionFilters } from '../../../debugger/exceptions.ts';
import type { Goal } from '../../../debugger/goals.ts';
import { createHost, openJournal, virtualClock } from '../../../runner/host.ts';
import { randomCase, type RandomCase } from '../../support/random-workflow.ts';
import { mocksOf } from '../support/random-mocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'backstep-same-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** Where things go on side by side, what happens at the same instant may be decided in either order. */
const inOrder = randomCase().filter(({ text }) => !/parallel|foreach:/.test(text));

/** With none of them, and with those alone that are uncaught, steps are asked for only where they may stop. */
const ERRORS = [[], ['uncaught'], ['uncaught', 'caught', 'retry', 'compensation', 'compensationFailed']];

interface Session {
  readonly watching: Watching;
  readonly stops: readonly string[];
  /** Goes on from stop to stop, and gives the status at the end. */
  play(debuggee: Debuggee, goals: readonly Goal[]): Promise<string>;
}

/** A session that stops at these errors, at some states and at all compensations. */
function session(errors: readonly string[]): Session {
  const stops: string[] = [];
  const breakpoints = createBreakpoints();
  const filters = exceptionFilters();
  filters.set(errors, []);
  let heard = (): void => undefined;
  const describeStop = ({ spot: { view, standing }, exception, hits }: Stop): string =>
    [standing.doing, standing.way, view.state.seq, exception?.headline ?? '', hits.length].join(' ');
  return {
    stops,
    watching: {
      ...{ breakpoints, filters, data: createDataBreakpoints(), ahead: createAhead() },
      stopped(stop) {
        stops.push(describeStop(stop));
        heard();
      },
      log: () => undefined,
      committed: () => undefined,
      output: () => undefined,
    },
    async play(debuggee, goals) {
      const { plan, text } = debuggee.main();
      breakpoints.setFunctions([{ name: 's1' }, { name: 'compensate:*' }], [{ plan, text }]);
      const lines = text.split('\n').flatMap((line, at) => (/^ +(next|catch|assign):/.test(line) ? [at] : []));
      const wanted = lines.filter((_, at) => at % 2 === 0).map((line) => ({ line, line0: line, character0: null }));
      breakpoints.setLines(debuggee.main().state.file, wanted, { plan, text });
      const { control } = debuggee;
      const begun = Promise.race([debuggee.ending, new Promise<void>((resolve) => (heard = resolve))]);
      control.begin();
      // A run that was attached to stands already.
      if (control.stop === null) await begun;
      for (let at = 0; !debuggee.over; at++) {
        const next = Promise.race([debuggee.ending, new Promise<void>((resolve) => (heard = resolve))]);
        control.go(goals[at % goals.length] ?? 'in', null);
        await next;
      }
      return (await debuggee.ending).status;
    },
  };
}

function around(random: RandomCase, journal: string): Surroundings {
  return { journal, clock: 'virtual', env: null, envFile: null, mocks: mocksOf(random) };
}

/** The records of the run, without what differs from run to run. */
function recordsIn(journal: string, run: string): readonly string[] {
  const read = openJournal(journal);
  const records = read.read(run).map(({ type, at, seq }) => `${seq} ${type} ${at}`);
  read.close();
  return records;
}

describe('an attached session', () => {
  it('stops where a local one stops, and the run becomes the same', async () => {
    let stops = 0;
    const goals = fc.array(fc.constantFrom<Goal>('in', 'over', 'out', 'continue'), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(inOrder, goals, fc.constantFrom(...ERRORS), async (random, wanted, errors) => {
        const name = `s${String(count++)}`;
        const file = join(folder, `${name}.workflow.yaml`);
        writeFileSync(file, random.text);

        const here = join(folder, `${name}-here.db`);
        const local = session(errors);
        const program = { file, input: {}, id: name, stopOnEntry: true, noDebug: false };
        const mine = await startRun(program, around(random, here), local.watching);
        const localEnd = await local.play(mine, wanted);
        await mine.close();

        const there = join(folder, `${name}-there.db`);
        const journal = openJournal(there);
        let open = (): void => undefined;
        let closed: Promise<void> | null = new Promise((resolve) => (open = resolve));
        const observer = { hold: () => closed };
        const common = { journal, clock: virtualClock(), holder: 'test', attach: true };
        const host = createHost({ ...common, mocks: mocksOf(random), observer });
        const started = await host.start({ file, input: {}, id: name });
        expect(started.ok).toBe(true);
        const attached = session(errors);
        const theirs = await attachTo(name, folder, around(random, there), attached.watching);
        theirs.control.pause(theirs.main(), 'entry');
        closed = null;
        open();
        const attachedEnd = await attached.play(theirs, wanted);
        await theirs.close();
        await host.close();
        journal.close();

        expect(attached.stops).toEqual(local.stops);
        expect(attachedEnd).toBe(localEnd);
        const [records, expected] = [recordsIn(there, name), recordsIn(here, name)];
        // A run that is suspended goes on with what is under way for as long as somebody drives it.
        const shared = localEnd === 'suspended' ? Math.min(records.length, expected.length) : Infinity;
        expect(records.slice(0, shared)).toEqual(expected.slice(0, shared));
        stops += local.stops.length;
      }),
      { numRuns: 40, endOnFailure: true },
    );
    expect(stops).toBeGreaterThan(100);
  }, 120_000);
});
