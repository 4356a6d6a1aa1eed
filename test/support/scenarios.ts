/** Scenario tables: each row is played plain, replayed, and with a crash before and after what every commit announces. */
import { describe, expect, it } from 'vitest';
import { play } from './machine.ts';
import type { Played, Script } from './machine.ts';

export interface Scenario extends Script {
  readonly workflow: string;
  readonly expect: Partial<
    Pick<
      Played,
      | 'status'
      | 'error'
      | 'path'
      | 'compensated'
      | 'effects'
      | 'keys'
      | 'calls'
      | 'pending'
      | 'emitted'
      | 'refusals'
      | 'output'
      | 'duration'
    >
  >;
  /** Only for scenarios about time or hands, which a crash in between rightly changes. */
  readonly withoutCrashes?: true;
}

/** Declares the tests of a table; the keys are sentences. */
export function scenarios(table: Readonly<Record<string, Scenario>>): void {
  for (const [sentence, scenario] of Object.entries(table)) {
    describe(sentence, () => {
      it('as it is', async () => {
        expect(await play(scenario.workflow, scenario)).toMatchObject(scenario.expect);
      });

      it('with every decision made from the replayed records', async () => {
        const plain = await play(scenario.workflow, scenario);
        const replayed = await play(scenario.workflow, scenario, { kind: 'replayed' });
        expect(replayed.records).toEqual(plain.records);
        expect(replayed).toMatchObject(scenario.expect);
      });

      if (scenario.withoutCrashes) return;
      it('with a crash after each commit', async () => {
        const plain = await play(scenario.workflow, scenario);
        for (let afterCommit = 1; afterCommit <= plain.commits; afterCommit++) {
          for (const performed of [false, true]) {
            const crashed = await play(scenario.workflow, scenario, { kind: 'crash', afterCommit, performed });
            const where = `crash after commit ${String(afterCommit)}, ${performed ? 'performed' : 'not performed'}`;
            const { status, error, path, effects, keys, output } = plain;
            expect({ where, ...pick(crashed) }).toEqual({ where, status, error, path, effects, keys, output });
          }
        }
      });
    });
  }
}

function pick({ status, error, path, effects, keys, output }: Played) {
  return { status, error, path, effects, keys, output };
}
